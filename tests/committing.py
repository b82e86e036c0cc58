"""Stop a program in the midst of a commit, as seen from outside.

A program is *mid-commit* while a thread of it stands in a write or a flush of a
SQLite file: the bytes may be on the disk or not, and the program does not know.
"""

import contextlib
import os
import platform
import signal
import time
from pathlib import Path
from typing import Final

# Numbers of pwrite64, fdatasync and fsync: arch/x86/entry/syscalls/syscall_64.tbl
# and include/uapi/asm-generic/unistd.h of Linux.
CALLS: Final = {
    "x86_64": {18: "pwrite64", 75: "fdatasync", 74: "fsync"},
    "aarch64": {68: "pwrite64", 83: "fdatasync", 82: "fsync"},
}[platform.machine()]


def stop_mid_commit(pid: int, within_s: float) -> str | None:
    """Stop ``pid`` in a commit: call and file where it stands, ``None`` if never.

    The process is left stopped if it was caught, running if not.
    """
    deadline = time.monotonic() + within_s
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    while time.monotonic() < deadline:
        for thread in threads:
            if _commits(pid, thread) is None:
                continue
            os.kill(pid, signal.SIGSTOP)
            _await_stop(pid, thread)
            # What counts is where it stands, not where it was a moment ago.
            if where := _commits(pid, thread):
                return where
            os.kill(pid, signal.SIGCONT)
    return None


def _commits(pid: int, thread: int) -> str | None:
    """Call and file of a thread that writes or flushes a SQLite file."""
    with contextlib.suppress(OSError):
        number, _, rest = (
            Path(f"/proc/{pid}/task/{thread}/syscall").read_text().partition(" ")
        )
        if number.isdecimal() and (call := CALLS.get(int(number))):
            file = Path(f"/proc/{pid}/fd/{int(rest.split()[0], 16)}").readlink().name
            if file.endswith((".db", ".db-wal")):
                return f"{call} {file}"
    return None


def _await_stop(pid: int, thread: int) -> None:
    stat = Path(f"/proc/{pid}/task/{thread}/stat")
    while stat.read_text().rpartition(") ")[2][0] not in "TZX":
        time.sleep(0)
