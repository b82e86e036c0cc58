"""Rows of a damaged buffer that was put aside, brought over while the gateway runs.

What the province has confirmed stays behind.  The rest comes under new numbers of
the new epoch, some hundred rows in one transaction, together with the mark of how
far it has come: a crash neither repeats nor leaves out a row.  A row that was sent
before gets the same stamp from the same clock segment, so at the province it is the
same point once more.  Where the segments can no longer be read whole, a row that may
have been sent would get another stamp, and stays behind, counted.

Of files that are done the newest two are kept for a person to look at; one that is
not done is never deleted.
"""

import logging
import sqlite3
import time
from collections import Counter as Tally
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway import hour_table, inheritance, retention
from gateway.aside import Aside, Row
from gateway.aside_names import SIDE_FILES, asides
from gateway.buffer import Buffer
from gateway.inheritance import DONE
from gateway.records import as_fault, pairs, transaction
from gateway.segments import PEOPLE, PEOPLE_NAME
from gateway.soundness import is_ordered
from gateway.tables import TABLES
from telemetry import ranges
from telemetry.ranges import Range
from telemetry.topics import Identity

log = logging.getLogger(__name__)

BLOCK: Final = 500  # numbers looked at and written at once; a batch's worth
STEP_S: Final = 0.2  # of looking at numbers without a row to bring
KEEP_DONE: Final = 2  # files put aside that are kept when nothing of them waits
EVERYTHING: Final = 2**62  # above every number
ROWS: Final = ("reading", "summary")  # tables of what has a number


