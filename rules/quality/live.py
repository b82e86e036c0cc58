"""The live path's checks that are the same for every series of a quantity.

The physical span and WMO's step limits.  ``defaults`` adds what goes by plot, device
and sensor: climate, rated span, flat line.

The step limits are those of the WMO guideline for automatic weather stations,
I. Zahumensky, "Guidelines on Quality Control Procedures for Data from Automatic
Weather Stations", WMO, 2004: the greatest plausible change of an instantaneous
value from one minute to the next.
"""

from types import MappingProxyType
from typing import Final

from rules.quality.checks import Checks
from rules.quality.spans import Span
from rules.quality.steps import Step
from telemetry.quantity import Quantity

STEPS: Final = MappingProxyType(
    {
        "air_temperature": Step(2, 3),  # °C
        "relative_humidity": Step(5, 15),  # %
        "air_pressure": Step(0.5, 2),  # hPa
        "solar_radiation": Step(800, 1000),  # W/m²
        "wind_speed": Step(10, 20),  # m/s
    }
)
"""Step limits by quantity; those that are not here have no published limit."""


def checks(quantity: Quantity) -> Checks:
    """What every series of a quantity is held to."""
    return Checks(
        possible=Span(quantity.low, quantity.high), step=STEPS.get(quantity.name)
    )
