"""The folder of counts: what commands and spreadsheets leave there is taken.

``data_dir/observations`` holds notes of ``canhdong observe`` and tables, ``*.csv``.
Each file is taken whole in one transaction that remembers its digest, and removed
only after it: a crash between the two brings the file again, and it has no effect.
Belongs to the thread that looks after the daemon.
"""

import functools
import hashlib
import logging
import os
import queue
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway import notes, observe_csv
from gateway.config import Config
from gateway.history import Past
from gateway.inbox import Counted, Message
from gateway.observe_files import NO_TIME, Judge, NotYet
from gateway.observe_names import said
from telemetry.clock import Clock

log = logging.getLogger(__name__)

FOLDER: Final = "observations"
STILL_S: Final = 2.0  # a table that has not changed for so long is written whole
FILES_MOST: Final = 20  # notes at one look, or one table: the watchdog waits for it
TOLD_MOST: Final = 3  # bad rows of a file that the log repeats
BAD_TOLD: Final = 10  # files that the state names; it travels each minute
BAD: Final = (".bad", ".bad.csv")
LINK: Final = said("là liên kết; chép chính tệp đó vào", "is a link; copy the file")
"""It may lead to what its maker could not read, and bad rows are put beside it."""
NO_TABLE: Final = said(
    "không phải .csv; lưu thành CSV UTF-8", "is no .csv; save it as CSV UTF-8"
)


class Seen(NamedTuple):
    """By what a file is known to be the one that was read."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> "Seen":
        """The file as it stands now."""
        found = path.stat()
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


def leave(config: Config, cells: Mapping[str, str], said_at: Mapping[str, Any]) -> Path:
    """Leave a note for the daemon; ``said_at`` is boot and field time of saying it.

    Two equal counts are two: a word drawn at random keeps their notes apart.
    """
    note = {"cells": dict(cells), "said": dict(said_at), "id": secrets.token_hex(8)}
    return notes.leave(config.data_dir / FOLDER, "count", note)


class Observations:
    """Looks into the folder, and hands on what may be taken."""

    def __init__(
        self, config: Config, clock: Clock, inbox: "queue.Queue[Message]", past: Past
    ) -> None:
        self._folder = config.data_dir / FOLDER
        self._clock = clock
        self._inbox = inbox
        self._past = past
        self._judge = Judge(config, clock, past)
        self._still: dict[Path, tuple[Seen, float]] = {}
        self._handed: dict[Path, Seen] = {}  # to the recorder; some may be stored
        self._waiting: list[Path] = []
        self._bad: list[str] = []
        self._why: str | None = None
        self._taken = 0
        with suppress(OSError):  # it is there for people to find
            self._folder.mkdir(parents=True, exist_ok=True)

    def report(self) -> dict[str, Any]:
        """What ``status.json`` says of it."""
        return {
            "taken": self._taken,
            "waiting": len(self._waiting),
            "why": self._why,
            "bad": self._bad[:BAD_TOLD],
            "utc_ms": self._past.trusted_utc_ms(self._clock.field_ms()),
        }

    def tend(self) -> None:
        """Take what waits: one table, or some notes."""
        why = None
        try:
            there = self._there()
        except OSError as fault:
            there, why = [], f"{self._folder}: {fault.strerror or fault}"
        aside = {path for path in there if path.name.endswith(BAD)}
        self._bad = [_shown(path) for path in there if path in aside]
        self._waiting = [path for path in there if path not in aside]
        for known in (self._still, self._handed):
            for path in known.keys() - {*self._waiting}:
                del known[path]
        taken = 0
        for path in self._waiting:
            try:
                taken += self._look(path)
            except queue.Full:
                break  # at the next look
            except FileNotFoundError:
                continue  # somebody has taken it back
            except NotYet as fault:
                why = str(fault)
            except OSError as fault:
                why = f"{_shown(path)}: {fault.strerror or fault}"
            if taken >= FILES_MOST:
                break
        if why is not None and why != self._why:
            log.warning("counts wait: %s", why)
        self._why = why

    # --- inside --------------------------------------------------------------

    def _there(self) -> list[Path]:
        """Files in the order of their names, without those that begin with a dot."""
        try:
            found = [*self._folder.iterdir()]  # a glob is silent where it may not look
        except FileNotFoundError:
            return []
        return sorted(
            path
            for path in found
            if path.name[0] != "." and path.suffix != ".part" and path.is_file()
        )

    def _look(self, path: Path) -> int:
        """Take the file if it is time; returns what of a look that has cost."""
        if path.suffix.lower() not in (".json", ".csv"):
            raise NotYet(f"{_shown(path)}: {NO_TABLE}")
        if path.is_symlink():
            raise NotYet(f"{_shown(path)}: {LINK}")
        seen = Seen.of(path)
        if self._handed.get(path) == seen or not self._is_whole(path, seen):
            return 0
        now_ms = self._past.trusted_utc_ms(self._clock.field_ms())
        if now_ms is None:
            raise NotYet(NO_TIME)
        with path.open("rb") as file:
            blob = file.read(observe_csv.MOST_BYTES + 1)
        is_table = path.suffix.lower() == ".csv"
        judge = self._judge.table if is_table else self._judge.note
        made = judge(path, blob, now_ms)
        if made.bad_path is not None:
            _write(made.bad_path, made.bad)
        done = functools.partial(self._done, path, seen)
        if made.counts:
            digest = hashlib.sha256(blob).hexdigest()[:32]
            self._inbox.put_nowait(Counted(tuple(made.counts), digest, done))
        else:
            done(0)
        self._handed[path] = seen
        for line in made.told[:TOLD_MOST]:
            log.warning("%s: %s", _shown(path), line)
        if len(made.told) > TOLD_MOST:
            log.warning("%s: %d more", _shown(path), len(made.told) - TOLD_MOST)
        return FILES_MOST if is_table else 1

    def _is_whole(self, path: Path, seen: Seen) -> bool:
        """Whether nobody writes to it any more; notes are renamed when whole."""
        if path.suffix == ".json":
            return True
        now_s = self._clock.machine_s()
        before, since_s = self._still.setdefault(path, (seen, now_s))
        if before != seen:
            self._still[path] = seen, now_s
            return False
        return now_s - since_s >= STILL_S

    def _done(self, path: Path, seen: Seen, stored: int) -> None:
        """So many rows are stored; in the recorder's thread.

        Another file may stand there now.
        """
        self._taken += stored
        try:
            if Seen.of(path) == seen:
                notes.remove(path)
        except OSError as fault:  # its digest keeps it from being taken again
            log.warning(
                "%s: is stored and cannot be removed: %s", _shown(path), fault.strerror
            )


def _shown(path: Path) -> str:
    """A file's name as a line can hold it: people and foreign disks name anything."""
    return "".join(one if one.isprintable() else "?" for one in path.name)[:80]


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with part.open("xb") as file:  # to the card, for the table it came from goes
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
