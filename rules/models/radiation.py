"""Radiation: what reaches the field, and what of it stays.

FAO-56 chapters 3 and 4 [1]_, by equation number.  Energies are in MJ/m² of a day or
of an hour; a mean in W/m² becomes that by ``per_day`` or ``per_hour``.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Numeric, checked, like
from rules.models.psychrometrics import AIR_C, ELEVATION_M

ALBEDO: Final = 0.23  # of the grass of reference, eq. 38
ANGSTROM: Final = (0.25, 0.50)  # as and bs where not calibrated, eq. 35
INLAND, COAST = 0.16, 0.19  # 1/√°C; kRs, eq. 50

DAILY: Final = (0.0, 50.0)  # MJ/m²/d; Ra has at most 49, at the poles in summer
WATTS: Final = (0.0, 1600.0)  # W/m²; plausible, WMO guideline (Zahumensky 2004)


def per_day(watts: Numeric) -> Numeric:
    """A day's mean of radiation as energy; [W/m²] to [MJ/m²/d], FAO-56 table 3.

    >>> per_day(100.0)
    8.64
    """
    mean = checked("mean radiation of a day [W/m²]", watts, *WATTS)
    out: Numeric = like(mean, mean * 0.0864)  # 86,400 s
    return out


def per_hour(watts: Numeric) -> Numeric:
    """An hour's mean of radiation as energy; [W/m²] to [MJ/m²/h].

    >>> per_hour(100.0)
    0.36
    """
    mean = checked("mean radiation of an hour [W/m²]", watts, *WATTS)
    out: Numeric = like(mean, mean * 0.0036)  # 3,600 s
    return out


# --- what reaches the ground ---------------------------------------------------


def from_sunshine(
    sunshine: Numeric,
    daylight: Numeric,
    top: Numeric,
    angstrom: tuple[float, float] = ANGSTROM,
) -> Numeric:
    """Solar radiation of a day by its hours of sunshine.

    Parameters
    ----------
    sunshine, daylight : float or array
        n, measured, and N, at most possible. [h]
    top : float or array
        Ra. [MJ/m²/d]
    angstrom : two floats
        as and bs; calibrated ones are better than these defaults.

    Returns
    -------
    float or array
        Rs. [MJ/m²/d]

    Notes
    -----
    FAO-56 eq. 35 [1]_.

    Examples
    --------
    >>> round(from_sunshine(7.1, 10.9, 25.1), 2)  # FAO-56 example 10 prints 14.5
    14.45
    """
    n = checked("hours of sunshine [h]", sunshine, 0.0, 24.0)
    N = checked("hours of daylight [h]", daylight, 0.1, 24.0)
    checked("sunshine as a share of daylight", n / N, 0.0, 1.0)
    Ra = checked("radiation at the top of the air [MJ/m²/d]", top, *DAILY)
    Rs = (angstrom[0] + angstrom[1] * n / N) * Ra  # eq. 35
    out: Numeric = like(Rs, Rs)
    return out


def from_temperature(
    tmax: Numeric, tmin: Numeric, top: Numeric, k: float = INLAND
) -> Numeric:
    """Solar radiation of a day by the span of its temperature.

    Parameters
    ----------
    tmax, tmin : float or array
        [°C]
    top : float or array
        Ra. [MJ/m²/d]
    k : float
        kRs: ``INLAND`` or, where air comes from the sea, ``COAST``. [1/√°C]

    Returns
    -------
    float or array
        Rs. [MJ/m²/d]

    Notes
    -----
    FAO-56 eq. 50 [1]_, Hargreaves' formula.  Not for small islands, where no span
    tells clouds from sun (eq. 51 instead).

    Examples
    --------
    >>> round(from_temperature(26.6, 14.8, 40.55), 1)  # FAO-56 example 20: 22.29
    22.3
    """
    span = checked("Tmax [°C]", tmax, *AIR_C) - checked("Tmin [°C]", tmin, *AIR_C)
    checked("Tmax minus Tmin [°C]", span, 0.0)
    Ra = checked("radiation at the top of the air [MJ/m²/d]", top, *DAILY)
    Rs = k * np.sqrt(span) * Ra  # eq. 50
    out: Numeric = like(Rs, Rs)
    return out


def clear_sky(top: Numeric, elevation: float) -> Numeric:
    """Radiation under a clear sky [MJ/m²] of the same time as ``top``.

    FAO-56 eq. 37 [1]_; elevation in [m].

    >>> round(clear_sky(25.1, 0.0), 1)  # FAO-56 example 11
    18.8
    """
    Ra = checked("radiation at the top of the air [MJ/m²]", top, *DAILY)
    z = checked("elevation [m]", elevation, *ELEVATION_M)
    Rso: Numeric = like(Ra, (0.75 + 2e-5 * z) * Ra)  # eq. 37
    return Rso


# --- what stays ----------------------------------------------------------------


def net_shortwave(solar: Numeric, albedo: float = ALBEDO) -> Numeric:
    """Solar radiation that is not reflected [MJ/m²]; FAO-56 eq. 38 [1]_.

    >>> round(net_shortwave(14.5), 1)  # FAO-56 example 12
    11.2
    """
    Rs = checked("solar radiation [MJ/m²]", solar, *DAILY)
    Rns: Numeric = like(Rs, (1 - albedo) * Rs)  # eq. 38
    return Rns
