"""A card that keeps what was flushed, and of the rest what it likes.

A write, a new size or a name is *pending* until its file, or the folder, is flushed.
After a power cut each pending write may be there, or not, or in part; names follow
each other as they do in the journal of a file system.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.faults.crash.trace import (
    Cut,
    Opened,
    Operation,
    Removed,
    Renamed,
    Synced,
    Wrote,
)

SECTOR: Final = 512  # bytes that a card writes whole or not at all

State = dict[str, bytes]
"""The files of the folder after a power cut, by name."""


@dataclass(slots=True, eq=False)
class File:
    """One file: what is on the card, and what is on its way."""

    flushed: bytes = b""
    pending: list[Wrote | Cut] = field(default_factory=list)


class Disk:
    """The folder as the writer sees it and as the card has it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._names = {name: File(data) for name, data in files.items()}
        self._flushed_names = dict(self._names)
        self._pending_names: list[dict[str, File | None]] = []  # each whole or not
        self._open: dict[int, File] = {}

    def take(self, operation: Operation) -> None:
        """Let ``operation`` happen."""
        match operation:
            case Opened():
                self._opened(operation)
            case Wrote(fd) | Cut(fd):
                self._open[fd].pending.append(operation)
            case Synced(None):
                self._flushed_names = dict(self._names)
                self._pending_names.clear()
            case Synced(fd) if fd is not None:
                file = self._open[fd]
                file.flushed = _applied(file.flushed, file.pending)
                file.pending.clear()
            case Removed(name):
                self._rename({name: None})
            case Renamed(name, to):
                self._rename({to: self._names[name], name: None})

    def _opened(self, opened: Opened) -> None:
        file = self._names.get(opened.name)
        if file is None:
            file = File()
            self._rename({opened.name: file})
        if opened.empties:
            file.pending.append(Cut(opened.fd, 0))
        self._open[opened.fd] = file

    def _rename(self, change: dict[str, File | None]) -> None:
        self._pending_names.append(change)
        self._names = _renamed(self._names, change)

    def crashes(self, dice: Random) -> Iterator[tuple[str, State]]:
        """What may be found after a power cut now: kind and files."""
        yield "flushed only", _contents(self._flushed_names, lambda file: file.flushed)
        if self._pending_names or any(file.pending for file in self._files()):
            yield "some writes", self._drawn(dice, is_torn=False)
            yield "torn write", self._drawn(dice, is_torn=True)

    def _files(self) -> Iterator[File]:
        yield from {*self._names.values(), *self._flushed_names.values()}

    def _drawn(self, dice: Random, *, is_torn: bool) -> State:
        names = self._flushed_names
        for change in self._pending_names[: dice.randint(0, len(self._pending_names))]:
            names = _renamed(names, change)

        def content(file: File) -> bytes:
            chosen = [one for one in file.pending if dice.random() < 0.5]
            if is_torn and file.pending:
                chosen = file.pending[: dice.randint(1, len(file.pending))]
                chosen[-1:] = _torn(chosen[-1], dice)
            return _applied(file.flushed, chosen)

        return _contents(names, content)


def _renamed(
    names: Mapping[str, File], change: Mapping[str, File | None]
) -> dict[str, File]:
    after = {**names, **change}
    return {name: file for name, file in after.items() if file is not None}


def _contents(names: Mapping[str, File], content: Callable[[File], bytes]) -> State:
    return {name: content(file) for name, file in sorted(names.items())}


def _torn(one: Wrote | Cut, dice: Random) -> list[Wrote | Cut]:
    """The first sectors of a write, the last one that came among none to all."""
    if isinstance(one, Cut):
        return []
    end = one.offset + len(one.data)
    cuts = range(-(-one.offset // SECTOR) * SECTOR, end, SECTOR)
    return (
        [Wrote(one.fd, one.offset, one.data[: dice.choice(cuts) - one.offset])]
        if cuts
        else []
    )


def _applied(content: bytes, pending: list[Wrote | Cut]) -> bytes:
    if not pending:
        return content
    made = bytearray(content)
    for one in pending:
        end = one.size if isinstance(one, Cut) else one.offset + len(one.data)
        if isinstance(one, Cut):
            del made[end:]
        made.extend(bytes(max(0, end - len(made))))
        if isinstance(one, Wrote):
            made[one.offset : end] = one.data
    return bytes(made)
