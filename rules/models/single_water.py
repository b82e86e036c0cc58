"""Water of one plot on one day, and salt of one water: single values, without numpy.

What the gateway runs.  The same equations as ``crop_coefficients``, ``soil_water``
and ``practical_salinity``, which know arrays; a test holds both together.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapters 6 and 8.
.. [2] N. P. Fofonoff, R. C. Millard, UNESCO Technical Papers in Marine Science 44,
   1983, with K. D. Hill et al., IEEE J. Oceanic Eng. 11, 1986.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rules.models.crops import Coefficients, Lengths

P_SPAN: Final = (0.1, 0.8)  # 1; table 22, footnote 2 [1]
P_PER_MM: Final = 0.04  # 1 per mm/d of ETc away from 5; the same
P_ETC: Final = 5.0  # mm/d for which the table's p stands; the same
SAO_M2: Final = 500.0  # m²; a sào of Trung Bộ, as the province counts

STANDARD_MS_CM: Final = 42.914  # mS/cm = dS/m; C(35, 15 °C, 0) [2]
MOST_SALT: Final = 42.0  # 1; the scale ends there [2]
_RT: Final = 1.2365374109375  # rt at 25 °C, by its polynomial [2]
_A: Final = (0.0080, -0.1692, 25.3851, 14.0941, -7.0261, 2.7081)  # of √Rt [2]
_B: Final = (0.0005, -0.0056, -0.0066, -0.0375, 0.0636, -0.0144)  # of √Rt [2]
_F: Final = (25 - 15) / (1 + 0.0162 * (25 - 15))  # [2]


def kc_of_day(age: float, lengths: Lengths, kc: Coefficients) -> float:
    """Kc of a day after sowing: constant, rising, constant, falling; FAO-56 eq. 66.

    >>> bean = Lengths(25, 25, 30, 20), Coefficients(0.15, 1.14, 0.25)
    >>> kc_of_day(12.0, *bean), round(kc_of_day(37.0, *bean), 2)  # example 30
    (0.15, 0.63)
    """
    if not 0 <= age <= lengths.total:
        msg = f"day {age} is not within the {lengths.total:g} days of the season"
        raise ValueError(msg)
    first, second, third, _ = lengths
    knots = (
        (0.0, kc.initial),
        (first, kc.initial),
        (first + second, kc.mid),
        (first + second + third, kc.mid),
        (lengths.total, kc.end),
    )
    for (since, low), (until, high) in pairwise(knots):
        if age <= until:
            return low + (high - low) * (age - since) / (until - since)
    return kc.end


def total_available(theta_fc: float, theta_wp: float, roots_m: float) -> float:
    """TAW, water from field capacity to wilting [mm]; FAO-56 eq. 82.

    >>> round(total_available(0.15, 0.06, 0.4))  # example 36, onion on loamy sand
    36
    """
    return 1000 * (theta_fc - theta_wp) * roots_m


def depletion_fraction(p_table: float, etc: float) -> float:
    """Share p of TAW that may go before stress [1]; FAO-56 table 22, footnote 2.

    >>> round(depletion_fraction(0.55, 3.0), 2)
    0.63
    """
    return min(max(p_table + P_PER_MM * (P_ETC - etc), P_SPAN[0]), P_SPAN[1])


def depletion(theta_fc: float, theta: float, roots_m: float) -> float:
    """Dr by a water content over the roots [mm]; FAO-56 eq. 87.  θ in m³/m³.

    >>> round(depletion(0.23, 0.18, 0.6), 1)
    30.0
    """
    return 1000 * (theta_fc - theta) * roots_m


def per_sao(depth_mm: float) -> float:
    """Water for one sào of 500 m² [m³].

    >>> per_sao(10.0)
    5.0
    """
    return depth_mm * SAO_M2 / 1000


def practical_salinity(conductivity: float) -> float | None:
    """Practical salinity of diluted sea water by its EC at 25 °C [dS/m]; PSS-78 [2]_.

    About g/L in brackish water; ``None`` beyond the scale, above 42.

    >>> round(practical_salinity(7.28), 2), practical_salinity(99.0)
    (4.0, None)
    """
    Rt = conductivity / (STANDARD_MS_CM * _RT)
    root = Rt**0.5
    scale = _polynomial(root, _A) + _F * _polynomial(root, _B)
    x, y = 400 * Rt, 100 * Rt  # Hill et al.
    low = _A[0] / (1 + 1.5 * x + x**2)
    low += _B[0] * _F / (1 + y**0.5 + y + y**1.5)
    S = max(scale - low, 0.0)
    return S if S <= MOST_SALT else None


def _polynomial(x: float, terms: Sequence[float]) -> float:
    result = 0.0
    for term in reversed(terms):
        result = result * x + term
    return result
