"""Day-degrees and BLASTAM over whole records: the array forms for history.

``degree_days`` and ``blastam`` run on the gateway and know one day at a time; these
give the same numbers for arrays of days, and for single days too.  References are
in those modules.
"""

from typing import Any, Final, Literal

import numpy as np

from rules.models.blastam import FIVE_DAYS_C, NEAR_H, REQUIRED_H, WET_C, Favour
from rules.models.kinds import Floats, Numeric, checked, floats, like

_COLDEST: Final = -60.0  # °C; beyond, it is no temperature of a field
_HOTTEST: Final = 60.0  # °C


def average(tmax: Numeric, tmin: Any, low: float, high: float = np.inf) -> Numeric:
    """Day-degrees of days by their means, cut off at ``high``. [°d]

    Parameters
    ----------
    tmax, tmin : floats or arrays
        Extremes of each day. [°C]
    low, high : float
        Thresholds. [°C]

    Examples
    --------
    >>> average(np.array([36.5, 11.0]), np.array([27.2, 5.0]), 12.57, 35).round(2)
    array([18.53,  0.  ])
    """
    X, N = _days(tmax, tmin, low, high)
    warm = np.maximum(0.0, (np.minimum(X, high) + N) / 2 - low)
    result: Numeric = _as((low <= X) & (high >= N), warm)
    return result


def triangle(tmax: Numeric, tmin: Any, low: float, high: float = np.inf) -> Numeric:
    """Day-degrees of days as areas of triangles between two thresholds. [°d]

    Parameters
    ----------
    tmax, tmin : floats or arrays
        Extremes of each day. [°C]
    low, high : float
        Thresholds. [°C]

    Examples
    --------
    >>> round(triangle(36.5, 27.2, 12.57, 35), 3)
    19.159
    """
    X, N = _days(tmax, tmin, low, high)
    area = _above(X, N, low)
    if np.isfinite(high):
        area = area - _above(X, N, high)
    result: Numeric = like(area, area)
    return result


def _above(X: Floats, N: Floats, level: float) -> Floats:
    """Area of symmetric daily triangles above a level. [°d]"""
    part = np.zeros(X.shape)
    np.divide((X - level) ** 2, 2 * (X - N), out=part, where=(level < X) & (level > N))
    return np.asarray(np.where(level <= N, (X + N) / 2 - level, part))


def aquacrop(
    tmax: Numeric, tmin: Any, base: float, upper: float, method: Literal[1, 2, 3]
) -> Numeric:
    """Day-degrees of days as AquaCrop counts them, by its methods 1 to 3. [°d]

    Parameters
    ----------
    tmax, tmin : floats or arrays
        Extremes of each day. [°C]
    base, upper : float
        Thresholds. [°C]
    method : 1, 2 or 3
        Clip the mean; both extremes; both above, but only Tmax below.

    Examples
    --------
    >>> aquacrop(38.5, 7.0, 10, 30, 1), aquacrop(38.5, 7.0, 10, 30, 3)
    (12.75, 8.5)
    """
    X, N = _days(tmax, tmin, base, upper)
    if method == 1:
        mean = np.clip((X + N) / 2, base, upper)
    elif method == 2:
        mean = (np.clip(X, base, upper) + np.clip(N, base, upper)) / 2
    elif method == 3:
        mean = np.maximum((np.clip(X, base, upper) + np.minimum(N, upper)) / 2, base)
    else:
        msg = f"AquaCrop's method is {method}; it has 1, 2 and 3"
        raise ValueError(msg)
    result: Numeric = like(mean, mean - base)
    return result


