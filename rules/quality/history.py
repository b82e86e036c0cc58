"""The checks over whole series, as arrays: the flags that ``stream`` would have given.

NaN and infinity stand for a missing value and come out as 9, missing; stamps must
advance.  Flags are arrays of small integers, QARTOD's.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rules.models.kinds import floats
from rules.quality.checks import Checks
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.spike import Spike
from rules.quality.steps import Step
from telemetry.reading import Flag

Flags = NDArray[np.int8]
Floats = NDArray[np.float64]

LIVE: Final = ("range", "expected", "rated", "step", "flat")
"""Checks that know the past only, as ``by_check`` names them; the other is "spike"."""


def by_check(checks: Checks, ms: ArrayLike, values: ArrayLike) -> Mapping[str, Flags]:
    """Flags of every check that the series is held to, by its name.

    Parameters
    ----------
    checks : Checks
        The series' limits.
    ms : array
        Advancing stamps. [ms]
    values : array, same length
        NaN where there is none. [the quantity's unit]

    Returns
    -------
    mapping of str to array, same length
        1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.
    """
    t, x = series(ms, values)
    found = {"range": gross_range(x, checks.possible)}
    if checks.expected is not None:
        found["expected"] = _beyond(x, checks.expected, Flag.SUSPECT)
    if checks.rated is not None:
        found["rated"] = _beyond(x, checks.rated, Flag.SUSPECT)
    if checks.step is not None:
        found["step"] = change(checks.step, t, x, checks.possible)
    if checks.flat is not None:
        found["flat"] = flat_line(checks.flat, t, x)
    if checks.spike is not None:
        found["spike"] = spikes(checks.spike, t, x)
    return found


def flags(checks: Checks, ms: ArrayLike, values: ArrayLike) -> Flags:
    """Flags as ``Stream.feed`` gives them: the worst of those that know the past.

    >>> from rules.quality.spans import Span
    >>> from rules.quality.steps import Step
    >>> checks = Checks(possible=Span(-80, 60), step=Step(2, 3))
    >>> flags(checks, [0, 60_000, 120_000], [25, 28.5, 27.4]).tolist()
    [1, 4, 1]
    """
    found = by_check(checks, ms, values)
    return worst(found[name] for name in LIVE if name in found)


def worst(found: Any) -> Flags:
    """The worst flag of each value; 9 where there is none."""
    result: Flags = np.max(np.stack(list(found)), axis=0)
    return result


def series(ms: ArrayLike, values: ArrayLike) -> tuple[Floats, Floats]:
    """Stamps and values as arrays of one length, infinities as NaN.

    Raises
    ------
    ValueError
        Lengths differ, a stamp is NaN, or one does not advance.
    """
    if np.asarray(ms).dtype.kind in "mM":
        msg = "stamps are dates of numpy; give milliseconds since 1970"
        raise ValueError(msg)
    t, x = floats(ms), np.array(floats(values))
    if t.ndim != 1 or t.shape != x.shape:
        msg = f"{t.shape} stamps for {x.shape} values: give one row of each, as long"
        raise ValueError(msg)
    late = np.flatnonzero(~(np.diff(t) > 0))  # NaN too
    if len(late) or not np.isfinite(t).all():
        first = int(late[0]) + 1 if len(late) else 0
        msg = (
            f"stamps: {max(1, len(late))} of {len(t)} do not advance, the first is"
            f" [{first}]; sort them and leave out what is twice"
        )
        raise ValueError(msg)
    x[~np.isfinite(x)] = np.nan
    return t, x


def gross_range(values: ArrayLike, fail: Span, suspect: Span | None = None) -> Flags:
    """QARTOD's gross range test, as ``spans.flag``."""
    x = np.asarray(values, dtype=float)
    found = _beyond(x, fail, Flag.FAIL)
    if suspect is None:
        return found
    return worst((found, _beyond(x, suspect, Flag.SUSPECT)))


def change(
    step: Step, ms: ArrayLike, values: ArrayLike, possible: Span | None = None
) -> Flags:
    """The step test, as ``Stream`` has it.

    A value that fails, or is not ``possible``, is no base for the next one; as long
    as none fails it is QARTOD's rate of change.
    """
    t, x = series(ms, values)
    found = _present(x)
    usable = np.isfinite(x)
    if possible is not None:
        usable &= (x >= possible.low) & (x <= possible.high)
    at = np.flatnonzero(usable)
    t, x = t[at], x[at]
    judged = np.full(len(at), Flag.GOOD, dtype=np.int8)
    times = np.maximum(step.least_s * 1000, np.diff(t)) / (step.per_s * 1000)
    size = np.abs(np.diff(x))
    judged[1:][size > step.suspect * times] = Flag.SUSPECT
    judged[1:][size > step.fail * times] = Flag.FAIL
    failed = np.flatnonzero(judged == Flag.FAIL)
    k = 0
    while k < len(failed):  # from each failure on to the next value that does not
        here = int(failed[k])
        base = here - 1
        while here < len(at):
            flag = step.flag(x[here] - x[base], t[here] - t[base])
            judged[here] = flag
            if flag is not Flag.FAIL:
                break
            here += 1
        k = int(np.searchsorted(failed, here, side="right"))
    found[at] = judged
    return found


def spikes(spike: Spike, ms: ArrayLike, values: ArrayLike) -> Flags:
    """QARTOD's spike test, as ``spike.Seeker`` gives it one value late."""
    t, x = series(ms, values)
    found = np.full(len(x), Flag.UNCHECKED, dtype=np.int8)
    distance = np.abs(x[1:-1] - (x[:-2] + x[2:]) / 2)
    distance[t[2:] - t[:-2] > spike.within_s * 1000] = np.nan
    inner = found[1:-1]
    inner[np.isfinite(distance)] = Flag.GOOD
    inner[distance > spike.suspect] = Flag.SUSPECT
    inner[distance > spike.fail] = Flag.FAIL
    found[np.isnan(x)] = Flag.MISSING
    return found


def flat_line(limit: FlatLine, ms: ArrayLike, values: ArrayLike) -> Flags:
    """QARTOD's flat line test, as ``flat_line.Still``.

    With values at equal distances and limits that are multiples of it, QARTOD's own.
    """
    t, x = series(ms, values)
    found = _present(x)
    at = np.flatnonzero(np.isfinite(x))
    t, x = t[at], x[at]
    rests = (x >= limit.saturated) | (x <= limit.resting)
    ends = np.zeros(len(x), dtype=int)
    ends[1:] = (np.diff(t) > limit.gap_ms) | rests[1:] | rests[:-1]
    stretch = np.cumsum(ends)
    for seconds, flag in ((limit.suspect_s, Flag.SUSPECT), (limit.fail_s, Flag.FAIL)):
        if not np.isfinite(seconds):
            continue
        # The last value that is so long ago: all since then must lie together.
        begin = np.searchsorted(t, t - seconds * 1000, side="right") - 1
        whole = np.flatnonzero((begin >= 0) & ~rests)
        whole = whole[stretch[begin[whole]] == stretch[whole]]
        flat = _ranges(x, begin[whole], whole) < limit.tolerance
        found[at[whole[flat]]] = flag
    return found


def _ranges(x: Floats, first: NDArray[Any], last: NDArray[Any]) -> Floats:
    """Greatest less least of ``x[first..last]``, by blocks of a power of two."""
    found = np.empty(len(first))
    level = np.frexp((last - first + 1).astype(float))[1] - 1
    low, high = x, x
    for k in range(int(level.max(initial=-1)) + 1):
        here = np.flatnonzero(level == k)
        a, b = first[here], last[here] - (1 << k) + 1
        found[here] = np.maximum(high[a], high[b]) - np.minimum(low[a], low[b])
        half = 1 << k
        low = np.minimum(low[:-half], low[half:])
        high = np.maximum(high[:-half], high[half:])
    return found


def _present(x: Floats) -> Flags:
    return np.where(np.isfinite(x), Flag.GOOD, Flag.MISSING).astype(np.int8)


def _beyond(x: Floats, span: Span, flag: Flag) -> Flags:
    found = _present(x)
    found[(found == Flag.GOOD) & ((x < span.low) | (x > span.high))] = flag
    return found
