"""Reading a CSV file of a registry, noting every fault with its row and column.

A row is what a spreadsheet calls a row: the header is row 1.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from province.communes import unmarked
from province.registry.cells import Unfit, Value
from province.registry.sheets import Column, Record, Sheet
from telemetry.settings import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a file; a cell that could not be read is missing in ``record``."""

    number: int
    record: Record


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a file says, and what is wrong with it."""

    sheet: Sheet
    path: Path
    rows: list[Row] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)  # row, text
    is_whole: bool = True  # False: rows may be missing from ``rows``

    def blame(self, row: int, column: str, fact: str) -> None:
        """Note a fault of a cell."""
        place = f"{self.path}: row {row}, column {column!r}"
        self.faults.append((row, f"{place}: {fact}"))


def read(sheet: Sheet, path: Path) -> Reading:
    """Read a file, noting every fault of it."""
    reading = Reading(sheet=sheet, path=path)
    try:
        _read(reading)
    except Unfit as fault:
        reading.faults.append((0, f"{path}: {fault}"))
        reading.is_whole = False
    return reading


# --- a file ----------------------------------------------------------------------


def _read(reading: Reading) -> None:
    text = _text(reading.path)
    lines = _cells(text, _delimiter(text, reading.sheet.names))
    header = [cell.strip().lower() for cell in next(lines, (1, []))[1]]
    if not any(header):
        first = ",".join(reading.sheet.names)
        raise Unfit(f"is empty; its first row must be {first}, or take it away")
    for fact in _header_faults(header, reading.sheet.names):
        reading.faults.append((1, f"{reading.path}: row 1: {fact}"))
        reading.is_whole = False
    if reading.is_whole:
        for number, texts in lines:
            _read_row(reading, header, number, texts)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise Unfit(f"cannot be read: {fault.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        row = data.count(b"\n", 0, fault.start) + 1
        where = f"row {row}: byte {fault.start}, 0x{data[fault.start]:02x},"
        raise Unfit(f'{where} is not UTF-8; save it as "CSV UTF-8"') from None


def _delimiter(text: str, names: Sequence[str]) -> str:
    """A comma, or the semicolon of spreadsheets with a decimal comma."""
    first = text.partition("\n")[0].lower()

    def known(delimiter: str) -> int:
        return sum(cell.strip(' "\r') in names for cell in first.split(delimiter))

    return max(",;", key=known)


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with its number."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, texts in enumerate(rows, 1):
            if any(cell.strip() for cell in texts):
                yield number, texts
    except csv.Error as fault:
        remedy = 'a text with a quote is written "with ""two"" of them"'
        raise Unfit(f"row {number + 1}: {fault}; {remedy}") from None


def _header_faults(header: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    missing = [name for name in names if name not in header]
    whole = ",".join(names)
    for at, name in enumerate(header):
        if name in header[:at]:
            yield f"column {name!r} stands twice; keep one"
        elif name not in names and _is_personal(name):
            yield (
                f"column {name!r} looks like what is of a person or a household;"
                " that stays out of the registry: take the column out"
            )
        elif name not in names:
            hint = unknown(name, missing or names)
            missing = [one for one in missing if repr(one) not in hint]
            yield f"column {name!r} is unknown; {hint}"
    for name in missing:
        yield f"column {name!r} is missing; add it, the whole header is {whole}"


def _read_row(
    reading: Reading, header: Sequence[str], number: int, texts: list[str]
) -> None:
    while len(texts) > len(header) and not texts[-1].strip():
        texts.pop()  # spreadsheets leave empty cells at the end
    if len(texts) != len(header):
        fact = f"has {len(texts)} cells, the header {len(header)}"
        remedy = 'a text with a comma is written "in quotes"'
        place = f"{reading.path}: row {number}"
        reading.faults.append((number, f"{place}: {fact}; {remedy}"))
        reading.is_whole = False
        return
    given = dict(zip(header, texts, strict=True))
    record: dict[str, Value] = {}
    for column in reading.sheet.columns:
        text = " ".join(given[column.name].split())
        try:
            record[column.name] = _value(column, text)
        except Unfit as fault:
            reading.blame(number, column.name, str(fault))
    reading.rows.append(Row(number=number, record=record))


def _value(column: Column, text: str) -> Value:
    if text:
        return column.read(text)
    if column.may_be_empty:
        return None
    raise Unfit("is empty; it must be given")


# --- what is of a person -----------------------------------------------------------

_PERSONAL: Final = re.compile(
    r"\b(?:house ?hold|farmer|owner|member|person|phone|mobile|tel|sdt|cccd|cmnd|ho"
    r"|address|birth\w*|chu ho|ho ten|ho dan|nong ?dan|xa ?vien|dien ?thoai|so dt"
    r"|dia ?chi|ngay sinh|chu ruong)\b"
)


def _is_personal(column: str) -> bool:
    return bool(_PERSONAL.search(re.sub(r"[^a-z0-9]+", " ", unmarked(column))))
