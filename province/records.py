"""What one round of ingest has to record in the ledger."""

from dataclasses import dataclass, field
from typing import Literal

from province.intake import Batch, Document, Event, Greeting
from telemetry.topics import Identity

AlarmKind = Literal["clone", "old-card", "twins", "ledger-behind", "impossible"]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A line or a whole body that was not stored, and why.

    ``number`` is that of a line in its ``epoch``, ``None`` where nobody knows it.
    """

    identity: Identity
    kind: Literal["line", "body"]
    payload: bytes
    reason: str
    epoch: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a gateway, or the ledger, cannot have done by itself.

    ``clone``: numbers that are held were sent again within another batch.
    ``old-card``: a hello whose next number is held already.
    ``twins``: a hello of an epoch that another one had replaced.
    ``ledger-behind``: a hello that counts more as confirmed than the ledger holds.
    ``impossible``: numbers that contradict each other.
    """

    identity: Identity
    epoch: str
    kind: AlarmKind
    first: int
    last: int
    batch: str = ""


@dataclass(slots=True)
class Round:
    """What one round of ingest has to record."""

    batches: list[Batch] = field(default_factory=list)
    greetings: list[Greeting] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
