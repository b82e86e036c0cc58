"""ET0 of one day, and whether it is day: single values, without numpy.

What the gateway runs.  The same equations as ``daily_evapotranspiration`` and
``sun``, which know arrays; a test holds both together.  What was not measured is
estimated as FAO-56 says, and named.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapters 3 and 4.
"""

import math
from dataclasses import dataclass
from typing import Final

SOLAR: Final = 0.0820  # MJ/m²/min; solar constant, eq. 21
ALBEDO: Final = 0.23  # of the grass of reference, eq. 38
SIGMA_DAY: Final = 4.903e-9  # MJ/K⁴/m²/d; Stefan and Boltzmann, eq. 39
KELVIN: Final = 273.16  # K of 0 °C, as eq. 39 has it
CLOUDY: Final = (0.3, 1.0)  # Rs/Rso; FAO-56 eq. 39 above, ASCE-EWRI eq. 45 below
KRS_COAST: Final = 0.19  # 1/√°C; where air comes from the sea, eq. 50
WIND_M_S: Final = 2.0  # m/s at 2 m; for wind that is missing, chapter 3
MJ_PER_W: Final = 0.0864  # MJ/m²/d of 1 W/m²; 86,400 s

HUMIDITY_IS_TMIN: Final = "dew_point_is_tmin"  # eq. 48; too moist where it is arid
RADIATION_BY_SPAN: Final = "radiation_from_temperature"  # eq. 50
WIND_IS_2_M_S: Final = "wind_is_2_m_s"  # chapter 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Weather of one day; ``None`` is not measured."""

    day_of_year: int
    tmax: float  # °C
    tmin: float  # °C
    humidity: tuple[float, float] | None = None  # greatest and least [%]
    solar: float | None = None  # mean [W/m²]
    wind: float | None = None  # mean at ``wind_height_m`` [m/s]
    wind_height_m: float = 2.0


def et0(day: Day, latitude: float, elevation_m: float) -> tuple[float, tuple[str, ...]]:
    """Reference evapotranspiration of a day [mm/d], and what stood in for what.

    Raises
    ------
    ValueError
        Weather that cannot be: Tmin above Tmax, more sun than there is.

    Notes
    -----
    FAO-56 eq. 6 [1]_; vapour pressure by both extremes of humidity (eq. 17), else by
    Tmin (48); radiation as measured, else by the span of temperature on a coast (50),
    kept at the clear sky's; wind brought to 2 m (47), else 2 m/s.

    Examples
    --------
    >>> july = Day(day_of_year=187, tmax=21.5, tmin=12.3, humidity=(84.0, 63.0),
    ...            solar=22.07 / 0.0864, wind=2.78, wind_height_m=10.0)
    >>> round(et0(july, 50.8, 100.0)[0], 1)  # FAO-56 example 18
    3.9
    """
    if not (math.isfinite(day.tmax + day.tmin) and day.tmin <= day.tmax):
        msg = f"Tmax {day.tmax} and Tmin {day.tmin} °C: give numbers that rise"
        raise ValueError(msg)
    ea, by_humidity = _vapour_pressure(day)
    net, by_sun = _net_radiation(day, latitude, elevation_m, ea)
    u2, by_wind = _wind(day)
    mean = (day.tmax + day.tmin) / 2
    deficit = (saturation(day.tmax) + saturation(day.tmin)) / 2 - ea  # eq. 12
    delta = 4098 * saturation(mean) / (mean + 237.3) ** 2  # eq. 13
    P = 101.3 * ((293 - 0.0065 * elevation_m) / 293) ** 5.26  # eq. 7
    gamma = 0.665e-3 * P  # eq. 8
    energy = 0.408 * delta * net
    wind_mm = gamma * 900 / (mean + 273) * u2 * deficit
    ET0 = (energy + wind_mm) / (delta + gamma * (1 + 0.34 * u2))  # eq. 6
    return ET0, by_humidity + by_sun + by_wind


def saturation(T: float) -> float:
    """e°(T), saturation vapour pressure over water [kPa]; FAO-56 eq. 11.

    >>> round(saturation(24.5), 3)  # example 3
    3.075
    """
    return 0.6108 * math.exp(17.27 * T / (T + 237.3))


