"""A broker that can be told to drop, double, delay and forget.

``Wire`` has the interface of ``telemetry.mqtt.Link``.  A client that keeps its
session is sent again what it did not acknowledge; any other loses what was on its
way.  All that is published is noted, so that a test knows what crossed.
"""

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Final

from telemetry.mqtt import Incoming, LinkDown
from tests.faults.machine.clock import Instant

WAY_MS: Final = 20  # from one end to the other in good weather


@dataclass(slots=True)
class Weather:
    """What happens to messages on their way."""

    drop: float = 0.0  # share of them
    double: float = 0.0
    late_ms: int = 0  # at most; different for each, so that they overtake


@dataclass(slots=True)
class Session:
    """What the broker knows of one client."""

    filter: str
    keeps: bool
    wire: "Wire | None" = None
    coming: list[tuple[int, int, str, bytes, bool]] = field(default_factory=list)
    unacked: dict[int, tuple[str, bytes, bool]] = field(default_factory=dict)
    last_ms: int = 0  # when the newest message will have come


class FakeBroker:
    """All connections, and what is on its way."""

    def __init__(self, now: Instant, dice: Random) -> None:
        self.is_up = True
        self.weather = Weather()
        self.crossed: list[tuple[str, bytes]] = []
        self._now = now
        self._dice = dice
        self._sessions: dict[str, Session] = {}
        self._retained: dict[str, bytes] = {}
        self._count = 0

    # --- what is done to it ----------------------------------------------------

    def stop(self, *, forgets: bool) -> None:
        """Go down; with ``forgets`` as an empty installation comes back."""
        self.is_up = False
        for session in self._sessions.values():
            self._cut(session)
        if forgets:
            self._sessions.clear()
            self._retained.clear()

    def cut(self, client: str) -> None:
        """End a client's connection; it is told at its next step."""
        if client in self._sessions:
            self._cut(self._sessions[client])

    def deliver(self, topic: str, payload: bytes) -> None:
        """Bring a message to who listens, whoever sent it."""
        for session in self._sessions.values():
            if matches(session.filter, topic):
                self._send(session, topic, payload, retain=False)

    # --- for the wires -----------------------------------------------------------

    def connect(self, wire: "Wire") -> None:
        session = self._sessions.get(wire.client_id)
        if session is not None:
            self._cut(session)  # whoever was there under this name
        if session is None or not wire.keeps:
            session = Session(wire.filter, wire.keeps)
            self._sessions[wire.client_id] = session
        again, session.unacked = session.unacked, {}
        for topic, payload, retain in again.values():
            self._put(session, topic, payload, self._now.ms, retain=retain)
        session.wire = wire
        for topic, payload in self._retained.items():
            if matches(wire.filter, topic):
                self._send(session, topic, payload, retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self._retained[topic] = payload
        self.crossed.append((topic, payload))
        self.deliver(topic, payload)

    def arrived(self, wire: "Wire") -> list[Incoming]:
        session = self._sessions[wire.client_id]
        there = sorted(one for one in session.coming if one[0] <= self._now.ms)
        session.coming = [one for one in session.coming if one[0] > self._now.ms]
        if session.keeps:
            session.unacked |= {mid: rest for _, mid, *rest in there}  # type: ignore[misc]
        return [
            Incoming(topic, payload, retain, mid, 1)
            for _, mid, topic, payload, retain in there
        ]

    def acknowledged(self, wire: "Wire", mid: int) -> None:
        self._sessions[wire.client_id].unacked.pop(mid, None)

    def gone(self, wire: "Wire") -> None:
        session = self._sessions.get(wire.client_id)
        if session is not None and session.wire is wire:
            self._cut(session)

    # --- inside ----------------------------------------------------------------

    def _cut(self, session: Session) -> None:
        if session.wire is not None:
            session.wire.is_gone = True
        session.wire = None
        if not session.keeps:
            session.coming.clear()
            session.filter = ""

    def _send(
        self, session: Session, topic: str, payload: bytes, *, retain: bool
    ) -> None:
        weather, dice = self.weather, self._dice
        if dice.random() < weather.drop:
            return
        at_ms = max(self._now.ms + WAY_MS, session.last_ms)
        session.last_ms = at_ms
        if weather.late_ms:
            at_ms += dice.randrange(weather.late_ms)
        self._put(session, topic, payload, at_ms, retain=retain)
        if dice.random() < weather.double:
            late_ms = at_ms + dice.randrange(weather.late_ms + 1)
            self._put(session, topic, payload, late_ms, retain=retain)

    def _put(
        self, session: Session, topic: str, payload: bytes, at_ms: int, *, retain: bool
    ) -> None:
        self._count += 1
        session.coming.append((at_ms, self._count, topic, payload, retain))


class Wire:
    """One client's connection."""

    where = "broker"
    traffic = 0  # it costs nothing

    def __init__(
        self, broker: FakeBroker, client_id: str, filter_: str, *, keeps: bool = False
    ) -> None:
        self.client_id = client_id
        self.filter = filter_
        self.keeps = keeps
        self.is_gone = False
        self.arrived: deque[Incoming] = deque()
        self.confirmed: deque[tuple[int, str | None]] = deque()
        self.gives_up = lambda: False
        self._broker = broker
        self._is_open = False
        self._mid = 0

    @property
    def is_up(self) -> bool:
        return self._is_open

    def connect(self) -> None:
        self.arrived.clear()
        self.confirmed.clear()
        if not self._broker.is_up:
            msg = "broker: Connection refused"
            raise LinkDown(msg)
        self._broker.connect(self)
        self._is_open, self.is_gone = True, False

    def step(self, timeout_s: float) -> None:  # it has come or not
        if not self._is_open or self.is_gone:
            self._is_open = False
            msg = "broker: connection lost"
            raise LinkDown(msg)
        self.arrived += self._broker.arrived(self)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        if not self._is_open:
            msg = "not connected"
            raise LinkDown(msg)
        self._mid += 1
        if not self.is_gone:  # else into the dark
            self._broker.publish(topic, payload, retain=retain)
            self.confirmed.append((self._mid, None))
        return self._mid

    def most_payload(self, _topic: str) -> int | None:
        return None  # it takes everything

    def acknowledge(self, message: Incoming) -> None:
        if self._is_open and not self.is_gone:
            self._broker.acknowledged(self, message.mid)

    def close(self) -> None:
        if self._is_open:
            self._broker.gone(self)
        self._is_open = False


def matches(filter_: str, topic: str) -> bool:
    """Whether a subscription with ``+`` takes ``topic``."""
    wanted, given = filter_.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(
        one in ("+", level) for one, level in zip(wanted, given, strict=True)
    )
