"""Ingest: from the broker into the store, then the ledger, then the answer.

One thread.  A round takes what waits, writes it to the store, commits the ledger
and only then acknowledges, to the gateway and to the broker.  There is no other
state: what a crash or a lost connection drops, broker or gateway send again, and
each step may run twice with one effect.
"""

import contextlib
import logging
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from province.answers import MOST, acks_of, known_from, nameable, newest, record_of
from province.attempts import Attempts
from province.backoff import pause_s
from province.config import FieldTime
from province.intake import Batch, Greeting, Heard, judge, without
from province.ledger import Ledger, LedgerFault
from province.stores.base import Store, StoreDown
from province.telling import tell
from telemetry import topics
from telemetry.clock import Clock
from telemetry.messages import MAX_JSON, HelloAnswer, encode
from telemetry.mqtt import Incoming, Link, LinkDown
from telemetry.topics import Identity

WINDOW: Final = 10  # messages of a round: half of what a gateway keeps open
AHEAD: Final = 2 * WINDOW  # judged at most, with those that the store works on
LOOK_S: Final = 0.004  # between two looks for more of them; a round takes some 40 ms
BEAT_S: Final = 60.0  # between two notes that ingest listens; as a gateway's state
IDLE_S: Final = 0.5  # longest wait for anything, so that a stop is seen
LAST_S: Final = 1.5  # since a stop at most: one more write, 8 s, ends within 10 s
LONGEST_S: Final = 300.0  # pause that a store may ask for

log = logging.getLogger(__name__)


