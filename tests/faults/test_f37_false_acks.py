"""F37: acknowledgements that are late, repeated, forged, foreign or impossible.

The test itself is the province: a real gateway and a real broker, and every word that
reaches the gateway from the other end is the test's.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.reader import Reader
from telemetry import messages, ranges, topics, wire
from telemetry.messages import Ack, Hello, HelloAnswer
from telemetry.mqtt import Broker, Link
from telemetry.topics import Identity
from tests import parts, programs
from tests.faults import cards

G1 = Identity("htx-moduc", "g1")
ROWS = 1200
QUIET_S = 1.5  # several commits of the gateway


class Liar:
    """The other end: it hears the gateway and says what the test wants."""

    def __init__(self, port: int) -> None:
        self.batches: dict[str, wire.Envelope] = {}
        self.times: dict[str, int] = {}
        self.hellos: list[Hello] = []
        self._link = Link(
            Broker(host="127.0.0.1", port=port),
            client_id="liar",
            subscribe=topics.ALL_UP,
        )
        self._link.connect()

    def listen(self, for_s: float) -> None:
        deadline = time.monotonic() + for_s
        while time.monotonic() < deadline:
            self._link.step(0.02)
            while self._link.arrived:
                message = self._link.arrived.popleft()
                if message.topic == G1.topic(topics.UP_READINGS):
                    plain = wire.decompress(message.payload)
                    envelope, _ = wire.open_envelope(plain)
                    self.batches[envelope.batch] = envelope
                    self.times[envelope.batch] = self.times.get(envelope.batch, 0) + 1
                elif message.topic == G1.topic(topics.UP_HELLO):
                    self.hellos.append(messages.decode(message.payload, Hello))

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + cards.WITHIN_S
        while not holds():
            assert time.monotonic() < deadline, "the gateway did not say so in time"
            self.listen(0.05)

    def answer(self, held: list[tuple[int, int]]) -> None:
        hello = self.hellos[-1]
        now_ms = time.time_ns() // 1_000_000
        answer = HelloAnswer(
            epoch=hello.epoch, mono_ms=hello.mono_ms, utc_ms=now_ms, held=held
        )
        self.say(topics.DOWN_HELLO, messages.encode(answer))

    def say(self, leaf: str, payload: bytes, *, retain: bool = False) -> None:
        self._link.publish(G1.topic(leaf), payload, retain=retain)
        self.listen(0.02)

    def ack(self, **what: object) -> None:
        about = {"epoch": self.hellos[-1].epoch} | what
        self.say(topics.DOWN_ACK, messages.encode(Ack(**about)))  # type: ignore[arg-type]

    def close(self) -> None:
        self._link.close()


def state(card: Path) -> tuple[list[tuple[int, int]], list[tuple[int, int]], int]:
    """Held, quarantined, and how many rows the card has."""
    reader = Reader(card / "data" / "buffer.db")
    ledger = reader.ledger()
    rows = sum(len(run.rows) for run in _runs(reader, ledger.next))
    reader.close()
    return ledger.held, ledger.quarantined, rows


def _runs(reader: Reader, next_: int) -> Iterator[object]:
    first = 1
    while first < next_ and (run := reader.run(first, next_ - 1)) is not None:
        yield run
        first = run.numbers[-1] + 1


@pytest.fixture
def card(tmp_path: Path, broker: parts.Part) -> Path:
    folder = tmp_path / "a"
    cards.config(folder, broker.port, "send_every_s = 0.3\nresend_after_s = 2")
    cards.fill(folder, ROWS)
    return folder


@pytest.fixture
def liar(broker: parts.Part) -> Iterator[Liar]:
    one = Liar(broker.port)
    yield one
    one.close()


def test_only_the_digest_of_an_open_batch_confirms_and_a_lie_is_healed(
    card: Path, liar: Liar, record_property
) -> None:
    with programs.gateway(card) as gateway:
        liar.until(lambda: liar.hellos)
        liar.answer([])
        liar.until(lambda: len(liar.batches) >= 3)
        one, two, three = sorted(liar.batches, key=lambda b: liar.batches[b].first)[:3]
        before = state(card)

        lies = (
            {"stored": ["0" * 16, "f" * 16, "", "x" * 10_000]},
            {"stored": [one, two], "epoch": "00000000"},
            {"stored": [one, two], "epoch": ""},
            {"rejected": [(one, 0, "no"), (one, 10**9, "no"), (two, -1, "no")]},
            {"refused": [(one, "a batch's digest is no payload's")]},
            {"alerts": ["never-told-1", ""]},
        )
        for lie in lies:
            liar.ack(**lie)
        for junk in (b"", b"{", b"[" * 50_000, b'{"v":1,"epoch":5}', b"\xff" * 100):
            liar.say(topics.DOWN_ACK, junk)
        true = messages.encode(Ack(epoch=liar.hellos[-1].epoch, stored=[two]))
        liar.say(topics.DOWN_ACK, true, retain=True)  # of any age: heard as no news
        liar.say(topics.DOWN_ACK, b"", retain=True)
        liar.listen(QUIET_S)
        after_lies = state(card)

        liar.ack(stored=[one], rejected=[(one, 10**6, "beyond its rows")])
        liar.listen(QUIET_S)
        after_one = state(card)
        for _ in range(3):  # repeated, and late
            liar.ack(stored=[one])
        liar.listen(QUIET_S)
        repeated = state(card)
        running = gateway.exit_code is None
        gateway.stop()

    span = (liar.batches[one].first, liar.batches[one].last)
    assert running
    assert after_lies[0] in (before[0], [_span(liar, two)])
    assert after_lies[1] == []
    assert ranges.subtract(after_one[0], after_lies[0]) == [span]
    assert repeated[0] == after_one[0]
    assert after_one[1] == repeated[1] == []
    assert repeated[2] >= before[2] >= ROWS  # nothing is deleted
    assert liar.times[three] > 1  # what has no answer is sent again
    assert "Traceback" not in gateway.text

    # An acknowledgement that lied with a true digest: the next hello finds it out.
    with programs.gateway(card) as gateway:
        said = len(liar.hellos)
        liar.until(lambda: len(liar.hellos) > said)
        claimed = liar.hellos[-1].held
        seen = liar.times[one]
        liar.answer([])
        liar.until(lambda: _is_covered(liar, span, seen, one))
        gateway.stop()

    assert claimed >= span[1] - span[0] + 1
    record_property("figure", f"{len(lies) + 7} false acks: 0 rows confirmed, 0 gone")


def _span(liar: Liar, batch: str) -> tuple[int, int]:
    return liar.batches[batch].first, liar.batches[batch].last


def _is_covered(liar: Liar, span: tuple[int, int], seen: int, batch: str) -> bool:
    """Whether the rows of a batch came again, in it or cut anew."""
    others = [
        _span(liar, other)
        for other, times in liar.times.items()
        if other != batch and times > 0
    ]
    return liar.times[batch] > seen or not ranges.subtract([span], others)
