"""Whether a buffer's file is what its writer made, looked at without changing it.

``damage`` is asked before each opening and must be quick: header, write-ahead log,
every small table, the newest rows.  ``gateway.checkup`` looks at the rest once the
daemon runs.

SQLite keeps no checksum of a page.  A flipped bit in a structure is found here, and
one that turns a value into a thing that cannot be; one that makes another good
number of a number is not.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from gateway import walog
from gateway.peek import peek
from gateway.records import UNREADABLE, BufferFault, BufferRefused, is_damage
from gateway.schema import VERSION
from gateway.tables import LARGE, TABLES, is_whole

NEWER_MOST: Final = 99  # versions ahead; a header that says more is damaged
NEWEST: Final = 100_000  # rows and hours looked at before an opening; 0.1 s on a PC

_MAGIC: Final = b"SQLite format 3\0"  # sqlite.org/fileformat.html §1.3


def reading(path: Path, how: str = "mode=ro") -> sqlite3.Connection:
    """Open a connection that can change nothing."""
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    db.execute("PRAGMA query_only=ON")
    db.execute("PRAGMA wal_autocheckpoint=0")
    return db


def reading_damaged(path: Path) -> sqlite3.Connection:
    """A connection that takes the log into account, if its folder lets it."""
    if path.exists():
        db = reading(path)
        try:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            db.close()
            return reading(path, "immutable=1")
        except UNREADABLE:
            return db  # each question will be refused
        return db
    return sqlite3.connect(":memory:", check_same_thread=False)  # only a log is left


# --- before a command looks into it -------------------------------------------


def refuse_foreign(path: Path) -> None:
    """Say in one line why ``path`` is no buffer that a command can look into.

    Raises
    ------
    BufferFault
        It cannot be reached, or it is damaged.
    BufferRefused
        It is missing or empty, of another version or of another program.
    """
    if not path.exists():
        msg = f"{path} does not exist: start the gateway once with canhdong run"
        raise BufferRefused(msg)
    try:
        with closing(reading(path)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    except UNREADABLE as fault:
        hint = _hint(path) or (
            "; is data_dir right?  A damaged buffer is put aside and saved by"
            " canhdong run"
        )
        msg = f"{path} cannot be read as a buffer: {fault}{hint}"
        raise BufferFault(msg) from fault
    if not names:
        msg = f"{path} is empty: start the gateway with canhdong run, which fills it"
        raise BufferRefused(msg)
    if not names.issuperset({"meta", "reading"}):
        msg = f"{path} is of another program, no buffer of canhdong: is data_dir right?"
        raise BufferRefused(msg)
    if version > VERSION:
        raise BufferRefused(_newer(path, version))
    if version < VERSION:
        msg = (
            f"{path} was made by an older canhdong (buffer version {version}, this one"
            f" knows {VERSION}): start the gateway once, it brings the file up"
        )
        raise BufferRefused(msg)


def _newer(path: Path, version: int) -> str:
    return (
        f"{path} was made by a newer canhdong (buffer version {version},"
        f" this one knows {VERSION}): install that version again"
    )


# --- before an opening -------------------------------------------------------


def damage(path: Path) -> str | None:
    """Why the file cannot be gone on with, ``None`` if nothing speaks against it.

    Raises
    ------
    BufferFault
        The file cannot be reached now.
    BufferRefused
        A newer version made it.
    """
    try:
        why = _header(path)
        if why is not None or not path.exists():
            return why
        _roll_back(path)
        flushed = walog.flushed_frames(path)
        with closing(reading(path)) as db:
            return _contents(db, path, flushed)
    except UNREADABLE as fault:
        if is_damage(fault):
            return f"buffer {path}: {fault}"
        msg = f"buffer {path}: {fault}{_hint(path)}"
        raise BufferFault(msg) from fault
    except OSError as fault:
        msg = f"buffer {path}: unable to open it: {fault.strerror}{_hint(path)}"
        raise BufferFault(msg) from fault


def _roll_back(path: Path) -> None:
    """Undo what a crash left half done before the file had a log.

    SQLite does it at the first look, and cannot where that may change nothing.
    """
    if path.with_name(path.name + "-journal").exists():
        with closing(sqlite3.connect(path)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchall()


def _hint(path: Path) -> str:
    """What a person may do about a file that cannot be reached."""
    with suppress(OSError):
        if path.is_dir():
            return "; a folder stands in its place: move it away"
        if not os.access(path, os.R_OK | os.W_OK):
            owner, mine = path.stat().st_uid, os.geteuid()
            return f"; it belongs to user {owner}, not {mine}: chown it and its folder"
    return ""


def _header(path: Path) -> str | None:
    """Damage that SQLite would pass over in silence."""
    log_bytes = walog.size(path)
    if not path.exists():
        # SQLite would delete the log of a file that is not there.
        return f"buffer {path}: the file is gone, its log is not" if log_bytes else None
    head = peek(path, 100)
    if not head:
        return f"buffer {path}: the file is empty"
    if head[:16] != _MAGIC:
        return f"buffer {path}: file is not a database"
    is_new = head[18:20] == b"\1\1" and not log_bytes  # no log was switched on yet
    if head[18:20] != b"\2\2" and not is_new:
        return f"buffer {path}: the header's format is damaged"
    return None


def _contents(db: sqlite3.Connection, path: Path, flushed: int) -> str | None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if VERSION < version <= VERSION + NEWER_MOST:
        raise BufferRefused(_newer(path, version))
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    lost = walog.lost(path, flushed)
    if lost is not None:
        return f"buffer {path}: {lost}"
    if version == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        return None  # made, but not filled: the writer died at its birth
    if not 1 <= version <= VERSION:
        return f"buffer {path}: version {version} is none of ours"
    why = next(_odd(db, version), None) or _ledger(db, version)
    return f"buffer {path}: {why}" if why else None


def _odd(db: sqlite3.Connection, version: int) -> Iterator[str]:
    """Tables of which a row cannot be what was written."""
    for name, table in TABLES.items():
        if table.since > version:
            continue
        sound, key = is_whole(name), table.key
        if name in LARGE:
            backward = ", ".join(f"{column} DESC" for column in key.split(", "))
            text = (
                f"SELECT count(*) FROM (SELECT * FROM {name} ORDER BY {backward}"  # noqa: S608 - own names
                f" LIMIT {NEWEST}) WHERE NOT ({sound})"
            )
            bad = db.execute(text).fetchone()[0]
        else:
            rows = db.execute(f"SELECT *, {sound} FROM {name}").fetchall()  # noqa: S608
            bad = sum(not row[-1] for row in rows)
            structure = db.execute(f"PRAGMA integrity_check({name})").fetchone()[0]
            if structure != "ok":
                yield f"{name}: {' '.join(structure.split())[:200]}"
        if bad:
            yield f"{bad} impossible rows in {name}"


def _ledger(db: sqlite3.Connection, version: int) -> str | None:
    """What the states of numbers say of each other."""
    meta = dict(db.execute("SELECT key, value FROM meta"))
    numbers = ["epoch_from", "next", *(["hours_to"] if version > 1 else [])]
    if not isinstance(meta.get("epoch"), str) or not all(
        isinstance(meta.get(key), int) and meta[key] >= 0 for key in numbers
    ):
        return "epoch or numbers are damaged in meta"
    held = db.execute("SELECT first, last FROM held ORDER BY first").fetchall()
    return None if is_ordered(held) else "confirmed ranges contradict each other"


def is_ordered(ranges: list[tuple[int, int]]) -> bool:
    """Whether ranges are as they were written: none empty, none in another."""
    ends = [number for each in ranges for number in each]
    return all(first <= last for first, last in ranges) and ends == sorted(ends)
