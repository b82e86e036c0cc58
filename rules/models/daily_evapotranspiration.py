"""ET0 of a day by FAO-56 Penman-Monteith, and what the value stood on.

A station seldom measures all that the equation needs.  What is lacking is estimated
as FAO-56 says [1]_, and each estimate is named with the value: a number from
temperatures alone is not one from a whole station.

A day is from midnight to midnight of the local clock, with at least 90 % of its
samples [D]; a day with fewer has no Tmax and no mean, and is not asked for.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapters 3 and 4.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Literal

import numpy as np

from rules.models import humidity, longwave, radiation, sun
from rules.models.evapotranspiration import Site, hargreaves, penman_monteith
from rules.models.kinds import Numeric, checked, like
from rules.models.psychrometrics import (
    AIR_C,
    mean_saturation_vapour_pressure,
    pressure,
    psychrometric_constant,
    saturation_vapour_pressure,
    slope,
)

WIND_M_S: Final = 2.0  # m/s at 2 m; for wind that is missing, FAO-56 chapter 3


class Substitution(StrEnum):
    """What was not measured, by what stood in for it."""

    HUMIDITY_MAX_ONLY = "humidity_max_only"  # FAO-56 eq. 18
    HUMIDITY_MEAN_ONLY = "humidity_mean_only"  # eq. 19
    DEW_POINT_IS_TMIN = "dew_point_is_tmin"  # eq. 48; too moist where it is arid
    RADIATION_FROM_SUNSHINE = "radiation_from_sunshine"  # eq. 35
    RADIATION_FROM_TEMPERATURE = "radiation_from_temperature"  # eq. 50
    WIND_IS_2_M_S = "wind_is_2_m_s"  # chapter 3
    HARGREAVES = "hargreaves"  # eq. 52 in place of eq. 6


Substitutions = tuple[Substitution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWeather(Generic[Numeric]):
    """Weather of a day, or of many as arrays of one shape; ``None`` is not measured.

    A gap within an array is refused: days that lack different things are asked one
    by one, and each has substitutions of its own.
    """

    day: Numeric  # day of the year, 1 to 366
    tmax: Numeric  # °C
    tmin: Numeric  # °C
    vapour_pressure: Numeric | None = None  # kPa, mean
    dew_point: Numeric | None = None  # °C, mean
    humidity_max: Numeric | None = None  # %
    humidity_min: Numeric | None = None  # %
    humidity_mean: Numeric | None = None  # %
    solar: Numeric | None = None  # MJ/m²/d
    sunshine: Numeric | None = None  # h
    wind: Numeric | None = None  # m/s at the site's wind_height, mean
    soil_heat: Numeric | None = None  # MJ/m²/d into the soil; None is 0, eq. 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Et0(Generic[Numeric]):
    """A value and what it stood on."""

    et0_mm: Numeric  # mm/d; below 0 is dew
    substitutions: Substitutions  # empty: all of it was measured


def et0(
    day: DayWeather[Numeric],
    site: Site,
    by_temperature: Literal["penman_monteith", "hargreaves"] = "penman_monteith",
) -> Et0[Numeric]:
    """Reference evapotranspiration of a day by what was measured of it.

    Parameters
    ----------
    day : DayWeather
        Tmax and Tmin at least.
    site : Site
        Latitude and elevation; the anemometer's height if there is wind, and whether
        it is coastal if radiation comes from temperatures.
    by_temperature : "penman_monteith" or "hargreaves"
        Which equation serves a day that has temperatures only.

    Returns
    -------
    Et0
        The value [mm/d] with its substitutions, in the order of the equations.

    Raises
    ------
    ValueError
        A gap, a value that no weather has, a dew point above Tmax, more radiation
        than reaches the top of the air, or a fact of the site that is needed.

    Notes
    -----
    FAO-56 eq. 6 [1]_.  Humidity, best first: vapour pressure or dew point (eq. 14),
    both extremes (17), the greatest (18), a mean (19), Tdew = Tmin (48).  Radiation:
    measured, by sunshine (35), by temperatures (50).  Wind: brought to 2 m (47), or
    2 m/s.

    Examples
    --------
    >>> uccle = Site(latitude=50.8, elevation=100.0, wind_height=10.0)
    >>> july = DayWeather(day=187.0, tmax=21.5, tmin=12.3, humidity_max=84.0,
    ...            humidity_min=63.0, wind=2.78, sunshine=9.25)
    >>> told = et0(july, uccle)
    >>> round(told.et0_mm, 1), told.substitutions[0].value  # example 18 prints 3.9
    (3.9, 'radiation_from_sunshine')
    """
    if by_temperature not in {"penman_monteith", "hargreaves"}:
        msg = f"by_temperature is {by_temperature!r}; penman_monteith or hargreaves"
        raise ValueError(msg)
    warm = checked("Tmax [°C]", day.tmax, *AIR_C)
    cold = checked("Tmin [°C]", day.tmin, *AIR_C)
    checked("Tmax minus Tmin [°C]", warm - cold, 0.0)
    if by_temperature == "hargreaves" and _has_only_temperature(day):
        Ra = sun.extraterrestrial(site.latitude, day.day)
        mm = hargreaves(day.tmax, day.tmin, Ra)
        return Et0(et0_mm=mm, substitutions=(Substitution.HARGREAVES,))
    ea, humidity_by = _vapour_pressure(day)
    checked(
        "Tmax's saturation minus vapour pressure [kPa]",
        saturation_vapour_pressure(warm) - ea,
        0.0,
    )
    net, radiation_by = _net_radiation(day, site, ea)
    wind, wind_by = _wind(day, site)
    mean: Numeric = like(day.tmax, (warm + cold) / 2)
    mm = penman_monteith(
        net,
        mean,
        wind,
        mean_saturation_vapour_pressure(day.tmax, day.tmin) - ea,
        slope(mean),
        psychrometric_constant(pressure(site.elevation)),
    )
    return Et0(et0_mm=mm, substitutions=humidity_by + radiation_by + wind_by)


def _has_only_temperature(day: DayWeather[Numeric]) -> bool:
    return (
        day.vapour_pressure is None
        and day.dew_point is None
        and day.humidity_max is None
        and day.humidity_mean is None
        and day.solar is None
        and day.sunshine is None
        and day.wind is None
    )


def _vapour_pressure(day: DayWeather[Numeric]) -> tuple[Numeric, Substitutions]:
    """Actual vapour pressure [kPa] by the best that was measured."""
    if day.vapour_pressure is not None:
        checked("vapour pressure [kPa]", day.vapour_pressure, *humidity.VAPOUR_KPA)
        return day.vapour_pressure, ()
    if day.dew_point is not None:
        return humidity.from_dew_point(day.dew_point), ()
    if day.humidity_max is not None:
        if day.humidity_min is not None:
            return humidity.from_extreme_humidities(
                day.tmax, day.tmin, day.humidity_max, day.humidity_min
            ), ()
        by_greatest = humidity.from_greatest_humidity(day.tmin, day.humidity_max)
        return by_greatest, (Substitution.HUMIDITY_MAX_ONLY,)
    if day.humidity_mean is not None:
        by_mean = humidity.from_mean_humidity(day.tmax, day.tmin, day.humidity_mean)
        return by_mean, (Substitution.HUMIDITY_MEAN_ONLY,)
    return humidity.from_dew_point(day.tmin), (Substitution.DEW_POINT_IS_TMIN,)


def _net_radiation(
    day: DayWeather[Numeric], site: Site, ea: Numeric
) -> tuple[Numeric, Substitutions]:
    """Rn - G [MJ/m²/d]."""
    Ra = sun.extraterrestrial(site.latitude, day.day)
    Rs, by = _solar(day, site, Ra)
    checked("radiation at the top of the air minus measured [MJ/m²/d]", Ra - Rs, 0.0)
    ratio = longwave.cloud_ratio(Rs, radiation.clear_sky(Ra, site.elevation))
    Rnl = longwave.net_longwave(day.tmax, day.tmin, ea, ratio)
    net = radiation.net_shortwave(Rs) - Rnl  # eq. 40
    if day.soil_heat is None:
        return net, by
    return net - day.soil_heat, by


def _solar(
    day: DayWeather[Numeric], site: Site, Ra: Numeric
) -> tuple[Numeric, Substitutions]:
    """Solar radiation [MJ/m²/d] by the best that was measured."""
    if day.solar is not None:
        checked("solar radiation [MJ/m²/d]", day.solar, *radiation.DAILY)
        return day.solar, ()
    if day.sunshine is not None:
        N = sun.daylight_hours(site.latitude, day.day)
        by_sunshine = radiation.from_sunshine(day.sunshine, N, Ra)
        return by_sunshine, (Substitution.RADIATION_FROM_SUNSHINE,)
    if site.is_coastal is None:
        msg = (
            "radiation was not measured, and is_coastal of the site is missing; say"
            " whether its air comes from a sea nearby"
        )
        raise ValueError(msg)
    k = radiation.COAST if site.is_coastal else radiation.INLAND
    estimate = radiation.from_temperature(day.tmax, day.tmin, Ra, k)
    clear = radiation.clear_sky(Ra, site.elevation)
    Rs: Numeric = like(estimate, np.minimum(estimate, clear))  # no sky gives more [D]
    return Rs, (Substitution.RADIATION_FROM_TEMPERATURE,)


def _wind(day: DayWeather[Numeric], site: Site) -> tuple[Numeric, Substitutions]:
    """Wind at 2 m [m/s]."""
    if day.wind is not None:
        return site.at_two_metres(day.wind), ()
    still: Numeric = like(day.tmax, 0 * checked("Tmax [°C]", day.tmax) + WIND_M_S)
    return still, (Substitution.WIND_IS_2_M_S,)
