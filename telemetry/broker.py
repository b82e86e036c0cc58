"""A broker, and what comes of it, in words that know no MQTT library."""

from dataclasses import dataclass, field
from typing import Literal

from telemetry.dial import Tls

Protocol = Literal["auto", "5", "3.1.1"]


class LinkDown(ConnectionError):
    """The connection is not there, with the reason; weather, to be waited out.

    Without ``has_route`` there is no way to the broker from here, so that trying
    soon again is in vain.  ``reason`` is the broker's own word, where it gave one.
    """

    def __init__(self, why: str, *, has_route: bool = True, reason: str = "") -> None:
        super().__init__(why)
        self.has_route = has_route
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and how to enter."""

    host: str
    port: int = 1883
    protocol: Protocol = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that arrived."""

    topic: str
    payload: bytes
    retain: bool
    mid: int
    qos: int
