"""Air and the water that it can hold: pressures, and the slope of saturation.

FAO-56 chapter 3 [1]_, by equation number.  All pressures are in kPa, as in the paper;
a station's air pressure in hPa is ten times that.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Numeric, checked, like

AIR_C: Final = (-80.0, 60.0)  # °C; plausible air, WMO guideline (Zahumensky 2004)
ELEVATION_M: Final = (-450.0, 6000.0)  # m; the Dead Sea to the highest fields [D]
PRESSURE_KPA: Final = (50.0, 110.0)  # kPa; plausible, WMO guideline


def pressure(elevation: Numeric) -> Numeric:
    """Mean air pressure at a height above the sea.

    Parameters
    ----------
    elevation : float or array, any shape
        [m]  From -450 to 6000.

    Returns
    -------
    float or array, same shape
        P. [kPa]

    Notes
    -----
    FAO-56 eq. 7 [1]_, for a standard atmosphere at 20 °C.

    Examples
    --------
    >>> round(pressure(1800.0), 1)  # FAO-56 example 2
    81.8
    """
    z = checked("elevation [m]", elevation, *ELEVATION_M)
    P: Numeric = like(z, 101.3 * ((293 - 0.0065 * z) / 293) ** 5.26)  # eq. 7
    return P


def psychrometric_constant(air_pressure: Numeric) -> Numeric:
    """Psychrometric constant.

    Parameters
    ----------
    air_pressure : float or array, any shape
        [kPa]  From 50 to 110: a value in hPa is refused.

    Returns
    -------
    float or array, same shape
        γ. [kPa/°C]

    Notes
    -----
    FAO-56 eq. 8 [1]_.

    Examples
    --------
    >>> round(psychrometric_constant(81.8), 3)  # FAO-56 example 2
    0.054
    """
    P = checked("air pressure [kPa]", air_pressure, *PRESSURE_KPA)
    gamma: Numeric = like(P, 0.665e-3 * P)  # eq. 8
    return gamma


def saturation_vapour_pressure(air_temperature: Numeric) -> Numeric:
    """Saturation vapour pressure over water.

    Parameters
    ----------
    air_temperature : float or array, any shape
        Dry-bulb temperature. [°C]

    Returns
    -------
    float or array, same shape
        e°(T). [kPa]

    Notes
    -----
    FAO-56 eq. 11 [1]_, the Tetens form.

    Examples
    --------
    >>> round(saturation_vapour_pressure(24.5), 3)  # FAO-56 example 3
    3.075
    """
    T = checked("air temperature [°C]", air_temperature, *AIR_C)
    e: Numeric = like(T, 0.6108 * np.exp(17.27 * T / (T + 237.3)))  # eq. 11
    return e


def slope(air_temperature: Numeric) -> Numeric:
    """Slope of the saturation vapour pressure at a temperature.

    Parameters
    ----------
    air_temperature : float or array, any shape
        For a day the mean of Tmax and Tmin. [°C]

    Returns
    -------
    float or array, same shape
        Δ. [kPa/°C]

    Notes
    -----
    FAO-56 eq. 13 [1]_.

    Examples
    --------
    >>> round(slope(28.0), 3)  # FAO-56 annex 2, table 2.4
    0.22
    """
    T = checked("air temperature [°C]", air_temperature, *AIR_C)
    e = saturation_vapour_pressure(T)
    delta: Numeric = like(T, 4098 * e / (T + 237.3) ** 2)  # eq. 13
    return delta


def mean_saturation_vapour_pressure(tmax: Numeric, tmin: Numeric) -> Numeric:
    """Mean saturation vapour pressure of a day.

    Parameters
    ----------
    tmax, tmin : float or array
        Daily extremes. [°C]

    Returns
    -------
    float or array
        es. [kPa]  e° at the mean temperature would be too low.

    Notes
    -----
    FAO-56 eq. 12 [1]_.

    Examples
    --------
    >>> round(mean_saturation_vapour_pressure(24.5, 15.0), 2)  # FAO-56 example 3
    2.39
    """
    e = saturation_vapour_pressure(tmax) + saturation_vapour_pressure(tmin)
    es: Numeric = like(e, e / 2)  # eq. 12
    return es
