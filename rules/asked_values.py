"""What rules ask of single values: the newest, a sensor's own facts, age and light."""

from typing import Final

from rules.history import HOUR_MS
from rules.models.single_day import is_daylight
from rules.scope import Scope
from rules.stages import days_to_heading
from rules.vocabulary import Value

LATITUDE: Final = 15.1  # ° N, of Quảng Ngãi town: the province spans 0.6°, 1 % of Ra
LONGITUDE: Final = 108.8  # ° E, the same; 0.1° are 24 s of the sun
UNDATED: Final = "nobody has said when the plot was sown: give sown, or a season"


def last(scope: Scope, quantity: str) -> Value:
    """The newest value."""
    place = scope.where(quantity)
    value = scope.last(place)
    if place is not None and value is None:
        scope.lack(f"{place.sensor} has no new value of {quantity}")
    return value


def full_scale(scope: Scope, quantity: str) -> Value:
    """Full scale that the sensor itself states."""
    place = scope.where(quantity)
    return None if place is None else scope.history.full_scale(place)


def zero_age(scope: Scope, quantity: str) -> Value:
    """Days since the sensor's datum was taken."""
    place, day = scope.where(quantity), scope.now.day
    if place is None or place.zero_on is None or day is None:
        return None
    age = (day - place.zero_on).days
    return None if age < 0 else float(age)  # of tomorrow: a date is wrong


# --- the plot's time, and the day's --------------------------------------------


def flowering(scope: Scope, days: float) -> Value:
    """Whether rice flowers within so many days, or has within as many."""
    plot = scope.season_plot()
    if plot is None or scope.now.day is None:
        return None
    away = days_to_heading(plot, scope.now.day)
    if away is None:
        scope.lack("nobody knows when the plot flowers: give sown and duration_days")
    return None if away is None else abs(away) <= days


def stage_day(scope: Scope) -> Value:
    """Days since the plot was sown, negative before it. [d]"""
    plot = scope.season_plot()
    if plot is None or scope.now.day is None:
        return None
    if plot.sown is None:
        scope.lack(UNDATED)
        return None
    return float((scope.now.day - plot.sown).days)


def daytime(scope: Scope) -> Value:
    """Whether the sun is up."""
    day, utc_ms = scope.now.day, scope.now.utc_ms
    if day is None or utc_ms is None:
        return None
    hour = utc_ms % (24 * HOUR_MS) / HOUR_MS
    return is_daylight(LATITUDE, LONGITUDE, day.timetuple().tm_yday, hour)
