"""A value that leaves its neighbours and returns: QARTOD's spike test.  Pure.

It judges the value before the newest, so it cannot flag what is sent at once: on
the live path the step test stands for it.  The neighbours of a great spike come out
suspect too; first and last value cannot be judged, nor one whose neighbours are too
far off in time for the limits to hold.

References
----------
.. [1] U.S. IOOS, QARTOD, test 6 (spike).
"""

import math
from dataclasses import dataclass

from telemetry.reading import Flag


@dataclass(frozen=True, slots=True)
class Spike:
    """Greatest plausible distance from the mean of both neighbours."""

    suspect: float
    fail: float = math.inf
    within_s: float = math.inf  # s; from one neighbour to the other

    def __post_init__(self) -> None:
        """Refuse limits that say nothing."""
        if not 0 < self.suspect <= self.fail or not self.within_s > 0:
            msg = f"{self} is no spike: 0 < suspect <= fail, within_s > 0"
            raise ValueError(msg)

    def flag(self, distance: float) -> Flag:
        """Flag a value that stands ``distance`` off."""
        if distance > self.fail:
            return Flag.FAIL
        return Flag.SUSPECT if distance > self.suspect else Flag.GOOD


class Seeker:
    """The spike test as values come, one value late."""

    __slots__ = ("_seen", "_spike")

    def __init__(self, spike: Spike) -> None:
        """Begin with nothing seen."""
        self._spike = spike
        self._seen: list[tuple[float, float | None]] = []  # the newest two at most

    def feed(self, ms: float, value: float | None) -> Flag | None:
        """Take the next value; the flag of the one before, ``None`` at the first.

        >>> seeker = Seeker(Spike(1.5, 4.0))
        >>> values = 25.0, 25.2, 31.0, 25.3, 25.1
        >>> flags = [seeker.feed(t * 60_000, x) for t, x in enumerate(values)]
        >>> [int(flag) for flag in flags if flag is not None]
        [2, 3, 4, 3]
        """
        if value is not None and not math.isfinite(value):
            value = None
        self._seen.append((ms, value))
        match self._seen:
            case [_]:
                return None
            case [(_, last), _]:
                return Flag.MISSING if last is None else Flag.UNCHECKED
        (before_ms, before), (_, last), _ = self._seen
        del self._seen[0]
        if last is None:
            return Flag.MISSING
        if before is None or value is None:
            return Flag.UNCHECKED
        if ms - before_ms > self._spike.within_s * 1000:
            return Flag.UNCHECKED
        return self._spike.flag(abs(last - (before + value) / 2))

    def end(self) -> Flag:
        """The flag of the newest value, of which nothing can be said yet."""
        is_missing = not self._seen or self._seen[-1][1] is None
        return Flag.MISSING if is_missing else Flag.UNCHECKED
