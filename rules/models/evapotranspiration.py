"""Reference evapotranspiration: the formulas, and the site that they are asked for.

ET0 is what a wide field of short grass, well watered, gives to the air [1]_.
``daily_evapotranspiration`` and ``hourly_evapotranspiration`` take weather as it is
measured; here are the equations under them.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] G. H. Hargreaves, Z. A. Samani, "Reference crop evapotranspiration from
   temperature", Appl. Eng. Agric. 1:96-99, 1985.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rules.models.humidity import VAPOUR_KPA
from rules.models.kinds import Numeric, checked, like
from rules.models.psychrometrics import AIR_C, ELEVATION_M
from rules.models.radiation import DAILY
from rules.models.sun import LATITUDE, LONGITUDE, UTC_OFFSET_H
from rules.models.wind import HEIGHT_M, SPEED, at_two_metres

ENERGY_MM: Final = 0.408  # mm m²/MJ; 1/λ of water at 20 °C, FAO-56 eq. 20
GRASS_DAY: Final = (900.0, 0.34)  # Cn and Cd of short grass and a day, FAO-56 eq. 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a station stands.

    The last four are asked for only where a formula needs them.
    """

    latitude: float  # °; north is positive
    elevation: float  # m above the sea
    wind_height: float | None = None  # m above the ground, of the anemometer
    is_coastal: bool | None = None  # whether its air comes from a sea nearby
    longitude: float | None = None  # °; east is positive
    utc_offset: float | None = None  # h; of the clock that stamps its hours

    def __post_init__(self) -> None:
        """Refuse a place that is missing or nowhere."""
        checked("latitude of the site [°]", self.latitude, *LATITUDE)
        checked("elevation of the site [m]", self.elevation, *ELEVATION_M)
        spans = {
            "height of the anemometer [m]": (self.wind_height, HEIGHT_M),
            "longitude of the site [°]": (self.longitude, LONGITUDE),
            "offset of the site's clock [h]": (self.utc_offset, UTC_OFFSET_H),
        }
        for name, (value, span) in spans.items():
            if value is not None:
                checked(name, value, *span)

    def at_two_metres(self, speed: Numeric) -> Numeric:
        """Wind at 2 m by a speed that the site's anemometer measured. [m/s]"""
        if self.wind_height is None:
            msg = "wind was measured, but wind_height of the site is missing; give it"
            raise ValueError(msg)
        height = np.full_like(np.asarray(speed, dtype=float), self.wind_height)
        u2: Numeric = like(speed, at_two_metres(np.asarray(speed, dtype=float), height))
        return u2


def penman_monteith(
    net: Numeric,
    air_temperature: Numeric,
    wind: Numeric,
    deficit: Numeric,
    delta: Numeric,
    gamma: float,
    surface: tuple[float, Numeric] | tuple[float, float] = GRASS_DAY,
) -> Numeric:
    """The combination equation, for a day or, with other constants, for an hour.

    Parameters
    ----------
    net : float or array
        Rn - G. [MJ/m² of the time]
    air_temperature : float or array
        Mean. [°C]
    wind : float or array
        u2. [m/s]
    deficit : float or array
        es - ea. [kPa]
    delta : float or array
        Δ. [kPa/°C]
    gamma : float
        γ. [kPa/°C]
    surface : float, and float or array
        Cn and Cd of the reference surface and the time step.

    Returns
    -------
    float or array
        ET0. [mm of the time]  Below 0 is dew.

    Notes
    -----
    FAO-56 eq. 6 [1]_ with its two constants as arguments, as ASCE-EWRI eq. 1 has it.

    Examples
    --------
    >>> et0 = penman_monteith(14.33 - 0.14, 30.2, 2.0, 1.57, 0.246, 0.0674)
    >>> round(et0, 1)  # terms of FAO-56 example 17, Bangkok
    5.7
    """
    Rn_G = checked("net radiation less soil heat [MJ/m²]", net)
    T = checked("air temperature [°C]", air_temperature, *AIR_C)
    u2 = checked("wind speed [m/s]", wind, *SPEED)
    dry = checked("vapour pressure deficit [kPa]", deficit, -VAPOUR_KPA[1])
    slope = checked("slope of saturation [kPa/°C]", delta, 0.0)
    Cn, Cd = surface
    energy = ENERGY_MM * slope * Rn_G
    wind_mm = gamma * Cn / (T + 273) * u2 * dry
    ET0 = (energy + wind_mm) / (slope + gamma * (1 + Cd * u2))  # eq. 6
    out: Numeric = like(ET0, ET0)
    return out


def hargreaves(tmax: Numeric, tmin: Numeric, top: Numeric) -> Numeric:
    """Reference evapotranspiration by temperatures and the calendar.

    Parameters
    ----------
    tmax, tmin : float or array
        [°C]
    top : float or array
        Ra. [MJ/m²/d]

    Returns
    -------
    float or array
        ET0. [mm/d]  Too much in moist air, too little in wind above 3 m/s [1]_.

    Notes
    -----
    FAO-56 eq. 52 [1]_, of [2]_, with Ra as evaporation.

    Examples
    --------
    >>> round(hargreaves(26.6, 14.8, 40.55), 2)  # weather of FAO-56 example 20
    5.03
    """
    warm, cold = checked("Tmax [°C]", tmax, *AIR_C), checked("Tmin [°C]", tmin, *AIR_C)
    span = checked("Tmax minus Tmin [°C]", warm - cold, 0.0)
    Ra = checked("radiation at the top of the air [MJ/m²/d]", top, *DAILY)
    mean = (warm + cold) / 2
    ET0 = 0.0023 * (mean + 17.8) * np.sqrt(span) * ENERGY_MM * Ra  # eq. 52
    out: Numeric = like(ET0, ET0)
    return out
