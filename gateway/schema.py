"""The buffer's tables, and how a file of an older version becomes one of this.

A new file runs the same statements as an old one that moves up, in one
transaction either way: a crash leaves the version that was, or this one whole.
"""

import secrets
import sqlite3
from pathlib import Path
from typing import Final

from gateway.records import BufferRefused, transaction

VERSION: Final = 5  # PRAGMA user_version
PAGE_BYTES: Final = 1024  # a commit writes whole pages: half the bytes of 4096
WAL_LIMIT_BYTES: Final = 4 * 1024 * 1024  # what stays of the WAL after a checkpoint
CHECKPOINT_BYTES: Final = 1024 * 1024  # of pages in the WAL; the ballast must hold them

_TO_1: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE series (id INTEGER PRIMARY KEY, head TEXT NOT NULL UNIQUE);
CREATE TABLE reading (
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, boot INTEGER NOT NULL,
    ms INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL);
CREATE TABLE segment (
    id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, from_ms INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL, source TEXT NOT NULL, err_ms INTEGER NOT NULL);
CREATE TABLE batch (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, merged INTEGER NOT NULL,
    segment INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE held (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, why TEXT NOT NULL);
CREATE TABLE counter (
    series INTEGER PRIMARY KEY, shift REAL NOT NULL, total REAL NOT NULL);
CREATE TABLE outbox (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('epoch_from', 1), ('next', 1)
"""

_TO_2: Final = """
CREATE TABLE hour (
    boot INTEGER NOT NULL, hour INTEGER NOT NULL, series INTEGER NOT NULL,
    n INTEGER NOT NULL, mean REAL, low REAL, high REAL,
    first REAL, first_ms INTEGER, last REAL, last_ms INTEGER,
    doubtful INTEGER NOT NULL, missing INTEGER NOT NULL, poll_ms INTEGER NOT NULL,
    PRIMARY KEY (boot, hour, series)) WITHOUT ROWID;
CREATE TABLE rule (
    rule TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (rule, subject)) WITHOUT ROWID;
CREATE TABLE episode (
    id TEXT PRIMARY KEY, code TEXT NOT NULL, rule TEXT NOT NULL,
    subject TEXT NOT NULL, plot TEXT NOT NULL, audience TEXT NOT NULL,
    severity TEXT NOT NULL, state TEXT NOT NULL, boot TEXT NOT NULL,
    since_ms INTEGER NOT NULL, utc_ms INTEGER, vi TEXT NOT NULL, en TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT 'chua-xem', steps INTEGER NOT NULL);
INSERT INTO meta VALUES ('hours_to', 0)
"""

_TO_3: Final = """
CREATE TABLE begun (boot INTEGER PRIMARY KEY, first INTEGER NOT NULL);
CREATE TABLE summary (
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, boot INTEGER NOT NULL,
    ms INTEGER NOT NULL, value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    n INTEGER NOT NULL);
CREATE TABLE merged (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE tried (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE lost (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE hint (
    boot INTEGER NOT NULL, source TEXT NOT NULL, ms INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL, err_ms INTEGER NOT NULL,
    PRIMARY KEY (boot, source)) WITHOUT ROWID;
INSERT INTO tried SELECT 1, max(last)
    FROM (SELECT last FROM held UNION ALL SELECT last FROM batch)
    HAVING max(last) IS NOT NULL
"""

_TO_4: Final = """
CREATE TABLE span (
    boot INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL);
INSERT INTO span SELECT boot, ms, ms FROM
    (SELECT seq, boot, ms FROM reading UNION ALL SELECT seq, boot, ms FROM summary)
    WHERE seq <= (SELECT value FROM meta WHERE key = 'hours_to')
    ON CONFLICT (boot) DO UPDATE SET low = min(low, excluded.low),
    high = max(high, excluded.high)
"""  # GROUP BY would sort all rows in a file that a full card has no room for

_TO_5: Final = """
CREATE TABLE taken (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)
"""

STEPS: Final = (_TO_1, _TO_2, _TO_3, _TO_4, _TO_5)


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Set ``db`` up to keep the promise, and bring its tables to this version.

    Raises
    ------
    BufferRefused
        A newer version made the file, or its file system cannot keep the promise.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        msg = (
            f"{path} was made by a newer canhdong (buffer version {version},"
            f" this one knows {VERSION}): install that version again"
        )
        raise BufferRefused(msg)
    keep_promise(db, path)
    if version < VERSION:
        _move_up(db, version)


def keep_promise(db: sqlite3.Connection, path: Path) -> None:
    """Make each commit wait for the card, and read back that it will.

    Raises
    ------
    BufferRefused
        The file system cannot keep the promise.
    """
    db.execute(f"PRAGMA page_size={PAGE_BYTES}")  # of a new file; others keep theirs
    db.execute("PRAGMA secure_delete=FAST")  # Debian's SQLite zeroes what it deletes
    db.execute("PRAGMA journal_mode=WAL").fetchall()  # read out, or it may fail unseen
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
    page = db.execute("PRAGMA page_size").fetchone()[0]
    db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_BYTES // page}")
    db.execute("PRAGMA cell_size_check=ON")
    mode = db.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = db.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != 2:
        msg = (
            f"{path}: SQLite runs with journal_mode={mode} and"
            f" synchronous={synchronous}, not with wal and 2 (FULL); its file"
            " system cannot keep the promise, move data_dir to a local one"
        )
        raise BufferRefused(msg)


def _move_up(db: sqlite3.Connection, version: int) -> None:
    with transaction(db):
        for step in STEPS[version:]:
            for statement in step.split(";"):
                db.execute(statement)
        if version == 0:
            db.execute("INSERT INTO meta VALUES ('epoch', ?)", (new_epoch(),))
        db.execute(f"PRAGMA user_version={VERSION}")


def new_epoch() -> str:
    """Eight hex digits that no other buffer of this gateway has had."""
    return secrets.token_hex(4)
