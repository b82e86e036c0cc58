"""Salt in the root zone and what it costs a crop, by Maas and Hoffman.

All by EC of the saturation extract, ECe, in dS/m at 25 °C.  **What a probe in the
soil reads is not ECe**: bulk EC and pore EC stand to it in ways that hang on soil
and water content; calibrate against saturated-paste samples and label the value.
For flooded rice the threshold is of the EC of the soil water.

Seasonal figures: no daily stress is to be made of them.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapter 8, tables 23 and 24.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Numeric, checked, like
from telemetry.quantity import QUANTITIES

MOST_EC: Final = QUANTITIES["water_conductivity"].high  # dS/m; more is µS/cm
HALF: Final = 50.0  # %; loss of yield to which eq. 90 to 92 hold [1]
CONCENTRATION: Final = 5.0  # eq. 93: ECe is a fifth of (1+LF)/LF ECiw


def relative_yield(ece: Numeric, threshold: float, slope: float) -> Numeric:
    """Yield left by salt alone, of what it would be without. [%]

    Parameters
    ----------
    ece : float or array, any shape
        Mean EC of the saturation extract over the root zone. [dS/m at 25 °C]
    threshold : float
        ECe from which yield falls. [dS/m]  ``CROPS[...].salt.threshold``.
    slope : float
        Loss b of yield per dS/m above. [%]

    Returns
    -------
    float or array, same shape
        100 at and below the threshold, never below 0. [%]

    Notes
    -----
    FAO-56 eq. 89 [1]_.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 8.

    Examples
    --------
    >>> round(relative_yield(2.5, 1.7, 12))  # maize; FAO-29 table 4 has 90
    90
    """
    ECe = checked("ECe [dS/m]", ece, 0, MOST_EC)
    over = np.maximum(ECe - checked("threshold [dS/m]", threshold, 0), 0)
    left = np.maximum(100 - checked("slope [% per dS/m]", slope, 0) * over, 0)
    result: Numeric = like(left, left)
    return result


def holds_to(threshold: float, slope: float) -> float:
    """ECe up to which :func:`stress` is valid: half of the yield lost. [dS/m]

    >>> round(holds_to(1.7, 12), 2)  # maize
    5.87
    """
    checked("threshold [dS/m]", threshold, 0)
    return threshold + HALF / float(checked("slope [% per dS/m]", slope, 0.1))


def stress(
    ece: Numeric,
    threshold: float,
    slope: float,
    ky: float,
    water_ks: Numeric | float = 1.0,
) -> Numeric:
    """Ks of salt, and of lack of water with it, 1 to 0. [1]

    Parameters
    ----------
    ece : float or array, any shape
        [dS/m at 25 °C]  Up to :func:`holds_to`; beyond it is an error.
    threshold, slope : float
        Of the crop. [dS/m], [% per dS/m]
    ky : float
        Yield response of the crop to water. [1]  FAO-56 table 24.
    water_ks : float or array
        Ks of lack of water, from ``rules.models.soil_water.stress``. [1]  1: none.

    Returns
    -------
    float or array, same shape
        Ks. [1]

    Notes
    -----
    FAO-56 eq. 91; with ``water_ks``, which is below 1 where Dr exceeds RAW, eq. 92
    [1]_.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 8.

    Examples
    --------
    >>> round(stress(1.5, 1.0, 19, 1.15), 2)  # example 39, bean
    0.92
    >>> round(stress(1.5, 1.0, 19, 1.15, water_ks=(110 - 60) / (110 - 44)), 2)
    0.69
    """
    ECe = checked("ECe [dS/m]", ece, 0, holds_to(threshold, slope))
    over = np.maximum(ECe - threshold, 0)
    salt = 1 - slope / (100 * checked("Ky", ky, 0.1, 2)) * over
    Ks = np.maximum(salt, 0) * checked("Ks of water", water_ks, 0, 1)
    result: Numeric = like(Ks, Ks)
    return result


def from_irrigation(ec_water: Numeric, leaching_fraction: float) -> Numeric:
    """ECe that irrigation with a water leads to in the long run. [dS/m]

    Parameters
    ----------
    ec_water : float or array, any shape
        EC of the irrigation water. [dS/m at 25 °C]
    leaching_fraction : float
        Share LF of the applied water that passes below the roots. [1]  0.01 to 1.

    Returns
    -------
    float or array, same shape
        [dS/m at 25 °C]

    Notes
    -----
    FAO-56 eq. 93 [1]_; at the usual 15 to 20 % about 1.5 times the water's EC.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 8.

    Examples
    --------
    >>> round(from_irrigation(1.0, 0.15), 2)
    1.53
    """
    ECiw = checked("EC of the water [dS/m]", ec_water, 0, MOST_EC)
    LF = checked("leaching fraction", leaching_fraction, 0.01, 1)
    ECe = (1 + LF) / LF * ECiw / CONCENTRATION
    result: Numeric = like(ECe, ECe)
    return result
