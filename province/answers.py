"""What a settled round leads to: the ledger's record and the acknowledgements.

Pure: the store has spoken, nothing is written yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from province.intake import Batch, Document, Event, Greeting, Heard, Refused
from province.records import Quarantined, Round
from telemetry.messages import Ack
from telemetry.topics import Identity

MAX_REJECTED: Final = 1_000  # lines named by one ack, some 200 kB; MAX_JSON is 262 kB


def record_of(heard: Sequence[Heard]) -> Round:
    """Return what the ledger has to record of a round."""
    batches = [one for one in heard if isinstance(one, Batch)]
    lines = [
        Quarantined(
            *(batch.identity, "line", bad.text, bad.why),
            *(batch.envelope.epoch, batch.number_of(bad)),
        )
        for batch in batches
        for bad in batch.bad
    ]
    bodies = [
        Quarantined(one.identity, "body", one.payload, one.why)
        for one in heard
        if isinstance(one, Refused)
    ]
    return Round(
        batches=batches,
        greetings=[one for one in heard if isinstance(one, Greeting)],
        events=[one for one in heard if isinstance(one, Event)],
        documents=[one for one in heard if isinstance(one, Document)],
        quarantined=lines + bodies,
    )


def acks_of(
    heard: Iterable[Heard], epoch_of: Callable[[Identity], str]
) -> Iterator[tuple[Identity, Ack]]:
    """Yield one acknowledgement for each gateway and epoch, more if it is long.

    What carries no epoch, alerts and refused payloads, goes with ``epoch_of``
    the gateway: the one of its last hello.
    """
    groups: dict[tuple[Identity, str], list[Heard]] = {}
    for one in heard:
        match one:
            case Batch():
                key = (one.identity, one.envelope.epoch)
            case Event() | Refused():
                key = (one.identity, epoch_of(one.identity))
            case _:
                continue
        groups.setdefault(key, []).append(one)
    for (identity, epoch), some in groups.items():
        for part in _parts(some):
            yield identity, _ack(epoch, part)


def _parts(heard: Iterable[Heard]) -> Iterator[list[Heard]]:
    """Cut where an acknowledgement would name too many lines."""
    part: list[Heard] = []
    lines = 0
    for one in heard:
        bad = len(one.bad) if isinstance(one, Batch) else 0
        if part and lines + bad > MAX_REJECTED:
            yield part
            part, lines = [], 0
        part.append(one)
        lines += bad
    yield part


def _ack(epoch: str, heard: Sequence[Heard]) -> Ack:
    batches = [one for one in heard if isinstance(one, Batch)]
    return Ack(
        epoch=epoch,
        stored=[batch.envelope.batch for batch in batches],
        rejected=[
            (batch.envelope.batch, bad.at, bad.why)
            for batch in batches
            for bad in batch.bad
        ],
        refused=[(one.digest, one.why) for one in heard if isinstance(one, Refused)],
        alerts=[one.id for one in heard if isinstance(one, Event)],
    )
