"""The buffer: one SQLite file that keeps every reading until the province has it.

One connection writes, in the recorder's thread; readers open their own with
``query_only``.  A row is *stored* once ``write`` has returned: WAL with
``synchronous=FULL`` is set and read back, so each commit waits for the card.

Numbers (``seq``) are given by the recorder, contiguous from 1 and never again,
so writing the same change twice is the same as once.  Of the numbers from
``epoch_from`` on, each is in exactly one state:

==========  ============================================================
uncut       in no batch yet
open        in a batch whose record is committed; resent until confirmed
held        confirmed by the province's database and ledger
quarantine  refused by the province; kept here for a person to look at
==========  ============================================================

There is no wall time in a row: (``boot``, ``ms``) becomes UTC through a clock
segment, which is made before the first send and never changed.  Beside the rows
stand their hours, see ``gateway.hour_table``, and what the rules found.
"""

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from gateway import hour_table, retention
from gateway.records import (
    BufferFault,
    BufferRefused,
    Change,
    Counter,
    EpisodeRow,
    Ledger,
    Size,
    as_fault,
    pairs,
    read_ledger,
    transaction,
)
from gateway.schema import WAL_LIMIT_BYTES, new_epoch, prepare
from gateway.trail import KEEP_HOURS
from gateway.writing import Writing
from telemetry import ranges
from telemetry.ranges import Range

log = logging.getLogger(__name__)

MAX_BYTES: Final = 512 * 2**20  # where nobody says; as [storage] max_mib
COUNTERS_AMONG: Final = 100_000  # newest rows that are searched for counters at start
PROBED_HOURS: Final = 100_000  # newest ones; 40 days of 100 channels, 20 ms on a PC