def extraterrestrial(latitude: float, day_of_year: float) -> float:
    """Ra, radiation of a day at the top of the air [MJ/m²/d]; FAO-56 eq. 21-25.

    >>> round(extraterrestrial(-20.0, 246), 1)  # example 8
    32.2
    """
    phi, J = math.radians(latitude), 2 * math.pi / 365 * day_of_year
    dr = 1 + 0.033 * math.cos(J)  # eq. 23
    delta = 0.409 * math.sin(J - 1.39)  # eq. 24
    ws = math.acos(min(1.0, max(-1.0, -math.tan(phi) * math.tan(delta))))  # eq. 25
    light = ws * math.sin(phi) * math.sin(delta)
    light += math.cos(phi) * math.cos(delta) * math.sin(ws)
    return 24 * 60 / math.pi * SOLAR * dr * light  # eq. 21


def is_daylight(
    latitude: float, longitude: float, day_of_year: int, utc_hour: float
) -> bool:
    """Whether the sun's middle is above the horizon; FAO-56 eq. 24, 31 to 33.

    Degrees north and east; the hour of UTC, with its fraction.

    >>> [is_daylight(15.1, 108.8, 173, hour % 24) for hour in (22, 23, 11, 12)]
    [False, True, True, False]
    """
    b = 2 * math.pi * (day_of_year - 81) / 364  # eq. 33
    Sc = 0.1645 * math.sin(2 * b) - 0.1255 * math.cos(b) - 0.025 * math.sin(b)
    w = math.pi / 12 * (utc_hour + longitude / 15 + Sc - 12)  # eq. 31
    phi = math.radians(latitude)
    delta = 0.409 * math.sin(2 * math.pi / 365 * day_of_year - 1.39)  # eq. 24
    height = math.sin(phi) * math.sin(delta)
    return height + math.cos(phi) * math.cos(delta) * math.cos(w) > 0


# --- the terms -----------------------------------------------------------------


def _vapour_pressure(day: Day) -> tuple[float, tuple[str, ...]]:
    """Actual vapour pressure [kPa]."""
    if day.humidity is None:
        return saturation(day.tmin), (HUMIDITY_IS_TMIN,)
    most, least = day.humidity
    warm, cold = saturation(day.tmax), saturation(day.tmin)
    return (cold * most / 100 + warm * least / 100) / 2, ()  # eq. 17


def _net_radiation(
    day: Day, latitude: float, elevation_m: float, ea: float
) -> tuple[float, tuple[str, ...]]:
    """Rn of a day, whose G is 0 (eq. 42). [MJ/m²/d]"""
    Ra = extraterrestrial(latitude, day.day_of_year)
    Rso = (0.75 + 2e-5 * elevation_m) * Ra  # eq. 37
    by: tuple[str, ...] = ()
    if day.solar is None:
        Rs = min(KRS_COAST * math.sqrt(day.tmax - day.tmin) * Ra, Rso)  # eq. 50
        by = (RADIATION_BY_SPAN,)
    else:
        Rs = MJ_PER_W * day.solar
    if Rs > Ra:
        msg = f"radiation of {Rs:.1f} MJ/m²/d, where the top of the air has {Ra:.1f}"
        raise ValueError(msg)
    ratio = min(max(Rs / Rso, CLOUDY[0]), CLOUDY[1])
    black = sum((T + KELVIN) ** 4 for T in (day.tmax, day.tmin)) / 2 * SIGMA_DAY
    Rnl = black * (0.34 - 0.14 * math.sqrt(ea)) * (1.35 * ratio - 0.35)  # eq. 39
    return (1 - ALBEDO) * Rs - Rnl, by  # eq. 38, 40


def _wind(day: Day) -> tuple[float, tuple[str, ...]]:
    """Wind at 2 m [m/s]."""
    if day.wind is None:
        return WIND_M_S, (WIND_IS_2_M_S,)
    return day.wind * 4.87 / math.log(67.8 * day.wind_height_m - 5.42), ()  # eq. 47
