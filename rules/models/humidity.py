"""Actual vapour pressure, by whatever measured the humidity.

FAO-56 chapter 3 [1]_, by equation number and in its order: a dew point or a wet bulb
is best, both extremes of relative humidity come next, a mean is the least.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
"""

from typing import Final

from rules.models.kinds import Numeric, checked, like
from rules.models.psychrometrics import (
    AIR_C,
    PRESSURE_KPA,
    mean_saturation_vapour_pressure,
    saturation_vapour_pressure,
)

HUMIDITY: Final = (1.0, 100.0)  # %; less is no measured air, but a share of 1 [D]
VAPOUR_KPA: Final = (1e-4, 20.0)  # kPa; e°(-75 °C) to e°(60 °C), rounded outwards

ASPIRATED: Final = 0.000662  # 1/°C; Asmann psychrometer, air at 5 m/s, eq. 16
VENTILATED: Final = 0.000800  # 1/°C; naturally ventilated, about 1 m/s, eq. 16
STILL: Final = 0.001200  # 1/°C; not ventilated, indoors, eq. 16
COEFFICIENTS: Final = (1e-4, 1e-2)  # 1/°C; what may be one at all [D]


def from_dew_point(dew_point: Numeric) -> Numeric:
    """Actual vapour pressure by a dew point in [°C]. [kPa]

    FAO-56 eq. 14 [1]_: ea = e°(Tdew).

    >>> round(from_dew_point(18.0), 2)
    2.06
    """
    return saturation_vapour_pressure(dew_point)  # eq. 14


def from_wet_bulb(
    dry: Numeric,
    wet: Numeric,
    air_pressure: Numeric,
    coefficient: float = ASPIRATED,
) -> Numeric:
    """Actual vapour pressure by a psychrometer.

    Parameters
    ----------
    dry, wet : float or array
        Dry and wet bulb; the wet one is not the warmer. [°C]
    air_pressure : float or array
        [kPa]
    coefficient : float
        How air passes the wet bulb: ``ASPIRATED``, ``VENTILATED``, ``STILL``, or that
        of the instrument. [1/°C]

    Returns
    -------
    float or array
        ea. [kPa]

    Notes
    -----
    FAO-56 eq. 15 and 16 [1]_: ea = e°(Twet) - a P (Tdry - Twet).

    Examples
    --------
    >>> round(from_wet_bulb(25.6, 19.5, 87.9), 2)  # FAO-56 example 4
    1.91
    """
    P = checked("air pressure [kPa]", air_pressure, *PRESSURE_KPA)
    depression = checked("dry bulb [°C]", dry, *AIR_C) - checked(
        "wet bulb [°C]", wet, *AIR_C
    )
    checked("dry bulb minus wet bulb [°C]", depression, 0.0)
    a = checked("coefficient of the psychrometer [1/°C]", coefficient, *COEFFICIENTS)
    ea = saturation_vapour_pressure(wet) - a * P * depression
    checked("vapour pressure by the two bulbs [kPa]", ea, *VAPOUR_KPA)
    out: Numeric = like(ea, ea)
    return out


def from_extreme_humidities(
    tmax: Numeric, tmin: Numeric, humidity_max: Numeric, humidity_min: Numeric
) -> Numeric:
    """Actual vapour pressure of a day by both extremes of humidity.

    Parameters
    ----------
    tmax, tmin : float or array
        [°C]
    humidity_max, humidity_min : float or array
        Relative humidity, the greatest and the least. [%]

    Returns
    -------
    float or array
        ea. [kPa]

    Notes
    -----
    FAO-56 eq. 17 [1]_: the air is most humid when it is coldest.

    Examples
    --------
    >>> round(from_extreme_humidities(25.0, 18.0, 82.0, 54.0), 2)  # FAO-56 example 5
    1.7
    """
    most = checked("greatest humidity [%]", humidity_max, *HUMIDITY)
    least = checked("least humidity [%]", humidity_min, *HUMIDITY)
    checked("greatest minus least humidity [%]", most - least, 0.0)
    e_max, e_min = saturation_vapour_pressure(tmax), saturation_vapour_pressure(tmin)
    ea = (e_min * most / 100 + e_max * least / 100) / 2  # eq. 17
    out: Numeric = like(ea, ea)
    return out


def from_greatest_humidity(tmin: Numeric, humidity_max: Numeric) -> Numeric:
    """Actual vapour pressure by the greatest humidity alone. [kPa]

    FAO-56 eq. 18 [1]_, for sensors that are wrong in dry air; [°C] and [%].

    >>> round(from_greatest_humidity(18.0, 82.0), 2)  # FAO-56 example 5
    1.69
    """
    return from_humidity(tmin, humidity_max)  # eq. 18


def from_mean_humidity(tmax: Numeric, tmin: Numeric, humidity: Numeric) -> Numeric:
    """Actual vapour pressure by a day's mean humidity. [kPa]

    FAO-56 eq. 19 [1]_, the least of the choices; [°C] and [%].

    >>> round(from_mean_humidity(25.0, 18.0, 68.0), 2)  # FAO-56 example 5
    1.78
    """
    RH = checked("mean humidity [%]", humidity, *HUMIDITY)
    ea = RH / 100 * mean_saturation_vapour_pressure(tmax, tmin)  # eq. 19
    out: Numeric = like(ea, ea)
    return out


def from_humidity(air_temperature: Numeric, humidity: Numeric) -> Numeric:
    """Actual vapour pressure of air, of an hour or an instant. [kPa]

    FAO-56 eq. 54 [1]_: ea = e°(T) RH / 100; [°C] and [%].

    >>> round(from_humidity(38.0, 52.0), 3)  # FAO-56 example 19
    3.445
    """
    RH = checked("relative humidity [%]", humidity, *HUMIDITY)
    ea = saturation_vapour_pressure(air_temperature) * RH / 100  # eq. 54
    out: Numeric = like(ea, ea)
    return out
