"""Hours to feed models with, by clocks in Viet Nam."""

from collections.abc import Sequence
from datetime import date

from rules.history import HOUR_MS, Hour
from rules.models.hours import first_of

DAY = date(2026, 11, 20)
"""The day on which most of these hours begin."""


def ms(hour: float, day: date = DAY) -> int:
    """UTC of ``hour`` o'clock of ``day``; hours may run over into other days."""
    return round((first_of(day, 0) + hour) * HOUR_MS)


def level(begin_ms: int, value: float, *, doubtful: int = 0) -> Hour:
    return Hour(begin_ms, 4, value, value, value, value, value, doubtful)


def levels(
    values: Sequence[float | None], hour: float = 0, day: date = DAY
) -> list[Hour]:
    """One hour per value from ``hour`` o'clock on; ``None`` is a missing hour."""
    begins = [ms(hour + i, day) for i in range(len(values))]
    return [
        level(begin, value)
        for begin, value in zip(begins, values, strict=True)
        if value is not None
    ]


def totals(
    gains: Sequence[float | None], hour: float = 0, day: date = DAY
) -> list[Hour]:
    """A counter that gains so much within each hour; ``None`` is a missing hour."""
    found, total = [], 1000.0
    for i, gain in enumerate(gains):
        before, total = total, total + (gain or 0.0)
        if gain is not None:
            at = ms(hour + i, day)
            found.append(Hour(at, 60, 0.0, before, total, before, total))
    return found
