"""Faults of a logger's clock, read off the stamps of its file.  Pure.

A gateway's own stamps cannot jump; those of a logger that is read out by hand do.
Each stamp is judged from those before it.  What goes back, lands in a year that has
not come, or has day and month exchanged, is a clock's fault for certain.  A jump
ahead by a few readings is a gap or a clock put forward: the stamps alone do not say
which, so it is named a gap and its length given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final

BEATS: Final = 3  # equal steps after which they are the logger's new interval [D]
UNORDERED: Final = 0.05  # share of steps back from which rows are shuffled [D]


class Kind(StrEnum):
    """What a jump is."""

    BACK = "back"
    FUTURE = "future"  # after the file was taken from the logger
    SWAPPED = "swapped"  # day and month are exchanged
    GAP = "gap"  # ahead: readings are missing, or the clock was put forward
    DOUBLE = "double"  # the same stamp twice
    EARLY = "early"  # ahead by less than the interval

    @property
    def is_clock(self) -> bool:
        """Whether the clock is at fault for certain."""
        return self in (Kind.BACK, Kind.FUTURE, Kind.SWAPPED)


@dataclass(frozen=True, slots=True)
class Jump:
    """A stamp that is not one interval after the one before."""

    at: int  # its place, counted from 0
    from_ms: int  # the stamp before [ms since 1970]
    to_ms: int
    skipped_ms: int  # the step less the interval: how far the clock was put
    kind: Kind


def interval_ms(stamps: Sequence[int]) -> int:
    """The usual step. [ms]

    >>> interval_ms([0, 60, 120, 240, 300])
    60
    """
    ahead = [after - before for before, after in pairwise(stamps) if after > before]
    if not ahead:
        msg = f"{len(stamps)} stamps, none after another: no interval to be seen"
        raise ValueError(msg)
    return int(median(ahead))


def is_shuffled(stamps: Sequence[int]) -> bool:
    """Whether rows came out of order, so that single jumps mean nothing.

    >>> is_shuffled([0, 2, 1, 4, 3, 6, 5]), is_shuffled([0, 1, 2, 3])
    (True, False)
    """
    back = sum(after < before for before, after in pairwise(stamps))
    return back > max(1, UNORDERED * len(stamps))


def jumps(
    stamps: Sequence[int], step_ms: int | None = None, taken_ms: int | None = None
) -> Iterator[Jump]:
    """Every jump of a series, oldest first.

    Parameters
    ----------
    stamps : sequence of int
        As the logger wrote them, in the order of its rows. [ms since 1970]
    step_ms : int, optional
        Its interval [ms]; where nothing is said, the usual step.
    taken_ms : int, optional
        When the file was taken from the logger. [ms since 1970]

    Notes
    -----
    A logger that goes on at another interval jumps ``BEATS`` times and has then a new
    one.

    Examples
    --------
    >>> hour = 3_600_000
    >>> [(j.at, j.skipped_ms // hour, j.kind.value)
    ...  for j in jumps([0, 2 * hour, 4 * hour, 12 * hour, 8 * hour], 2 * hour)]
    [(3, 6, 'gap'), (4, -6, 'back')]
    """
    if len(stamps) < 2:
        return
    beat = interval_ms(stamps) if step_ms is None else step_ms
    if beat <= 0:
        msg = f"interval is {beat} ms; it must be above 0"
        raise ValueError(msg)
    run, last_step = 0, beat
    for at, (before, after) in enumerate(pairwise(stamps), start=1):
        step = after - before
        run = run + 1 if step == last_step else 1
        last_step = step
        if step == beat:
            continue
        yield Jump(at, before, after, step - beat, _kind(before, after, beat, taken_ms))
        if run == BEATS and step > 0:
            beat = step


def _kind(before: int, after: int, beat: int, taken_ms: int | None) -> Kind:
    if after == before:
        return Kind.DOUBLE
    is_future = taken_ms is not None and after > taken_ms
    due, given = _date(before + beat), _date(after)
    if given != due and _is_swapped(due, given, is_future=is_future):
        return Kind.SWAPPED
    if after < before:
        return Kind.BACK
    if is_future:
        return Kind.FUTURE
    return Kind.GAP if after > before + beat else Kind.EARLY


def _date(ms: int) -> date:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).date()


def _is_swapped(due: date, given: date, *, is_future: bool) -> bool:
    """Whether the day that was given is the month that was due, and the reverse.

    Where the stamp cannot be right anyway, the first half of it is enough: who sets
    a clock by hand errs in more than one way.
    """
    is_half = given.year == due.year and given.day == due.month != given.month
    return is_half and (is_future or given.month == due.day)
