"""Soil water as one bucket: what roots can reach, when they lack it, day by day.

FAO-56, chapter 8.  Depletion counts from field capacity downward: 0 is as much as
the soil holds against gravity, TAW is wilting.

Order of events in a day, to be named by the caller of :func:`balance`:
``early``
    rain and irrigation come before the crop drinks, so Ks sees the soil they leave
    (FAO-56 examples 35 and 38);
``late``
    they come after it, so Ks sees yesterday's depletion (pyfao56).
Either way water in excess of the day's own need drains the same day (eq. 88).

A single bucket knows no layers: roots that grow find new soil at field capacity,
and no water stays above it.  It rests on FC and WP of the very field: an error of
0.02 m³/m³ over a metre of roots is 20 mm.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from rules.models.crops import Span
from rules.models.kinds import Floats, Numeric, checked, like

Events = Literal["early", "late"]

P_SPAN: Final = Span(0.1, 0.8)  # 1; table 22, footnote 2
P_PER_MM: Final = 0.04  # 1 per mm/d of ETc away from 5; the same
P_ETC: Final = 5.0  # mm/d for which the table's p stands; the same


def total_available(theta_fc: float, theta_wp: float, root_depth: Numeric) -> Numeric:
    """TAW: water that roots can take, from field capacity to wilting. [mm]

    Eq. 82 [1]_; θ in [m³/m³], depth in [m].

    >>> round(total_available(0.15, 0.06, 0.4))  # example 36, onion on loamy sand
    36
    """
    FC = checked("θFC [m³/m³]", theta_fc, 0, 1)
    WP = checked("θWP [m³/m³]", theta_wp, 0, 1)
    Zr = checked("root depth [m]", root_depth, 0.01, 10)
    TAW = 1000 * checked("θFC − θWP [m³/m³]", FC - WP, 0.001, 1) * Zr
    result: Numeric = like(TAW, TAW)
    return result


def readily_available(taw: Numeric, p: Numeric) -> Numeric:
    """RAW: share of TAW that roots take without stress.  Eq. 83. [mm]

    >>> round(readily_available(36.0, 0.3))  # example 36
    11
    """
    RAW = checked("p", p, 0, 1) * checked("TAW [mm]", taw, 0)
    result: Numeric = like(RAW, RAW)
    return result


def depletion_fraction(p_table: float, etc: Numeric) -> Numeric:
    """Share p of TAW that may go before stress, at another ETc than 5 mm/d. [1]

    Table 22, footnote 2, bounded 0.1 to 0.8.  For clay FAO-56 lowers p by 5 to 10 %,
    for sand it raises it by as much: do that to ``p_table``.

    >>> round(depletion_fraction(0.55, 3.0), 2)
    0.63
    """
    ETc = checked("ETc [mm/d]", etc, 0)
    p = np.clip(checked("p", p_table, 0, 1) + P_PER_MM * (P_ETC - ETc), *P_SPAN)
    result: Numeric = like(p, p)
    return result


def stress(depletion: Numeric, taw: Numeric, p: Numeric) -> Numeric:
    """Ks: how far lack of water cuts transpiration, 1 to 0. [1]

    Parameters
    ----------
    depletion : float or array
        Dr. [mm]  Negative where a probe reads wetter than field capacity.
    taw : float or array
        [mm]  Above 0.
    p : float or array
        Share of TAW without stress. [1]  0 to below 1.

    Returns
    -------
    float or array, same shape
        Ks. [1]  1 down to RAW, 0 from TAW on.

    Notes
    -----
    FAO-56 eq. 84 [1]_.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 8.

    Examples
    --------
    >>> round(stress(67.0, 160.0, 0.4), 2)  # example 37, day 3
    0.97
    """
    Dr, TAW = checked("depletion Dr [mm]", depletion), checked("TAW [mm]", taw, 1e-6)
    Ks = np.clip((TAW - Dr) / ((1 - checked("p", p, 0, 0.99)) * TAW), 0, 1)
    result: Numeric = like(Ks, Ks)
    return result


def depletion(theta_fc: float, theta: Numeric, root_depth: Numeric) -> Numeric:
    """Dr of a probe's mean water content over the roots.  Eq. 87. [mm]

    θ in [m³/m³], not %; below 0 where the soil is wetter than its field capacity.

    >>> round(depletion(0.23, 0.18, 0.6), 1)
    30.0
    """
    water = checked("water content [m³/m³]", theta, 0, 1)
    Zr = checked("root depth [m]", root_depth, 0.01, 10)
    Dr = 1000 * (checked("θFC [m³/m³]", theta_fc, 0, 1) - water) * Zr
    result: Numeric = like(Dr, Dr)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The bucket of each day; arrays of one length."""

    depletion_mm: Floats  # Dr at the end of the day
    ks: Floats
    et_mm: Floats  # Ks Kc ET0, and evaporation where it was given apart
    percolation_mm: Floats  # below the roots
    p: Floats
    raw_mm: Floats

    @property
    def irrigate(self) -> Floats:
        """1 on days that end with no readily available water left, else 0."""
        return (self.depletion_mm >= self.raw_mm).astype(np.float64)


