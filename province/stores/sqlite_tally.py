"""Which series, how many rows and when, in the SQL of the embedded store."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from province.tally import SECOND_NS, Scope, Seen, Tally, joined
from telemetry.ranges import Range
from telemetry.series import Series
from telemetry.wire import SUMMARY_SPAN_S

_OF_SCOPE: Final = (
    " coop = :coop AND coalesce(:plot, plot) = plot AND coalesce(:gateway, gw) = gw"
)
_WITHIN: Final = " stamp_ns >= :start AND stamp_ns < :end"

# The key of ``point`` begins with series and thin: each end is one look-up.
_SERIES: Final = f"""
SELECT id, quantity, gw, plot, sensor, z, pest, stage, min(first) AS first,
    max(last) AS last FROM (
        SELECT series.*,
            (SELECT min(stamp_ns) FROM point WHERE series = id
                AND thin = kind.thin AND {_WITHIN}) AS first,
            (SELECT max(stamp_ns) FROM point WHERE series = id
                AND thin = kind.thin AND {_WITHIN}) AS last
        FROM series, (SELECT 0 AS thin UNION ALL SELECT 1) AS kind WHERE {_OF_SCOPE})
WHERE first IS NOT NULL GROUP BY id
"""  # noqa: S608  # all our own

_COUNTS: Final = f"""
SELECT series, stamp_ns - (stamp_ns - :at) % :bucket AS begin,
    sum(iif(thin, n, flag <= 2)) AS good, sum(thin = 0 AND flag IN (3, 4)) AS doubtful,
    sum(thin = 0 AND flag = 9) AS missing, sum(iif(thin, n, 0)) AS thinned
FROM point WHERE series = :series AND thin IN (0, 1) AND {_WITHIN}
GROUP BY begin
"""  # noqa: S608

# A row that stands too far behind the one before begins a stretch, and that one
# ends the stretch before.
_RUNS: Final = f"""
SELECT thin, stamp_ns, before FROM (
    SELECT thin, stamp_ns,
        lag(stamp_ns) OVER (PARTITION BY thin ORDER BY stamp_ns) AS before
    FROM point WHERE series = :series AND thin IN (0, 1) AND {_WITHIN}
        AND value IS NOT NULL AND (thin OR flag <= 2))
WHERE before IS NULL OR stamp_ns - before >= :apart
UNION ALL
SELECT thin, NULL, max(stamp_ns) FROM point
WHERE series = :series AND thin IN (0, 1) AND {_WITHIN}
    AND value IS NOT NULL AND (thin OR flag <= 2) GROUP BY thin
"""  # noqa: S608


def series(db: sqlite3.Connection, scope: Scope) -> list[Seen]:
    """Every series with rows in ``scope``."""
    return [
        Seen(series=one, first_ns=row["first"], last_ns=row["last"])
        for one, row in _found(db, scope)
    ]


def counts(
    db: sqlite3.Connection, scope: Scope, bucket_ns: int, at_ns: int
) -> list[Tally]:
    """Rows of every series in each bucket."""
    # A stamp before ``at`` would leave a negative rest.
    at_ns %= bucket_ns
    asked = _asked(scope) | {"bucket": bucket_ns, "at": at_ns}
    return [
        Tally(
            series=one,
            begin_ns=row["begin"],
            good=row["good"],
            doubtful=row["doubtful"],
            missing=row["missing"],
            thinned=row["thinned"],
        )
        for one, found in _found(db, scope)
        for row in _rows(db, _COUNTS, asked | {"series": found["id"]})
    ]


def runs(
    db: sqlite3.Connection, scope: Scope, apart_ns: int
) -> dict[Series, list[Range]]:
    """Stretches with values, of readings and of windows, joined."""
    asked = _asked(scope) | {"apart": apart_ns}
    found: dict[Series, list[Range]] = {}
    for one, row in _found(db, scope):
        stretches = _runs_of(db, asked | {"series": row["id"]}, scope.start_ns)
        if stretches:
            found[one] = joined(stretches, apart_ns)
    return found


def _runs_of(
    db: sqlite3.Connection, asked: Mapping[str, Any], start_ns: int
) -> list[Range]:
    stretches: list[Range] = []
    begin_ns: dict[int, int] = {}
    ordered = sorted(
        _rows(db, _RUNS, asked),
        key=lambda row: (row["thin"], row["stamp_ns"] is None, row["stamp_ns"]),
    )
    for row in ordered:
        thin, before_ns = row["thin"], row["before"]
        if before_ns is not None:
            span_ns = SUMMARY_SPAN_S * SECOND_NS if thin else 0
            stretches.append((max(start_ns, begin_ns[thin] - span_ns), before_ns))
        begin_ns[thin] = row["stamp_ns"]
    return stretches


def _found(
    db: sqlite3.Connection, scope: Scope
) -> list[tuple[Series, Mapping[str, Any]]]:
    return [
        (
            Series(
                quantity=row["quantity"],
                coop=scope.coop,
                gateway=row["gw"],
                plot=row["plot"],
                sensor=row["sensor"],
                z=row["z"],
                pest=row["pest"] or None,
                stage=row["stage"] or None,
            ),
            row,
        )
        for row in _rows(db, _SERIES, _asked(scope))
    ]


def _asked(scope: Scope) -> dict[str, str | int | None]:
    return {
        "coop": scope.coop,
        "plot": scope.plot,
        "gateway": scope.gateway,
        "start": scope.start_ns,
        "end": scope.end_ns,
    }


def _rows(
    db: sqlite3.Connection, question: str, asked: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    cursor = db.execute(question, asked)
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield dict(zip(names, values, strict=True))
