"""How large a message the broker takes, where it does not say so.  Pure.

MQTT 5 tells a limit in CONNACK.  A broker of 3.1.1 only drops the connection, each
time behind a message that is too large, or confirms it and throws it away: then the
limit is found out by halving, and forgotten after a while, because it was a guess.
"""

from collections.abc import Iterable
from typing import Final

LOST_TIMES: Final = 3  # in a row behind large messages, before size is blamed
RIGHT_AFTER_S: Final = 10.0  # 20 batches of 3 kB need 8 s at 64 kbit/s
FORGET_S: Final = 3600.0  # a guess that was wrong costs small batches for so long
FLOOR: Final = 512  # bytes; MQTT 3.1.1 brokers take at least a hello, some 300 bytes


class Fit:
    """What is known of the largest payload, beside what the broker says."""

    def __init__(self) -> None:
        self._most: int | None = None
        self._until_s = 0.0
        self._suspect = 0  # bytes; the least of what each of these losses may blame
        self._times = 0

    def most(self, told: int | None, at_s: float) -> int | None:
        """Largest payload to be sent now; ``told`` is the broker's own word."""
        if at_s >= self._until_s:
            self._most = None
        known = [most for most in (told, self._most) if most is not None]
        return min(known, default=None)

    def taken(self, size: int) -> None:
        """The broker has confirmed a payload of ``size`` bytes and stayed."""
        if size >= self._suspect:
            self._suspect = self._times = 0

    def lost(
        self, unconfirmed: Iterable[tuple[int, float]], at_s: float, *, is_told: bool
    ) -> bool:
        """Note that the connection ended behind these payloads, as (bytes, sent at).

        ``is_told``: the broker says itself that something was too large.  Returns
        whether less will be sent at once from now on, so that it is another attempt.
        """
        recent = [size for size, sent_s in unconfirmed if at_s - sent_s < RIGHT_AFTER_S]
        largest = max(recent, default=0)
        if largest <= FLOOR:  # a hello alone: no word about size
            return False
        # The newest rows go first, so that what is largest differs each time.
        self._suspect = min(largest, self._suspect or largest)
        self._times += 1
        if is_told or self._times >= LOST_TIMES:
            self.too_large(largest if is_told else self._suspect, at_s)
            return True
        return False

    def too_large(self, size: int, at_s: float) -> None:
        """A payload of ``size`` bytes does not get through: half of it may."""
        self._suspect = self._times = 0
        if size > FLOOR:
            self._most = max(FLOOR, size // 2)
            self._until_s = at_s + FORGET_S
