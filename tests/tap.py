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
from telemetry.messages import Ack
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
    """One thread that listens to the broker at ``port``, over its restarts."""

    def __init__(self, port: int) -> None:
        self.batches: dict[str, Crossing] = {}  # by digest, in the order of coming
        self.acked: set[str] = set()
        self.again = 0  # rows that crossed once more
        self.faults: list[str] = []
        self.payload_bytes: Counter[str] = Counter()  # by leaf of the topic
        self._rows: dict[tuple[str, int], bytes] = {}
        self._link = Link(
            Broker(host="127.0.0.1", port=port),
            client_id="tap",
            subscribe=f"{topics.ROOT}/+/+/#",
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
        if leaf == topics.UP_READINGS:
            self._take_batch(message.payload)
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
