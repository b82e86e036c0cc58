"""The last stretch in which a field only lost water.

A slope tells when water will be short only if it is taken while nothing was added:
no rain, no refill.  The stretch is read backwards from its newest hour.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rules.history import HOUR_MS, Hour
from rules.models.hours import by_clock

LONGEST_H: Final = 48.0  # h; two days and two nights of the present weather [D]
REFILL_CM: Final = 1.0  # cm; the deadband of a field's water level [D]
RAIN_MM: Final = 1.0  # mm; 0.2 of an ET0 of 5 mm/d, which FAO-56 (ch. 8) lets ignore
AT_BOTTOM_CM: Final = 0.5  # cm; half the deadband: a dry probe does not sit still [D]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours without rain or refill, oldest first."""

    times_h: tuple[float, ...]  # middles of the hours, from now: negative [h]
    levels_cm: tuple[float, ...]
    is_doubtful: bool  # a suspect value took part


def last_stretch(
    levels: Iterable[Hour],
    rain: Iterable[Hour] | None,
    now_ms: int,
    bottom_cm: float | None = None,
) -> Stretch:
    """Return the newest hours in which the level only fell, at most ``LONGEST_H``.

    Parameters
    ----------
    levels : hours of a water level
        [cm]
    rain : hours of a rain total, or None where no gauge stands
        [mm]  From an hour or more before the stretch.  Without a gauge only a rising
        level tells of rain.
    now_ms : int
        Now, UTC. [ms since 1970]
    bottom_cm : float or None
        Lowest level that the sensor can show; hours there are left out, because
        the water may stand anywhere below. [cm]

    Notes
    -----
    The stretch ends, going back, where less than a level seen later stood by
    ``REFILL_CM`` (a refill, however slow), or where ``RAIN_MM`` have come together.
    Single hours that jump are smoothed by the median of three for that judgement.
    Hours without a value are no end: a refill within them shows as a rise.
    """
    since = now_ms - LONGEST_H * HOUR_MS
    known = by_clock(hour for hour in levels if since <= hour.begin_ms <= now_ms)
    totals = by_clock(rain) if rain is not None else {}
    begin = _begin(known, totals)
    kept = [
        hour
        for number, hour in known.items()
        if number >= begin
        and (bottom_cm is None or hour.low > bottom_cm + AT_BOTTOM_CM)
    ]
    return Stretch(
        times_h=tuple((h.begin_ms - now_ms) / HOUR_MS + 0.5 for h in kept),
        levels_cm=tuple(hour.mean for hour in kept),
        is_doubtful=any(hour.doubtful for hour in kept),
    )


def _begin(levels: dict[int, Hour], totals: dict[int, Hour]) -> int:
    """First clock hour of the stretch."""
    numbers, rained = list(levels), list(totals)
    smooth = _smooth([hour.mean for hour in levels.values()])
    begin, highest = numbers[-1] + 1 if numbers else 0, -math.inf
    for number, level in zip(reversed(numbers), reversed(smooth), strict=True):
        if (
            level <= highest - REFILL_CM
            or _rain_since(number, totals, rained) >= RAIN_MM
        ):
            break
        begin, highest = number, max(highest, level)
    return begin


def _rain_since(number: int, totals: dict[int, Hour], numbers: Sequence[int]) -> float:
    """Rain from the begin of a clock hour on, with that of a gap before it. [mm]"""
    if not numbers:
        return 0.0
    earlier = bisect_left(numbers, number)
    first = totals[numbers[0]].first
    before = totals[numbers[earlier - 1]].last if earlier else first
    return totals[numbers[-1]].last - before


def _smooth(values: Sequence[float]) -> list[float]:
    """Median of each value and its neighbours."""
    return [median(values[max(i - 1, 0) : i + 2]) for i in range(len(values))]
