"""Recorded sets of others, as a gateway of ours would have taken them.

Their clocks are read as if they hung in Viet Nam: nights then are nights.  A summer
of 20 to 25 °C is as warm as our winter-spring: where winters are cold the calendar is
turned so that it begins with that season.  What each set is, and where it is from,
stands in its own README.md.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from rules.history import Place
from rules.recorded import Taken
from rules.series import Cell, made
from rules.series_cells import Column, number, stamp
from rules.series_csv import opened

SUMMER_LATER: Final = timedelta(
    days=214
)  # from 23 May to 23 December, when rice is sown
PLOT: Final = "laid"  # on which all of a site stands

Scaled = tuple[str, Callable[[float], float]]
"""A column of the file, and how its number becomes one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a site."""

    file: str
    time: str
    columns: Mapping[Column, Scaled]
    only: tuple[str, str] | None = None  # column and what it must say
    clock: Callable[[str], int] = lambda text: stamp(text)[0]  # UTC [ms], as said above


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place that was measured, with its recordings."""

    id: str
    folder: str
    parts: tuple[Part, ...]
    is_ours: bool = False  # a climate without a winter: our own calendar fits
    is_watered: bool = False  # somebody irrigates when the soil is dry
    field_capacity: float | None = None  # of its soil, as its README says [%]
    about: str = ""

    def missing(self, data: Path) -> str | None:
        """One line if a file is not there."""
        for part in self.parts:
            if not (data / self.folder / part.file).is_file():
                return f"{self.id}: {self.folder}/{part.file} is not in {data}"
        return None


@dataclass(slots=True)
class Taking:
    """What was taken of a site."""

    samples: dict[Place, list[Taken]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def take(site: Site, data: Path) -> Taking:
    """Read a site.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    taking = Taking()
    later_ms = 0 if site.is_ours else SUMMER_LATER // timedelta(milliseconds=1)
    for part in site.parts:
        cells: dict[Column, list[Cell]] = {what: [] for what in part.columns}
        for line, row in enumerate(_rows(data / site.folder / part.file), 2):
            if part.only is None or row[part.only[0]] == part.only[1]:
                _put(line, row, part, cells, later_ms)
        for what, some in cells.items():
            one = made(what, some, PLOT)
            taking.samples[one.place] = one.taken
            taking.notes += one.notes
    return taking


def _put(
    line: int,
    row: dict[str, str],
    part: Part,
    cells: dict[Column, list[Cell]],
    later_ms: int,
) -> None:
    try:
        at_ms = part.clock(row[part.time]) + later_ms
    except ValueError:
        return
    for what, (name, scale) in part.columns.items():
        try:
            value = number(row[name], has_comma=False)
        except ValueError:
            continue
        scaled = None if value is None else scale(value)
        cells[what].append((at_ms, scaled, None, line))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with opened(path) as text:
        yield from csv.DictReader(text, restval="", skipinitialspace=True)
