"""``canhdong-province mail`` as a process: kills, one round, and what is missing."""

import sqlite3
import threading
from pathlib import Path

import pytest

from province.files import alone
from province.ledger import Ledger
from province.main import main
from province.registry.store import Registry
from tests.parts import wait_until
from tests.programs import Program
from tests.province.mail.server import PASSWORD, SENDER, USER, MailServer
from tests.province.mail.story import NOW_MS, PEOPLE, WATER, now_ms, people, tell
from tests.province.mail.test_service import water_now

MAIL = f"""[mail]
host = "127.0.0.1"
port = {{port}}
sender = "{SENDER}"
username = "{USER}"
password_file = "password"
ca_file = "{{pki}}/ca.pem"
"""


def configure(
    folder: Path,
    server: MailServer,
    more: str = 'registry = "registry.db"',
    port: int | None = None,
) -> Path:
    """Write a config, a password and a registry with people."""
    mail = MAIL.format(port=port or server.port, pki=server.pki)
    (folder / "password").write_text(PASSWORD + "\n")
    file = folder / "province.toml"
    file.write_text(
        f'version = 1\nledger = "ledger.db"\n{more}\n[broker]\nhost = "127.0.0.1"\n'
        f'[store]\nkind = "sqlite"\npath = "readings.db"\n{mail}'
    )
    registry = Registry(str(folder / "registry.db"))
    people(registry, *PEOPLE)
    registry.close()
    return file


def states(folder: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(folder / "ledger.db") as db:
        found = db.execute("SELECT state, tries FROM mail ORDER BY email").fetchall()
    db.close()
    return found


@pytest.mark.real
def test_a_kill_between_data_and_commit_sends_the_same_mail_again(
    ledger: Ledger, server: MailServer, tmp_path: Path
) -> None:
    config = configure(tmp_path, server)
    tell(ledger, water_now(), at_ms=now_ms())
    service = Program("province.main", "mail", "-c", config, log=tmp_path / "mail.log")

    is_dead = threading.Event()

    def kill_the_first() -> None:
        server.on_data = lambda: None
        service.kill()
        is_dead.set()

    server.on_data = kill_the_first
    service.start()
    assert is_dead.wait(20)
    assert states(tmp_path) == [("sending", 1), ("waiting", 0)]
    service.start()
    wait_until(lambda: states(tmp_path) == [("sent", 2), ("sent", 1)])

    assert service.stop() == 0
    first, *others = [mail["Message-ID"] for mail in server.mails]
    assert len(others) == 2
    assert others.count(first) == 1
    assert len(server.of(PEOPLE[1][0])) == 1


@pytest.mark.slow
def test_once_sends_what_waits_and_says_what_is_left(
    ledger: Ledger,
    server: MailServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = configure(tmp_path, server)
    tell(ledger, water_now(), at_ms=now_ms())

    assert main(["mail", "-c", str(config), "--once"]) == 0
    assert capsys.readouterr().out == "0 letters wait\n"
    assert len(server.mails) == 2


def test_once_ends_with_1_while_the_server_is_down(
    ledger: Ledger, server: MailServer, tmp_path: Path
) -> None:
    config = configure(tmp_path, server, port=1)
    tell(ledger, water_now(), at_ms=now_ms())

    assert main(["mail", "-c", str(config), "--once"]) == 1


def test_simulated_time_is_read_from_the_ledger_and_silence_left_alone(
    ledger: Ledger, server: MailServer, tmp_path: Path
) -> None:
    more = 'registry = "registry.db"\nfield_time = "simulated"'
    config = configure(tmp_path, server, more)
    ledger.claim("simulated")
    tell(ledger, WATER, at_ms=NOW_MS)  # far from this machine's own time

    assert main(["mail", "-c", str(config), "--once"]) == 0
    assert "Ruộng cần nước" in server.mails[0]["Subject"]


def test_a_second_mail_service_is_refused(
    ledger: Ledger, server: MailServer, tmp_path: Path
) -> None:
    config = configure(tmp_path, server)

    with alone(ledger.path), alone(ledger.path, "mail"):
        assert main(["mail", "-c", str(config), "--once"]) == 75


def test_mail_without_its_table_or_a_registry_is_told(
    server: MailServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configure(tmp_path, server, more="")
    config.write_text(config.read_text().partition("[mail]")[0])

    assert main(["mail", "-c", str(config)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in told] == ["mail", "registry"]


def test_a_password_that_smtp_cannot_carry_is_told(
    server: MailServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configure(tmp_path, server)
    (tmp_path / "password").write_text("mật khẩu")

    assert main(["mail", "-c", str(config)]) == 2
    assert "holds letters beyond ASCII" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('security = "none"', "mail.security: 'none'"),
        ('sender = "an office"', "mail.sender: 'an office' is no mail address"),
        ('ca_file = "none.pem"', "mail.ca_file: "),
        ('ca_file = "password"', "mail.ca_file: "),
        ('host = "a b"', "mail.host: 'a b' is no name of a machine"),
        ('host = "smtp..vn"', "mail.host: 'smtp..vn' is no name of a machine"),
        (f'host = "{64 * "a"}.vn"', "is no name of a machine"),
        ('sender = "=?x?q?y?=@example.com"', "is no mail address"),
        ("silent_after_s = 5", "mail.silent_after_s: 5 is outside"),
        ("port = 0", "mail.port: 0 is outside"),
        ('username = "ai đó"', "mail.username: 'ai đó' is empty or beyond ASCII"),
    ],
)
def test_each_fault_of_the_mail_table_is_told(
    line: str,
    fault: str,
    server: MailServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = configure(tmp_path, server)
    key = line.partition(" ")[0]
    head, table, body = config.read_text().partition("[mail]\n")
    kept = [one for one in body.splitlines() if not one.startswith(key)]
    config.write_text("\n".join([head + table.rstrip(), line, *kept]))

    assert main(["check", "-c", str(config)]) == 2
    assert fault in capsys.readouterr().err
