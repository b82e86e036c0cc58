"""``storage-proof.json`` beside the buffer: the round under way, and what came out.

Written whole and flushed, since the next thing that happens is a power cut.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from gateway.prove.verdict import Says, Verdict

FILE: Final = "storage-proof.json"
READABLE: Final = 0o644  # root may have run the proof; the gateway reads it
ROUNDS_MOST: Final = 100  # newest ones that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The round that waits for its verdict."""

    key: str
    boot: str  # name of the boot that it was written in
    is_stopped: bool = False  # writing ended in order, before any cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One power cut and what the card made of it."""

    key: str
    boot: str  # name of the boot that gave the verdict
    date: str  # as the machine believed it to be
    says: Says
    rows: int
    lost: int
    device: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of the card by proof."""

    running: Running | None = None
    rounds: tuple[Round, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the record; a file that cannot be read is as good as none."""
        try:
            said = json.loads((folder / FILE).read_bytes())
            running = said["running"]
            rounds = tuple(Round(**each) for each in said["rounds"])
            record = cls(running and Running(**running), rounds)
            record.summary()  # it cannot add up what are no numbers
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            return cls()
        return record

    def save(self, folder: Path) -> None:
        """Replace the file whole, and wait until the card says that it has it."""
        path = folder / FILE
        part = path.with_name(f"{FILE}.part")
        with part.open("wb") as file:
            file.write(json.dumps({"v": 1} | asdict(self), ensure_ascii=False).encode())
            file.flush()
            os.fchmod(file.fileno(), READABLE)
            os.fsync(file.fileno())
        part.replace(path)
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(at)
        finally:
            os.close(at)

    def judged(
        self, verdict: Verdict, boot: str, date: str, device: str | None
    ) -> Self:
        """The record after a verdict; nothing is under way any more."""
        one = Round(
            key=self.running.key if self.running else "",
            boot=boot,
            date=date,
            says=verdict.says,
            rows=verdict.rows,
            lost=verdict.lost,
            device=device,
        )
        return replace(self, running=None, rounds=(*self.rounds, one)[-ROUNDS_MOST:])

    def summary(self) -> dict[str, Any] | None:
        """``storage_proof`` of the state message; ``None`` before the first verdict.

        Rounds of another card than the newest one's do not count.
        """
        return summed(self.rounds) if self.rounds else None


def summed(rounds: Sequence[Round]) -> dict[str, Any]:
    """What at least one round says of the card of the newest."""
    newest = rounds[-1]
    mine = [each for each in rounds if each.device == newest.device]
    return {
        "cuts": len(mine),
        "witnessed": sum(each.says != "unwitnessed" for each in mine),
        "rows": sum(each.rows for each in mine),
        "lost": sum(each.lost for each in mine),
        "lies": any(each.says == "lies" for each in mine),
        "date": newest.date,
        "device": newest.device,
    }


class Standing:
    """The summary for a running gateway: read again when the file has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int] | None = None
        self._summary: dict[str, Any] | None = None

    def now(self) -> dict[str, Any] | None:
        """What the newest record says."""
        try:
            stat = (self._folder / FILE).stat()
            seen = stat.st_ino, stat.st_mtime_ns
            if seen != self._seen:
                self._summary = Record.load(self._folder).summary()
                self._seen = seen
        except OSError:  # none there, or not for us
            return None
        return self._summary
