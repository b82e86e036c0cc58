"""Methane of a rice field by its water regime, as the programme accounts for it.

The accepted factors of the "one million hectares" programme, which covers the Mekong
Delta: elsewhere a model, no obligation.  They count from continuous flooding, for
the season's water alone: drying before planting and straw change the emission too.
A factor may be claimed only for a regime that the level series shows, gaps told.

Nothing here needs numpy.

References
----------
.. [1] nongnghiep.vn d378569, the head of the Institute for Agricultural Environment
   on the programme's measurement, reporting and verification.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WATER_FACTOR: Final[Mapping[str, float]] = MappingProxyType(
    {
        "continuous_flooding": 1.0,  # 1; the reference itself
        "single_drainage": 0.71,  # 1; one mid-season drainage [1]
        "awd": 0.55,  # 1; alternate wetting and drying [1]
    }
)
"""CH4 emitted, over that of continuous flooding. [1]"""


def water_factor(regime: str) -> float:
    """CH4 of a regime, over that of continuous flooding. [1]

    >>> water_factor("single_drainage")
    0.71
    """
    if regime not in WATER_FACTOR:
        msg = f"unknown water regime {regime!r}; known: {', '.join(WATER_FACTOR)}"
        raise ValueError(msg)
    return WATER_FACTOR[regime]


def reduction_percent(regime: str) -> float:
    """CH4 spared by a regime, of that of continuous flooding. [%]

    >>> reduction_percent("awd")
    45.0
    """
    return round(100 * (1 - water_factor(regime)), 6)
