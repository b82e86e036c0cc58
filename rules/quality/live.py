"""Span and step checks of the live path: a flag once, from the past only.  Pure.

The span is the quantity's own.  The step limits are those of the WMO guideline
for automatic weather stations, I. Zahumensky, "Guidelines on Quality Control
Procedures for Data from Automatic Weather Stations", WMO, 2004: the greatest
plausible change of an instantaneous value from one minute to the next.  Polls
further apart are given as many minutes' change; polls nearer than a minute are
given a whole one, because a coarse register jumps.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from telemetry.quantity import Quantity
from telemetry.reading import Flag

MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Step:
    """Greatest plausible change in a minute, in the quantity's unit."""

    suspect: float
    fail: float


STEPS: Final = MappingProxyType(
    {
        "air_temperature": Step(2, 3),
        "relative_humidity": Step(5, 15),
        "air_pressure": Step(0.5, 2),
        "solar_radiation": Step(800, 1000),
        "wind_speed": Step(10, 20),
    }
)
"""Step limits by quantity; those that are not here have no published limit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last value of a series."""

    ms: int  # field time [ms]
    value: float


def flag(quantity: Quantity, last: Seen | None, ms: int, value: float) -> Flag:
    """Flag ``value``, taken at ``ms`` of field time after ``last``."""
    if not quantity.is_possible(value):
        return Flag.FAIL
    step = STEPS.get(quantity.name)
    if step is None or last is None or ms <= last.ms:
        return Flag.GOOD
    minutes = max(1.0, (ms - last.ms) / MINUTE_MS)
    change = abs(value - last.value)
    if change > step.fail * minutes:
        return Flag.FAIL
    if change > step.suspect * minutes:
        return Flag.SUSPECT
    return Flag.GOOD
