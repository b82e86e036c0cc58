from pathlib import Path

import msgspec
import pytest

from telemetry import settings
from telemetry.settings import ConfigError


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    port: Path
    baudrate: int = 9600


class Config(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    buses: dict[str, Bus] = {}
    names: list[str] = []


def load(folder: Path, text: str | bytes) -> Config:
    path = folder / "x.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return settings.load(path, Config)


def test_a_good_file_becomes_structs(tmp_path):
    config = load(tmp_path, 'version = 1\n[buses.a]\nport = "/dev/x"\n')

    assert config.buses["a"] == Bus(port=Path("/dev/x"))


def test_every_fault_is_told_at_once_with_its_place(tmp_path):
    text = 'names = ["a", 5]\n[buses.a]\nport = 7\nbaudrat = 1\n[buses.b]\n'

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    told = [fault.removeprefix(f"{tmp_path}/x.toml: ") for fault in caught.value.faults]
    assert sorted(told) == [
        "'version' is missing",
        "buses.a.port: 7: expected path",
        "buses.a: unknown key 'baudrat'; did you mean 'baudrate'?",
        "buses.b: 'port' is missing",
        "names[1]: 5: expected str, got int",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"version = ", "not TOML"),
        (b"\xff", "not UTF-8"),
        (b"version = 1" + b"0" * 5000, "not TOML"),
        (b"version = 1\nbuses = 3", "buses"),
        (b"version = 1\nbuses.a = 3", "expected a table"),
        (b'version = 1\nbuses.a.port = "a\\u0000"', "buses.a.port: .* expected path"),
    ],
)
def test_what_is_no_config_is_one_clear_error(tmp_path, text, why):
    with pytest.raises(ConfigError, match=why):
        load(tmp_path, text)


def test_the_mark_that_notepad_puts_first_is_no_fault(tmp_path):
    assert load(tmp_path, b"\xef\xbb\xbfversion = 1\n").version == 1


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        settings.load(tmp_path / "none.toml", Config)


def test_an_unknown_name_brings_the_nearest_or_all():
    assert settings.unknown("rs485-9", ["rs485-0"]) == "did you mean 'rs485-0'?"
    assert settings.unknown("zzz", ["b", "a"]) == "known: a, b"
