"""Opening the buffer whatever its file holds: the gateway must go on polling.

A damaged file is put aside, a new one with a new epoch is begun, and what the new
one needs at once is inherited.  Rows follow while the gateway runs.  Each of these
may be cut off by a crash: what is still to be done is told by the files that stand
beside the buffer and the marks in it, and is gone on with at the next start.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from gateway import inheritance, soundness
from gateway.aside_names import SIDE_FILES, asides, number
from gateway.buffer import Buffer
from gateway.inheritance import inherit
from gateway.records import BufferFault, Counter, Ledger, as_fault, is_damage
from gateway.salvage import Salvage
from telemetry.topics import Identity

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open buffer and what it holds.

    ``damage`` tells of a file put aside by this opening; ``salvage`` brings the rows
    of all files put aside that still hold some.
    """

    buffer: Buffer
    ledger: Ledger
    counters: Mapping[str, Counter]
    damage: str | None = None
    salvage: Salvage | None = None


def open_buffer(path: Path, identity: Identity, boot: str) -> Opened:
    """Open the buffer; a damaged file is put aside and a new one begun.

    Raises
    ------
    BufferFault
        The file cannot be reached now: disk full, read-only, input/output error.
    BufferRefused
        The file is sound but not ours to write.
    """
    why = soundness.damage(path)
    if why is not None:
        return begin_anew(path, identity, boot, why)
    if not path.exists():
        log.warning("there is no buffer at %s: a new one is begun", path)
    try:
        return _go_on(path, identity, boot)
    except BufferFault as fault:
        if not is_damage(fault):
            raise
        return begin_anew(path, identity, boot, str(fault))


def begin_anew(path: Path, identity: Identity, boot: str, why: str) -> Opened:
    """Put the damaged file aside and begin a new one."""
    kept = put_aside(path)
    damage = f"{why}; the file was kept as {kept.name}" if kept else why
    log.error("%s; a new buffer is begun", damage)
    return replace(_go_on(path, identity, boot), damage=damage)


def _go_on(path: Path, identity: Identity, boot: str) -> Opened:
    """Open the buffer, and go on with what earlier damage has left to do."""
    readable = [p for p in asides(path) if _can_be_read(p)]
    fresh = []
    for aside in reversed(readable):  # ids stay as in the newest, which knows others
        if aside.name not in _marks(path):
            inherit(aside, path, identity)
            fresh.append(aside.name)
    opened = _open(path, identity, boot)
    damage = f"{fresh[0]} was put aside at an earlier start" if fresh else None
    marks = _marks(path)
    waiting = [p for p in readable if marks[p.name] != inheritance.DONE]
    salvage = Salvage(waiting, identity) if waiting else None
    return replace(opened, damage=damage, salvage=salvage)


def _marks(path: Path) -> Mapping[str, str]:
    if not path.exists() or not asides(path):
        return {}
    with as_fault(path), closing(soundness.reading(path)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return {}  # made, but not filled
        return inheritance.marks(db)


def _can_be_read(aside: Path) -> bool:
    """Whether it may be read now; else it waits for a start at which it may."""
    if aside.exists() and not os.access(aside, os.R_OK):
        log.warning("%s holds readings and may not be read: chown it", aside)
        return False
    return True


def _open(path: Path, identity: Identity, boot: str) -> Opened:
    buffer = Buffer(path, identity.coop, identity.gateway, boot)
    try:
        buffer.probe()
        return Opened(buffer, buffer.ledger(), buffer.counters())
    except BufferFault:
        buffer.abandon()
        raise


def put_aside(path: Path) -> Path | None:
    """Rename the damaged file and its log; its new name, ``None`` if it was empty.

    The log has both names until the file has its new one: a crash parts nothing.
    """
    there = asides(path)
    newest = there[-1] if there else None
    log_path = path.with_name(path.name + "-wal")
    try:
        if newest is not None and not path.exists() and _is_log_of(log_path, newest):
            log_path.unlink()  # a crash has kept an earlier call from this
            return newest
        if not log_path.exists() and path.exists() and not path.stat().st_size:
            path.unlink()
            return None
        aside = path.with_name(f"{path.stem}.corrupt-{_next(newest)}.db")
        if log_path.exists():
            aside.with_name(aside.name + "-wal").hardlink_to(log_path)
        if path.exists():
            path.rename(aside)
        for suffix in SIDE_FILES[1:]:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as fault:
        msg = f"buffer {path}: cannot be put aside: {fault.strerror}"
        raise BufferFault(msg) from fault
    return aside


def _is_log_of(log_path: Path, aside: Path) -> bool:
    twin = aside.with_name(aside.name + "-wal")
    return log_path.exists() and twin.exists() and log_path.samefile(twin)


def _next(newest: Path | None) -> int:
    return 1 if newest is None else number(newest) + 1
