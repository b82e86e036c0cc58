"""Dew point, wet bulb and heat index of the air, from what a station measures.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] D. Bolton, "The computation of equivalent potential temperature", Mon. Weather
   Rev. 108:1046-1053, 1980.
.. [3] A. Bakhshaii, R. Stull, "Saturated pseudoadiabats: a noniterative
   approximation", J. Appl. Meteorol. Climatol. 52:5-15, 2013.
.. [4] J. A. Knox, D. S. Nevius, P. N. Knox, "Two simple and accurate approximations
   for wet-bulb temperature in moist conditions, with forecasting applications", Bull.
   Am. Meteorol. Soc. 98:1897-1906, 2017.
.. [5] L. P. Rothfusz, "The heat index equation", National Weather Service technical
   attachment SR 90-23, 1990; with the adjustments that
   wpc.ncep.noaa.gov/html/heatindex_equation.shtml states.
"""

from typing import Final

import numpy as np

from rules.models.humidity import HUMIDITY, VAPOUR_KPA, from_humidity
from rules.models.kinds import Floats, Numeric, checked, like
from rules.models.psychrometrics import AIR_C

KELVIN: Final = 273.15  # K; of 0 °C
GAS_DRY: Final = 287.05  # J/kg/K; dry air
HEAT_DRY: Final = 1004.7  # J/kg/K; dry air at constant pressure
VAPORISE: Final = 2.501e6  # J/kg; water at 0 °C
WEIGHTS: Final = 0.622  # of water vapour to dry air
PRESSURE_HPA: Final = (500.0, 1100.0)  # hPa; plausible, WMO guideline (Zahumensky 2004)
_STEPS: Final = 4  # of Runge and Kutta; one would do to 0.001 °C


def dew_point(air_temperature: Numeric, humidity: Numeric) -> Numeric:
    """Temperature at which the air's vapour would be all that it can hold.

    Parameters
    ----------
    air_temperature : float or array
        [°C]
    humidity : float or array
        Relative, over water. [%]  0 has no dew point and is refused.

    Returns
    -------
    float or array
        Tdew, never above the air's. [°C]

    Notes
    -----
    The inverse of FAO-56 eq. 11 [1]_, of which eq. 3-11 of its annex 3 is a rounding.

    Examples
    --------
    >>> round(dew_point(30.0, 70.0), 1)  # MetPy 1.7.1: 23.894
    23.9
    """
    return dew_point_of_vapour(from_humidity(air_temperature, humidity))


def dew_point_of_vapour(vapour_pressure: Numeric) -> Numeric:
    """Dew point by a vapour pressure; [kPa] to [°C], the inverse of FAO-56 eq. 11.

    >>> round(dew_point_of_vapour(2.064), 2)  # e°(18 °C), FAO-56 annex 2, table 2.3
    18.0
    """
    ea = checked("vapour pressure [kPa]", vapour_pressure, *VAPOUR_KPA)
    x = np.log(ea / 0.6108)
    Tdew: Numeric = like(ea, 237.3 * x / (17.27 - x))
    return Tdew


def wet_bulb(
    air_temperature: Numeric, humidity: Numeric, air_pressure: Numeric
) -> Numeric:
    """Wet-bulb temperature by Normand's rule.

    Parameters
    ----------
    air_temperature : float or array
        [°C]
    humidity : float or array
        Relative, over water. [%]
    air_pressure : float or array
        [hPa]  As a station's quantity has it; a value in kPa is refused.

    Returns
    -------
    float or array
        Tw, between dew point and air temperature. [°C]

    Notes
    -----
    The air is lifted until it is saturated ([2]_ eq. 22) and brought back down a
    saturated pseudoadiabat ([3]_, with one latent heat), as [4]_ describes.  A real
    psychrometer reads more, 0.3 °C at 38 °C and 45 %; what it says of humidity is
    ``humidity.from_wet_bulb``.

    Examples
    --------
    >>> round(wet_bulb(34.0, 60.0, 1010.0), 1)  # MetPy 1.7.1: 27.134
    27.1
    """
    T = checked("air temperature [°C]", air_temperature, *AIR_C)
    P = checked("air pressure [hPa]", air_pressure, *PRESSURE_HPA)
    e = np.asarray(from_humidity(T, np.asarray(humidity, dtype=float))) * 10  # hPa
    warm = T + KELVIN
    low = 2840 / (3.5 * np.log(warm) - np.log(e) - 4.805) + 55  # K; [2] eq. 22
    lifted = HEAT_DRY / GAS_DRY * np.log(np.minimum(low / warm, 1.0))  # ln(Plcl / P)
    Tw = _descend(low, P, lifted) - KELVIN
    dew = np.asarray(dew_point_of_vapour(e / 10))
    out: Numeric = like(Tw, np.clip(Tw, np.minimum(dew, T), T))
    return out


