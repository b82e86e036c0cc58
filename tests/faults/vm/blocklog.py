"""What dm-log-writes has written down: every write to a card, in order.

The format is of ``drivers/md/dm-log-writes.c``, Linux 6.1: a sector with the
superblock, then entries, each a sector of its own with the data behind it.  A write
stands in the log only when it was completed, and before the flush that covers it.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAGIC: Final = 0x6A736677736872  # WRITE_LOG_MAGIC
SUPER: Final = struct.Struct("<QQQI")  # magic, version, entries, sector size
ENTRY: Final = struct.Struct("<QQQQ")  # sector, sectors, flags, length of a mark
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SECTOR: Final = 512  # bytes; units of the entries' places
TORN: Final = 512  # bytes that a card writes whole


@dataclass(frozen=True, slots=True)
class Write:
    """One write to the card."""

    at: int  # byte
    data: bytes
    is_flush: bool  # all writes before it are on the card
    is_fua: bool  # it is on the card itself


@dataclass(frozen=True, slots=True)
class Mark:
    """A number that was told, at this place of the log."""

    number: int


def read(path: Path) -> Iterator[Write | Mark]:
    """The log's entries, in order."""
    with path.open("rb") as file:
        magic, version, entries, size = SUPER.unpack(file.read(SUPER.size))
        assert (magic, version) == (MAGIC, 1)
        file.seek(size)
        for _ in range(entries):
            head = file.read(size)
            sector, sectors, flags, length = ENTRY.unpack_from(head)
            if flags & MARK:
                yield Mark(int(head[ENTRY.size :][:length]))
                continue
            zeroes = flags & DISCARD
            data = b"" if zeroes else file.read(sectors * SECTOR)
            file.seek(-file.tell() % size, 1)
            yield Write(sector * SECTOR, data, bool(flags & FLUSH), bool(flags & FUA))


class Card:
    """The card's contents at a place of the log, and what a cut there leaves."""

    def __init__(self, path: Path) -> None:
        self._bytes = bytearray(path.read_bytes())
        self._waiting: list[Write] = []  # in the card's cache

    def take(self, write: Write) -> None:
        """The next entry of the log."""
        if write.is_flush:
            for each in self._waiting:
                self._put(self._bytes, each.at, each.data)
            self._waiting = []
        if write.is_fua:
            self._put(self._bytes, write.at, write.data)
        elif write.data:
            self._waiting.append(write)

    def cut(self, path: Path, keep: random.Random | None) -> None:
        """Write what is left to ``path``: nothing of the cache, or a random part."""
        left = self._bytes
        if keep is not None:
            left = bytearray(left)
            for each in self._waiting:
                kept = keep.choice((0, len(each.data), _torn(len(each.data), keep)))
                self._put(left, each.at, each.data[:kept])
        path.write_bytes(left)

    @staticmethod
    def _put(into: bytearray, at: int, data: bytes) -> None:
        into[at : at + len(data)] = data


def _torn(length: int, keep: random.Random) -> int:
    return keep.randrange(0, length + 1, TORN)
