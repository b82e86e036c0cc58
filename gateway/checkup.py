"""A look at the whole buffer once the daemon runs, on a reader's connection.

It takes small bites and rests between them, so that it holds neither the card nor
the end of the write-ahead log up, and its thread ends when it is through.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from gateway.records import UNREADABLE, as_fault, is_damage
from gateway.soundness import reading
from gateway.tables import is_whole

log = logging.getLogger(__name__)

BITE: Final = 5_000  # rows looked at in one statement; 5 ms on a PC
REST_S: Final = 0.05  # between bites: the card is others' nine tenths of the time
CHECK_S: Final = 30.0  # quick_check's share; its snapshot holds the log's end back
NICEST: Final = 19  # lowest priority, man 2 setpriority; the card's queue heeds it too
BELOW_ALL: Final = -(2**62)  # where a damaged number may have gone


def in_background(
    path: Path, tell: Callable[[str, str], object], stop: threading.Event
) -> threading.Thread:
    """Start ``check_up`` in a thread that ends; ``tell`` why and of which epoch."""

    def run() -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICEST)
        try:
            check_up(path, tell, stop)
        except OSError as weather:
            log.warning("%s was not looked at whole: %s", path, weather)

    thread = threading.Thread(target=run, name="check-up", daemon=True)
    thread.start()
    return thread


def check_up(
    path: Path, tell: Callable[[str, str], object], stop: threading.Event
) -> None:
    """Look at every row, then at every page; tell of damage, once."""
    with as_fault(path), closing(reading(path)) as db:
        epoch = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
        try:
            why = _all_rows(db, stop) or _all_pages(db, stop)
        except UNREADABLE as fault:
            if not is_damage(fault):
                raise
            why = str(fault)
    if why is not None:
        tell(f"buffer {path}: {why}", epoch)


def _all_rows(db: sqlite3.Connection, stop: threading.Event) -> str | None:
    for table in ("reading", "summary"):
        at: int | None = BELOW_ALL
        while at is not None and not stop.wait(REST_S):
            at, bad = db.execute(
                f"SELECT max(seq), total(NOT ({is_whole(table)})) FROM"  # noqa: S608 - own names
                f" (SELECT * FROM {table} WHERE seq > ? ORDER BY seq LIMIT {BITE})",
                (at,),
            ).fetchone()
            if bad:
                return f"{bad:.0f} impossible rows in {table}"
    return None


def _all_pages(db: sqlite3.Connection, stop: threading.Event) -> str | None:
    until = time.monotonic() + CHECK_S
    # Every some 10 ms of work on a PC.
    db.set_progress_handler(lambda: time.monotonic() > until or stop.is_set(), 100_000)
    try:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        log.info("the buffer's structure was not looked at to its end")
        return None
    return None if found == "ok" else str(found).strip().replace("\n", " ")[:200]
