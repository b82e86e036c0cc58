"""Recorded measurements as series, and the reading of their files."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from rules.quality.spans import Span
from telemetry.reading import Flag

Array = np.ndarray[Any, Any]
Row = dict[str, str]
Agreement = tuple[str, Callable[..., Flag], tuple[Array, ...]]
"""A consistency check: its name, itself, and the series that it takes."""

DAMAGED: Final = (
    EOFError, zlib.error, gzip.BadGzipFile, csv.Error, UnicodeDecodeError,
)  # fmt: skip
ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)(?:Z|[+-]\d\d:?\d\d)?"
)
GAPS: Final = frozenset({"", "NA", "NAN", "NaN", "NULL", "* * *"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One channel of a recording."""

    name: str
    quantity: str | None  # ours; None where we have none
    span: tuple[float, float] | None = None  # what is possible, if it is not ours
    site: Span | None = None  # what its climate lets expect, if it is not ours
    ms: Array  # as the logger wrote them [ms since 1970]
    values: Array  # NaN where there is none
    bad: Mapping[str, Array] = field(default_factory=dict)  # known defects, by kind
    others: tuple[Array, ...] = ()  # side by side, of the same quantity
    apart: float = 0.0  # how far neighbours may be from each other
    agrees: Agreement | None = None  # with others at the same instants
    is_learned: bool = False  # its first third teaches limits, the rest is reported
    group: str = ""  # series that are counted together

    def only(self, keep: Array) -> "Series":
        """The rows that are kept."""
        agrees = self.agrees
        if agrees is not None:
            name, check, parts = agrees
            agrees = (name, check, tuple(part[keep] for part in parts))
        return replace(
            self,
            ms=self.ms[keep],
            values=self.values[keep],
            bad={kind: mask[keep] for kind, mask in self.bad.items()},
            others=tuple(other[keep] for other in self.others),
            agrees=agrees,
        )

    def is_bad(self) -> Array:
        """Rows with any known defect."""
        found = np.zeros(len(self.ms), dtype=bool)
        for mask in self.bad.values():
            found |= mask
        return found


def rows(path: Path) -> list[Row]:
    """The file's rows, by the names of its head; cells that lack are empty."""
    try:
        with _opened(path) as text:
            table = list(csv.DictReader(text, restval=""))
    except DAMAGED as fault:
        msg = f"{path.name} is damaged, or no table of commas in UTF-8: {fault}"
        raise ValueError(msg) from None
    for row in table:
        row.pop(None, None)  # type: ignore[call-overload]  # cells beyond the head
    if not table:
        msg = f"{path.name} has no rows"
        raise ValueError(msg)
    return table


def texts(table: list[Row], name: str) -> list[str]:
    """A column."""
    if name not in table[0]:
        head = ", ".join(map(str, table[0]))
        msg = f"no column {name!r}; there is {head:.200}"
        raise ValueError(msg)
    return [row[name] for row in table]


def named_like(table: list[Row], part: str) -> str:
    """The first column whose name holds ``part``."""
    for name in table[0]:
        if part in name:
            return name
    msg = f"no column like {part!r}"
    raise ValueError(msg)


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def number(text: str | None) -> float:
    """A cell's number, NaN for a gap."""
    text = (text or "").strip()
    return float("nan") if text in GAPS else float(text)


def numbers(table: list[Row], name: str) -> Array:
    """A column of numbers."""
    found = []
    for at, text in enumerate(texts(table, name)):
        try:
            found.append(number(text))
        except ValueError:
            msg = f"column {name!r}, its row {at + 1}: {text!r:.40} is no number"
            raise ValueError(msg) from None
    return np.array(found, dtype=float)


def stamps(column: list[str]) -> Array:
    """ISO stamps as their clocks show them, as if UTC. [ms since 1970]

    A stamp that lacks comes before all, so that its row does not advance.
    """
    whole = []
    for at, text in enumerate(map(str.strip, column)):
        match = ISO.fullmatch(text)
        if match is None and text not in GAPS:
            msg = f"row {at + 1} of a series: {text!r:.40} is no stamp of ISO 8601"
            raise ValueError(msg)
        whole.append(match[1] if match is not None else "NaT")
    return np.array(whole, dtype="datetime64[ms]").astype(np.int64)


def at_ms(text: str) -> int:
    """One ISO stamp. [ms since 1970]"""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
