"""The way of batches out: rows cut, recorded, sent, asked after, taken apart.

A batch is published only after its record is committed, and its bytes stay the same
however often it is sent.
"""

import logging
import queue
from collections.abc import Callable

from gateway.carrier import Carrier
from gateway.cutting import Unstamped, cut_within, render
from gateway.inbox import Request
from gateway.open_batch import Open
from gateway.outflow import Outflow
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change
from gateway.settling import take_apart
from gateway.timekeeper import Timekeeper
from telemetry import ranges, topics, wire
from telemetry.clock import Clock
from telemetry.messages import HelloAnswer
from telemetry.ranges import Range

log = logging.getLogger(__name__)


class Dispatch:
    """Does what ``flow`` decides.  Belongs to the uplink's thread."""

    def __init__(
        self,
        reader: Reader,
        time: Timekeeper,
        carrier: Carrier,
        recorder: Recorder,
        clock: Clock,
        *,
        send_every_s: float,
        resend_after_s: float,
        plain: bool,
    ) -> None:
        self._time = time
        self._carrier = carrier
        self._recorder = recorder
        self._clock = clock
        self._send_every_s = send_every_s
        self._resend_after_s = resend_after_s
        self._plain = plain
        self._doubted: set[int] = set()  # batches that an answer to hello decides on
        self._recorded: queue.SimpleQueue[tuple[str, list[Open]]] = queue.SimpleQueue()
        self.load(reader)

    def load(self, reader: Reader) -> None:
        """Take over what the buffer holds."""
        self.reader = reader
        self.flow = Outflow(
            reader.ledger(),
            send_every_s=self._send_every_s,
            resend_after_s=self._resend_after_s,
        )
        self._heads = reader.heads()

    def connected(self) -> None:
        """Forget what was asked on an earlier connection."""
        self._doubted.clear()

    def take_recorded(self) -> None:
        """Take the batches whose records the recorder has committed."""
        while not self._recorded.empty():
            epoch, opened = self._recorded.get()
            if epoch == self.flow.epoch:
                self.flow.recorded(opened)
                self._drop_spoilt(opened)

    def speak(self, now_s: float, ask: Callable[[], None]) -> None:
        """Cut, have recorded and send what is due; ``ask`` says hello once more."""
        if live := self.flow.live(now_s):
            self._prepare(live, is_new=True)
        while old := self.flow.backlog():
            self._prepare(old, is_new=False)
        self._record()
        self._send_due(now_s, ask)

    def reconcile(self, answer: HelloAnswer, change: Change) -> None:
        """Take the ledger's word on what is confirmed, and send the newest rows."""
        change.held, change.lacking = self.flow.connected(
            answer.held, answer.known_from
        )
        change.closed += [batch.first for batch in self.flow.covered()]
        if newest := self.flow.newest():
            self._prepare(newest, is_new=True)
        log.info("uplink: %d readings wait for the province", self.flow.waiting)

    def decide(self, answer: HelloAnswer) -> None:
        """Of batches that stay unanswered: are they stored, or do they not pass?"""
        for first in self._doubted & self.flow.open.keys():
            each = self.flow.open[first]
            if not ranges.subtract([each.span], answer.held):
                self.flow.settled(first)
                change = Change(closed=[first], held=[each.span])
                self._recorder.inbox.put(Request(change, epoch=self.flow.epoch))
            elif each.payload is not None:
                size, now_s = len(each.payload), self._clock.machine_s()
                self._carrier.fit.too_large(size, now_s)
                self._take_apart(each, f"{size} bytes do not pass the broker")
        self._doubted.clear()

    # --- inside --------------------------------------------------------------

    def _prepare(self, wanted: Range, *, is_new: bool) -> None:
        """Cut ``wanted``, or as much of it as may be one batch."""
        run = self.reader.run(*wanted)
        if run is None:
            self.flow.gone(*wanted)
            return
        if run.first > wanted[0]:
            self.flow.gone(wanted[0], run.first - 1)
        most = self._carrier.most(topics.UP_READINGS)
        try:
            made = cut_within(
                run, self._time.segments, self._heads, self.flow.epoch, most
            )
        except KeyError:  # a series that was made after the last look
            self._heads = self.reader.heads()
            made = cut_within(
                run, self._time.segments, self._heads, self.flow.epoch, most
            )
        except Unstamped:
            self.flow.gone(run.first, run.numbers[-1])  # until hello
            return
        self.flow.cut(made, self._clock.machine_s(), is_new=is_new)

    def _record(self) -> None:
        """Have the records of what the window has room for committed."""
        if not (chosen := self.flow.to_record()):
            return
        epoch = self.flow.epoch
        self._recorder.inbox.put(
            Request(
                Change(cut=[each.batch for each in chosen]),
                at_once=True,
                epoch=epoch,
                done=lambda: self._recorded.put((epoch, chosen)),
            )
        )

    def _drop_spoilt(self, opened: list[Open]) -> None:
        """Let go of batches whose rows were merged or lost before they were on record.

        From the record on the buffer leaves them alone.
        """
        for each in opened:
            if not self.reader.is_whole(each.batch):
                self.flow.dropped(each.batch.first)
                change = Change(closed=[each.batch.first])
                self._recorder.inbox.put(Request(change, epoch=self.flow.epoch))

    def _send_due(self, now_s: float, ask: Callable[[], None]) -> None:
        most = self._carrier.most(topics.UP_READINGS)
        for each in self.flow.due(now_s):
            if each.payload is None:
                each.payload = self._render_again(each)
            if each.payload is None:
                continue
            size = len(each.payload)
            if most is not None and size > most:
                self._take_apart(each, f"the broker takes {most} bytes, this is {size}")
            elif self.flow.is_doubted(each):
                self._doubt(each, ask)
            else:
                self._carrier.publish(topics.UP_READINGS, each.payload)
                if self._plain:
                    self._carrier.publish(
                        topics.UP_PLAIN, wire.decompress(each.payload)
                    )
                each.sent(now_s)

    def _take_apart(self, each: Open, why: str) -> None:
        """Have the rows of ``each`` cut anew, in smaller batches."""
        log.warning("uplink: a batch of %d rows is taken apart: %s", each.rows, why)
        change = take_apart(each, self.flow, why)
        self._recorder.inbox.put(Request(change, epoch=self.flow.epoch))

    def _doubt(self, each: Open, ask: Callable[[], None]) -> None:
        """Ask hello before anything is done: perhaps it is stored after all."""
        if each.batch.first not in self._doubted:
            self._doubted.add(each.batch.first)
            ask()

    def _render_again(self, each: Open) -> bytes | None:
        """Payload of a batch that an earlier run cut, ``None`` if it is no more.

        Then its rows were damaged on the card, and what is left is cut anew.
        """
        run = self.reader.run(*each.span)
        if run is not None:
            segment = self._time.by_id(each.batch.segment)
            self._heads = self.reader.heads()
            digest, plain = render(run, segment, self._heads, self.flow.epoch)
            if digest == each.batch.digest:
                each.numbers = run.numbers
                return wire.compress(plain)
        log.error(
            "rows %d to %d are not what they were when their batch was cut: is the"
            " card failing?",
            *each.span,
        )
        self.flow.dropped(each.batch.first)
        self._recorder.inbox.put(
            Request(Change(closed=[each.batch.first]), epoch=self.flow.epoch)
        )
        return None
