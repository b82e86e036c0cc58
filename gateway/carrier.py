"""The carrier: owner of the MQTT connection, and of what is said of it.

It connects, waits between attempts, publishes what the broker can take, and puts the
broker's reasons in plain words.  What is sent, and when, is the uplink's.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.fit import Fit
from gateway.worker import Backoff
from telemetry import mqtt_reasons, topics
from telemetry.broker import Incoming, LinkDown
from telemetry.clock import Clock
from telemetry.mqtt import Link
from telemetry.topics import Identity

log = logging.getLogger(__name__)

BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MOST_S: Final = 30.0  # design.md 6: broker back to CONNACK within 30 s
NO_ROUTE_MOST_S: Final = 120.0  # facts F33; each attempt may wake a modem for nothing
NEEDED: Final = (topics.UP_HELLO, topics.UP_READINGS, topics.UP_ALERT)


@dataclass(frozen=True, slots=True)
class _Sent:
    leaf: str
    size: int
    at_s: float


class Carrier:
    """One connection to the broker at a time."""

    def __init__(self, link: Link, identity: Identity, clock: Clock) -> None:
        self.error: str | None = None  # why nothing goes, in plain words
        self.denied: str | None = None  # topic that the broker's rules refuse
        self.fit = Fit()
        self._link = link
        self._identity = identity
        self._clock = clock
        self._backoff = Backoff(BACKOFF_FIRST_S, BACKOFF_MOST_S)
        self._retry_s = 0.0
        self._under_way: dict[int, _Sent] = {}  # by message id, not confirmed yet
        self._too_large: set[str] = set()  # leaves that were told once

    @property
    def is_up(self) -> bool:
        """Whether connected, as far as is known."""
        return self._link.is_up

    @property
    def traffic(self) -> int:
        """Bytes that all connections have cost, both ways."""
        return self._link.traffic

    @property
    def has_news(self) -> bool:
        """Whether something has arrived that was not taken."""
        return bool(self._link.arrived)

    def rest_s(self, at_s: float) -> float:
        """How long to wait before the next attempt. [s]"""
        return max(0.0, self._retry_s - at_s)

    def soon(self) -> None:
        """Do not wait for the next attempt."""
        self._retry_s = 0.0

    def works(self) -> None:
        """The province has acknowledged: this link carries what it should.

        Not before is the back-off reset: a batch may be what breaks the link.
        """
        self._backoff.reset()
        self.denied = None

    def connect(self, gives_up: Callable[[], bool]) -> None:
        """Connect or raise ``LinkDown``; nobody waits once ``gives_up`` says so."""
        self._under_way.clear()
        self._link.gives_up = gives_up
        self._link.connect()
        log.info("uplink: connected to %s", self._link.where)
        self.error = None

    def step(self, timeout_s: float) -> None:
        """Move bytes, and heed what the broker says of what was sent."""
        self._link.step(timeout_s)
        while self._link.confirmed:  # PUBACKs: no receipt, but a refusal tells
            self._take_puback(*self._link.confirmed.popleft())

    def arrived(self) -> list[Incoming]:
        """Take what has come."""
        taken = list(self._link.arrived)
        self._link.arrived.clear()
        return taken

    def most(self, leaf: str) -> int | None:
        """Largest payload that the broker takes there, if that is known."""
        told = self._link.most_payload(self._identity.topic(leaf))
        return self.fit.most(told, self._clock.machine_s())

    def publish(self, leaf: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send; ``False`` if the broker would not take so much at once."""
        most = self.most(leaf)
        if most is not None and len(payload) > most:
            if leaf not in self._too_large:
                self._too_large.add(leaf)
                log.error(
                    "uplink: %s of %d bytes is not sent: the broker takes, or seems to"
                    " take, %d; is its max_packet_size so small?",
                    leaf, len(payload), most,
                )  # fmt: skip
            return False
        mid = self._link.publish(self._identity.topic(leaf), payload, retain=retain)
        self._under_way[mid] = _Sent(leaf, len(payload), self._clock.machine_s())
        return True

    def lost(self, down: LinkDown) -> None:
        """Take note that there is no connection, and when to try again."""
        if self.error is None:  # told once, not at every attempt
            log.warning("uplink: %s; readings are kept, trying again", down)
        self.error = str(down)
        now_s = self._clock.machine_s()
        if down.reason not in (mqtt_reasons.TIMED_OUT, mqtt_reasons.KEEPALIVE):
            is_less = self.fit.lost(
                ((sent.size, sent.at_s) for sent in self._under_way.values()),
                now_s,
                is_told=down.reason == mqtt_reasons.TOO_LARGE,
            )
            if is_less:  # at most ten times, from the largest batch to the floor
                self._backoff.reset()
        self._under_way.clear()
        self._link.close()
        most_s = BACKOFF_MOST_S if down.has_route else NO_ROUTE_MOST_S
        self._retry_s = now_s + self._backoff.next_s(most_s)

    def close(self) -> None:
        """Disconnect, so that the will stays unsent."""
        self._link.close()

    def _take_puback(self, mid: int, refused: str | None) -> None:
        sent = self._under_way.pop(mid, None)
        if sent is None:
            return
        if refused is None or refused == mqtt_reasons.NOBODY_LISTENS:
            self.fit.taken(sent.size)
            return
        topic = self._identity.topic(sent.leaf)
        if refused == mqtt_reasons.TOO_LARGE:
            self.fit.too_large(sent.size, self._clock.machine_s())
        if refused == mqtt_reasons.NOT_AUTHORIZED and sent.leaf in NEEDED:
            self.denied = topic
        why = mqtt_reasons.publishing(refused, topic)
        if self.error is None:
            log.error("uplink: the broker refuses what is sent: %s", why)
        self.error = f"the broker refuses what is sent: {why}"
