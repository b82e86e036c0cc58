"""Every place where the power may go while a story is told, and what is left then.

The story runs once under strace.  Its calls are taken one by one into a model of a
card; after each, up to three states are written out and judged.  States that
cannot differ from one that was judged are not judged again.
"""

import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.crash.disk import Disk, State
from tests.faults.crash.said import Story
from tests.faults.crash.trace import Operation, Told, operations, traced
from tests.faults.crash.verdict import judge

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - files that need no card
WORKERS: Final = 2

Prepare = Callable[[Path], None]


@dataclass(slots=True)
class Outcome:
    """What became of all states of a story."""

    states: Counter[str] = field(default_factory=Counter)  # by kind
    corrupt: int = 0
    losing: int = 0  # states that lack a row which was told stored
    worst: int = 0  # such rows in one state
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All states."""
        return self.states.total()

    @property
    def figure(self) -> str:
        """One line."""
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(self.states.items()))
        return (
            f"{self.total} states ({kinds}): corrupt {self.corrupt}, losing stored"
            f" rows {self.losing}, worst {self.worst} rows"
        )

    def add(self, more: "Outcome") -> None:
        """Count ``more`` in."""
        self.states += more.states
        self.corrupt += more.corrupt
        self.losing += more.losing
        self.worst = max(self.worst, more.worst)
        self.wrong += more.wrong


def replay(
    name: str,
    seed: int,
    *,
    synchronous: str | None = None,
    prepare: Prepare | None = None,
    every: int = 1,
) -> Outcome:
    """Tell story ``name`` and judge what a power cut leaves of it.

    Every state is judged, or one of ``every`` so many.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="canhdong-f01-") as where:
        folder = Path(where) / "data"
        folder.mkdir()
        if prepare is not None:
            prepare(folder)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        command = [sys.executable, "-m", "tests.faults.crash.story", name]
        weaker = [] if synchronous is None else [synchronous]
        traced([*command, str(folder), *weaker], Path(where) / "trace")
        told = list(operations(Path(where) / "trace", folder))
        outcome = Outcome()
        with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
            shares = [
                (told, before, seed, (share * every, WORKERS * every), Path(where))
                for share in range(WORKERS)
            ]
            for more in pool.starmap(_judged, shares):
                outcome.add(more)
        return outcome


def _judged(
    told: list[Operation],
    before: Mapping[str, bytes],
    seed: int,
    share: tuple[int, int],
    where: Path,
) -> Outcome:
    """Judge the states whose number leaves ``share`` when divided."""
    rest, by = share
    outcome = Outcome()
    story = Story(one.text for one in told if isinstance(one, Told))
    for number, (lines, kind, state) in enumerate(_states(told, before, Random(seed))):
        if number % by == rest:
            _judge(outcome, story, (number, lines, kind, state), where / str(rest))
    return outcome


def _states(
    told: list[Operation], before: Mapping[str, bytes], dice: Random
) -> Iterator[tuple[int, str, State]]:
    """Each state once: with so many lines told, its kind, its files."""
    disk, lines, is_begun = Disk(before), 0, False
    seen: set[int] = set()
    for operation in told:
        if isinstance(operation, Told):
            lines += 1
        else:
            is_begun = True
            disk.take(operation)
        if not is_begun:
            continue  # what the story begins with
        for kind, state in disk.crashes(dice):
            known = hash((lines, tuple(sorted(state.items()))))
            if known not in seen:
                seen.add(known)
                yield lines, kind, state


def _judge(
    outcome: Outcome, story: Story, one: tuple[int, int, str, State], folder: Path
) -> None:
    number, lines, kind, state = one
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in state.items():
        (folder / name).write_bytes(content)
    wrong, lost = judge(folder, story, lines)
    outcome.states[kind] += 1
    outcome.corrupt += any(each.startswith(("damaged", "integrity")) for each in wrong)
    outcome.losing += lost > 0
    outcome.worst = max(outcome.worst, lost)
    files = ", ".join(f"{name} {len(content)}" for name, content in state.items())
    outcome.wrong += [f"state {number}, {kind} ({files}): {w}" for w in wrong[:3]]
