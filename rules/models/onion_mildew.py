"""Downy mildew of onion and garlic: the night on which it makes spores.

Spores need a cool day, and then air near saturation without a break from 02:00 to
dawn, on leaves that are not wet.  They fly from 07:00 to 09:00.  On Ly Son most
days are too warm; expect a signal in a cold surge only, and purple blotch, for
which no table was found, the rest of the year.

References
----------
.. [1] P. D. Hildebrand, J. C. Sutton, "Weather variables in relation to an epidemic
   of onion downy mildew", Phytopathology 72:219-224, 1982, abstract.
.. [2] Agriplaza, page on downy mildew of onion: hours of infection.
"""

from datetime import date, timedelta
from typing import Any, Final

from rules.models.humidity import HUMIDITY
from rules.models.kinds import checked

COOL_DAY_C: Final = (23.0, 24.0)  # °C; spores below the first, none from the second [1]
HUMID: Final = 95.0  # %; from 02:00 to dawn without a break [1]
DRY_MM: Final = 0.0  # mm; rain wets the leaf, and a wet leaf bears no spores [1]
LATENT_DAYS: Final = (10, 16)  # d from infection to spots [1]
WET_H: Final = ((6.0, 16.0, 2.0), (16.0, 20.0, 5.0))  # from °C, to °C, h wet [2]


def sporulates(
    yesterday_max_c: Any,
    least_humidity: Any,
    rain_mm: Any,
    *,
    has_dew: Any = False,
    cool_day_c: float = COOL_DAY_C[1],
) -> Any:
    """Whether a night may bring spores.

    Parameters
    ----------
    yesterday_max_c : float or array
        Highest temperature of the day before. [°C]
    least_humidity : float or array
        Lowest relative humidity from 02:00 to dawn [%], of a sensor that is rated to
        95 % or more: another one cannot say it.
    rain_mm : float or array
        Rain of the night. [mm]
    has_dew : bool or array
        Whether a film of dew was on the leaves.
    cool_day_c : float
        The day before must stay below. [°C]  The source has 23 to 24: the upper end
        misses fewer nights [D].

    Returns
    -------
    bool, or array of bool
        ``True`` is *possible*; inoculum is not known.

    Examples
    --------
    >>> sporulates(22.0, 97.0, 0.0), sporulates(25.5, 97.0, 0.0)
    (True, False)
    """
    T = checked("temperature of the day before", yesterday_max_c, -60, 60)
    RH = checked("relative humidity of the night", least_humidity, *HUMIDITY)
    R = checked("rain of the night", rain_mm, 0)
    dry = (R <= DRY_MM) & (checked("dew, 0 or 1", has_dew, 0, 1) == 0)
    found = (checked("cool_day_c", cool_day_c) > T) & (RH >= HUMID) & dry
    return bool(found) if found.ndim == 0 else found


def may_infect(wet_hours: Any, mean_wet_c: Any) -> Any:
    """Whether leaves were wet long enough for spores to get in.

    Parameters
    ----------
    wet_hours : float or array
        Of one wet period. [h]
    mean_wet_c : float or array
        Its mean temperature. [°C]

    Returns
    -------
    bool, or array of bool
        From 2 wet hours at 6 to 16 °C (the source has 2 to 3), from 5 at 16 to 20,
        where 16 °C itself is the warmer case; never outside [2]_.

    Examples
    --------
    >>> may_infect(3.0, 12.0), may_infect(3.0, 18.0), may_infect(9.0, 22.0)
    (True, False, False)
    """
    h = checked("wet hours", wet_hours, 0)
    T = checked("mean temperature of wet hours", mean_wet_c, -60, 60)
    (cool, middle, short), (_, warm, long) = WET_H
    quick = (cool <= T) & (middle > T) & (h >= short)
    slow = (middle <= T) & (warm >= T) & (h >= long)
    found = quick | slow
    return bool(found) if found.ndim == 0 else found


def spots_from_to(infected: date) -> tuple[date, date]:
    """When spots of an infection would be seen first and last.

    >>> [str(day) for day in spots_from_to(date(2026, 12, 1))]
    ['2026-12-11', '2026-12-17']
    """
    first, last = (infected + timedelta(days=days) for days in LATENT_DAYS)
    return first, last
