"""Hello and its answer: the ledger's word on every number, and the province's time.

No reading goes before the ledger has spoken on this connection.
"""

import logging
from typing import Final

from gateway.carrier import Carrier
from gateway.dispatch import Dispatch
from gateway.inbox import NewEpoch, Request, Standing
from gateway.recorder import Recorder
from gateway.timekeeper import Timekeeper
from telemetry import messages, ranges, topics
from telemetry.clock import Clock, SteppedClock
from telemetry.messages import Hello, HelloAnswer

log = logging.getLogger(__name__)

HELLO_FIRST_S: Final = 2.0  # unanswered for so long, hello is asked again …
HELLO_MOST_S: Final = 60.0  # … and each time after twice as long
HELLO_EVERY_S: Final = 3600.0  # a fresh anchor while a connection lasts
HELLO_SOON_S: Final = 60.0  # … while a clock that ran ahead is set back in steps
EPOCH_EVERY_S: Final = 3600.0  # more new epochs than this help nobody
TOLD_LOST: Final = 200  # newest ranges of lost numbers in a hello, some 5 kB


class Greeting:
    """Asks hello when it is time.  Belongs to the uplink's thread."""

    def __init__(
        self,
        dispatch: Dispatch,
        time: Timekeeper,
        carrier: Carrier,
        recorder: Recorder,
        clock: Clock,
        *,
        versions: dict[str, str],
    ) -> None:
        self.stands = False  # the ledger has spoken on this connection
        self._dispatch = dispatch
        self._time = time
        self._carrier = carrier
        self._recorder = recorder
        self._clock = clock
        self._versions = versions
        self._asked_ms: int | None = None  # hello in the air, by its field time
        self._asked_s = 0.0  # machine time of the last hello
        self._wait_s = HELLO_FIRST_S
        self._epoch_s = -EPOCH_EVERY_S
        self._began = 1  # the first number of this boot, as hello said

    def connected(self) -> None:
        """Another connection: the answer to its hello is still to come."""
        self.stands = False
        self._wait_s = HELLO_FIRST_S

    def lost(self) -> None:
        """The connection is gone, and what was asked on it."""
        if self.stands:
            self._recorder.inbox.put(Standing(hello=False))
        self.stands = False
        self._asked_ms = None

    def look(self, now_s: float) -> bool:
        """Ask if it is time; whether the ledger has spoken and readings may go."""
        if not self._time.is_sure:
            self.stands = False  # no row goes with an error that is not true
        since_s = now_s - self._asked_s
        if self.stands:
            soon = self._time.is_catching_up
            if since_s >= (HELLO_SOON_S if soon else HELLO_EVERY_S):
                self.ask()
        elif since_s >= self._wait_s:
            self._wait_s = min(2 * self._wait_s, HELLO_MOST_S)
            if self._carrier.error is None:
                self._carrier.error = "connected, but the province does not answer"
                log.warning("uplink: %s; readings are kept", self._carrier.error)
            self.ask()
        return self.stands

    def ask(self) -> None:
        """Say hello: what this buffer has, and the field time of the question."""
        reader = self._dispatch.reader
        ledger = reader.ledger()
        self._asked_ms = self._clock.field_ms()
        self._asked_s = self._clock.machine_s()
        begun = reader.begun()
        self._began = dict(begun)[self._clock.boot]
        hello = Hello(
            epoch=ledger.epoch,
            boot=self._clock.boot,
            mono_ms=self._asked_ms,
            oldest=reader.oldest(ledger),
            next=ledger.next,
            first=ledger.epoch_from,
            held=ranges.total(ledger.held),
            lost=ledger.lost[-TOLD_LOST:],
            begun=begun,
            versions=self._versions,
        )
        self._carrier.publish(topics.UP_HELLO, messages.encode(hello))

    def take(self, answer: HelloAnswer) -> bool:
        """Heed an answer; whether the ledger's word was taken."""
        flow = self._dispatch.flow
        if answer.mono_ms != self._asked_ms or answer.epoch != flow.epoch:
            return False  # an answer to an older question
        answered_ms, asked_ms = self._clock.field_ms(), self._asked_ms
        self._asked_ms = None
        if isinstance(self._clock, SteppedClock) and answered_ms != asked_ms:
            # A step in between may be a day: only an answer within one step tells.
            self.ask()
            return False
        if (answer.field_time == "simulated") != self._clock.is_simulated:
            mine = "simulated" if self._clock.is_simulated else "real"
            self._carrier.error = (
                f"the province keeps {answer.field_time} field time and this gateway"
                f" {mine}: no reading is sent; set both ends alike"
            )
            log.error("uplink: %s", self._carrier.error)
            return False
        parted = self._parted(answer)
        if parted is not None:
            self.stands = False
            self._begin_epoch(answer, parted)
            return False
        change = self._time.anchored(asked_ms, answered_ms, answer.utc_ms)
        has_dated = any(s.boot != self._time.boot for s in change.segments)
        lacks = flow.lacks(answer.held, answer.known_from)
        if not self.stands or has_dated or lacks:
            self._dispatch.reconcile(answer, change)
        if change:
            self._recorder.inbox.put(Request(change, epoch=flow.epoch))
        self._dispatch.decide(answer)
        self.stands = True
        return True

    def _parted(self, answer: HelloAnswer) -> int | None:
        """From which number on the ledger speaks of another card, ``None`` if of none.

        A number that is held and was never sent from here is another card's.  Where
        the boots of both are known, it may be one of the time that they share: an
        old card was put back, and its successor had sent what waited on it.
        """
        if answer.fork is not None:
            return answer.fork
        foreign = self._dispatch.reader.foreign(answer.held)
        if not foreign:
            return None
        if not answer.is_known:
            return 1
        return self._began if foreign[-1][1] >= self._began else None

    def _begin_epoch(self, answer: HelloAnswer, parted: int) -> None:
        """Go on under other numbers: an old card was put back, or copied.

        Below the parting the ledger's word counts, for its history is ours too.
        """
        now_s = self._clock.machine_s()
        if now_s - self._epoch_s < EPOCH_EVERY_S:
            self._carrier.error = (
                "the province again knows numbers that were never given"
            )
            return
        log.error(
            "the province knows numbers of this buffer that it never sent: an old card"
            " or a clone; a new epoch begins"
        )
        self._epoch_s = now_s
        ours = ranges.intersect(answer.held, [(1, parted - 1)])
        self._recorder.inbox.put(NewEpoch(tuple(ours)))
