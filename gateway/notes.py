"""Notes of people: small files beside the buffer that the daemon takes in.

Only the daemon's recorder writes to the buffer, so a command leaves a note and the
daemon, now or at its next start, makes what it says its own.
"""

import contextlib
import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

log = logging.getLogger(__name__)

MOST_BYTES: Final = 1_000  # a note has some 40 to 100

Note = TypeVar("Note")


def leave(folder: Path, about: str, note: dict[str, Any]) -> Path:
    """Write a note whole, to the card; its name keeps notes in order."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.time_ns():020}-{about}-{secrets.token_hex(4)}.json"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(there)
    finally:
        os.close(there)
    return path


def collect(folder: Path, read: Callable[[Any], Note]) -> list[tuple[Path, Note]]:
    """Every note that waits; files that ``read`` refuses are put aside by name."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append((path, read(_content(path))))
        except (OSError, ValueError, RecursionError) as fault:
            log.error("%s: cannot be used and was put aside: %s", path, fault)
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".bad"))
    return found


def _content(path: Path) -> Any:
    if not path.is_file():  # a pipe would hold the daemon up
        msg = "not a file"
        raise ValueError(msg)
    with path.open("rb") as file:
        return json.loads(file.read(MOST_BYTES))


def remove(path: Path) -> None:
    """Forget a note that is stored."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
