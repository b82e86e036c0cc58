"""A season from a CSV: series as rules read them, and what is odd about the file.

Wide: a column ``time`` and columns named by quantity (``rules.series_cells``), each
in the quantity's own unit.  Long: ``time,sensor,quantity,value`` and, where they are
known, ``flag,z,pest,stage``.  Commas, or semicolons with a decimal comma.

Nothing odd passes in silence: each kind is told in one line, with how often and
where first.  An empty cell is no poll; ``NaN`` is a poll without a value.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import Final, TextIO

from rules.history import HOUR_MS, Place
from rules.models.trap import DUSK_H
from rules.recorded import Taken
from rules.series import Cell, Odd, made, oddities
from rules.series_cells import (
    Column,
    checked,
    column,
    is_date_only,
    number,
    refuse_months_first,
    stamp,
)
from rules.text import HERE
from telemetry.reading import Flag
from telemetry.settings import ConfigError

TIMES: Final = ("time", "timestamp", "date", "datetime", "ngay", "thoi_gian")
LONG: Final = frozenset({"quantity", "value"})
KNOWN_LONG: Final = ("sensor", "quantity", "value", "flag", "z", "pest", "stage")

Row = tuple[int, list[str], int]  # line, cells, UTC [ms since 1970]


@dataclass(frozen=True, slots=True)
class Season:
    """What a file holds: samples by place, and what is to be told of it."""

    samples: dict[Place, list[Taken]]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """A file as far as it was read."""

    path: Path
    names: list[str]
    time_at: int
    has_comma: bool  # 31,2 is a number
    zone: timezone
    cells: dict[Column, list[Cell]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    odd: dict[str, Odd] = field(default_factory=dict)
    forms: dict[str, Odd] = field(default_factory=dict)

    def tell(self, kind: str, line: int, text: str = "") -> None:
        self.odd.setdefault(kind, Odd()).add(line, text)

    def put(
        self, what: Column, row: Row, value: float | None, flag: int | None
    ) -> None:
        line, texts, at_ms = row
        if what.quantity == "trap_count" and is_date_only(texts[self.time_at].strip()):
            at_ms += DUSK_H * HOUR_MS  # of a day alone: the night that begins on it
        self.cells.setdefault(what, []).append((at_ms, value, flag, line))


def read(path: Path, plot: str, zone: timezone = HERE) -> Season:
    """Read a season of one plot; stamps without a zone are of ``zone``.

    Raises
    ------
    ConfigError
        The file cannot be read, or has no time or nothing that is measured.
    """
    if path.exists() and not path.is_file():  # a pipe or a device has no end
        raise ConfigError([f"{path}: is not a file that can be read"])
    try:
        with opened(path) as text:
            reading = _table(text, path, zone)
    except (OSError, EOFError, zlib.error) as fault:
        why = getattr(fault, "strerror", None) or "is damaged"
        raise ConfigError([f"{path}: cannot be read: {why}"]) from None
    except UnicodeDecodeError as fault:
        why = f"byte {fault.start} is not UTF-8; save it as CSV in UTF-8"
        raise ConfigError([f"{path}: {why}"]) from None
    except csv.Error as fault:
        raise ConfigError([f"{path}: is no table: {fault}"]) from None
    notes = [*reading.notes, *oddities(reading.odd, reading.forms)]
    series = [made(what, cells, plot) for what, cells in reading.cells.items()]
    notes += (note for each in series for note in each.notes)
    if not series:
        raise ConfigError([f"{path}: has no value; {'; '.join(notes) or 'no row'}"])
    return Season(
        samples={each.place: each.taken for each in series},
        notes=tuple(f"{path.name}: {note}" for note in notes),
    )


def opened(path: Path) -> TextIO:
    """Open a table, packed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _table(text: TextIO, path: Path, zone: timezone) -> _Reading:
    head = text.readline()
    mark = next((mark for mark in ";\t" if mark in head), ",")
    names = [name.strip() for name in next(csv.reader([head], delimiter=mark), [])]
    times = [at for at, name in enumerate(names) if name.lower() in TIMES]
    if len(times) != 1:
        found = "several columns" if times else "no column"
        told = f"{found} of time in {', '.join(names) or 'its first line'}"
        raise ConfigError([f"{path}: {told:.300}; name one column time"])
    reading = _Reading(path, names, times[0], mark == ";", zone)
    rows = _stamped(csv.reader(text, delimiter=mark), reading)
    (_long if set(names) >= LONG else _wide)(rows, reading)
    return reading


