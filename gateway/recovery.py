"""Opening the buffer whatever its file holds: the gateway must go on polling."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gateway.buffer import Buffer
from gateway.records import BufferFault, Counter, Ledger, is_damage
from telemetry.topics import Identity

log = logging.getLogger(__name__)

SIDE_FILES: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Opened:
    """An open buffer and what it holds; ``damage`` tells of a file put aside."""

    buffer: Buffer
    ledger: Ledger
    counters: Mapping[str, Counter]
    damage: str | None = None
    salvage: Any = None


def open_buffer(path: Path, identity: Identity, boot: str) -> Opened:
    """Open the buffer; a damaged file is put aside and a new one begun.

    Raises
    ------
    BufferFault
        The file cannot be reached now: disk full, read-only, input/output error.
    BufferRefused
        The file is sound but not ours to write.
    """
    try:
        return _open(path, identity, boot)
    except BufferFault as fault:
        if not is_damage(fault):
            raise
        return begin_anew(path, identity, boot, str(fault))


def begin_anew(path: Path, identity: Identity, boot: str, why: str) -> Opened:
    """Put the damaged file aside and begin a new one."""
    damage = f"{why}; the file was kept as {put_aside(path).name}"
    log.error("%s; a new buffer was begun", damage)
    return replace(_open(path, identity, boot), damage=damage)


def _open(path: Path, identity: Identity, boot: str) -> Opened:
    buffer = Buffer(path, identity.coop, identity.gateway, boot)
    try:
        buffer.probe()
        return Opened(buffer, buffer.ledger(), buffer.counters())
    except BufferFault:
        buffer.abandon()
        raise


def put_aside(path: Path) -> Path:
    """Rename the damaged file and what belongs to it; returns its new name."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.corrupt-{number}.db")).exists():
        number += 1
    for suffix in SIDE_FILES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
