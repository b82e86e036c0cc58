"""A reading connection to the buffer, for the uplink, the page and ``status``."""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from gateway import hour_table
from gateway.records import EpisodeRow, HourRow, Ledger, Row, as_fault, read_ledger
from gateway.segments import BootSpan, Segment


@dataclass(frozen=True, slots=True)
class Run:
    """Contiguous rows of one boot from ``first`` on: (series, ms, value, flag)."""

    first: int
    boot: int
    rows: list[tuple[int, int, float | None, int]]


class Reader:
    """Looks at the buffer and cannot change it.  Belongs to one thread."""

    def __init__(self, path: Path) -> None:
        """Open the file; ``BufferFault`` if it is not there or unreadable."""
        self.path = path
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
        self._heads: dict[int, str] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def ledger(self) -> Ledger:
        """Return the state of every number."""
        with as_fault(self.path):
            return read_ledger(self._db)

    def rows(self, first: int, last: int) -> list[Row]:
        """Rows of these numbers, in order, as far as they are there."""
        with as_fault(self.path):
            found = self._db.execute(
                "SELECT * FROM reading WHERE seq BETWEEN ? AND ? ORDER BY seq",
                (first, last),
            ).fetchall()
        return [Row._make(row) for row in found]

    def run(self, first: int, last: int) -> Run | None:
        """The first rows of these numbers that are contiguous and of one boot."""
        with as_fault(self.path):
            ends = self._db.execute(
                "SELECT boot FROM reading WHERE seq IN (?, ?)", (first, last)
            ).fetchall()
            found = self._rows(first, last)
            if len(found) == last - first + 1 and ends[0] == ends[-1]:
                return Run(first, ends[0][0], found)  # boots only grow with numbers
            if not found:
                return None
            first, last, boot = self._first_run(first, last)
            return Run(first, boot, self._rows(first, last))

    def _rows(self, first: int, last: int) -> list[tuple[int, int, float | None, int]]:
        return self._db.execute(
            "SELECT series, ms, value, flag FROM reading"
            " WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (first, last),
        ).fetchall()

    def _first_run(self, first: int, last: int) -> tuple[int, int, int]:
        """First and last number and boot of the first run within these numbers."""
        rows = self._db.execute(
            "SELECT seq, boot FROM reading WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (first, last),
        ).fetchall()
        start, boot = rows[0]
        count = sum(
            1
            for _ in takewhile(
                lambda pair: pair[1] == (start + pair[0], boot), enumerate(rows)
            )
        )
        return start, start + count - 1, boot

    def heads(self) -> dict[int, str]:
        """Head of each series by its id."""
        with as_fault(self.path):
            return dict(self._db.execute("SELECT id, head FROM series"))

    def segments(self) -> list[Segment]:
        """Every clock segment."""
        with as_fault(self.path):
            return [
                Segment(*row)
                for row in self._db.execute("SELECT * FROM segment ORDER BY id")
            ]

    def boot_id(self, name: str) -> int:
        """Id of a boot, 0 if it has no rows."""
        with as_fault(self.path):
            found = self._db.execute(
                "SELECT id FROM boot WHERE name = ?", (name,)
            ).fetchone()
        return int(found[0]) if found else 0

    def boots_without_segment(self, present: int) -> bool:
        """Whether a boot before ``present`` has rows that nobody can stamp yet."""
        with as_fault(self.path):
            found = self._db.execute(
                "SELECT 1 FROM boot WHERE id < ? AND id NOT IN"
                " (SELECT boot FROM segment) LIMIT 1",
                (present,),
            ).fetchone()
        return found is not None

    def boot_spans(self) -> list[BootSpan]:
        """First and last field time of the rows of each boot."""
        with as_fault(self.path):
            return [
                BootSpan(*row)
                for row in self._db.execute(
                    "SELECT boot, min(ms), max(ms) FROM reading GROUP BY boot"
                )
            ]

    def oldest(self, ledger: Ledger) -> int:
        """Lowest number of the epoch that has a row, else the next one."""
        with as_fault(self.path):
            found = self._db.execute(
                "SELECT seq FROM reading WHERE seq >= ? ORDER BY seq LIMIT 1",
                (ledger.epoch_from,),
            ).fetchone()
        return int(found[0]) if found else ledger.next

    def outbox(self) -> dict[str, bytes]:
        """Alerts that the province has not confirmed, by event id."""
        with as_fault(self.path):
            return dict(self._db.execute("SELECT id, body FROM outbox"))

    def hours(self, heads: Collection[str], most: int) -> Iterator[tuple[int, HourRow]]:
        """Boot and hour of these series, in order, some ``most`` of each."""
        with as_fault(self.path):
            yield from hour_table.newest(self._db, heads, most)

    def rules(self) -> dict[tuple[str, str], bytes]:
        """State of each rule on each subject."""
        with as_fault(self.path):
            return {
                (rule, subject): body
                for rule, subject, body in self._db.execute("SELECT * FROM rule")
            }

    def episodes(self) -> list[EpisodeRow]:
        """Every episode, in the order in which they began."""
        with as_fault(self.path):
            found = self._db.execute("SELECT * FROM episode ORDER BY rowid")
            return [EpisodeRow._make(row) for row in found]
