"""Where a moment and a value stand in a chart, and the lines that say so.  Pure SVG.

A chart is a stack of panels over one time.  Lengths are units of the picture, which
is as wide as a telephone and grows with the screen.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Final

from rules.text import HERE, local, local_day

WIDTH: Final = 360.0
LEFT, RIGHT = 30.0, 4.0  # for the numbers of a scale; so that the last day is seen
ROOM: Final = 0.06  # of a scale, above and below what is drawn
MOST_TICKS: Final = 8  # of time, or their words touch
DAY_MS: Final = 86_400_000
STEPS_D: Final = (1, 2, 5, 7, 14)  # d between ticks; longer ones are months


@dataclass(frozen=True, slots=True)
class Time:
    """The time of a chart, from left to right."""

    since_ms: int
    until_ms: int

    def x(self, at_ms: float) -> float:
        """Where a moment stands; what lies outside stands at the edge."""
        span = max(1, self.until_ms - self.since_ms)
        share = min(1.0, max(0.0, (at_ms - self.since_ms) / span))
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self) -> list[tuple[int, str]]:
        """Days or months, each by its first moment."""
        days = (self.until_ms - self.since_ms) / DAY_MS
        step = next((step for step in STEPS_D if days / step <= MOST_TICKS), None)
        return list(self._months() if step is None else self._days(step))

    def _days(self, step: int) -> Iterator[tuple[int, str]]:
        day = local_day(self.since_ms)
        while (at := _begin_ms(day)) <= self.until_ms:
            if at >= self.since_ms:
                yield at, f"{day.day}/{day.month}"
            day += timedelta(days=step)

    def _months(self) -> Iterator[tuple[int, str]]:
        first = local(self.since_ms)
        months = (self.until_ms - self.since_ms) / DAY_MS / 30
        every = max(1, math.ceil(months / MOST_TICKS))
        number = first.year * 12 + first.month - 1
        while True:
            number += 1
            year, month = divmod(number, 12)
            at = _begin_ms(date(year, month + 1, 1))
            if at > self.until_ms:
                return
            if number % every == 0:
                told = f"{month + 1}/{year % 100:02d}"
                yield at, told


def _begin_ms(day: date) -> int:
    return round(datetime.combine(day, time(), tzinfo=HERE).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Scale:
    """The values of a panel, from bottom to top."""

    low: float
    high: float
    top: float
    height: float

    @classmethod
    def around(
        cls, values: Sequence[float], top: float, height: float, *, from_zero: bool
    ) -> "Scale":
        """A scale that holds ``values`` with some room."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        if from_zero:
            low = min(0.0, low)
        room = (high - low or 1.0) * ROOM
        low -= 0.0 if from_zero and low == 0 else room
        return cls(low, high + room, top, height)

    def y(self, value: float) -> float:
        """Where a value stands; what lies outside stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.top + (1 - min(1.0, max(0.0, share))) * self.height, 1)

    def lines(self) -> Iterator[str]:
        """Round numbers at the left, with lines."""
        step = round_step((self.high - self.low) / 4)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        for number in range(first, last + 1):
            at = self.y(number * step)
            yield (
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}"'
                f' y2="{at}"/><text class="tick" x="{LEFT - 3}" y="{at + 2.5}">'
                f"{told(number * step, step)}</text>"
            )


def round_step(wanted: float) -> float:
    """1, 2 or 5 times a power of ten, not below ``wanted``.

    >>> [round_step(wanted) for wanted in (0.3, 4.0, 21.0)]
    [0.5, 5.0, 50.0]
    """
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-6)))
    return next(power * n for n in (1, 2, 5, 10, 20) if power * n >= wanted * 0.999)


def told(value: float, step: float = 1.0) -> str:
    """A number as Vietnamese writes it, with as many decimals as ``step`` has.

    >>> told(-0.5, 0.5), told(1200), told(0.25, 0.05)
    ('−0,5', '1.200', '0,25')
    """
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 1
    text = f"{value + 0.0:,.{digits}f}"
    return text.translate(str.maketrans(",.-", ".,−"))


def short(value: float) -> str:
    """A number with at most one decimal.

    >>> short(-10.0), short(13.38)
    ('−10', '13,4')
    """
    return told(value, 0.1).removesuffix(",0")


def word(kind: str, x: float, y: float, text: str) -> str:
    """A word at a place."""
    place = f'x="{round(x, 1)}" y="{round(y, 1)}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'


def box(
    kind: str, x: float, y: float, width: float, height: float, about: str = ""
) -> str:
    """A filled box, which says what it is about where a pointer rests on it."""
    inside = f"<title>{escape(about)}</title>" if about else ""
    return (
        f'<rect class="{kind}" x="{round(x, 1)}" y="{round(y, 1)}"'
        f' width="{round(max(width, 0.4), 1)}" height="{round(max(height, 0.0), 1)}">'
        f"{inside}</rect>"
    )
