"""What the buffer holds and what is written to it, as records.

Writer, reader, recorder and uplink share these words; nothing here opens a file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from gateway.hours import Tally
from gateway.segments import Segment
from rules.quality.checks import Checks
from telemetry import ranges
from telemetry.quantity import Quantity
from telemetry.ranges import Range


class BufferFault(OSError):
    """The file cannot be read or written now; weather, to be waited out."""


# The second is of Python: a message of SQLite that quotes damaged text.
UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError)

_NOT_THE_FILE: Final = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE,  # a bug of ours
}  # fmt: skip


def is_damage(fault: BaseException | None) -> bool:
    """Whether the file's contents are at fault, and not the way to it.

    Our statements are fixed, so one that SQLite does not understand meets a schema
    that is not ours.  Text that is no UTF-8 has no code.
    """
    if isinstance(fault, BufferFault):
        fault = fault.__cause__
    if not isinstance(fault, UNREADABLE):
        return False
    code = getattr(fault, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _NOT_THE_FILE


def is_full(fault: BufferFault) -> bool:
    """Whether there was no room: on the disk, or below the buffer's own cap."""
    code = getattr(fault.__cause__, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL


class BufferRefused(ValueError):
    """The file is sound but not ours to write, with the reason."""


class Row(NamedTuple):
    """One stored reading.  ``series`` and ``boot`` are ids of this file."""

    seq: int
    series: int
    boot: int
    ms: int  # field time [ms]
    value: float | None
    flag: int


class Summary(NamedTuple):
    """One series' rows of a window, merged.  Number and time are the last row's."""

    seq: int
    series: int
    boot: int
    ms: int  # field time [ms]
    value: float
    low: float
    high: float
    n: int  # values that it stands for


class Entry(NamedTuple):
    """One reading to be stored, of the running boot where nothing else is said."""

    seq: int
    head: str  # measurement and tags on the wire
    ms: int  # field time [ms]
    value: float | None
    flag: int
    boot: int | None = None  # or ``segments.PEOPLE``


@dataclass(frozen=True, slots=True)
class Channel:
    """What the recorder must know of one sensor and quantity."""

    head: str  # measurement and tags on the wire
    quantity: Quantity
    counter_bits: int | None = None
    per_count: float = 1.0  # of a counter, in the quantity's unit
    checks: Checks | None = None  # else the usual ones of the quantity


class Counter(NamedTuple):
    """A counter as it was last seen, in counts."""

    shift: float  # how far its total is ahead of what the device shows
    total: float  # in the quantity's unit


class HourRow(NamedTuple):
    """One hour of one series, of the running boot where nothing else is said."""

    head: str
    hour: int  # field time [h]
    tally: Tally
    boot: int | None = None  # or ``segments.PEOPLE``


class EpisodeRow(NamedTuple):
    """One episode as it stands now; texts of its newest step."""

    id: str
    code: str  # by which people name it
    rule: str
    subject: str
    plot: str  # "" if none
    audience: str
    severity: str
    state: str
    boot: str  # name of the boot that it began in
    since_ms: int  # field time of that boot [ms]
    utc_ms: int | None  # best estimate of the same instant [ms since 1970]
    vi: str
    en: str
    verdict: str | None  # dung | sai | chua-xem; None leaves what was answered
    steps: int


class Size(NamedTuple):
    """How full the buffer's file is, and what it has given up since it was made."""

    used: int  # bytes
    free: int  # bytes of the file that hold nothing
    cap: int  # bytes
    thinned: int  # rows merged into others
    lost: int  # rows given up before the province had them


@dataclass(frozen=True, slots=True)
class Batch:
    """The record of a batch that was cut: enough to render the same bytes again."""

    first: int
    last: int
    merged: int
    segment: int
    digest: str


class Hint(NamedTuple):
    """The newest word of a time source in a boot: UTC = ms + ``offset_ms``."""

    boot: int
    source: str  # ntp | gps | modem | rtc | person
    ms: int  # field time of asking [ms]
    offset_ms: int
    err_ms: int


@dataclass(slots=True)
class Change:
    """What one transaction writes; fields in the order of writing."""

    rows: list[Entry] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # digests of files of ``rows``
    counters: dict[str, Counter] = field(default_factory=dict)  # by head
    hours: list[HourRow] = field(default_factory=list)
    hours_to: int | None = None  # ``hours`` have seen all numbers up to this
    rules: dict[tuple[str, str], bytes] = field(
        default_factory=dict
    )  # by rule and subject; an empty body deletes
    episodes: list[EpisodeRow] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    cut: list[Batch] = field(default_factory=list)
    closed: list[int] = field(
        default_factory=list
    )  # ``first`` of batches no longer open
    held: list[Range] = field(default_factory=list)
    lacking: list[Range] = field(default_factory=list)  # held no more
    lost: list[Range] = field(default_factory=list)  # given up, never held
    hints: list[Hint] = field(default_factory=list)
    quarantined: dict[int, str] = field(default_factory=dict)
    alerts: dict[str, bytes] = field(default_factory=dict)
    delivered: list[str] = field(default_factory=list)  # event ids

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state of every number, as the file holds it."""

    epoch: str
    epoch_from: int
    next: int
    held: list[Range]
    open: list[Batch]
    quarantined: list[Range]
    lost: list[Range] = field(default_factory=list)

    @property
    def uncut(self) -> list[Range]:
        """Numbers that are in no batch yet."""
        made = ((b.first, b.last) for b in self.open)
        taken = [*self.held, *self.quarantined, *self.lost, *made]
        return ranges.subtract([(self.epoch_from, self.next - 1)], taken)


@contextmanager
def as_fault(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into weather, so that one kind is caught above."""
    try:
        yield
    except UNREADABLE as fault:
        msg = f"buffer {path}: {fault}"
        raise BufferFault(msg) from fault


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of what is done within, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # After a failed COMMIT SQLite may have rolled back by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def read_ledger(db: sqlite3.Connection) -> Ledger:
    """Return the state of every number, by any connection."""
    meta = dict(db.execute("SELECT key, value FROM meta"))
    tops = (
        db.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()[0]  # noqa: S608 - own names
        for table in ("reading", "summary")  # after a boot the newest may be merged
    )
    held, lost = pairs(db, "held"), pairs(db, "lost")
    # A number may be held or lost and its row gone; ``delete_held`` notes ``next``.
    ends = (last for _, last in (*held[-1:], *lost[-1:]))
    last = max([*tops, meta["next"] - 1, *ends])
    return Ledger(
        epoch=meta["epoch"],
        epoch_from=meta["epoch_from"],
        next=last + 1,
        held=held,
        open=[Batch(*row) for row in db.execute("SELECT * FROM batch ORDER BY first")],
        quarantined=ranges.union(
            (seq, seq) for (seq,) in db.execute("SELECT seq FROM quarantine")
        ),
        lost=lost,
    )


def pairs(db: sqlite3.Connection, table: str) -> list[Range]:
    """Ranges of a table that has ``first`` and ``last``."""
    return list(db.execute(f"SELECT first, last FROM {table} ORDER BY first"))  # noqa: S608 - own names
