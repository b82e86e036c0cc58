"""Limits for a sensor that has none in the books, from a stretch of its own past.

No label is looked at.  The stretch need not be clean: the limits stand on the greater
part of it.  They say what is unusual for this sensor and never that it is wrong, so
all they make is suspect.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.history import series
from rules.quality.spike import Spike
from rules.quality.steps import rate

FEWEST: Final = 100  # values to learn from [D]
USUAL: Final = 0.99  # share of changes taken as usual [D]
TIMES: Final = 4.0  # the usual change; ten standard deviations of normal noise [D]
FLAT_TIMES: Final = 2.0  # the longest rest of the stretch [D]
LEAST_FLAT_S: Final = 6 * 3600.0  # s [D]


def checks(base: Checks, ms: ArrayLike, values: ArrayLike) -> Checks:
    """``base`` with a step, a spike and a flat line as of the stretch.

    No span is learned: a month says nothing of the values of the next.

    Parameters
    ----------
    base : Checks
        What the quantity is held to anyway; a limit that it has stays.
    ms, values : arrays of one length
        The stretch: advancing stamps [ms] and values, NaN where there is none
        [the quantity's unit].

    Raises
    ------
    ValueError
        Fewer than ``FEWEST`` values.
    """
    t, x = series(ms, values)
    seen = np.isfinite(x) & (x >= base.possible.low) & (x <= base.possible.high)
    t, x = t[seen], x[seen]
    if len(x) < FEWEST:
        msg = f"{len(x)} values to learn limits from; give a stretch of {FEWEST}"
        raise ValueError(msg)
    period_s = float(np.median(np.diff(t))) / 1000
    change = np.abs(np.diff(x))
    off = np.abs(x[1:-1] - (x[:-2] + x[2:]) / 2)
    jump = TIMES * float(np.quantile(change, USUAL))
    lone = TIMES * float(np.quantile(off, USUAL))
    grain = _grain(change)
    rest_s = _longest_rest(change, grain) * period_s
    return replace(
        base,
        step=base.step or (rate(jump / period_s) if jump > 0 else None),
        spike=base.spike or (Spike(lone) if lone > 0 else None),
        flat=base.flat
        or (FlatLine(grain, max(FLAT_TIMES * rest_s, LEAST_FLAT_S)) if grain else None),
    )


def _grain(change: np.ndarray) -> float:
    """The least change there is but for rounding: a step of the register."""
    moved = change[change > 1e-9]
    return float(np.quantile(moved, 0.01)) * 0.999 if len(moved) else 0.0


def _longest_rest(change: np.ndarray, grain: float) -> int:
    """Most values one after another that did not move."""
    moves = np.flatnonzero(change >= grain)
    if not len(moves):
        return len(change)
    return int(np.max(np.diff(np.concatenate(([-1], moves, [len(change)]))))) - 1
