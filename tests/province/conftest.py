"""What most tests of the province need."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from province.ledger import Ledger
from province.stores.influx1 import Influx1
from province.stores.sqlite import SqliteStore
from tests import parts
from tests.province.evidence import Province, province

NAMES = (f"evidence{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def _empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that was migrated once for all tests."""
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    Ledger(path).close()
    return path


@pytest.fixture
def ledger(tmp_path: Path, _empty_ledger: Path) -> Iterator[Ledger]:
    """A new ledger in a file of its own."""
    shutil.copy(_empty_ledger, tmp_path)
    one = Ledger(tmp_path / "ledger.db")
    yield one
    one.close()


@pytest.fixture
def in_sqlite(tmp_path: Path) -> Iterator[Province]:
    """A province with a file of its own for readings."""
    with province(tmp_path, lambda: SqliteStore(tmp_path / "readings.db")) as one:
        yield one


@pytest.fixture
def in_influx1(tmp_path: Path, influx: parts.Part) -> Iterator[Province]:
    """A province with a database of its own in InfluxDB."""
    name = next(NAMES)
    parts.create_database(influx.port, name)
    table = f'kind = "influx1"\nurl = "{influx.url}"\ndatabase = "{name}"\n'
    store = Influx1(url=influx.url, database=name)
    with province(tmp_path, lambda: store, table) as one:
        yield one


@pytest.fixture(
    params=["in_sqlite", pytest.param("in_influx1", marks=pytest.mark.real)]
)
def here(request: pytest.FixtureRequest) -> Province:
    """Either of them."""
    one: Province = request.getfixturevalue(request.param)
    return one
