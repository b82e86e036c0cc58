"""Crop coefficients over a season, and what bare wet soil adds to them.

FAO-56, chapters 6 and 7.  Every function takes numbers or arrays of one shape.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from rules.models.crops import Coefficients, Lengths, Span
from rules.models.humidity import HUMIDITY
from rules.models.kinds import Floats, Numeric, checked, like

ADJUSTED_FROM: Final = 0.45  # Kc end below it stays as in the table; eq. 65
WIND_SPAN: Final = Span(1.0, 6.0)  # m/s at 2 m; eq. 62 is valid within
HUMIDITY_SPAN: Final = Span(20.0, 80.0)  # % RHmin; the same
HEIGHT_SPAN: Final = Span(0.1, 10.0)  # m; the same
MOST_COVER: Final = 0.99  # fc; eq. 76, so that few stays above 0
LEAST_EXPOSED: Final = 0.01  # few; eq. 75, from 0.01 to 1

WETTED: Final[Mapping[str, Span]] = MappingProxyType(
    {
        "rain": Span(1.0, 1.0),
        "sprinkler": Span(1.0, 1.0),
        "basin": Span(1.0, 1.0),
        "furrow": Span(0.4, 1.0),
        "furrow_alternate": Span(0.3, 0.5),
        "drip": Span(0.3, 0.4),
    }
)
"""Share fw of the ground that each way of watering wets. [1]  FAO-56 table 20."""


def stage_curve(day: Numeric, lengths: Lengths, k: Coefficients) -> Numeric:
    """Crop coefficient of a day: constant, rising, constant, falling.

    Parameters
    ----------
    day : float or array, any shape
        Day of the growing season. [d]  From 0 to the sum of ``lengths``.
    lengths : Lengths
        Each above 0. [d]  Scale them to the season: ``lengths.scaled_to(105)``.
    k : Coefficients
        Kc or Kcb, adjusted to the climate or not. [1]

    Returns
    -------
    float or array, same shape
        Kc or Kcb. [1]

    Notes
    -----
    FAO-56 eq. 66 [1]_.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 6.

    Examples
    --------
    >>> bean = Lengths(25, 25, 30, 20), Coefficients(0.15, 1.14, 0.25)
    >>> stage_curve(12.0, *bean), round(stage_curve(37.0, *bean), 2)  # example 30
    (0.15, 0.63)
    """
    checked("stage lengths", lengths, 0.5)  # d; a stage of nothing has no slope
    checked("crop coefficients", k, 0, 2)  # 1; none is above 1.3 in the tables
    i = checked("day of the season", day, 0, lengths.total)
    knots = np.cumsum(lengths)
    Kc: Numeric = like(i, np.interp(i, knots, (k.initial, k.mid, k.mid, k.end)))
    return Kc


def climate_adjusted(
    kc: Numeric, u2: Numeric, rhmin: Numeric, height: Numeric
) -> Numeric:
    """Kc of the mid stage, or of the end, for another climate than the table's.

    Parameters
    ----------
    kc : float or array
        Kc or Kcb of the table, for RHmin 45 % and wind of 2 m/s. [1]
    u2 : float or array
        Mean wind speed at 2 m over the stage. [m/s]
    rhmin : float or array
        Mean daily minimum relative humidity over the stage. [%]
    height : float or array
        Mean plant height in the stage. [m]

    Returns
    -------
    float or array, same shape
        Adjusted Kc. [1]  A ``kc`` below 0.45 comes back as it is.

    Notes
    -----
    FAO-56 eq. 62, 65 and 70 [1]_.  Wind, humidity and height are taken to the ends
    of the spans for which they are valid: 1 to 6 m/s, 20 to 80 %, 0.1 to 10 m.  In
    the humid wind-still air of Quang Ngai the adjustment is mostly downward.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapters 6 and 7.

    Examples
    --------
    >>> round(climate_adjusted(1.2, 1.3, 75.0, 2.0), 2)  # example 27, Taipei
    1.07
    """
    kc_table = checked("Kc", kc, 0, 2)
    h = np.clip(checked("plant height [m]", height, 0, 50), *HEIGHT_SPAN)
    adjusted = np.where(
        kc_table < ADJUSTED_FROM,
        kc_table,
        kc_table + _climate(u2, rhmin) * (h / 3) ** 0.3,
    )
    result: Numeric = like(adjusted, adjusted)
    return result


def _climate(u2: Numeric, rhmin: Numeric) -> Floats:
    """Return the bracket of eq. 62 and 72, wind and humidity within their spans."""
    wind = np.clip(checked("wind speed [m/s]", u2, 0, 100), *WIND_SPAN)
    RHmin = np.clip(checked("RHmin [%]", rhmin, *HUMIDITY), *HUMIDITY_SPAN)
    bracket: Floats = 0.04 * (wind - 2) - 0.004 * (RHmin - 45)
    return bracket


def upper_limit(kcb: Numeric, u2: Numeric, rhmin: Numeric, height: Numeric) -> Numeric:
    """Kcmax: most that soil and crop together can give off, over ET0. [1]

    Eq. 72 with the spans of :func:`climate_adjusted`, but height [m] as it is.

    >>> round(upper_limit(0.9, 3.0, 20.0, 1.0), 1)  # example 32
    1.3
    """
    Kcb = checked("Kcb", kcb, 0, 2)
    h = checked("plant height [m]", height, 0, 50)
    Kcmax = np.maximum(1.2 + _climate(u2, rhmin) * (h / 3) ** 0.3, Kcb + 0.05)
    result: Numeric = like(Kcmax, Kcmax)
    return result


def cover(kcb: Numeric, kcmin: float, kcmax: Numeric, height: Numeric) -> Numeric:
    """Fc: share of the ground that the canopy shades, 0 to 0.99. [1]

    Eq. 76; ``kcmin`` is Kcb of dry bare soil, 0.15 to 0.20, ``height`` in [m].

    >>> round(cover(0.9, 0.15, 1.3, 1.0), 2)  # example 32
    0.53
    """
    Kcb, Kcmax = checked("Kcb", kcb, 0, 2), checked("Kcmax", kcmax, 0, 2)
    h = checked("plant height [m]", height, 0, 50)
    checked("Kcmax above Kcmin", Kcmax - checked("Kcmin", kcmin, 0, 2), 0.01)
    share = np.maximum(Kcb - kcmin, 0) / (Kcmax - kcmin)
    fc = np.clip(share ** (1 + 0.5 * h), 0, MOST_COVER)
    result: Numeric = like(fc, fc)
    return result


def exposed_wetted(fc: Numeric, fw: Numeric, *, drip: bool = False) -> Numeric:
    """Few: share of the ground both bare to the sun and wet, 0.01 to 1. [1]

    Eq. 75; under drip lines, where the canopy shades what is wet, fw (1 - 2/3 fc).

    >>> round(exposed_wetted(0.53, 1.0), 2), exposed_wetted(0.53, 0.3)
    (0.47, 0.3)
    """
    shade, wet = checked("fc", fc, 0, 1), checked("fw", fw, 0, 1)
    lit = wet * (1 - 2 / 3 * shade) if drip else wet
    few = np.clip(np.minimum(1 - shade, lit), LEAST_EXPOSED, 1)
    result: Numeric = like(few, few)
    return result


def evaporation_reduction(depletion: Numeric, tew: float, rew: float) -> Numeric:
    """Kr: how far drying soil slows its evaporation, 1 to 0.  Eq. 74. [1]

    ``depletion`` De, ``tew`` and ``rew`` in [mm]; soil wetter than REW gives 1.

    >>> round(evaporation_reduction(13.98, 20, 9), 3)  # example 31, day 4
    0.547
    """
    De = checked("depletion De [mm]", depletion, 0)
    if not 0 <= rew < tew < np.inf:
        msg = f"REW is {rew} mm and TEW {tew} mm; 0 ≤ REW < TEW must hold"
        raise ValueError(msg)
    Kr = np.clip((tew - De) / (tew - rew), 0, 1)
    result: Numeric = like(Kr, Kr)
    return result


def evaporation(kr: Numeric, kcmax: Numeric, kcb: Numeric, few: Numeric) -> Numeric:
    """Ke: what wet bare soil gives off, over ET0.  Eq. 71. [1]

    >>> round(evaporation(1.0, 1.3, 0.9, 0.3), 2)  # example 33
    0.39
    """
    Kr, share = checked("Kr", kr, 0, 1), checked("few", few, 0, 1)
    Kcmax, Kcb = checked("Kcmax", kcmax, 0, 2), checked("Kcb", kcb, 0, 2)
    Ke = np.maximum(np.minimum(Kr * (Kcmax - Kcb), share * Kcmax), 0)
    result: Numeric = like(Ke, Ke)
    return result
