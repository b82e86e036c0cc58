"""A recorder in a fork of its own for each flush that is to fail, run under strace.

``python -m tests.faults.flush_errors FOLDER LAST AT``: strace lets flush number ``AT``
of each process fail, so fork ``n`` of 1 to ``LAST`` first flushes ``AT - n`` times in
vain; then its ``n``-th flush of the buffer meets the error.  Prints a line of JSON for
each.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.inbox import Request
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change
from tests.gateway.test_recorder import HandClock, made, soil, stepped

CYCLES: Final = 30  # each of some rows and a commit; more flushes than ``LAST``
ROWS: Final = 5
T = TypeVar("T")
WAL_FORMAT: Final = 2  # byte 18 of the header: sqlite.org/fileformat.html §1.3.3
TRIES: Final = 10  # of one step, before the fault counts as one that stays


def one(folder: Path) -> dict[str, Any]:
    """Record ``CYCLES`` cycles whatever the card answers; what became of them."""
    clock = HandClock()
    faults: list[str] = []
    recorder = patiently(lambda: made(folder, clock), faults)
    epochs = {ledger_epoch(folder)}
    for cycle in range(CYCLES):
        rows = [soil((cycle * ROWS + n) / 10, clock.field_ms()) for n in range(ROWS)]
        message: list[object] = [rows, Request(Change(), at_once=True)]

        def step(messages: list[object] = message, by: Recorder = recorder) -> None:
            taken, messages[:] = messages[:], []
            clock.now_s += 1
            stepped(by, *taken)

        patiently(step, faults)
    stored = recorder.stored
    patiently(recorder.close, faults)
    epochs.add(ledger_epoch(folder))
    with closing(Reader(folder / "buffer.db")) as reader:
        found = [(row.seq, row.value) for row in reader.rows(1, 10**6)]
    wanted = [(n + 1, n / 10) for n in range(CYCLES * ROWS)]
    return {
        "faults": faults,
        "stored": stored,
        "is_whole": found == wanted,
        "is_same_epoch": len(epochs) == 1,
        "is_wal": (folder / "buffer.db").read_bytes()[18] == WAL_FORMAT,
        "lost": recorder.lost,
    }


def patiently(deed: Callable[[], T], faults: list[str]) -> T:
    """Do it again after a fault, as the worker does, but without its wait."""
    for _ in range(TRIES):
        try:
            return deed()
        except OSError as fault:
            faults.append(str(fault))
    msg = f"still failing: {faults[-1]}"
    raise RuntimeError(msg)


def ledger_epoch(folder: Path) -> str:
    """The epoch that the file has now."""
    with closing(Reader(folder / "buffer.db")) as reader:
        return reader.ledger().epoch


def main(folder: Path, last: int, at: int) -> None:
    """One fork for each flush that is to fail."""
    for n in range(1, last + 1):
        sys.stdout.flush()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        home = folder / str(n)
        home.mkdir()
        with (home / "idle").open("w") as idle:
            for _ in range(at - n):
                os.fdatasync(idle.fileno())
        print(json.dumps({"n": n, **one(home)}), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
