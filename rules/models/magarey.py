"""Magarey's generic infection model: wet hours that a fungus needs, by temperature.

For any pathogen whose three temperatures and two wetness durations somebody has
measured.  For the pathogens of our crops none were found, so there is no rule on
this model: ``PATHOGENS`` holds the sets that were read, to check the formula by.

References
----------
.. [1] R. D. Magarey, T. B. Sutton, C. L. Thayer, "A simple generic infection model
   for foliar fungal plant pathogens", Phytopathology 95:92-100, 2005,
   doi 10.1094/PHYTO-95-0092; parameters of table 2 as quoted in a reading note.
.. [2] APS Education Center, "Disease forecasting, case study 1: simple generic
   infection model": the wet hours needed "are fixed at" Wmax and Wmin, its bounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from rules.models.kinds import Floats, Numeric, checked, floats, like


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathogen:
    """What infection by one pathogen needs [1]_."""

    tmin_c: float  # °C; none at or below
    topt_c: float  # °C; fastest
    tmax_c: float  # °C; none at or above
    wmin_h: float  # h wet at the optimum
    wmax_h: float  # h wet, however slow

    def __post_init__(self) -> None:
        """Refuse temperatures or hours that are out of order."""
        if not -np.inf < self.tmin_c < self.topt_c < self.tmax_c < np.inf:
            msg = f"{self}: temperatures must rise from tmin_c over topt_c to tmax_c"
            raise ValueError(msg)
        if not 0 < self.wmin_h <= self.wmax_h < np.inf:
            msg = f"{self}: wet hours must rise from above 0 over wmin_h to wmax_h"
            raise ValueError(msg)


PATHOGENS: Final[Mapping[str, Pathogen]] = MappingProxyType(
    {
        "Plasmopara viticola": Pathogen(
            tmin_c=1, topt_c=20, tmax_c=30, wmin_h=2, wmax_h=14
        ),
        "Botrytis cinerea, flowers": Pathogen(
            tmin_c=1, topt_c=25, tmax_c=34, wmin_h=1, wmax_h=12
        ),
        "Botrytis cinerea, berries": Pathogen(
            tmin_c=10, topt_c=20, tmax_c=35, wmin_h=4, wmax_h=10
        ),
        "Phytophthora cactorum": Pathogen(
            tmin_c=1, topt_c=25, tmax_c=35, wmin_h=2, wmax_h=5
        ),
    }
)
"""Published sets, of grapes and apples: table 2 [1]_."""


def longest_need(wmin_h: float) -> float:
    """Wmax where nobody has measured it: 3.8 + 3.0 Wmin [1]_. [h]

    >>> longest_need(2.0)
    9.8
    """
    return float(3.8 + 3.0 * checked("wmin_h", wmin_h, 0))


def response(pathogen: Pathogen, temperature: Numeric) -> Numeric:
    """How near a temperature is to the optimum, 0 to 1.

    Parameters
    ----------
    pathogen : Pathogen
        Its temperatures and hours.
    temperature : float or array, any shape
        Mean of the wet hours. [°C]

    Notes
    -----
    f(T) = (Tmax − T)/(Tmax − Topt) × ((T − Tmin)/(Topt − Tmin))^((Topt − Tmin)/(Tmax −
    Topt)), 0 outside [1]_.

    Examples
    --------
    >>> round(response(PATHOGENS["Plasmopara viticola"], 15.0), 5)  # R, infect
    0.83966
    """
    T = np.clip(checked("temperature", temperature), pathogen.tmin_c, pathogen.tmax_c)
    below, above = pathogen.topt_c - pathogen.tmin_c, pathogen.tmax_c - pathogen.topt_c
    rising = ((T - pathogen.tmin_c) / below) ** (below / above)
    result: Numeric = like(temperature, (pathogen.tmax_c - T) / above * rising)
    return result


def wet_hours_needed(pathogen: Pathogen, temperature: Numeric) -> Numeric:
    """Wet hours until a fifth of the plants would show it. [h]

    Parameters
    ----------
    pathogen : Pathogen
        Its temperatures and hours.
    temperature : float or array, any shape
        Mean of the wet hours. [°C]

    Returns
    -------
    float or array, same shape
        Wmin / f(T), at most Wmax [1]_; infinite where f(T) is 0.

    Notes
    -----
    The paper can be read as if there were no infection where Wmin / f(T) is above
    Wmax.  Here Wmax is an upper bound, as the society that printed it teaches [2]_:
    near Tmin and Tmax that warns rather too often than too rarely.

    Examples
    --------
    >>> round(wet_hours_needed(PATHOGENS["Plasmopara viticola"], 28.0), 4)
    5.1291
    """
    f = np.asarray(response(pathogen, temperature))
    needed = np.full(f.shape, np.inf)
    np.divide(pathogen.wmin_h, f, out=needed, where=f > 0)
    needed = np.where(f > 0, np.minimum(needed, pathogen.wmax_h), np.inf)
    result: Numeric = like(temperature, needed)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Wet hours that add up, and whether they were enough."""

    first: int  # place of its first wet hour in the series
    last: int  # of its last wet hour
    wet_hours: int  # h
    mean_c: float  # of the wet hours [°C]
    needed_h: float  # at that mean [h]
    is_whole: bool  # no unknown hour within or beside it

    @property
    def infects(self) -> bool:
        """Whether it was wet long enough; where not whole, a *no* is not sure."""
        return self.wet_hours >= self.needed_h


