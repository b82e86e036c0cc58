"""A look into a file that SQLite holds open in this process, without closing it again.

When a process closes any descriptor of a file, the kernel takes away all the locks
that it has on that file, SQLite's among them (fcntl(2), sqlite.org/howtocorrupt.html
§2.2).  Another program that opens the buffer then takes itself for the only one and
empties the log's index, which is mapped into our memory: SIGBUS ends the gateway.
So one descriptor of each path stays open until another file stands there.
"""

import os
from pathlib import Path

_kept: dict[Path, tuple[tuple[int, int], int]] = {}  # identity of the file, descriptor


def peek(path: Path, most: int, at: int = 0) -> bytes:
    """Up to ``most`` bytes of ``path`` from byte ``at`` on; ``OSError`` as ``open``."""
    now = path.stat()
    identity, descriptor = _kept.get(path, (None, -1))
    if identity != (now.st_dev, now.st_ino):
        if identity is not None:
            os.close(descriptor)  # of a file that is gone
        _kept.pop(path, None)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        there = os.fstat(descriptor)
        _kept[path] = (there.st_dev, there.st_ino), descriptor
    return os.pread(descriptor, most, at)
