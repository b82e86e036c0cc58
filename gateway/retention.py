"""What the buffer gives up, and in which order, when age or a full card demands it.

1. confirmed rows older than ``keep_days``, while the province answers;
2. confirmed rows of any age;
3. detail: windows of a quarter of an hour of rows that never were in a batch are
   merged (``gateway.thinning``), the oldest first;
4. hours that are older than rules look back (``gateway.hour_table``);
5. the oldest day of what is not confirmed, counted as *lost*.

Never alerts, clock segments, open batches or the newest hour.  All of it goes in
chunks, each a transaction of its own, since a full card has no room for large ones.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from gateway.records import Ledger, Row, pairs, read_ledger, transaction
from gateway.segments import PEOPLE
from gateway.thinning import WINDOW_MS, thin
from rules.history import HOUR_MS
from telemetry import ranges
from telemetry.quantity import QUANTITIES, Kind
from telemetry.ranges import Range

DAY_MS: Final = 24 * HOUR_MS
WINDOWS: Final = 1000  # looked at in one step where nothing is to merge; 50 ms on a PC
YOUNG_MS: Final = HOUR_MS  # the newest time, of which nothing is given up
LATE_MS: Final = 5 * 60_000  # how far behind its neighbours a row may stand: a cycle
_MAX_NUMBER: Final = 2**62  # above every number

Young = tuple[int, int]
"""Boot and field time [ms] from which on its rows stay."""


def begin_of_young(now_ms: int) -> int:
    """Field time from which on rows of the running boot stay, a window's begin. [ms]"""
    return (now_ms - YOUNG_MS) // WINDOW_MS * WINDOW_MS


def delete_held(
    db: sqlite3.Connection, limit: int, at_most: int, young: Young = (0, 0)
) -> int:
    """Delete up to ``at_most`` confirmed rows numbered below ``limit``; how many.

    Rows of an earlier epoch were held when it ended.
    """
    ledger = read_ledger(db)
    held = ranges.union([(1, ledger.epoch_from - 1), *ledger.held])
    gone = 0
    with transaction(db):
        # The province may lack again what is gone: no number is given twice.
        db.execute("UPDATE meta SET value = ? WHERE key = 'next'", (ledger.next,))
        for first, last in ranges.intersect(held, [(1, limit - 1)]):
            for table in ("reading", "summary"):
                gone += db.execute(
                    f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM {table}"  # noqa: S608 - own names
                    " WHERE seq BETWEEN ? AND ? AND NOT (boot = ? AND ms >= ?)"
                    " ORDER BY seq LIMIT ?)",
                    (first, last, *young, at_most - gone),
                ).rowcount
            if gone >= at_most:
                break
        else:
            _forget(db, "merged", [(1, limit - 1)], among=held)
    return gone


