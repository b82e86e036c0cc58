"""Soil moisture that rises though nobody gave water, as hours come.  Pure.

The network's flag D04 in plain Python: ``ismn.rise_without_water`` is its array form,
with the source and the meaning of every limit.
"""

import math
from collections import deque
from typing import Final

from telemetry.reading import Flag

DAY: Final = 24  # h
RAIN_MM: Final = 0.2  # mm in 24 h; the least that counts as rain
DEEPEST_M: Final = 0.10  # m; nothing is said of probes from this depth on
SHARE: Final = 0.05 * 0.5  # of a probe's depth, as water: what wets it at least


def least_water_mm(depth_m: float) -> float | None:
    """Water of a day that wets a probe [mm]; ``None`` where it is too deep to say.

    >>> round(least_water_mm(0.05) or 0.0, 3), least_water_mm(0.0), least_water_mm(0.3)
    (1.25, 0.2, None)
    """
    if not depth_m >= 0:
        msg = f"depth is {depth_m:g} m; it must be 0 or more, downwards"
        raise ValueError(msg)
    if depth_m >= DEEPEST_M:
        return None
    return depth_m * SHARE * 1000 if depth_m > 0 else RAIN_MM


class Rise:
    """One probe, hour by hour without holes in time."""

    __slots__ = ("_least_mm", "_moisture", "_water")

    def __init__(self, depth_m: float = 0.05) -> None:
        """Begin with nothing seen."""
        self._least_mm = least_water_mm(depth_m)
        self._moisture: deque[float] = deque(maxlen=DAY + 1)
        self._water: deque[float] = deque(maxlen=DAY)

    def feed(self, moisture: float | None, water_mm: float | None) -> Flag:
        """Flag the moisture of an hour [%], given its rain and irrigation [mm].

        Not evaluated with less than a day before it, in deep soil, or where the hours
        that it is compared with were not measured.

        >>> rise = Rise()
        >>> flags = [rise.feed(20.0, 0.0) for _ in range(24)]
        >>> rise.feed(26.0, 0.0).name
        'SUSPECT'
        """
        value = moisture if moisture is not None else math.nan
        self._moisture.append(value if math.isfinite(value) else math.nan)
        self._water.append(water_mm if water_mm is not None else math.nan)
        now, seen = self._moisture[-1], self._moisture
        if math.isnan(now):
            return Flag.MISSING
        if self._least_mm is None or len(seen) <= DAY:
            return Flag.UNCHECKED
        fell_mm = round(math.fsum(self._water), 1)
        rise_1h, rise_24h = now - seen[-2], now - seen[0]
        if not math.isfinite(rise_1h + rise_24h + fell_mm):
            return Flag.UNCHECKED
        limit = 2 * _deviation([x for x in seen if not math.isnan(x)])
        rose = rise_1h > 0 and rise_24h > limit
        is_same = math.isclose(rise_24h, limit, rel_tol=1e-5, abs_tol=1e-8)
        dry = fell_mm < self._least_mm
        return Flag.SUSPECT if rose and not is_same and dry else Flag.GOOD


def _deviation(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1))
