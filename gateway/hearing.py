"""What the province says: answers to hello, and acknowledgements."""

import logging

from gateway.carrier import Carrier
from gateway.dispatch import Dispatch
from gateway.greeting import Greeting
from gateway.inbox import Request, Standing
from gateway.no_ack import NoAck
from gateway.outbox import Outbox
from gateway.recorder import Recorder
from gateway.settling import settle
from telemetry import messages, topics
from telemetry.messages import Ack, HelloAnswer, MessageError
from telemetry.mqtt import Incoming
from telemetry.topics import Identity

log = logging.getLogger(__name__)


class Hearing:
    """Takes what has arrived to where it counts.  Belongs to the uplink's thread."""

    def __init__(
        self,
        identity: Identity,
        dispatch: Dispatch,
        greeting: Greeting,
        no_ack: NoAck,
        outbox: Outbox,
        carrier: Carrier,
        recorder: Recorder,
    ) -> None:
        self.acknowledged = 0  # rows confirmed in this run of the daemon
        self._identity = identity
        self._dispatch = dispatch
        self._greeting = greeting
        self._no_ack = no_ack
        self._outbox = outbox
        self._carrier = carrier
        self._recorder = recorder

    def take_arrived(self) -> None:
        """Take every message that the carrier has."""
        for message in self._carrier.arrived():
            try:
                self._take(message)
            except MessageError as fault:
                log.warning("uplink: %s: %s", message.topic, fault)

    def _take(self, message: Incoming) -> None:
        parsed = topics.parse(message.topic)
        if parsed is None or parsed[0] != self._identity or message.retain:
            return  # an acknowledgement is never retained
        if parsed[1] == topics.DOWN_HELLO:
            self._take_hello(messages.decode(message.payload, HelloAnswer))
        elif parsed[1] == topics.DOWN_ACK:
            self._take_ack(messages.decode(message.payload, Ack))

    def _take_hello(self, answer: HelloAnswer) -> None:
        if not self._greeting.take(answer):
            return
        is_mute = self._no_ack.is_told
        self._recorder.inbox.put(Standing(hello=not is_mute))
        if not is_mute:
            self._carrier.error = None

    def _take_ack(self, ack: Ack) -> None:
        if ack.epoch != self._dispatch.flow.epoch:
            return
        change, rows = settle(ack, self._dispatch.flow)
        self.acknowledged += rows
        self._carrier.works()
        self._no_ack.heard()
        change.delivered += self._outbox.delivered(ack.alerts)
        if change:
            epoch = self._dispatch.flow.epoch
            self._recorder.inbox.put(Request(change, epoch=epoch))
