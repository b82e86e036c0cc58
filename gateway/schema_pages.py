"""The pages of a file that name its tables, as every new file of this version has them.

They are written once, when the file is made, and never again; one bit in them hides
every row.  So a file that was put aside gets them anew.  A file that an older version
made has its tables elsewhere and keeps its own.
File format: sqlite.org/fileformat.html §1.3 and §1.6.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import Final

from gateway.records import transaction
from gateway.schema import STEPS, VERSION

_HEADER_BYTES: Final = 100  # of the file, at the begin of its first page
_INTERIOR: Final = 5  # kind of a page that only points to others
_WAL: Final = b"\x02\x02"  # versions of the format for writing and reading
_WAL_AT: Final = slice(18, 20)
_COUNTS_AT: Final = (slice(24, 40), slice(92, 100))
"""Change counter, size, free pages; nothing is taken for: see the file's own size."""


@cache
def fresh(page_bytes: int) -> Mapping[int, bytes]:
    """Number and bytes of each page that names tables, in a file just made."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size={page_bytes}")
        db.execute(f"PRAGMA user_version={VERSION}")
        with transaction(db):
            for step in STEPS:
                for statement in step.split(";"):
                    db.execute(statement)
        raw = db.serialize()
    first = bytearray(raw[:page_bytes])
    first[_WAL_AT] = _WAL
    for counts in _COUNTS_AT:
        first[counts] = bytes(counts.stop - counts.start)
    pages = {1: bytes(first)}
    for number in _children(raw):
        pages[number] = raw[(number - 1) * page_bytes : number * page_bytes]
    return pages


def is_like_new(pages: Mapping[int, bytes], page_bytes: int) -> bool:
    """Whether a file with these pages has its tables where a new one has them.

    The first page says where the others are, and the last of these names the tables
    of this version: one that is unhurt is enough.
    """
    new = fresh(page_bytes)
    last = max(new)
    if pages.get(1, b"")[_HEADER_BYTES:] == new[1][_HEADER_BYTES:]:
        return True
    return last > 1 and pages.get(last) == new[last]


def _children(raw: bytes) -> list[int]:
    """The pages that the first one points to."""
    if raw[_HEADER_BYTES] != _INTERIOR:
        return []
    at = _HEADER_BYTES
    count = int.from_bytes(raw[at + 3 : at + 5])
    cells = [
        int.from_bytes(raw[spot : spot + 2])
        for spot in range(at + 12, at + 12 + 2 * count, 2)
    ]
    spots = [at + 8, *cells]  # the last child stands in the page's own header
    return [int.from_bytes(raw[spot : spot + 4]) for spot in spots]