class Ingest:
    """The loop over one connection, one store and one ledger."""

    def __init__(
        self,
        *,
        link: Link,
        store: Store,
        ledger: Ledger,
        clock: Clock,
        field_time: FieldTime = "real",
    ) -> None:
        self._link = link
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._field_time = field_time
        self._waiting: deque[tuple[Incoming, Heard]] = deque()
        self._epochs: dict[Identity, str] = {}
        self._draw = random.SystemRandom().random
        self._attempts = Attempts(link.where)
        self._was_up = False
        self._ended: LinkDown | None = None  # seen while the store worked
        self._store_failures = 0
        self._connect_at_s = 0.0
        self._write_at_s = 0.0
        self._listening_ms = 0  # UTC of the connection
        self._beat_at_s = 0.0

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Work until ``is_stopping``, then finish what was taken and disconnect.

        Raises
        ------
        LedgerFault
            The ledger cannot be read or written: nothing may be acknowledged.
        """
        self._link.gives_up = is_stopping
        began_s = self._clock.machine_s()
        while not is_stopping():
            began_s = self._clock.machine_s()
            self.step()
        with contextlib.suppress(LinkDown):
            while self._waiting and self._store_failures == 0:
                if self._clock.machine_s() - began_s > LAST_S:
                    break  # the broker brings the rest after the start
                self._settle()
        self._link.close()

    def step(self) -> None:
        """Take what has arrived and settle one round."""
        try:
            if not self._link.is_up:
                if self._was_up:
                    self._link.step(0)  # it ended while we wrote: this says why
                self._connect()
                return
            self._take()
            self._beat()
            if self._waiting and self._clock.machine_s() >= self._write_at_s:
                self._settle()
            if self._store_failures:
                self._settle_others()
        except LinkDown as fault:
            self._lost(fault)

    # --- the connection --------------------------------------------------------

    def _connect(self) -> None:
        left_s = self._connect_at_s - self._clock.machine_s()
        if left_s > 0:
            time.sleep(min(left_s, IDLE_S))
            return
        self._link.connect()
        self._was_up = True
        self._listening_ms, self._beat_at_s = self._utc_ms(), 0.0
        if told := self._attempts.begun(self._clock.machine_s()):
            log.info("%s", told)

    def _beat(self) -> None:
        """Leave word that ingest listens: a silence is then the gateway's own."""
        now_s = self._clock.machine_s()
        if now_s >= self._beat_at_s:
            self._ledger.listens(self._listening_ms, self._utc_ms())
            self._beat_at_s = now_s + BEAT_S

    def _lost(self, fault: LinkDown) -> None:
        # The broker, or after it the gateway, brings all of it again.
        self._waiting.clear()
        self._was_up = False
        fault, self._ended = self._ended or fault, None
        now_s = self._clock.machine_s()
        wait_s, told = self._attempts.failed(fault, now_s)
        if told:
            log.warning("%s", told)
        self._connect_at_s = now_s + wait_s

    def _take(self) -> None:
        """Read what waits, up to a round; hello is answered here and now."""
        link = self._link
        # Redelivered messages may have come along with the connection.
        wait_s = 0.0 if link.arrived else IDLE_S
        if self._waiting:
            wait_s = max(0.0, self._write_at_s - self._clock.machine_s())
        link.step(min(wait_s, IDLE_S))
        seen = 0
        while seen < len(link.arrived) < WINDOW:
            seen = len(link.arrived)
            link.step(0)
        link.confirmed.clear()  # a PUBACK means no storage
        while link.arrived:
            self._hear(link.arrived.popleft())

    def _hear(self, message: Incoming) -> None:
        heard = judge(message)
        if isinstance(heard, Greeting):
            self._answer(heard)
        self._waiting.append((message, heard))

    def _hear_ahead(self) -> float:
        """While the store works: judge the next message; when to come again. [s]"""
        link = self._link
        if len(self._waiting) >= AHEAD or not link.is_up:
            return math.inf
        try:
            if not link.arrived:
                link.step(0)
            if not link.arrived:
                return LOOK_S
            self._hear(link.arrived[0])
            link.arrived.popleft()
        except LinkDown as fault:
            self._ended = fault  # told when the round has been recorded
            return math.inf
        except LedgerFault:
            return math.inf  # no fault of the store: it is met when heard again
        return 0.0

    def _answer(self, greeting: Greeting) -> None:
        identity, hello = greeting.identity, greeting.hello
        whole, card = self._ledger.greet(identity, hello)
        topic = identity.topic(topics.DOWN_HELLO)
        # An answer above the broker's limit would end the connection, each time anew.
        held = newest(whole, self._link.most_payload(topic) or MAX_JSON)
        self._epochs[identity] = hello.epoch
        answer = HelloAnswer(
            epoch=hello.epoch,
            mono_ms=hello.mono_ms,
            utc_ms=self._utc_ms(),
            held=held,
            known_from=known_from(held, whole),
            field_time=self._field_time,
            fork=card.fork,
            is_known=card.is_known,
        )
        self._link.publish(topic, encode(answer))
        log.info("%s: hello, epoch %s, next %d", identity, hello.epoch, hello.next)

    # --- a round ---------------------------------------------------------------

    def _settle(self) -> None:
        """Write, record, acknowledge: the oldest messages, in this order."""
        taken = list(islice(self._waiting, WINDOW))
        batches = [heard for _, heard in taken if isinstance(heard, Batch)]
        try:
            batches = self._write(batches)
        except StoreDown as fault:
            self._store_lost(fault)
            return
        for _ in taken:
            self._waiting.popleft()
        messages = [message for message, heard in taken if isinstance(heard, Batch)]
        self._finish(
            taken,
            [
                nameable(batch, message.payload, self._most(batch.identity))
                for batch, message in zip(batches, messages, strict=True)
            ],
        )

    def _settle_others(self) -> None:
        """Record and acknowledge what needs no store, past the batches that wait."""
        taken = [pair for pair in self._waiting if not isinstance(pair[1], Batch)]
        if taken:
            batches = (pair for pair in self._waiting if isinstance(pair[1], Batch))
            self._waiting = deque(batches)
            self._finish(taken, [])

    def _finish(
        self, taken: Sequence[tuple[Incoming, Heard]], batches: Sequence[Heard]
    ) -> None:
        """Record and acknowledge ``taken``, whose batches were settled as told."""
        others = [heard for _, heard in taken if not isinstance(heard, Batch)]
        heard = [*batches, *others]
        alarms = self._ledger.record(record_of(heard), self._utc_ms())
        tell(heard, alarms)
        for identity, ack in acks_of(heard, self._epoch_of, self._most):
            self._link.publish(identity.topic(topics.DOWN_ACK), encode(ack))
        for message, _ in taken:
            self._link.acknowledge(message)

    def _most(self, identity: Identity) -> int:
        """How long an acknowledgement may be. [bytes]"""
        told = self._link.most_payload(identity.topic(topics.DOWN_ACK))
        return MOST if told is None else min(told, MOST)

    def _write(self, batches: Sequence[Batch]) -> list[Batch]:
        body = b"".join(batch.body for batch in batches)
        rejected = self._store.write(body, self._hear_ahead) if body else []
        if body and self._store_failures:
            log.info("store: back")
            self._store_failures = 0
        return without(batches, rejected)

    def _store_lost(self, fault: StoreDown) -> None:
        if self._store_failures == 0:
            log.warning("store: %s; nothing is acknowledged; trying again", fault)
        self._store_failures += 1
        wait_s = pause_s(self._store_failures, self._draw())
        wait_s = max(wait_s, min(fault.retry_after_s or 0.0, LONGEST_S))
        self._write_at_s = self._clock.machine_s() + wait_s

    def _epoch_of(self, identity: Identity) -> str:
        if identity not in self._epochs:
            self._epochs[identity] = self._ledger.epoch_of(identity) or ""
        return self._epochs[identity]

    def _utc_ms(self) -> int:
        now = self._clock.wall_ms()
        if now is None:
            msg = "the clock of a province has an origin"
            raise RuntimeError(msg)
        return now
