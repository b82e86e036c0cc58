"""Rules that were edited, taken in while the daemon runs.

``step`` decides, from looks at the folder, when it is to be read; ``Reload`` owns
the looks and belongs to main.  The folder is read and checked whole before anything
is swapped; the recorder's thread only swaps.  What a fault broke stays as it was.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from gateway import rulebook
from gateway.config import Config
from rules import overlay, rule
from rules.rule import Rule

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0  # rules look every 300 s: nobody waits for this
SETTLE_S: Final = 1.0  # an editor may still be writing
MOST_TOLD: Final = 20  # faults; more of them are no news


class File(NamedTuple):
    """What tells one state of a file from another, unread."""

    name: str
    inode: int = 0
    size: int = 0
    written_ns: int = 0
    touched_ns: int = 0  # a copy that keeps its dates, or a change of rights


class Sign(NamedTuple):
    """The same of a folder."""

    device: int  # another one once something is unmounted
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the looks at a folder have found; ``None`` is one that is not there."""

    read: Sign | None = None  # as it was when it was read last
    found: Sign | None = None  # as it was at the last look
    since_s: float = 0.0  # since when it has been so
    is_wanted: bool = False  # somebody asked for it, changed or not


def step(seen: Seen, found: Sign | None, now_s: float) -> tuple[Seen, bool]:
    """Take in what a look has found; whether the folder is to be read now.

    How old a file is does not count, since this machine's clock may be wrong: it has
    settled once it was the same for ``SETTLE_S``.
    """
    if found != seen.found:
        seen = replace(seen, found=found, since_s=now_s)
    is_due = seen.is_wanted or found != seen.read
    if found is None or not is_due or now_s - seen.since_s < SETTLE_S:
        return seen, False
    return replace(seen, read=found, is_wanted=False), True


def is_unmounted(read: Sign | None, found: Sign) -> bool:
    """Whether a folder is empty because what held its files is not there any more."""
    return bool(read and read.files and not found.files and read.device != found.device)


def sign(folder: Path) -> Sign:
    """Look at a folder; ``OSError`` if it cannot be listed."""
    found = map(_file, filter(overlay.is_rule_file, folder.iterdir()))
    return Sign(folder.stat().st_dev, tuple(sorted(found)))


def _file(path: Path) -> File:
    try:
        at = path.stat()
    except OSError:  # gone meanwhile, or a link to nothing: reading will tell
        return File(path.name)
    return File(path.name, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)


class Reload:
    """The rules of one gateway, and what is wrong with those of its own folder."""

    def __init__(self, config: Config) -> None:
        self.faults: list[str] = []
        self.kept: list[str] = []  # rules that go on as they were, by fault of an edit
        self._config = config
        self._folder = config.rules.folder
        self._wrong: list[str] = []  # with the files as they were read
        self._gone: list[str] = []  # why the folder cannot be looked at
        self._known: dict[str, Rule] = {}
        self._due_s = 0.0
        self._seen = Seen()
        found = self._look()
        self._seen = Seen(read=found, found=found)
        self._take(*self._checked())
        self._tell()

    @property
    def on(self) -> dict[str, Rule]:
        """The rules that watch the field."""
        return rulebook.switched(self._config, self._known)

    @property
    def all_known(self) -> frozenset[str] | None:
        """Ids of every rule, on or off, where some could not be read; else ``None``."""
        typos = [*rulebook.switch_faults(self._config, self._known)]
        return None if self._wrong in ([], typos) else frozenset(self._known)

    def want(self) -> None:
        """Read the folder at the next look, changed or not."""
        self._seen = replace(self._seen, is_wanted=True)
        self._due_s = 0.0

    def look(self, now_s: float) -> dict[str, Rule] | None:
        """Look at the folder if it is time; the rules that are on, if it was read."""
        if self._folder is None or now_s < self._due_s:
            return None
        before = self._seen
        self._seen, is_due = step(before, self._look(), now_s)
        is_read = is_due and self._reread(before, now_s)
        is_calm = self._seen.found in (None, self._seen.read)
        self._due_s = now_s + (LOOK_EVERY_S if is_calm else SETTLE_S)
        self._tell()
        return self.on if is_read else None

    def _look(self) -> Sign | None:
        """The folder's sign, ``None`` if it is gone."""
        self._gone = []
        if self._folder is None:
            return None
        try:
            found = sign(self._folder)
        except OSError as fault:
            why = f"cannot be listed: {fault.strerror}"
        else:
            if not is_unmounted(self._seen.read, found):
                return found
            why = "is empty; mount again what held its files"
        self._gone = [f"rules.folder: {self._folder}: {why}"]
        return None

    def _reread(self, before: Seen, now_s: float) -> bool:
        """Read the folder; whether it was the same to the end."""
        checked = self._checked()
        after = self._look()
        if after != self._seen.found:
            self._seen, _ = step(before, after, now_s)
            return False
        was_on = self.on
        self._take(*checked)
        log.info("rules in %s were read: %s", self._folder, changes(was_on, self.on))
        return True

    def _checked(self) -> tuple[dict[str, Rule], list[str]]:
        try:
            return rulebook.read(self._config, self._known)
        except Exception:  # a bug of reading; the rules of before and polling go on
            log.exception("reading the rules in %s", self._folder)
            why = "rules.folder: reading broke; the log tells where"
            return self._known or rule.packs(), [why]

    def _take(self, found: dict[str, Rule], faults: list[str]) -> None:
        own = [name for name, each in found.items() if each.origin != "pack"]
        self.kept = [name for name in own if found[name] is self._known.get(name)]
        self._known, self._wrong = found, faults

    def _tell(self) -> None:
        """One line for each fault that is new, and one when all are mended."""
        before, wrong = self.faults, self._gone or self._wrong
        self.faults = wrong[:MOST_TOLD]
        if more := len(wrong[MOST_TOLD:]):
            self.faults.append(f"and {more} more; see canhdong rules check")
        for fault in self.faults:
            if fault not in before:
                log.warning("%s; what it broke goes on as it was", fault)
        if before and not self.faults:
            log.info("the rules in %s are without fault again", self._folder)


def changes(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> str:
    """What has become of the rules that are on, for the log."""
    both = after.keys() & before.keys()
    kinds = {
        "new": after.keys() - before.keys(),
        "changed": {name for name in both if after[name] != before[name]},
        "gone": before.keys() - after.keys(),
    }
    told = [
        f"{kind} {', '.join(sorted(names))}" for kind, names in kinds.items() if names
    ]
    return f"{len(after)} on; {'; '.join(told) or 'none has changed'}"
