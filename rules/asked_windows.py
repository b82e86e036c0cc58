"""What rules ask of windows: the hours that began within the last so many.

The running hour is among them as far as it has come.  A window that is less than
three quarters full says nothing; neither does one of no length, nor one longer than
what is kept.
"""

from datetime import date, timedelta
from typing import Final

from rules.history import HOUR_MS, Hour
from rules.models import trend as line
from rules.models.drawdown import LONGEST_H, last_stretch
from rules.models.hours import MEASURED, amounts, first_of
from rules.scope import Scope
from rules.text import Both, Language, local_day, say
from rules.vocabulary import HourCondition, OneHour, Value
from telemetry.quantity import QUANTITIES, Kind

COVERED: Final = 0.75  # share of a window's hours that must have a value [D]
LONGEST_WINDOW_H: Final = 40 * 24.0  # h; what a gateway has at hand (gateway/trail.py)
MOST_POINTS: Final = 120  # of a trend, whose work grows with their square [D]
TWO_DAYS_H: Final = 49  # h; yesterday, whose hours begin at any minute of the clock


def mean(scope: Scope, quantity: str, hours: float) -> Value:
    """Mean of the hourly means."""
    values = [hour.mean for hour in _window(scope, quantity, hours)]
    return sum(values) / len(values) if values else None


def least(scope: Scope, quantity: str, hours: float) -> Value:
    """The least value of a window."""
    return min((hour.low for hour in _window(scope, quantity, hours)), default=None)


def greatest(scope: Scope, quantity: str, hours: float) -> Value:
    """The greatest value of a window."""
    return max((hour.high for hour in _window(scope, quantity, hours)), default=None)


def total(scope: Scope, quantity: str, hours: float) -> Value:
    """What a counter has gained over a window, or what amounts come to."""
    if QUANTITIES[quantity].kind is Kind.AMOUNT:  # a few counts, no full window
        found = _hours(scope, quantity, hours)
        return sum(h.mean * h.n for h in found) if found else None
    if not _window(scope, quantity, hours):
        return None
    span_ms, place = round(hours * HOUR_MS), scope.where(quantity)
    first = next(iter(scope.by_clock(place, span_ms)))
    known = scope.by_clock(place, span_ms + HOUR_MS)
    begin = known[first - 1].last if first - 1 in known else known[first].first
    gain = next(reversed(known.values())).last - begin
    return gain if gain >= 0 else None  # a total that fell was of another counter


def count(scope: Scope, quantity: str, hours: float) -> Value:
    """How many values a window has."""
    if scope.now.utc_ms is None or not _is_window(scope, hours):
        return None
    if scope.where(quantity) is None:
        return None
    return float(sum(hour.n for hour in _hours(scope, quantity, hours)))


