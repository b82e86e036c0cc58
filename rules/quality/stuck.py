"""How little a live sensor changes: what lies still for longer is stuck.  Pure.

Only quantities whose air never stands still are here.  Soil, water and leaf may
rest for days, and an anemometer does in a calm.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """A change of less than ``change`` within ``within_h`` hours is no change."""

    within_h: float
    change: float  # in the quantity's unit
    below: float | None = None  # above this value the sensor may be saturated

    def is_flat(self, low: float, high: float) -> bool:
        """Whether values between ``low`` and ``high`` lie still."""
        if self.below is not None and high >= self.below:
            return False
        return high - low < self.change


LEAST_CHANGE: Final = MappingProxyType(
    {
        # MesoWest's screening: less than 0.5 °C in 12 h (guides.co, station QC).
        "air_temperature": Limit(12, 0.5),
        # WMO (Zahumensky 2004): 1 % below 95 % and 0.1 hPa within 60 min; here
        # within 12 h, which the cheapest sensors keep too.
        "relative_humidity": Limit(12, 1.0, below=95.0),
        "air_pressure": Limit(12, 0.1),
    }
)
"""By quantity."""
