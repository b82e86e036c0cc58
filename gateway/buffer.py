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
segment, which is made before the first send and never changed.
"""

import logging
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.records import (
    BufferFault,
    BufferRefused,
    Change,
    Counter,
    Ledger,
    as_fault,
    pairs,
    read_ledger,
)
from telemetry import ranges
from telemetry.ranges import Range

log = logging.getLogger(__name__)

VERSION: Final = 1  # PRAGMA user_version
COUNTERS_AMONG: Final = 100_000  # newest rows that are searched for counters at start
WAL_LIMIT_BYTES: Final = 4 * 1024 * 1024  # what stays of the WAL after a checkpoint

SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE series (id INTEGER PRIMARY KEY, head TEXT NOT NULL UNIQUE);
CREATE TABLE reading (
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, boot INTEGER NOT NULL,
    ms INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL);
CREATE TABLE segment (
    id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, from_ms INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL, source TEXT NOT NULL, err_ms INTEGER NOT NULL);
CREATE TABLE batch (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, merged INTEGER NOT NULL,
    segment INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE held (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, why TEXT NOT NULL);
CREATE TABLE counter (
    series INTEGER PRIMARY KEY, shift REAL NOT NULL, total REAL NOT NULL);
CREATE TABLE outbox (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""


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
                self._prepare()
                self._claim(coop, gateway)
                self.boot = self._boot(boot)
                self._series = dict(self._db.execute("SELECT head, id FROM series"))
                self._file = _identity(path)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Checkpoint and let go of the file."""
        with as_fault(self.path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()

    def abandon(self) -> None:
        """Let go of the file without touching it again, after a fault."""
        self._db.close()

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
                " (SELECT coalesce(max(seq), 0) FROM reading) - ? ORDER BY seq",
                (COUNTERS_AMONG,),
            )
            totals = dict(newest)
        for head, total in totals.items():
            shift = found[head].shift if head in found else 0.0
            found[head] = Counter(shift, total)
        return found

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
        with as_fault(self.path), self._transaction():
            self._write_rows(change)
            self._write_states(change)
            self._write_alerts(change)

    def delete_before(self, limit: int, held: Iterable[Range], at_most: int) -> int:
        """Delete up to ``at_most`` held rows below ``limit``; return how many.

        Rows of an earlier epoch were held when it ended.
        """
        gone = 0
        with as_fault(self.path):
            held = [(1, read_ledger(self._db).epoch_from - 1), *held]
        with as_fault(self.path), self._transaction():
            for first, last in held:
                top = min(last, limit - 1)
                if top < first or gone >= at_most:
                    continue
                cursor = self._db.execute(
                    "DELETE FROM reading WHERE seq IN (SELECT seq FROM reading"
                    " WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?)",
                    (first, top, at_most - gone),
                )
                gone += cursor.rowcount
        return gone

    def release_quarantine(self) -> dict[str, int]:
        """Let quarantined rows be cut again; returns how many by reason."""
        with as_fault(self.path), self._transaction():
            reasons = dict(
                self._db.execute("SELECT why, count(*) FROM quarantine GROUP BY why")
            )
            self._db.execute("DELETE FROM quarantine")
        return reasons

    def begin_epoch(self) -> Ledger:
        """Start a new epoch and move what is not held into it, renumbered.

        The old numbers may be known to the province with other contents, so
        none of them is used again.  What was in quarantine is tried anew.
        """
        with as_fault(self.path), self._transaction():
            ledger = read_ledger(self._db)
            at = ledger.next
            moving = ranges.subtract(
                [(ledger.epoch_from, ledger.next - 1)], ledger.held
            )
            for first, last in moving:
                self._db.execute(
                    "UPDATE reading SET seq = seq + ? WHERE seq BETWEEN ? AND ?",
                    (at - first, first, last),
                )
                at += last - first + 1
            self._db.execute("DELETE FROM batch")
            self._db.execute("DELETE FROM held")
            self._db.execute("DELETE FROM quarantine")
            self._set_meta(
                {"epoch": new_epoch(), "epoch_from": ledger.next, "next": at}
            )
        return self.ledger()

    # --- inside --------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # After a failed COMMIT SQLite may have rolled back by itself.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _write_rows(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)",
            [
                (e.seq, self._id_of(e.head), self.boot, e.ms, e.value, e.flag)
                for e in change.rows
            ],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO counter VALUES (?, ?, ?)",
            [(self._id_of(head), *each) for head, each in change.counters.items()],
        )

    def _id_of(self, head: str) -> int:
        """Id of a series, made on first sight, within the transaction."""
        known = self._series.get(head)
        if known is None:
            cursor = self._db.execute(
                "INSERT INTO series (head) VALUES (?) RETURNING id", (head,)
            )
            known = self._series[head] = int(cursor.fetchone()[0])
        return known

    def _write_states(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO segment VALUES (?, ?, ?, ?, ?, ?)",
            [
                (s.id, s.boot, s.from_ms, s.offset_ms, s.source, s.err_ms)
                for s in change.segments
            ],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO batch VALUES (?, ?, ?, ?, ?)",
            [(b.first, b.last, b.merged, b.segment, b.digest) for b in change.cut],
        )
        self._db.executemany(
            "DELETE FROM batch WHERE first = ?", [(first,) for first in change.closed]
        )
        if change.held or change.lacking:
            self._write_held(change.held, change.lacking)
        self._db.executemany(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?)",
            change.quarantined.items(),
        )

    def _write_held(self, more: list[Range], fewer: list[Range]) -> None:
        before = pairs(self._db, "held")
        after = ranges.subtract(ranges.union([*before, *more]), fewer)
        self._db.executemany(
            "DELETE FROM held WHERE first = ?",
            [(first,) for first, _ in set(before) - set(after)],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO held VALUES (?, ?)", set(after) - set(before)
        )

    def _write_alerts(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO outbox VALUES (?, ?)", change.alerts.items()
        )
        self._db.executemany(
            "DELETE FROM outbox WHERE id = ?", [(event,) for event in change.delivered]
        )

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            msg = (
                f"{self.path} was made by a newer canhdong (buffer version {version},"
                f" this one knows {VERSION}): install that version again"
            )
            raise BufferRefused(msg)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
        self._db.execute("PRAGMA cell_size_check=ON")
        mode = self._db.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = self._db.execute("PRAGMA synchronous").fetchone()[0]
        if mode != "wal" or synchronous != 2:
            msg = (
                f"{self.path}: SQLite runs with journal_mode={mode} and"
                f" synchronous={synchronous}, not with wal and 2 (FULL); its file"
                " system cannot keep the promise, move data_dir to a local one"
            )
            raise BufferRefused(msg)
        if version == 0:
            with self._transaction():
                for statement in SCHEMA.split(";"):
                    self._db.execute(statement)
                self._set_meta({"epoch": new_epoch(), "epoch_from": 1, "next": 1})
                self._db.execute(f"PRAGMA user_version={VERSION}")

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
        with self._transaction():
            self._set_meta({"coop": coop, "gateway": gateway})

    def _boot(self, name: str) -> int:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO boot (name) VALUES (?)", (name,))
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


def new_epoch() -> str:
    """Eight hex digits that no other buffer of this gateway has had."""
    return secrets.token_hex(4)
