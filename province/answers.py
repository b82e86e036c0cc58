"""What a settled round leads to: the ledger's record, acknowledgements and answers.

Pure: the store has spoken, nothing is written yet.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from province.intake import Batch, Document, Event, Greeting, Heard, Refused
from province.records import Quarantined, Round
from telemetry.messages import MAX_JSON, Ack, encode
from telemetry.ranges import Range
from telemetry.topics import Identity

MOST: Final = 200_000  # bytes of one acknowledgement; MAX_JSON is 262 kB
# Several are cut so small: a broker of 3.1.1 drops what is above its limit and does
# not say so.  Ten batches without a bad line need 300 bytes.
SMALL: Final = 8_000
HEAD_BYTES: Final = 1024  # of a hello's answer, beside its ranges
COMMAS: Final = 2  # that part a thing's digest and lines from others in JSON


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


def nameable(batch: Batch, payload: bytes, most: int) -> Batch | Refused:
    """Refuse a batch with more bad lines than an acknowledgement of ``most`` names.

    It comes again by rows, and each of these is answered alone.
    """
    size = len(encode(_ack(batch.envelope.epoch, [batch]))) if batch.bad else 0
    if size <= most:
        return batch
    why = f"{len(batch.bad)} bad lines, too many for one answer: {batch.bad[0].why}"
    return Refused(batch.identity, payload, why)


def acks_of(
    heard: Iterable[Heard],
    epoch_of: Callable[[Identity], str],
    most_of: Callable[[Identity], int] = lambda _: MOST,
) -> Iterator[tuple[Identity, Ack]]:
    """Yield one acknowledgement for each gateway and epoch, more if it is long.

    None is longer than the gateway can be sent, ``most_of`` it, if its parts are not.
    What carries no epoch, alerts and refused payloads, goes with ``epoch_of`` the
    gateway: the one of its last hello.
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
        for part in _parts(some, epoch, min(SMALL, most_of(identity))):
            yield identity, _ack(epoch, part)


def _parts(heard: Iterable[Heard], epoch: str, most: int) -> Iterator[list[Heard]]:
    """Cut where an acknowledgement would become longer than ``most``."""
    empty = len(encode(_ack(epoch, [])))
    part: list[Heard] = []
    size = empty
    for one in heard:
        more = len(encode(_ack(epoch, [one]))) - empty + COMMAS
        if part and size + more > most:
            yield part
            part, size = [], empty
        part.append(one)
        size += more
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


def newest(held: Sequence[Range], most: int) -> list[Range]:
    """Return the last of ``held`` that fit into a hello's answer of ``most`` bytes."""
    room = min(most, MAX_JSON) - HEAD_BYTES
    sizes = (len(f"[{first},{last}],") for first, last in reversed(held))
    fit = bisect_right(list(accumulate(sizes)), room)
    return list(held[len(held) - fit :])


def known_from(held: Sequence[Range], whole: Sequence[Range]) -> int:
    """Return from which number on the newest ranges ``held`` say all of ``whole``."""
    if len(held) == len(whole):
        return 1
    return held[0][0] if held else whole[-1][1] + 1
