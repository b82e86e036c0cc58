"""From a device's channel to a sensor's value.  Pure."""

import math
from dataclasses import dataclass
from typing import Final

from telemetry.quantity import QUANTITIES, Kind

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
