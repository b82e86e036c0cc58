"""Every config that lies in deploy/ is taken by the program that it is for."""

import re
from pathlib import Path
from typing import Final

import pytest

from gateway import check, observe_csv
from gateway.observe_words import read as read_row
from gateway.pests import PESTS
from province.config import read
from rules import overlay, rule
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


def test_rules_of_a_site_change_what_they_say_and_nothing_else() -> None:
    packs, found = rule.packs(), overlay.merged(DEPLOY / "examples" / "rules.d")

    own = {name for name, each in found.items() if each.origin == "site"}
    low = found["rice-water-low"]
    assert own == found.keys() - packs.keys() == {"our-cool-night"}
    assert (low.state, low.numbers["low"], low.units["low"]) == ("approved", -12, "cm")
    assert (low.table.severity, low.table.when) == (
        "critical",
        packs["rice-water-low"].table.when,
    )
    assert not found["our-cool-night"].ships_on


def test_the_table_of_counts_is_good_for_the_gateway_beside_it() -> None:
    plots = check.load(DEPLOY / "gateway.example.toml").plots
    blob = (DEPLOY / "examples/observations/scouting.csv").read_bytes()

    table = observe_csv.read(blob, lambda cells: read_row(cells, plots, PESTS))

    assert table.bad == []
    assert len(table.good) == 5
