"""Whether sensors agree with each other and with what was done to the field.  Pure.

Each check takes what was measured at one instant and speaks of what it names first.
What is missing is ``None`` or NaN and leaves the check not evaluated.  ``together``
runs one over whole series.  Soil moisture that rises without water is in ``rise``.

References
----------
.. [1] I. Zahumensky, "Guidelines on Quality Control Procedures for Data from
   Automatic Weather Stations", WMO, 2004: internal consistency.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Final

from telemetry.reading import Flag

DEW_K: Final = 0.5  # K; the accuracy of two thermometers [D]
GUST_M_S: Final = 0.1  # m/s; a register's step [D]
RISE_CM: Final = 5.0  # cm of water in RISE_S [D]
RISE_S: Final = 900.0  # s [D]

Number = float | None


def dew_point(dew_c: Number, air_c: Number) -> Flag:
    """A dew point is at most the temperature of the air [1]_. [°C]

    >>> dew_point(21.0, 25.0).name, dew_point(26.0, 25.0).name
    ('GOOD', 'SUSPECT')
    """
    match _known(dew_c, air_c):
        case [dew, air]:
            return _suspect(dew > air + DEW_K)
    return Flag.UNCHECKED


def gust(gust_m_s: Number, mean_m_s: Number) -> Flag:
    """A gust is at least the mean of its interval [1]_. [m/s]

    >>> gust(3.0, 4.2).name
    'SUSPECT'
    """
    match _known(gust_m_s, mean_m_s):
        case [most, mean]:
            return _suspect(most < mean - GUST_M_S)
    return Flag.UNCHECKED


def calm(direction_deg: Number, speed_m_s: Number) -> Flag:
    """A station that reports 0 for a calm has direction 0 with speed 0 only [1]_.

    For stations of that habit; most vanes show where they point, so no default.

    >>> calm(0.0, 5.1).name, calm(360.0, 5.1).name
    ('SUSPECT', 'GOOD')
    """
    match _known(direction_deg, speed_m_s):
        case [direction, speed]:
            return _suspect((direction == 0) != (speed == 0))
    return Flag.UNCHECKED


def level(change_cm: Number, elapsed_s: Number, water_mm: Number, pump: Number) -> Flag:
    """A field's water rises by ``RISE_CM`` in ``RISE_S`` only if it is given some.

    Parameters
    ----------
    change_cm : float
        Level less the last one. [cm]
    elapsed_s : float
        Time between them, above 0. [s]
    water_mm : float
        Rain since the last one. [mm]
    pump : float
        1 if the pump ran at any time since the last one, else 0.

    Notes
    -----
    A fall is no matter of the pump: a bund may be opened.  A level that rests while
    the tube is dry is a state of the field.

    Examples
    --------
    >>> level(6.0, 900, 0.0, 0).name, level(6.0, 900, 0.0, 1).name
    ('SUSPECT', 'GOOD')
    """
    match _known(change_cm, elapsed_s, water_mm, pump):
        case [change, elapsed, water, runs]:
            if elapsed <= 0:
                msg = f"level: {elapsed:g} s since the last value; it must be above 0"
                raise ValueError(msg)
            most = RISE_CM * max(1.0, elapsed / RISE_S)
            return _suspect(change > most and water <= 0 and runs <= 0)
    return Flag.UNCHECKED


def dead_probe(*values: Number) -> Flag:
    """A probe of two or more channels whose every value is exactly 0 answers, no more.

    One of them must be a temperature, and a soil does not stand at 0.0 °C with water
    and conductivity at nothing.  A probe in the air shows the air's temperature.

    >>> dead_probe(0.0, 0.0, 0.0).name, dead_probe(0.0, 21.4, 0.0).name
    ('FAIL', 'GOOD')
    """
    known = _known(*values)
    if len(known) < 2:
        return Flag.UNCHECKED
    return Flag.FAIL if not any(known) else Flag.GOOD


def neighbours(value: Number, others: Sequence[Number], apart: float) -> Flag:
    """Suspect if ``value`` is more than ``apart`` from the median of itself and two.

    Two others of the same quantity, side by side, are the least: of two clocks
    nobody knows which one is wrong.

    >>> neighbours(52.1, [27.7, 25.1], 5).name, neighbours(27.7, [52.1, 25.1], 5).name
    ('SUSPECT', 'GOOD')
    """
    if not apart > 0:
        msg = f"neighbours may be {apart} apart; it must be above 0"
        raise ValueError(msg)
    known = _known(value, *others)
    if len(known) < max(3, 1 + len(others)):
        return Flag.UNCHECKED
    return _suspect(abs(known[0] - median(known)) > apart)


def together(check: Callable[..., Flag], *rows: Iterable[Number]) -> list[Flag]:
    """A check over whole series of one length.

    >>> [int(flag) for flag in together(gust, [3.0, 5.0, None], [4.2, 4.2, 4.2])]
    [3, 1, 2]
    """
    return [check(*row) for row in zip(*rows, strict=True)]


def _known(*values: Number) -> tuple[float, ...]:
    """The values, or none of them if one is missing."""
    known = tuple(v for v in values if v is not None and math.isfinite(v))
    return known if len(known) == len(values) else ()


def _suspect(is_so: bool) -> Flag:
    return Flag.SUSPECT if is_so else Flag.GOOD