def spells(
    pathogen: Pathogen, wet: Any, temperature: Any, dry_limit_h: int
) -> list[Spell]:
    """Wet spells of a series of hours, each with what it needed.

    Parameters
    ----------
    pathogen : Pathogen
        Its temperatures and hours.
    wet : series of hours
        1 wet, 0 dry, NaN unknown.
    temperature : series of hours, same length
        Of the wet hours at least, else NaN. [°C]
    dry_limit_h : int
        D50 [1]_: wet hours on both sides of at most so many dry ones add up. [h]
        No figure was read for any pathogen, so there is no default.

    Notes
    -----
    An unknown hour is neither wet nor dry: it ends a spell, which then is not whole.

    Examples
    --------
    >>> fungus = PATHOGENS["Botrytis cinerea, flowers"]
    >>> [s.wet_hours for s in spells(fungus, [1, 0, 1, 0, 0, 1], [20.0] * 6, 1)]
    [2, 1]
    """
    w, T = floats(wet), floats(temperature)
    if w.ndim != 1 or w.shape != T.shape or len(w) == 0:
        msg = f"hours have shapes {w.shape} and {T.shape}; give two equal series"
        raise ValueError(msg)
    if not np.isin(w[~np.isnan(w)], (0.0, 1.0)).all():
        msg = "wet hours are 1, dry ones 0, unknown ones NaN; there are other values"
        raise ValueError(msg)
    if not dry_limit_h >= 0:
        msg = f"dry_limit_h is {dry_limit_h}; it must be 0 or more hours"
        raise ValueError(msg)
    checked("temperature of wet hours", T[w == 1])
    return [_spell(pathogen, hours, w, T) for hours in _together(w, dry_limit_h)]


def _together(wet: Floats, dry_limit_h: int) -> list[list[int]]:
    """Places of the wet hours, spell by spell."""
    found: list[list[int]] = []
    for at in np.flatnonzero(wet == 1).tolist():
        between = wet[found[-1][-1] + 1 : at] if found else None
        if between is None or len(between) > dry_limit_h or np.isnan(between).any():
            found.append([])
        found[-1].append(at)
    return found


def _spell(pathogen: Pathogen, hours: Sequence[int], wet: Floats, T: Floats) -> Spell:
    mean = float(T[list(hours)].mean())
    around = wet[max(0, hours[0] - 1) : hours[-1] + 2]
    return Spell(
        first=hours[0],
        last=hours[-1],
        wet_hours=len(hours),
        mean_c=mean,
        needed_h=wet_hours_needed(pathogen, mean),
        is_whole=not np.isnan(around).any(),
    )
