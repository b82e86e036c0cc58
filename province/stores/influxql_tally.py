"""Which series, how many rows and when, in InfluxQL of InfluxDB 1, 2 and 3.

Metaqueries such as SHOW SERIES are not in InfluxDB 3, and know of no time: series
are found by their first and last rows.  A long scope is asked in pieces, each of
which must be answered within the connection's timeout.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from province.stores.connection import Connection
from province.stores.influxql import ask, no_answer
from province.tally import (
    DAY_NS,
    SECOND_NS,
    Scope,
    Seen,
    Tally,
    bucket_of,
    joined,
)
from telemetry.quantity import QUANTITIES
from telemetry.ranges import Range
from telemetry.series import Series
from telemetry.wire import SUMMARY, SUMMARY_SPAN_S

# Fifty channels polled each minute are 576,000 rows in so many days, of which
# InfluxDB 1.6.7 tells the runs in 1.5 s and the counts in less.
PIECE_DAYS: Final = 8
SERIES_DAYS: Final = 128  # first and last rows cost a twentieth of that

_BY: Final = ("gw", "plot", "sensor", "z", "pest", "stage")
_GROUP: Final = f"GROUP BY {', '.join(_BY)}"
_RAW: Final = ", ".join(f'"{name}"' for name in QUANTITIES)
_THIN: Final = ", ".join(f'"{name}{SUMMARY}"' for name in QUANTITIES)


def series(connection: Connection, database: str, scope: Scope) -> list[Seen]:
    """Every series with rows in ``scope``."""
    stamps: dict[Series, list[int]] = defaultdict(list)
    for piece in _pieces(scope, SERIES_DAYS * DAY_NS, scope.start_ns):
        ends = [
            _select(f"{end}({field})", table, _where(piece))
            for table, field in ((_RAW, "flag"), (_THIN, "n"))
            for end in ("first", "last")
        ]
        for _, one, row in _rows(connection, database, ends, scope):
            stamps[one].append(row["time"])
    return [
        Seen(series=one, first_ns=min(some), last_ns=max(some))
        for one, some in stamps.items()
    ]


def counts(
    connection: Connection, database: str, scope: Scope, bucket_ns: int, at_ns: int
) -> list[Tally]:
    """Rows of every series in each bucket."""
    length_s = bucket_ns // SECOND_NS
    buckets = f", time({length_s}s, {at_ns // SECOND_NS % length_s}s) fill(none)"
    found: dict[tuple[Series, int], dict[str, int]] = defaultdict(dict)
    for piece in _pieces(scope, bucket_ns, at_ns):
        where = _where(piece)
        asked = [
            _select("count(value) AS good", _RAW, f"{where} AND flag <= 2"),
            _select("count(value) AS doubtful", _RAW, f"{where} AND flag > 2"),
            _select("count(flag) AS missing", _RAW, f"{where} AND flag = 9"),
            _select("sum(n) AS thinned", _THIN, where),
        ]
        asked = [one + buckets for one in asked]
        for _, one, row in _rows(connection, database, asked, scope):
            found[one, row.pop("time")].update(row)
    return [_tally(one, begin_ns, row) for (one, begin_ns), row in found.items()]


def runs(
    connection: Connection, database: str, scope: Scope, apart_ns: int
) -> dict[Series, list[Range]]:
    """Stretches with values, of readings and of windows, joined."""
    found: dict[Series, list[Range]] = defaultdict(list)
    # Pieces meet within a stretch: the first of one is then near the last of the
    # other, and what is nearer than ``apart_ns`` is joined below.
    for piece in _pieces(scope, DAY_NS, scope.start_ns):
        for one, some in _runs(connection, database, piece, apart_ns).items():
            found[one] += some
    start_ns = scope.start_ns
    return {
        one: joined([(max(first, start_ns), last) for first, last in some], apart_ns)
        for one, some in found.items()
    }


def _runs(
    connection: Connection, database: str, scope: Scope, apart_ns: int
) -> dict[Series, list[Range]]:
    ends: dict[tuple[bool, Series], list[int]] = defaultdict(list)
    where = _where(scope)
    asked = []
    for table, rows, field in (
        (_RAW, f"{where} AND flag <= 2", "value"),
        (_THIN, where, "n"),
    ):
        asked += [
            _select(f"{end}({field}) AS e", table, rows) for end in ("first", "last")
        ]
        apart = _select(f"elapsed({field}, 1ns) AS gap", table, rows)
        asked.append(_select("gap", f"({apart})", f"gap >= {apart_ns}"))
    for is_thin, one, row in _rows(connection, database, asked, scope):
        stamps = ends[is_thin, one]
        if row.get("gap") is not None:
            stamps.append(row["time"] - row["gap"])
        stamps.append(row["time"])
    found: dict[Series, list[Range]] = defaultdict(list)
    for (is_thin, one), stamps in ends.items():
        span_ns = SUMMARY_SPAN_S * SECOND_NS if is_thin else 0
        stamps.sort()
        if len(stamps) % 2:
            raise no_answer(connection.where, f"a begin or an end of {one} alone")
        found[one] += [
            (first - span_ns, last)
            for first, last in zip(stamps[::2], stamps[1::2], strict=True)
        ]
    return found


def _rows(
    connection: Connection, database: str, statements: list[str], scope: Scope
) -> Iterator[tuple[bool, Series, dict[str, Any]]]:
    """Yield whether it is of windows, the series and the columns of each row."""
    for answer in ask(connection, database, statements, _BY):
        one = _series(answer.name, answer.tags, scope.coop)
        if one is None:
            continue
        for row in answer.rows:
            yield answer.name.endswith(SUMMARY), one, row


def _series(name: str, tags: Mapping[str, str], coop: str) -> Series | None:
    """Return the series, ``None`` if its tags are not of this program's making."""
    try:
        return Series(
            quantity=name.removesuffix(SUMMARY),
            coop=coop,
            gateway=tags["gw"],
            plot=tags["plot"],
            sensor=tags["sensor"],
            z=int(tags["z"]),
            pest=tags["pest"] or None,
            stage=tags["stage"] or None,
        )
    except ValueError:
        return None


