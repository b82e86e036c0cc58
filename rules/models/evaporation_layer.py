"""The crust of bare soil: how it wets, dries, and what it gives off meanwhile.

FAO-56, chapter 7.  The order of events within a day is named by the caller, as in
``rules.models.soil_water``: ``early`` is the book's, ``late`` pyfao56's.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] K. R. Thorp, pyfao56 1.4.3, USDA-ARS: its conventions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rules.models.crop_coefficients import (
    evaporation,
    evaporation_reduction,
    exposed_wetted,
)
from rules.models.kinds import Floats, checked
from rules.models.soil_water import Events, known_events
from rules.models.soils import Soil

WETTING_RAIN_MM: Final = 3.0  # mm; less rain leaves fw as it was [2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Irrigation:
    """Water given on one day of the season."""

    day: int  # from 0 at sowing
    depth_mm: float  # over the whole field, what got there
    fw: float = 1.0  # share of the ground wetted; ``crop_coefficients.WETTED``


@dataclass(frozen=True, slots=True, kw_only=True)
class Crust:
    """The evaporating layer, day by day; arrays of one length."""

    kr: Floats
    ke: Floats
    few: Floats
    depletion_mm: Floats  # De of the wetted bare ground, at the end of the day


def evaporation_layer(
    et0_mm: Floats,
    rain_mm: Floats,
    irrigation: Sequence[Irrigation],
    kcb: Floats,
    kcmax: Floats,
    fc: Floats,
    soil: Soil,
    *,
    start_mm: float | None = None,
    events: Events = "early",
) -> Crust:
    """Follow the crust from which wet bare ground evaporates.

    Parameters
    ----------
    et0_mm, rain_mm : array of n days
        [mm/d]  Rain less runoff.
    irrigation : sequence of Irrigation
        By day of the series, from 0.
    kcb, kcmax, fc : array of n days
        [1]  ``rules.models.crop_coefficients``.
    soil : Soil
        Its TEW and REW. [mm]
    start_mm : float or None
        De at the end of the day before; ``None`` is dry, TEW. [mm]
    events : "early" or "late"
        Whether water comes before or after the evaporation of its day.

    Returns
    -------
    Crust

    Notes
    -----
    FAO-56 eq. 71, 74, 75, 77 and 79 [1]_, without transpiration from the crust.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 7.

    Examples
    --------
    >>> bare = Soil(theta_fc=0.25, theta_wp=0.1, rew_mm=9)  # example 31
    >>> days = {name: np.full(3, x) for name, x in dict(kcb=0.15, kcmax=1.2).items()}
    >>> crust = evaporation_layer(np.full(3, 4.5), np.zeros(3), [], fc=np.zeros(3),
    ...                           soil=bare, start_mm=0.0, **days)
    >>> [float(x) for x in crust.depletion_mm.round(2)]
    [4.73, 9.45, 13.98]
    """
    known_events(events)
    ET0, rain = checked("ET0 [mm/d]", et0_mm, 0), checked("rain [mm/d]", rain_mm, 0)
    Kcb, Kcmax = checked("Kcb", kcb, 0, 2), checked("Kcmax", kcmax, 0, 2)
    same_length(et0=ET0, rain=rain, kcb=Kcb, kcmax=Kcmax, fc=fc)
    given = by_day(irrigation, ET0.size)
    fw = _wetted(rain, given)
    few = exposed_wetted(fc, fw)
    water = rain + given[0] / fw
    De = soil.tew_mm if start_mm is None else start_mm
    De = float(checked("De at the start [mm]", De, 0, soil.tew_mm))
    days = np.empty((3, ET0.size))
    for i in range(ET0.size):
        wetted = max(De - water[i], 0.0)
        seen = wetted if events == "early" else De
        Kr = evaporation_reduction(seen, soil.tew_mm, soil.rew_mm)
        Ke = evaporation(Kr, float(Kcmax[i]), float(Kcb[i]), float(few[i]))
        drained = max(water[i] - De, 0.0)  # eq. 79
        De = De - water[i] + drained + Ke * ET0[i] / few[i]  # eq. 77
        De = min(max(De, 0.0), soil.tew_mm)  # eq. 78
        days[:, i] = Kr, Ke, De
    return Crust(kr=days[0], ke=days[1], few=few, depletion_mm=days[2])


def by_day(irrigation: Sequence[Irrigation], n: int) -> Floats:
    """Depth [mm] and fw [1] of each day, fw 0 where nothing was given."""
    days = np.zeros((2, n))
    for one in irrigation:
        if not 0 <= one.day < n or days[1, one.day]:
            msg = (
                f"irrigation on day {one.day} of a season of days 0 to {n - 1}: one a"
                " day, within the season; add those of a day together"
            )
            raise ValueError(msg)
        checked("irrigation [mm]", one.depth_mm, 0)
        days[:, one.day] = one.depth_mm, checked("fw", one.fw, 0.01, 1)
    return days


def _wetted(rain: Floats, given: Floats) -> Floats:
    """Share of the ground that the last water wetted; 1 before any. [1]"""
    fw = np.where(given[1] > 0, given[1], np.where(rain >= WETTING_RAIN_MM, 1.0, 0.0))
    last = np.maximum.accumulate(np.where(fw > 0, np.arange(fw.size), -1))
    return np.where(last >= 0, fw[last], 1.0)


def same_length(**series: Floats) -> None:
    """Refuse series of several lengths, and none."""
    sizes = {name: np.size(values) for name, values in series.items()}
    if len(set(sizes.values())) > 1 or 0 in sizes.values():
        msg = f"a season needs one value a day in each series; got {sizes}"
        raise ValueError(msg)
