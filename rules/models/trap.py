"""Light traps: catch of a night, and whether it has risen.  The test is PROPOSED.

No source read gives a number of moths at which to act, and Vietnamese forecasting
goes by the rise and the peak.  The test here is a design choice that needs an
agronomist and two seasons of data: a night stands out if it exceeds the mean of
the nights before it by two standard deviations, is at least twice their median,
and is no handful.  A night that was not measured is missing, never zero.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Final

from rules.history import HOUR_MS, Hour
from rules.models.hours import MEASURED, by_clock, days_before, first_of, night_of

TRAILING: Final = 21  # nights before the one that is judged [D]
FEWEST: Final = 4  # of them with a catch, or there is no usual catch [D]
DEVIATIONS: Final = 2.0  # standard deviations above their mean [D]
TIMES: Final = 2.0  # times their median [D]
FLOOR: Final = 10.0  # insects; fewer are no flight, however rare they were [D]
DUSK_H: Final = 18  # o'clock; lamps are lit from 19:00 (An Giang), dusk is earlier
NIGHT_H: Final = 12  # h; to 06:00, when the longest night of the province is over


@dataclass(frozen=True, slots=True)
class Catch:
    """Insects of one night, noon to noon, by the date of its evening."""

    night: date
    count: float


@dataclass(frozen=True, slots=True)
class Rise:
    """A night that stands out, and by how many times the usual catch."""

    night: date
    count: float
    factor: float  # of the trailing median, which is taken as one insect at least


def of_counter(totals: Iterable[Hour]) -> list[Catch]:
    """Nightly catches of a counter, oldest first.

    Parameters
    ----------
    totals : hours of a counter
        [insects]  From an hour or more before the noon of the first night.

    Notes
    -----
    A night needs 90 % of its dark hours and one measured hour after them, else it
    is left out: a total that stood still while the power was off counts nothing.
    """
    known = by_clock(totals)
    first_day = night_of(next(iter(known))) if known else date.min
    last_day = night_of(next(reversed(known))) if known else date.min
    found = []
    for night in days_before(last_day, (last_day - first_day).days + 1):
        count = _gain(known, night) if known else None
        if count is not None:
            found.append(Catch(night, count))
    return found


def _gain(known: dict[int, Hour], night: date) -> float | None:
    """What the counter gained in a night, ``None`` if it was not watched."""
    noon, dusk = first_of(night, 12), first_of(night, DUSK_H)
    dark = range(dusk, dusk + NIGHT_H)
    if sum(number in known for number in dark) < MEASURED * NIGHT_H:
        return None
    after = [n for n in range(dark.stop, noon + 24) if n in known]
    before = [n for n in range(noon - 1, dusk) if n in known]
    if not after or not before:
        return None
    gain = known[after[-1]].last - known[before[0]].last
    return gain if gain >= 0 else None


def of_counts(counts: Iterable[Hour]) -> list[Catch]:
    """Nightly catches counted by people, stamped with the begin of the night."""
    nights: dict[date, float] = {}
    for hour in counts:
        if hour.n > 0:
            night = night_of((hour.begin_ms + HOUR_MS // 2) // HOUR_MS)
            nights[night] = nights.get(night, 0.0) + hour.mean * hour.n
    return [Catch(night, count) for night, count in sorted(nights.items())]


def rise(catches: Sequence[Catch], night: date | None = None) -> Rise | None:
    """Whether a night stands out from the nights before it; the last one by default.

    Parameters
    ----------
    catches : sequence of Catch
        Missing nights left out. [insects]
    night : date or None
        The night to judge.

    Returns
    -------
    Rise or None
        ``None`` also where the night is missing or fewer than ``FEWEST`` of the
        ``TRAILING`` nights before it have a catch.

    Examples
    --------
    >>> usual = [Catch(date(2026, 11, day), 20 + day % 3) for day in range(1, 11)]
    >>> rise([*usual, Catch(date(2026, 11, 11), 63)]).factor
    3.0
    """
    by_night = _by_night(catches)
    if night is None:
        night = max(by_night, default=None)
    return None if night is None else _rise(by_night, night)


def _by_night(catches: Sequence[Catch]) -> dict[date, float]:
    """Counts by night, if they can be."""
    by_night = {catch.night: catch.count for catch in catches}
    if not all(0 <= count < math.inf for count in by_night.values()):
        msg = "a catch is below 0 or no number; leave out nights that are missing"
        raise ValueError(msg)
    if len(by_night) < len(catches):
        msg = "a night has two catches; add them up or drop one"
        raise ValueError(msg)
    return by_night


def _rise(by_night: Mapping[date, float], night: date) -> Rise | None:
    """Whether ``night`` stands out from those before it."""
    if night not in by_night:
        return None
    count = by_night[night]
    before = days_before(night - timedelta(days=1), TRAILING)
    usual = [by_night[each] for each in before if each in by_night]
    if len(usual) < FEWEST:
        return None
    middle, mean = median(usual), fmean(usual)
    deviation = math.sqrt(sum((c - mean) ** 2 for c in usual) / (len(usual) - 1))
    if count <= mean + DEVIATIONS * deviation:  # ``stdev`` takes 20 times as long
        return None
    if count < TIMES * middle or count < FLOOR:
        return None
    return Rise(night, count, count / max(middle, 1.0))


def latest_rise(catches: Sequence[Catch], last: date, within: int) -> Rise | None:
    """Return the begin of the newest rise within the ``within`` nights up to ``last``.

    Nights that stand out one after another are one flight, whose eggs are laid from
    its first night on: that is where a degree-day clock starts.
    """
    found: Rise | None = None
    by_night = _by_night(catches)
    for night in reversed(list(days_before(last, within))):
        one = _rise(by_night, night)
        if one is None and found is not None:
            return found
        found = one or found
    return found
