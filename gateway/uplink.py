"""The uplink: what is said to the province and heard from it, in which order.

Hello first; no readings before its answer.  Then alerts, the newest rows, open
batches, backlog from the oldest, live rows between.  A batch is published only
after its record is committed, and forgotten only when the province's ``ack``
names its digest.  A PUBACK means nothing.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.budget import Budget
from gateway.carrier import Carrier
from gateway.dispatch import Dispatch
from gateway.greeting import Greeting
from gateway.hearing import Hearing
from gateway.hints import Board
from gateway.inbox import Committed, Damaged, Request
from gateway.meter import Meter
from gateway.no_ack import NoAck
from gateway.outbox import Outbox
from gateway.presence import Presence
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import BufferFault, Change, Ledger, is_damage
from gateway.timekeeper import Timekeeper
from gateway.timeline import guess_offset_ms
from telemetry import ranges, topics
from telemetry.clock import Clock
from telemetry.mqtt import Link, LinkDown
from telemetry.topics import Identity

log = logging.getLogger(__name__)

DRAIN_S: Final = 3.0  # at the end, how long to wait for acknowledgements
IDLE_S: Final = 0.25  # how long a step waits for bytes when nothing is due


class Uplink:
    """One thread's work: the buffer into the broker, acknowledgements back."""

    name = "uplink"
    patience_s = 60.0

    def __init__(
        self,
        link: Link,
        identity: Identity,
        recorder: Recorder,
        path: Path,
        clock: Clock,
        *,
        send_every_s: float,
        resend_after_s: float,
        back_ms: int,
        plain: bool,
        meta: bytes,
        state: Callable[[], bytes],
        ntp_offset_ms: Callable[[], int | None],
        versions: dict[str, str],
        meter: Meter | None = None,
        board: Board | None = None,
    ) -> None:
        self.meter = meter or Meter(path.parent, Budget(), clock)
        self._recorder = recorder
        self._clock = clock
        self._reader = reader = Reader(path)
        self._is_stale = False  # what was loaded is of another epoch
        self._carrier = carrier = Carrier(link, identity, clock)
        self._presence = Presence(carrier, meta=meta, state=state)
        self._time = time = Timekeeper(
            reader, clock, back_ms=back_ms, ntp_offset_ms=ntp_offset_ms, board=board
        )
        self._dispatch = dispatch = Dispatch(
            reader, time, carrier, recorder, clock,
            send_every_s=send_every_s, resend_after_s=resend_after_s, plain=plain,
        )  # fmt: skip
        self._greeting = greeting = Greeting(
            dispatch, time, carrier, recorder, clock, versions=versions
        )
        self._no_ack = NoAck(carrier, recorder, clock)
        self._outbox = Outbox(reader.outbox(), again_s=resend_after_s)
        self._hearing = Hearing(
            identity, dispatch, greeting, self._no_ack, self._outbox, carrier, recorder
        )

    @property
    def error(self) -> str | None:
        """Why nothing goes, in plain words."""
        return self._carrier.error

    @property
    def link_state(self) -> str:
        """``up``, or what is in the way.

        ``down``, ``denied`` (by the broker's rules), ``no_ack`` (nothing is
        acknowledged for long) or ``asking`` (no answer to hello yet).
        """
        if not self._carrier.is_up:
            return "down"
        if self._carrier.denied is not None:
            return "denied"
        if self._no_ack.is_long:
            return "no_ack"
        return "up" if self._greeting.stands else "asking"

    @property
    def acknowledged(self) -> int:
        """Rows confirmed in this run of the daemon."""
        return self._hearing.acknowledged

    @property
    def waiting(self) -> int:
        """Rows that the province has not confirmed."""
        return self._dispatch.flow.waiting

    @property
    def next(self) -> int:
        """The first number that is not committed yet."""
        return self._dispatch.flow.next

    @property
    def quarantined(self) -> int:
        """Rows that the province has refused."""
        return ranges.total(self._dispatch.flow.quarantined)

    @property
    def alerts_waiting(self) -> list[str]:
        """Event ids of alerts that the province has not confirmed."""
        return self._outbox.waiting

    @property
    def offset_ms(self) -> int | None:
        """UTC - field time by the newest segment of this boot, if it has one."""
        return self._time.offset_ms

    # --- the thread ----------------------------------------------------------

    def step(self, stop: threading.Event) -> None:
        """Move bytes, take news, send what is due."""
        try:
            self._step(stop)
        except BufferFault as fault:
            if is_damage(fault):
                damaged = Damaged(str(fault), self._dispatch.flow.epoch)
                self._recorder.inbox.put(damaged)
            raise

    def _step(self, stop: threading.Event) -> None:
        now_s = self._clock.machine_s()
        self._take_news(now_s)
        if not self._carrier.is_up:
            rest_s = self._carrier.rest_s(now_s)
            if rest_s > 0:
                stop.wait(min(0.2, rest_s))
                return
            self._connect(stop)
            if not self._carrier.is_up:
                return
        is_busy = self._dispatch.flow.is_recording or self._carrier.has_news
        try:
            self._exchange(0.002 if is_busy else IDLE_S)
        except LinkDown as down:
            self._lost(down)
        stands, flow = self._greeting.stands, self._dispatch.flow
        sent = flow.open and not self.meter.waits
        owes = bool(not stands or sent or self._outbox.waiting)
        self._no_ack.look(self._clock.machine_s(), owes=owes, stands=stands)

    def _exchange(self, timeout_s: float) -> None:
        """Move bytes, take what has come, say what is due."""
        self._carrier.step(timeout_s)
        self._hearing.take_arrived()
        if self.meter.budget.is_set:
            offset_ms = self.offset_ms
            if offset_ms is None:
                offset_ms = guess_offset_ms(self._clock, 0)
            self.meter.look(self._carrier.traffic, offset_ms)
        now_s = self._clock.machine_s()
        for body in self._outbox.due(now_s):
            self._carrier.publish(topics.UP_ALERT, body)
        self._presence.speak(now_s, is_metered=self.meter.budget.is_set)
        if self._greeting.look(now_s) and not self.meter.waits:
            self._dispatch.speak(now_s, self._greeting.ask)

    def close(self) -> None:
        """Send what is left and wait a little for it, say goodbye, disconnect."""
        until = self._clock.machine_s() + DRAIN_S
        self._take_news(self._clock.machine_s())  # the recorder's last commit
        self._dispatch.flow.hurry()
        try:
            while self._carrier.is_up and self._greeting.stands and self.waiting:
                if self._clock.machine_s() >= until or self.meter.waits:
                    break
                self._take_news(self._clock.machine_s())
                self._exchange(0.02)
            if self._carrier.is_up:
                self._presence.leave()
                self._carrier.step(0.05)
        except LinkDown as down:
            log.info("uplink: %s", down)
        self._carrier.close()
        self.meter.keep()
        self._reader.close()

    def _connect(self, stop: threading.Event) -> None:
        try:
            self._carrier.connect(stop.is_set)
            self._presence.enter()
            self._greeting.ask()
            self._presence.introduce()
        except LinkDown as down:
            self._lost(down)
            return
        self._greeting.connected()
        self._dispatch.connected()
        self._outbox.connected()

    def _lost(self, down: LinkDown) -> None:
        self._carrier.lost(down)
        self._greeting.lost()

    def _take_news(self, now_s: float) -> None:
        """Take what the recorder has committed."""
        while not self._recorder.news.empty():
            match self._recorder.news.get():
                case Committed() as committed:
                    self._dispatch.flow.committed(committed.next, now_s)
                    if committed.alerts:
                        self._dispatch.flow.hurry()
                    self._outbox.add(committed.alerts)
                case Ledger():
                    self._is_stale = True
        if self._is_stale:
            self._reload()  # where it fails, it comes again before anything is sent
            self._is_stale = False
        self._dispatch.take_recorded()

    def _reload(self) -> None:
        """Another epoch, perhaps another file: nothing open holds."""
        waiting = self._outbox.bodies
        self._reader.close()
        self._reader = Reader(self._reader.path)
        self._dispatch.load(self._reader)
        self._time.load(self._reader)
        self._outbox.load(self._reader.outbox())
        if waiting:  # the file that was put aside may hold the only copy
            self._outbox.add(waiting)
            self._recorder.inbox.put(Request(Change(alerts=waiting)))
        self._carrier.close()
        self._carrier.soon()
