"""A reading connection to the buffer, for the uplink, the page and ``status``."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway import hour_table
from gateway.records import (
    Batch,
    EpisodeRow,
    Hint,
    HourRow,
    Ledger,
    Row,
    as_fault,
    pairs,
    read_ledger,
)
from gateway.segments import PEOPLE, BootSpan, Segment
from telemetry import ranges
from telemetry.clock import machine_s
from telemetry.messages import BOOTS_TOLD
from telemetry.ranges import Range
from telemetry.wire import MAX_ROWS

MOST_S: Final = 2.0  # of one question
SCAN_S: Final = 60.0  # … that looks at every row, at a start or after it
LOOK_EVERY: Final = 10_000  # SQLite's instructions between two looks at the clock
MAX_NUMBER: Final = 2**62  # above every number

_BOTH: Final = (
    "SELECT seq, boot, series, ms, value, flag, NULL, NULL, NULL FROM reading"
    " WHERE seq BETWEEN ?1 AND ?2"
    " UNION ALL SELECT seq, boot, series, ms, value, 0, low, high, n FROM summary"
    " WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one boot that may travel together: (series, ms, value, flag).

    They stand for the numbers ``first`` to ``numbers[-1]``; those among them that
    have no row were merged into the next row above.  ``summaries``
    says by index which rows are of a thinned window, as (low, high, n).
    """

    first: int
    boot: int
    rows: list[tuple[int, int, float | None, int]]
    numbers: Sequence[int]
    summaries: Mapping[int, tuple[float, float, int]] = field(default_factory=dict)

    def cut(self, rows: int) -> "Run":
        """Return the run of its first ``rows`` rows."""
        if rows == len(self.rows):
            return self
        few = {at: more for at, more in self.summaries.items() if at < rows}
        return Run(self.first, self.boot, self.rows[:rows], self.numbers[:rows], few)


