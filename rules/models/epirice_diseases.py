"""What EPIRICE knows of four rice diseases: the parameters of its table 2.

References
----------
.. [1] S. Savary, A. Nelson, L. Willocquet, I. Pangga, J. Aunario, "Modeling and
   mapping potential epidemics of rice diseases globally", Crop Protection 34:6-17,
   2012, table 2, as read in epicrop, github.com/adamhsparks/epicrop @2a83e14.  Leaf
   blast has its optimum at 20 °C by the authors' correction; the table prints 25.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Curve = tuple[tuple[float, float], ...]
"""Points between which a straight line runs; 0 outside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """What EPIRICE knows of one disease; its table 2 [1]_."""

    onset_d: int  # d after emergence
    rate: float  # new sites per infectious site and day, at the optimum: RcOpt
    latent_d: int  # d
    infectious_d: int  # d
    aggregation: float  # 1: at random; above: lesions crowd together
    first_sites: float  # healthy sites at emergence: H0
    most_sites: float  # that a crop can have: Sx
    growth: float  # of the healthy sites, per day: RRG
    senescence: float  # of the healthy sites, per day: RRS
    by_temperature: Curve  # °C, share of ``rate``
    by_age: Curve  # d after emergence, share of ``rate``


def _curve(*points: float) -> Curve:
    """Pairs out of numbers one after another."""
    return tuple(zip(points[::2], points[1::2], strict=True))


_BLAST_BY_AGE: Final = (
    *(1, 1, 1, 0.9, 0.8, 0.7, 0.64, 0.59, 0.53, 0.43, 0.32, 0.22, 0.16, 0.09, 0.03),
    *(0.02, 0.02, 0.02, *[0.01] * 7),
)  # every 5 d from emergence to day 120

LEAF_BLAST: Final = Disease(
    onset_d=15,
    rate=1.14,
    latent_d=5,
    infectious_d=20,
    aggregation=1,
    first_sites=600,
    most_sites=30_000,
    growth=0.1,
    senescence=0.01,
    by_temperature=_curve(10, 0, 15, 0.5, 20, 1, 25, 0.6, 30, 0.2, 35, 0.05, 40, 0.01,
                          45, 0),
    by_age=tuple(zip(range(0, 121, 5), _BLAST_BY_AGE, strict=True)),
)  # fmt: skip
BROWN_SPOT: Final = Disease(
    onset_d=20,
    rate=0.61,
    latent_d=6,
    infectious_d=19,
    aggregation=1,
    first_sites=600,
    most_sites=100_000,
    growth=0.1,
    senescence=0.01,
    by_temperature=_curve(15, 0, 20, 0.06, 25, 1, 30, 0.85, 35, 0.16, 40, 0),
    by_age=_curve(0, 0.35, 40, 0.35, 60, 0.47, 80, 0.59, 100, 0.71, 120, 1),
)
SHEATH_BLIGHT: Final = Disease(
    onset_d=30,
    rate=0.46,
    latent_d=3,
    infectious_d=120,
    aggregation=2.8,
    first_sites=25,
    most_sites=800,
    growth=0.2,
    senescence=0.005,
    by_temperature=_curve(12, 0, 16, 0.42, 20, 0.94, 24, 0.94, 28, 1, 32, 0.85, 36,
                          0.64, 40, 0),
    by_age=_curve(0, 0.84, 60, 0.84, 70, 0.88, 80, 0.88, 90, 1, 120, 1),
)  # fmt: skip
BACTERIAL_BLIGHT: Final = Disease(
    onset_d=20,
    rate=0.87,
    latent_d=5,
    infectious_d=30,
    aggregation=4,
    first_sites=100,
    most_sites=3200,
    growth=0.1,
    senescence=0.01,
    by_temperature=_curve(16, 0, 19, 0.29, 22, 0.44, 25, 0.9, 28, 0.9, 31, 1, 34, 0.88,
                          37, 0.01, 40, 0),
    by_age=_curve(0, 1, 20, 1, 30, 0.9, 40, 0.62, 50, 0.43, 60, 0.41, 120, 0.41),
)  # fmt: skip

DISEASES: Final[Mapping[str, Disease]] = MappingProxyType(
    {
        "leaf_blast": LEAF_BLAST,
        "brown_spot": BROWN_SPOT,
        "sheath_blight": SHEATH_BLIGHT,
        "bacterial_blight": BACTERIAL_BLIGHT,
    }
)
