"""ET0 of an hour, by two standards that are not the same: call one by its name.

``fao56`` is FAO-56 eq. 53 [1]_: the grass resists with 70 s/m all day long.
``asce_short`` is ASCE-EWRI 2005 [2]_ for short grass: 50 s/m by day, 200 s/m by night.
Their sums over a day differ, and neither sum is the daily value.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapters 3 and 4.
.. [2] ASCE-EWRI, "The ASCE standardized reference evapotranspiration equation",
   Reston, 2005; read in the sources of refet 0.5.0 and pyfao56 1.4.3.
"""

from dataclasses import dataclass
from typing import Any, Final, Generic

import numpy as np
from numpy.typing import NDArray

from rules.models import longwave
from rules.models.evapotranspiration import Site, penman_monteith
from rules.models.hourly_sky import LOW_SUN, HourWeather, Sky, sky
from rules.models.humidity import from_humidity
from rules.models.kinds import Floats, Numeric, checked, like
from rules.models.psychrometrics import (
    pressure,
    psychrometric_constant,
    saturation_vapour_pressure,
    slope,
)
from rules.models.radiation import net_shortwave

CN: Final = 37.0  # K mm s³/Mg/h; short grass and an hour, FAO-56 eq. 53, ASCE table 1
CD: Final = 0.34  # s/m; every hour, FAO-56 eq. 53
CD_ASCE: Final = (0.24, 0.96)  # s/m; by day and by night, ASCE-EWRI table 1
SOIL: Final = (0.1, 0.5)  # G/Rn by day and night; FAO-56 eq. 45, 46; ASCE eq. 65, 66
FACTOR: Final = (0.05, 1.0)  # of clouds, ASCE-EWRI eq. 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Generic[Numeric]):
    """An hour's ET0 and what it is made of."""

    et0_mm: Numeric  # mm/h; below 0 is dew
    hour_angle: Numeric  # ω [rad]
    extraterrestrial: Numeric  # Ra [MJ/m²/h]
    clear_sky: Numeric  # Rso [MJ/m²/h]
    net_longwave: Numeric  # Rnl [MJ/m²/h]
    net: Numeric  # Rn [MJ/m²/h]
    soil_heat: Numeric  # G [MJ/m²/h]


def fao56(
    hour: HourWeather[Numeric], site: Site, ratio: Numeric | None = None
) -> Terms[Numeric]:
    """Reference evapotranspiration of an hour by FAO-56.

    Parameters
    ----------
    hour : HourWeather
        Whole: nothing is estimated for hours.
    site : Site
        With longitude, offset of its clock and height of the anemometer.
    ratio : float or array, optional
        Rs/Rso for hours of night, as ``hourly_sky.before_sunset`` finds it; FAO-56
        names 0.4 to 0.6 for humid places and 0.7 to 0.8 for dry ones.

    Returns
    -------
    Terms
        ET0 [mm/h] and its parts.

    Raises
    ------
    ValueError
        Weather that cannot be, a fact of the site that is missing, or a night
        without ``ratio``.

    Notes
    -----
    FAO-56 eq. 53 [1]_ with eq. 28, 37, 39, 45, 46 and 54.  Night is where the sun is
    below the horizon in the middle of the hour.

    Examples
    --------
    >>> ndiaye = Site(latitude=16.2167, elevation=8.0, wind_height=2.0,
    ...               longitude=-16.25, utc_offset=-1.0)
    >>> afternoon = HourWeather(day=274.0, clock=14.5, temperature=38.0, humidity=52.0,
    ...                  wind=3.3, solar=2.450)
    >>> round(fao56(afternoon, ndiaye).et0_mm, 2)  # FAO-56 example 19
    0.63
    """
    seen = sky(hour, site)
    is_night = seen.height <= 0
    kept = _kept("ratio for the night", ratio, is_night, longwave.CLOUDY)
    factor = longwave.cloudiness(np.where(is_night, kept, seen.ratio))
    outward, net = _net(hour, factor, longwave.SIGMA_HOUR)
    return _terms(hour, site, seen, outward, net, is_night, (CD, CD))