class Salvage:
    """One file after another, the oldest first; belongs to the recorder's thread."""

    def __init__(self, waiting: Sequence[Path], identity: Identity) -> None:
        self._waiting = list(waiting)
        self._identity = identity
        self._source: _Source | None = None
        self._told: list[str] = []

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to be brought."""
        return not self._waiting

    @property
    def told(self) -> str:
        """What was brought and what was not, since the start, in one sentence."""
        return "; ".join(self._told)

    def step(self, buffer: Buffer, next_seq: int) -> int:
        """Bring up to ``BLOCK`` rows under numbers from ``next_seq`` on; how many.

        There may be none though it is not done: see ``is_done``.
        """
        if self.is_done:
            return 0
        with as_fault(buffer.path):
            db = buffer.connection
            if self._source is None:
                self._source = _Source(self._waiting[0], db, self._identity)
            source = self._source
            rows = source.next_rows(time.monotonic() + STEP_S)
            hour_table.fold_rest(db)  # all that stands below what comes now
            with transaction(db):
                source.write(db, rows, next_seq)
            source.advance()
            if source.is_done:
                self._told.append(source.told)
                self.close()
                self._waiting.pop(0)
                _forget_old(db, buffer.path)
        return len(rows)

    def close(self) -> None:
        """Let go of the file that is being read."""
        if self._source is not None:
            self._source.aside.close()
            self._source = None


class _Source:
    """One file: which of its numbers are wanted, and how far that has come."""

    def __init__(self, path: Path, db: sqlite3.Connection, identity: Identity) -> None:
        self.aside = Aside(path)
        self.is_done = False
        self._tables = [name for name in ROWS if self.aside.has(name)]
        standing = inheritance.standing(inheritance.marks(db).get(path.name, "apart 0"))
        self._is_kept, self._reached = standing or (False, EVERYTHING)
        self._rows: list[Row] = []  # read and not yet committed
        self._boots = {boot for (boot,) in db.execute("SELECT id FROM boot")}
        ids = dict(db.execute("SELECT head, id FROM series"))
        self._series = {
            series: ids[head]
            for series, head in inheritance.heads(self.aside, identity).items()
            if head in ids
        }
        self._read_states()
        self._count: Tally[str] = Tally()
        self._unread: list[Range] = []

    def _read_states(self) -> None:
        """Which numbers are confirmed, and which may ever have been sent."""
        held, all_held = self.aside.table("held")
        batches, all_batches = self.aside.table("batch")
        tried, all_tried = self.aside.table("tried")
        refused, all_refused = self.aside.table("quarantine")
        _, self._is_stamped = self.aside.table("segment")
        sent = [*held, *(batch[:2] for batch in batches), *tried]
        ends = [last for _, last in sent] + [row[0] for row in refused]
        is_known = all_held and all_batches and all_tried and all_refused
        self._sent_to = max(ends, default=0) if is_known else EVERYTHING
        begun, _ = self.aside.table("begun")
        meta = self.aside.meta()
        since, next_ = (
            number if isinstance(number, int) and 1 <= number < EVERYTHING else 1
            for number in (meta.get("epoch_from"), meta.get("next"))
        )
        # A flipped bit there must leave out no row: what was sent and when boots
        # began tell of the epoch's begin too, and no row is far beyond what is read.
        since = min([since, *(first for first, _ in sent), *(row[1] for row in begun)])
        top = max(map(self.aside.highest, self._tables), default=0)
        known = max([*ends, next_ - 1])
        self._top = min(known, top + self.aside.most)  # highest that is known of
        self._high = max(self._top, top)
        # Ranges that contradict each other prove nothing: all of them come again.
        confirmed = [(a, b) for a, b in held] if is_ordered(held) else []
        self._wanted = ranges.subtract([(since, self._high)], confirmed)

    # --- one step ------------------------------------------------------------

    def next_rows(self, until_s: float) -> list[Row]:
        """Sound, wanted rows of the next numbers, as (table, number, …)."""
        at, rows = self._reached, self._rows
        while not rows and at <= self._high and time.monotonic() < until_s:
            span = next(((a, b) for a, b in self._wanted if b >= at), None)
            if span is None:
                at = self._high + 1
                break
            first = max(at, span[0])
            block = (first, min(span[1], first + BLOCK - 1))
            rows = self._block(block)
            at = block[1] + 1 if rows else self._next_number(block[1] + 1)
        self._reached, self._rows = at, rows
        return rows

    def _next_number(self, at: int) -> int:
        """The next number that is worth a look: there may be none for long."""
        found = self.aside.next_number(self._tables, at)
        return self._high + 1 if found is None else max(at, found)

    def _block(self, block: Range) -> list[Row]:
        found: list[Row] = []
        gaps: list[Range] = []
        for table in self._tables:
            rows, unread = self.aside.rows(table, block)
            found += ((table, *row) for row in rows)
            gaps += unread
        found.sort(key=lambda row: int(row[1]))
        there = [(row[1], row[1]) for row in found]
        self._unread += ranges.subtract(gaps, there)
        self._top = max([self._top, *(row[1] for row in found)])
        return [row for row in found if self._is_wanted(row)]

    def _is_wanted(self, row: Row) -> bool:
        _, seq, series, boot, *_ = row
        has_clock = self._is_stamped or boot == PEOPLE
        if series not in self._series:
            self._count["nameless"] += 1
        elif seq <= self._sent_to and not has_clock:
            self._count["unstamped"] += 1
        else:
            return True
        return False

    def write(self, db: sqlite3.Connection, rows: list[Row], next_seq: int) -> None:
        """Put ``rows`` under their new numbers, and the mark; within a transaction."""
        boots = {row[3]: self._boot(row[3]) for row in rows}
        new: dict[str, list[Row]] = {table: [] for table in ROWS}
        tried = []
        for seq, (table, old, series, boot, *rest) in enumerate(rows, next_seq):
            new[table].append((seq, self._series[series], boots[boot], *rest))
            if old <= self._sent_to:
                tried.append((seq, seq))
        for table, some in new.items():
            places = ", ".join("?" for _ in TABLES[table].columns)
            db.executemany(f"INSERT INTO {table} VALUES ({places})", some)  # noqa: S608 - own names
        apart = [
            (new, f"{self.aside.path.name}#{old}")
            for old, new in boots.items()
            if new != PEOPLE
        ]
        if PEOPLE in boots.values():
            apart.append((PEOPLE, PEOPLE_NAME))
        db.executemany("INSERT OR IGNORE INTO boot (id, name) VALUES (?, ?)", apart)
        if tried:
            before = pairs(db, "tried")
            retention.replace(db, "tried", ranges.union([*before, *tried]))
        if rows:  # hours came before the rows, see ``inheritance``
            hour_table.put(db, (), next_seq + len(rows) - 1)
        kind = "kept" if self._is_kept else "apart"
        is_done = self._reached > self._high
        standing = DONE if is_done else f"{kind} {self._reached}"
        inheritance.mark(db, self.aside.path, standing)

    def advance(self) -> None:
        """What ``write`` wrote is committed."""
        self._count["brought"] += len(self._rows)
        self._rows = []
        self.is_done = self._reached > self._high

    def _boot(self, boot: int) -> int:
        if boot == PEOPLE or (self._is_kept and boot in self._boots):
            return boot
        return inheritance.apart(self.aside.path, boot)

    @property
    def told(self) -> str:
        """What became of the file's rows, in one sentence."""
        if not self.aside.has("reading"):
            return f"no reading of {self.aside.path.name} could be read"
        # Beyond the highest number that is known there may have been none.
        unread = ranges.total(ranges.intersect(self._unread, [(1, self._top)]))
        left = {
            "could not be read": unread,
            "held what nobody wrote": self.aside.odd,
            "belong to no known series": self._count["nameless"],
            "may have been sent and have lost their clock": self._count["unstamped"],
        }
        behind = ", ".join(f"{count} {why}" for why, count in left.items() if count)
        said = (
            f"{self._count['brought']} unconfirmed readings of {self.aside.path.name}"
        )
        return f"{said} were saved; {behind or 'none was left behind'}"


def _forget_old(db: sqlite3.Connection, path: Path) -> None:
    """Delete what is done and older than the newest two of the files put aside."""
    standing = inheritance.marks(db)
    done = [p for p in asides(path) if standing.get(p.name) == DONE]
    for aside in done[:-KEEP_DONE]:
        for suffix in SIDE_FILES:
            aside.with_name(aside.name + suffix).unlink(missing_ok=True)
        log.info("%s was deleted: two newer ones are kept", aside)