def balance(
    start_mm: float,
    etc_mm: Floats,
    taw_mm: float | Floats,
    p_table: float,
    *,
    rain_mm: float | Floats = 0.0,
    irrigation_mm: float | Floats = 0.0,
    runoff_mm: float | Floats = 0.0,
    rise_mm: float | Floats = 0.0,
    evaporation_mm: float | Floats = 0.0,
    events: Events = "early",
    fixed_p: bool = False,
) -> Balance:
    """Carry the depletion of the root zone from day to day.

    Parameters
    ----------
    start_mm : float
        Dr at the end of the day before. [mm]  Below 0 it drains on the first day.
    etc_mm : array of n days
        Kc ET0; in the dual form Kcb ET0. [mm/d]  A day without it is an error.
    taw_mm : float or array of n days
        Grows with the roots. [mm]
    p_table : float
        Depletion without stress at 5 mm/d. [1]
    rain_mm, irrigation_mm, runoff_mm, rise_mm : float or array of n days
        [mm/d]  ``irrigation_mm`` is what gets into the ground; ``rise_mm`` is
        capillary rise, 0 where the water table is over 1 m below the roots.
    evaporation_mm : float or array of n days
        Ke ET0 of the dual form, which no Ks reduces. [mm/d]
    events : "early" or "late"
        When water comes, see the head of the module.
    fixed_p : bool
        ``p_table`` on all days, as in example 37.

    Returns
    -------
    Balance

    Notes
    -----
    FAO-56 eq. 80, 84, 85, 86 and 88 [1]_.  A crop drinks no more than is left; the
    crust may dry beyond wilting, which depletion, bounded by TAW, does not count.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapter 8.

    Examples
    --------
    >>> dry = balance(55, np.full(10, 6.0), 160, 0.4, fixed_p=True)  # example 37
    >>> [float(x) for x in dry.depletion_mm[:3].round(1)]
    [61.0, 67.0, 72.8]
    """
    known_events(events)
    ETc = _days("ETc [mm/d]", etc_mm, np.size(etc_mm))
    n = ETc.size
    TAW = _days("TAW [mm]", taw_mm, n, 1e-6)
    rain = _days("rain [mm/d]", rain_mm, n)
    runoff = _days("runoff [mm/d]", runoff_mm, n)
    checked("rain less runoff [mm/d]", rain - runoff, 0)
    water = rain - runoff + _days("irrigation [mm/d]", irrigation_mm, n)
    water = water + _days("capillary rise [mm/d]", rise_mm, n)
    E = _days("evaporation [mm/d]", evaporation_mm, n)
    p = np.full(n, p_table, float) if fixed_p else depletion_fraction(p_table, ETc + E)
    Dr = float(checked("depletion at the start [mm]", start_mm, -5000, 5000))
    days = np.empty((4, n))
    for i in range(n):
        seen = max(Dr - water[i], 0.0) if events == "early" else Dr
        Ks = stress(seen, float(TAW[i]), float(p[i]))
        ET = min(Ks * ETc[i], max(TAW[i] - Dr, 0.0) + water[i]) + E[i]
        DP = max(water[i] - ET - Dr, 0.0)
        Dr = min(max(Dr - water[i] + ET + DP, 0.0), TAW[i])
        days[:, i] = Dr, Ks, ET, DP
    return Balance(
        depletion_mm=days[0],
        ks=days[1],
        et_mm=days[2],
        percolation_mm=days[3],
        p=p,
        raw_mm=readily_available(TAW, p),
    )


def known_events(events: str) -> None:
    """Refuse an order of events that is none."""
    if events not in get_args(Events):
        msg = f"events are {events!r}; water comes 'early' or 'late' in a day"
        raise ValueError(msg)


def _days(name: str, value: Any, n: int, low: float = 0.0) -> Floats:
    """One checked value for each of ``n`` days."""
    array = checked(name, value, low)
    if array.ndim > 1 or array.size not in {1, n} or n == 0:
        msg = (
            f"{name}: {array.size} values for {n} days; give one a day, or one for all"
        )
        raise ValueError(msg)
    return np.broadcast_to(array, (n,)).astype(np.float64)
