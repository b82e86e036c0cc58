"""A damaged buffer that was put aside, read as far as it can be.

Plain SQL on a connection that changes nothing.  SQLite refuses a whole page when
its structure is wrong, so a table is read from below and from above, and what is
left between is halved until the gap is found.  A table without row numbers is read
from both ends only.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gateway import soundness
from gateway.records import UNREADABLE
from gateway.tables import TABLES, is_sound
from telemetry import ranges
from telemetry.ranges import Range

PAGE_ROWS: Final = 600  # no page of up to 4096 bytes holds more rows of any table
HALVED_TO: Final = 4  # rows; a page that cannot be read has thirty and more
PROBES: Final = 500  # halvings of a span; more than a block of salvage needs
PROBES_SMALL: Final = 100  # of a whole small table; a refused one takes 50 µs on a PC
ROW_LEAST: Final = 8  # bytes that a row of any table takes in its page
_ALL: Final = (-(2**62), 2**62)  # every row number there can be

Row = tuple[Any, ...]
Scan = Callable[[Range, str], Iterable[Row]]


class Aside:
    """Reads what can be read; counts what is there and cannot be what was written."""

    def __init__(self, path: Path, until_s: float | None = None) -> None:
        """Open the file; after ``until_s`` of machine time nothing more is read."""
        self.path = path
        self.odd = 0  # rows that hold what nobody wrote
        self._db = soundness.reading_damaged(path)
        # A flipped bit may leave text that is no UTF-8; U+FFFD marks it.
        self._db.text_factory = lambda raw: raw.decode(errors="replace")
        if until_s is not None:
            limit = until_s
            self._db.set_progress_handler(lambda: time.monotonic() > limit, 10_000)
        self.most = 1 + sum(  # rows that the file can hold
            part.stat().st_size // ROW_LEAST
            for part in (path, path.with_name(path.name + "-wal"))
            if part.exists()
        )

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def has(self, name: str) -> bool:
        """Whether there is such a table; older versions lack some."""
        with suppress(*UNREADABLE):
            found = self._db.execute(
                "SELECT 1 FROM sqlite_master WHERE name = ?", (name,)
            )
            return found.fetchone() is not None
        return False

    def meta(self) -> Mapping[str, Any]:
        """What of ``meta`` can be read."""
        rows, _ = self._ends(
            lambda order: f"SELECT key, value FROM meta ORDER BY key {order}"  # noqa: S608 - own names
        )
        return {key: value for key, value in rows if isinstance(key, str)}

    def table(self, name: str) -> tuple[list[Row], bool]:
        """Sound rows of a small table, and whether these are all that it had."""
        if not self.has(name):
            return [], self.has("reading")
        columns, odd = ", ".join(TABLES[name].columns), self.odd
        if TABLES[name].has_rowid:
            rows, gaps = sift(
                self._scan(name, columns), _ALL, self.most, probes=PROBES_SMALL
            )
            return self._sound(rows), not gaps and self.odd == odd
        rows, is_whole = self._ends(lambda order: self._ordered(name, order))
        return self._sound(rows), is_whole and self.odd == odd

    def newest_first(self, name: str) -> Iterator[Row]:
        """Sound rows of a large table, from both ends; some may come twice."""
        for order in ("DESC", "ASC"):
            with suppress(*UNREADABLE):
                for row in self._db.execute(self._ordered(name, order)):
                    yield from self._sound([row])
                return

    def names(self, table: str, column: str) -> dict[int, set[str]]:
        """What a table and its index, each for itself, say that an id is called."""
        told: dict[int, set[str]] = {}
        rows, _ = self.table(table)
        through_index, _ = self._ends(
            lambda order: f"SELECT id, {column} FROM {table} ORDER BY {column} {order}"  # noqa: S608 - own names
        )
        for key, name in (*rows, *through_index):
            if isinstance(key, int) and isinstance(name, str) and "\ufffd" not in name:
                told.setdefault(key, set()).add(name)
        return told

    def rows(self, name: str, span: Range) -> tuple[list[Row], list[Range]]:
        """Sound rows numbered within ``span``, and the numbers that cannot be read."""
        columns = ", ".join(TABLES[name].columns)
        rows, gaps = sift(self._scan(name, columns), span, self.most)
        return self._sound(rows), gaps

    def highest(self, name: str) -> int:
        """The highest number of a table, as far as its end can be read."""
        # The last page may stand though pages below it are gone, and other way round.
        at, step = 0, 1
        with suppress(*UNREADABLE):
            found = self._db.execute(f"SELECT max(rowid) FROM {name}").fetchone()  # noqa: S608 - own names
            at = min(max(at, found[0] or 0), _ALL[1])
        while step < _ALL[1]:
            before = at
            try:
                for (seq,) in self._db.execute(
                    f"SELECT rowid FROM {name} WHERE rowid BETWEEN ? AND ?"  # noqa: S608 - own names
                    " ORDER BY rowid",
                    (at + step, _ALL[1]),
                ):
                    at = seq
            except UNREADABLE:
                step = 1 if at > before else step * 2
            else:
                return at
        return at + PAGE_ROWS

    def next_number(self, names: Iterable[str], at: int) -> int | None:
        """The lowest number from ``at`` on that any of these tables has.

        ``at`` itself where that cannot be read, ``None`` if there is none.
        """
        found = []
        for name in names:
            text = f"SELECT rowid FROM {name} WHERE rowid >= ? ORDER BY rowid LIMIT 1"  # noqa: S608 - own names
            try:
                found += self._db.execute(text, (at,)).fetchall()
            except UNREADABLE:
                return at
        return min((seq for (seq,) in found), default=None)

    # --- inside --------------------------------------------------------------

    def _sound(self, rows: Iterable[Row]) -> list[Row]:
        good = []
        for *values, is_good in rows:
            if is_good and not any("\ufffd" in v for v in values if type(v) is str):
                good.append(tuple(values))
            else:
                self.odd += 1
        return good

    def _ordered(self, name: str, order: str) -> str:
        """SQL: all of a table by its key, each row with whether it is sound."""
        keys = ", ".join(f"{key} {order}" for key in TABLES[name].key.split(", "))
        columns = ", ".join(TABLES[name].columns)
        return f"SELECT {columns}, {is_sound(name)} FROM {name} ORDER BY {keys}"  # noqa: S608 - own names

    def _scan(self, name: str, columns: str) -> Scan:
        text = (
            f"SELECT rowid, {columns}, {is_sound(name)} FROM {name}"  # noqa: S608 - own names
            " WHERE rowid BETWEEN ? AND ? ORDER BY rowid {}"
        )
        return lambda span, order: self._db.execute(text.format(order), span)

    def _ends(self, text: Callable[[str], str]) -> tuple[list[Row], bool]:
        """Rows from the last one down and, if that fails, from the first one up."""
        found: dict[Row, None] = {}
        for order in ("DESC", "ASC"):
            rows, is_through = fetched(lambda end: self._db.execute(text(end)), order)
            found |= dict.fromkeys(rows)
            if is_through:
                return [*found], True
        return [*found], False


def fetched(ask: Callable[[str], Iterable[Row]], order: str) -> tuple[list[Row], bool]:
    """Rows up to the first that cannot be read, and whether there was none such.

    Python asks for one row ahead and would lose the last good one with the bad one.
    """
    rows: list[Row] = []
    try:
        for row in ask(order):
            rows.append(row)
    except UNREADABLE:
        with suppress(*UNREADABLE):
            rows += ask(f"{order} LIMIT 1 OFFSET {len(rows)}")
        return rows, False
    return rows, True


def sift(
    scan: Scan, span: Range, most: int, *, probes: int = PROBES
) -> tuple[list[Row], list[Range]]:
    """Every row of ``span`` that can be read, in order, and what cannot be.

    ``scan`` gives rows that begin with their number; that is left out here.  Where a
    gap has no end, ``most`` rows are looked for in it.
    """
    found: dict[int, Row] = {}
    gaps: list[Range] = []
    todo = deque([span])
    while todo:
        low, high = todo.popleft()
        is_through, at = _through(scan, (low, high), "ASC", found)
        low = low if at is None else at + 1
        if is_through or low > high:
            continue
        is_through, at = _through(scan, (low, high), "DESC", found)
        high = high if at is None else at - 1
        if is_through or low > high:
            continue
        low = max(low, 0) if low == _ALL[0] else low
        high = min(high, low + most) if high == _ALL[1] else high
        probes -= 1
        if high - low < HALVED_TO or probes < 0:
            gaps.append((low, high))
            continue
        middle = (low + high) // 2
        todo += [(low, middle), (middle + 1, high)]
    return [found[key] for key in sorted(found)], ranges.union(gaps)


def _through(
    scan: Scan, span: Range, order: str, found: dict[int, Row]
) -> tuple[bool, int | None]:
    """Whether all of ``span`` could be read in ``order``, and the last row's number.

    Where pages of another age stand in the tree, numbers come out of their order;
    such a row counts only where no other has its number.
    """
    rows, is_through = fetched(lambda end: scan(span, end), order)
    own = [(key, tuple(row)) for key, *row in rows if span[0] <= key <= span[1]]
    sign, edge = (1, span[0] - 1) if order == "ASC" else (-1, span[1] + 1)
    for key, row in own:
        if sign * key > sign * edge:
            found[key], edge = row, key
        else:
            found.setdefault(key, row)
    return is_through, own[-1][0] if own else None
