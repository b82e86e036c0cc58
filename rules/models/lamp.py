"""Light traps: how long the lamp was lit is part of the reading.

A lamp without power catches nothing, which says nothing of the insects: that night
is missing and not zero.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.models.trap import Catch

LIT: Final = 0.9  # least share of a lamp's hours that makes a night [D]


@dataclass(frozen=True, slots=True)
class LampNight:
    """What a light trap caught, and how long its lamp was lit."""

    night: date  # of its evening
    count: float  # insects
    lamp_h: float  # h


def lit(nights: Iterable[LampNight], lamp_h: float) -> list[Catch]:
    """Nights whose lamp was lit for nine tenths of its time; the others are missing.

    Parameters
    ----------
    nights : LampNight, in any order
        At most one per night.
    lamp_h : float
        How long the lamp should be lit. [h]  An Giang lights 19:00 to 22:00: 3.

    Raises
    ------
    ValueError
        A night occurs twice, or a number is none or negative.

    Examples
    --------
    >>> dark, bright = LampNight(date(2026, 3, 1), 0, 0.5), LampNight(
    ...     date(2026, 3, 2), 7, 3.0)
    >>> [catch.count for catch in lit([dark, bright], lamp_h=3)]
    [7]
    """
    if not 0 < lamp_h <= 24:
        msg = f"lamp_h is {lamp_h}; a lamp is lit for more than 0 and up to 24 h"
        raise ValueError(msg)
    seen: dict[date, LampNight] = {}
    for one in nights:
        if one.night in seen:
            msg = f"night of {one.night} has two readings; add up or drop one"
            raise ValueError(msg)
        if not (0 <= one.count < math.inf and 0 <= one.lamp_h <= 24):
            msg = f"{one}: give insects from 0 and lamp hours from 0 to 24"
            raise ValueError(msg)
        seen[one.night] = one
    return [
        Catch(night, one.count)
        for night, one in sorted(seen.items())
        if one.lamp_h >= LIT * lamp_h
    ]
