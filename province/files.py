"""The province's files: whose fault it is, and who may use them."""

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Primary result codes (sqlite.org/rescode.html); an extended one ends in them.
_PRIMARY: Final = 0xFF
_OF_THE_PATH: Final = (
    sqlite3.SQLITE_ERROR,  # a table that is not there
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
)


def is_of_the_path(fault: BaseException | None) -> bool:
    """Whether another path would help, and neither waiting nor another disk."""
    return (
        isinstance(fault, sqlite3.Error)
        and fault.sqlite_errorcode & _PRIMARY in _OF_THE_PATH
    )


def identity_of(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file that has this name now, ``None`` without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Taken(OSError):
    """Another process works on the ledger."""


@contextlib.contextmanager
def alone(ledger: Path, what: str = "ingest") -> Iterator[None]:
    """Keep a second ``what`` from ``ledger``.

    Two ingests would fight for one MQTT session, two of mail send everything twice.

    Raises
    ------
    Taken
        Another process is here.
    """
    suffix = "" if what == "ingest" else f".{what}"
    lock = ledger.with_name(f"{ledger.name}{suffix}.lock")
    with lock.open("a") as file:  # the kernel lets go of it when the process ends
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{ledger}: another {what} works on it; stop that one first"
            raise Taken(msg) from None
        yield
