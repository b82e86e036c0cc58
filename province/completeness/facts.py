"""What is counted of one gateway, and how its numbers are sorted.  Pure.

Numbers of the epoch of a gateway's last hello are *held* by the ledger, *lost*
(below the oldest one that the gateway still had) or *pending*.  The count begins
with the first number that either end has named: an epoch need not begin at 1, and
what may have been before is not known to be lost.  An older epoch is *closed*: what
it lacks has moved into the next one or is lost; the gateway does not say which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from telemetry.ranges import Range, subtract
from telemetry.topics import Identity

Merged = tuple[int, int, int]  # first and last number of a batch, how many are merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Rows of one local day, flagged 1 or 2, 3 or 4, and 9.

    ``due`` polls are of the channels whose period is told; ``undue`` of the rows
    with a value are of others, such as a sensor that was taken away.
    """

    day: date
    due: int = 0
    good: int = 0
    doubtful: int = 0
    missing: int = 0
    undue: int = 0

    @property
    def valued(self) -> int:
        """Rows with a value, whatever its flag."""
        return self.good + self.doubtful

    @property
    def stored(self) -> int:
        """Rows in the store; a thinned window counts as what it stands for."""
        return self.valued + self.missing

    @property
    def complete_pct(self) -> float | None:
        """*Đủ*: rows with a value for polls due. [%]  ``None`` where none was due."""
        return (
            round(100 * (self.valued - self.undue) / self.due, 1) if self.due else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a gateway's last hello said; ``at_ms`` is UTC."""

    epoch: str
    oldest: int
    next: int
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Numbers ``first`` to ``last`` of an epoch, each in exactly one of the lists."""

    epoch: str
    is_current: bool
    first: int
    last: int
    held: Sequence[Range]
    pending: Sequence[Range]
    lost: Sequence[Range]
    closed: Sequence[Range]
    merged: Sequence[Merged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of one gateway.  Instants are UTC. [ms since 1970]

    ``lines`` and ``bodies`` are in quarantine: a line's number is not held before
    the gateway has sent it anew.  ``unregistered`` are plots of its sensors that
    the registry does not have; ``None`` without a registry.
    """

    identity: Identity
    at_ms: int
    hello: Hello | None
    newest_ms: int | None
    has_meta: bool
    days: Sequence[Day]
    epochs: Sequence[Epoch]
    lines: int
    bodies: int
    unregistered: Sequence[str] | None


def epoch_of(
    name: str, held: Sequence[Range], merged: Sequence[Merged], hello: Hello | None
) -> Epoch:
    """Sort the numbers of an epoch; ``held`` is sorted and disjoint."""
    if hello is None or hello.epoch != name:
        first, last = held[0][0], held[-1][1]
        return Epoch(
            epoch=name,
            is_current=False,
            first=first,
            last=last,
            held=held,
            pending=[],
            lost=[],
            closed=subtract([(first, last)], held),
            merged=merged,
        )
    # Batches that came since its hello may reach beyond what it said.
    first = min([hello.oldest, *(span[0] for span in held)])
    last = max([hello.next - 1, *(span[1] for span in held)])
    return Epoch(
        epoch=name,
        is_current=True,
        first=first,
        last=last,
        held=held,
        pending=subtract(_span(hello.oldest, last), held),
        lost=subtract(_span(first, hello.oldest - 1), held),
        closed=[],
        merged=merged,
    )


def _span(first: int, last: int) -> list[Range]:
    return [(first, last)] if first <= last else []
