"""What the registry answers."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from province.ledger import Ledger
from province.registry.migrations import VERSION_TABLE
from province.registry.records import Cooperative, Plot
from province.registry.schema import METADATA
from province.registry.store import Registry, RegistryFault
from telemetry.settings import ConfigError

P17 = Plot(
    coop="htx-moduc",
    plot="p17",
    name="thửa 17",
    locality="xứ đồng Cây Gạo",
    commune="21400",
    area_m2=2400.0,
    elevation_m=6.0,
)


def test_a_plot_is_known_by_cooperative_and_name(registry: Registry) -> None:
    assert registry.plot("htx-moduc", "p17") == P17
    assert registry.plot("htx-lyson", "p17") is None
    assert [one.plot for one in registry.plots("htx-moduc")] == ["p17", "p21", "p3"]


def test_a_cooperative_is_known_by_its_name_on_the_wire(registry: Registry) -> None:
    found = registry.cooperative("htx-lyson")

    assert found == Cooperative(
        coop="htx-lyson", name="Hợp tác xã tỏi Lý Sơn (ví dụ)", commune="21548"
    )
    assert [one.coop for one in registry.cooperatives()] == ["htx-lyson", "htx-moduc"]
    assert registry.cooperative("htx-nowhere") is None


def test_a_lot_brings_its_cooperative_seasons_and_plots(registry: Registry) -> None:
    lot = registry.lot("MD-LUA-DX26-01")

    assert lot is not None
    assert (lot.harvested, lot.kg) == (date(2026, 4, 12), 1450.0)
    assert lot.coop.commune == "21400"
    (season,) = lot.seasons
    assert (season.crop, season.sown) == ("rice", date(2025, 12, 22))
    assert season.plot == P17


def test_an_unknown_lot_is_none_and_the_known_are_listed(registry: Registry) -> None:
    assert registry.lot("MD-LUA-DX26-02") is None
    assert registry.lots() == ["MD-LUA-HT26-01", "MD-LUA-DX26-01", "LS-TOI-26-01"]


def test_seasons_of_a_plot_come_the_earliest_first(registry: Registry) -> None:
    grown = registry.seasons("htx-moduc", "p17")

    assert [one.season for one in grown] == ["dx2026-p17", "ht2026-p17"]


def test_recipients_for_all_are_recipients_of_each(registry: Registry) -> None:
    agronomists = registry.recipients("htx-lyson", "agronomist")
    everyone = registry.recipients("htx-lyson")

    assert [one.email for one in agronomists] == ["trong-trot@example.com"]
    assert {one.role for one in everyone} == {"technician", "agronomist", "office"}
    assert "ky-thuat.moduc@example.com" not in {one.email for one in everyone}


def test_a_new_registry_is_empty(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path / "new.db"))

    assert registry.is_empty
    assert registry.lots() == []

    registry.close()


def test_an_imported_registry_is_not_empty(registry: Registry) -> None:
    assert not registry.is_empty


def test_the_migrations_make_the_tables_of_the_schema(registry: Registry) -> None:
    with registry.transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE}
        )
        differences = compare_metadata(context, METADATA)

    assert differences == []


def test_every_commit_reaches_the_disk(registry: Registry) -> None:
    with registry.transaction() as connection:
        mode = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert mode == 2  # FULL


def test_a_reference_to_nothing_is_refused_by_the_database(registry: Registry) -> None:
    text = "INSERT INTO lot_season VALUES ('LS-TOI-26-01', 'htx-lyson', 'none')"

    with pytest.raises(RegistryFault), registry.transaction() as connection:
        connection.execute(sa.text(text))


def test_a_newer_schema_is_refused_by_name(registry: Registry, place: str) -> None:
    with registry.transaction() as connection:
        connection.execute(sa.text("UPDATE registry_version SET version_num = 'r9'"))

    with pytest.raises(ConfigError, match=r"schema r9 is newer.*update"):
        Registry(place)


def test_a_ledger_is_no_registry_and_a_registry_no_ledger(
    registry: Registry, place: str, tmp_path: Path
) -> None:
    Ledger(tmp_path / "ledger.db").close()

    with pytest.raises(ConfigError, match="no registry; name another file"):
        Registry(str(tmp_path / "ledger.db"))
    with pytest.raises(ConfigError, match="no ledger; name another file"):
        Ledger(Path(place))


@pytest.mark.parametrize("name", ["text", "nowhere/registry.db", "."])
def test_a_path_that_cannot_be_a_registry_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough " * 50)

    with pytest.raises(ConfigError, match="cannot be used as a registry"):
        Registry(str(tmp_path / name))


def test_a_locked_registry_is_weather(
    registry: Registry, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.registry.store.BUSY_S", 0)
    other = sqlite3.connect(place)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(RegistryFault, match="locked"):
        Registry(place)

    other.close()
