"""Totals of counters, corrected for wrap and restart, over restarts of the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers import counter
from gateway.records import Counter

DIGITS: Final = 6  # a total is exact to these decimals of its unit


@dataclass(slots=True)
class _Count:
    """A counter's last raw value and its total, both in counts."""

    raw: float | None = None
    total: float | None = None
    shift: float = 0.0
    value: float = 0.0  # the total in the quantity's unit


class Totals:
    """Every counter by the head of its series."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def load(self, head: str, last: Counter, per_count: float) -> None:
        """Go on from what the buffer has on record."""
        total = round(last.total / per_count, DIGITS)
        raw = round(total - last.shift, DIGITS)
        self._counts[head] = _Count(raw, total, last.shift, last.total)

    def add(
        self, head: str, raw: float, bits: int | None, per_count: float
    ) -> tuple[float, bool]:
        """The total in the quantity's unit, and whether its record must be written."""
        known = self._counts.setdefault(head, _Count())
        total = counter.advance(known.raw, known.total, raw, bits)
        shift = round(total - raw, DIGITS)
        is_shifted, known.shift = shift != known.shift, shift
        known.raw, known.total = raw, total
        known.value = round(total * per_count, DIGITS)
        return known.value, is_shifted

    def record(self, head: str) -> Counter:
        """What the buffer keeps of one counter."""
        return Counter(self._counts[head].shift, self._counts[head].value)

    def records(self) -> Mapping[str, Counter]:
        """What the buffer keeps of all of them."""
        return {head: self.record(head) for head in self._counts}
