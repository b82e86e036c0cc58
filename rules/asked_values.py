"""What rules ask of values: the newest, windows, and a level sensor's own facts."""

from typing import Final

from rules.history import HOUR_MS
from rules.language import Value
from rules.models.hours import by_clock
from rules.scope import Scope

COVERED: Final = 0.75  # share of a window's hours that must have a value [D]


def last(scope: Scope, quantity: str) -> Value:
    """The newest value."""
    return scope.last(scope.place(quantity))


def _window(scope: Scope, quantity: str, hours: float, take: str) -> list[float]:
    """One number of each hour of a window, none if too many hours are missing."""
    found = by_clock(scope.hours(scope.place(quantity), round(hours * HOUR_MS)))
    if len(found) < COVERED * hours:
        return []
    return [getattr(hour, take) for hour in found.values()]


def mean(scope: Scope, quantity: str, hours: float) -> Value:
    """Mean of the hourly means."""
    values = _window(scope, quantity, hours, "mean")
    return sum(values) / len(values) if values else None


def lowest(scope: Scope, quantity: str, hours: float) -> Value:
    """The least value of a window."""
    return min(_window(scope, quantity, hours, "low"), default=None)


def highest(scope: Scope, quantity: str, hours: float) -> Value:
    """The greatest value of a window."""
    return max(_window(scope, quantity, hours, "high"), default=None)


def increase(scope: Scope, quantity: str, hours: float) -> Value:
    """What a counter has gained over a window."""
    first = _window(scope, quantity, hours, "first")
    return _window(scope, quantity, hours, "last")[-1] - first[0] if first else None


# --- a level sensor ------------------------------------------------------------


def full_scale(scope: Scope, quantity: str) -> Value:
    """Full scale that the sensor itself states."""
    place = scope.place(quantity)
    return None if place is None else scope.history.full_scale(place)


def zero_age(scope: Scope, quantity: str) -> Value:
    """Days since the sensor's datum was taken."""
    place, day = scope.place(quantity), scope.now.day
    if place is None or place.zero_on is None or day is None:
        return None
    age = (day - place.zero_on).days
    return None if age < 0 else float(age)  # of tomorrow: a date is wrong
