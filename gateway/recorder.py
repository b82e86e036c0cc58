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
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway import alerts
from gateway.quota import Quota
from gateway.records import (
    BufferFault,
    Change,
    Channel,
    Counter,
    Entry,
    Ledger,
    is_full,
)
from gateway.recovery import Opened, begin_anew, open_buffer
from gateway.retention import DAY_MS
from gateway.totals import Totals
from gateway.watch import Watch
from rules.quality import live
from telemetry import messages, ranges, wire
from telemetry.clock import Clock
from telemetry.messages import Alert
from telemetry.quantity import Kind
from telemetry.reading import Flag, Reading
from telemetry.topics import Identity

log = logging.getLogger(__name__)

INBOX: Final = 1000  # messages; at a reading a second some minutes of a stalled card
WAITING_MAX: Final = 20_000  # rows kept in memory while the file fails, some 5 MB
COUNTERS_EVERY_S: Final = 3600.0  # how old a counter's record may get
FAILURES: Final = 3  # within FAILING_S: then the technician is told
FAILING_S: Final = 600.0
RELIEF_MAX: Final = 500  # chunks given up at once where nothing can be written
BALLAST: Final = "ballast"  # a file beside the buffer
AGE_CHUNK: Final = 200  # rows deleted in one transaction
AGE_EVERY_S: Final = 3600.0


@dataclass(slots=True)
class Request:
    """A change that the uplink asks for; ``done`` is called once it is committed.

    With ``at_once`` it does not wait for the next commit of readings.
    """

    change: Change
    at_once: bool = False
    done: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """The province knows numbers that this buffer never gave."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A reader cannot read the file, and it is not the way to it that fails."""

    why: str
    epoch: str  # of the file that was read; another one may stand there by now


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a hello of this connection stands: only then may held rows age out."""

    hello: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person says of the newest episode with this code.

    ``done`` is called once it is committed.
    """

    code: str
    verdict: str
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Committed:
    """To the uplink: rows below ``next`` are stored."""

    next: int
    alerts: Mapping[str, bytes] = field(default_factory=dict)


