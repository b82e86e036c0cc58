"""What a writer has said: every row, and what was true of it by then.

A row's name is its series, boot and field time: numbers may change with the epoch.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.hours import EMPTY, Tally, fold, hour_of
from telemetry import ranges
from telemetry.ranges import Range

Name = tuple[str, str, int]  # head, boot, field time [ms]


class Row(NamedTuple):
    """A row as its writer took it."""

    name: Name
    value: float | None
    flag: int


class Commit(NamedTuple):
    """A commit that the writer has told: it ends before ``end`` of all rows."""

    end: int
    alerts: list[str]


@dataclass(slots=True)
class Said:
    """What the writer has said up to a point."""

    stored: int = 0  # so many rows of all
    next: int = 1
    commits: int = 0
    acked: set[Name] = field(default_factory=set)
    acked_numbers: dict[str, list[Range]] = field(default_factory=dict)
    delivered: set[str] = field(default_factory=set)


class Story:
    """All that a writer says in its whole run, and what it had said by then."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.rows: list[Row] = []
        self.place: dict[Name, int] = {}
        self.commits: list[Commit] = []
        self.number: dict[Name, int] = {}
        self.is_anew = False  # it begins with a damaged file, so with a new epoch
        self._numbers: dict[int, Name] = {}
        self._said = [Said()]
        self._tallies: dict[int, dict[tuple[str, int, str], Tally]] = {}
        for line in lines:
            self._hear(json.loads(line))

    def by(self, lines: int) -> Said:
        """What had been said after so many lines."""
        return self._said[lines]

    def _hear(self, fact: dict[str, Any]) -> None:
        was = self._said[-1]
        self.is_anew |= fact.get("anew", False)
        now = Said(
            was.stored, was.next, was.commits, was.acked, was.acked_numbers,
            was.delivered,
        )  # fmt: skip
        for seq, head, boot, ms, value, flag in fact.get("taken", ()):
            name = head, boot, ms
            self.place[name] = len(self.rows)
            self.rows.append(Row(name, value, flag))
            self._numbers[seq], self.number[name] = name, seq
        if "stored" in fact:
            now.stored, now.next = len(self.rows), max(was.next, fact["stored"])
            self.commits.append(Commit(now.stored, fact["alerts"]))
            now.commits = len(self.commits)
        for seq, *of in fact.get("numbered", ()):
            name = of[0], of[1], of[2]
            self._numbers[seq], self.number[name] = name, seq
        if "acked" in fact:
            epoch, first, last = fact["acked"]
            names = {
                self._numbers[n] for n in range(first, last + 1) if n in self._numbers
            }
            before = was.acked_numbers.get(epoch, [])
            now.acked = was.acked | names
            now.acked_numbers = was.acked_numbers | {
                epoch: ranges.union([*before, (first, last)])
            }
            now.delivered = was.delivered | set(fact["delivered"])
        self._said.append(now)

    def hours(self, rows: int) -> dict[tuple[str, int, str], Tally]:
        """Hours of the first ``rows`` rows by boot, hour and head."""
        if rows not in self._tallies:
            taken = defaultdict(list)
            for (head, boot, ms), value, flag in self.rows[:rows]:
                taken[boot, hour_of(ms), head].append((ms, value, flag))
            self._tallies = {  # the next state most often asks for the same
                rows: {key: fold(EMPTY, each) for key, each in taken.items()}
            }
        return self._tallies[rows]
