"""What a row of the buffer's tables can hold, as SQL: for checks and for salvage.

``gateway.schema`` makes the tables; SQLite itself puts any type into any column.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Table(NamedTuple):
    """A table of the buffer: since which version, and what a sound column is."""

    since: int
    columns: Mapping[str, str]  # kind by name, in the order of the file
    key: str  # what it is sorted by

    @property
    def has_rowid(self) -> bool:
        """Whether a row has a number of SQLite's; else the key is all there is."""
        return self.columns.get(self.key) != "text" and ", " not in self.key


_KINDS: Final = {
    "number": "typeof({0}) = 'integer' AND {0} >= 1",
    "whole": "typeof({0}) = 'integer'",
    "maybe": "typeof({0}) IN ('integer', 'null')",
    # 126 years of a boot's time; nothing of ours runs as long.
    "ms": "typeof({0}) = 'integer' AND {0} BETWEEN 0 AND 4000000000000",
    "text": "typeof({0}) = 'text'",
    "bytes": "typeof({0}) = 'blob'",
    "real": "typeof({0}) = 'real' AND abs({0}) < 1e101",  # wire.MAX_VALUE, sums of it
    "value": "({0} IS NULL OR typeof({0}) = 'real' AND abs({0}) < 1e101)",
    "flag": "{0} IN (1, 2, 3, 4, 9)",  # telemetry.reading.Flag
}


def _table(since: int, key: str, columns: str) -> Table:
    pairs = (column.partition(":") for column in columns.split())
    return Table(since, {name: kind for name, _, kind in pairs}, key)


TABLES: Final[Mapping[str, Table]] = {
    "boot": _table(1, "id", "id:whole name:text"),
    "series": _table(1, "id", "id:number head:text"),
    "segment": _table(
        1, "id", "id:number boot:whole from_ms:ms offset_ms:whole source:text"
        " err_ms:whole"
    ),
    "batch": _table(
        1, "first", "first:number last:number merged:whole segment:number digest:text"
    ),
    "held": _table(1, "first", "first:number last:number"),
    "quarantine": _table(1, "seq", "seq:number why:text"),
    "counter": _table(1, "series", "series:number shift:real total:real"),
    "outbox": _table(1, "id", "id:text body:bytes"),
    "reading": _table(
        1, "seq", "seq:number series:number boot:whole ms:ms value:value flag:flag"
    ),
    "hour": _table(
        2, "boot, hour, series", "boot:whole hour:whole series:number n:whole"
        " mean:value low:value high:value first:value first_ms:maybe last:value"
        " last_ms:maybe doubtful:whole missing:whole poll_ms:whole"
    ),
    "rule": _table(2, "rule, subject", "rule:text subject:text body:bytes"),
    "episode": _table(
        2, "rowid", "id:text code:text rule:text subject:text plot:text audience:text"
        " severity:text state:text boot:text since_ms:whole utc_ms:maybe vi:text"
        " en:text verdict:text steps:whole"
    ),
    "summary": _table(
        3, "seq", "seq:number series:number boot:whole ms:ms value:real low:real"
        " high:real n:number"
    ),
    "merged": _table(3, "first", "first:number last:number"),
    "tried": _table(3, "first", "first:number last:number"),
    "lost": _table(3, "first", "first:number last:number"),
    "begun": _table(3, "boot", "boot:whole first:number"),
    "hint": _table(
        3, "boot, source", "boot:whole source:text ms:whole offset_ms:whole"
        " err_ms:whole"
    ),
    "span": _table(4, "boot", "boot:whole low:ms high:ms"),
    "taken": _table(5, "id", "id:number digest:text"),
}  # fmt: skip

LARGE: Final = ("reading", "summary", "hour")  # only their newest are looked at


def is_sound(table: str) -> str:
    """SQL: whether a row of ``table`` holds what its writer could have put there."""
    kinds = TABLES[table].columns.items()
    return " AND ".join(f"({_KINDS[kind].format(name)})" for name, kind in kinds)


def is_whole(table: str) -> str:
    """SQL: ``is_sound``, and of a reading also that its series and boot are known."""
    if table not in ("reading", "summary"):
        return is_sound(table)
    known = "series IN (SELECT id FROM series) AND boot IN (SELECT id FROM boot)"
    return f"{is_sound(table)} AND {known}"
