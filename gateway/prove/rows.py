"""The rows that a round writes, and what of them is still there after a cut.

Each row's body follows from the round's key and its number, so a torn or foreign
row shows without any other record.  The file is written under the promise of the
buffer (``schema.keep_promise``), in transactions of changing size, and what is old
is deleted, as in the buffer: the file stays bounded.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gateway.records import as_fault, transaction
from gateway.schema import keep_promise
from telemetry import ranges
from telemetry.ranges import Range

KEEP: Final = 500_000  # newest rows of a round: 30 MB of the 64 MiB below
CAP_BYTES: Final = 60 * 1024 * 1024  # of the file; its WAL stays below 4 MiB more
BODY_BYTES: Final = 32  # a reading of the buffer takes 34 bytes on the card
ROWS_MOST: Final = 50  # of one commit: some cycles of a busy bus

NOT_THE_CARD: Final = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""Primary results of SQLite that say nothing of what the card has kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the card has given back."""

    last: int  # highest number of an intact row, 0 if none
    intact: list[Range]  # numbers whose rows are as they were written
    damaged: list[Range]  # numbers whose rows are not
    broken: str | None  # why the file could not be read whole, if so


def body(key: str, number: int) -> bytes:
    """The only body that row ``number`` of the round ``key`` can have."""
    text = f"{key}/{number}".encode()
    return hashlib.blake2b(text, digest_size=BODY_BYTES).digest()


def first_kept(last: int) -> int:
    """Lowest number that is not deleted yet when ``last`` was committed.

    >>> first_kept(3), first_kept(500_003)
    (1, 4)
    """
    return max(1, last - KEEP + 1)


class Rows:
    """The one connection that writes a new round's file."""

    def __init__(self, path: Path, key: str) -> None:
        self.last = 0  # highest number that a commit has confirmed
        self._path, self._key = path, key
        with as_fault(path):
            self._db = sqlite3.connect(path, isolation_level=None)
            keep_promise(self._db, path)
            page_bytes = self._db.execute("PRAGMA page_size").fetchone()[0]
            self._db.execute(f"PRAGMA max_page_count={CAP_BYTES // page_bytes}")
            self._db.execute(
                "CREATE TABLE row (n INTEGER PRIMARY KEY, body BLOB NOT NULL)"
            )

    def commit(self, count: int) -> int:
        """Write the next ``count`` rows; their last number once they are stored."""
        last = self.last + count
        numbers = range(self.last + 1, last + 1)
        with as_fault(self._path), transaction(self._db):
            self._db.executemany(
                "INSERT INTO row VALUES (?, ?)",
                [(number, body(self._key, number)) for number in numbers],
            )
            self._db.execute("DELETE FROM row WHERE n < ?", (first_kept(last),))
        self.last = last
        return last

    def close(self) -> None:
        """Let go of the file; nothing is written by it."""
        self._db.close()


def found(path: Path, key: str) -> Found:
    """Read what the card has kept, however damaged the file is.

    Raises
    ------
    BufferFault
        It is not the contents of the file that keep it from being read.
    """
    if not path.exists():
        return Found(last=0, intact=[], damaged=[], broken="the file is gone")
    intact: list[Range] = []
    damaged: list[Range] = []
    with as_fault(path), closing(sqlite3.connect(path, isolation_level=None)) as db:
        broken = _told(lambda: _read(db, key, "ASC", intact, damaged))
        if broken is None:
            broken = _told(lambda: _check(db))
        else:  # what lies behind a damaged page is read from the other end
            _told(lambda: _read(db, key, "DESC", intact, damaged))
    intact, damaged = ranges.union(intact), ranges.union(damaged)
    last = intact[-1][1] if intact else 0
    return Found(last=last, intact=intact, damaged=damaged, broken=broken)


def _read(
    db: sqlite3.Connection,
    key: str,
    order: Literal["ASC", "DESC"],
    intact: list[Range],
    damaged: list[Range],
) -> None:
    """Enter each row where it belongs, as far as the file can be read."""
    for number, given in db.execute(f"SELECT n, body FROM row ORDER BY n {order}"):  # noqa: S608 - own words
        kind = intact if given == body(key, number) else damaged
        if kind and kind[-1][1] == number - 1:
            kind[-1] = kind[-1][0], number
        else:
            kind.append((number, number))


def _check(db: sqlite3.Connection) -> None:
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def _told(read: Callable[[], None]) -> str | None:
    """Why the card could not give all back, ``None`` if it could."""
    try:
        read()
    except (sqlite3.Error, OverflowError) as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in NOT_THE_CARD:
            raise
        return str(fault)
    return None
