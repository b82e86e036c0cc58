"""What the broker retains of this gateway: that it is there, what it has, how it is."""

from collections.abc import Callable
from typing import Final

from gateway.carrier import Carrier
from telemetry import topics

STATE_EVERY_S: Final = 60.0
STATE_METERED_S: Final = 900.0  # where bytes are counted; facts/reliability.md S58


class Presence:
    """Says it on every connection, and ``state`` again and again."""

    def __init__(
        self, carrier: Carrier, *, meta: bytes, state: Callable[[], bytes]
    ) -> None:
        self._carrier = carrier
        self._meta = meta
        self._state = state
        self._state_s = 0.0  # machine time from which the state is due

    def enter(self) -> None:
        """Say that the gateway is there; the state is due."""
        self._state_s = 0.0
        self._carrier.publish(topics.UP_LINK, b"1", retain=True)

    def introduce(self) -> None:
        """Say what this gateway has."""
        self._carrier.publish(topics.UP_META, self._meta, retain=True)

    def speak(self, now_s: float, *, is_metered: bool) -> None:
        """Say how it is, if it is time."""
        if now_s < self._state_s:
            return
        self._carrier.publish(topics.UP_STATE, self._state(), retain=True)
        self._state_s = now_s + (STATE_METERED_S if is_metered else STATE_EVERY_S)

    def leave(self) -> None:
        """Say that the gateway goes."""
        self._carrier.publish(topics.UP_LINK, b"0", retain=True)
