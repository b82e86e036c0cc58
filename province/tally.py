"""What a store counts of one plot or one gateway: which series, how many rows, when.

A store answers with the records below, series by series; gaps and polls due are
worked out here, so that all stores answer alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from telemetry.ranges import Range, subtract, union
from telemetry.series import NAME, Series

NS_OF_MS: Final = 1_000_000
SECOND_NS: Final = 1_000_000_000
HOUR_NS: Final = 3600 * SECOND_NS
DAY_NS: Final = 24 * HOUR_NS
GAP_PERIODS: Final = 3.5  # three polls were missed, and ticks may come a bit early
LEAST_GAP_NS: Final = HOUR_NS  # shorter ones nobody asks a lot about


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is counted: a cooperative's readings of one plot, one gateway, or all.

    ``start_ns`` is inside, ``end_ns`` outside. [ns since 1970]
    """

    coop: str
    start_ns: int
    end_ns: int
    plot: str | None = None
    gateway: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no series can have; what passes is safe in a query."""
        for key in ("coop", "plot", "gateway"):
            name = getattr(self, key)
            if name is not None and not NAME.fullmatch(name):
                msg = f"{key} {name!r} is not of the form {NAME.pattern}"
                raise ValueError(msg)
        if self.end_ns <= self.start_ns:
            msg = "the end is not after the start"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A series that has rows, and the stamps of its first and last one.

    [ns since 1970]  A thinned window has the stamp of the last row merged.
    """

    series: Series
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows of one series within one bucket of time that begins at ``begin_ns``.

    ``good`` are flagged 1 or 2, ``doubtful`` 3 or 4, ``missing`` 9.  A thinned
    window counts as the readings that it stands for; ``thinned`` of the good ones
    stand in windows.
    """

    series: Series
    begin_ns: int
    good: int = 0
    doubtful: int = 0
    missing: int = 0
    thinned: int = 0

    @property
    def rows(self) -> int:
        """All that is stored."""
        return self.good + self.doubtful + self.missing


def bucket_of(stamp_ns: int, bucket_ns: int, at_ns: int) -> int:
    """Begin of the bucket that holds ``stamp_ns``; one bucket begins at ``at_ns``.

    >>> bucket_of(27, 10, 5)
    25
    """
    return stamp_ns - (stamp_ns - at_ns) % bucket_ns


def due(period_ns: int, phase_ns: int, start_ns: int, end_ns: int) -> int:
    """How many polls fall into [start, end), one of them being at ``phase_ns``.

    Neighbouring spans add up, whatever the period.

    >>> due(3600, 100, 0, 86_400), due(7000, 0, 0, 86_400)
    (24, 13)
    """
    return -((phase_ns - end_ns) // period_ns) + (phase_ns - start_ns) // period_ns


def gap_of(period_ns: int) -> int:
    """From which length on a silence is a gap. [ns]"""
    return max(LEAST_GAP_NS, round(GAP_PERIODS * period_ns))


def joined(runs: Iterable[Range], apart_ns: int) -> list[Range]:
    """Join stretches that overlap or are less than ``apart_ns`` apart.

    >>> joined([(1, 4), (9, 9), (6, 7)], 3)
    [(1, 9)]
    """
    reaching = union((first, last + apart_ns - 2) for first, last in runs)
    return [(first, last - apart_ns + 2) for first, last in reaching]


def gaps(
    runs: Iterable[Range], start_ns: int, end_ns: int, least_ns: int
) -> list[Range]:
    """Stretches of [start, end) without a value, from value to value.

    ``runs`` are first and last stamps of stretches with values, as a store tells.

    >>> gaps([(10, 20), (22, 30)], 0, 50, 10)
    [(0, 10), (30, 50)]
    """
    silent = [
        (max(first - 1, start_ns), last + 1)
        for first, last in subtract([(start_ns, end_ns - 1)], runs)
    ]
    return [(first, last) for first, last in silent if last - first >= least_ns]
