"""From a device's channel to a sensor's value.  Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from drivers.bus import Answer
from telemetry.quantity import QUANTITIES, Kind
from telemetry.reading import Flag, Reading

# The measuring range of a current loop, IEC 60381-1. [µA]
LOOP_ZERO_UA: Final = 4000
LOOP_SPAN_END_UA: Final = 20_000
# NAMUR NE 43: a 4-20 mA loop outside these is broken or shorted. [µA]
LOOP_LOW_UA: Final = 3600
LOOP_HIGH_UA: Final = 21_000

_ZERO_DIGITS: Final = 6  # a nanometre of water: takes float dust off a difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A straight line through two points, raw to the quantity's unit.

    ``is_loop`` marks a 4-20 mA loop read in µA: a current outside NAMUR NE 43
    is a broken wire and gives no value.
    """

    raw_low: float
    raw_high: float
    low: float
    high: float
    is_loop: bool = False

    def __post_init__(self) -> None:
        """Refuse two points that make no line."""
        if self.raw_low == self.raw_high or self.low == self.high:
            msg = f"{self} is no line; give two different points"
            raise ValueError(msg)

    def value(self, raw: float) -> float | None:
        """Value at ``raw``, to a digit that tells two raw counts apart.

        >>> Scale(raw_low=4000, raw_high=20000, low=0, high=300).value(12000)
        150.0
        """
        if self.is_loop and not LOOP_LOW_UA <= raw <= LOOP_HIGH_UA:
            return None
        slope = (self.high - self.low) / (self.raw_high - self.raw_low)
        digits = math.ceil(-math.log10(abs(slope)))
        return round(self.low + (raw - self.raw_low) * slope, max(0, digits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One channel of a device as one quantity of one sensor.

    ``zero`` is what the sensor shows, in the quantity's unit, at the datum: for
    a water level at the soil surface.
    """

    sensor: str
    quantity: str
    channel: str
    scale: Scale | None = None
    zero: float | None = None
    counter_bits: int | None = None

    @property
    def is_counter(self) -> bool:
        """Whether the reader takes differences."""
        return QUANTITIES[self.quantity].kind is Kind.COUNTER

    def value(self, raw: float | None) -> float | None:
        """Value of a level at ``raw``; a counter's raw value stays as it is.

        A counter is scaled behind ``drivers.counter.advance``, by ``scale``.
        """
        if raw is None or self.is_counter:
            return raw
        value = raw if self.scale is None else self.scale.value(raw)
        if value is None or self.zero is None:
            return value
        return round(value - self.zero, _ZERO_DIGITS)


def lowest(outlet: Outlet) -> float | None:
    """Least that a sensor with a datum can show, in its quantity's unit.

    A level at or near it means "at or below": the tube has fallen dry.  A probe
    whose own zero is its own height shows 0 there, and so ``-zero``; of a current
    loop it is the lesser end of its measuring range, of a voltage what 0 stands
    for.  The drift of the probe's own zero, some per cent of its full scale, is
    for the reader to allow.  ``None`` without a datum.

    >>> lowest(Outlet(sensor="w", quantity="water_level", channel="1", zero=22.5))
    -22.5
    """
    if outlet.zero is None:
        return None
    is_loop = outlet.scale is not None and outlet.scale.is_loop
    ends = (LOOP_ZERO_UA, LOOP_SPAN_END_UA) if is_loop else (0,)
    values = [outlet.value(raw) for raw in ends]
    return min((value for value in values if value is not None), default=None)


# --- readings ----------------------------------------------------------------


def missing(outlets: Iterable[Outlet], stamp_ms: int) -> list[Reading]:
    """Rows that say that there was no answer."""
    return [
        Reading(outlet.sensor, outlet.quantity, stamp_ms, None, Flag.MISSING)
        for outlet in outlets
    ]


def found(outlets: Iterable[Outlet], stamp_ms: int, answer: Answer) -> list[Reading]:
    """Rows of what a device has answered."""
    flag = Flag.SUSPECT if answer.is_suspect else Flag.UNCHECKED
    return [_reading(outlet, stamp_ms, answer.values, flag) for outlet in outlets]


def _reading(
    outlet: Outlet, stamp_ms: int, values: Mapping[str, float | None], flag: Flag
) -> Reading:
    value = outlet.value(values[outlet.channel])
    if value is None:
        flag = Flag.MISSING
    return Reading(outlet.sensor, outlet.quantity, stamp_ms, value, flag)
