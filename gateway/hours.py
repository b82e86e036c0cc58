"""Readings folded into hours, one by one.  Pure.

An hour is ``ms // HOUR_MS`` of its boot's field time.  A tally holds all that the
next reading needs, so folding goes on from a written tally to the last bit as if
it had never been put down; what was folded must not be folded again, which is
what ``hours_to`` of the buffer is for.

Late readings are taken as they come: *first* and *last* go by the reading's own
time, not by its arrival.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rules.history import HOUR_MS, Hour
from telemetry.reading import Flag


class Tally(NamedTuple):
    """One hour of one series.  Where ``n`` is 0, only polls without a value came.

    ``mean``, ``low``, ``high`` are of levels; of counters and directions only
    ``first`` and ``last`` mean something.  Times are field time. [ms]
    """

    n: int  # values, doubtful ones among them
    mean: float
    low: float
    high: float
    first: float
    first_ms: int
    last: float
    last_ms: int
    doubtful: int  # values flagged suspect
    missing: int  # polls without a value, or with one that failed
    poll_ms: int  # of the newest poll, whatever came of it


Taken = tuple[int, float | None, int]  # field time [ms], value, flag

SUSPECT: Final = int(Flag.SUSPECT)  # plain numbers: a row is compared with them
FAIL: Final = int(Flag.FAIL)
EMPTY: Final = Tally(0, 0.0, 0.0, 0.0, 0.0, 0, 0.0, 0, 0, 0, 0)


def hour_of(ms: int) -> int:
    """The hour that field time ``ms`` lies in.

    >>> hour_of(3_599_999), hour_of(3_600_000)
    (0, 1)
    """
    return ms // HOUR_MS


def fold(tally: Tally, readings: Iterable[Taken]) -> Tally:
    """Take more readings into ``tally``.

    >>> fold(EMPTY, [(10, 2.0, 1), (20, 3.0, 3)])[:4]
    (2, 2.5, 2.0, 3.0)
    >>> fold(EMPTY, [(10, 101.0, 4)]).missing
    1
    """
    n, mean, low, high, first, first_ms, last, last_ms, doubtful, missing, poll = tally
    for ms, value, flag in readings:
        poll = max(poll, ms)
        if value is None or flag >= FAIL:
            missing += 1
            continue
        if n == 0:
            low = high = first = last = value
            first_ms = last_ms = ms
        elif ms < first_ms:
            first, first_ms = value, ms
        elif ms >= last_ms:
            last, last_ms = value, ms
        n += 1
        # A running mean needs no sum, so a written tally is a whole state.
        mean += (value - mean) / n
        doubtful += flag == SUSPECT
        low, high = min(low, value), max(high, value)
    return Tally(
        n, mean, low, high, first, first_ms, last, last_ms, doubtful, missing, poll
    )


def as_hour(begin_ms: int, tally: Tally) -> Hour:
    """The hour as rules see it, from ``begin_ms`` UTC on."""
    return Hour(
        begin_ms=begin_ms,
        n=tally.n,
        mean=tally.mean,
        low=tally.low,
        high=tally.high,
        first=tally.first,
        last=tally.last,
        doubtful=tally.doubtful,
        missing=tally.missing,
    )
