"""Merging the rows of a quarter of an hour, so that a full card keeps its oldest days.

A window is 15 minutes of a boot's field time.  Of each series it leaves one row by
the kind of its quantity, with the number and the time of the last row merged, for a
measurement of its own (``telemetry.wire.SUMMARY``).  Only rows flagged 1 or 2 are
merged into values, as all sums of the province are; a series without any keeps its
last row as it is, so that a gap stays a gap.  Pure.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.records import Row, Summary
from telemetry import ranges
from telemetry.quantity import Kind
from telemetry.ranges import Range
from telemetry.reading import Flag
from telemetry.wire import SUMMARY_SPAN_S

WINDOW_MS: Final = SUMMARY_SPAN_S * 1000
DIGITS: Final = 6  # decimals of a mean, far below what any sensor resolves


@dataclass(frozen=True, slots=True)
class Thinned:
    """What becomes of a window: ``gone`` rows, of which ``summaries`` remain."""

    summaries: list[Summary]
    gone: list[Range]  # numbers whose rows go, those of the summaries among them
    merged: list[Range]  # numbers that have no row any more


def thin(rows: Iterable[Row], kinds: Mapping[int, Kind]) -> Thinned:
    """Merge the rows of one window; ``kinds`` by series."""
    of: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of[row.series].append(row)
    summaries, gone, merged = [], [], []
    for series, some in of.items():
        if len(some) == 1:
            continue
        good = [row for row in some if row.value is not None and row.flag <= _GOOD]
        last = some[-1]
        merged += [(row.seq, row.seq) for row in some[:-1]]
        if good:
            summaries.append(_summary(last, good, kinds[series]))
            gone.append((last.seq, last.seq))
    return Thinned(summaries, ranges.union(gone + merged), ranges.union(merged))


_GOOD: Final = int(Flag.UNCHECKED)  # the worst flag of a value that is summed


def _summary(last: Row, good: Sequence[Row], kind: Kind) -> Summary:
    values = [row.value for row in good if row.value is not None]
    return Summary(
        seq=last.seq,
        series=last.series,
        boot=last.boot,
        ms=last.ms,
        value=_MERGE[kind](values),
        low=min(values),
        high=max(values),
        n=len(values),
    )


def _mean(values: Sequence[float]) -> float:
    # fsum: equal values keep their spelling, whatever their number.
    return round(math.fsum(values) / len(values), DIGITS)


def _direction(values: Sequence[float]) -> float:
    """Mean of unit vectors [°]; the last one where they cancel each other out."""
    north = math.fsum(math.cos(math.radians(value)) for value in values)
    east = math.fsum(math.sin(math.radians(value)) for value in values)
    if math.hypot(north, east) < 1e-9 * len(values):  # rounding, no direction
        return values[-1]
    return round(math.degrees(math.atan2(east, north)), DIGITS) % 360


def _last(values: Sequence[float]) -> float:
    return values[-1]


_MERGE: Final[Mapping[Kind, Callable[[Sequence[float]], float]]] = {
    Kind.LEVEL: _mean,
    Kind.AMOUNT: math.fsum,
    Kind.COUNTER: _last,
    Kind.DIRECTION: _direction,
    Kind.STATE: _last,
}
