"""What values may be: gross range, the local climate by elevation.  Pure.

The gross range is QARTOD's: outside the fail span a value is impossible, outside
the suspect span it is unlikely here.  Ends belong to the span.

References
----------
.. [1] U.S. IOOS, "Manual for Real-Time Quality Control of In-situ Temperature and
   Salinity Data", QARTOD, test 4 (gross range) and test 5 (climatology).
.. [2] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration",
   FAO Irrigation and Drainage Paper 56, Rome, 1998, eq. 7: air pressure.
.. [3] I. Zahumensky, "Guidelines on Quality Control Procedures for Data from
   Automatic Weather Stations", WMO, 2004: plausible values.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from telemetry.reading import Flag

LOWEST_M: Final = -430.0  # m; the shore of the Dead Sea
HIGHEST_M: Final = 5500.0  # m; where FAO-56 eq. 7 still lies in the plausible 500 hPa

# Both rates bound what a height does to air that rises or sinks; the span at a
# height holds whichever of them the day has. [D]
DRY_LAPSE: Final = 9.8e-3  # K/m; dry adiabatic, g / cp = 9.81 / 1005
MOIST_LAPSE: Final = 4.0e-3  # K/m; saturated adiabatic in air of some 25 °C


@dataclass(frozen=True, slots=True)
class Span:
    """From ``low`` to ``high``, both included, in the quantity's unit."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse ends that are none."""
        if not self.low <= self.high:
            msg = (
                f"span {self.low:g} to {self.high:g} is empty; give the lower end first"
            )
            raise ValueError(msg)

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies inside."""
        return self.low <= value <= self.high

    def within(self, other: "Span") -> bool:
        """Whether all of it lies inside ``other``."""
        return other.low <= self.low and self.high <= other.high

    def cut(self, other: "Span") -> "Span":
        """The part that both have."""
        return Span(max(self.low, other.low), min(self.high, other.high))


LOWLAND: Final[Mapping[str, Span]] = MappingProxyType(
    {
        "air_temperature": Span(8, 42),  # °C, Quảng Ngãi [D]
        "relative_humidity": Span(20, 100),  # %, Quảng Ngãi [D]
        "soil_temperature": Span(8, 50),  # °C; air's low end [D], WMO's high end [3]_
        "air_pressure": Span(950, 1040),  # hPa at sea level: typhoon to cold surge [D]
    }
)
"""What the climate of the province's coast lets expect, by quantity."""


def climate(quantity: str, elevation_m: float | None) -> Span | None:
    """What the local climate lets expect of a quantity at a height.

    Parameters
    ----------
    quantity : str
        Its name.
    elevation_m : float or None
        Height of the plot above the sea. [m]  ``None`` where nobody gave it: then
        nothing is expected of a quantity that depends on it.

    Returns
    -------
    Span or None
        ``None`` where nothing is known to expect.

    Notes
    -----
    Temperatures: the low end falls by the dry adiabatic rate, the high end by
    the moist one, so that a valley of the highlands may be as cold as a clear night
    makes it and as hot as a humid noon does.  Pressure: FAO-56 eq. 7 [2]_ by the
    span at sea level.  Relative humidity is the same at every height.

    Examples
    --------
    >>> climate("air_temperature", 0)
    Span(low=8.0, high=42.0)
    >>> climate("air_temperature", 1100)  # Măng Đen, Kon Tum
    Span(low=-2.8, high=37.6)
    >>> climate("air_temperature", None) is None
    True
    """
    base = LOWLAND.get(quantity)
    if base is None or quantity == "relative_humidity":
        return base
    if elevation_m is None:
        return None
    if not LOWEST_M <= elevation_m <= HIGHEST_M:  # nor NaN
        msg = (
            f"elevation is {elevation_m:g} m; it must be from {LOWEST_M:g} to"
            f" {HIGHEST_M:g} m above the sea"
        )
        raise ValueError(msg)
    if quantity == "air_pressure":
        share = ((293 - 0.0065 * elevation_m) / 293) ** 5.26  # FAO-56 eq. 7
        return Span(base.low * share, base.high * share)
    return Span(
        round(base.low - DRY_LAPSE * elevation_m, 1),
        round(base.high - MOIST_LAPSE * elevation_m, 1),
    )


def flag(value: float | None, fail: Span, suspect: Span | None = None) -> Flag:
    """QARTOD's gross range test.

    >>> [int(flag(x, Span(-80, 60), Span(5, 43))) for x in (25.1, None, 61, 45.2)]
    [1, 9, 4, 3]
    """
    if value is None or not math.isfinite(value):
        return Flag.MISSING
    if not fail.holds(value):
        return Flag.FAIL
    if suspect is not None and not suspect.holds(value):
        return Flag.SUSPECT
    return Flag.GOOD
