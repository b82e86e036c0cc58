"""What a hello says against what the ledger knows: late, good or alarming.  Pure.

The broker may bring a hello again, after a crash or with a duplicate: one that is
not newer than the newest of its boot is *late* and says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from province.records import Alarm
from telemetry.messages import Hello
from telemetry.topics import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger knows when a hello comes.

    ``current`` is the epoch of the gateway's last hello; ``first`` that of the
    hello's epoch, ``mono_ms`` and ``next`` its newest of the same boot.  Of the
    numbers below the hello's ``next`` the ledger holds ``held``, the highest of all
    is ``last``; ``awaited`` of them a refill has taken out.
    """

    current: str | None
    is_heard: bool  # the hello's epoch has said hello before
    first: int | None
    mono_ms: int | None
    next: int | None
    held: int
    last: int | None
    awaited: int


def is_late(hello: Hello, known: Known) -> bool:
    """Whether a newer hello of the same boot and epoch was heard before."""
    if known.mono_ms is None or known.next is None:
        return False
    return hello.mono_ms < known.mono_ms or (
        # Field time may stand still in a simulation.
        hello.mono_ms == known.mono_ms and hello.next <= known.next
    )


def alarms_of(identity: Identity, hello: Hello, known: Known) -> Iterator[Alarm]:
    """What is wrong with a hello that is not late."""
    epoch, last = hello.epoch, hello.next - 1
    if known.is_heard and epoch != known.current:
        yield Alarm(identity, epoch, "twins", hello.oldest, last)
    if known.last is not None and known.last >= hello.next:
        yield Alarm(identity, epoch, "old-card", hello.next, known.last)
    elif known.next is not None and hello.next < known.next:
        yield Alarm(identity, epoch, "impossible", hello.next, known.next - 1)
    if not _adds_up(hello) or (
        hello.first is not None and known.first not in (None, hello.first)
    ):
        yield Alarm(identity, epoch, "impossible", hello.oldest, last)
    elif hello.held > known.held + known.awaited:
        yield Alarm(identity, epoch, "ledger-behind", hello.oldest, last)


def _adds_up(hello: Hello) -> bool:
    first = 1 if hello.first is None else hello.first
    given = hello.next - first
    return first <= hello.oldest <= hello.next and hello.held <= given
