"""What is counted of one gateway, and how its numbers are sorted.  Pure.

Each number of an epoch, from its first one to before its next, is in one list:
*held* by the ledger, *rejected* (its line is in quarantine), *lost* (below the oldest
one that the gateway still had, or given up as it says) or *pending*.  Where no hello
has told the first number, the count begins with the lowest one that either end has
named.  An older epoch is *closed*: what else it lacks has moved into the next one or
is lost; the gateway does not say which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from province.alarms import Raised
from telemetry.ranges import Range, intersect, subtract, union
from telemetry.topics import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Numbers of a batch, ``merged`` of them thinned into others; its stamps.

    [ns since 1970]  Those are ``None`` where none of its lines is in the store.
    """

    first: int
    last: int
    merged: int
    first_ns: int | None
    last_ns: int | None


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
class Told:
    """What hello said of an epoch; ``first`` is ``None`` where it did not say."""

    first: int | None
    oldest: int
    next: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the ledger holds of an epoch, each sorted and disjoint."""

    held: Sequence[Range] = ()
    rejected: Sequence[Range] = ()
    given_up: Sequence[Range] = ()
    refilled: Sequence[Range] = ()
    merged: Sequence[Merged] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Numbers ``first`` to ``last`` of an epoch, each in exactly one of the lists.

    ``awaited`` are those pending ones that a refill has taken out.
    """

    epoch: str
    is_current: bool
    first: int
    last: int
    held: Sequence[Range]
    rejected: Sequence[Range]
    pending: Sequence[Range]
    lost: Sequence[Range]
    closed: Sequence[Range]
    awaited: Sequence[Range]
    merged: Sequence[Merged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of one gateway.  Instants are UTC. [ms since 1970]

    ``lines`` and ``bodies`` are in quarantine: a line's number is not held before
    it is stored after all.  ``dropped`` went to keep it small.  ``unregistered`` are
    plots of its sensors that the registry does not have; ``None`` without a registry.
    """

    identity: Identity
    at_ms: int
    hello: Hello | None
    newest_ms: int | None
    has_meta: bool
    days: Sequence[Day]
    epochs: Sequence[Epoch]
    alarms: Sequence[Raised]
    lines: int
    bodies: int
    dropped: int
    unregistered: Sequence[str] | None


def epoch_of(name: str, book: Book, told: Told | None, *, is_current: bool) -> Epoch:
    """Sort the numbers of an epoch of which hello has told, or something is held."""
    named = [*book.held, *book.rejected]
    # Batches that came since its hello may reach beyond what it said.
    last = max([told.next - 1 if told else 0, *(span[1] for span in named)])
    begins = [span[0] for span in named]
    if told is not None:
        begins.append(told.oldest if told.first is None else told.first)
    first = min(begins, default=1)
    whole = _span(first, last)
    held = intersect(book.held, whole)
    rejected = subtract(intersect(book.rejected, whole), held)
    rest = subtract(whole, [*held, *rejected])
    gone = union([*book.given_up, *_span(1, told.oldest - 1 if told else 0)])
    lost, waiting = intersect(rest, gone), subtract(rest, gone)
    pending = waiting if is_current else []
    return Epoch(
        epoch=name,
        is_current=is_current,
        first=first,
        last=last,
        held=held,
        rejected=rejected,
        pending=pending,
        lost=lost,
        closed=[] if is_current else waiting,
        awaited=intersect(pending, book.refilled),
        merged=book.merged,
    )


def _span(first: int, last: int) -> list[Range]:
    return [(first, last)] if first <= last else []