def trend(scope: Scope, quantity: str, hours: float) -> Value:
    """Slope over a window by Theil and Sen, a day. [unit/d]"""
    found = _window(scope, quantity, hours)
    step = -(-len(found) // MOST_POINTS) or 1
    points = found[::-1][::step]  # the newest hour is always among them
    times_h = [hour.begin_ms / HOUR_MS for hour in points]
    slope = line.theil_sen(times_h, [hour.mean for hour in points])
    return None if slope is None else 24 * slope.best


def hours_where(scope: Scope, condition: HourCondition, hours: float) -> Value:
    """Hours of a window of which ``condition`` holds."""
    if not _is_window(scope, hours):
        return None
    span_ms = round(hours * HOUR_MS)
    series = {}
    for quantity in condition.quantities:
        found = scope.by_clock(scope.where(quantity), span_ms)
        if QUANTITIES[quantity].kind is Kind.COUNTER:
            series[quantity] = amounts(found)
        else:
            series[quantity] = {number: hour.mean for number, hour in found.items()}
    numbers = sorted(set().union(*series.values()))
    known = true = 0
    for number in numbers:
        values = {q: by[number] for q, by in series.items() if number in by}
        holds = condition.holds(OneHour(values, scope.lacks))
        known += holds is not None
        true += holds is True
    if known < COVERED * hours:
        _lack_hours(scope, hours, " and ".join(condition.quantities))
        return None
    return float(true)


# --- yesterday -----------------------------------------------------------------


def daily_mean(scope: Scope, quantity: str) -> Value:
    """Mean of yesterday's hours."""
    found = yesterday(scope, quantity)
    return sum(hour.mean for hour in found) / len(found) if found else None


def daily_least(scope: Scope, quantity: str) -> Value:
    """The least value of yesterday."""
    return min((hour.low for hour in yesterday(scope, quantity)), default=None)


def daily_greatest(scope: Scope, quantity: str) -> Value:
    """The greatest value of yesterday."""
    return max((hour.high for hour in yesterday(scope, quantity)), default=None)


def yesterday(scope: Scope, quantity: str) -> list[Hour]:
    """The hours of yesterday's local day, none if too many are missing."""
    if scope.now.day is None:
        return []
    day: date = scope.now.day - timedelta(days=1)
    first = first_of(day, 0)
    known = scope.by_clock(scope.where(quantity), TWO_DAYS_H * HOUR_MS)
    found = [known[n] for n in range(first, first + 24) if n in known]
    if len(found) < MEASURED * 24:
        scope.lack(f"less than {MEASURED:.0%} of yesterday is known of {quantity}")
        return []
    return found


# --- what will be --------------------------------------------------------------


def reaches(scope: Scope, quantity: str, level: float) -> Value:
    """Whether a falling level will stand at ``level``, and when."""
    place, now_ms = scope.where(quantity), scope.now.utc_ms
    if place is None or now_ms is None:
        return None
    span = round(LONGEST_H * HOUR_MS)
    gauge = scope.place("rain_total")
    stretch = last_stretch(
        scope.hours(place, span),
        None if gauge is None else scope.hours(gauge, span + 2 * HOUR_MS),  # a baseline
        now_ms,
        place.bottom,
    )
    if not stretch.times_h:
        return None
    found = line.reaches(stretch.times_h, stretch.levels_cm, level, 0.0)
    if found is None:
        return False
    scope.facts["reach_day"] = _days_of(now_ms, found)
    return True


def _days_of(now_ms: int, reach: line.Reach) -> Both:
    """The day of a reach, and its interval where that is more than the day."""

    def day(hours: float) -> date:
        return local_day(round(now_ms + HOUR_MS * hours))

    def told(language: Language, template: str, later: str) -> str:
        best, first = day(reach.best_h), day(reach.earliest_h)
        last = None if reach.latest_h is None else day(reach.latest_h)
        if first == best == last:
            return say(best, language)
        ends = say(first, language), later if last is None else say(last, language)
        return template.format(say(best, language), *ends)

    return Both(
        told("vi", "{} (từ {} đến {})", "muộn hơn nhiều"),
        told("en", "{} ({} to {})", "much later"),
    )


# --- inside --------------------------------------------------------------------


def _is_window(scope: Scope, hours: float) -> bool:
    if 0 < hours <= LONGEST_WINDOW_H:
        return True
    scope.lack(f"a window of {hours:g} h is none; give 1 to {LONGEST_WINDOW_H:g}")
    return False


def _hours(scope: Scope, quantity: str, hours: float) -> list[Hour]:
    """The hours of a window that have values."""
    if not _is_window(scope, hours):
        return []
    span_ms = round(hours * HOUR_MS)
    return list(scope.by_clock(scope.where(quantity), span_ms).values())


def _window(scope: Scope, quantity: str, hours: float) -> list[Hour]:
    """The same, none if too many are missing."""
    found = _hours(scope, quantity, hours)
    if len(found) >= COVERED * hours:
        return found
    _lack_hours(scope, hours, quantity)
    return []


def _lack_hours(scope: Scope, hours: float, what: str) -> None:
    scope.lack(f"less than {COVERED:.0%} of the last {hours:g} h are known of {what}")
