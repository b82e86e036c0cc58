"""The same registry in a real PostgreSQL."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from province.registry.merging import held
from province.registry.migrations import VERSION_TABLE
from province.registry.schema import METADATA
from province.registry.store import Registry, RegistryFault
from telemetry.settings import ConfigError
from tests.parts import Part
from tests.province.registry.conftest import Take
from tests.province.registry.postgres import postgres, url_of

pytestmark = pytest.mark.real

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Part]:
    with postgres() as part:
        yield part


@pytest.fixture
def place(server: Part, tmp_path: Path) -> str:
    """A new database of the server."""
    name = f"registry_{next(NUMBERS)}"
    engine = sa.create_engine(
        url_of(server, tmp_path / "pgpass"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url_of(server, tmp_path / "pgpass", name)


def test_the_examples_go_in_and_are_unchanged_a_second_time(take: Take) -> None:
    code, first, _ = take()
    again, second, _ = take()

    assert (code, again) == (0, 0)
    assert "seasons: 7 added" in first
    assert second.count("0 added, 0 changed") == 5


def test_it_answers_as_sqlite_does(
    registry: Registry, take: Take, tmp_path: Path, place: str
) -> None:
    file = tmp_path / "province.toml"
    file.write_text(file.read_text().replace(place, "registry.db"))
    take()
    other = Registry(str(tmp_path / "registry.db"))

    assert registry.cooperatives() == other.cooperatives()
    assert registry.plots("htx-moduc") == other.plots("htx-moduc")
    assert registry.lots() == other.lots()
    assert [registry.lot(one) for one in registry.lots()] == [
        other.lot(one) for one in other.lots()
    ]
    for coop in ("htx-moduc", "htx-lyson"):
        assert registry.recipients(coop) == other.recipients(coop)

    other.close()


def test_a_change_and_a_fault_end_as_in_sqlite(take: Take, registry: Registry) -> None:
    lots = "lot,coop,seasons,harvested,kg\n"

    changed = take(lots=lots + "LS-TOI-26-01,htx-lyson,hanh2026-t2,2026-05-12,7\n")
    refused = take(lots=lots + "LS-TOI-26-01,htx-moduc,hanh2026-t2,2026-05-12,7\n")
    lot = registry.lot("LS-TOI-26-01")

    assert (changed[0], refused[0]) == (0, 2)
    assert lot is not None
    assert [one.season for one in lot.seasons] == ["hanh2026-t2"]


def test_the_migrations_make_the_tables_of_the_schema(registry: Registry) -> None:
    with registry.transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE}
        )
        differences = compare_metadata(context, METADATA)

    assert differences == []


def test_an_import_fails_whole_when_another_wrote_meanwhile(
    registry: Registry, place: str
) -> None:
    insert = "INSERT INTO cooperative VALUES ('{}', 'X', '21400')"
    other = Registry(place)

    def both() -> None:
        with registry.transaction() as one:
            held(one)
            with other.transaction() as two:
                held(two)
                two.execute(sa.text(insert.format("htx-y")))
            one.execute(sa.text(insert.format("htx-x")))

    with pytest.raises(RegistryFault, match="could not serialize"):
        both()

    coops = [one.coop for one in registry.cooperatives()]
    assert coops == ["htx-lyson", "htx-moduc", "htx-y"]

    other.close()


def test_another_programs_database_is_refused(place: str) -> None:
    engine = sa.create_engine(place)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE reading (seq integer)"))
    engine.dispose()

    with pytest.raises(ConfigError, match="no registry; name another"):
        Registry(place)


def test_a_server_that_is_away_is_weather() -> None:
    away = "127.0.0.1:1"

    with pytest.raises(RegistryFault, match="refused"):
        Registry(f"postgresql+psycopg://canhdong@{away}/canhdong")


def test_a_wrong_password_is_told_without_it(server: Part, tmp_path: Path) -> None:
    place = url_of(server, tmp_path / "pgpass")
    passfile = tmp_path / "pgpass"
    passfile.write_text(passfile.read_text().replace("nur-im-test", "geheim"))

    with pytest.raises(RegistryFault, match="password authentication failed") as told:
        Registry(place)

    assert "geheim" not in str(told.value)


def test_after_a_kill_it_goes_on_with_what_was_imported(
    registry: Registry, server: Part
) -> None:
    before = registry.lots()

    server.kill()
    server.start()

    assert registry.lots() == before
    assert len(before) == 3
