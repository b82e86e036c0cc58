"""Rice leaf blast: BLASTAM's criteria, night by night, from measured wetness.

Favourable: the leaf was wet long enough for the temperature at which it was wet,
that temperature was 15 to 25 °C, and the mean of the last five days, this one
included, is 20 to 25 °C.  *Near-favourable* ones miss one of the three; they are
numbered and not ranked.  First lesions show about a week after the first
favourable day.  The model knows no variety, no inoculum and no shade: the absence
of a signal is not the absence of risk.

Sources: plant-protection offices of the prefectures Mie (table of hours), Miyazaki
and Shiga (classes), Oita (classes; what ends a wet period).

Decided here, because the pages read do not say [D]
    The tests' order where two fail: temperature, hours, five days.  A night runs
    from noon to noon and has the date of its evening, so that the five days are
    over when it is; a wet period belongs to the night in which it begins, and one
    of more than 24 h begins anew after each 24 h.  Original BLASTAM guesses wetness
    from weather; here it is measured.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

REQUIRED_H: Final = MappingProxyType(
    dict(zip(range(15, 26), (17, 15, 14, 13, 12, 11, 11, 10, 10, 10, 10), strict=True))
)
"""Wet hours that infection needs, by whole °C of the wet period's mean; Mie."""

WET_C: Final = (15.0, 25.0)  # °C; mean of the wet period; Mie, Oita, Miyazaki, Shiga
FIVE_DAYS_C: Final = (20.0, 25.0)  # °C; mean of five daily means; the same
NEAR_H: Final = 10  # h; near-favourable wetness; the same
WIND_M_S: Final = 3.0  # m/s; dries the leaf above this; Oita
DOWNPOUR_MM: Final = 4.0  # mm in an hour; washes the spores off; Oita
HEAVY_MM: Final = 3.0  # mm in each of two hours; the same; Oita
LONGEST_H: Final = 24  # h; a wet period begins anew after so many [D]
DAYS: Final = 5  # d; of the running mean; Mie, Oita, Miyazaki, Shiga

Method = Literal["sensor", "rh90"]

WET_FROM: Final[Mapping[Method, float]] = MappingProxyType(
    {
        "sensor": 50.0,  # % mean wet share: wet for half of the hour or more [D]
        "rh90": 90.0,  # % mean relative humidity; Sentelhas et al. 2008
    }
)
"""From where on a whole hour counts as wet.  The tables know whole hours only, so a
sensor's hour is rounded; P. C. Sentelhas et al., "Suitability of relative humidity
as an estimator of leaf wetness duration", Agric. For. Meteorol. 148:392-400, 2008,
found hours of 90 % right in 0.87 to 0.92 of the cases."""


class Favour(StrEnum):
    """What a night was for the fungus."""

    FAVOURABLE = "favourable"
    COOL = "semi_1_cool_5d"
    HOT = "semi_2_hot_5d"
    OUT_OF_RANGE = "semi_3_wet_t_out_of_range"
    SHORT = "semi_4_short_wet"
    NONE = "none"


def required_wet_hours(mean_wet_c: float) -> int | None:
    """Wet hours that infection needs at a mean temperature of the wet period.

    Parameters
    ----------
    mean_wet_c : float
        [°C]  Rounded to the whole degrees of the table, half a degree upwards [D].

    Returns
    -------
    int or None
        [h]  ``None`` outside 15 to 25 °C.

    Examples
    --------
    >>> required_wet_hours(17), required_wet_hours(24.6), required_wet_hours(26)
    (14, 10, None)
    """
    if not math.isfinite(mean_wet_c):
        msg = f"mean temperature of wet hours is {mean_wet_c}; it must be a number"
        raise ValueError(msg)
    if not WET_C[0] <= mean_wet_c <= WET_C[1]:
        return None
    return REQUIRED_H[math.floor(mean_wet_c + 0.5)]


def classify(
    wet_hours: int, mean_wet_c: float, five_days_c: float | None
) -> Favour | None:
    """Class of one wet period.

    Parameters
    ----------
    wet_hours : int
        [h]
    mean_wet_c : float
        Mean temperature of those hours. [°C]
    five_days_c : float or None
        Mean of the last five daily means, today included. [°C]

    Returns
    -------
    Favour or None
        ``None`` where the class hangs on a five-day mean that is not known.

    Examples
    --------
    >>> classify(12, 21.0, 22.5), classify(12, 21.0, None)
    (<Favour.FAVOURABLE: 'favourable'>, None)
    """
    if wet_hours == 0:
        return Favour.NONE
    if not wet_hours > 0 or (
        five_days_c is not None and not math.isfinite(five_days_c)
    ):
        msg = f"{wet_hours} wet hours, five days of {five_days_c} °C: give numbers"
        raise ValueError(msg)
    required = required_wet_hours(mean_wet_c)
    if required is None:
        return Favour.OUT_OF_RANGE if wet_hours >= NEAR_H else Favour.NONE
    if wet_hours < required:
        return Favour.SHORT
    if five_days_c is None:
        return None
    if five_days_c < FIVE_DAYS_C[0]:
        return Favour.COOL
    # The bound belongs to two classes on the pages: exactly 25.0 is favourable.
    return Favour.HOT if five_days_c > FIVE_DAYS_C[1] else Favour.FAVOURABLE
