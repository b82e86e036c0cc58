"""What is said to the recorder, and what it says to the uplink."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.records import Change, Ledger
from telemetry.ranges import Range
from telemetry.reading import Reading


@dataclass(slots=True)
class Request:
    """A change that the uplink asks for; ``done`` is called once it is committed.

    With ``at_once`` it does not wait for the next commit of readings.  Numbers and
    ids are those of ``epoch``: in another one they mean other rows, so of a change
    of an earlier epoch only its alerts are taken.
    """

    change: Change
    at_once: bool = False
    done: Callable[[], None] | None = None
    epoch: str | None = None  # None: the change names no number and no id


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """The province knows numbers that this buffer never gave.

    ``held`` are those that it has of this very buffer.
    """

    held: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Damaged:
    """A reader cannot read the file, and it is not the way to it that fails."""

    why: str
    epoch: str  # of the file that was read; another one may stand there by now


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a hello of this connection stands: only then may held rows age out."""

    hello: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person says of the newest episode with this code.

    ``done`` is called once it is committed.
    """

    code: str
    verdict: str
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody has counted: the series, the minute, the value."""

    head: str  # measurement and tags on the wire
    minute_ms: int  # UTC, a whole minute [ms since 1970]
    value: float


@dataclass(frozen=True, slots=True)
class Counted:
    """A file of counts; ``digest`` names its bytes, so that it has one effect.

    ``done`` is called once it is committed, with how many were not there before.
    """

    counts: tuple[Count, ...]
    digest: str
    done: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Committed:
    """To the uplink: rows below ``next`` are stored."""

    next: int
    alerts: Mapping[str, bytes] = field(default_factory=dict)


Message = list[Reading] | Request | NewEpoch | Damaged | Standing | Answered | Counted
News = Committed | Ledger
