"""BLASTAM night by night: wet periods found in hours, and what is not known.

A missing hour is neither wet nor dry.  Each night is judged twice, once with its
missing hours dry and once with them wet.  A favourable period that was measured
stands; where a missing hour could hide one, the night is unknown, never *not
favourable*.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rules.history import Hour
from rules.models.blastam import (
    DAYS,
    DOWNPOUR_MM,
    HEAVY_MM,
    LONGEST_H,
    NEAR_H,
    WET_FROM,
    WIND_M_S,
    Favour,
    Method,
    classify,
)
from rules.models.hours import (
    MEASURED,
    amounts,
    by_clock,
    days_before,
    first_of,
    night_of,
)

DAY_H: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Hours that the model reads, from six days before the first night that is asked.

    ``wetness`` is of leaf wetness [%] with method ``sensor``, of relative humidity
    [%] with ``rh90``.  ``rain`` [mm, a total] and ``wind`` [m/s] only end wet
    periods; they are ``None`` where nothing measures them.
    """

    wetness: Iterable[Hour]
    method: Method
    temperature: Iterable[Hour]  # °C
    rain: Iterable[Hour] | None = None
    wind: Iterable[Hour] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night, noon to noon, by the date of its evening."""

    day: date
    favour: Favour | None  # None: too much of it is missing
    wet_hours: int  # of its longest wet period [h]
    mean_wet_c: float | None  # mean temperature of that period [°C]
    five_days_c: float | None  # mean of five daily means [°C]


def nights(weather: Weather, last: date, count: int) -> list[Night]:
    """Judge the ``count`` nights that end with ``last``, oldest first.

    ``last`` is a night that is over; a wet period that still lasts leaves it unknown
    until it is long enough or has ended.
    """
    warmth = {n: hour.mean for n, hour in by_clock(weather.temperature).items()}
    asked = range(
        first_of(last - timedelta(days=count - 1), 12),
        first_of(last, 12) + DAY_H + LONGEST_H,  # as far as its wet period may last
    )
    wet = _wet_hours(weather, asked)
    measured = _periods(sorted(n for n, is_wet in wet.items() if is_wet))
    possible = _periods(sorted(n for n, is_wet in wet.items() if is_wet is not False))
    return [
        _judge(day, measured.get(day, []), possible.get(day, []), warmth)
        for day in days_before(last, count)
    ]


def at_least(judged: Sequence[Night], wanted: int) -> bool | None:
    """Whether ``wanted`` nights were favourable; ``None``: unknown ones decide."""
    found = sum(night.favour is Favour.FAVOURABLE for night in judged)
    unknown = sum(night.favour is None for night in judged)
    if found >= wanted:
        return True
    return None if found + unknown >= wanted else False


# --- wet hours -----------------------------------------------------------------


def _wet_hours(weather: Weather, asked: range) -> dict[int, bool | None]:
    """Every clock hour of the record and of what is asked: wet, dry or unknown."""
    wetness = by_clock(weather.wetness)
    rain = None if weather.rain is None else amounts(by_clock(weather.rain))
    wind = None if weather.wind is None else by_clock(weather.wind)
    wet_from = WET_FROM[weather.method]
    found: dict[int, bool | None] = {}
    for number in range(min([*wetness, asked.start]), asked.stop):
        hour = wetness.get(number)
        if hour is not None and hour.mean < wet_from:
            found[number] = False
            continue
        ends = _either(_washed(rain, number), _blown(wind, number))
        if ends:
            found[number] = False
        else:
            found[number] = None if hour is None or ends is None else True
    return found


def _either(a: bool | None, b: bool | None) -> bool | None:
    if a or b:
        return True
    return None if a is None or b is None else False


def _washed(rain: Mapping[int, float] | None, number: int) -> bool | None:
    """Whether rain of this hour ends a wet period."""
    if rain is None:
        return False
    amount = rain.get(number)
    if amount is None or amount >= DOWNPOUR_MM or amount < HEAVY_MM:
        return None if amount is None else amount >= DOWNPOUR_MM
    beside = rain.get(number - 1), rain.get(number + 1)
    if any(other is not None and other >= HEAVY_MM for other in beside):
        return True
    return None if None in beside else False


def _blown(wind: Mapping[int, Hour] | None, number: int) -> bool | None:
    """Whether wind of this hour ends a wet period."""
    if wind is None:
        return False
    hour = wind.get(number)
    return None if hour is None else hour.mean > WIND_M_S


def _periods(wet: Sequence[int]) -> dict[date, list[range]]:
    """Unbroken wet hours, at most a day each, by the night in which they begin."""
    found: dict[date, list[range]] = {}
    for period in _unbroken(wet):
        for begin in range(period.start, period.stop, LONGEST_H):
            piece = range(begin, min(begin + LONGEST_H, period.stop))
            found.setdefault(night_of(begin), []).append(piece)
    return found


def _unbroken(numbers: Sequence[int]) -> Iterator[range]:
    begin = previous = None
    for number in numbers:
        if begin is None or previous is None:
            begin = number
        elif number != previous + 1:
            yield range(begin, previous + 1)
            begin = number
        previous = number
    if begin is not None and previous is not None:
        yield range(begin, previous + 1)


# --- one night -----------------------------------------------------------------


def _judge(
    day: date,
    measured: Sequence[range],
    possible: Sequence[range],
    warmth: Mapping[int, float],
) -> Night:
    five_days = _five_days(warmth, day)
    longest = max(measured, key=len, default=range(0))
    favour = _best(measured, warmth, five_days)
    if favour is not Favour.FAVOURABLE and _may_hide(possible, warmth, five_days):
        favour = None
    return Night(
        day=day,
        favour=favour,
        wet_hours=len(longest),
        mean_wet_c=_mean(longest, warmth),
        five_days_c=five_days,
    )


def _may_hide(
    periods: Sequence[range], warmth: Mapping[int, float], five_days: float | None
) -> bool:
    return _best(periods, warmth, five_days) in (Favour.FAVOURABLE, None)


def _best(
    periods: Sequence[range], warmth: Mapping[int, float], five_days: float | None
) -> Favour | None:
    """Class of a night: favourable if any period is, else that of the longest."""
    classes = [_class(p, warmth, five_days) for p in sorted(periods, key=len)]
    if Favour.FAVOURABLE in classes:
        return Favour.FAVOURABLE
    if None in classes:
        return None
    return classes[-1] if classes else Favour.NONE


def _class(
    period: range, warmth: Mapping[int, float], five_days: float | None
) -> Favour | None:
    mean = _mean(period, warmth)
    if mean is None:  # too short whatever the temperature, or nobody knows
        return Favour.SHORT if len(period) < NEAR_H else None
    return classify(len(period), mean, five_days)


def _mean(hours: range, warmth: Mapping[int, float]) -> float | None:
    """Mean temperature, ``None`` if fewer than 90 % of the hours have one. [°C]"""
    known = [warmth[number] for number in hours if number in warmth]
    if not known or len(known) < MEASURED * len(hours):
        return None
    return sum(known) / len(known)


def _five_days(warmth: Mapping[int, float], day: date) -> float | None:
    """Mean of the daily means up to ``day``, ``None`` if a day is missing. [°C]"""
    means = []
    for each in days_before(day, DAYS):
        first = first_of(each, 0)
        mean = _mean(range(first, first + DAY_H), warmth)
        if mean is None:
            return None
        means.append(mean)
    return sum(means) / len(means)
