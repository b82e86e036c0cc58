"""One series made of cells: in order, once, summed up, flagged; and what is odd.

Whoever reads a past that was not recorded by this program goes through here: a CSV,
a recorded set, a database.  Values are flagged as a gateway would have flagged them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from rules.history import HOUR_MS, Place
from rules.quality import live
from rules.quality.stream import Stream
from rules.recorded import Taken
from rules.scope import STALE_PERIODS
from rules.series_cells import FORMS, Column
from rules.text import local
from telemetry.observer import observer_of
from telemetry.quantity import QUANTITIES, Kind
from telemetry.reading import Flag

LEAST_PERIOD_MS: Final = 1000  # of a series; a probe is not asked oftener
ONE_PERIOD_MS: Final = HOUR_MS  # of a series with a single value, which tells none

Cell = tuple[int, float | None, int | None, int]
"""UTC [ms since 1970], value, flag if one was given, line of the file."""


@dataclass(slots=True)
class Odd:
    """Oddities of one kind: how many, the first line, and what stood there."""

    count: int = 0
    line: int = 0
    text: str = ""

    def add(self, line: int, text: str = "") -> None:
        """Count one more."""
        if not self.count:
            self.line, self.text = line, text
        self.count += 1


@dataclass(frozen=True, slots=True)
class Made:
    """A series as rules read it."""

    place: Place
    taken: list[Taken]
    notes: list[str]


def made(what: Column, cells: list[Cell], plot: str) -> Made:
    """Put the cells of a column in order; of one stamp the last one counts."""
    name = what.name
    notes: list[str] = []
    ordered = sorted(cells, key=lambda cell: (cell[0], cell[3]))
    kept = list({cell[0]: cell for cell in ordered}.values())
    if len(kept) < len(cells):
        twice = min(b[3] for a, b in pairwise(ordered) if a[0] == b[0])
        notes.append(
            f"{name}: stamps that stand twice: {len(cells) - len(kept)}, first in line"
            f" {twice}; the last row of each counts"
        )
    period_ms = _period_ms([cell[0] for cell in kept])
    notes += _gaps(name, kept, period_ms)
    if what.is_amount:
        kept = _summed(kept)
        notes.append(f"{name}: amounts [mm] of each row, summed up")
    elif QUANTITIES[what.quantity].kind is Kind.COUNTER:
        kept = _counted_on(name, kept, notes)
    who = observer_of(what.sensor)
    place = Place(
        sensor=what.sensor,
        quantity=what.quantity,
        plot=plot,
        z=what.z,
        period_ms=period_ms,
        pest=what.pest,
        stage=what.stage,
        role=None if who is None else who[0],
        method=None if who is None else who[1],
    )
    return Made(place, _flagged(name, what, kept, notes), notes)


def _period_ms(stamps: Sequence[int]) -> int:
    if len(stamps) < 2:
        return ONE_PERIOD_MS
    return max(LEAST_PERIOD_MS, round(median(b - a for a, b in pairwise(stamps))))


def _gaps(name: str, kept: list[Cell], period_ms: int) -> list[str]:
    """Stretches without a row, so long that a newest value is stale at their end."""
    most_ms = STALE_PERIODS * period_ms
    gaps = [(b[0] - a[0], b) for a, b in pairwise(kept) if b[0] - a[0] > most_ms]
    if not gaps:
        return []
    longest, after = max(gaps, key=lambda gap: gap[0])
    when = f"{local(after[0]):%Y-%m-%d %H:%M}"
    return [
        f"{name}: gaps of more than {STALE_PERIODS} periods of"
        f" {period_ms / 60_000:g} min: {len(gaps)}, the longest"
        f" {longest / HOUR_MS:.1f} h, up to line {after[3]} ({when})"
    ]


def _is_good(value: float | None, flag: int | None) -> bool:
    return value is not None and (flag is None or flag < Flag.FAIL)


def _summed(cells: list[Cell]) -> list[Cell]:
    """The running total of amounts."""
    found: list[Cell] = []
    total = 0.0
    for at_ms, value, flag, line in cells:
        if value is None or not _is_good(value, flag):
            found.append((at_ms, None, None, line))
            continue
        total += max(0.0, value)
        found.append((at_ms, total, flag, line))
    return found


def _counted_on(name: str, cells: list[Cell], notes: list[str]) -> list[Cell]:
    """A total that goes on where the counter begins anew."""
    found: list[Cell] = []
    restarts = Odd()
    before, shift = 0.0, 0.0
    for at_ms, value, flag, line in cells:
        if value is None or not _is_good(value, flag):
            found.append((at_ms, value, flag, line))
            continue
        if found and value < before:
            restarts.add(line)
            shift += before
        before = value
        found.append((at_ms, value + shift, flag, line))
    if restarts.count:
        notes.append(
            f"{name}: begins of the counter anew: {restarts.count}, first in line"
            f" {restarts.line}; it was counted on"
        )
    return found


def _flagged(
    name: str, what: Column, cells: list[Cell], notes: list[str]
) -> list[Taken]:
    """Every cell with the flag that a gateway would have given."""
    quantity = QUANTITIES[what.quantity]
    stream = Stream(live.checks(quantity))
    taken: list[Taken] = []
    failed, doubted = Odd(), Odd()
    for at_ms, value, given, line in cells:
        flag = max(stream.feed(at_ms, value), Flag.GOOD if given is None else given)
        if value is not None and flag == Flag.FAIL:
            failed.add(line, f"{value:g}")
        elif value is not None and flag == Flag.SUSPECT:
            doubted.add(line, f"{value:g}")
        taken.append((at_ms, value, int(flag)))
    for odd, told in (
        (failed, "cannot be, left out"),
        (doubted, "are doubtful"),
    ):
        if odd.count:
            notes.append(
                f"{name}: values that {told}: {odd.count}, first {odd.text}"
                f" {quantity.unit} in line {odd.line}"
            )
    return taken


def oddities(odd: Mapping[str, Odd], forms: Mapping[str, Odd]) -> Iterator[str]:
    """What was odd about the cells of a file, by kind, and its forms of time."""
    for kind, one in odd.items():
        text = f": {one.text!r:.60}" if one.text else ""
        yield f"{kind}: {one.count}, first in line {one.line}{text}"
    if len(forms) > 1:
        told = (
            f"{FORMS[form]} ({one.count}, first in line {one.line})"
            for form, one in sorted(forms.items(), key=lambda each: each[1].line)
        )
        yield f"times are of several forms: {'; '.join(told)}"
    if "day" in forms:
        text = forms["day"].text
        yield f"times such as {text!r} were read as day/month/year"
