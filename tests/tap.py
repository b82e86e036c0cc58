"""A listener beside the chain: what crosses the broker, row by row.

It subscribes to all that gateways and province say.  Each line is hashed by its
number, so that a row that crosses twice with other bytes is found; batches and
acknowledgements are kept, so that others can ask what is under way.
"""

import contextlib
import hashlib
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final, Self

from telemetry import messages, topics, wire
from telemetry.messages import Ack, Alert
from telemetry.mqtt import Broker, Incoming, Link, LinkDown

STEP_S: Final = 0.02
RETRY_S: Final = 0.02  # sooner than any gateway, so that little is missed


@dataclass(frozen=True, slots=True)
class Crossing:
    """A batch as it was first seen on ``up/z``."""

    epoch: str
    first: int
    last: int
    line: bytes  # the first one
    at_s: float  # machine time


class Tap:
    """One thread that listens to the broker at ``port``, over its restarts.

    ``whose`` narrows it to one gateway: cooperative and name, with a slash between.
    With ``only_sizes`` the batches stay closed, so that it costs next to nothing.
    """

    def __init__(
        self, port: int, whose: str = "+/+", *, only_sizes: bool = False
    ) -> None:
        self.batches: dict[str, Crossing] = {}  # by digest, in the order of coming
        self.acked: set[str] = set()
        self.again = 0  # rows that crossed once more
        self.alerts: list[Alert] = []  # in the order of coming, repeats among them
        self.faults: list[str] = []
        self.payload_bytes: Counter[str] = Counter()  # by leaf of the topic
        self.packet_bytes: Counter[str] = Counter()  # the same, as packets
        self.first_s: dict[str, float] = {}  # machine time of the first message
        self._only_sizes = only_sizes
        self._rows: dict[tuple[str, int], bytes] = {}
        self._link = Link(
            Broker(host="127.0.0.1", port=port),
            client_id=f"tap {whose}",
            subscribe=f"{topics.ROOT}/{whose}/#",
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)

    @property
    def is_up(self) -> bool:
        """Whether it listens."""
        return self._link.is_up

    @property
    def rows(self) -> int:
        """Rows seen, each once."""
        return len(self._rows)

    @property
    def unacked(self) -> dict[str, Crossing]:
        """Batches that crossed and of which no acknowledgement was seen."""
        return {
            digest: batch
            for digest, batch in list(self.batches.items())
            if digest not in self.acked
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._link.is_up:
                    self._link.connect()
                self._link.step(STEP_S)
            except LinkDown:
                self._stop.wait(RETRY_S)
            while self._link.arrived:
                self._take(self._link.arrived.popleft())
        with contextlib.suppress(LinkDown):
            self._link.close()

    def _take(self, message: Incoming) -> None:
        parsed = topics.parse(message.topic)
        if parsed is None:
            return
        _, leaf = parsed
        self.payload_bytes[leaf] += len(message.payload)
        self.packet_bytes[leaf] += packet_bytes(message.topic, message.payload)
        self.first_s.setdefault(leaf, time.monotonic())
        if leaf == topics.UP_READINGS:
            if not self._only_sizes:
                self._take_batch(message.payload)
        elif leaf == topics.UP_ALERT:
            self.alerts.append(messages.decode(message.payload, Alert))
        elif leaf == topics.DOWN_ACK:
            ack = messages.decode(message.payload, Ack)
            self.acked.update(ack.stored)
            self.faults += [f"rejected: {why}" for _, _, why in ack.rejected]
            self.faults += [f"refused: {why}" for _, why in ack.refused]

    def _take_batch(self, payload: bytes) -> None:
        envelope, body = wire.open_envelope(wire.decompress(payload))
        lines = body.splitlines()
        crossing = Crossing(
            envelope.epoch, envelope.first, envelope.last, lines[0], time.monotonic()
        )
        self.batches.setdefault(envelope.batch, crossing)
        for seq, line in enumerate(lines, envelope.first):
            is_now = hashlib.blake2b(line, digest_size=8).digest()
            was = self._rows.setdefault((envelope.epoch, seq), is_now)
            if was is not is_now:
                self.again += 1
                if was != is_now:
                    self.faults.append(f"row {seq} crossed again as {line!r}")


def packet_bytes(topic: str, payload: bytes) -> int:
    """Length of a PUBLISH at QoS 1: MQTT 3.1.1, 3.3; MQTT 5 needs one byte more."""
    rest = 2 + len(topic) + 2 + len(payload)  # length of topic, topic, message id
    return 1 + max(1, -(-rest.bit_length() // 7)) + rest
