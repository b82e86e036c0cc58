"""The uplink: owner of the MQTT connection and of the window of open batches.

Hello first; no readings before its answer.  Then alerts, the newest rows, open
batches, backlog from the oldest, live rows between.  A batch is published only
after its record is committed, and forgotten only when the province's ``ack``
names its digest.  A PUBACK means nothing.
"""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.cutting import Unstamped, cut, render
from gateway.outbox import Outbox
from gateway.outflow import Open, Outflow
from gateway.reader import Reader
from gateway.recorder import Committed, Damaged, NewEpoch, Recorder, Request, Standing
from gateway.records import BufferFault, Change, Ledger, is_damage
from gateway.settling import settle
from gateway.timekeeper import Timekeeper
from gateway.worker import Backoff
from telemetry import messages, ranges, topics, wire
from telemetry.clock import Clock, SteppedClock
from telemetry.messages import Ack, Hello, HelloAnswer, MessageError
from telemetry.mqtt import Incoming, Link, LinkDown
from telemetry.ranges import Range
from telemetry.topics import Identity

log = logging.getLogger(__name__)

BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MOST_S: Final = 30.0
HELLO_FIRST_S: Final = 2.0  # unanswered for so long, hello is asked again …
HELLO_MOST_S: Final = 60.0  # … and each time after twice as long
HELLO_EVERY_S: Final = 3600.0  # a fresh anchor while a connection lasts
HELLO_SOON_S: Final = 60.0  # … while a clock that ran ahead is set back in steps
EPOCH_EVERY_S: Final = 3600.0  # more new epochs than this help nobody
STATE_EVERY_S: Final = 60.0
DRAIN_S: Final = 3.0  # at the end, how long to wait for acknowledgements
NOBODY_LISTENS: Final = "No matching subscribers"  # the province may come later
TOLD_LOST: Final = 200  # newest ranges of lost numbers in a hello, some 5 kB
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
    ) -> None:
        self.error: str | None = None  # why there is no connection
        self.acknowledged = 0  # rows confirmed in this run of the daemon
        self._link = link
        self._identity = identity
        self._recorder = recorder
        self._path = path
        self._reader = Reader(path)
        self._clock = clock
        self._send_every_s = send_every_s
        self._resend_after_s = resend_after_s
        self._plain = plain
        self._meta = meta
        self._state = state
        self._versions = versions
        self._backoff = Backoff(BACKOFF_FIRST_S, BACKOFF_MOST_S)
        self._retry_s = 0.0
        self._asked_ms: int | None = None  # hello in the air, by its field time
        self._hello_s = 0.0  # machine time of the last hello
        self._hello_wait_s = HELLO_FIRST_S
        self._stands = False  # the ledger has spoken on this connection
        self._state_s = 0.0
        self._epoch_s = -EPOCH_EVERY_S
        self._heads: dict[int, str] = {}
        self._time = Timekeeper(
            self._reader, clock, back_ms=back_ms, ntp_offset_ms=ntp_offset_ms
        )
        self._recorded: queue.SimpleQueue[tuple[str, list[Open]]] = queue.SimpleQueue()
        self._load()

    @property
    def link_state(self) -> str:
        """``up``, ``asking`` (no answer to hello yet) or ``down``."""
        if not self._link.is_up:
            return "down"
        return "up" if self._stands else "asking"

    @property
    def waiting(self) -> int:
        """Rows that the province has not confirmed."""
        return self._flow.waiting

    @property
    def next(self) -> int:
        """The first number that is not committed yet."""
        return self._flow.next

    @property
    def quarantined(self) -> int:
        """Rows that the province has refused."""
        return ranges.total(self._flow.quarantined)

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
                self._recorder.inbox.put(Damaged(str(fault), self._flow.epoch))
            raise

    def _step(self, stop: threading.Event) -> None:
        now_s = self._clock.machine_s()
        self._take_news(now_s)
        if not self._link.is_up:
            if now_s < self._retry_s:
                stop.wait(min(0.2, self._retry_s - now_s))
                return
            self._connect()
            if not self._link.is_up:
                return
        try:
            self._link.step(0.002 if self._is_busy() else IDLE_S)
            self._take_arrived()
            self._speak(self._clock.machine_s())
        except LinkDown as down:
            self._lost(down)

    def close(self) -> None:
        """Send what is left and wait a little for it, say goodbye, disconnect."""
        until = self._clock.machine_s() + DRAIN_S
        self._flow.hurry()
        try:
            while self._link.is_up and self._stands and self._flow.waiting:
                if self._clock.machine_s() >= until:
                    break
                self._take_news(self._clock.machine_s())
                self._link.step(0.02)
                self._take_arrived()
                self._speak(self._clock.machine_s())
            if self._link.is_up:
                self._publish(topics.UP_LINK, b"0", retain=True)
                self._link.step(0.05)
        except LinkDown as down:
            log.info("uplink: %s", down)
        self._link.close()
        self._reader.close()

    def _is_busy(self) -> bool:
        return self._flow.is_recording or bool(self._link.arrived)

    # --- connection ----------------------------------------------------------

    def _connect(self) -> None:
        try:
            self._link.connect()
            self._publish(topics.UP_LINK, b"1", retain=True)
            self._ask()
            self._publish(topics.UP_META, self._meta, retain=True)
        except LinkDown as down:
            self._lost(down)
            return
        log.info("uplink: connected to %s", self._link.where)
        self.error = None
        self._stands = False
        self._hello_wait_s = HELLO_FIRST_S
        self._state_s = 0.0
        self._outbox.connected()

    def _lost(self, down: LinkDown) -> None:
        wait_s = self._backoff.next_s()
        if self.error is None:  # told once, not at every attempt
            log.warning("uplink: %s; readings are kept, trying again", down)
        self.error = str(down)
        if self._stands:
            self._recorder.inbox.put(Standing(hello=False))
        self._stands = False
        self._asked_ms = None
        self._link.close()
        self._retry_s = self._clock.machine_s() + wait_s

    def _ask(self) -> None:
        ledger = self._reader.ledger()
        self._asked_ms = self._clock.field_ms()
        self._hello_s = self._clock.machine_s()
        hello = Hello(
            epoch=ledger.epoch,
            boot=self._clock.boot,
            mono_ms=self._asked_ms,
            oldest=self._reader.oldest(ledger),
            next=ledger.next,
            first=ledger.epoch_from,
            held=ranges.total(ledger.held),
            lost=ledger.lost[-TOLD_LOST:],
            versions=self._versions,
        )
        self._publish(topics.UP_HELLO, messages.encode(hello))

    def _publish(self, leaf: str, payload: bytes, *, retain: bool = False) -> None:
        self._link.publish(self._identity.topic(leaf), payload, retain=retain)

    # --- what comes in ---------------------------------------------------------

    def _take_news(self, now_s: float) -> None:
        """Take what the recorder has committed."""
        while not self._recorder.news.empty():
            match self._recorder.news.get():
                case Committed() as committed:
                    self._flow.committed(committed.next, now_s)
                    if committed.alerts:
                        self._flow.hurry()
                    self._outbox.add(committed.alerts)
                case Ledger():
                    # Another epoch, perhaps another file: nothing open holds.
                    waiting = self._outbox.bodies
                    self._reader.close()
                    self._reader = Reader(self._path)
                    self._load()
                    if waiting:  # the file that was put aside may hold the only copy
                        self._outbox.add(waiting)
                        self._recorder.inbox.put(Request(Change(alerts=waiting)))
                    self._link.close()
                    self._retry_s = now_s
        while not self._recorded.empty():
            epoch, opened = self._recorded.get()
            if epoch == self._flow.epoch:
                self._flow.recorded(opened)
                self._drop_thinned(opened)

    def _take_arrived(self) -> None:
        while self._link.arrived:
            message = self._link.arrived.popleft()
            try:
                self._take(message)
            except MessageError as fault:
                log.warning("uplink: %s: %s", message.topic, fault)
        while self._link.confirmed:  # PUBACKs: no receipt, but a refusal tells
            _, refused = self._link.confirmed.popleft()
            if refused is not None and refused != NOBODY_LISTENS:
                if self.error is None:
                    log.error("uplink: the broker refuses what is sent: %s", refused)
                self.error = f"the broker refuses what is sent: {refused}"

    def _take(self, message: Incoming) -> None:
        parsed = topics.parse(message.topic)
        if parsed is None or parsed[0] != self._identity or message.retain:
            return  # an acknowledgement is never retained
        if parsed[1] == topics.DOWN_HELLO:
            self._take_hello(messages.decode(message.payload, HelloAnswer))
        elif parsed[1] == topics.DOWN_ACK:
            self._take_ack(messages.decode(message.payload, Ack))

    def _take_hello(self, answer: HelloAnswer) -> None:
        if answer.mono_ms != self._asked_ms or answer.epoch != self._flow.epoch:
            return  # an answer to an older question
        answered_ms, asked_ms = self._clock.field_ms(), self._asked_ms
        self._asked_ms = None
        if isinstance(self._clock, SteppedClock) and answered_ms != asked_ms:
            # A step in between may be a day: only an answer within one step tells.
            self._ask()
            return
        if (answer.field_time == "simulated") != self._clock.is_simulated:
            mine = "simulated" if self._clock.is_simulated else "real"
            self.error = (
                f"the province keeps {answer.field_time} field time and this gateway"
                f" {mine}: no reading is sent; set both ends alike"
            )
            log.error("uplink: %s", self.error)
            return
        if answer.held and answer.held[-1][1] >= self._reader.ledger().next:
            log.error(
                "the province knows number %d, this buffer ends at %d: an old card or"
                " a clone; a new epoch begins",
                answer.held[-1][1],
                self._flow.next - 1,
            )
            self._stands = False
            self._begin_epoch()
            return
        change = self._time.anchored(asked_ms, answered_ms, answer.utc_ms)
        if not self._stands or self._flow.lacks(answer.held, answer.known_from):
            self._reconcile(answer, change)
        if change:
            self._recorder.inbox.put(Request(change))
        self._recorder.inbox.put(Standing(hello=True))
        self._stands = True
        self.error = None

    def _begin_epoch(self) -> None:
        now_s = self._clock.machine_s()
        if now_s - self._epoch_s < EPOCH_EVERY_S:
            self.error = "the province again knows numbers that were never given"
            return
        self._epoch_s = now_s
        self._recorder.inbox.put(NewEpoch())

    def _reconcile(self, answer: HelloAnswer, change: Change) -> None:
        """Take the ledger's word on what is confirmed, and send the newest rows."""
        change.held, change.lacking = self._flow.connected(
            answer.held, answer.known_from
        )
        change.closed += [batch.first for batch in self._flow.covered()]
        if newest := self._flow.newest():
            self._prepare(newest, is_new=True)
        log.info("uplink: %d readings wait for the province", self._flow.waiting)

    def _take_ack(self, ack: Ack) -> None:
        if ack.epoch != self._flow.epoch:
            return
        change, rows = settle(ack, self._flow)
        self.acknowledged += rows
        self._backoff.reset()  # not before: a batch may be what breaks the link
        change.delivered += self._outbox.delivered(ack.alerts)
        if change:
            self._recorder.inbox.put(Request(change))

    # --- what goes out -----------------------------------------------------------

    def _speak(self, now_s: float) -> None:
        for body in self._outbox.due(now_s):
            self._publish(topics.UP_ALERT, body)
        if now_s >= self._state_s:
            self._publish(topics.UP_STATE, self._state(), retain=True)
            self._state_s = now_s + STATE_EVERY_S
        if not self._stands:
            if now_s - self._hello_s >= self._hello_wait_s:
                self._hello_wait_s = min(2 * self._hello_wait_s, HELLO_MOST_S)
                if self.error is None:
                    self.error = "connected, but the province does not answer"
                    log.warning("uplink: %s; readings are kept", self.error)
                self._ask()
            return
        catching_up = self._time.is_catching_up
        if now_s - self._hello_s >= (HELLO_SOON_S if catching_up else HELLO_EVERY_S):
            self._ask()
        if live := self._flow.live(now_s):
            self._prepare(live, is_new=True)
        while old := self._flow.backlog():
            self._prepare(old, is_new=False)
        self._record()
        self._send_due(now_s)

    def _prepare(self, wanted: Range, *, is_new: bool) -> None:
        """Cut ``wanted``, or as much of it as may be one batch."""
        run = self._reader.run(*wanted)
        if run is None:
            self._flow.gone(*wanted)
            return
        if run.first > wanted[0]:
            self._flow.gone(wanted[0], run.first - 1)
        try:
            made = cut(run, self._time.segments, self._heads, self._flow.epoch)
        except KeyError:  # a series that was made after the last look
            self._heads = self._reader.heads()
            made = cut(run, self._time.segments, self._heads, self._flow.epoch)
        except Unstamped:
            self._flow.gone(run.first, run.numbers[-1])  # until hello
            return
        self._flow.cut(made, self._clock.machine_s(), is_new=is_new)

    def _record(self) -> None:
        """Have the records of what the window has room for committed."""
        if not (chosen := self._flow.to_record()):
            return
        epoch = self._flow.epoch
        self._recorder.inbox.put(
            Request(
                Change(cut=[each.batch for each in chosen]),
                at_once=True,
                done=lambda: self._recorded.put((epoch, chosen)),
            )
        )

    def _drop_thinned(self, opened: list[Open]) -> None:
        """Let go of batches whose rows were merged before their record was written.

        From the record on the buffer leaves them alone.
        """
        for each in opened:
            if not self._reader.is_whole(each.batch):
                self._flow.dropped(each.batch.first)
                change = Change(closed=[each.batch.first])
                self._recorder.inbox.put(Request(change))

    def _send_due(self, now_s: float) -> None:
        for each in self._flow.due(now_s):
            if each.payload is None:
                each.payload = self._render_again(each)
            if each.payload is None:
                continue
            self._publish(topics.UP_READINGS, each.payload)
            if self._plain:
                self._publish(topics.UP_PLAIN, wire.decompress(each.payload))
            self._flow.sent(each, now_s)

    def _render_again(self, each: Open) -> bytes | None:
        """Payload of a batch that an earlier run cut, ``None`` if it is no more.

        Then its rows were damaged on the card, and what is left is cut anew.
        """
        run = self._reader.run(*each.span)
        if run is not None:
            segment = self._time.by_id(each.batch.segment)
            self._heads = self._reader.heads()
            digest, plain = render(run, segment, self._heads, self._flow.epoch)
            if digest == each.batch.digest:
                each.numbers = run.numbers
                return wire.compress(plain)
        log.error(
            "rows %d to %d are not what they were when their batch was cut: is the"
            " card failing?",
            *each.span,
        )
        self._flow.dropped(each.batch.first)
        self._recorder.inbox.put(Request(Change(closed=[each.batch.first])))
        return None

    # --- inside --------------------------------------------------------------

    def _load(self) -> None:
        """Take over what the buffer holds."""
        self._flow = Outflow(
            self._reader.ledger(),
            send_every_s=self._send_every_s,
            resend_after_s=self._resend_after_s,
        )
        self._time.load(self._reader)
        self._heads = self._reader.heads()
        self._outbox = Outbox(self._reader.outbox(), again_s=self._resend_after_s)
