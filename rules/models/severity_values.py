"""Severity values of a day: TOMCAST for early blight, Wallin for late blight.

A table turns the hours that leaves were wet, and how warm they were, into a number
from 0 to 4; sprays are timed by the sum.  TOMCAST was built for early blight,
Septoria leaf spot and anthracnose of tomato in temperate fields.  Its use for
anthracnose of chili is an analogy [D]: advice, never an order to spray.

The tables know whole hours and, in the originals, whole degrees.  Here a part of
an hour does not count, and a temperature between two rows belongs as in [1]_: the
upper bound of a row is its own.  Outside the tables the value is 0.

References
----------
.. [1] University of Wisconsin-Madison, Researcher's Weather Data Tool, source of its
   Alternaria and late-blight models: TOMCAST after Pitblado 1992, from FAST, L. V.
   Madden, S. P. Pennypacker, A. A. MacNab, Phytopathology 68:1354-1358, 1978; late
   blight after Wallin, as in BLITECAST.
.. [2] VIPS, Norwegian Institute of Bioeconomy Research, page on TOMCAST: the table
   to 29 °C.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rules.models.kinds import Floats, Numeric, checked, floats, like


@dataclass(frozen=True, slots=True)
class Row:
    """One band of temperature: values 1, 2, … begin at these hours."""

    to_c: float  # °C, included
    from_h: tuple[int, ...]  # h


TOMCAST_FROM_C: Final = 13.0  # °C, included [1]
TOMCAST: Final = (
    Row(18.0, (8, 16, 21)),  # older charts, not read, are said to begin at 7 h
    Row(21.0, (5, 9, 16, 23)),  # and here at 4 h
    Row(26.0, (3, 6, 13, 21)),
    Row(29.0, (4, 9, 16, 23)),  # [1] has no upper end, [2] ends here
)
"""Hours of leaf wetness [h] by their mean temperature [°C]; [1]_, [2]_."""

WALLIN_FROM_C: Final = 7.2  # °C, included [1]
WALLIN: Final = (
    Row(11.6, (16, 19, 22)),
    Row(15.0, (13, 16, 19, 22)),
    Row(26.6, (10, 13, 16, 19)),
)
"""Hours of 90 % relative humidity or more [h], by their mean temperature [°C] [1]_."""

SPRAY_AT: Final = (15, 20)  # severity values of TOMCAST from spray to spray [1]


def tomcast(mean_wet_c: Numeric, wet_hours: Any) -> Numeric:
    """Severity value of a day for early blight, 0 to 4.

    Parameters
    ----------
    mean_wet_c : float or array
        Mean temperature of the wet hours [°C]; NaN where there were none.
    wet_hours : float or array
        Hours of the day in which leaves were wet. [h]

    Examples
    --------
    >>> tomcast(24.0, 14), tomcast(12.0, 20)
    (3.0, 0.0)
    """
    result: Numeric = _value(TOMCAST_FROM_C, TOMCAST, mean_wet_c, wet_hours)
    return result


def wallin(mean_humid_c: Numeric, humid_hours: Any) -> Numeric:
    """Severity value of a day for late blight, 0 to 4.

    Parameters
    ----------
    mean_humid_c : float or array
        Mean temperature of the humid hours [°C]; NaN where there were none.
    humid_hours : float or array
        Hours of the day with 90 % relative humidity or more. [h]

    Examples
    --------
    >>> wallin(20.0, 13), wallin(27.5, 20)
    (2.0, 0.0)
    """
    result: Numeric = _value(WALLIN_FROM_C, WALLIN, mean_humid_c, humid_hours)
    return result


def _value(from_c: float, rows: tuple[Row, ...], mean_c: Any, hours: Any) -> Any:
    h = np.floor(checked("hours of a day", hours, 0, 24))
    T, h = np.broadcast_arrays(floats(mean_c), h)
    checked("mean temperature of wet hours", T[h > 0], -60, 60)
    found = np.zeros(h.shape)
    low = float(np.nextafter(from_c, -np.inf))  # the first row has both its bounds
    for row in rows:
        here = (h > 0) & (low < T) & (row.to_c >= T)
        for begin in row.from_h:
            found += here & (h >= begin)
        low = row.to_c
    return like(found, found)


def of_hours(wet: Any, temperature: Any) -> tuple[Floats, Floats]:
    """Mean temperature of the wet hours, and their number, day by day.

    Parameters
    ----------
    wet, temperature : arrays of shape (days, 24)
        1 or 0, and [°C].

    Returns
    -------
    two arrays of shape (days,)
        [°C], NaN without a wet hour, and [h]; for ``tomcast`` and ``wallin``.

    Examples
    --------
    >>> T, h = of_hours([[1] * 12 + [0] * 12], [[20.0] * 12 + [30.0] * 12])
    >>> tomcast(T, h).tolist()
    [2.0]
    """
    w, T = checked("wet", wet, 0, 1), checked("temperature", temperature, -60, 60)
    if w.shape != T.shape or w.ndim != 2 or w.shape[1] != 24:
        msg = f"hours have shapes {w.shape} and {T.shape}; give two of (days, 24)"
        raise ValueError(msg)
    if not np.isin(w, (0.0, 1.0)).all():
        msg = "wet hours are 1 and dry ones 0; there are other values"
        raise ValueError(msg)
    hours = w.sum(axis=1)
    mean = np.full(hours.shape, np.nan)
    np.divide((w * T).sum(axis=1), hours, out=mean, where=hours > 0)
    return mean, hours


def since_spray(values: Any, sprayed: Iterable[bool]) -> Floats:
    """Sum of severity values since the last spray, day by day.

    Parameters
    ----------
    values : series
        Severity values of days one after another.
    sprayed : series of bool, same length
        Whether the field was sprayed on that day, which begins the sum anew: the
        day's own value is taken as washed away with the spores.

    Examples
    --------
    >>> since_spray([2, 3, 4, 1], [False, False, True, False]).tolist()
    [2.0, 5.0, 0.0, 1.0]
    """
    V, total, found = checked("severity values", values, 0, 4), 0.0, []
    if V.ndim != 1:
        msg = f"severity values have shape {V.shape}; give one series of days"
        raise ValueError(msg)
    for value, anew in zip(V.tolist(), sprayed, strict=True):
        total = 0.0 if anew else total + value
        found.append(total)
    return np.asarray(found)
