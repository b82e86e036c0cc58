"""Salinity as people say it, from conductivity: the Practical Salinity Scale, PSS-78.

For display beside the measured value only.  **Thresholds stay in dS/m at 25 °C**:
what a sensor reads, what Maas and Hoffman used, and independent of the salts.

EC x 0.64, as printed on many meters, is for the carbonates and sulphates of fresh
irrigation water and is wrong where the salt is the sea's: at 1 dS/m it says 0.64
for 0.49 and at 7 dS/m 4.5 for 3.8.  The scale in turn is defined for
diluted sea water and wrong for other salts, such as of fertiliser.

Practical salinity has no unit; it is near g/kg, and in brackish water near g/L.
The scale runs on IPTS-68: at 25 °C that is 0.006 °C more than ITS-90, which no
field sensor sees.  A probe that compensates to 25 °C by 2 % per °C is not exact
either: far from 25 °C give the raw conductivity and its own temperature.

References
----------
.. [1] N. P. Fofonoff, R. C. Millard, "Algorithms for computation of fundamental
   properties of seawater", UNESCO Technical Papers in Marine Science 44, Paris,
   1983.
.. [2] K. D. Hill, T. M. Dauphinee, D. J. Woods, "The extension of the Practical
   Salinity Scale 1978 to low salinities", IEEE J. Oceanic Eng. 11, 1986, p. 109.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Floats, Numeric, checked, like

STANDARD_MS_CM: Final = 42.914  # mS/cm = dS/m; C(35, 15 °C, 0) [1]
MOST: Final = 42.0  # 1; the scale ends there [1]
_A: Final = (0.0080, -0.1692, 25.3851, 14.0941, -7.0261, 2.7081)  # [1], of √Rt
_B: Final = (0.0005, -0.0056, -0.0066, -0.0375, 0.0636, -0.0144)  # [1], of √Rt
_K: Final = 0.0162  # per °C; [1]
_C: Final = (0.6766097, 2.00564e-2, 1.104259e-4, -6.9698e-7, 1.0031e-9)  # [1], of T
_HALVINGS: Final = 60  # of the ratio 0 to 2; more than a float can tell


def practical_salinity(conductivity: Numeric, temperature: float = 25.0) -> Numeric:
    """Practical salinity of diluted sea water at the pressure of the air. [1]

    Parameters
    ----------
    conductivity : float or array, any shape
        At ``temperature``; with 25 °C, what ``water_conductivity`` holds. [dS/m]
    temperature : float
        Of the conductivity. [°C]  0 to 35.

    Returns
    -------
    float or array, same shape
        S. [1]  0 to 42; about g/kg.  More than 42 is an error.

    Notes
    -----
    PSS-78 [1]_, with the terms of Hill et al. [2]_ that carry it below S = 2.

    References
    ----------
    .. [1] UNESCO Technical Papers in Marine Science 44, 1983.
    .. [2] IEEE J. Oceanic Eng. 11, 1986, p. 109.

    Examples
    --------
    >>> round(practical_salinity(42.914, 15.0), 3)  # by definition [1]_
    35.0
    """
    T = _temperature(temperature)
    most = float(conductivity_of(MOST, T))
    C = checked(f"conductivity at {T:g} °C [dS/m]", conductivity, 0, most + 1e-9)
    result: Numeric = like(C, _salinity(C / (STANDARD_MS_CM * _warmth(T)), T))
    return result


def conductivity_of(salinity: Numeric, temperature: float = 25.0) -> Numeric:
    """Conductivity of sea water diluted to a salinity; the way back. [dS/m]

    Parameters
    ----------
    salinity : float or array, any shape
        Practical salinity. [1]  0 to 42.
    temperature : float
        [°C]  0 to 35.

    Returns
    -------
    float or array, same shape
        At ``temperature``. [dS/m]

    Examples
    --------
    >>> round(conductivity_of(35.0, 15.0), 3)
    42.914
    >>> round(conductivity_of(4.0), 2)  # 4 per mille, as a meter reads it at 25 °C
    7.28
    """
    T = _temperature(temperature)
    S = checked("practical salinity", salinity, 0, MOST)
    low, high = np.zeros_like(S), np.full_like(S, 2.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _salinity(middle, T) > S
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    result: Numeric = like(S, (low + high) / 2 * STANDARD_MS_CM * _warmth(T))
    return result


def _temperature(given: float) -> float:
    """Temperature within what the scale was fitted to; -2 to 35 °C in [1]."""
    return float(checked("water temperature [°C]", given, 0, 35))


def _warmth(T: float) -> float:
    """rt: conductivity of standard sea water at T, over that at 15 °C. [1]"""
    return float(np.polynomial.polynomial.polyval(T, _C))


def _salinity(Rt: Floats, T: float) -> Floats:
    """Salinity by the conductivity ratio at temperature T. [1]"""
    root = np.sqrt(Rt)
    f = (T - 15) / (1 + _K * (T - 15))
    scale = np.polynomial.polynomial.polyval(root, _A)
    scale = scale + f * np.polynomial.polynomial.polyval(root, _B)
    x, y = 400 * Rt, 100 * Rt  # Hill et al.
    low = _A[0] / (1 + 1.5 * x + x**2)
    low = low + _B[0] * f / (1 + y**0.5 + y + y**1.5)
    return np.maximum(scale - low, 0.0)
