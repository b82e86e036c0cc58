"""A gateway as ingest sees one: batches with numbers, spoken over a raw link."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from telemetry import messages, topics, wire
from telemetry.messages import Ack, Hello, HelloAnswer
from telemetry.mqtt import Broker, Incoming, Link
from telemetry.series import Series
from telemetry.topics import Identity

EPOCH = "7f3a9c12"
G1 = Identity("htx-moduc", "g1")
START_MS = 1_795_294_053_000  # 2026-11-22T03:47:33+07:00
WAIT_S = 20.0


def series(identity: Identity, number: int = 1, /, **changes: object) -> Series:
    """A soil-moisture series of ``identity``, or another by ``changes``."""
    about = {
        "quantity": "soil_moisture",
        "coop": identity.coop,
        "gateway": identity.gateway,
        "plot": f"p{number % 20}",
        "sensor": f"soil-a{number}",
        "z": -10,
    }
    return Series(**(about | changes))  # type: ignore[arg-type]


def lines_of(identity: Identity, first: int, rows: int) -> list[str]:
    """Lines of the readings numbered from ``first``, one a second."""
    return [
        wire.render_line(
            wire.head(series(identity, number % 80)),
            None if number % 50 == 0 else 20 + number % 200 / 10,
            9 if number % 50 == 0 else 1,
            START_MS + 1000 * number,
        )
        for number in range(first, first + rows)
    ]


def batch_of(
    lines: Iterable[str], first: int, *, epoch: str = EPOCH, merged: int = 0
) -> tuple[str, bytes]:
    """Digest and plain bytes of ``lines`` as a batch of numbers from ``first``."""
    listed = list(lines)
    return wire.render_batch(
        listed,
        epoch=epoch,
        first=first,
        last=first + len(listed) + merged - 1,
        merged=merged,
        clock="hello",
        err_ms=40,
    )


@dataclass
class Gateway:
    """One end of the wire, with all that it was told."""

    port: int
    identity: Identity = G1
    stored: list[str] = field(default_factory=list)
    rejected: list[tuple[str, int, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    answers: list[HelloAnswer] = field(default_factory=list)
    retained: list[Incoming] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.link = Link(
            Broker(host="127.0.0.1", port=self.port),
            client_id=f"{self.identity.coop}.{self.identity.gateway}",
            subscribe=self.identity.all_down,
        )
        self.link.connect()

    def say(self, leaf: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish under this gateway's prefix."""
        self.link.publish(self.identity.topic(leaf), payload, retain=retain)

    def hello(self, *, epoch: str = EPOCH, boot: str = "b1", next_: int = 1) -> None:
        """Say hello; the answer comes into ``answers``."""
        hello = Hello(epoch=epoch, boot=boot, mono_ms=17, oldest=1, next=next_)
        self.say(topics.UP_HELLO, messages.encode(hello))

    def send(self, lines: Iterable[str], first: int, **options: str) -> str:
        """Send a batch and return its digest."""
        batch, plain = batch_of(lines, first, **options)
        self.say(topics.UP_READINGS, wire.compress(plain))
        return batch

    def until(self, holds: Callable[[], object], within_s: float = WAIT_S) -> None:
        """Listen until ``holds()``."""
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                msg = f"not told so within {within_s:.0f} s: {self}"
                raise TimeoutError(msg)
            self.listen(0.02)

    def listen_for(self, for_s: float) -> None:
        """Take what comes within ``for_s``."""
        deadline = time.monotonic() + for_s
        while (left_s := deadline - time.monotonic()) > 0:
            self.listen(left_s)

    def listen(self, for_s: float) -> None:
        """Take what comes within one step of ``for_s``."""
        self.link.step(for_s)
        while self.link.arrived:
            message = self.link.arrived.popleft()
            if message.retain:
                self.retained.append(message)
            if message.topic == self.identity.topic(topics.DOWN_HELLO):
                self.answers.append(messages.decode(message.payload, HelloAnswer))
            else:
                ack = messages.decode(message.payload, Ack)
                self.stored += ack.stored
                self.rejected += ack.rejected
                self.refused += ack.refused
                self.alerts += ack.alerts
