"""Which rows go into which batch, and when each batch is sent.  Pure.

``Outflow`` holds the numbers of one connection's life; the uplink feeds it facts
(rows committed, batch recorded, acknowledged) and asks what to do.  Time is
machine time and an argument.
"""

import math
from collections.abc import Iterable
from typing import Final

from gateway.open_batch import Open
from gateway.records import Batch, Ledger
from telemetry import ranges
from telemetry.ranges import Range
from telemetry.wire import MAX_ROWS

WINDOW: Final = 20  # open batches, over reconnects and restarts
BACKLOG_WINDOW: Final = WINDOW - 2  # the rest stays free for what is new
LIVE_ROWS: Final = 200  # as many new rows do not wait for send_every_s
DOUBT_SENDS: Final = 3  # unanswered while newer ones are: is it too large to pass?


class Outflow:
    """Every number that the province has not confirmed, and what becomes of it."""

    def __init__(self, ledger: Ledger, *, send_every_s: float, resend_after_s: float):
        self.epoch = ledger.epoch
        self.epoch_from = ledger.epoch_from
        self.next = ledger.next
        self.held = ledger.held
        self.quarantined = ledger.quarantined
        self.lost = ledger.lost
        self.open = {b.first: Open(b, None) for b in ledger.open}
        self._uncut = ledger.uncut
        self._live: list[Open] = []  # cut, not yet given to the recorder
        self._old: list[Open] = []
        self._recording: dict[int, Open] = {}
        self._singles: set[int] = set()  # rows of a refused batch, to go one by one
        self._live_from = ledger.next
        self._live_since_s: float | None = None
        self._hurry = False
        self._answered_s = -math.inf  # newest sending that was acknowledged
        self._send_every_s = send_every_s
        self._resend_after_s = resend_after_s

    # --- facts ---------------------------------------------------------------

    def committed(self, next_seq: int, at_s: float) -> None:
        """Rows up to before ``next_seq`` are stored."""
        if next_seq <= self.next:
            return
        self._uncut = ranges.union([*self._uncut, (self.next, next_seq - 1)])
        self.next = next_seq
        if self._live_since_s is None:
            self._live_since_s = at_s

    def hurry(self) -> None:
        """An alert has just gone out: the rows behind it do not wait."""
        self._hurry = True

    def connected(
        self, held: Iterable[Range], known_from: int = 1
    ) -> tuple[list[Range], list[Range]]:
        """Take the ledger's word; return (newly held, held no more).

        What the ledger has is confirmed, whatever we thought, and what it lacks
        is not: a restored province is refilled.  It says nothing of numbers below
        ``known_from``.  A quarantined row is not held, whatever batch it was in.
        """
        known = self._told(held, known_from)
        more = ranges.subtract(known, self.held)
        fewer = ranges.subtract(self.held, known)
        fewer = ranges.intersect(fewer, [(self.epoch_from, self.next - 1)])
        self.held = ranges.union(known)
        self._live, self._old = [], []
        made = [*self.open.values(), *self._recording.values()]
        spans = (each.span for each in made)
        taken = [*self.held, *self.quarantined, *self.lost, *spans]
        self._uncut = ranges.subtract([(self.epoch_from, self.next - 1)], taken)
        for each in self.open.values():
            each.connected(self._resend_after_s)
        self._answered_s = -math.inf
        self._live_from = self.next
        self._live_since_s = None
        return more, fewer

    def lacks(self, held: Iterable[Range], known_from: int = 1) -> bool:
        """Whether the ledger has lost something that it had confirmed."""
        ours = ranges.intersect(self.held, [(self.epoch_from, self.next - 1)])
        return bool(ranges.subtract(ours, self._told(held, known_from)))

    def covered(self) -> list[Batch]:
        """Open batches of which the ledger holds every number; they are done."""
        done = [
            each.batch
            for each in self.open.values()
            if not ranges.subtract([each.span], self.held)
        ]
        for batch in done:
            del self.open[batch.first]
        return done

    def recorded(self, opened: Iterable[Open]) -> None:
        """The records of these batches are committed; they may be sent."""
        for each in opened:
            each.wait_s = self._resend_after_s
            del self._recording[each.batch.first]
            self.open[each.batch.first] = each

    def settled(self, first: int, quarantined: Iterable[int] = ()) -> Open:
        """The batch of ``first`` is confirmed, all but ``quarantined`` rows of it."""
        done = self.open.pop(first)
        if done.sent_s is not None:
            self._answered_s = max(self._answered_s, done.sent_s)
        self._singles.difference_update(range(first, done.batch.last + 1))
        bad = ranges.union((seq, seq) for seq in quarantined)
        self.held = ranges.union([*self.held, *ranges.subtract([done.span], bad)])
        self.quarantined = ranges.union([*self.quarantined, *bad])
        return done

    def refused(self, first: int) -> tuple[Open, bool]:
        """The province refuses the batch; returns it, and whether it is quarantined.

        A batch of many is taken apart into batches of one row; a batch of one is
        quarantined.
        """
        done = self.open.pop(first)
        if done.rows == 1:
            self.quarantined = ranges.union([*self.quarantined, done.span])
            self._singles.difference_update(range(first, done.batch.last + 1))
            return done, True
        self._singles.update(range(first, done.batch.last + 1))
        self._uncut = ranges.union([*self._uncut, done.span])
        return done, False

    def dropped(self, first: int) -> None:
        """The open batch of ``first`` cannot be sent as it was; its rows are uncut."""
        done = self.open.pop(first)
        self._uncut = ranges.union([*self._uncut, done.span])

    def gone(self, first: int, last: int) -> None:
        """No rows stand behind these uncut numbers."""
        self._uncut = ranges.subtract(self._uncut, [(first, last)])

    # --- decisions -------------------------------------------------------------

    def newest(self) -> Range | None:
        """The newest rows, to be sent first after hello."""
        if not self._uncut:
            return None
        first, last = self._uncut[-1]
        return self._whole(max(first, last - MAX_ROWS + 1), last)

    def live(self, at_s: float) -> Range | None:
        """New rows that are enough, or have waited long enough."""
        fresh = self._fresh()
        if not fresh or len(self._live) >= WINDOW - BACKLOG_WINDOW:
            return None
        first, last = fresh[0]
        enough = last - first + 1 >= LIVE_ROWS or self._hurry
        since = self._live_since_s
        if not enough and since is not None and at_s - since < self._send_every_s:
            return None
        return self._whole(first, min(last, first + MAX_ROWS - 1))

    def backlog(self) -> Range | None:
        """Where the oldest rows wait, to be made ready before the window has room.

        As many of them as may be one batch are to be cut.
        """
        if len(self._old) >= BACKLOG_WINDOW:
            return None
        old = ranges.subtract(self._uncut, self._fresh())
        if not old:
            return None
        return self._whole(*old[0])

    def cut(self, made: Open, at_s: float, *, is_new: bool) -> None:
        """``made`` was cut from what ``newest``, ``live`` or ``backlog`` named."""
        self._uncut = ranges.subtract(self._uncut, [made.span])
        made.is_new = is_new
        (self._live if is_new else self._old).append(made)
        if made.batch.last >= self._live_from:
            self._hurry = False
            self._live_since_s = at_s if self._fresh() else None

    def to_record(self) -> list[Open]:
        """Batches that the window has room for, to be given to the recorder."""
        used = len(self.open) + len(self._recording)
        new = self._live[: max(0, WINDOW - used)]
        old = self._old[: max(0, BACKLOG_WINDOW - used - len(new))]
        del self._live[: len(new)], self._old[: len(old)]
        chosen = [*new, *old]
        self._recording |= {each.batch.first: each for each in chosen}
        return chosen

    def due(self, at_s: float) -> list[Open]:
        """Open batches to be sent now: not yet on this connection, or unanswered.

        New ones first, so that the newest reading overtakes any backlog.
        """
        due = [each for each in self.open.values() if each.is_due(at_s)]
        return sorted(due, key=lambda o: (not o.is_new, o.batch.first))

    def is_doubted(self, each: Open) -> bool:
        """Whether ``each`` stays unanswered while newer batches are acknowledged.

        A broker that confirms and drops what is too large is known by nothing else.
        """
        return each.sends >= DOUBT_SENDS and each.since_s < self._answered_s

    @property
    def is_recording(self) -> bool:
        """Whether a batch's record is on its way to the file."""
        return bool(self._recording)

    @property
    def waiting(self) -> int:
        """Rows that the province has not confirmed."""
        made = [*self._live, *self._old, *self._recording.values(), *self.open.values()]
        return ranges.total([*self._uncut, *(each.span for each in made)])

    # --- inside --------------------------------------------------------------

    def _told(self, held: Iterable[Range], known_from: int) -> list[Range]:
        """What is held by the ledger's word, and below ``known_from`` by our own."""
        below = ranges.intersect(self.held, [(1, known_from - 1)])
        ours = [(self.epoch_from, self.next - 1)]
        known = ranges.intersect([*below, *held], ours)
        return ranges.subtract(known, self.quarantined)

    def _fresh(self) -> list[Range]:
        """What came after hello and ends with the newest row."""
        return ranges.intersect(self._uncut[-1:], [(self._live_from, self.next - 1)])

    def _whole(self, first: int, last: int) -> Range:
        """Narrow a cut to one row where its first row must travel alone."""
        if not self._singles:
            return first, last
        if first in self._singles:
            return first, first
        alone = [seq for seq in self._singles if first < seq <= last]
        return first, min(alone, default=last + 1) - 1
