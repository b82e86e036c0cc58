"""province.toml: what is taken and what is told."""

import re
from pathlib import Path

import pytest

from province.config import broker_of, read, secret
from telemetry.settings import ConfigError

EXAMPLE = Path(__file__).parents[2] / "deploy" / "province.example.toml"

GOOD = """version = 1
ledger = "ledger.db"
[broker]
host = "127.0.0.1"
[store]
kind = "sqlite"
path = "readings.db"
"""


def faults_of(directory: Path, text: str) -> list[str]:
    file = directory / "province.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(file)
    return [fault.removeprefix(f"{file}: ") for fault in caught.value.faults]


def test_the_example_is_a_good_config(tmp_path: Path) -> None:
    file = tmp_path / "province.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")

    config = read(file)

    assert config.store.kind == "influx1"
    assert config.field_time == "real"


def test_every_key_that_exists_stands_in_the_example() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    keys = set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE))

    assert keys == {
        *("version", "ledger", "registry", "province", "field_time"),
        *("host", "port", "protocol", "username", "password_file"),
        *("tls", "ca_file", "certificate_file", "key_file"),
        *("sender", "security", "silent_after_s"),
        *("kind", "url", "database", "org", "bucket", "token_file", "path"),
    }


@pytest.mark.parametrize("kind", ["influx2", "sqlite"])
def test_the_other_stores_of_the_example_are_good_too(
    kind: str, tmp_path: Path
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").partition("[store]")[0] + "[store]\n"
    part = EXAMPLE.read_text(encoding="utf-8").partition(f'# kind = "{kind}"')
    for line in (part[1] + part[2]).splitlines():
        if not line.startswith("# "):
            break
        if " = " in line:
            text += line.removeprefix("# ") + "\n"
    token = tmp_path / "token"
    token.write_text("t\n")
    text = re.sub(r'token_file = ".*"', f'token_file = "{token}"', text)
    file = tmp_path / "province.toml"
    file.write_text(text, encoding="utf-8")

    assert read(file).store.kind == kind


def test_relative_paths_are_seen_from_the_config(tmp_path: Path) -> None:
    file = tmp_path / "province.toml"
    file.write_text(GOOD)

    config = read(file)

    assert config.ledger == str(tmp_path / "ledger.db")
    assert config.store.path == str(tmp_path / "readings.db")


def test_all_faults_of_a_config_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        """version = 9
ledger = "nowhere/ledger.db"
[broker]
host = ""
port = 70000
certificate_file = "gone.pem"
[store]
kind = "influx1"
url = "ftp://x"
path = "x.db"
password_file = "gone"
""",
    )

    assert faults == [
        "version: 9 is newer than 1; update canhdong-province",
        "broker.host: '' is no host: write a name such as mqtt.example.vn,"
        " or an address",
        "broker.port: 70000 is outside 1..65535",
        "broker.certificate_file and broker.key_file: give both or neither",
        f"broker.certificate_file: {tmp_path / 'gone.pem'} is no file",
        "store.database: is missing; kind = 'influx1' needs it",
        "store.path: does not belong to kind = 'influx1'; take it out",
        "store.url: 'ftp://x' begins with neither http:// nor https://",
        "store.password_file: without store.username; give both",
        f"store.password_file: {tmp_path / 'gone'} is no file",
        f"ledger: directory {tmp_path / 'nowhere'} is not there; make it",
    ]


def test_store_and_ledger_cannot_be_one_file(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, GOOD.replace("readings.db", "ledger.db"))

    assert faults == ["store.path: is the ledger too; name two files"]


@pytest.mark.parametrize("host", ["a b", "a..b", "a/b", "x\\u0000y"])
def test_a_host_that_cannot_be_looked_up_is_told(host: str, tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, GOOD.replace("127.0.0.1", host))

    assert fault.startswith("broker.host: ")
    assert "write a name such as" in fault


def test_the_ledger_is_known_by_another_spelling_too(tmp_path: Path) -> None:
    alias = f"../{tmp_path.name}/ledger.db"

    faults = faults_of(tmp_path, GOOD.replace("readings.db", alias))

    assert faults == ["store.path: is the ledger too; name two files"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://", "names no host"),
        ("http://h:abc", "Port could not be cast"),
        ("http://h:99999", "Port out of range"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://local host:1", "names no host in printable ASCII"),
        ("http://h:1/p q", "names no host in printable ASCII"),
        ("http://thửa:1", "names no host in printable ASCII"),
        ("http://u:p@h:1", "has a user"),
        ("http://h?db=x", "has a user, '?' or '#'"),
    ],
)
def test_a_url_that_cannot_be_asked_is_told(url: str, why: str, tmp_path: Path) -> None:
    (fault,) = faults_of(
        tmp_path,
        f"""version = 1
ledger = "ledger.db"
[broker]
host = "h"
[store]
kind = "influx1"
url = "{url}"
database = "d"
""",
    )

    assert fault.startswith("store.url: ")
    assert why in fault


def test_a_misspelt_key_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, GOOD.replace("ledger =", "leger ="))

    assert faults == [
        "unknown key 'leger'; did you mean 'ledger'?",
        "'ledger' is missing",
    ]


def test_the_password_is_read_from_its_file_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush\n")
    file = tmp_path / "province.toml"
    file.write_text(
        GOOD.replace(
            "[store]", 'username = "province"\npassword_file = "password"\n[store]'
        )
    )

    broker = broker_of(read(file))

    assert broker.password == "hush"  # noqa: S105
    assert "hush" not in repr(broker)


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n")

    with pytest.raises(ConfigError, match="is empty"):
        secret(str(file))
