"""How fast a value may change: WMO's step test and QARTOD's rate of change.  Pure.

The change is that from the last value which did not fail itself, over the time
between the two, be it a gap.  WMO's limits are for a minute: polls further apart
are given as many minutes' change, polls nearer than a minute a whole one, because
a coarse register jumps.  QARTOD's are for a second, with no such allowance.

References
----------
.. [1] I. Zahumensky, "Guidelines on Quality Control Procedures for Data from
   Automatic Weather Stations", WMO, 2004.
.. [2] U.S. IOOS, QARTOD, test 7 (rate of change).
"""

import math
from dataclasses import dataclass

from telemetry.reading import Flag


@dataclass(frozen=True, slots=True)
class Step:
    """Greatest plausible change in ``per_s`` seconds, in the quantity's unit."""

    suspect: float
    fail: float = math.inf
    per_s: float = 60.0  # s
    least_s: float = 60.0  # s; polls nearer than this are given so much time

    def __post_init__(self) -> None:
        """Refuse limits that say nothing."""
        if not 0 < self.suspect <= self.fail or not self.per_s > 0 <= self.least_s:
            msg = f"{self} is no step: 0 < suspect <= fail, per_s > 0, least_s >= 0"
            raise ValueError(msg)

    def flag(self, change: float, elapsed_ms: float) -> Flag:
        """Flag a change of ``change`` in ``elapsed_ms``, which is above 0."""
        times = max(self.least_s * 1000, elapsed_ms) / (self.per_s * 1000)
        size = abs(change)
        if size > self.fail * times:
            return Flag.FAIL
        return Flag.SUSPECT if size > self.suspect * times else Flag.GOOD


def rate(suspect_per_s: float, fail_per_s: float = math.inf) -> Step:
    """QARTOD's rate of change: limits in units per second.

    >>> rate(0.05).flag(3.6, 60_000).name
    'SUSPECT'
    """
    return Step(suspect_per_s, fail_per_s, per_s=1.0, least_s=0.0)
