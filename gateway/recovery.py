"""Opening the buffer whatever its file holds: the gateway must go on polling."""

import logging
import sqlite3
from pathlib import Path
from typing import Final

from gateway.buffer import Buffer
from gateway.records import BufferFault
from telemetry.topics import Identity

log = logging.getLogger(__name__)

SIDE_FILES: Final = ("", "-wal", "-shm")


def open_buffer(path: Path, identity: Identity, boot: str) -> tuple[Buffer, str | None]:
    """Open the buffer; a damaged file is put aside and a new one begun.

    Returns
    -------
    The buffer, and what was wrong with the file that was put aside, if one was.

    Raises
    ------
    BufferFault
        The file cannot be reached now: disk full, read-only, input/output error.
    BufferRefused
        The file is sound but not ours to write.
    """
    try:
        return Buffer(path, identity.coop, identity.gateway, boot), None
    except BufferFault as fault:
        if not is_damage(fault):
            raise
        aside = put_aside(path)
        damage = f"{fault}; the file was kept as {aside.name}"
        log.error("%s; a new buffer was begun", damage)
        return Buffer(path, identity.coop, identity.gateway, boot), damage


def is_damage(fault: BufferFault) -> bool:
    """Whether the file's contents are at fault, and not the way to it."""
    cause = fault.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


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
