"""Series by the hour and their derivatives, as the soil moisture flags take them.

The derivatives are those of Savitzky and Golay with three points and a parabola, the
series held at its ends.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from rules.models.kinds import floats

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def hourly(values: ArrayLike) -> Floats:
    """One row of numbers, NaN where there is none.

    Raises
    ------
    ValueError
        It is no row, or something in it is infinite.
    """
    x = floats(values)
    if x.ndim != 1:
        msg = f"{x.ndim} dimensions of soil moisture; give one row, hour by hour"
        raise ValueError(msg)
    endless = np.flatnonzero(np.isinf(x))
    if len(endless):
        msg = (
            f"soil moisture: {len(endless)} of {len(x)} values are infinite, the first"
            f" is [{endless[0]}]; give NaN where nothing was measured"
        )
        raise ValueError(msg)
    return x


def ago(x: Floats, hours: int) -> Floats:
    """What was so many hours before each; after it, if negative; NaN beyond the ends.

    >>> ago(np.array([1.0, 2.0, 3.0]), 1).tolist()
    [nan, 1.0, 2.0]
    """
    found = np.full(len(x), np.nan)
    if abs(hours) >= len(x):
        return found
    if hours > 0:
        found[hours:] = x[:-hours]
    else:
        found[:hours] = x[-hours:]
    return found


def first(x: Floats) -> Floats:
    """First derivative per hour.

    >>> first(np.array([1.0, 2.0, 4.0])).tolist()
    [0.5, 1.5, 1.0]
    """
    held = _held(x)
    return (held[2:] - held[:-2]) / 2


def second(x: Floats) -> Floats:
    """Second derivative per hour squared.

    >>> second(np.array([1.0, 2.0, 4.0])).tolist()
    [1.0, 1.0, -2.0]
    """
    held = _held(x)
    return held[2:] - 2 * held[1:-1] + held[:-2]


def _held(x: Floats) -> Floats:
    return np.concatenate((x[:1], x, x[-1:])) if len(x) else np.zeros(2)


def rolling(x: Floats, hours: int) -> NDArray[Any]:
    """Each window of so many hours; none if the series is shorter."""
    if len(x) < hours:
        return np.empty((0, hours))
    return sliding_window_view(x, hours)
