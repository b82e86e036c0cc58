"""The recorder: owner of the buffer.  Flags readings, numbers them, commits them.

Buses, uplink and main put into ``inbox``; nothing else reaches the file.  A
commit follows ``commit_s`` after the first reading that waits for it, or at once
for an alert or for a batch that is about to be published.

When the file fails, what waits stays in memory, bounded, and is written again
under the same numbers: writing twice is the same as once.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from gateway import alerts
from gateway.flagging import Flagging
from gateway.inbox import (
    Answered,
    Committed,
    Count,
    Counted,
    Damaged,
    Message,
    NewEpoch,
    News,
    Request,
    Standing,
)
from gateway.outage import Outage
from gateway.records import BufferFault, Change, Channel, Entry, Ledger, Size
from gateway.recovery import Opened, begin_anew, open_buffer
from gateway.segments import PEOPLE
from gateway.upkeep import Upkeep
from gateway.waiting import Waiting
from gateway.watch import Watch
from telemetry.clock import Clock
from telemetry.ranges import Range
from telemetry.reading import Flag, Reading
from telemetry.topics import Identity

log = logging.getLogger(__name__)
T = TypeVar("T")

INBOX: Final = 1000  # messages; at a reading a second some minutes of a stalled card
MINUTE_MS: Final = 60_000
COUNTERS_EVERY_S: Final = 3600.0  # how old a counter's record may get


class Recorder:
    """One thread's work: the inbox into the buffer."""

    name = "recorder"
    patience_s = 60.0  # an SD card may take seconds for one flush

    def __init__(
        self,
        path: Path,
        identity: Identity,
        channels: Mapping[tuple[str, str], Channel],
        clock: Clock,
        watch: Watch,
        *,
        commit_s: float,
        keep_days: float,
        max_bytes: int,
    ) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(INBOX)
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.newest: dict[tuple[str, str], tuple[int, float | None, Flag]] = {}
        self.stored = 0  # rows committed by this process
        self._path = path
        self._identity = identity
        self._clock = clock
        self._watch = watch
        self._wants_epoch: NewEpoch | None = None
        self._answers: list[Answered | Counted] = []  # of people
        self._link_lost_ms: int | None = clock.field_ms()  # None while hello stands
        self._commit_s = commit_s
        self._waiting = Waiting(clock)
        self._outage = Outage()
        self._counters_s = clock.machine_s() + COUNTERS_EVERY_S
        self._upkeep = Upkeep(path, clock, keep_days=keep_days, max_bytes=max_bytes)
        opened = self._open_first()
        self._use(opened)
        self._adopt(opened.ledger)
        self._flagging = Flagging(channels, opened.counters)
        # Before a row goes: newest rows tell of a counter what its record does not.
        self._note_counters()
        if self._change:
            self._waiting.wish(0.0)
        watch.load(path, self._buffer.boot)
        if opened.damage is not None:
            self._waiting.alert(alerts.buffer_damaged(clock, opened.damage))

    # --- the thread ----------------------------------------------------------

    def step(self, stop: threading.Event) -> None:
        """Take what waits, and commit what is due."""
        try:
            patience_s = self._waiting.patience_s(is_stopping=stop.is_set())
            self._take(self.inbox.get(timeout=patience_s))
            while True:
                self._take(self.inbox.get_nowait())
        except queue.Empty:
            pass
        now_s = self._clock.machine_s()
        if now_s >= self._counters_s and self._change:
            self._counters_s = now_s + COUNTERS_EVERY_S
            self._note_counters()
        if self._waiting.due_s is not None and now_s >= self._waiting.due_s:
            self._commit()
        self._serve_rare()
        if self.failing is None:
            self._guarded(self._tidy)

    def _serve_rare(self) -> None:
        """What needs everything before it committed, and waits while that fails."""
        if self._wants_epoch is not None:
            self._commit()
            held = self._wants_epoch.held
            self._guarded(lambda: self._begin_epoch(held))
        while self._answers:
            first = self._answers[0]
            if isinstance(first, Counted):
                self._count(first)
            else:
                self._answer(first)

    def _guarded(self, work: Callable[[], T]) -> T:
        """Run ``work`` on the file; after a fault it is opened anew."""
        try:
            return work()
        except BufferFault as fault:
            self._keep(fault)
            raise

    def close(self) -> None:
        """Commit what waits, checkpoint, close."""
        while not self.inbox.empty():
            with suppress(BufferFault):  # it waits for the last commit
                self._take(self.inbox.get_nowait())
        self._note_counters()
        self._look(is_last=True)
        try:
            self._commit()
        except BufferFault:
            self._commit()  # opening it anew makes room where there was none
        self._buffer.close()

    def flush(self, timeout_s: float) -> bool:
        """From another thread: wait until all that is in the inbox is committed."""
        committed = threading.Event()
        request = Request(Change(), at_once=True, done=committed.set)
        try:
            self.inbox.put(request, timeout=timeout_s)
        except queue.Full:
            return False
        return committed.wait(timeout_s)

    # --- taking --------------------------------------------------------------

    def _take(self, message: Message) -> None:
        match message:
            case list():
                for reading in message:
                    self._record(reading)
                self._waiting.wish(self._commit_s)
            case Request():
                self._merge(message.change, message.epoch)
                self._waiting.then(message.done)
                if message.at_once:
                    self._commit()
                else:
                    self._waiting.wish(self._commit_s)
            case NewEpoch():
                self._wants_epoch = message
            case Damaged() if message.epoch == self._ledger.epoch:
                self._buffer.abandon()
                given = self._path, self._identity, self._clock.boot, message.why
                self._guarded(lambda: self._take_over(begin_anew(*given)))
            case Answered() | Counted():
                self._answers.append(message)
            case Standing():
                self._stand(is_up=message.hello)

    def _stand(self, *, is_up: bool) -> None:
        """Whether the province answers."""
        self._upkeep.stand(is_up=is_up)
        if is_up:
            self._link_lost_ms = None
        elif self._link_lost_ms is None:
            self._link_lost_ms = self._clock.field_ms()

    def _record(self, reading: Reading) -> None:
        head, value, flag = self._flagging.take(reading)
        entry = Entry(self._next, head, reading.boot_ms, value, int(flag))
        self._change.rows.append(entry)
        self._watch.past.take(entry)
        self._next += 1
        self.newest[reading.sensor, reading.quantity] = reading.boot_ms, value, flag

    def _answer(self, message: Answered) -> None:
        """Put a person's verdict on record and tell the province."""
        self._commit()  # the episode may be in the change that waits
        episode = self._buffer.episode(message.code)
        if episode is None:
            log.warning("an answer to %s, which is no alert here", message.code)
        else:
            self._watch.answered(episode, message.verdict, self._change)
        self._answers.remove(message)
        self._waiting.then(message.done)
        self._commit()

    def _count(self, message: Counted) -> None:
        """Store what a person has counted, once however often the file comes."""
        self._commit()  # the same file may be in the change that waits
        known = self._guarded(lambda: self._buffer.has_taken(message.digest))
        new = () if known else message.counts
        for count in new:
            self._record_count(count)
        if new:
            self._change.taken.append(message.digest)
        self._answers.remove(message)
        self._waiting.then(lambda: message.done(len(new)))
        self._commit()

    def _record_count(self, count: Count) -> None:
        # Two frames of one minute are two points: each has its place in the minute.
        ms = count.minute_ms + self._next % MINUTE_MS
        flag = int(Flag.GOOD)  # within its span, or nobody had taken it
        entry = Entry(self._next, count.head, ms, count.value, flag, PEOPLE)
        self._change.rows.append(entry)
        self._watch.past.take(entry)
        self._next += 1

    def _merge(self, more: Change, epoch: str | None) -> None:
        if epoch not in (None, self._ledger.epoch):
            more = Change(alerts=more.alerts, delivered=more.delivered)
        for segment in more.segments:
            self._watch.past.segment(segment)
        self._waiting.merge(more)

    # --- committing ----------------------------------------------------------

    def _commit(self) -> None:
        """Write what waits; on a fault keep it, and let the worker wait."""
        self._waiting.due_s = None
        self._look()
        try:
            if self.failing is not None:
                self._reopen()
            self._change.counters |= self._flagging.shifted
            self._flagging.shifted.clear()
            if self._change:
                self._buffer.write(self._change)
        except BufferFault as fault:
            self._keep(fault)
            raise
        if self.failing is not None:
            log.info("buffer %s can be written again", self._path)
        self._outage.ended()
        self._upkeep.committed()
        change, new, done = self._waiting.written()
        self.stored += len(change.rows)
        if change.rows or new:
            self.news.put(Committed(self._next, new))
        for each in done:
            each()

    def _look(self, *, is_last: bool = False) -> None:
        """Let the rules see what is about to be committed."""
        now_ms, lost_ms = self._clock.field_ms(), self._link_lost_ms
        down_ms = 0 if lost_ms is None else max(1, now_ms - lost_ms)
        self._watch.look(now_ms, down_ms, self._change)
        hours, seen = self._watch.past.due(all_=is_last)
        if seen is not None:
            self._change.hours += hours
            self._change.hours_to = seen

    def _keep(self, fault: BufferFault) -> None:
        """Keep what could not be written; alerts go out all the same."""
        is_news = self._outage.failed(fault, self._clock.machine_s())
        self._buffer.abandon()
        self._upkeep.failed(fault)
        self._waiting.failed()
        if is_news:
            self._waiting.alert(alerts.storage_failing(self._clock, str(fault)))
        if new := self._waiting.tell():
            self.news.put(Committed(0, new))  # no number is stored by this
        self._waiting.wish(0.0)

    def _open_first(self) -> Opened:
        """Open the file at the start; on a full disk the ballast makes the room."""
        given = self._path, self._identity, self._clock.boot
        try:
            return open_buffer(*given)
        except BufferFault as fault:
            self._upkeep.failed(fault)
            return open_buffer(*given)

    def _reopen(self) -> None:
        """Open the file again; where it had to be made anew, renumber what waits."""
        given = self._path, self._identity, self._clock.boot
        if self._outage.is_damage:  # it may look sound where it is opened
            opened = begin_anew(*given, self.failing or "")
        else:
            opened = open_buffer(*given)
        self._outage.is_damage = False
        self._take_over(opened)
        self._upkeep.make_room()

    def _use(self, opened: Opened) -> None:
        self._buffer = opened.buffer
        self._upkeep.use(opened)

    def _take_over(self, opened: Opened) -> None:
        self._use(opened)
        ledger = opened.ledger
        if ledger.epoch == self._ledger.epoch:
            return
        rows = self._waiting.renumber(ledger.next)
        self._note_counters()
        self._watch.begin_anew(self._path, self._buffer.boot, rows, self._change)
        self._adopt(ledger)
        self._next += len(rows)
        self.news.put(ledger)
        why = opened.damage or f"{self.failing}; it was not there any more"
        self._waiting.alert(alerts.buffer_damaged(self._clock, why))

    def _adopt(self, ledger: Ledger) -> None:
        self._ledger, self._next = ledger, ledger.next

    def _note_counters(self) -> None:
        """Put every counter on record, so that one long silent is still known."""
        self._change.counters |= self._flagging.counters()

    # --- between commits -----------------------------------------------------

    def _tidy(self) -> None:
        """What is not the readings' business and may take its time."""
        for alert in self._upkeep.step():
            self._waiting.alert(alert)
        if self._change or not self.inbox.empty():
            return
        brought, told = self._upkeep.salvage(self._next)
        if brought:
            self._next += brought
            self.news.put(Committed(self._next))
        for alert in told:
            self._waiting.alert(alert)

    def _begin_epoch(self, held: Iterable[Range]) -> None:
        """Renumber what is not held: nothing may wait under a number of the old one."""
        self._adopt(self._buffer.begin_epoch(held))
        self._wants_epoch = None
        self.news.put(self._ledger)
        self._waiting.alert(alerts.epoch_changed(self._clock))

    @property
    def _change(self) -> Change:
        return self._waiting.change

    @property
    def failing(self) -> str | None:
        """Why the file cannot be written."""
        return self._outage.why

    @property
    def lost(self) -> int:
        """Rows that were given up before they were stored."""
        return self._waiting.lost

    @property
    def size(self) -> Size:
        """How full the file is, and what it has given up."""
        return self._upkeep.size
