"""A table of counts as a spreadsheet leaves it.  Pure.

UTF-8 with or without a byte-order mark; commas, or semicolons with a decimal comma
as Excel writes in Viet Nam.  Rows are judged one by one: a bad one never holds up its
neighbours.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from gateway.observe_names import said
from gateway.observe_words import COLUMNS, NEEDED
from telemetry.settings import ConfigError, unknown

MOST_ROWS: Final = 10_000  # a season of a cooperative; more is another kind of file
MOST_BYTES: Final = 4 * 2**20  # of so many rows with long names
MAY_BE: Final = (*COLUMNS, "z")
OURS: Final = ("line", "why")  # what a table of bad rows has beside its own

Row = TypeVar("Row")


class Refused(ValueError):
    """A file of which no row can be taken, with the reason."""


@dataclass(slots=True)
class Table(Generic[Row]):
    """Rows that were taken, and the others with their reasons."""

    mark: str
    names: list[str]
    good: list[Row] = field(default_factory=list)
    bad: list[tuple[int, list[str], str]] = field(default_factory=list)

    def as_bad(self) -> bytes:
        """The bad rows as a table of their own, for a spreadsheet."""
        text = io.StringIO()
        out = csv.writer(text, delimiter=self.mark, lineterminator="\r\n")
        keep = [at for at, name in enumerate(self.names) if name not in OURS]
        out.writerow([*(self.names[at] for at in keep), *OURS])
        for line, cells, why in self.bad:
            row = [cells[at] if at < len(cells) else "" for at in keep]
            out.writerow([*row, line, why])
        return text.getvalue().encode("utf-8-sig")


def read(blob: bytes, judge: Callable[[Mapping[str, str]], Row]) -> Table[Row]:
    """Read a file; ``judge`` makes a row of its cells or raises ``ConfigError``.

    Raises
    ------
    Refused
        It is no such table; nothing of it is taken.
    """
    text = _text(blob)
    mark = max(",;\t", key=text.lstrip("\r\n").partition("\n")[0].count)
    lines = _lines(text, mark)
    table = Table[Row](mark, _names(next(lines, (0, []))[1]))
    for line, cells in lines:
        if len(table.good) + len(table.bad) >= MOST_ROWS:
            msg = said(
                f"quá {MOST_ROWS} dòng; chia ra nhiều tệp",
                f"more than {MOST_ROWS} rows; part it into several files",
            )
            raise Refused(msg)
        try:
            table.good.append(judge(_by_name(table.names, cells)))
        except ConfigError as fault:
            table.bad.append((line, cells, "; ".join(fault.faults)))
    return table


def _text(blob: bytes) -> str:
    if len(blob) > MOST_BYTES:
        msg = said(
            f"tệp lớn hơn {MOST_BYTES >> 20} MiB; chia ra nhiều tệp",
            f"larger than {MOST_BYTES >> 20} MiB; part it into several files",
        )
        raise Refused(msg)
    try:
        text = blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        msg = said(
            'không phải UTF-8; trong Excel lưu thành "CSV UTF-8"',
            'is not UTF-8; save it in Excel as "CSV UTF-8"',
        )
        raise Refused(msg)
    return text


def _lines(text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not blank; the first is the header."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield rows.line_num, cells
    except csv.Error as fault:
        where = rows.line_num
        msg = said(f"dòng {where} không đọc được", f"line {where} is no row: {fault}")
        raise Refused(msg) from None


def _names(cells: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in cells]
    while names and not names[-1]:  # empty columns at the end, as Excel leaves them
        names.pop()
    for name in names:
        if name not in (*MAY_BE, *OURS):
            shown = name[:40]
            raise Refused(
                said(
                    f"cột {shown!r} không có; dòng đầu là {','.join(COLUMNS)}",
                    f"unknown column {shown!r}; {unknown(name, MAY_BE)}",
                )
            )
    if len({*names}) < len(names) or not {*NEEDED} <= {*names}:
        raise Refused(
            said(
                f"dòng đầu phải là {','.join(COLUMNS)}",
                f"the first line must be {','.join(COLUMNS)}",
            )
        )
    return names


def _by_name(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(names) :]):
        vi = f"{len(cells)} ô, cần {len(names)}; số thập phân: dùng dấu chấm hoặc cột ;"
        en = (
            f"{len(cells)} cells, not {len(names)}; a decimal comma needs semicolons"
            " between the columns"
        )
        raise ConfigError([said(vi, en)])
    found = dict(zip(names, cells, strict=False))
    if not found.get("at", "").strip():
        raise ConfigError([said("at: thiếu ngày giờ", "at: date and time are missing")])
    return found