def _tally(one: Series, begin_ns: int, row: Mapping[str, int]) -> Tally:
    thinned = row.get("thinned") or 0
    return Tally(
        series=one,
        begin_ns=begin_ns,
        good=(row.get("good") or 0) + thinned,
        doubtful=row.get("doubtful") or 0,
        missing=row.get("missing") or 0,
        thinned=thinned,
    )


def _pieces(scope: Scope, bucket_ns: int, at_ns: int) -> Iterator[Scope]:
    """Cut where a bucket begins."""
    length_ns = bucket_ns * max(1, PIECE_DAYS * DAY_NS // bucket_ns)
    start_ns = scope.start_ns
    while start_ns < scope.end_ns:
        end_ns = min(bucket_of(start_ns, bucket_ns, at_ns) + length_ns, scope.end_ns)
        yield Scope(
            coop=scope.coop,
            start_ns=start_ns,
            end_ns=end_ns,
            plot=scope.plot,
            gateway=scope.gateway,
        )
        start_ns = end_ns


def _select(columns: str, tables: str, where: str) -> str:
    # Names and numbers were checked by Scope: none can hold a quote.
    return f"SELECT {columns} FROM {tables} WHERE {where} {_GROUP}"  # noqa: S608


def _where(scope: Scope) -> str:
    tags = {"coop": scope.coop, "plot": scope.plot, "gw": scope.gateway}
    terms = [f"{key} = '{name}'" for key, name in tags.items() if name is not None]
    return " AND ".join([*terms, f"time >= {scope.start_ns}", f"time < {scope.end_ns}"])
