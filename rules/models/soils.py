"""Soils by texture: what they hold and what evaporates.  FAO-56 table 19.

Typical ranges, for a first guess until the field's own values are measured.  The
coral sand over basalt of Ly Son is expected in the first two rows; calibrate there.

Nothing here needs numpy.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, table 19, p. 144.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rules.models.crops import Span

EVAPORATION_DEPTH_M: Final = 0.10  # m; Ze for which TEW of the table stands [1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """One row of the table."""

    vi: str
    en: str
    field_capacity: Span  # θFC [m³/m³]
    wilting_point: Span  # θWP [m³/m³]
    rew_mm: Span  # readily evaporable water [mm]
    tew_mm: Span  # total evaporable water of the top 0.10 m [mm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """One soil as the balances take it."""

    theta_fc: float  # m³/m³, field capacity
    theta_wp: float  # m³/m³, wilting point
    rew_mm: float  # mm, readily evaporable water
    ze_m: float = EVAPORATION_DEPTH_M  # m, depth from which soil evaporates

    def __post_init__(self) -> None:
        """Refuse what is no soil."""
        if not 0 <= self.theta_wp < self.theta_fc <= 1:
            msg = (
                f"soil: wilting point {self.theta_wp} and field capacity"
                f" {self.theta_fc} must rise from 0 to 1 m³/m³; are they in percent?"
            )
            raise ValueError(msg)
        if not (self.ze_m > 0 and 0 <= self.rew_mm < self.tew_mm < float("inf")):
            msg = (
                f"soil: REW {self.rew_mm} mm must be below TEW {self.tew_mm:.1f} mm of"
                f" the top {self.ze_m} m; give a smaller REW or a greater depth"
            )
            raise ValueError(msg)

    @property
    def tew_mm(self) -> float:
        """Total evaporable water, FAO-56 eq. 73. [mm]

        >>> Soil(theta_fc=0.23, theta_wp=0.10, rew_mm=8).tew_mm  # example 35
        18.0
        """
        return 1000 * (self.theta_fc - 0.5 * self.theta_wp) * self.ze_m


def middle(texture: str) -> Soil:
    """Soil in the middle of its row's ranges; the middle is a choice [D].

    >>> middle("loamy-sand")
    Soil(theta_fc=0.15, theta_wp=0.065, rew_mm=6.0, ze_m=0.1)
    """
    if texture not in TEXTURES:
        msg = f"unknown texture {texture!r}; known: {', '.join(TEXTURES)}"
        raise ValueError(msg)
    row = TEXTURES[texture]
    return Soil(
        theta_fc=_mean(row.field_capacity),
        theta_wp=_mean(row.wilting_point),
        rew_mm=_mean(row.rew_mm),
    )


def _mean(span: Span) -> float:
    return round((span.low + span.high) / 2, 4)


def _row(
    vi: str,
    en: str,
    field_capacity: tuple[float, float],
    wilting_point: tuple[float, float],
    rew_mm: tuple[float, float],
    tew_mm: tuple[float, float],
) -> Texture:
    return Texture(
        vi=vi,
        en=en,
        field_capacity=Span(*field_capacity),
        wilting_point=Span(*wilting_point),
        rew_mm=Span(*rew_mm),
        tew_mm=Span(*tew_mm),
    )


# fmt: off
TEXTURES: Final[Mapping[str, Texture]] = MappingProxyType({
    "sand": _row("cát", "sand",
        (0.07, 0.17), (0.02, 0.07), (2, 7), (6, 12)),
    "loamy-sand": _row("cát pha thịt", "loamy sand",
        (0.11, 0.19), (0.03, 0.10), (4, 8), (9, 14)),
    "sandy-loam": _row("thịt pha cát", "sandy loam",
        (0.18, 0.28), (0.06, 0.16), (6, 10), (15, 20)),
    "loam": _row("thịt", "loam",
        (0.20, 0.30), (0.07, 0.17), (8, 10), (16, 22)),
    "silt-loam": _row("thịt pha limon", "silt loam",
        (0.22, 0.36), (0.09, 0.21), (8, 11), (18, 25)),
    "silt": _row("limon", "silt",
        (0.28, 0.36), (0.12, 0.22), (8, 11), (22, 26)),
    "silty-clay-loam": _row("thịt pha sét và limon", "silty clay loam",
        (0.30, 0.37), (0.17, 0.24), (8, 11), (22, 27)),
    "silty-clay": _row("sét pha limon", "silty clay",
        (0.30, 0.42), (0.17, 0.29), (8, 12), (22, 28)),
    "clay": _row("sét", "clay",
        (0.32, 0.40), (0.20, 0.24), (8, 12), (22, 29)),
})
# fmt: on
"""The nine textures of the table; θ [m³/m³], REW and TEW [mm]."""