def hourly(temperatures: Any, low: float, high: float = np.inf) -> Any:
    """Day-degrees of hours, summed along the last axis. [°d]

    Parameters
    ----------
    temperatures : array, hours last
        Hourly means, as many as there are: (days, 24) gives one number per day. [°C]
    low, high : float
        Thresholds. [°C]

    Examples
    --------
    >>> hourly([[20.0] * 24, [10.0] * 24], 12.0).tolist()
    [8.0, 0.0]
    """
    T = checked("hourly temperatures", temperatures, _COLDEST, _HOTTEST)
    if T.ndim == 0 or T.shape[-1] == 0:
        msg = f"hours have shape {T.shape}; give one hour or more on the last axis"
        raise ValueError(msg)
    _days(_HOTTEST, _COLDEST, low, high)
    total = np.maximum(0.0, np.minimum(T, high) - low).sum(axis=-1) / 24
    return like(total, total)


def required_wet_hours(mean_wet_c: Numeric) -> Numeric:
    """Wet hours that blast needs at the mean temperature of wet periods. [h]

    Parameters
    ----------
    mean_wet_c : float or array
        [°C]

    Returns
    -------
    float or array, same shape
        Infinite outside 15 to 25 °C.

    Examples
    --------
    >>> required_wet_hours(np.array([17.0, 24.6, 26.0])).tolist()
    [14.0, 10.0, inf]
    """
    T = checked("mean temperature of wet hours", mean_wet_c, _COLDEST, _HOTTEST)
    first, hours = (
        min(REQUIRED_H),
        np.array([REQUIRED_H[c] for c in sorted(REQUIRED_H)]),
    )
    at = np.clip(np.floor(T + 0.5).astype(int) - first, 0, len(hours) - 1)
    inside = (WET_C[0] <= T) & (WET_C[1] >= T)
    result: Numeric = like(T, np.where(inside, hours[at], np.inf))
    return result


def classify(wet_hours: Any, mean_wet_c: Any, five_days_c: Any) -> Any:
    """Class of each of many wet periods; ``blastam.classify``.

    Parameters
    ----------
    wet_hours : array
        [h]
    mean_wet_c : array
        Mean temperature of those hours [°C]; NaN where there were none.
    five_days_c : array
        Mean of the last five daily means [°C]; all of them known.

    Returns
    -------
    array of str, same shape
        Values of ``blastam.Favour``.

    Examples
    --------
    >>> classify([12, 12, 0], [21.0, 21.0, np.nan], [22.5, 18.9, 22.0]).tolist()
    ['favourable', 'semi_1_cool_5d', 'none']
    """
    h = checked("wet hours", wet_hours, 0)
    D = checked("mean of five days", five_days_c, _COLDEST, _HOTTEST)
    T = np.where(h > 0, floats(mean_wet_c), WET_C[0])
    needed = np.asarray(required_wet_hours(T))
    is_out = np.isinf(needed)
    return np.select(
        [h == 0, is_out & (h < NEAR_H), is_out, h < needed, FIVE_DAYS_C[0] > D,
         FIVE_DAYS_C[1] < D],
        [str(one) for one in (Favour.NONE, Favour.NONE, Favour.OUT_OF_RANGE,
                              Favour.SHORT, Favour.COOL, Favour.HOT)],
        str(Favour.FAVOURABLE),
    )  # fmt: skip


def _days(tmax: Any, tmin: Any, low: float, high: float) -> tuple[Floats, Floats]:
    """Extremes of days as arrays of one shape, if they are extremes of days."""
    X = checked("tmax", tmax, _COLDEST, _HOTTEST)
    N = checked("tmin", tmin, _COLDEST, _HOTTEST)
    X, N = np.broadcast_arrays(X, N)
    if (X < N).any():
        at = int(np.flatnonzero(X < N)[0])
        msg = (
            f"tmax is below tmin on {int((X < N).sum())} days, first [{at}]; swap them"
        )
        raise ValueError(msg)
    if not (np.isfinite(low) and low < high):
        msg = f"thresholds {low} and {high} °C must rise"
        raise ValueError(msg)
    return X, N


def _as(where: Any, values: Floats) -> Any:
    """The values where it holds, else 0."""
    return like(values, np.where(where, values, 0.0))
