"""How loss and doubling are counted, by a counter that the field itself keeps.

A simulated probe counts its answers and tells the count as a reading.  Each
value therefore stands for one answer: it must be in the buffer once and in the
province's database once, at one stamp.  Pure.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

Sample = tuple[int, float]
"""Stamp [ns since 1970] and counter value of one stored point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Counter values along the path."""

    answered: int  # sent by the probe
    committed: int  # rows of the gateway's buffer
    stored: int  # read back from the province's database
    lost: int  # committed and not stored
    duplicate: int  # a value at two stamps, or a stamp with two values
    missing_flagged: int  # rows of all sensors that say "no answer" (flag 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What the cut link did."""

    seconds: float = 0.0
    buffered: int = 0  # rows that waited when the link came back
    drained_in_s: float | None = None  # until the last of them was confirmed [s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a demo."""

    readings: Readings
    outage: Outage

    @property
    def agrees(self) -> bool:
        """Whether every committed answer is stored exactly once, and all is told.

        An answer that came too late for its question is not committed: its tick
        is flagged missing instead.
        """
        n = self.readings
        is_told = 0 <= n.answered - n.committed <= n.missing_flagged
        return is_told and n.committed == n.stored and not (n.lost or n.duplicate)

    def as_json(self) -> dict[str, dict[str, float | None]]:
        """For ``--report``."""
        return asdict(self)


def tally(
    *,
    answered: int,
    committed: Iterable[float],
    stored: Iterable[Sample],
    missing_flagged: int,
) -> Readings:
    """Count one probe's values."""
    rows, samples = list(committed), set(stored)
    values = {value for _, value in samples}
    stamps = Counter(stamp for stamp, _ in samples)
    at_two_stamps = len(samples) - len(values)
    with_two_values = len(samples) - len(stamps)
    return Readings(
        answered=answered,
        committed=len(rows),
        stored=len(values),
        lost=len(rows) - len(values & set(rows)),
        duplicate=at_two_stamps + with_two_values,
        missing_flagged=missing_flagged,
    )
