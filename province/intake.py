"""What arrived, judged: each message becomes one of the records below.

Nothing here touches a connection, a file or a clock, and nothing here raises,
whatever the bytes.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from province.stores.base import Rejected
from telemetry import topics, wire
from telemetry.messages import MAX_JSON, Alert, Hello, MessageError, decode
from telemetry.mqtt import Incoming
from telemetry.ranges import Range, subtract
from telemetry.topics import Identity

DOCUMENTS: Final = (topics.UP_STATE, topics.UP_META, topics.UP_LINK)
MAX_NUMBER: Final = 10**18  # as the wire's grammar; fits SQLite's integers
STAMP_DIGITS: Final = 19  # of ns since 1970, as the wire's grammar
MAX_NAME: Final = 120  # characters of a boot's name or an alert's id

_EPOCH: Final = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not stored.  ``at`` counts the batch's lines from 0."""

    at: int
    text: bytes
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch whose envelope is sound.

    ``body`` holds the lines to store, ``numbers`` where each of them stood in
    the batch.  The stamps are those of the body. [ns since 1970]
    """

    identity: Identity
    envelope: wire.Envelope
    body: bytes
    numbers: Sequence[int]
    bad: list[BadLine]

    @property
    def stamps(self) -> tuple[int, int] | None:
        """First and last stamp of the body, ``None`` if it is empty."""
        # Two blanks a line: every second piece begins with a stamp.  All stamps
        # are of one length, so their order as text is their order in time.
        stamps = self.body.split(b" ")[2::2]
        if not stamps:
            return None
        return int(min(stamps)[:STAMP_DIGITS]), int(max(stamps)[:STAMP_DIGITS])

    @property
    def held(self) -> list[Range]:
        """Numbers that stand in the store once the body does.

        Among merged ones the number of a bad line is not known: the span is held,
        also where every line is bad.  The gateway then neither misses a number nor
        sends it again; the lines are in quarantine at both ends.
        """
        numbers = map(self.number_of, self.bad)
        bad = [(number, number) for number in numbers if number is not None]
        return subtract([(self.envelope.first, self.envelope.last)], bad)

    def number_of(self, bad: BadLine) -> int | None:
        """Number of one of the bad lines, ``None`` among merged ones."""
        return None if self.envelope.merged else self.envelope.first + bad.at


@dataclass(frozen=True, slots=True)
class Greeting:
    """An ``up/hello``."""

    identity: Identity
    hello: Hello


@dataclass(frozen=True, slots=True)
class Event:
    """An ``up/alert``; ``body`` as it came."""

    identity: Identity
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """An ``up/state``, ``up/meta`` or ``up/link``."""

    identity: Identity
    leaf: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that is not used."""

    identity: Identity
    payload: bytes
    why: str

    @property
    def digest(self) -> str:
        """Digest by which the acknowledgement names it."""
        return wire.digest(self.payload)


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that is nobody's business here, and why."""

    why: str


Heard = Batch | Greeting | Event | Document | Refused | Passed


def judge(message: Incoming) -> Heard:
    """Say what ``message`` is."""
    found = topics.parse(message.topic)
    if found is None:
        return Passed("foreign topic")
    identity, leaf = found
    if message.qos == 0:
        # Its sender asks for no receipt, and the broker may drop it unseen.
        return Passed(f"QoS 0 {leaf[:40]!r}")
    if message.retain and leaf not in DOCUMENTS:
        # Readings, hello and alerts are news; a retained one is of any age.
        return Passed(f"retained {leaf[:40]!r}")
    try:
        return _judge(identity, leaf, message.payload)
    except (wire.WireError, MessageError) as fault:
        return Refused(identity, message.payload, str(fault))


def without(batches: Sequence[Batch], rejected: Iterable[Rejected]) -> list[Batch]:
    """Return ``batches`` with the lines that the store refused told as bad.

    ``rejected`` counts the lines of the joined bodies, in the same order.
    """
    refused: dict[int, dict[int, str]] = {}
    starts = list(accumulate((len(batch.numbers) for batch in batches), initial=0))
    for one in rejected:
        index = bisect_right(starts, one.line) - 1
        refused.setdefault(index, {})[one.line - starts[index]] = one.why
    return [
        _less(batch, refused[index]) if index in refused else batch
        for index, batch in enumerate(batches)
    ]


