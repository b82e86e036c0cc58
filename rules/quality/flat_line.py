"""A value that lies still for too long: QARTOD's flat line test.  Pure.

A stretch of values within less than ``tolerance`` of one another is flat once it
has lasted.  What may lie still is none: air that is saturated, a calm, the dark,
a tube that has fallen dry.  These are states of the field and not faults, so a value
at or above ``saturated`` or at or below ``resting`` ends a stretch.  So does a gap:
two equal values with nothing between them do not say that nothing has moved.

References
----------
.. [1] U.S. IOOS, QARTOD, test 8 (flat line).
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from telemetry.reading import Flag

MOST_KEPT: Final = 512
"""Values that a stretch may turn at; beyond it a stretch counts from later on.

A register of 0.01 °C has 50 steps in the 0.5 °C of the widest tolerance here.
"""


@dataclass(frozen=True, slots=True)
class FlatLine:
    """How long values may stay within ``tolerance`` of one another."""

    tolerance: float  # in the quantity's unit
    suspect_s: float  # s
    fail_s: float = math.inf  # s
    saturated: float = math.inf  # from here up a value may lie still
    resting: float = -math.inf  # from here down it may
    gap_s: float | None = None  # s; half of suspect_s where nothing is said [D]

    def __post_init__(self) -> None:
        """Refuse limits that say nothing."""
        if math.isnan(self.saturated) or math.isnan(self.resting):
            msg = f"{self}: where values may rest is nan; leave it out"
            raise ValueError(msg)
        if not self.tolerance > 0 or not 0 < self.suspect_s <= self.fail_s:
            msg = f"{self} is no flat line: tolerance > 0, 0 < suspect_s <= fail_s"
            raise ValueError(msg)

    @property
    def gap_ms(self) -> float:
        """Time between two values that ends a stretch. [ms]"""
        gap_s = self.suspect_s / 2 if self.gap_s is None else self.gap_s
        return gap_s * 1000

    def may_rest(self, value: float) -> bool:
        """Whether a value at this height is a state that may last."""
        return value >= self.saturated or value <= self.resting


class Still:
    """The flat line test as values come: the longest stretch that ends now.

    Two queues hold where it may turn, as in every sliding minimum: of the values
    that are still the greatest, or the least, of all that came after them.
    """

    __slots__ = ("_begin_ms", "_high", "_last_ms", "_limit", "_low")

    def __init__(self, limit: FlatLine) -> None:
        """Begin with nothing seen."""
        self._limit = limit
        self._low: deque[_Turn] = deque()
        self._high: deque[_Turn] = deque()
        self._begin_ms = 0.0
        self._last_ms: float | None = None

    def feed(self, ms: float, value: float) -> Flag:
        """Flag a finite ``value``, taken at ``ms``."""
        limit = self._limit
        if limit.may_rest(value):
            self._last_ms = None
            return Flag.GOOD
        last_ms = self._last_ms
        if last_ms is None or not 0 < ms - last_ms <= limit.gap_ms:
            self._low.clear()
            self._high.clear()
            self._begin_ms = ms
        self._last_ms = ms
        self._push(ms, value)
        lasted_ms = ms - self._begin_ms
        if lasted_ms >= limit.fail_s * 1000:
            return Flag.FAIL
        return Flag.SUSPECT if lasted_ms >= limit.suspect_s * 1000 else Flag.GOOD

    def _push(self, ms: float, value: float) -> None:
        low, high, turn = self._low, self._high, _Turn(ms, value)
        if low:
            low[-1].after_ms = high[-1].after_ms = ms
        while low and low[-1].value >= value:
            low.pop()
        while high and high[-1].value <= value:
            high.pop()
        low.append(turn)
        high.append(turn)
        while high[0].value - low[0].value >= self._limit.tolerance:
            self._begin_ms = (
                (low if low[0].ms < high[0].ms else high).popleft().after_ms
            )
        for queue in (low, high):
            if len(queue) > MOST_KEPT:
                self._begin_ms = max(self._begin_ms, queue.popleft().after_ms)


class _Turn:
    """A value, when it came and when the next one did."""

    __slots__ = ("after_ms", "ms", "value")

    def __init__(self, ms: float, value: float) -> None:
        self.ms = ms
        self.value = value
        self.after_ms = ms
