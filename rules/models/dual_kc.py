"""A season by the dual crop coefficient: transpiration and bare-soil evaporation.

FAO-56, chapters 7 and 8.  The evaporating crust is followed first, as it does not
hang on the roots; then the root zone takes what crop and crust gave off.

The order of events within a day is named by the caller, as in
``rules.models.soil_water``.  :func:`season` keeps the conventions of pyfao56:
``late`` by default, days counted from 0 at sowing, Kcmin = Kcb initial, height and
roots growing with Kcb and never shrinking, the crust dry at the start, fw = 1 from
the next rain of 3 mm or more, after the last stage its end values, no runoff.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] K. R. Thorp, pyfao56 1.4.3, USDA-ARS: its conventions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rules.models.crop_coefficients import cover, stage_curve, upper_limit
from rules.models.crops import Coefficients, Lengths, Span
from rules.models.evaporation_layer import (
    Crust,
    Irrigation,
    by_day,
    evaporation_layer,
    same_length,
)
from rules.models.kinds import Floats, checked
from rules.models.soil_water import Events, balance, depletion, total_available
from rules.models.soils import Soil


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What a crop becomes over the season."""

    lengths: Lengths  # d, scaled to the season
    kcb: Coefficients  # 1, adjusted to the climate
    height_m: Span  # at sowing, grown
    roots_m: Span  # at sowing, grown
    p: float  # depletion without stress at ETc 5 mm/d

    def __post_init__(self) -> None:
        """Refuse a crop whose canopy does not grow: height and roots follow Kcb."""
        if not self.kcb.initial < self.kcb.mid:
            msg = (
                f"Kcb mid {self.kcb.mid} must be above Kcb initial {self.kcb.initial};"
                " an evergreen crop has no season of this form: use the single Kc"
            )
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Crust and root zone, day by day; arrays of one length."""

    crust: Crust
    kcb: Floats
    kcmax: Floats
    height_m: Floats
    roots_m: Floats
    taw_mm: Floats
    raw_mm: Floats
    ks: Floats
    et_mm: Floats  # (Ks Kcb + Ke) ET0
    percolation_mm: Floats
    depletion_mm: Floats  # Dr at the end of the day


def season(
    et0_mm: Floats,
    rain_mm: Floats,
    rhmin: Floats,
    u2: Floats,
    growth: Growth,
    soil: Soil,
    theta_start: float,
    irrigation: Sequence[Irrigation] = (),
    *,
    events: Events = "late",
) -> Season:
    """Run crop, crust and root zone over a season.

    Parameters
    ----------
    et0_mm, rain_mm, rhmin, u2 : array of n days
        ET0 and rain less runoff [mm/d], minimum humidity [%], wind at 2 m [m/s].
    growth : Growth
        The crop, its stages scaled to the season.
    soil : Soil
        One for all depths.
    theta_start : float
        Water content at sowing. [m³/m³]  Above FC it drains on the first day.
    irrigation : sequence of Irrigation
        By day from 0 at sowing, at most one a day.
    events : "early" or "late"
        When water comes; pyfao56 has it late.

    Returns
    -------
    Season

    Notes
    -----
    FAO-56 eq. 69, 80 and those of ``evaporation_layer`` and ``soil_water.balance``
    [1]_.

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, chapters 7 and 8.
    """
    ET0, rain = checked("ET0 [mm/d]", et0_mm, 0), checked("rain [mm/d]", rain_mm, 0)
    same_length(et0=ET0, rain=rain, rhmin=rhmin, u2=u2)
    age = np.minimum(np.arange(ET0.size, dtype=float), growth.lengths.total)
    Kcb = stage_curve(age, growth.lengths, growth.kcb)
    h, Zr = _grown(growth.height_m, Kcb, growth), _grown(growth.roots_m, Kcb, growth)
    Kcmax = upper_limit(Kcb, u2, rhmin, h)
    fc = cover(Kcb, growth.kcb.initial, Kcmax, h)
    crust = evaporation_layer(
        ET0, rain, irrigation, Kcb, Kcmax, fc, soil, events=events
    )
    TAW = total_available(soil.theta_fc, soil.theta_wp, Zr)
    roots = balance(
        depletion(soil.theta_fc, theta_start, float(Zr[0])),
        Kcb * ET0,
        TAW,
        growth.p,
        rain_mm=rain,
        irrigation_mm=by_day(irrigation, ET0.size)[0],
        evaporation_mm=crust.ke * ET0,
        events=events,
    )
    return Season(
        crust=crust,
        kcb=Kcb,
        kcmax=Kcmax,
        height_m=h,
        roots_m=Zr,
        taw_mm=TAW,
        raw_mm=roots.raw_mm,
        ks=roots.ks,
        et_mm=roots.et_mm,
        percolation_mm=roots.percolation_mm,
        depletion_mm=roots.depletion_mm,
    )


def _grown(span: Span, Kcb: Floats, growth: Growth) -> Floats:
    """Height or roots, which grow with Kcb and stay when it falls. [m]"""
    share = (Kcb - growth.kcb.initial) / (growth.kcb.mid - growth.kcb.initial)
    size: Floats = np.maximum.accumulate(span.low + (span.high - span.low) * share)
    return size