def _stamped(rows: Iterator[list[str]], reading: _Reading) -> Iterator[Row]:
    """Every row that has a time."""
    before = None
    for line, row in enumerate(rows, 2):
        text = row[reading.time_at].strip() if reading.time_at < len(row) else ""
        if not text:
            if any(cell.strip() for cell in row):
                reading.tell("rows without a time, left out", line)
            continue
        try:
            at_ms, form = stamp(text, reading.zone)
        except (ValueError, OverflowError):
            refuse_months_first(text, f"{reading.path}: line {line}")
            reading.tell("rows whose time cannot be read, left out", line, text)
            continue
        reading.forms.setdefault(form, Odd()).add(line, text)
        if before is not None and at_ms < before:
            reading.tell("rows that go back in time, sorted", line, text)
        before = at_ms
        yield line, row, at_ms


# --- wide ----------------------------------------------------------------------


def _wide(rows: Iterator[Row], reading: _Reading) -> None:
    columns = dict(_columns(reading))
    for row in rows:
        line, texts, _ = row
        for at, what in columns.items():
            text = texts[at].strip() if at < len(texts) else ""
            if text:
                reading.put(what, row, _value(text, line, reading), None)


def _columns(reading: _Reading) -> Iterator[tuple[int, Column]]:
    known: set[Column] = set()
    for at, name in enumerate(reading.names):
        if at == reading.time_at:
            continue
        try:
            what = column(name)
        except ValueError as fault:
            reading.notes.append(f"column {name!r} is left out: {fault}")
            continue
        if what in known:
            reading.notes.append(f"column {name!r} stands twice; the first one counts")
            continue
        known.add(what)
        yield at, what


# --- long ----------------------------------------------------------------------


def _long(rows: Iterator[Row], reading: _Reading) -> None:
    at_of = {name: at for at, name in enumerate(reading.names)}
    reading.notes += (
        f"column {name!r} is left out: a long table has {', '.join(KNOWN_LONG)}"
        for at, name in enumerate(reading.names)
        if name not in KNOWN_LONG and at != reading.time_at
    )
    wanted = [at_of.get(name, len(reading.names)) for name in KNOWN_LONG]
    known: dict[tuple[str, ...], Column | None] = {}
    for row in rows:
        line, texts, _ = row
        found = [texts[at].strip() if at < len(texts) else "" for at in wanted]
        sensor, quantity, text, given, *rest = found
        key = sensor, quantity, *rest
        if key not in known:
            known[key] = _column_of(key, line, reading)
        what, flag = known[key], _flag(given, line, reading)
        if what is None:
            reading.tell("rows of nothing that is known, left out", line)
        elif text or flag == Flag.MISSING:
            value = _value(text, line, reading) if text else None
            reading.put(what, row, value, flag)


def _column_of(key: tuple[str, ...], line: int, reading: _Reading) -> Column | None:
    sensor, quantity, z, pest, stage = key
    insect = "/".join(filter(None, (pest, stage)))
    try:
        found = column(f"{quantity}/{insect}" if insect else quantity)
        place = Column(
            sensor=sensor or found.sensor,
            quantity=found.quantity,
            z=int(z or 0),
            pest=found.pest,
            stage=found.stage,
            is_amount=found.is_amount,
        )
        return checked(place)
    except ValueError as fault:
        reading.notes.append(f"{quantity!r} in line {line} is left out: {fault}")
        return None


# --- cells ---------------------------------------------------------------------


def _value(text: str, line: int, reading: _Reading) -> float | None:
    try:
        value = number(text, has_comma=reading.has_comma)
    except ValueError:
        reading.tell("cells that are no numbers, taken as missing", line, text)
        return None
    if value is None:
        reading.tell("cells that say there is no value", line, text)
    return value


def _flag(text: str, line: int, reading: _Reading) -> int | None:
    try:
        return int(Flag(int(text))) if text else None
    except ValueError:
        reading.tell("flags that are none of 1, 2, 3, 4, 9, left out", line, text)
        return None