def _less(batch: Batch, refused: Mapping[int, str]) -> Batch:
    """Return ``batch`` with some lines of its body, and why, among the bad ones."""
    lines = batch.body.splitlines(keepends=True)
    left = [at for at in range(len(lines)) if at not in refused]
    bad = [BadLine(batch.numbers[at], lines[at], why) for at, why in refused.items()]
    return replace(
        batch,
        body=b"".join(lines[at] for at in left),
        numbers=[batch.numbers[at] for at in left],
        bad=[*batch.bad, *bad],
    )


def _judge(identity: Identity, leaf: str, payload: bytes) -> Heard:
    if leaf in DOCUMENTS:
        return _document(identity, leaf, payload)
    match leaf:
        case topics.UP_READINGS:
            return _batch(identity, wire.decompress(payload))
        case topics.UP_PLAIN:
            return _batch(identity, payload)
        case topics.UP_HELLO:
            return Greeting(identity, _hello(payload))
        case topics.UP_ALERT:
            return Event(identity, _alert_id(payload), payload)
    return Passed(f"unknown leaf {leaf[:40]!r}")


def _batch(identity: Identity, plain: bytes) -> Batch:
    if len(plain) > wire.MAX_PLAIN:
        msg = f"longer than {wire.MAX_PLAIN} bytes"
        raise wire.WireError(msg)
    envelope, body = wire.open_envelope(plain)
    numbers: Sequence[int] = range(envelope.rows)
    bad: list[BadLine] = []
    faults = wire.faults(body, identity)
    if faults:
        lines = [line + b"\n" for line in body.split(b"\n")[:-1]]
        bad = [BadLine(at, lines[at], why) for at, why in faults]
        taken = {at for at, _ in faults}
        numbers = [at for at in numbers if at not in taken]
        body = b"".join(lines[at] for at in numbers)
    return Batch(
        identity=identity, envelope=envelope, body=body, numbers=numbers, bad=bad
    )


def _hello(payload: bytes) -> Hello:
    hello = decode(payload, Hello)
    numbers = (hello.mono_ms, hello.oldest, hello.next)
    if not _EPOCH.fullmatch(hello.epoch):
        msg = f"Hello: epoch {hello.epoch[:40]!r} is not 8 hex digits"
        raise MessageError(msg)
    if not all(0 <= number < MAX_NUMBER for number in numbers):
        msg = "Hello: mono_ms, oldest or next is out of bounds"
        raise MessageError(msg)
    if max(map(len, [hello.boot, *(boot for boot, _ in hello.begun)])) > MAX_NAME:
        msg = f"Hello: boot is longer than {MAX_NAME}"
        raise MessageError(msg)
    return hello


def _alert_id(payload: bytes) -> str:
    alert = decode(payload, Alert)
    if not 0 < len(alert.id) <= MAX_NAME:
        msg = f"Alert: id is not of 1..{MAX_NAME} characters"
        raise MessageError(msg)
    return alert.id


def _document(identity: Identity, leaf: str, payload: bytes) -> Heard:
    if not payload:
        return Passed(f"empty {leaf}")  # how a retained message is taken back
    if leaf == topics.UP_LINK:
        if payload not in (b"0", b"1"):
            msg = f"{leaf}: is neither 0 nor 1"
            raise MessageError(msg)
    elif len(payload) > MAX_JSON:
        msg = f"{leaf}: longer than {MAX_JSON} bytes"
        raise MessageError(msg)
    else:
        _json_object(leaf, payload)
    return Document(identity, leaf, payload)


def _json_object(leaf: str, payload: bytes) -> None:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as fault:
        msg = f"{leaf}: not JSON: {str(fault)[:100]}"
        raise MessageError(msg) from None
    if not isinstance(document, dict):
        msg = f"{leaf}: not a JSON object"
        raise MessageError(msg)
