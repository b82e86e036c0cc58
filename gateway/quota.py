"""Keeping the buffer below its cap, and alive on a card that others have filled.

Between two commits the recorder gives the buffer one chunk of relief at a time, in
the order of ``gateway.retention``.  On a disk that is full a small file that was
kept for this, the *ballast*, makes the room that deleting needs: SQLite must write
its log before it can free a page (facts: 512 KiB was not enough, 1 MiB was).
"""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.buffer import Buffer
from gateway.records import Size
from gateway.retention import begin_of_young

log = logging.getLogger(__name__)

BEGIN: Final = 0.90  # of the cap: relief begins here …
END: Final = 0.85  # … and ends here, so that it comes in spells
CHUNK: Final = 2000  # rows given up in one transaction; some 70 kB
SHORT_CHUNK: Final = 20  # … while the disk is full: its log must fit the ballast
RESERVE: Final = 1024 * 1024  # bytes kept free, in the file or on a full disk
BALLAST: Final = 2 * 1024 * 1024  # bytes
ROOM: Final = 2 * BALLAST  # free bytes on the disk before the ballast is made again


class Quota:
    """What the recorder asks before and after it writes."""

    def __init__(self, ballast: Path) -> None:
        self.is_short = False  # the disk is full
        self._ballast = ballast
        self._is_tight = False
        self.make_ballast()

    def make_ballast(self) -> None:
        """Set the ballast aside where there is room for it."""
        if self._ballast.exists() or free_bytes(self._ballast.parent) < ROOM:
            return
        with suppress(OSError):
            descriptor = os.open(self._ballast, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, BALLAST)
            finally:
                os.close(descriptor)

    def full(self) -> None:
        """The buffer could not be written for want of room."""
        if not self.is_short:
            log.error("no room for the buffer: its oldest rows will have to go")
        self.is_short = True
        if free_bytes(self._ballast.parent) < BALLAST:
            self._ballast.unlink(missing_ok=True)

    def written(self) -> None:
        """The buffer could be written; where the disk has room again, say so."""
        if self.is_short and free_bytes(self._ballast.parent) >= ROOM:
            log.info("the disk has room again")
            self.is_short = False
        self.make_ballast()

    def relieve(self, buffer: Buffer, size: Size, now_ms: int) -> bool:
        """Give one chunk up if the file is too full; whether another may follow.

        ``now_ms`` is field time of the running boot.
        """
        fill = size.used / size.cap
        begin = END if self._is_tight else BEGIN
        room = size.free + free_bytes(self._ballast.parent)
        lacks_reserve = self.is_short and room < RESERVE
        self._is_tight = fill >= begin
        if not (self._is_tight or lacks_reserve):
            return False
        chunk = SHORT_CHUNK if self.is_short else CHUNK
        gave = _give(buffer, begin_of_young(now_ms), chunk)
        if self.is_short:
            buffer.shrink_log()
        return gave


def _give(buffer: Buffer, before_ms: int, chunk: int) -> bool:
    """The order of ``gateway.retention``."""
    if buffer.give_up_held(before_ms, chunk):
        return True
    if buffer.thin(before_ms) is not None:
        return True
    return bool(buffer.drop_hours(chunk) or buffer.drop_oldest(before_ms, chunk))


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk that ``folder`` is on; 0 where it does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
