"""How a change becomes rows of the buffer's tables, within one transaction."""

import json
import sqlite3
from typing import Final

from gateway import hour_table, retention
from gateway.records import Batch, Change, Entry, HourRow, pairs
from gateway.segments import PEOPLE, PEOPLE_NAME
from telemetry import ranges
from telemetry.ranges import Range

TAKEN_MOST: Final = 1000
"""Files that are remembered: far more than can lie between a commit and a crash."""

_PUT_EPISODE: Final = (
    "INSERT INTO episode VALUES"
    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
    " coalesce(?14, 'chua-xem'), ?15)"
    " ON CONFLICT (id) DO UPDATE SET code = ?2, rule = ?3, subject = ?4, plot = ?5,"
    " audience = ?6, severity = ?7, state = ?8, boot = ?9, since_ms = ?10,"
    " utc_ms = ?11, vi = ?12, en = ?13, verdict = coalesce(?14, verdict), steps = ?15"
)


class Writing:
    """Writes changes of the running boot.  After a fault it must be made anew."""

    def __init__(self, db: sqlite3.Connection, boot: int) -> None:
        self._db = db
        self._boot = boot
        self._series = dict(db.execute("SELECT head, id FROM series"))

    def write(self, change: Change) -> None:
        """Write all of ``change``; writing it again changes nothing."""
        self._write_rows(change)
        self._write_hours(change)
        self._write_rules(change)
        self._write_states(change)
        self._write_alerts(change)

    def _write_rows(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)",
            [
                (e.seq, self._id_of(e.head), self._of(e), e.ms, e.value, e.flag)
                for e in change.rows
            ],
        )
        if any(e.boot == PEOPLE for e in change.rows):
            self._db.execute(
                "INSERT OR IGNORE INTO boot VALUES (?, ?)", (PEOPLE, PEOPLE_NAME)
            )
        self._write_taken(change.taken)
        self._db.executemany(
            "INSERT OR REPLACE INTO counter VALUES (?, ?, ?)",
            [(self._id_of(head), *each) for head, each in change.counters.items()],
        )

    def _of(self, row: Entry | HourRow) -> int:
        return self._boot if row.boot is None else row.boot

    def _write_taken(self, digests: list[str]) -> None:
        """Remember the files that the rows came from, the newest of them."""
        if digests:
            self._db.executemany(
                "INSERT OR IGNORE INTO taken (digest) VALUES (?)",
                [(digest,) for digest in digests],
            )
            self._db.execute(
                "DELETE FROM taken WHERE id <= (SELECT max(id) FROM taken) - ?",
                (TAKEN_MOST,),
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

    def _write_hours(self, change: Change) -> None:
        if change.hours_to is not None:
            tallies = [
                ((self._of(each), each.hour, self._id_of(each.head)), each.tally)
                for each in change.hours
            ]
            hour_table.put(self._db, tallies, change.hours_to)

    def _write_rules(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO rule VALUES (?, ?, ?)",
            [(*key, body) for key, body in change.rules.items() if body],
        )
        self._db.executemany(
            "DELETE FROM rule WHERE rule = ? AND subject = ?",
            [key for key, body in change.rules.items() if not body],
        )
        self._db.executemany(_PUT_EPISODE, change.episodes)

    def _write_states(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO segment VALUES (?, ?, ?, ?, ?, ?)",
            [
                (s.id, s.boot, s.from_ms, s.offset_ms, s.source, s.err_ms)
                for s in change.segments
            ],
        )
        self._close(change)  # before ``cut``: the same number may begin another
        self._write_cut(change.cut)
        if change.held or change.lacking:
            self._write_held(change.held, change.lacking)
        if change.lost:
            retention.lose(self._db, change.lost)
        self._db.executemany(
            "INSERT OR REPLACE INTO hint (boot, source, ms, offset_ms, err_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            change.hints,
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?)",
            change.quarantined.items(),
        )

    def _write_cut(self, cut: list[Batch]) -> None:
        """Put batches on record, but for those of which numbers are lost.

        While the file failed, rows may have been given up to make room.
        """
        lost = pairs(self._db, "lost") if cut else []
        self._db.executemany(
            "INSERT OR REPLACE INTO batch VALUES (?, ?, ?, ?, ?)",
            [
                (b.first, b.last, b.merged, b.segment, b.digest)
                for b in cut
                if not ranges.intersect(lost, [(b.first, b.last)])
            ],
        )

    def _close(self, change: Change) -> None:
        """Forget batches; what of them is not confirmed has now been tried."""
        closed = json.dumps(change.closed)
        spans = self._db.execute(
            "SELECT first, last FROM batch WHERE first IN"
            " (SELECT value FROM json_each(?))",
            (closed,),
        ).fetchall()
        self._db.executemany(
            "DELETE FROM batch WHERE first = ?", [(first,) for first in change.closed]
        )
        back = ranges.subtract([*spans, *change.lacking], change.held)
        if back:
            tried = ranges.union([*pairs(self._db, "tried"), *back])
            retention.replace(self._db, "tried", tried)

    def _write_held(self, more: list[Range], fewer: list[Range]) -> None:
        before = pairs(self._db, "held")
        after = ranges.subtract(ranges.union([*before, *more]), fewer)
        retention.replace(self._db, "held", after)
        if tried := pairs(self._db, "tried"):
            retention.replace(self._db, "tried", ranges.subtract(tried, after))

    def _write_alerts(self, change: Change) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO outbox VALUES (?, ?)", change.alerts.items()
        )
        self._db.executemany(
            "DELETE FROM outbox WHERE id = ?", [(event,) for event in change.delivered]
        )
