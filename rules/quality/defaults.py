"""Which limits a quantity gets, where they are from, and what one sensor may have else.

[D] marks a design choice.  Those of spikes, wind and soil temperature were taken from
recordings; docs/quality/README.md names them, and where else they were tried.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final

from rules.quality import live
from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span, climate
from rules.quality.spike import Spike
from rules.quality.stuck import LEAST_CHANGE
from telemetry.quantity import QUANTITIES

HOUR_S: Final = 3600.0  # s


def _still(quantity: str) -> FlatLine:
    """The flat line of ``stuck``, whose sources stand there."""
    limit = LEAST_CHANGE[quantity]
    saturated = {} if limit.below is None else {"saturated": limit.below}
    return FlatLine(limit.change, limit.within_h * HOUR_S, **saturated)


FLAT: Final[Mapping[str, FlatLine]] = MappingProxyType(
    {
        **{quantity: _still(quantity) for quantity in LEAST_CHANGE},
        # MesoWest's screening: less than 0.1 m/s in 3 h (guides.co, station QC), here
        # in 6 h, which hourly winds in whole knots keep [D]; not in a calm, below the
        # usual starting threshold of cups. [D]
        "wind_speed": FlatLine(0.1, 6 * HOUR_S, resting=0.5),
        # A day's light never stands still; the dark does. [D]
        "solar_radiation": FlatLine(1.0, 3 * HOUR_S, resting=5.0),
        # No change at all, at 0.1 °C, in two days; 30 cm under a forest it does. [D]
        "soil_temperature": FlatLine(0.05, 48 * HOUR_S),
        # 48 h [D]; a dry tube is no fault: ``of`` takes the probe's lowest value.
        "water_level": FlatLine(0.1, 48 * HOUR_S),
    }
)
"""What lies still for too long.  Soil moisture, leaves and rain may for weeks."""

EXPECTED: Final[Mapping[str, Span]] = MappingProxyType(
    {
        "soil_moisture": Span(0, 60),  # %; ISMN flags C01, C02 (Dorigo et al. 2013)
        "water_level": Span(-30, 30),  # cm; a field water tube [D]
    }
)
"""What to expect wherever the plot is; the rest goes by elevation (``climate``)."""

QUICK_S: Final = 1200.0  # s from neighbour to neighbour: air, at 10 min or oftener [D]
SLOW_S: Final = 3600.0  # s; soil and water, at 30 min or oftener [D]

SPIKES: Final[Mapping[str, Spike]] = MappingProxyType(
    {
        "air_temperature": Spike(3, 6, QUICK_S),  # °C [D]
        "relative_humidity": Spike(15, 30, QUICK_S),  # % [D]
        "air_pressure": Spike(1, 3, QUICK_S),  # hPa [D]
        "soil_moisture": Spike(5, 10, SLOW_S),  # % [D]
        "soil_temperature": Spike(1.5, 3, SLOW_S),  # °C [D]
        "water_level": Spike(5, 10, SLOW_S),  # cm [D]
    }
)
"""What leaves its neighbours and returns; history only."""

AT_BOTTOM_CM: Final = 0.5  # cm; a dry probe does not sit quite still [D]


def of(
    quantity: str,
    *,
    elevation_m: float | None = None,
    rated: Span | None = None,
    bottom_cm: float | None = None,
    override: Mapping[str, Any] | None = None,
) -> Checks:
    """What a series of a quantity is held to.

    Parameters
    ----------
    quantity : str
        Its name.
    elevation_m : float, optional
        Height of the plot above the sea. [m]  Without it nothing is expected of
        quantities that depend on it.
    rated : Span, optional
        What the device's maker vouches for. [the quantity's unit]
    bottom_cm : float, optional
        The lowest level that a probe can show; there the tube is dry. [cm]
    override : mapping, optional
        Other limits of this one sensor, by field of ``Checks``; ``None``: no check.

    Examples
    --------
    >>> of("air_temperature", elevation_m=1100).expected
    Span(low=-2.8, high=37.6)
    >>> of("soil_moisture", override={"expected": Span(0, 75)}).expected
    Span(low=0, high=75)
    """
    if quantity not in QUANTITIES:
        msg = f"unknown quantity {quantity!r}; known: {', '.join(QUANTITIES)}"
        raise ValueError(msg)
    base = live.checks(QUANTITIES[quantity])
    flat = FLAT.get(quantity)
    if flat is not None and bottom_cm is not None:
        flat = replace(flat, resting=bottom_cm + AT_BOTTOM_CM)
    expected = EXPECTED.get(quantity) or climate(quantity, elevation_m)
    given = replace(
        base,
        expected=expected.cut(base.possible) if expected is not None else None,
        rated=rated,
        flat=flat,
        spike=SPIKES.get(quantity),
    )
    unknown = set(override or ()) - {field.name for field in fields(Checks)}
    if unknown:
        known = ", ".join(field.name for field in fields(Checks))
        msg = f"{quantity}: unknown check {', '.join(sorted(unknown))}; known: {known}"
        raise ValueError(msg)
    return replace(given, **(override or {}))