class Buffer:
    """The one writing connection.  Belongs to the recorder's thread."""

    def __init__(self, path: Path, coop: str, gateway: str, boot: str) -> None:
        """Open or make the file.

        Raises
        ------
        BufferRefused
            A newer version made it, or it holds unconfirmed rows of another
            cooperative or gateway.
        BufferFault
            It cannot be opened, or it is damaged.
        """
        self.path = path
        with as_fault(path):
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False
            )
            try:
                prepare(self._db, path)
                self.limit(MAX_BYTES)
                self._thinner = retention.Thinner(self._db)
                self._fold_rest()
                self._boot_name = boot
                self._claim(coop, gateway)
                self.boot = self._boot(boot)
                self._writing = Writing(self._db, self.boot)
                self._file = _identity(path)
            except BaseException:
                self._db.close()
                raise

    def limit(self, max_bytes: int) -> None:
        """Keep the file so small that it and its log never exceed ``max_bytes``."""
        page = self._db.execute("PRAGMA page_size").fetchone()[0]
        self._pages = max(1, (max_bytes - WAL_LIMIT_BYTES) // page)
        # A file that is larger already does not grow, and is emptied down to this.
        self._db.execute(f"PRAGMA max_page_count={self._pages}")

    def close(self) -> None:
        """Checkpoint and let go of the file."""
        with as_fault(self.path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()

    def abandon(self) -> None:
        """Let go of the file without touching it again, after a fault."""
        self._db.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection that writes, for salvage in the same thread."""
        return self._db

    # --- reading, for the recorder's start ---------------------------------

    def ledger(self) -> Ledger:
        """Return the state of every number."""
        with as_fault(self.path):
            return read_ledger(self._db)

    def counters(self) -> dict[str, Counter]:
        """Each counter as it was last seen, by head.

        Its record is written seldom, so newer rows count more than it.
        """
        with as_fault(self.path):
            found = {
                head: Counter(shift, total)
                for head, shift, total in self._db.execute(
                    "SELECT head, shift, total FROM counter JOIN series ON id = series"
                )
            }
            newest = self._db.execute(
                "SELECT head, value FROM reading JOIN series ON id = series"
                " WHERE value IS NOT NULL AND seq >"
                " (SELECT coalesce(max(seq), 0) FROM reading) - ?"
                " ORDER BY boot, ms, seq",
                (COUNTERS_AMONG,),
            )
            totals = dict(newest)
        for head, total in totals.items():
            shift = found[head].shift if head in found else 0.0
            found[head] = Counter(shift, total)
        return found

    def probe(self) -> None:
        """Read what rules will read at the start, so that damage shows now."""
        with as_fault(self.path):
            self._db.execute(
                "SELECT total(mean + poll_ms) FROM (SELECT mean, poll_ms FROM hour"
                " ORDER BY boot DESC, hour DESC LIMIT ?)",
                (PROBED_HOURS,),
            ).fetchone()
            for table in ("rule", "episode", "segment"):
                self._db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - own names

    def episode(self, code: str) -> EpisodeRow | None:
        """The newest episode that people know by ``code``."""
        with as_fault(self.path):
            found = self._db.execute(
                "SELECT * FROM episode WHERE code = ? ORDER BY rowid DESC LIMIT 1",
                (code,),
            ).fetchone()
        return EpisodeRow._make(found) if found else None

    def has_taken(self, digest: str) -> bool:
        """Whether the rows of the file with this digest are stored."""
        with as_fault(self.path):
            found = self._db.execute("SELECT 1 FROM taken WHERE digest = ?", (digest,))
            return found.fetchone() is not None

    def first_younger(self, field_ms: int, keep_ms: int) -> int:
        """Lowest number that is at most ``keep_ms`` old at ``field_ms``; 0 if unknown.

        Only rows with a clock segment have an age; every row that was ever sent
        has one.
        """
        with as_fault(self.path):
            found = self._db.execute(
                "WITH clock AS (SELECT boot, max(offset_ms) AS offset_ms FROM segment"
                " GROUP BY boot) SELECT seq FROM reading JOIN clock USING (boot)"
                " WHERE ms + offset_ms >= ? - ? +"
                " (SELECT offset_ms FROM clock WHERE boot = ?) ORDER BY seq LIMIT 1",
                (field_ms, keep_ms, self.boot),
            ).fetchone()
        return int(found[0]) if found else 0

    # --- writing -------------------------------------------------------------

    def write(self, change: Change) -> None:
        """Commit ``change`` whole; what it holds is stored when this returns."""
        if _identity(self.path) != self._file:
            msg = f"buffer {self.path}: the file was removed or replaced"
            raise BufferFault(msg)
        with as_fault(self.path), transaction(self._db):
            self._writing.write(change)

    def delete_held(self, limit: int, at_most: int) -> int:
        """Delete up to ``at_most`` confirmed rows below ``limit``; return how many."""
        with as_fault(self.path):
            if limit - 1 > hour_table.seen(self._db):
                self._fold_rest()  # what is gone cannot be folded any more
            return retention.delete_held(self._db, limit, at_most)

    def give_up_held(self, before_ms: int, at_most: int) -> int:
        """Delete confirmed rows of any age, those of this boot from before then."""
        with as_fault(self.path):
            hour_table.fold_rest(self._db)
            top, young = read_ledger(self._db).next, (self.boot, before_ms)
            return retention.delete_held(self._db, top, at_most, young)

    def thin(self, before_ms: int) -> int | None:
        """Merge the next window; see ``retention.Thinner``."""
        with as_fault(self.path):
            hour_table.fold_rest(self._db)
            return self._thinner.step((self.boot, before_ms))

    def drop_oldest(self, before_ms: int, at_most: int) -> int:
        """Give rows of the oldest day up as lost; return how many numbers."""
        with as_fault(self.path):
            hour_table.fold_rest(self._db)
            return retention.drop_oldest(self._db, (self.boot, before_ms), at_most)

    def drop_hours(self, at_most: int) -> int:
        """Delete hours that no rule looks back to; return how many."""
        with as_fault(self.path):
            return hour_table.drop_oldest(self._db, KEEP_HOURS, at_most)

    @property
    def size(self) -> Size:
        """How full the file is, and what it has given up."""
        with as_fault(self.path):
            pages, free, page = (
                self._db.execute(f"PRAGMA {name}").fetchone()[0]
                for name in (
                    "page_count",
                    "freelist_count",
                    "page_size",
                )
            )
            counts = dict(
                self._db.execute(
                    "SELECT key, value FROM meta WHERE key IN ('thinned', 'lost')"
                )
            )
        return Size(
            used=(pages - free) * page,
            free=free * page,
            cap=self._pages * page,
            thinned=counts.get("thinned", 0),
            lost=counts.get("lost", 0),
        )

    def shrink_log(self) -> None:
        """Write the log back and empty it, where a card is too full to hold both."""
        with as_fault(self.path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def delete_hours(self, field_ms: int, at_most: int) -> int:
        """Delete up to ``at_most`` hours too old at ``field_ms``; return how many.

        None while the running boot has no clock segment.
        """
        with as_fault(self.path):
            (offset_ms,) = self._db.execute(
                "SELECT max(offset_ms) FROM segment WHERE boot = ?", (self.boot,)
            ).fetchone()
            if offset_ms is None:
                return 0
            limit_ms = field_ms + offset_ms - hour_table.KEEP_DAYS * 86_400_000
            return hour_table.delete_older(self._db, limit_ms, at_most)

    def release_quarantine(self) -> dict[str, int]:
        """Let quarantined rows be cut again; returns how many by reason."""
        with as_fault(self.path), transaction(self._db):
            reasons = dict(
                self._db.execute("SELECT why, count(*) FROM quarantine GROUP BY why")
            )
            released = self._db.execute("SELECT seq, seq FROM quarantine").fetchall()
            tried = ranges.union([*pairs(self._db, "tried"), *released])
            retention.replace(self._db, "tried", tried)
            self._db.execute("DELETE FROM quarantine")
        return reasons

    def begin_epoch(self, held: Iterable[Range] = ()) -> Ledger:
        """Start a new epoch and move what is not held into it, renumbered.

        The old numbers may be known to the province with other contents, so
        none of them is used again.  ``held`` are those that it is known to have of
        this very buffer.  What was in quarantine is tried anew.
        """
        with as_fault(self.path):
            self._fold_rest()  # by the new numbers nobody could tell what is folded
        with as_fault(self.path), transaction(self._db):
            before = pairs(self._db, "held")
            retention.replace(self._db, "held", ranges.union([*before, *held]))
            ledger = read_ledger(self._db)
            at = retention.renumber(self._db, ledger)
            self._db.execute("DELETE FROM begun")
            self._db.execute(
                "INSERT INTO begun SELECT id, ? FROM boot WHERE name = ?",
                (ledger.next, self._boot_name),
            )
            self._db.execute("DELETE FROM batch")
            self._db.execute("DELETE FROM held")
            self._db.execute("DELETE FROM quarantine")
            self._set_meta(
                {
                    "epoch": new_epoch(),
                    "epoch_from": ledger.next,
                    "next": at,
                    "hours_to": at - 1,
                }
            )
        return self.ledger()

    # --- inside --------------------------------------------------------------

    def _fold_rest(self) -> None:
        if folded := hour_table.fold_rest(self._db):
            log.info("%s: %d readings folded into hours", self.path, folded)

    def _claim(self, coop: str, gateway: str) -> None:
        """Refuse a changed identity while rows of the old one are on their way."""
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        was = (meta.get("coop"), meta.get("gateway"))
        if was == (coop, gateway):
            return
        if was != (None, None):
            ledger = read_ledger(self._db)
            left = ranges.total(ledger.uncut) + sum(
                b.last - b.first + 1 for b in ledger.open
            )
            if left:
                msg = (
                    f"{self.path} holds {left} rows of {was[0]}/{was[1]} that the"
                    f" province has not confirmed: let them drain under the old name,"
                    f" or set data_dir to a new folder for {coop}/{gateway}"
                )
                raise BufferRefused(msg)
            self.begin_epoch()
        with transaction(self._db):
            self._set_meta({"coop": coop, "gateway": gateway})

    def _boot(self, name: str) -> int:
        """Id of the running boot, which begins with the next number if it is new.

        Also a boot that ends before its first row may have said hello.
        """
        with transaction(self._db):
            self._db.execute("INSERT OR IGNORE INTO boot (name) VALUES (?)", (name,))
            self._db.execute(
                "INSERT OR IGNORE INTO begun SELECT id, ? FROM boot WHERE name = ?",
                (read_ledger(self._db).next, name),
            )
        found = self._db.execute("SELECT id FROM boot WHERE name = ?", (name,))
        return int(found.fetchone()[0])

    def _set_meta(self, pairs: Mapping[str, str | int]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", pairs.items())


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at ``path``; an open one may have lost its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
