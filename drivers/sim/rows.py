"""Recorded measurements: CSV files of loggers, read as rows of sensor values."""

import csv
import gzip
import heapq
import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from telemetry.settings import ConfigError, unknown

Spot = tuple[str, str]
"""Sensor and quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column of the file means.

    ``value = cell * scale + offset`` in the quantity's unit.  With ``accumulate``
    the cells are amounts per row and the value is their sum so far.
    """

    spot: Spot
    scale: float = 1.0
    offset: float = 0.0
    accumulate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the files are to be read; ``where`` names its own file in messages."""

    where: str
    time_column: str
    time_format: str  # of strptime
    utc_offset_ms: int
    gaps: frozenset[str]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Row:
    """Values of one instant, UTC. [ms since 1970]  ``None`` is a gap."""

    utc_ms: int
    values: Mapping[Spot, float | None]


@dataclass(slots=True)
class Reader:
    """Reads ``files`` side by side, joined on their time.

    A column belongs to the one file that has it.  Where a file has no row at an
    instant of another, its columns are gaps.  A stamp that repeats or runs back
    within its file is passed over and counted.
    """

    layout: Layout
    files: tuple[Path, ...]
    from_ms: int | None = None
    to_ms: int | None = None  # this instant is not included
    passed_over: int = 0

    def __post_init__(self) -> None:
        """Refuse columns that no file has, or more than one."""
        headers = {file: _header(file) for file in self.files}
        faults = []
        for file, header in headers.items():
            if self.layout.time_column not in header:
                remedy = unknown(self.layout.time_column, header)
                faults.append(
                    f"{self.layout.where}: time.column: {file.name} has no column"
                    f" {self.layout.time_column!r}; {remedy}"
                )
        every = {name for header in headers.values() for name in header}
        for name in self.layout.columns:
            homes = [file.name for file, header in headers.items() if name in header]
            if not homes:
                fact = f"no such column in {', '.join(f.name for f in self.files)}"
                remedy = unknown(name, every)
                faults.append(f"{self.layout.where}: columns.{name}: {fact}; {remedy}")
            elif len(homes) > 1:
                fact = f"stands in {' and '.join(homes)}; give files that share none"
                faults.append(f"{self.layout.where}: columns.{name}: {fact}")
        if faults:
            raise ConfigError(faults)

    def rows(self) -> Iterator[Row]:
        """The rows in order of time.

        Raises
        ------
        ConfigError
            A cell is neither a number nor a gap, or a time is not of its format.
        """
        gaps: dict[Spot, float | None] = dict.fromkeys(
            (column.spot for column in self.layout.columns.values()), None
        )
        streams = [self._one(file) for file in self.files]
        merged = heapq.merge(*streams, key=attrgetter("utc_ms"))
        for utc_ms, parts in groupby(merged, key=attrgetter("utc_ms")):
            values = dict(gaps)
            for part in parts:
                values.update(part.values)
            yield Row(utc_ms, values)

    def _one(self, file: Path) -> Iterator[Row]:
        latest: int | None = None
        totals: dict[Spot, float] = {}
        lines = _lines(file)
        _, header = next(lines)
        time_at = header.index(self.layout.time_column)
        columns = [
            (header.index(name), name, column)
            for name, column in self.layout.columns.items()
            if name in header
        ]
        for where, cells in lines:
            if len(cells) != len(header):
                fact = f"{len(cells)} cells under {len(header)} columns"
                raise ConfigError([f"{where}: {fact}; mend the file"])
            utc_ms = self._utc_ms(cells[time_at], where)
            if latest is not None and utc_ms <= latest:
                self.passed_over += 1
                continue
            latest = utc_ms
            if self.to_ms is not None and utc_ms >= self.to_ms:
                return
            if self.from_ms is not None and utc_ms < self.from_ms:
                continue
            values = {
                column.spot: self._value(cells[at], name, column, totals, where)
                for at, name, column in columns
            }
            yield Row(utc_ms, values)

    def _utc_ms(self, cell: str, where: str) -> int:
        try:
            local = datetime.strptime(cell, self.layout.time_format)  # noqa: DTZ007  offset below
        except ValueError:
            fact = f"{cell!r} is not of the form {self.layout.time_format!r}"
            remedy = f"set time.format in {self.layout.where}"
            place = f"column {self.layout.time_column!r}"
            raise ConfigError([f"{where}: {place}: {fact}; {remedy}"]) from None
        since = local.replace(tzinfo=UTC).timestamp()
        return round(since * 1000) - self.layout.utc_offset_ms

    def _value(
        self,
        cell: str,
        name: str,
        column: Column,
        totals: dict[Spot, float],
        where: str,
    ) -> float | None:
        if cell in self.layout.gaps:
            return None
        try:
            value = float(cell) * column.scale + column.offset
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            remedy = f"if it means a gap, add it to gaps in {self.layout.where}"
            fault = f"{where}: column {name!r}: {cell!r} is no number; {remedy}"
            raise ConfigError([fault])
        if column.accumulate:
            value = totals[column.spot] = totals.get(column.spot, 0.0) + value
        return value


def _lines(file: Path) -> Generator[tuple[str, list[str]], None, None]:
    """Place and cells of every line, the header first."""
    number = 0
    try:
        with _open(file) as text:
            lines = csv.reader(text)
            for cells in lines:
                number = lines.line_num
                yield f"{file}:{number}", cells
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as fault:
        reason = getattr(fault, "strerror", None) or fault
        place = f"{file}:{number + 1}" if number else f"{file}"
        raise ConfigError([f"{place}: cannot be read: {reason}"]) from None


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")


def _header(file: Path) -> list[str]:
    with closing(_lines(file)) as lines:
        _, header = next(lines, ("", []))
    if not header:
        raise ConfigError([f"{file}: is empty; give a CSV file with a header"])
    return header


def utc_ms(text: str) -> int:
    """Instant of an ISO date or time, UTC if it names no offset. [ms since 1970]

    Raises
    ------
    ValueError
        It is none.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)
