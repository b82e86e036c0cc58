"""Scalars and arrays alike: what a formula takes, and how it refuses bad input."""

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numeric = TypeVar("Numeric", float, Floats)
"""A number, or an array of them: what goes in comes out, in the same shape."""

_MOST_NAMED: Final = 3  # places of bad values in a message


def like(given: Any, result: Any) -> Any:
    """``result`` as a plain float where ``given`` was a scalar, else as an array."""
    return float(result) if np.ndim(given) == 0 else np.asarray(result, dtype=float)


def floats(value: Any) -> Floats:
    """``value`` as an array of numbers; what is masked is NaN.

    >>> floats(np.ma.masked_equal([20, 999], 999)).tolist()
    [20.0, nan]
    """
    if isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(float), np.nan)
    return np.asarray(value, dtype=float)


def checked(
    name: str, value: Any, low: float = -np.inf, high: float = np.inf
) -> Floats:
    """``value`` as an array, if all of it is finite and within ``low`` and ``high``.

    Raises
    ------
    ValueError
        Something is NaN, infinite or outside; it says what and where.
    """
    array = floats(value)
    bad = ~(np.isfinite(array) & (array >= low) & (array <= high))
    if not bad.any():
        return array
    if array.ndim == 0:
        msg = f"{name} is {array:g}; it must be a number from {low:g} to {high:g}"
        raise ValueError(msg)
    places = np.flatnonzero(bad)
    some = ", ".join(f"[{at}] {array.flat[at]:g}" for at in places[:_MOST_NAMED])
    more = ", …" if len(places) > _MOST_NAMED else ""
    msg = (
        f"{name}: {len(places)} of {array.size} values are no numbers from {low:g} to"
        f" {high:g}: {some}{more}"
    )
    raise ValueError(msg)