def asce_short(
    hour: HourWeather[Numeric], site: Site, factor: Numeric | None = None
) -> Terms[Numeric]:
    """Reference evapotranspiration of an hour by ASCE-EWRI 2005 for short grass.

    Parameters
    ----------
    hour : HourWeather
        Whole: nothing is estimated for hours.
    site : Site
        With longitude, offset of its clock and height of the anemometer.
    factor : float or array, optional
        Of clouds, 0.05 to 1, for hours with the sun lower than 0.3 rad, as
        ``hourly_sky.last_high_sun`` finds it.

    Returns
    -------
    Terms
        ET0 [mm/h] and its parts.

    Raises
    ------
    ValueError
        Weather that cannot be, a fact of the site that is missing, or a low sun
        without ``factor``.

    Notes
    -----
    ASCE-EWRI eq. 1, 42 to 48 and 53 to 66 [2]_, with the simple clear sky of eq. 47.
    Night is where net radiation is below 0.

    Examples
    --------
    >>> quang_ngai = Site(latitude=15.12, elevation=8.0, wind_height=2.0,
    ...                   longitude=108.8, utc_offset=7.0)
    >>> noon = HourWeather(day=152.0, clock=12.5, temperature=31.5, humidity=62.0,
    ...             wind=2.6, solar=2.9)
    >>> round(asce_short(noon, quang_ngai).et0_mm, 3)  # refet 0.5.0
    0.643
    """
    seen = sky(hour, site)
    is_low = seen.height < LOW_SUN
    kept = _kept("factor of clouds for a low sun", factor, is_low, FACTOR)
    clouds = np.where(is_low, kept, longwave.cloudiness(seen.ratio))
    outward, net = _net(hour, clouds, longwave.SIGMA_ASCE_HOUR)
    return _terms(hour, site, seen, outward, net, net < 0, CD_ASCE)


def _kept(
    name: str, given: Any, is_wanted: NDArray[np.bool_], span: tuple[float, float]
) -> Floats:
    """What is given for hours that tell no clouds; 1 where they tell them."""
    if not is_wanted.any():
        return np.ones(is_wanted.shape)
    if given is None:
        msg = f"{int(is_wanted.sum())} hours tell no clouds; give a {name}"
        raise ValueError(msg)
    return checked(name, np.where(is_wanted, given, 1.0), *span)


def _net(
    hour: HourWeather[Numeric], factor: Floats, sigma: float
) -> tuple[Floats, Floats]:
    """Rnl and Rn [MJ/m²/h]."""
    ea = from_humidity(hour.temperature, hour.humidity)
    outward = longwave.net_longwave_of_hour(
        np.asarray(hour.temperature, dtype=float), np.asarray(ea), factor, sigma
    )
    net = net_shortwave(np.asarray(hour.solar, dtype=float)) - outward  # eq. 40
    return outward, net


def _terms(
    hour: HourWeather[Numeric],
    site: Site,
    seen: Sky,
    outward: Floats,
    net: Floats,
    is_night: NDArray[np.bool_],
    cd: tuple[float, float],
) -> Terms[Numeric]:
    soil = np.where(is_night, SOIL[1], SOIL[0]) * net
    T = np.asarray(hour.temperature, dtype=float)
    ea = from_humidity(T, np.asarray(hour.humidity, dtype=float))
    et0 = penman_monteith(
        net - soil,
        T,
        np.asarray(site.at_two_metres(hour.wind)),
        np.asarray(saturation_vapour_pressure(T) - ea),
        np.asarray(slope(T)),
        psychrometric_constant(pressure(site.elevation)),
        (CN, np.where(is_night, cd[1], cd[0])),
    )
    return Terms(
        et0_mm=like(et0, et0),
        hour_angle=like(seen.angle, seen.angle),
        extraterrestrial=like(seen.top, seen.top),
        clear_sky=like(seen.clear, seen.clear),
        net_longwave=like(outward, outward),
        net=like(net, net),
        soil_heat=like(soil, soil),
    )
