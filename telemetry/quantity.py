"""The quantities that travel, each with its one unit.

A driver converts to this unit once; nothing after it converts again.  The
table is the dictionary of the wire: a name that is not here is refused by both
ends.  Names are fixed for version 1.

Codes
    ``ucum``   Unified Code for Units of Measure, ucum.org.
    ``rec20``  UN/CEFACT Recommendation 20 common code, as in the npm package
               ``un-ece-recommendation`` 0.1.1 (``H61`` mS/cm equals dS/m).
    ``gs1``    measurement type of GS1 EPCIS 2.0 / CBV 2.0, JSON schema of
               2023-05-16; ``None`` where that list has no fitting type (pH).

Spans
    ``low`` and ``high`` bound what is physically possible for the quantity,
    not what is likely: a value outside is flagged ``FAIL``.  Air, wind and
    radiation spans are those of WMO's guideline for automatic stations
    (Zahumensky 2004).  The others are limits by definition (0..100 %) or the
    widest measuring range among the supported devices' manuals.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """How values of a quantity are merged over time."""

    LEVEL = "level"  # mean, min, max
    AMOUNT = "amount"  # sum
    COUNTER = "counter"  # last; the reader takes differences
    DIRECTION = "direction"  # vector mean
    STATE = "state"  # last


class Place(StrEnum):
    """Where a quantity lives, which bounds the sensible ``z``."""

    SOIL = "soil"  # at or below the surface
    AIR = "air"  # at or above the surface
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measurable thing, its unit and what values of it may be."""

    name: str
    unit: str  # as people write it
    ucum: str
    rec20: str
    kind: Kind
    low: float
    high: float
    gs1: str | None
    place: Place
    about: str  # one sentence

    def is_possible(self, value: float) -> bool:
        """Whether ``value`` lies inside the physical span."""
        return self.low <= value <= self.high


def _quantity(
    name: str,
    unit: str,
    ucum: str,
    rec20: str,
    span: tuple[float, float],
    gs1: str | None,
    about: str,
    *,
    kind: Kind = Kind.LEVEL,
    place: Place = Place.AIR,
) -> Quantity:
    return Quantity(
        name=name,
        unit=unit,
        ucum=ucum,
        rec20=rec20,
        kind=kind,
        low=span[0],
        high=span[1],
        gs1=gs1,
        place=place,
        about=about,
    )


_COUNT_MAX: Final = 1e15  # counts stay exact in a float64 below 2**53 ≈ 9.0e15

