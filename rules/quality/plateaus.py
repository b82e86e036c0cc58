"""Soil moisture that stands still, low after a drop or high after a rise.

The network's flags D09 and D10 over whole hourly series; a plateau bridges gaps.

References
----------
.. [1] W. A. Dorigo et al., "Global Automated Quality Control of In Situ Soil Moisture
   Data from the International Soil Moisture Network", Vadose Zone Journal 12(3), 2013,
   doi:10.2136/vzj2012.0097; equation numbers are its.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rules.quality.smooth import Floats, Marks, first, hourly, rolling

HIGH_H: Final = 12  # h; D10, eq. 10
FLAT_VARIANCE: Final = 0.05  # %²; D10, eq. 10
NEAR_H: Final = 12  # h; how far from its begin the rise may be, D10
RISE: Final = 0.25  # % per hour; D10, eq. 11
HIGH: Final = 0.95  # of the highest value there was; D10, eq. 13
BELIEVED: Final = 60.0  # %; what is above is no highest value, as in C02
LOW_H: Final = 13  # h; D09, eq. 14
LOW_VARIANCE: Final = 0.001  # of the mean; D09, eq. 14
# The network looks for the steepest hour by its slope rounded to the third place, so
# in finer values it is not found, and the plateau counts from its begin to its end.
SAME: Final = 1e-9  # % per hour


def low(values: ArrayLike, drops: ArrayLike) -> Marks:
    """D09: what stays constant after a drop (D07), for 13 h or longer (eq. 14).

    Examples
    --------
    >>> moisture = [20.0] * 14 + [9.0] * 14
    >>> drop = [False] * 14 + [True] + [False] * 13
    >>> low(moisture, drop).nonzero()[0].tolist() == list(range(14, 28))
    True
    """
    x = hourly(values)
    found = np.zeros(len(x), dtype=bool)
    at = np.flatnonzero(np.isfinite(x))
    y, dropped = x[at], np.asarray(drops, dtype=bool)[at]
    if len(y) < LOW_H:
        return found
    windows = rolling(y, LOW_H)
    relative = np.full(len(y), np.nan)
    with np.errstate(all="ignore"):
        spread = np.round(windows.var(axis=1, ddof=1), 4)
        relative[: len(windows)] = spread / np.round(windows.mean(axis=1), 4)
        relative[np.isnan(relative) & (y == 0)] = 0.0
        begins = dropped & (relative < LOW_VARIANCE)
        ends = np.diff(relative, prepend=np.nan) >= LOW_VARIANCE
    stands = np.zeros(len(y), dtype=bool)
    is_on = False
    for i in range(len(y)):
        is_on = bool(begins[i]) or (is_on and not ends[i])
        stands[i] = is_on
    lasts = rolling(stands.astype(float), LOW_H).max(axis=1) > 0
    found[at[LOW_H - 1 :]] = lasts
    return found


def high(values: ArrayLike) -> Marks:
    """D10: a plateau near the highest value, between a rise and a fall (eq. 10-13).

    Of a flooded field it is the truth: leave it out there.

    Examples
    --------
    >>> moisture = [20.0] * 30 + [45.0] * 40 + [20.0] * 30
    >>> marks = high(moisture)
    >>> marks[31:69].all(), marks[:29].any()
    (np.True_, np.False_)
    """
    x = hourly(values)
    found = np.zeros(len(x), dtype=bool)
    slope = first(x)
    at = np.flatnonzero(np.isfinite(x))
    y, slope = x[at], slope[at]
    believed = y[y < BELIEVED]
    if len(y) < HIGH_H or not len(believed):
        return found
    highest = believed.max()
    for begin, end in _quiet(y):
        rise = _extreme(slope, begin - NEAR_H, begin + NEAR_H, np.fmax)
        fall = _extreme(slope, end - HIGH_H + 1, end - HIGH_H + 1 + 2 * NEAR_H, np.fmin)
        if not (rise >= RISE and fall < 0):
            continue
        plateau = slice(
            _place(slope, rise, begin, end, begin),
            _place(slope, fall, begin, end, end) + 1,
        )
        if plateau.stop > plateau.start and y[plateau].mean() > HIGH * highest:
            found[at[plateau]] = True
    return found


def _quiet(y: Floats) -> list[tuple[int, int]]:
    """First and last place of each stretch whose 12 h all vary little."""
    flat = rolling(y, HIGH_H).var(axis=1, ddof=1) <= FLAT_VARIANCE
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flat.astype(int), [0]))))
    return [
        (int(begin), int(stop) + HIGH_H - 2)
        for begin, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def _extreme(slope: Floats, begin: int, end: int, ufunc: Any) -> float:
    """The greatest or least slope of a stretch; NaN if it goes beyond the series."""
    if end >= len(slope):
        return float("nan")
    return round(float(ufunc.reduce(slope[max(0, begin) : end + 1])), 3)


def _place(slope: Floats, wanted: float, begin: int, end: int, otherwise: int) -> int:
    """Where in the stretch the slope is first as wanted."""
    near: NDArray[Any] = np.flatnonzero(np.abs(slope[begin : end + 1] - wanted) <= SAME)
    return begin + int(near[0]) if len(near) else otherwise