def _descend(low: Floats, pressure: Floats, lifted: Floats) -> Floats:
    """Temperature [K] of saturated air brought down from ``lifted`` to ``pressure``."""

    def lapse(fall: Floats, K: Floats) -> Floats:  # dT / d ln P, [3]
        e = 6.108 * np.exp(17.27 * (K - KELVIN) / (K - KELVIN + 237.3))  # hPa, eq. 11
        r = WEIGHTS * e / (pressure * np.exp(fall) - e)
        warmth = GAS_DRY * K + VAPORISE * r
        slow = HEAT_DRY + VAPORISE**2 * r * WEIGHTS / (GAS_DRY * K**2)
        return np.asarray(warmth / slow)

    K, h = low, -lifted / _STEPS
    for step in range(_STEPS):
        at = lifted + step * h
        a = lapse(at, K)
        b = lapse(at + h / 2, K + h * a / 2)
        c = lapse(at + h / 2, K + h * b / 2)
        d = lapse(at + h, K + h * c)
        K = K + h * (a + 2 * b + 2 * c + d) / 6
    return K


def heat_index(air_temperature: Numeric, humidity: Numeric) -> Numeric:
    """What hot and moist air feels like to a person in the shade.

    Parameters
    ----------
    air_temperature : float or array
        [°C]
    humidity : float or array
        Relative. [%]

    Returns
    -------
    float or array
        [°C]  Below about 27 °C it says little beyond the temperature.

    Notes
    -----
    Rothfusz's regression with both adjustments, and the simple formula where that
    gives less than 80 °F [5]_.  Made for people in the United States: for a word of
    caution, not for a rule of work.

    Examples
    --------
    >>> round(heat_index(34.0, 60.0), 1)  # MetPy 1.7.1: 42.177
    42.2
    """
    T = checked("air temperature [°C]", air_temperature, *AIR_C) * 9 / 5 + 32  # °F
    RH = checked("relative humidity [%]", humidity, *HUMIDITY)
    simple = (0.5 * (T + 61.0 + (T - 68.0) * 1.2 + RH * 0.094) + T) / 2
    index = np.where(simple < 80.0, simple, _rothfusz(T, RH))
    out: Numeric = like(index, (index - 32) * 5 / 9)
    return out


def _rothfusz(T: Floats, RH: Floats) -> Floats:
    """The regression in [°F], adjusted where air is very dry or very moist [5]_."""
    full = -42.379 + 2.04901523 * T + 10.14333127 * RH - 0.22475541 * T * RH
    full = full - 6.83783e-3 * T**2 - 5.481717e-2 * RH**2 + 1.22874e-3 * T**2 * RH
    full = full + 8.5282e-4 * T * RH**2 - 1.99e-6 * T**2 * RH**2
    less = (13 - RH) / 4 * np.sqrt(np.maximum(17 - np.abs(T - 95), 0.0) / 17)
    more = (RH - 85) / 10 * (87 - T) / 5
    full = full - np.where((RH < 13) & (T >= 80) & (T <= 112), less, 0.0)
    return np.asarray(full + np.where((RH > 85) & (T >= 80) & (T <= 87), more, 0.0))
