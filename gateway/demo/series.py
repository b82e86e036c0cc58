"""What a screen and a page draw: values by day, nights of a trap, a line of blocks.

Pure.  Days are counted from the begin of the story, as numbers with a fraction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drivers.sim.story import DAYS

BLOCKS: Final = "▁▂▃▄▅▆▇█"
GAP: Final = "·"
PER_DAY: Final = 4  # characters


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored reading; ``None`` is a poll without an answer."""

    day: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Night:
    """Beam breaks from the noon of day ``day``, counted from 0, to the next."""

    day: int
    catch: float


def newest(samples: Sequence[Sample]) -> float | None:
    """The last poll's value, ``None`` if it had none."""
    return samples[-1].value if samples else None


def nights(totals: Sequence[Sample]) -> list[Night]:
    """Catches of a running total; the night that goes on is the last.

    >>> nights([Sample(0.4, 9.0), Sample(1.4, 34.0), Sample(1.9, 60.0)])
    [Night(day=0, catch=25.0), Night(day=1, catch=26.0)]
    """
    ends: dict[int, float] = {}  # last total before each noon
    for sample in totals:
        if sample.value is not None:
            ends[math.floor(sample.day - 0.5)] = sample.value
    return [
        Night(night, total - ends[night - 1])
        for night, total in ends.items()
        if night - 1 in ends
    ]


def sparkline(samples: Sequence[Sample]) -> str:
    """The story's days in blocks: means of six hours, a dot where nothing came.

    >>> sparkline([Sample(0.1, 0), Sample(0.3, 7), Sample(0.9, 3.5)])
    '▁█·▅'
    """
    buckets: dict[int, list[float]] = {}
    for sample in samples:
        bucket = buckets.setdefault(math.floor(sample.day * PER_DAY), [])
        if sample.value is not None:
            bucket.append(sample.value)
    last = min(max(buckets, default=-1), DAYS * PER_DAY - 1)
    means = [_mean(buckets.get(at, [])) for at in range(last + 1)]
    known = [mean for mean in means if mean is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_block(mean, low, high) for mean in means)


def bars(catches: Sequence[Night]) -> str:
    """One bar a night, from noon to noon under the sparkline's days.

    >>> bars([Night(0, 25), Night(1, 100)])
    '  ▃▃▃ ███ '
    """
    most = max((night.catch for night in catches), default=0.0)
    return " " * (PER_DAY // 2) + "".join(
        _block(night.catch, 0.0, most) * (PER_DAY - 1) + " " for night in catches
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _block(value: float | None, low: float, high: float) -> str:
    if value is None:
        return GAP
    share = (value - low) / (high - low) if high > low else 0.0
    return BLOCKS[round(share * (len(BLOCKS) - 1))]
