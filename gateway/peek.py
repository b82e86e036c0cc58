"""A look into a file that SQLite holds open in this process, without closing it again.

When a process closes any descriptor of a file, the kernel takes away all the locks
that it has on that file, SQLite's among them (fcntl(2), sqlite.org/howtocorrupt.html
§2.2).  Another program that opens the buffer then takes itself for the only one and
empties the log's index, which is mapped into our memory: SIGBUS ends the gateway.
So one descriptor of each path stays open as long as this file stands there.
"""

import os
import threading
from pathlib import Path

_kept: dict[Path, tuple[tuple[int, int], int]] = {}  # identity of the file, descriptor
_one_at_a_time = threading.Lock()


def peek(path: Path, most: int, at: int = 0) -> bytes:
    """Up to ``most`` bytes of ``path`` from byte ``at`` on; ``OSError`` as ``open``."""
    with _one_at_a_time:
        for known in [*_kept]:
            identity, descriptor = _kept[known]
            if _identity(known) != identity:
                del _kept[known]
                os.close(descriptor)
        if path not in _kept:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            there = os.fstat(descriptor)
            _kept[path] = (there.st_dev, there.st_ino), descriptor
        return os.pread(_kept[path][1], most, at)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino
