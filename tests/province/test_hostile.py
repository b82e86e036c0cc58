"""Hostile payloads: random bytes and good messages bent a little, in great number."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from province.ingest import WINDOW, Ingest
from province.ledger import Ledger
from province.stores.sqlite import SqliteStore
from telemetry import wire
from telemetry.messages import Hello, encode
from telemetry.mqtt import Incoming
from telemetry.ranges import total
from tests.province.gateway import EPOCH, G1, batch_of, lines_of
from tests.province.test_intake import ALERT
from tests.province.test_rounds import HeldBroker, MachineTime

SEED = 20262
LEAVES = ("up/z", "up/r", "up/hello", "up/alert", "up/state", "up/link", "up/meta")
TOPICS = (*map(G1.topic, LEAVES), "canhdong/v1/a/b", "canhdong/v1/\x00/g/up/z", "", "#")
NUMBERS = (0, 1, -1, 2**31, 2**63 - 1, 2**63, 10**18, 10**40, 1.5, "1", None, [])


def hostile(draw: random.Random) -> Iterator[Incoming]:
    """Messages without end: some good, some bent, some noise."""
    _, plain = batch_of(lines_of(G1, 1, 12), 1)
    about = {"v": 1, "epoch": EPOCH, "boot": "b1", "mono_ms": 1, "oldest": 1, "next": 9}
    hello = Hello(epoch=EPOCH, boot="b1", mono_ms=1, oldest=1, next=9, lost=[(1, 2)])
    good = (plain, wire.compress(plain), encode(hello), encode(ALERT), b'{"n":1}', b"1")
    while True:
        kind = draw.randrange(6)
        if kind == 0:
            payload = draw.randbytes(draw.randrange(200))
        elif kind == 1:
            bent = {**about, draw.choice(list(about)): draw.choice(NUMBERS)}
            bent["lost"] = [[draw.choice(NUMBERS), draw.choice(NUMBERS)]]
            payload = encode(bent)
        elif kind == 2:  # a sound envelope around unsound lines, with wild numbers
            lines = lines_of(G1, 1, 3)
            lines[draw.randrange(3)] = draw.choice(("\n", "x\n", 'a="\\"\n', "é\n"))
            first, merged = draw.choice((1, 10**17)), draw.choice((0, 5, 10**17))
            text = "".join(lines).encode("ascii", "replace").decode()
            payload = batch_of([text], first, merged=merged + 2)[1]
        else:
            payload = _bent(draw, draw.choice(good))
        if draw.random() < 0.2:
            payload = wire.compress(payload)
        topic = draw.choice(TOPICS)
        yield Incoming(topic, payload, draw.random() < 0.1, 1, draw.randrange(3))


def _bent(draw: random.Random, payload: bytes) -> bytes:
    bytes_ = bytearray(payload)
    for _ in range(draw.randrange(4)):
        at = draw.randrange(len(bytes_))
        match draw.randrange(3):
            case 0:
                bytes_[at] = draw.randrange(256)
            case 1:
                del bytes_[at : at + draw.randrange(1, 9)]
            case 2:
                bytes_[at:at] = draw.randbytes(draw.randrange(1, 9))
        if not bytes_:
            break
    return bytes(bytes_)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder whose files cost no flush."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@pytest.mark.parametrize(
    "count", [2_000, pytest.param(100_000, marks=[pytest.mark.real])]
)
@pytest.mark.timeout(600)
def test_no_payload_stops_ingest_or_keeps_a_good_one_from_being_stored(
    count: int, in_memory: Path
) -> None:
    store = SqliteStore(in_memory / "readings.db")
    ledger = Ledger(in_memory / "ledger.db")
    broker, clock = HeldBroker(), MachineTime()
    ingest = Ingest(link=broker, store=store, ledger=ledger, clock=clock)  # type: ignore[arg-type]
    messages = hostile(random.Random(SEED))
    first, wanted = 5_000_000, []
    for at in range(0, count, WINDOW - 1):
        for _ in range(WINDOW - 1):
            broker.inbox.append(next(messages))
        if at % 900 == 0:
            digest, plain = batch_of(lines_of(G1, first, 5), first)
            broker.bring("up/r", plain)
            wanted.append(digest)
            first += 5
        while broker.inbox:
            ingest.step()
            clock.now_s += 1
    store.close()

    stored = {digest for ack in broker.acks for digest in ack.stored}
    assert set(wanted) <= stored
    held = [span for span in ledger.held(G1, EPOCH) if span[0] <= 5_000_000 <= span[1]]
    assert total(held) >= 5 * len(wanted)
    ledger.close()
