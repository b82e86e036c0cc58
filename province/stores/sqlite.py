"""An embedded store: one SQLite file, for a laptop and a demonstration.

Readings and thinned windows of a series stand in one table; ``thin`` tells them
apart, as the measurement's name does in InfluxDB.
"""

import contextlib
import math
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from province.files import is_of_the_path
from province.stores import sqlite_tally
from province.stores.base import Rejected, StoreDown
from province.stores.bounded import Meanwhile, nothing
from province.summary import Part, Question, Summary, summarise
from province.tally import Scope, Seen, Tally
from telemetry.quantity import QUANTITIES, Kind
from telemetry.ranges import Range
from telemetry.series import Series
from telemetry.settings import ConfigError
from telemetry.wire import Point, WireError, parse_line

VERSION: Final = 1
BUSY_S: Final = 5.0  # a reader's checkpoint never holds the file that long

_SCHEMA: Final = f"""
CREATE TABLE series (
    id INTEGER PRIMARY KEY, quantity TEXT NOT NULL, coop TEXT NOT NULL,
    gw TEXT NOT NULL, plot TEXT NOT NULL, sensor TEXT NOT NULL, z INTEGER NOT NULL,
    pest TEXT NOT NULL, stage TEXT NOT NULL,  -- '' where the quantity has none
    UNIQUE (quantity, coop, plot, z, gw, sensor, pest, stage));
CREATE TABLE point (
    series INTEGER NOT NULL REFERENCES series, thin INTEGER NOT NULL,
    stamp_ns INTEGER NOT NULL, value REAL, flag INTEGER,
    min REAL, max REAL, n INTEGER, span_s INTEGER,
    PRIMARY KEY (series, thin, stamp_ns)) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""

_GOOD: Final = "value IS NOT NULL AND (thin OR flag <= 2)"
# Columns are named as fields of Part.  A bare column beside one min() or max() is
# of the row that has it (SQLite, "Bare columns in an aggregate query").
_SUMS: Final = (
    (
        "sum(coalesce(n, 1)) AS count, sum(value * coalesce(n, 1)) AS total,"
        " sum(value) AS amount, min(coalesce(min, value)) AS low,"
        " max(coalesce(max, value)) AS high",
        _GOOD,
    ),
    ("count(*) AS missing", "flag = 9"),
    ("count(*) AS doubtful", "flag IN (3, 4)"),
    ("value AS first, min(stamp_ns) AS stamp", _GOOD),
    ("value AS last, max(stamp_ns) AS stamp", _GOOD),
)
_AXES: Final = (
    "sum(coalesce(n, 1) * north(value)) AS north,"
    " sum(coalesce(n, 1) * east(value)) AS east",
    _GOOD,
)


def _question(columns: str, rows: str) -> str:
    return (
        "SELECT series, thin, gw AS gateway, sensor,"  # noqa: S608  # all our own
        f" nullif(stage, '') AS stage, {columns}"
        " FROM series JOIN point ON point.series = series.id"
        " WHERE quantity = :quantity AND coop = :coop AND plot = :plot AND z = :z"
        " AND pest = :pest AND coalesce(:stage, stage) = stage"
        " AND coalesce(:sensor, sensor) = sensor AND thin IN (0, 1)"
        f" AND stamp_ns >= :start AND stamp_ns < :end AND {rows}"
        " GROUP BY series, thin"
    )


class SqliteStore:
    """The store in ``path``, made if it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[Series, int] = {}
        try:
            # Transactions are written out below; sqlite3 opens none by itself.
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            for name, axis in (("north", math.cos), ("east", math.sin)):
                self._db.create_function(name, 1, _of_degrees(axis), deterministic=True)
            self._open()
        except sqlite3.Error as fault:
            if not is_of_the_path(fault):
                msg = f"{path}: {fault}"
                raise StoreDown(msg) from None
            raise ConfigError([f"{path}: not a store of readings: {fault}"]) from None

    def _open(self) -> None:
        """Make the tables of a new file, or look whose they are."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            self._db.close()
            msg = f"{self._path}: version {version} is newer than {VERSION}"
            raise ConfigError([f"{msg}; update canhdong-province"])
        if version == 0:
            if self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._db.close()
                msg = f"{self._path}: is a database, but no store of readings"
                raise ConfigError([f"{msg}; name another file"])
            self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT")
        self._db.execute("SELECT series, thin FROM point LIMIT 0")

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        """Store every line; see ``Store``."""
        points: list[Point] = []
        rejected: list[Rejected] = []
        for at, line in enumerate(body.split(b"\n")[:-1]):
            try:
                points.append(parse_line(line.decode("ascii", "replace")))
            except (WireError, ValueError) as fault:
                rejected.append(Rejected(at, str(fault)))
        with self._weather():
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._row(point) for point in points],
            )
            self._db.execute("COMMIT")
        return rejected

    def summary(self, question: Question) -> Summary | None:
        """Answer a question; see ``Store``."""
        with self._weather():
            return summarise(question, self._parts(question))

    def series(self, scope: Scope) -> list[Seen]:
        """Every series of a scope; see ``Store``."""
        with self._weather():
            return sqlite_tally.series(self._db, scope)

    def counts(self, scope: Scope, bucket_ns: int, at_ns: int) -> list[Tally]:
        """Rows by bucket; see ``Store``."""
        with self._weather():
            return sqlite_tally.counts(self._db, scope, bucket_ns, at_ns)

    def runs(self, scope: Scope, apart_ns: int) -> dict[Series, list[Range]]:
        """Stretches with values; see ``Store``."""
        with self._weather():
            return sqlite_tally.runs(self._db, scope, apart_ns)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _row(self, point: Point) -> tuple[float | int | None, ...]:
        return (
            self._id(point.series),
            int(point.is_summary),
            point.stamp_ns,
            point.value,
            point.flag,
            point.low,
            point.high,
            point.count,
            point.span_s,
        )

    def _id(self, series: Series) -> int:
        found = self._known.get(series)
        if found is not None:
            return found
        key = (
            series.quantity,
            series.coop,
            series.gateway,
            series.plot,
            series.sensor,
            series.z,
            series.pest or "",
            series.stage or "",
        )
        self._db.execute(
            "INSERT OR IGNORE INTO series"
            " (quantity, coop, gw, plot, sensor, z, pest, stage)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            key,
        )
        number: int = self._db.execute(
            "SELECT id FROM series WHERE (quantity, coop, gw, plot, sensor, z, pest,"
            " stage) = (?, ?, ?, ?, ?, ?, ?, ?)",
            key,
        ).fetchone()[0]
        self._known[series] = number
        return number

    def _parts(self, question: Question) -> list[Part]:
        asked = {
            "quantity": question.quantity,
            "coop": question.coop,
            "plot": question.plot,
            "z": question.z,
            "pest": question.pest or "",
            "stage": question.stage,
            "sensor": question.sensor,
            "start": question.start_ns,
            "end": question.end_ns,
        }
        found: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
        is_direction = QUANTITIES[question.quantity].kind is Kind.DIRECTION
        for columns, rows in (*_SUMS, _AXES) if is_direction else _SUMS:
            cursor = self._db.execute(_question(columns, rows), asked)
            names = [column[0] for column in cursor.description]
            for values in cursor:
                row = dict(zip(names, values, strict=True))
                for end in row.keys() & {"first", "last"}:
                    row[end] = (row.pop("stamp"), row[end])
                found[row.pop("series"), row.pop("thin")].update(row)
        return [Part(**sums) for sums in found.values()]

    @contextlib.contextmanager
    def _weather(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            # Ids that were given in the lost transaction may be given anew.
            self._known.clear()
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            msg = f"{self._path}: {fault}"
            raise StoreDown(msg) from None


def _of_degrees(axis: Callable[[float], float]) -> Callable[[float], float]:
    return lambda degrees: axis(math.radians(degrees))
