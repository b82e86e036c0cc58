"""Mail through a real SMTP server with TLS and AUTH."""

import binascii
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from pytest_mock import MockerFixture

from province.config_mail import MailTable
from province.intake import Greeting
from province.ledger import Ledger
from province.mail import patience, service
from province.mail.post import Post
from province.mail.service import Mailing
from province.records import Round
from province.registry.schema import RECIPIENT
from province.registry.store import Registry
from telemetry.messages import Hello, encode
from tests.parts import free_port
from tests.province.gateway import EPOCH, G1
from tests.province.mail.server import (
    PASSWORD,
    SENDER,
    USER,
    MailServer,
    authority,
)
from tests.province.mail.story import HOUR_MS, PEOPLE, WATER, meta, now_ms, people, tell

AGRONOMIST, OFFICE, TECHNICIAN = (email for email, _, _ in PEOPLE)
HELLO, LATER = (
    Greeting(G1, Hello(epoch=EPOCH, boot="b1", mono_ms=at_ms, oldest=1, next=1))
    for at_ms in (1, 2)
)
Make = Callable[..., Mailing]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    one = Registry(str(tmp_path / "registry.db"))
    yield one
    one.close()


@pytest.fixture
def make(ledger: Ledger, registry: Registry, pki: Path) -> Make:
    def of(port: int, password: str = PASSWORD, **changes: object) -> Mailing:
        given = {"host": "127.0.0.1", "port": port, "sender": SENDER, "username": USER}
        table = MailTable(**(given | {"ca_file": str(pki / "ca.pem")} | changes))
        return Mailing(
            ledger=ledger,
            registry=registry,
            post=Post(table, password),
            sender=SENDER,
            silent_after_s=3600,
        )

    return of


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause after a failure."""
    monkeypatch.setattr(patience, "RETRY_S", 0.0)


def states(ledger: Ledger) -> dict[str, str]:
    with sqlite3.connect(ledger.path) as db:
        found = dict(db.execute("SELECT email, state FROM mail"))
    db.close()
    return found


def water_now() -> object:
    return msgspec.structs.replace(WATER, utc_ms=now_ms() - 60_000)


@pytest.mark.slow
def test_an_alert_reaches_each_of_its_people_once(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    mailing = make(server.port)

    assert mailing.round()
    assert mailing.round()
    assert sorted(server.to) == [AGRONOMIST, OFFICE]
    mail = server.of(AGRONOMIST)[0]
    assert (
        mail["Subject"] == "[Cánh đồng] Ruộng cần nước · thửa 17, xứ đồng Cây Gạo (7F3)"
    )
    assert mail["From"] == f"Cánh đồng <{SENDER}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Giá trị: −15,2 cm" in mail.get_content()
    assert server.logins == 1
    assert make(server.port).round()
    assert len(server.mails) == 2


def test_implicit_tls_carries_mail_too(
    ledger: Ledger, registry: Registry, pki: Path, make: Make
) -> None:
    people(registry, *PEOPLE[:1])
    tell(ledger, water_now(), at_ms=now_ms())

    with MailServer(pki, is_implicit=True) as server:
        assert make(server.port, security="tls").round()
    assert (server.to, server.logins) == ([AGRONOMIST], 1)


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    people(registry, *PEOPLE[:1])
    tell(ledger, water_now(), at_ms=now_ms())
    other = authority(tmp_path / "other") / "ca.pem"

    assert not make(server.port, ca_file=str(other)).round()
    assert (server.mails, server.logins) == ([], 0)
    assert "its certificate is not trusted" in caplog.text


@pytest.mark.slow
def test_a_wrong_password_is_told_with_its_remedy(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    people(registry, *PEOPLE[:1])
    tell(ledger, water_now(), at_ms=now_ms())

    assert not make(server.port, "another").round()
    assert "are mail.username and its password right?" in caplog.text
    assert states(ledger) == {AGRONOMIST: "waiting"}


def test_a_server_that_is_down_is_told_once_and_the_mail_comes_once(
    ledger: Ledger,
    registry: Registry,
    pki: Path,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    people(registry, *PEOPLE[:1])
    tell(ledger, water_now(), at_ms=now_ms())
    port = free_port()
    mailing = make(port)

    for _ in range(3):
        assert not mailing.round()
    with MailServer(pki, port=port) as server:
        assert mailing.round()
        assert mailing.round()

    assert server.to == [AGRONOMIST]
    assert caplog.text.count("Connection refused") == 1
    assert caplog.text.count(f"mail server 127.0.0.1:{port}: back") == 1


def test_one_who_is_refused_does_not_keep_mail_from_the_other(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    server.replies[AGRONOMIST] = ["550 5.1.1 no such person"]
    mailing = make(server.port)

    assert mailing.round()
    assert mailing.round()
    assert server.to == [OFFICE]
    assert states(ledger) == {AGRONOMIST: "refused", OFFICE: "sent"}
    assert caplog.text.count("550 5.1.1 no such person") == 1


@pytest.mark.slow
def test_a_greylist_is_waited_out(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    server.replies[AGRONOMIST] = ["450 4.2.0 greylisted", "451 4.7.1 greylisted"]
    mailing = make(server.port)

    seen = []
    for _ in range(4):
        mailing.round()
        seen.append(states(ledger)[AGRONOMIST])

    assert seen == ["waiting", "waiting", "sent", "sent"]
    assert server.to == [OFFICE, AGRONOMIST]


@pytest.mark.slow
def test_a_letter_that_is_refused_for_its_text_is_not_tried_again(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE[:1])
    tell(ledger, water_now(), at_ms=now_ms())
    server.data_replies = ["554 5.7.1 looks like spam"]
    mailing = make(server.port)

    assert mailing.round()
    assert mailing.round()
    assert (server.mails, states(ledger)) == ([], {AGRONOMIST: "refused"})


def test_a_backlog_of_old_alerts_is_one_digest(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE[:1])
    old = [
        msgspec.structs.replace(
            WATER,
            id=f"e{n}-1",
            episode=f"e{n}",
            code=f"A{n}",
            utc_ms=now_ms() - (50 + n) * HOUR_MS,
        )
        for n in range(70)
    ]
    tell(ledger, *old, at_ms=now_ms())

    assert make(server.port).round()
    assert len(server.mails) == 1
    text = server.mails[0].get_content()
    assert server.mails[0]["Subject"] == "[Cánh đồng] 70 cảnh báo gộp chung"
    assert text.count("Ruộng cần nước · thửa 17") == 50
    assert "và 20 cảnh báo khác" in text


@pytest.mark.slow
def test_the_twenty_first_mail_of_an_hour_is_a_digest(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE[:1])
    many = [
        msgspec.structs.replace(
            WATER, id=f"e{n}-1", episode=f"e{n}", utc_ms=now_ms() - 1000
        )
        for n in range(30)
    ]
    tell(ledger, *many, at_ms=now_ms())
    mailing = make(server.port)

    assert mailing.round()
    tell(ledger, water_now(), at_ms=now_ms())
    assert mailing.round()
    assert len(server.mails) == 21
    assert server.mails[20]["Subject"] == "[Cánh đồng] 10 cảnh báo gộp chung"
    assert mailing.left() == 1


def test_alerts_wait_for_people_and_their_lack_is_told_once(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell(ledger, water_now(), at_ms=now_ms())
    mailing = make(server.port)

    assert mailing.round()
    assert mailing.round()
    people(registry, *PEOPLE[:1])
    assert mailing.round()

    assert caplog.text.count("nobody of the registry is agronomist or office") == 1
    assert server.to == [AGRONOMIST]


def test_a_plot_that_the_registry_lacks_is_named_by_its_gateway(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE[:1], has_plots=False)
    table = {"name": "thửa 17", "locality": "xứ đồng Bãi\r\nCát"}
    meta(ledger, encode({"v": 1, "plots": {"p17": table}}))
    tell(ledger, water_now(), at_ms=now_ms())

    make(server.port).round()

    assert "· thửa 17, xứ đồng Bãi Cát (7F3)" in server.mails[0]["Subject"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "payload",
    [b"[]", b'{"plots": 3}', b'{"plots": {"p17": [1]}}', b'{"plots": {"p17": {}}}'],
)
def test_a_plot_that_nobody_names_goes_by_its_id(
    payload: bytes, ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE[:1], has_plots=False)
    meta(ledger, payload)
    tell(ledger, water_now(), at_ms=now_ms())

    make(server.port).round()

    assert "Ruộng cần nước · p17 (7F3)" in server.mails[0]["Subject"]


def test_an_address_that_is_none_never_reaches_the_server(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    bad = "a@example.com>\r\nRCPT TO:<b@example.com"
    people(registry, (bad, "*", "office"))
    tell(ledger, water_now(), at_ms=now_ms())

    assert make(server.port).round()
    assert (server.mails, states(ledger)) == ([], {bad: "refused"})


def test_who_is_taken_out_gets_nothing_that_still_waits(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    make(free_port()).round()  # nobody was reached
    with registry.transaction() as db:
        db.execute(RECIPIENT.delete().where(RECIPIENT.c.email == AGRONOMIST))

    assert make(server.port).round()
    assert server.to == [OFFICE]
    assert states(ledger) == {AGRONOMIST: "refused", OFFICE: "sent"}


def test_what_a_server_says_moves_no_cursor(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    server.replies[AGRONOMIST] = ["450 \x1b[2Jlater"]

    make(server.port).round()

    assert "450 [2Jlater" in caplog.text


def test_a_login_that_is_not_understood_is_weather(
    ledger: Ledger,
    registry: Registry,
    server: MailServer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
    mocker: MockerFixture,
) -> None:
    people(registry, *PEOPLE)
    tell(ledger, water_now(), at_ms=now_ms())
    # As smtplib on a challenge that is no base64, which aiosmtpd cannot send.
    mocker.patch("smtplib.SMTP.login", side_effect=binascii.Error("Invalid base64"))

    assert not make(server.port).round()
    assert "does not speak AUTH" in caplog.text


def test_a_silence_is_told_once_to_the_technician_and_ends(
    ledger: Ledger, registry: Registry, server: MailServer, make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(service, "WATCH_S", 0.0)
    people(registry, *PEOPLE)
    now = now_ms()
    ledger.record(Round(greetings=[HELLO]), now - 2 * HOUR_MS)
    ledger.listens(now - 3 * HOUR_MS, now)
    mailing = make(server.port)

    assert mailing.round()
    assert mailing.round()
    ledger.record(Round(greetings=[LATER]), now_ms())
    assert mailing.round()

    assert server.to == [TECHNICIAN]
    assert "Trạm mất liên lạc · g1, HTX Mộ Đức" in server.mails[0]["Subject"]
    with sqlite3.connect(ledger.path) as db:
        told = db.execute(
            "SELECT rule, step, state FROM alert ORDER BY step"
        ).fetchall()
    db.close()
    assert told == [("gateway-silent", 1, "firing"), ("gateway-silent", 2, "resolved")]