class Thinner:
    """Merges one window after another, the oldest first, each once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._left: list[Range] = [(1, _MAX_NUMBER)]  # not looked at
        self._young: list[tuple[int, Range]] = []  # passed over, by their oldest time

    def step(self, young: Young) -> int | None:
        """Look at the next windows; how many rows one of them gave up.

        ``None`` when there is none left.
        """
        free = ranges.subtract(read_ledger(self._db).uncut, pairs(self._db, "tried"))
        self._ripen(young)
        for _ in range(WINDOWS):
            found = self._next(free, young)
            if found is None:
                return None
            span, boot, begin_ms = found
            rows, beyond = self._window(span, boot, begin_ms)
            self._left = ranges.without(self._left, (span[0], beyond - 1))
            if merged := self._merge(rows):
                return merged
        return 0

    def _merge(self, rows: list[Row]) -> int:
        thinned = thin(rows, self._kinds())
        if not thinned.gone:
            return 0
        with transaction(self._db):
            self._db.executemany(
                "DELETE FROM reading WHERE seq BETWEEN ? AND ?", thinned.gone
            )
            self._db.executemany(
                "INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?)", thinned.summaries
            )
            self._db.executemany("INSERT INTO merged VALUES (?, ?)", thinned.merged)
            merged = ranges.total(thinned.merged)
            count(self._db, "thinned", merged)
        return merged

    def _kinds(self) -> dict[int, Kind]:
        """How each series merges, by its id."""
        return {
            series: QUANTITIES[head.partition(",")[0]].kind
            for series, head in self._db.execute("SELECT id, head FROM series")
        }

    def _next(
        self, free: Iterable[Range], young: Young
    ) -> tuple[Range, int, int] | None:
        """Where the next window begins: the numbers it may lie in, boot, begin."""
        for first, last in ranges.intersect(free, self._left):
            row = self._db.execute(
                "SELECT seq, boot, ms FROM reading WHERE seq BETWEEN ? AND ?"
                " AND NOT (boot = ? AND ms >= ?) AND boot != ? ORDER BY seq LIMIT 1",
                (first, last, *young, PEOPLE),
            ).fetchone()
            seq, boot, ms = row or (last + 1, 0, 0)
            if first < seq:
                self._pass_over((first, seq - 1))
            if row is not None:
                return (seq, last), boot, ms - ms % WINDOW_MS
        return None

    def _pass_over(self, span: Range) -> None:
        """Look above ``span``: its rows are young, or people's, which stay as they are.

        Older ones may lie above.
        """
        self._left = ranges.without(self._left, span)
        (oldest_ms,) = self._db.execute(
            "SELECT min(ms) FROM reading WHERE seq BETWEEN ? AND ?", span
        ).fetchone()
        if oldest_ms is not None:
            self._young.append((oldest_ms, span))

    def _ripen(self, young: Young) -> None:
        """Look again at what was passed over and has become old."""
        old = [span for oldest_ms, span in self._young if oldest_ms < young[1]]
        if old:
            self._left = ranges.union([*self._left, *old])
            self._young = [each for each in self._young if each[1] not in old]

    def _window(self, span: Range, boot: int, begin_ms: int) -> tuple[list[Row], int]:
        """Rows of a window within ``span``, and the first number that is not of it.

        Numbers of a span travel together, so each window of it is merged apart.
        """
        end_ms = begin_ms + WINDOW_MS
        rows: list[Row] = []
        beyond = span[1] + 1
        found = self._db.execute(
            "SELECT * FROM reading WHERE seq BETWEEN ? AND ? ORDER BY seq", span
        )
        for row in map(Row._make, found):
            if row.boot == boot and begin_ms <= row.ms < end_ms:
                rows.append(row)
                continue
            beyond = min(beyond, row.seq)
            if row.boot != boot or row.ms >= end_ms + LATE_MS:
                break
        found.close()
        return rows, beyond


def drop_oldest(db: sqlite3.Connection, young: Young, at_most: int) -> int:
    """Give some ``at_most`` rows of the oldest day up as lost; how many numbers.

    Only those that are in no open batch, and whole windows: what was merged into a
    row that stays is not lost.
    """
    for first, last in read_ledger(db).uncut:
        rows = db.execute(
            "SELECT seq, boot, ms FROM reading WHERE seq BETWEEN ?1 AND ?2"
            " UNION ALL SELECT seq, boot, ms FROM summary WHERE seq BETWEEN ?1 AND ?2"
            " ORDER BY seq",
            (first, last),
        )
        end = _end_of_day(rows, young, at_most)
        rows.close()
        if end is not None:
            span = (first, end)  # merged numbers go with the row above them
            with transaction(db):
                lose(db, [span])
            return ranges.total([span])
    return 0


def _end_of_day(
    rows: Iterable[tuple[int, int, int]], young: Young, at_most: int
) -> int | None:
    """Number of the last row to go: of the first boot and day, in whole windows."""
    end = day = window = None
    for at, (seq, boot, ms) in enumerate(rows):
        if boot == PEOPLE:
            continue  # of another time than its number: it goes with its neighbours
        now = boot, ms // WINDOW_MS
        if boot == young[0] and ms >= young[1]:
            break
        if day is None:
            day = boot, now[1] + DAY_MS // WINDOW_MS
        elif (boot != day[0] or now[1] >= day[1]) or (at >= at_most and now != window):
            break
        end, window = seq, now
    return end


def lose(db: sqlite3.Connection, spans: Iterable[Range]) -> None:
    """Give numbers up as lost and count them, within a transaction."""
    spans = list(spans)
    for table in ("reading", "summary"):
        db.executemany(f"DELETE FROM {table} WHERE seq BETWEEN ? AND ?", spans)  # noqa: S608 - own names
    _forget(db, "merged", spans)
    _forget(db, "tried", spans)
    before = pairs(db, "lost")
    replace(db, "lost", ranges.union([*before, *spans]))
    count(db, "lost", ranges.total(ranges.subtract(spans, before)))


def _forget(
    db: sqlite3.Connection,
    table: str,
    gone: Iterable[Range],
    *,
    among: Iterable[Range] | None = None,
) -> None:
    """Take numbers out of a table of ranges."""
    gone = list(gone) if among is None else ranges.intersect(gone, among)
    before = pairs(db, table)
    if before:
        replace(db, table, ranges.subtract(before, gone))


def replace(db: sqlite3.Connection, table: str, after: Iterable[Range]) -> None:
    """Let a table hold these ranges and no others, touching few rows."""
    before, wanted = set(pairs(db, table)), set(after)
    db.executemany(
        f"DELETE FROM {table} WHERE first = ?",  # noqa: S608 - own names
        [(first,) for first, _ in before - wanted],
    )
    db.executemany(
        f"INSERT OR REPLACE INTO {table} VALUES (?, ?)",  # noqa: S608 - own names
        wanted - before,
    )


def count(db: sqlite3.Connection, key: str, more: int) -> None:
    """Add to one of the counts that are shown."""
    db.execute(
        "INSERT INTO meta VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET value = value + ?2",
        (key, more),
    )


def renumber(db: sqlite3.Connection, ledger: Ledger) -> int:
    """Give what is neither held nor lost numbers from ``ledger.next`` on.

    Returns the next free number.  What was in an open batch has now been tried.
    """
    at = ledger.next
    was = [*pairs(db, "tried"), *((b.first, b.last) for b in ledger.open)]
    merged = pairs(db, "merged")
    moved: dict[str, list[Range]] = {"tried": [], "merged": []}
    keep = [(ledger.epoch_from, ledger.next - 1)]
    for first, last in ranges.subtract(keep, [*ledger.held, *ledger.lost]):
        by = at - first
        for table in ("reading", "summary"):
            db.execute(
                f"UPDATE {table} SET seq = seq + ? WHERE seq BETWEEN ? AND ?",  # noqa: S608 - own names
                (by, first, last),
            )
        for table, some in (("tried", was), ("merged", merged)):
            moved[table] += [
                (a + by, b + by) for a, b in ranges.intersect(some, [(first, last)])
            ]
        at += last - first + 1
    for table, some in moved.items():
        replace(db, table, ranges.union(some))
    db.execute("DELETE FROM lost")
    return at
