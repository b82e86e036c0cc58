"""Day-degrees: warmth above a threshold, by which insects grow.

Hourly values are best: a day's course is then measured and not assumed.  The
methods by daily extremes are here for records that have nothing else.

References
----------
.. [1] Oregon IPM Center, DDRP v2, ``AvgDD`` and ``TriDD``,
   github.com/bbarker505/ddrp_v2 @8b0f142.
.. [2] D. Raes et al., "AquaCrop reference manual", FAO, chapter 3, methods 1 to 3.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from rules.history import HOUR_MS, Hour
from rules.models.hours import MEASURED, by_clock
from rules.text import local_day

COURSE_DAYS: Final = 7  # d; the weather of a week stands for the days ahead [D]
LONGEST_DAYS: Final = 60  # d; no forecast by the past week's course beyond [D]

State = Literal["sourced", "proposed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """What one stage of a species needs, by one source."""

    threshold_c: float  # °C; no development below
    constant_dd: float  # °d
    source: str
    upper_c: float = math.inf  # °C; no faster above
    state: State = "sourced"

    def __post_init__(self) -> None:
        """Refuse what no stage needs."""
        if not -math.inf < self.threshold_c < self.upper_c or not self.constant_dd > 0:
            msg = f"{self}: give a threshold below upper_c, and day-degrees above 0"
            raise ValueError(msg)

    def days_at(self, temperature_c: float) -> float:
        """Days that the stage lasts at a constant temperature.

        >>> leaf_folder_egg = Development(threshold_c=12.5, constant_dd=57.1, source="")
        >>> round(leaf_folder_egg.days_at(25), 2)
        4.57
        """
        _refuse_unknown(temperature_c)
        warmth = min(temperature_c, self.upper_c) - self.threshold_c
        return self.constant_dd / warmth if warmth > 0 else math.inf

    def in_an_hour(self, temperature_c: float) -> float:
        """Day-degrees of one hour at a temperature."""
        _refuse_unknown(temperature_c)
        return max(0.0, min(temperature_c, self.upper_c) - self.threshold_c) / 24


def average(tmax: float, tmin: float, low: float, high: float = math.inf) -> float:
    """Day-degrees of a day by its mean, cut off at ``high``. [°d]

    DDRP's ``AvgDD`` [1]_; temperatures and thresholds in [°C].

    >>> round(average(36.5, 27.2, 12.57, 35), 2)
    18.53
    """
    _refuse(tmax, tmin, low, high)
    if tmax < low or tmin > high:
        return 0.0
    return max(0.0, (min(tmax, high) + tmin) / 2 - low)


def triangle(tmax: float, tmin: float, low: float, high: float = math.inf) -> float:
    """Day-degrees of a day as the area of a triangle between two thresholds. [°d]

    DDRP's ``TriDD`` [1]_, the single triangle; temperatures and thresholds in [°C].

    >>> round(triangle(36.5, 27.2, 12.57, 35), 3)
    19.159
    """
    _refuse(tmax, tmin, low, high)
    return _above(tmax, tmin, low) - _above(tmax, tmin, high)


def _above(tmax: float, tmin: float, level: float) -> float:
    """Area of a symmetric daily triangle above ``level``. [°d]"""
    if tmax <= level:
        return 0.0
    if tmin >= level:
        return (tmax + tmin) / 2 - level
    return (tmax - level) ** 2 / (2 * (tmax - tmin))


def aquacrop(
    tmax: float, tmin: float, base: float, upper: float, method: Literal[1, 2, 3]
) -> float:
    """Day-degrees of a day as AquaCrop counts them [2]_. [°d]

    Method 1 clips the mean, 2 both extremes, 3 both above but only Tmax below.

    >>> aquacrop(38.5, 7, 10, 30, 1), aquacrop(38.5, 7, 10, 30, 3)
    (12.75, 8.5)
    """
    _refuse(tmax, tmin, base, upper)

    def clip(temperature: float) -> float:
        return min(max(temperature, base), upper)

    if method == 1:
        return clip((tmax + tmin) / 2) - base
    if method == 2:
        return (clip(tmax) + clip(tmin)) / 2 - base
    return max((clip(tmax) + min(tmin, upper)) / 2, base) - base


def hourly(temperatures: Iterable[float], low: float, high: float = math.inf) -> float:
    """Day-degrees of hours, each by its mean. [°d]

    The sum of max(0, min(T, high) − low) / 24; all in [°C].

    >>> hourly([20.0] * 12 + [10.0] * 12, 12.0)
    4.0
    """
    hours = list(temperatures)
    if not hours:
        msg = "there are no hours; day-degrees need one temperature or more"
        raise ValueError(msg)
    _refuse_unknown(*hours)
    _refuse(max(hours), min(hours), low, high)
    return math.fsum(max(0.0, min(T, high) - low) for T in hours) / 24


def _refuse(tmax: float, tmin: float, low: float, high: float) -> None:
    """Refuse what is no day, or no pair of thresholds."""
    _refuse_unknown(tmax, tmin, low)
    if tmax < tmin or not low < high:
        msg = f"from {tmin} to {tmax} °C above {low} up to {high}: each must rise"
        raise ValueError(msg)


def _refuse_unknown(*temperatures: float) -> None:
    if not all(math.isfinite(T) for T in temperatures):
        bad = next(T for T in temperatures if not math.isfinite(T))
        msg = f"a temperature is {bad}; leave out what was not measured"
        raise ValueError(msg)


# --- when a stage ends ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hatching:
    """When a stage ends: by the fastest and by the slowest of several sets."""

    earliest_ms: int  # UTC [ms since 1970]
    latest_ms: int
    measured: float  # share of the hours since the begin that were measured

    @property
    def earliest(self) -> date:
        """Day in Viet Nam on which the fastest set is done."""
        return local_day(self.earliest_ms)

    @property
    def latest(self) -> date:
        """Day in Viet Nam on which the slowest set is done."""
        return local_day(self.latest_ms)

    @property
    def is_sure(self) -> bool:
        """Whether enough hours were measured to say it without a reserve."""
        return self.measured >= MEASURED


def hatching(
    temperatures: Iterable[Hour],
    since_ms: int,
    now_ms: int,
    sets: Sequence[Development],
) -> Hatching | None:
    """When eggs laid at ``since_ms`` hatch, as a window over all ``sets``.

    Parameters
    ----------
    temperatures : hours of air temperature
        [°C]  From the earlier of ``since_ms`` and a week before ``now_ms``.
    since_ms, now_ms : int
        When the clock started, and now, UTC. [ms since 1970]
    sets : sequence of Development
        At least one.

    Returns
    -------
    Hatching or None
        ``None`` where fewer than 90 % of the clock hours have a temperature in
        their mean daily course, or a set needs more than ``LONGEST_DAYS``.

    Notes
    -----
    Hours that were measured count as measured.  An hour that was not, past or to
    come, is taken from the mean of the same clock hour over the last week; the
    share of measured hours is told with the result, which is unsure below 90 %.
    Half a week of cold surge or clear nights is more than the window between sets:
    the date is for planning a walk, not for an act.
    """
    known = {number: hour.mean for number, hour in by_clock(temperatures).items()}
    first, now = -(-since_ms // HOUR_MS), now_ms // HOUR_MS
    course = _course({n: t for n, t in known.items() if n < now}, now)
    if course is None:
        return None
    ends = [_end(stage, known, course, first, now) for stage in sets]
    done = [end for end in ends if end is not None]
    if len(done) < len(sets):
        return None
    past = range(first, now)
    measured = sum(n in known for n in past) / len(past) if past else 1.0
    return Hatching(min(done) * HOUR_MS, max(done) * HOUR_MS, measured)


def _course(known: dict[int, float], now: int) -> list[float] | None:
    """Mean temperature of each of the 24 clock hours over the last week. [°C]"""
    found: list[list[float]] = [[] for _ in range(24)]
    for number in range(now - COURSE_DAYS * 24, now):
        if number in known:
            found[number % 24].append(known[number])
    means = [sum(values) / len(values) for values in found if values]
    if len(means) < MEASURED * 24:
        return None
    return [sum(some) / len(some) for some in (values or means for values in found)]


def _end(
    stage: Development,
    known: dict[int, float],
    course: list[float],
    first: int,
    now: int,
) -> int | None:
    """Clock hour by whose begin the stage has what it needs, ``None`` if too far."""
    gained, enough = 0.0, stage.constant_dd - 1e-9  # °d; sums of floats
    usual = [stage.in_an_hour(temperature_c) for temperature_c in course]
    for number in range(first, max(first, now) + LONGEST_DAYS * 24):
        if gained >= enough:
            return number
        measured = known.get(number) if number < now else None
        if measured is None:
            gained += usual[number % 24]
        else:
            gained += stage.in_an_hour(measured)
    return None
