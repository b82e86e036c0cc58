"""A robust line through a few days of hours, and when it falls to a level.

The slope is that of Theil (1950) and Sen (1968), the median of the slopes between
all pairs; its interval is Sen's, as computed in Gilbert (1987).

References
----------
.. [1] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
   J. Am. Stat. Assoc. 63:1379-1389, 1968.
.. [2] R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring",
   Van Nostrand Reinhold, 1987, pp. 208-218.
.. [3] W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., 1999, p. 336:
   the intercept as a median.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Final

FEWEST: Final = 10  # points; from here Gilbert takes Kendall's S for normal
LEAST_SPAN_H: Final = 24.0  # h; a field loses more by day than by night: one of each
HORIZON_H: Final = 240.0  # h; five times the longest stretch of 48 h: not a plan beyond
CONFIDENCE: Final = 0.95  # two-sided; the usual choice, Gilbert's too


@dataclass(frozen=True, slots=True)
class Slope:
    """Best estimate and interval, in values per hour."""

    best: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reach:
    """When a falling line stands at a level, in hours from now; 0 once it is there.

    ``latest_h`` is ``None`` where that may be later than ``HORIZON_H``.
    """

    best_h: float
    earliest_h: float
    latest_h: float | None
    slope: Slope


def theil_sen(times_h: Sequence[float], values: Sequence[float]) -> Slope | None:
    """Slope of the values over time, with its 95 % interval.

    Parameters
    ----------
    times_h, values : sequences of one length
        Times, all different [h], and finite values [any unit].

    Returns
    -------
    Slope or None
        ``None`` with fewer than ``FEWEST`` points.

    Notes
    -----
    The interval takes the points as independent.  Levels of neighbouring hours are
    not quite, so the true interval is somewhat wider; limits between two ranks are
    taken outwards.

    Examples
    --------
    >>> theil_sen(range(10), [5, 4, 3, 2, 1, 0, -1, -2, -3, -4]).best
    -1.0
    """
    n = len(values)
    if n < FEWEST:
        return None
    points = sorted(zip(times_h, values, strict=True))
    if len(set(times_h)) < n or not all(map(math.isfinite, (*times_h, *values))):
        msg = "a trend needs numbers at different times; drop gaps and repeated stamps"
        raise ValueError(msg)
    slopes = sorted(
        (y - v) / (x - t) for i, (t, v) in enumerate(points) for x, y in points[i + 1 :]
    )
    tied = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    variance = (n * (n - 1) * (2 * n + 5) - tied) / 18  # Gilbert eq. 16.2
    spread = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(variance)
    below = math.floor((len(slopes) - spread) / 2)  # M1, Gilbert p. 218
    above = math.ceil((len(slopes) + spread) / 2)  # M2
    return Slope(
        best=median(slopes),
        low=slopes[max(below - 1, 0)],
        high=slopes[min(above, len(slopes) - 1)],  # M2 + 1, counted from 1
    )


def reaches(
    times_h: Sequence[float], values: Sequence[float], level: float, now_h: float
) -> Reach | None:
    """When a falling value will stand at ``level``.

    Parameters
    ----------
    times_h, values : sequences of one length
        Times, all different [h], and finite values [any unit].
    level : float
        What they may fall to. [their unit]
    now_h : float
        Now, on the clock of ``times_h``. [h]

    Returns
    -------
    Reach or None
        ``None`` with fewer than ``FEWEST`` points, over less than ``LEAST_SPAN_H``,
        when the interval of the slope includes no fall, or when even the best line
        gets there later than ``HORIZON_H`` from now.

    Notes
    -----
    Each of the three slopes has its own line through the points: its intercept is
    the median of what the slope leaves over [3]_, so one bad hour moves none.

    Examples
    --------
    >>> hours = range(48)
    >>> reaches(hours, [-0.1 * hour for hour in hours], -7.0, 47).best_h
    23.0
    """
    if not (math.isfinite(level) and math.isfinite(now_h)):
        msg = f"level {level} and now {now_h} h must be numbers"
        raise ValueError(msg)
    if not times_h or max(times_h) - min(times_h) < LEAST_SPAN_H:
        return None
    slope = theil_sen(times_h, values)
    if slope is None or slope.high >= 0:
        return None
    best, earliest, latest = (
        _until(times_h, values, fall, level, now_h)
        for fall in (slope.best, slope.low, slope.high)
    )
    if best > HORIZON_H:
        return None
    return Reach(
        best_h=best,
        earliest_h=min(earliest, best),
        latest_h=None if latest > HORIZON_H else max(latest, best),
        slope=slope,
    )


def _until(
    times_h: Sequence[float],
    values: Sequence[float],
    slope: float,
    level: float,
    now_h: float,
) -> float:
    """Hours from now until the line of ``slope`` stands at ``level``, at least 0."""
    left = median(v - slope * (t - now_h) for t, v in zip(times_h, values, strict=True))
    return max(0.0, round((level - left) / slope, 6))