class Reader:
    """Looks at the buffer and cannot change it.  Belongs to one thread."""

    def __init__(self, path: Path, most_s: float = MOST_S) -> None:
        """Open the file; ``BufferFault`` if it is not there or unreadable.

        A question may take ``most_s``.
        """
        self.path = path
        self._most_s = most_s
        with as_fault(path):
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            # A reader that checkpoints would be a second writer.
            self._db.execute("PRAGMA query_only=ON")
            self._db.execute("PRAGMA wal_autocheckpoint=0")
            self._db.set_progress_handler(self._is_late, LOOK_EVERY)
        self._late_s = math.inf

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def _asking(self, most_s: float | None = None) -> Iterator[None]:
        """Bound a question: whoever reads for long keeps the log from ending."""
        self._late_s = machine_s() + (self._most_s if most_s is None else most_s)
        with as_fault(self.path):
            yield

    def _is_late(self) -> bool:
        return machine_s() > self._late_s

    def ledger(self) -> Ledger:
        """Return the state of every number."""
        with self._asking():
            return read_ledger(self._db)

    def rows(self, first: int, last: int) -> list[Row]:
        """Rows of these numbers, in order, as far as they are there."""
        with self._asking():
            found = self._db.execute(
                "SELECT * FROM reading WHERE seq BETWEEN ? AND ? ORDER BY seq",
                (first, last),
            ).fetchall()
        return [Row._make(row) for row in found]

    def rows_within(
        self, series: Collection[int], boot: int, first_ms: int, last_ms: int
    ) -> list[Row]:
        """Rows of some series and one boot, from and up to these field times."""
        with self._asking():
            found = self._db.execute(
                "SELECT * FROM reading WHERE boot = ? AND ms BETWEEN ? AND ?"
                " AND series IN (SELECT value FROM json_each(?)) ORDER BY seq",
                (boot, first_ms, last_ms, json.dumps([*series])),
            ).fetchall()
        return [Row._make(row) for row in found]

    def run(self, first: int, last: int) -> Run | None:
        """The first rows of these numbers that may travel together; ``None`` if none.

        It ends with a row, after at most ``MAX_ROWS`` of them.  Merged numbers come
        along with the row above them, so it may begin below ``first``, and ends
        above ``last`` where only merged ones are asked for.
        """
        top = min(last, first + MAX_ROWS - 1)
        with self._asking():
            begin = self._db.execute(
                "SELECT boot FROM reading WHERE seq = ?", (first,)
            ).fetchone()
            if begin is not None:
                found = self._rows(first, top, begin[0])
                is_full = len(found) == top - first + 1
                if is_full and not self._merged(first - 1, first - 1):
                    return Run(first, begin[0], found, range(first, top + 1))
            return self._sparse(first, last)

    def is_whole(self, batch: Batch) -> bool:
        """Whether no row of ``batch`` was merged or given up after it was cut."""
        with self._asking():
            merged = self._merged(batch.first, batch.last)
            lost = pairs(self._db, "lost")
        is_lost = bool(ranges.intersect(lost, [(batch.first, batch.last)]))
        return ranges.total(merged) == batch.merged and not is_lost

    def _rows(
        self, first: int, last: int, boot: int
    ) -> list[tuple[int, int, float | None, int]]:
        return self._db.execute(
            "SELECT series, ms, value, flag FROM reading"
            " WHERE seq BETWEEN ? AND ? AND boot = ? ORDER BY seq",
            (first, last, boot),
        ).fetchall()

    def _merged(self, first: int, last: int) -> list[Range]:
        """Which of these numbers were merged into others."""
        found = self._db.execute(
            "SELECT first, last FROM merged WHERE last >= ?1 AND first BETWEEN"
            " (SELECT coalesce(max(first), ?1) FROM merged WHERE first <= ?1) AND ?2",
            (first, last),
        ).fetchall()
        return ranges.intersect(found, [(first, last)])

    def _sparse(self, first: int, last: int) -> Run | None:
        """``run`` where numbers are without rows, or boots meet."""
        if self._merged(last, last):
            ahead = self._db.execute(_BOTH, (last + 1, MAX_NUMBER, 1)).fetchone()
            last = ahead[0] if ahead else last
        found = self._db.execute(_BOTH, (first, last, MAX_ROWS)).fetchall()
        if not found:
            return None
        start = expected = self._begin(found[0][0])
        merged = self._merged(start, found[-1][0])
        taken: list[tuple[int, int, float | None, int]] = []
        numbers: list[int] = []
        summaries: dict[int, tuple[float, float, int]] = {}
        for seq, boot, series, ms, value, flag, low, high, n in found:
            is_near = not ranges.subtract([(expected, seq - 1)], merged)
            if boot != found[0][1] or (seq > expected and not is_near):
                break
            if n is not None:
                summaries[len(taken)] = low, high, n
            taken.append((series, ms, value, flag))
            numbers.append(seq)
            expected = seq + 1
        return Run(start, found[0][1], taken, numbers, summaries)

    def _begin(self, seq: int) -> int:
        """The lowest number that travels with row ``seq``."""
        while below := self._db.execute(
            "SELECT first FROM merged WHERE first < ?1 AND last = ?1 - 1", (seq,)
        ).fetchone():
            seq = below[0]
        return seq

    def heads(self) -> dict[int, str]:
        """Head of each series by its id."""
        with self._asking():
            return dict(self._db.execute("SELECT id, head FROM series"))

    def segments(self) -> list[Segment]:
        """Every clock segment."""
        with self._asking():
            return [
                Segment(*row)
                for row in self._db.execute("SELECT * FROM segment ORDER BY id")
            ]

    def hints(self) -> list[Hint]:
        """The newest word of each time source in each boot."""
        with self._asking():
            found = self._db.execute(
                "SELECT boot, source, ms, offset_ms, err_ms FROM hint ORDER BY boot"
            )
            return [Hint._make(row) for row in found]

    def boot_id(self, name: str) -> int:
        """Id of a boot, 0 if it has no rows."""
        with self._asking():
            found = self._db.execute(
                "SELECT id FROM boot WHERE name = ?", (name,)
            ).fetchone()
        return int(found[0]) if found else 0

    def begun(self) -> list[tuple[str, int]]:
        """Boots of this epoch and the first number of each, the newest first."""
        with self._asking():
            return self._db.execute(
                "SELECT name, first FROM begun JOIN boot ON boot.id = begun.boot"
                " ORDER BY first DESC, boot DESC LIMIT ?",
                (BOOTS_TOLD,),
            ).fetchall()

    def foreign(self, held: Iterable[Range]) -> list[Range]:
        """Numbers among ``held`` that this buffer never sent, so another card did."""
        with self._asking():
            ledger, tried = read_ledger(self._db), pairs(self._db, "tried")
        never = [*ranges.subtract(ledger.uncut, tried), (ledger.next, MAX_NUMBER)]
        return ranges.intersect(held, never)

    def boots_without_segment(self, present: int) -> bool:
        """Whether a boot before ``present`` has rows that nobody can stamp yet."""
        with self._asking():
            found = self._db.execute(
                "SELECT 1 FROM boot WHERE id < ? AND id != ? AND id NOT IN"
                " (SELECT boot FROM segment) LIMIT 1",
                (present, PEOPLE),
            ).fetchone()
        return found is not None

    def boot_spans(self) -> list[BootSpan]:
        """First and last field time of the rows that each boot ever had here."""
        with self._asking(SCAN_S):
            return [BootSpan(*row) for row in hour_table.spans(self._db)]

    def oldest(self, ledger: Ledger) -> int:
        """Lowest number of the epoch that the buffer still has, else the next one."""
        with self._asking():
            found = self._db.execute(
                "SELECT min(seq) FROM (SELECT min(seq) AS seq FROM reading"
                " WHERE seq >= ?1 UNION ALL SELECT min(seq) FROM summary"
                " WHERE seq >= ?1)",
                (ledger.epoch_from,),
            ).fetchone()[0]
            merged = self._begin(found) if found else ledger.next
        return int(merged)

    def outbox(self) -> dict[str, bytes]:
        """Alerts that the province has not confirmed, by event id."""
        with self._asking():
            return dict(self._db.execute("SELECT id, body FROM outbox"))

    def hours(self, heads: Collection[str], most: int) -> Iterator[tuple[int, HourRow]]:
        """Boot and hour of these series, in order, some ``most`` of each."""
        with self._asking(SCAN_S):
            yield from hour_table.newest(self._db, heads, most)

    def rules(self) -> dict[tuple[str, str], bytes]:
        """State of each rule on each subject."""
        with self._asking():
            return {
                (rule, subject): body
                for rule, subject, body in self._db.execute("SELECT * FROM rule")
            }

    def episodes(self) -> list[EpisodeRow]:
        """Every episode, in the order in which they began."""
        with self._asking():
            found = self._db.execute("SELECT * FROM episode ORDER BY rowid")
            return [EpisodeRow._make(row) for row in found]
