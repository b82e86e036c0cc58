"""Peak of a flush in a trap's nights, and rises over a whole history.  PROPOSED.

Both tests are design choices that need an agronomist and two seasons of data; so
are their numbers.  The peak is told three nights late: it is one only after the
catch has fallen.  A night that was not measured is missing and never zero; which
nights of a lamp those are says ``lamp.lit``.

``rises`` gives over arrays what ``trap.rise`` gives night by night.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rules.models.kinds import Floats, floats
from rules.models.trap import DEVIATIONS, FEWEST, FLOOR, TIMES, TRAILING, Catch

CENTRED: Final = 3  # nights of the moving mean [D]
FALLING: Final = 2  # nights of falling mean after a peak [D]


def by_night(catches: Sequence[Catch]) -> tuple[date, Floats]:
    """First night, and the catch of every night since; NaN where it is missing.

    >>> by_night([Catch(date(2026, 3, 3), 5), Catch(date(2026, 3, 1), 2)])[1].tolist()
    [2.0, nan, 5.0]
    """
    if not catches:
        msg = "there are no catches; give one night or more"
        raise ValueError(msg)
    first = min(catch.night for catch in catches)
    last = max(catch.night for catch in catches)
    found = np.full((last - first).days + 1, np.nan)
    for catch in catches:
        at = (catch.night - first).days
        if not np.isnan(found[at]):
            msg = f"night of {catch.night} has two catches; add up or drop one"
            raise ValueError(msg)
        found[at] = catch.count
    return first, found


def rises(counts: Any) -> Floats:
    """How far each night stands out from the nights before it.

    Parameters
    ----------
    counts : series of nights one after another
        NaN where a night is missing. [insects]

    Returns
    -------
    array, same length
        Times the trailing median (one insect at least) where the night is a rise,
        0 where it is none, NaN where that cannot be said: the night is missing, or
        fewer than ``trap.FEWEST`` of the ``trap.TRAILING`` before it are known.

    Examples
    --------
    >>> rises([20, 22, 21, 20, np.nan, 63]).tolist()[-2:]
    [nan, 3.073170731707317]
    """
    C = _counted(counts)
    usual = _trailing(C)
    known = np.sum(~np.isnan(usual), axis=1)
    mean, spread, middle = _summary(usual)
    stands_out = (mean + DEVIATIONS * spread < C) & (TIMES * middle <= C) & (FLOOR <= C)
    found = np.where(stands_out, C / np.maximum(middle, 1.0), 0.0)
    found[np.isnan(C) | (known < FEWEST)] = np.nan
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The middle of a flush."""

    night: int  # place in the series
    told: int  # place of the night after which it is known
    mean: float  # insects, of the three nights around it
    usual: float  # insects, mean of the nights before


def peaks(counts: Any) -> list[Peak]:
    """Nights around which a flush has its peak.

    Parameters
    ----------
    counts : series of nights one after another
        NaN where a night is missing. [insects]

    Notes
    -----
    Proposed: the mean of three nights exceeds the mean of the 21 nights before them
    by two standard deviations, is at least ``trap.FLOOR``, is no lower than the
    night before's, and falls in the two nights after.  The three nights may miss one
    of them; 4 of the 21 must be known.  A catch that climbs for more than a week
    raises its own yardstick and may be missed.

    Examples
    --------
    >>> [peak.night for peak in peaks([5, 6, 5, 6, 5, 6, 20, 60, 90, 50, 20, 8, 6])]
    [8]
    """
    C = _counted(counts)
    M = _centred(C)
    usual = _trailing(C)
    usual = np.vstack([np.full((1, TRAILING), np.nan), usual[:-1]])  # before the three
    known = np.sum(~np.isnan(usual), axis=1)
    mean, spread, _ = _summary(usual)
    found = []
    for at in range(1, len(C) - FALLING - 1):
        after = M[at : at + FALLING + 1]
        is_high = known[at] >= FEWEST and mean[at] + DEVIATIONS * spread[at] < M[at]
        is_top = M[at - 1] <= M[at] and bool((np.diff(after) < 0).all())
        if is_high and is_top and M[at] >= FLOOR:
            told = at + FALLING + CENTRED // 2
            found.append(
                Peak(night=at, told=told, mean=float(M[at]), usual=float(mean[at]))
            )
    return found


def nights_of_shares(
    catches: Sequence[Catch], shares: Sequence[float]
) -> list[date | None]:
    """Nights by which so much of the whole catch had come.

    Parameters
    ----------
    catches : sequence of Catch
        Of one flush that is over; which nights those are is the caller's choice.
    shares : sequence of float
        Each above 0 and at most 1.  Forecasters are said to take 0.2, 0.5 and 0.8
        for begin, middle and end; as no source was read there is no default.

    Returns
    -------
    list of date or None
        ``None`` where nights were missing just before, so that the share may have
        been passed on any of them, and where nothing was caught.

    Examples
    --------
    >>> flush = [Catch(date(2026, 3, day), count) for day, count in
    ...          ((1, 2), (2, 5), (3, 3))]
    >>> [str(night) for night in nights_of_shares(flush, [0.2, 0.5])]
    ['2026-03-01', '2026-03-02']
    """
    if not all(0 < share <= 1 for share in shares):
        msg = f"shares {list(shares)} must each be above 0 and at most 1"
        raise ValueError(msg)
    first, C = by_night(catches)
    so_far = np.nancumsum(_counted(C))
    if so_far[-1] == 0:
        return [None for _ in shares]
    places = [int(np.argmax(so_far >= share * so_far[-1])) for share in shares]
    return [
        None if at > 0 and np.isnan(C[at - 1]) else first + timedelta(days=at)
        for at in places
    ]


# --- parts -----------------------------------------------------------------------


def _counted(counts: Any) -> Floats:
    """Catches as an array, if they are a series of insects."""
    C = floats(counts)
    if C.ndim != 1 or len(C) == 0:
        msg = f"catches have shape {C.shape}; give one series of nights"
        raise ValueError(msg)
    if np.isinf(C).any() or (C < 0).any():
        msg = "catches are 0 or more, NaN where missing; there are other values"
        raise ValueError(msg)
    return C


def _trailing(C: Floats) -> Floats:
    """The nights before each night, a row for each."""
    return sliding_window_view(
        np.concatenate([np.full(TRAILING, np.nan), C]), TRAILING
    )[:-1]


def _summary(usual: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation and median of the known nights of each row."""
    with warnings.catch_warnings():  # rows without a known night give NaN, as they may
        warnings.simplefilter("ignore", RuntimeWarning)
        return (
            np.nanmean(usual, axis=1),
            np.nanstd(usual, axis=1, ddof=1),
            np.nanmedian(usual, axis=1),
        )


def _centred(C: Floats) -> Floats:
    """Mean of three nights around each; NaN at the ends and with two missing."""
    three = sliding_window_view(np.pad(C, 1, constant_values=np.nan), CENTRED)
    known = np.sum(~np.isnan(three), axis=1)
    mean = np.nansum(three, axis=1) / np.maximum(known, 1)
    mean[known < CENTRED - 1] = np.nan
    mean[[0, -1]] = np.nan
    return np.asarray(mean)
