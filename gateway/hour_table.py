"""The tables ``hour`` and ``span``: every reading up to ``hours_to`` is in them.

So much stands whatever happens between two writes, because tallies and the number
up to which they have seen go in together.  What a crash or an older version left
unfolded is folded when the file is opened, in chunks, each a transaction of its
own.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from gateway.hours import EMPTY, Taken, Tally, fold, hour_of
from gateway.records import HourRow, transaction
from gateway.segments import PEOPLE, PEOPLE_CLOCK, order_ms
from rules.history import HOUR_MS

KEEP_DAYS: Final = 400  # a year and the season before, to lay side by side
CHUNK_ROWS: Final = 50_000  # folded in one transaction; 0.2 s on a PC

_PUT: Final = (
    "INSERT OR REPLACE INTO hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TALLY: Final = (
    "n, coalesce(mean, 0.0), coalesce(low, 0.0), coalesce(high, 0.0),"
    " coalesce(first, 0.0), coalesce(first_ms, 0), coalesce(last, 0.0),"
    " coalesce(last_ms, 0), doubtful, missing, poll_ms"
)

_SPANS: Final = " UNION ALL ".join(
    f"SELECT boot, min(ms) AS low, max(ms) AS high FROM {table} WHERE seq <= ?1"  # noqa: S608 - own names
    " AND seq > (SELECT value FROM meta WHERE key = 'hours_to') GROUP BY boot"
    for table in ("reading", "summary")
)
_PUT_SPANS: Final = (
    f"INSERT INTO span SELECT * FROM ({_SPANS}) WHERE true"  # noqa: S608 - own names
    " ON CONFLICT (boot) DO UPDATE SET low = min(low, excluded.low),"
    " high = max(high, excluded.high)"
)
_ALL: Final = 2**62  # above every number

Key = tuple[int, int, int]  # boot, hour, series: ids of this file


def put(db: sqlite3.Connection, tallies: Iterable[tuple[Key, Tally]], to: int) -> None:
    """Write ``tallies``, which have seen every reading up to number ``to``.

    ``to`` never goes back: a lower one is of before a renumbering.
    """
    db.executemany(_PUT, [(*key, *_columns(tally)) for key, tally in tallies])
    db.execute(_PUT_SPANS, (to,))
    db.execute("UPDATE meta SET value = max(value, ?) WHERE key = 'hours_to'", (to,))


def seen(db: sqlite3.Connection) -> int:
    """The number up to which every reading is in a tally."""
    found = db.execute("SELECT value FROM meta WHERE key = 'hours_to'").fetchone()
    return int(found[0])


def spans(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """Boot, first and last field time [ms] of all rows that it ever had here.

    When people saw something tells nothing of when the gateway ran.
    """
    return db.execute(
        "SELECT boot, min(low), max(high) FROM (SELECT boot, low, high FROM span"  # noqa: S608 - own names
        f" UNION ALL {_SPANS}) WHERE boot != ?2 GROUP BY boot",
        (_ALL, PEOPLE),
    ).fetchall()


def fold_rest(db: sqlite3.Connection) -> int:
    """Fold every reading that is in no tally yet; returns how many."""
    folded = 0
    while more := _fold_some(db):
        folded += more
    return folded


def _fold_some(db: sqlite3.Connection) -> int:
    with transaction(db):
        rows = db.execute(
            "SELECT seq, boot, series, ms, value, flag FROM reading"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (seen(db), CHUNK_ROWS),
        ).fetchall()
        if rows:
            put(db, tallied(db, rows), rows[-1][0])
    return len(rows)


def tallied(
    db: sqlite3.Connection, rows: Iterable[tuple[int, int, int, int, float | None, int]]
) -> list[tuple[Key, Tally]]:
    """The written hours of ``rows`` with these folded in.

    A row is (number, boot, series, ms, value, flag).
    """
    taken: defaultdict[Key, list[Taken]] = defaultdict(list)
    for _, boot, series, ms, value, flag in rows:
        key = boot, hour_of(ms), series
        taken[key].append((order_ms(boot, ms), value, flag))
    return [(key, fold(_written(db, key), some)) for key, some in taken.items()]


def _written(db: sqlite3.Connection, key: Key) -> Tally:
    row = db.execute(
        f"SELECT {_TALLY} FROM hour WHERE boot = ? AND hour = ? AND series = ?",  # noqa: S608 - own names
        key,
    ).fetchone()
    return Tally._make(row) if row else EMPTY


def _columns(tally: Tally) -> tuple[float | None, ...]:
    if tally.n:
        return tally
    return (0, *[None] * 7, tally.doubtful, tally.missing, tally.poll_ms)


def newest(
    db: sqlite3.Connection, heads: Collection[str], most: int
) -> Iterator[tuple[int, HourRow]]:
    """Boot and hour of the series ``heads``, in order, some ``most`` of each."""
    names = {
        series: head
        for series, head in db.execute("SELECT id, head FROM series")
        if head in heads
    }
    wanted = json.dumps([*names])
    start = db.execute(
        "SELECT boot, hour FROM hour WHERE series IN (SELECT value FROM json_each(?))"
        " AND boot != ? ORDER BY boot DESC, hour DESC LIMIT 1 OFFSET ?",
        (wanted, PEOPLE, most * len(names)),
    ).fetchone()
    found = db.execute(
        f"SELECT boot, series, hour, {_TALLY} FROM hour"  # noqa: S608 - own names
        " WHERE ((boot, hour) >= (?, ?) OR boot = ?)"  # people count seldom: all of it
        " AND series IN (SELECT value FROM json_each(?)) ORDER BY boot, hour",
        (*(start or (0, 0)), PEOPLE, wanted),
    )
    for row in found:
        boot, series, hour = row[:3]
        yield boot, HourRow(names[series], hour, Tally._make(row[3:]))


def delete_older(db: sqlite3.Connection, than_utc_ms: int, at_most: int) -> int:
    """Delete up to ``at_most`` hours that ended before; returns how many.

    Hours of a boot without a clock segment have no age.
    """
    with transaction(db):
        cursor = db.execute(
            "DELETE FROM hour WHERE (boot, hour, series) IN ("
            "WITH clock AS (SELECT boot, max(offset_ms) AS offset_ms FROM segment"
            " GROUP BY boot UNION ALL VALUES (?, ?))"
            " SELECT hour.boot, hour.hour, hour.series"
            " FROM clock CROSS JOIN hour ON hour.boot = clock.boot"
            " AND hour.hour < (? - clock.offset_ms) / ? LIMIT ?)",
            (PEOPLE, PEOPLE_CLOCK.offset_ms, than_utc_ms, HOUR_MS, at_most),
        )
    return cursor.rowcount


def drop_oldest(db: sqlite3.Connection, keep_hours: int, at_most: int) -> int:
    """Delete up to ``at_most`` hours where there are more than ``keep_hours`` a series.

    The oldest by boot and field time go, whatever the clocks say, what people have
    counted last; returns how many.
    """
    there, series = db.execute(
        "SELECT count(*), count(DISTINCT series) FROM hour"
    ).fetchone()
    surplus = min(at_most, there - keep_hours * series)
    if surplus <= 0:
        return 0
    with transaction(db):
        db.execute(
            "DELETE FROM hour WHERE (boot, hour, series) IN (SELECT boot, hour, series"
            " FROM hour ORDER BY boot = ?, boot, hour, series LIMIT ?)",
            (PEOPLE, surplus),
        )
    return int(surplus)
