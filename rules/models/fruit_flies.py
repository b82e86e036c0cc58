"""Fruit flies per trap and day: a curve to look at, and whether it has changed.

There is no action level here.  The levels that are told (above 1, 1 to 0.1, below
0.1) could not be read in the guide they are ascribed to, and code in use has 0.5,
1, 2 and 5 for the same purpose without a source.

References
----------
.. [1] IAEA, "Trapping guidelines for area-wide fruit fly programmes": FTD is flies
   divided by traps and days.
.. [2] J. Przyborowski, H. Wilenski, "Homogeneity of results in testing samples from
   Poisson series", Biometrika 31:313-323, 1940: two counts, given their sum, are
   binomial.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rules.models.kinds import Numeric, checked, like

BEFORE: Final = 4  # visits that the last one is compared with [D]
TIMES: Final = 2.0  # times their rate, or half of it, before it is told [D]
CHANCE: Final = 0.01  # of so great a change if nothing had changed [D]


def flies_per_trap_and_day(flies: Numeric, traps: Any, days: Any) -> Numeric:
    """FTD, flies / (traps × days) [1]_.

    Parameters
    ----------
    flies : float or array
        Caught by all traps. [flies]
    traps : float or array
        That were found in order; a lost trap counts neither flies nor days.
    days : float or array
        Since they were emptied. [d]

    Returns
    -------
    float or array, same shape
        [flies per trap and day]

    Examples
    --------
    >>> flies_per_trap_and_day(42, 6, 7)
    1.0
    """
    F, T, D = checked("flies", flies, 0), checked("traps", traps), checked("days", days)
    if (T < 1).any() or (D <= 0).any():
        msg = "flies per trap and day need one trap or more and a time above 0 days"
        raise ValueError(msg)
    FTD = F / (T * D)
    result: Numeric = like(FTD, FTD)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the traps of one place held."""

    flies: int
    traps: int  # found in order
    days: float  # d since they were emptied

    @property
    def trap_days(self) -> float:
        """Exposure. [trap d]"""
        return self.traps * self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A visit unlike the ones before it."""

    before: float  # flies per trap and day
    now: float  # flies per trap and day
    chance: float  # of as great a change or a greater one, without any change


def change(visits: Sequence[Visit]) -> Change | None:
    """Whether the last visit differs from the ``BEFORE`` visits before it. *Proposed.*

    Parameters
    ----------
    visits : sequence of Visit
        Oldest first.

    Returns
    -------
    Change or None
        ``None`` also with fewer than ``BEFORE`` + 1 visits.

    Notes
    -----
    Told if the rate has doubled or halved and, counts taken as Poisson, that had a
    chance of less than ``CHANCE`` [2]_.  Flies come in clouds, so true chances are
    greater: the doubling guards against that, and an agronomist has to judge both.

    Examples
    --------
    >>> quiet = [Visit(flies=8, traps=4, days=7)] * 4
    >>> round(change([*quiet, Visit(flies=30, traps=4, days=7)]).now, 2)
    1.07
    """
    for visit in visits:
        is_count = 0 <= visit.flies < math.inf and 1 <= visit.traps < math.inf
        if not (is_count and 0 < visit.days < math.inf):
            msg = f"{visit}: give flies from 0, traps from 1 and days above 0"
            raise ValueError(msg)
    if len(visits) <= BEFORE:
        return None
    last, usual = visits[-1], visits[-1 - BEFORE : -1]
    flies = sum(visit.flies for visit in usual)
    exposed = sum(visit.trap_days for visit in usual)
    before, now = flies / exposed, last.flies / last.trap_days
    if before / TIMES < now < before * TIMES or now == before:
        return None
    share = last.trap_days / (last.trap_days + exposed)
    chance = _two_sided(last.flies, last.flies + flies, share)
    return Change(before=before, now=now, chance=chance) if chance < CHANCE else None


def _two_sided(hits: int, tries: int, share: float) -> float:
    """Chance of a binomial count as far out as ``hits``, twice the smaller tail."""
    k = np.arange(tries + 1)
    logs = np.array([math.lgamma(tries + 1) - math.lgamma(j + 1)
                     - math.lgamma(tries - j + 1) for j in k.tolist()])  # fmt: skip
    odds = np.exp(logs + k * math.log(share) + (tries - k) * math.log1p(-share))
    tail = min(odds[: hits + 1].sum(), odds[hits:].sum())
    return min(1.0, 2 * float(tail))
