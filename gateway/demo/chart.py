"""Small pictures in SVG, readable on a phone and in the dark.  Pure.

Coordinates are pixels of a box ``WIDTH`` wide that the page scales; colours are the
page's variables.  Text is escaped here, once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from drivers.sim.story import DAYS
from gateway.demo.series import Night, Sample
from gateway.demo.words import vi

WIDTH: Final = 360  # of a small phone
HEIGHT: Final = 170
LEFT: Final = 34  # room for the numbers of the scale
TOP: Final = 14
BOTTOM: Final = 22  # room for the days
BAND_CHARS: Final = 5.2  # width of a letter at 9 px, for placing a band's name


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of days with a name, such as an outage."""

    first: float
    last: float
    name: str
    kind: str  # class of the page: cut, gone, episode


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level line with a name."""

    at: float
    name: str


def levels(
    samples: Sequence[Sample],
    *,
    title: str,
    thresholds: Sequence[Threshold] = (),
    bands: Sequence[Band] = (),
) -> str:
    """A line over the story's days, interrupted where there is no value."""
    known = [s.value for s in samples if s.value is not None]
    marks = [*known, *(t.at for t in thresholds)]
    low, high = min(marks, default=0.0), max(marks, default=1.0)
    return _frame(title, low, high, bands, lambda y: _curve(samples, thresholds, y))


def catches(nights: Sequence[Night], *, title: str, bands: Sequence[Band] = ()) -> str:
    """A bar for each night, from noon to noon."""
    most = max((night.catch for night in nights), default=1.0)
    return _frame(title, 0.0, most, bands, lambda y: _bars(nights, y))


def _frame(
    title: str,
    low: float,
    high: float,
    bands: Sequence[Band],
    draw: Callable[[Callable[[float], float]], list[str]],
) -> str:
    room = (high - low or 1.0) * 0.06
    low, high = low - room * (low != 0), high + room

    def y(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *(_band(band) for band in bands),
        *_scale(low, high, y),
        *(_day(day) for day in range(DAYS)),
        *draw(y),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(day: float) -> float:
    return round(LEFT + min(max(day, 0.0), DAYS) / DAYS * (WIDTH - LEFT - 4), 1)


def _band(band: Band) -> str:
    first, last = _x(band.first), _x(band.last)
    width = max(1.0, round(last - first, 1))
    half = len(band.name) * BAND_CHARS / 2
    middle = min(max((first + last) / 2, LEFT + half), WIDTH - half)
    return (
        f'<rect class="{escape(band.kind)}" x="{first}" y="{TOP}" width="{width}"'
        f' height="{HEIGHT - BOTTOM - TOP}"/>'
        f'<text class="name" x="{middle:.1f}" y="{TOP - 4}">{escape(band.name)}</text>'
    )


def _scale(low: float, high: float, y: Callable[[float], float]) -> list[str]:
    """Round numbers at the left, with lines."""
    step = _round_step((high - low) / 4)
    first, last = math.ceil(low / step), math.floor(high / step)
    parts = []
    for number in range(first, last + 1):
        at, value = y(number * step), number * step
        digits = 0 if step >= 1 else 1
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 4}" y1="{at}" y2="{at}"/>'
            f'<text class="tick" x="{LEFT - 4}" y="{at + 3}">{vi(value, digits)}</text>'
        )
    return parts


def _round_step(wanted: float) -> float:
    """1, 2 or 5 times a power of ten, not below ``wanted``.

    >>> [_round_step(wanted) for wanted in (0.3, 4.0, 21.0)]
    [0.5, 5, 50]
    """
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-3)))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= wanted)
    return step if step < 1 else round(step)


def _day(day: int) -> str:
    middle = _x(day + 0.5)
    return f'<text class="day" x="{middle}" y="{HEIGHT - 8}">{day + 1}</text>'


def _curve(
    samples: Sequence[Sample],
    thresholds: Sequence[Threshold],
    y: Callable[[float], float],
) -> list[str]:
    pieces: list[list[str]] = [[]]
    for sample in samples:
        if sample.value is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{_x(sample.day)},{y(sample.value)}")
    parts = [
        f'<polyline class="line" points="{" ".join(piece)}"/>'
        for piece in pieces
        if piece
    ]
    for threshold in thresholds:
        at, right = y(threshold.at), WIDTH - 4
        parts.append(
            f'<line class="threshold" x1="{LEFT}" x2="{right}" y1="{at}" y2="{at}"/>'
            f'<text class="limit" x="{LEFT + 4}" y="{at - 3}">'
            f"{escape(threshold.name)}</text>"
        )
    return parts


def _bars(nights: Sequence[Night], y: Callable[[float], float]) -> list[str]:
    parts = []
    for night in nights:
        first, top = _x(night.day + 0.6), y(night.catch)
        width = round(_x(night.day + 1.4) - first, 1)
        parts.append(
            f'<rect class="bar" x="{first}" y="{top}" width="{width}"'
            f' height="{round(y(0.0) - top, 1)}"/>'
            f'<text class="name" x="{round(first + width / 2, 1)}" y="{top - 3}">'
            f"{vi(night.catch)}</text>"
        )
    return parts