Message = list[Reading] | Request | NewEpoch | Damaged | Standing | Answered
News = Committed | Ledger


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
        self.lost = 0  # rows that were given up before they were stored
        self.failing: str | None = None  # why the file cannot be written
        self._path = path
        self._identity = identity
        self._channels = channels
        self._clock = clock
        self._watch = watch
        self._thinned_ms: int | None = None  # when it was last told
        self._is_told_failing = False
        self._may_need_room = True
        self._link_lost_ms: int | None = clock.field_ms()  # None while hello stands
        self._commit_s = commit_s
        self._keep_ms = int(keep_days * 86_400_000)
        self._change = Change()
        self._done: list[Callable[[], None]] = []
        self._due_s: float | None = None
        self._age_s: float | None = None
        self._seen: dict[tuple[str, str], live.Seen] = {}
        self._totals = Totals()
        self._counters_s = clock.machine_s() + COUNTERS_EVERY_S
        self._max_bytes = max_bytes
        self._quota = Quota(path.with_name(BALLAST))
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._told: set[str] = set()  # alerts that went out before they were stored
        opened = open_buffer(path, identity, clock.boot)
        self._use(opened)
        self._adopt(opened.ledger)
        self._load_counters(opened.counters)
        watch.load(path, self._buffer.boot)
        if opened.damage is not None:
            self._alert(alerts.buffer_damaged(clock, opened.damage))

    # --- the thread ----------------------------------------------------------

    def step(self, stop: threading.Event) -> None:
        """Take what waits, and commit what is due."""
        try:
            self._take(self.inbox.get(timeout=self._patience_for_next(stop)))
            while True:
                self._take(self.inbox.get_nowait())
        except queue.Empty:
            pass
        now_s = self._clock.machine_s()
        if now_s >= self._counters_s and self._change:
            self._counters_s = now_s + COUNTERS_EVERY_S
            self._note_counters()
        if self._due_s is not None and now_s >= self._due_s:
            self._commit()
        if self.failing is None:
            self._age()
            self._relieve()
            self._salvage_some()

    def close(self) -> None:
        """Commit what waits, checkpoint, close."""
        try:
            while True:
                self._take(self.inbox.get_nowait())
        except queue.Empty:
            pass
        self._note_counters()
        self._look(is_last=True)
        self._commit()
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
                self._wish(self._commit_s)
            case Request():
                self._merge(message.change)
                if message.done is not None:
                    self._done.append(message.done)
                if message.at_once:
                    self._commit()
                else:
                    self._wish(self._commit_s)
            case NewEpoch():
                self._commit()
                self._adopt(self._buffer.begin_epoch())
                self.news.put(self._ledger)
                self._alert(alerts.epoch_changed(self._clock))
            case Damaged() if message.epoch == self._ledger.epoch:
                self._buffer.abandon()
                self._take_over(
                    begin_anew(
                        self._path, self._identity, self._clock.boot, message.why
                    )
                )
            case Answered():
                self._answer(message)
            case Standing():
                self._stand(is_up=message.hello)

    def _stand(self, *, is_up: bool) -> None:
        """Whether the province answers: held rows age out only while it does."""
        if not is_up:
            self._age_s = None
            if self._link_lost_ms is None:
                self._link_lost_ms = self._clock.field_ms()
            return
        self._link_lost_ms = None
        if self._age_s is None:
            self._age_s = self._clock.machine_s() + AGE_EVERY_S

    def _record(self, reading: Reading) -> None:
        key = reading.sensor, reading.quantity
        channel = self._channels[key]
        value, flag = reading.value, reading.flag
        if value is not None and not abs(value) < wire.MAX_VALUE:  # nor NaN
            value, flag = None, Flag.MISSING
        if value is not None:
            if channel.quantity.kind is Kind.COUNTER:
                value, is_shifted = self._totals.add(
                    channel.head, value, channel.counter_bits, channel.per_count
                )
                if is_shifted:
                    self._change.counters[channel.head] = self._totals.record(
                        channel.head
                    )
            checked = live.flag(
                channel.quantity, self._seen.get(key), reading.boot_ms, value
            )
            flag = checked if flag is Flag.UNCHECKED else max(flag, checked)
            if checked is not Flag.FAIL:
                self._seen[key] = live.Seen(reading.boot_ms, value)
        entry = Entry(self._next, channel.head, reading.boot_ms, value, int(flag))
        self._change.rows.append(entry)
        self._watch.past.take(entry)
        self._next += 1
        self.newest[key] = reading.boot_ms, value, flag

    def _answer(self, message: Answered) -> None:
        """Put a person's verdict on record and tell the province."""
        self._commit()  # the episode may be in the change that waits
        episode = self._buffer.episode(message.code)
        if episode is None:
            log.warning("an answer to %s, which is no alert here", message.code)
        else:
            self._watch.answered(episode, message.verdict, self._change)
        self._done.append(message.done)
        self._commit()

    def _merge(self, more: Change) -> None:
        mine, held, lacking = self._change, more.held, more.lacking
        mine.segments += more.segments
        for segment in more.segments:
            self._watch.past.segment(segment)
        mine.cut += more.cut
        mine.closed += more.closed
        mine.held = ranges.union([*ranges.subtract(mine.held, lacking), *held])
        mine.lacking = ranges.union([*ranges.subtract(mine.lacking, held), *lacking])
        mine.tried += more.tried
        mine.lost += more.lost
        mine.hints += more.hints
        mine.quarantined |= more.quarantined
        mine.alerts |= more.alerts
        mine.delivered += more.delivered

    # --- committing ----------------------------------------------------------

    def _wish(self, within_s: float) -> None:
        due = self._clock.machine_s() + within_s
        self._due_s = due if self._due_s is None else min(self._due_s, due)

    def _patience_for_next(self, stop: threading.Event) -> float:
        if stop.is_set():
            return 0.001
        if self._due_s is None:
            return 0.2
        return min(0.2, max(0.001, self._due_s - self._clock.machine_s()))

    def _commit(self) -> None:
        """Write what waits; on a fault keep it, and let the worker wait."""
        self._due_s = None
        self._look()
        try:
            if self.failing is not None:
                self._reopen()
            if self._change:
                self._buffer.write(self._change)
        except BufferFault as fault:
            self._keep(fault)
            raise
        if self.failing is not None:
            log.info("buffer %s can be written again", self._path)
            self.failing = None
            self._is_told_failing = False
        self._quota.written()
        self._may_need_room = True
        change, self._change = self._change, Change()
        self.stored += len(change.rows)
        told, self._told = self._told, set()
        new = {
            event: body for event, body in change.alerts.items() if event not in told
        }
        if change.rows or new:
            self.news.put(Committed(self._next, new))
        done, self._done = self._done, []
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
        self.failing = str(fault)
        self._buffer.abandon()
        if is_full(fault):
            self._quota.full()
        surplus = self._change.rows[: max(0, len(self._change.rows) - WAITING_MAX)]
        if surplus:
            del self._change.rows[: len(surplus)]
            self._change.lost = ranges.union(
                [*self._change.lost, (surplus[0].seq, surplus[-1].seq)]
            )
            self.lost += len(surplus)
            log.error("the buffer has failed for long: %d readings lost", self.lost)
        now_s = self._clock.machine_s()
        self._failures.append(now_s)
        if len(self._failures) == FAILURES and now_s - self._failures[0] < FAILING_S:
            self._failures.clear()
            if not self._is_told_failing:
                self._is_told_failing = True
                self._alert(alerts.storage_failing(self._clock, self.failing))
        new = self._change.alerts.keys() - self._told
        if new:
            self._told |= new
            bodies = {event: self._change.alerts[event] for event in new}
            self.news.put(Committed(0, bodies))  # no number is stored by this
        self._wish(0.0)

    def _reopen(self) -> None:
        """Open the file again; where it had to be made anew, renumber what waits."""
        opened = open_buffer(self._path, self._identity, self._clock.boot)
        self._take_over(opened)
        for _ in range(RELIEF_MAX):
            if not self._quota.is_short:
                break
            if not self._quota.relieve(self._buffer, self._buffer.size):
                break

    def _use(self, opened: Opened) -> None:
        self._buffer, self._salvage = opened.buffer, opened.salvage
        self._buffer.limit(self._max_bytes)
        self.size = self._buffer.size

    def _take_over(self, opened: Opened) -> None:
        self._use(opened)
        ledger = opened.ledger
        if ledger.epoch == self._ledger.epoch:
            return
        rows = [
            entry._replace(seq=seq)
            for seq, entry in enumerate(self._change.rows, ledger.next)
        ]
        self._change = Change(
            rows=rows, alerts=self._change.alerts, episodes=self._change.episodes
        )
        self._note_counters()
        self._watch.begin_anew(self._path, self._buffer.boot, rows, self._change)
        self._adopt(ledger)
        self._next += len(rows)
        self.news.put(ledger)
        why = opened.damage or f"{self.failing}; it was not there any more"
        self._alert(alerts.buffer_damaged(self._clock, why))

    def _adopt(self, ledger: Ledger) -> None:
        self._ledger, self._next = ledger, ledger.next

    def _load_counters(self, seen: Mapping[str, Counter]) -> None:
        for channel in self._channels.values():
            if channel.quantity.kind is Kind.COUNTER and channel.head in seen:
                self._totals.load(channel.head, seen[channel.head], channel.per_count)

    def _note_counters(self) -> None:
        """Put every counter on record, so that one long silent is still known."""
        self._change.counters |= self._totals.records()

    def _alert(self, message: Alert) -> None:
        self._change.alerts[message.id] = messages.encode(message)
        self._wish(0.0)

    # --- age and room --------------------------------------------------------

    def _age(self) -> None:
        """Once an hour delete a chunk at a time what is held and old enough."""
        if self._age_s is None or self._clock.machine_s() < self._age_s:
            return
        now_ms = self._clock.field_ms()
        limit = self._buffer.first_younger(now_ms, self._keep_ms)
        gone = self._buffer.delete_held(limit, AGE_CHUNK)
        if max(gone, self._buffer.delete_hours(now_ms, AGE_CHUNK)) < AGE_CHUNK:
            self._age_s = self._clock.machine_s() + AGE_EVERY_S

    def _relieve(self) -> None:
        """Give a chunk up where the file nears its cap, and tell it once a day."""
        if not self._may_need_room:
            return
        before, self.size = self.size, self._buffer.size
        self._may_need_room = self._quota.relieve(self._buffer, self.size)
        after = self.size
        now_ms = self._clock.field_ms()
        if (before.thinned, before.lost) == (after.thinned, after.lost):
            return
        if self._thinned_ms is None or now_ms - self._thinned_ms >= DAY_MS:
            self._thinned_ms = now_ms
            self._alert(alerts.buffer_thinned(self._clock, after))

    def _salvage_some(self) -> None:
        """Bring rows over from a file that was put aside, while nothing else waits."""
        if self._salvage is None or self._change or not self.inbox.empty():
            return
        salvage = self._salvage
        self._next += salvage.step(self._buffer, self._next)
        self.news.put(Committed(self._next))
        if salvage.is_done:
            self._salvage = None
            log.info("%s", salvage.told)
            self._alert(alerts.buffer_salvaged(self._clock, salvage.told))
