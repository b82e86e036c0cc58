"""Every config that lies in deploy/ is taken by the program that it is for."""

import re
from pathlib import Path
from typing import Final

import pytest

from gateway import check
from province.config import read
from tests.deploy.test_units import UNITS, values

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
GATEWAYS: Final = sorted(DEPLOY.rglob("*gateway*.toml"))
PROVINCES: Final = sorted(DEPLOY.rglob("*province*.toml"))


def placed(example: Path, folder: Path) -> Path:
    """A copy in ``folder``, beside which the files that it names may lie."""
    path = folder / example.name
    path.write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.mark.parametrize("example", GATEWAYS, ids=lambda path: path.name)
def test_a_gateways_example_is_good(example: Path) -> None:
    assert check.load(example).devices


@pytest.mark.parametrize("example", PROVINCES, ids=lambda path: path.name)
def test_a_provinces_example_is_good(example: Path, tmp_path: Path) -> None:
    assert read(placed(example, tmp_path)).version == 1


@pytest.mark.parametrize("example", PROVINCES, ids=lambda path: path.name)
def test_each_secret_of_the_example_is_given_to_its_unit(example: Path) -> None:
    named = re.findall(
        r"/run/credentials/([\w.-]+)/([\w.-]+)", example.read_text("utf-8")
    )
    given = {
        (unit.name, value.partition(":")[0])
        for unit in UNITS
        for value in values(unit, "LoadCredential")
    }

    assert named
    assert set(named) <= given


def test_a_secret_of_another_unit_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "province.toml"
    path.write_text(
        'version = 1\nledger = "ledger.db"\n[broker]\nhost = "127.0.0.1"\n'
        'username = "province"\n'
        'password_file = "/run/credentials/canhdong-province.service/mqtt-password"\n'
        '[store]\nkind = "sqlite"\npath = "readings.db"\n'
    )
    monkeypatch.setenv(
        "CREDENTIALS_DIRECTORY", "/run/credentials/canhdong-province-mail.service"
    )

    assert read(path).broker.username == "province"


def test_an_own_secret_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "/run/credentials/canhdong-province.service"
    path = tmp_path / "province.toml"
    path.write_text(
        'version = 1\nledger = "ledger.db"\n[broker]\nhost = "127.0.0.1"\n'
        f'username = "province"\npassword_file = "{own}/mqtt-password"\n'
        '[store]\nkind = "sqlite"\npath = "readings.db"\n'
    )
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", own)

    with pytest.raises(ValueError, match=r"broker\.password_file: .* is no file"):
        read(path)