# fmt: off
_TABLE: Final = (
    _quantity("soil_moisture", "%", "%", "P1", (0, 100), "VolumeFraction",
              "Volumetric water content of the soil.", place=Place.SOIL),
    _quantity("soil_temperature", "°C", "Cel", "CEL", (-50, 80), "Temperature",
              "Temperature of the soil.", place=Place.SOIL),
    _quantity("soil_conductivity", "µS/cm", "uS/cm", "G42", (0, 20_000), "Conductivity",
              "Bulk electrical conductivity of the soil.", place=Place.SOIL),
    _quantity("soil_ph", "pH", "[pH]", "Q30", (0, 14), None,
              "Acidity of the soil.", place=Place.SOIL),
    _quantity("water_level", "cm", "cm", "CMT", (-500, 500), "Length",
              "Height of the water above the soil surface; below it negative.",
              place=Place.ANY),
    _quantity("water_conductivity", "dS/m", "dS/m", "H61", (0, 100), "Conductivity",
              "Electrical conductivity of water at 25 °C.", place=Place.ANY),
    _quantity("air_temperature", "°C", "Cel", "CEL", (-80, 60), "Temperature",
              "Dry-bulb temperature of the air."),
    _quantity("relative_humidity", "%", "%", "P1", (0, 100), "RelativeHumidity",
              "Relative humidity of the air over water."),
    _quantity("leaf_wetness", "%", "%", "P1", (0, 100), "Dimensionless",
              "Wet share of a leaf-wetness sensor's surface."),
    _quantity("air_pressure", "hPa", "hPa", "A97", (500, 1100), "Pressure",
              "Pressure of the air at the sensor."),
    _quantity("solar_radiation", "W/m²", "W/m2", "D54", (0, 1600), "Irradiance",
              "Global short-wave radiation on a level surface."),
    _quantity("wind_speed", "m/s", "m/s", "MTS", (0, 75), "Speed",
              "Mean wind speed over the device's own interval."),
    _quantity("wind_gust", "m/s", "m/s", "MTS", (0, 110), "Speed",
              "Highest wind speed within the device's own interval."),
    _quantity("illuminance", "lx", "lx", "LUX", (0, 200_000), "Illuminance",
              "Visible light on a level surface."),
    _quantity("co2", "ppm", "[ppm]", "59", (0, 100_000), "Dimensionless",
              "Carbon dioxide in the air, by volume."),
    _quantity("battery_voltage", "V", "V", "VLT", (0, 100), "Voltage",
              "Voltage of the battery that feeds the gateway or a device.",
              place=Place.ANY),
    _quantity("supply_voltage", "V", "V", "VLT", (0, 500), "Voltage",
              "Voltage that a device sees at its supply terminals.", place=Place.ANY),
    _quantity("enclosure_temperature", "°C", "Cel", "CEL", (-40, 125), "Temperature",
              "Temperature inside the enclosure.", place=Place.ANY),
    _quantity("wind_direction", "°", "deg", "DD", (0, 360), "Angle",
              "Direction from which the wind blows, clockwise from north.",
              kind=Kind.DIRECTION),
    _quantity("rain_total", "mm", "mm", "MMT", (0, _COUNT_MAX), "Length",
              "Running total of rain.", kind=Kind.COUNTER),
    _quantity("water_volume", "m³", "m3", "MTQ", (0, _COUNT_MAX), "Volume",
              "Running total of water through a meter.",
              kind=Kind.COUNTER, place=Place.ANY),
    _quantity("pulse_count", "1", "1", "C62", (0, _COUNT_MAX), "Count",
              "Running total of pulses at an input.",
              kind=Kind.COUNTER, place=Place.ANY),
    _quantity("trap_beam_breaks", "1", "1", "C62", (0, _COUNT_MAX), "Count",
              "Running total of beam breaks in a trap; not a number of insects.",
              kind=Kind.COUNTER),
    _quantity("poll_count", "1", "1", "C62", (0, _COUNT_MAX), "Count",
              "Number of answers that a simulated device has given.",
              kind=Kind.COUNTER, place=Place.ANY),
    _quantity("trap_count", "insects", "{insects}", "C62", (0, 1e6), "Count",
              "Insects caught in the night or interval that starts at the stamp.",
              kind=Kind.AMOUNT),
    _quantity("pest_density", "per m²", "/m2", "C62", (0, 1e6), "Count",
              "Insects counted by a person per square metre.", kind=Kind.AMOUNT),
    _quantity("pest_per_tiller", "per tiller", "{tiller}-1", "C62", (0, 1e4), "Count",
              "Insects counted by a person per tiller.", kind=Kind.AMOUNT),
    _quantity("plants_affected", "%", "%", "P1", (0, 100), "Dimensionless",
              "Share of plants with the damage, counted by a person.",
              kind=Kind.AMOUNT),
    _quantity("pump_state", "1", "1", "C62", (0, 1), "Dimensionless",
              "1 while the pump runs, else 0.", kind=Kind.STATE, place=Place.ANY),
)
# fmt: on

QUANTITIES: Final = MappingProxyType({q.name: q for q in _TABLE})
"""Every quantity by name."""

INSECT_COUNTS: Final = frozenset(
    {"trap_count", "pest_density", "pest_per_tiller", "plants_affected"}
)
"""Quantities whose series also carry ``pest`` and ``stage``."""
