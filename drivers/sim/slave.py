"""A simulated bus: devices that answer on a pseudo-terminal at a true baud rate.

One thread a bus.  A request of n bytes takes n characters from the arrival of
its first byte, the answer begins a silence later, and no byte of it comes
before the wire could have brought it.  The thread sleeps in ``select`` until
bytes come or the next piece is due.
"""

import heapq
import itertools
import math
import os
import random
import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from drivers.sim.port import PseudoPort
from drivers.sim.wire import AT_ONCE, LineRequests, Request, RtuRequests, Timing
from telemetry.clock import machine_s


@dataclass(slots=True)
class Faults:
    """Switches that make a device misbehave; all off at first.

    ``delay_s`` is waited before each answer.  ``exception`` is answered instead
    of data.  ``flip`` is the chance that an answer has one bit turned, drawn
    from ``seed``.
    """

    silent: bool = False
    delay_s: float = 0.0
    exception: int | None = None
    flip: float = 0.0
    seed: int = 0
    _dice: random.Random | None = field(default=None, repr=False)

    def spoil(self, answer: bytes) -> bytes:
        """Turn one bit of ``answer``, or none."""
        if not self.flip:
            return answer
        if self._dice is None:
            self._dice = random.Random(self.seed)  # noqa: S311  repeatable on purpose
        if self._dice.random() >= self.flip:
            return answer
        spoilt = bytearray(answer)
        bit = self._dice.randrange(8 * len(answer))
        spoilt[bit // 8] ^= 1 << bit % 8
        return bytes(spoilt)


class Device(Protocol):
    """What a simulated bus asks of the things on it."""

    name: str
    faults: Faults

    def answer(self, frame: bytes) -> bytes | None:
        """Bytes to answer to ``frame``; ``None`` if it was not for this device."""

    def told(self, frame: bytes, answer: bytes) -> None:
        """The last byte of ``answer`` to ``frame`` is on the wire."""


class SimulatedBus:
    """Serves ``devices`` at the symlink ``path`` between ``start`` and ``close``."""

    def __init__(
        self,
        path: Path,
        devices: Sequence[Device],
        *,
        timing: Timing = AT_ONCE,
        lines: bool = False,
        echo: bool = False,
    ) -> None:
        self.path = path
        self.echo = echo
        self._devices = devices
        self._timing = timing
        # at once, a frame still needs a moment to be told from the next
        self._requests = (
            LineRequests() if lines else RtuRequests(max(timing.silence_s, 0.002))
        )
        self._due: list[tuple[float, int, bytes, Callable[[], None]]] = []
        self._order = itertools.count()
        self._free_s: dict[str, float] = {}
        self._port: PseudoPort | None = None
        self._wake = (-1, -1)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Make the port and begin to answer.

        Raises
        ------
        ConfigError
            Something stands at ``path`` that no simulator has put there.
        """
        self._port = PseudoPort(self.path)
        self._wake = os.pipe()
        self._thread = threading.Thread(
            target=self._run, args=(self._port,), name=f"sim {self.path}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and take the port away."""
        if self._port is None or self._thread is None:
            return
        os.write(self._wake[1], b"x")
        self._thread.join()
        self._port.close()
        for end in self._wake:
            os.close(end)
        self._port = self._thread = None

    def __enter__(self) -> "SimulatedBus":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, port: PseudoPort) -> None:
        stop = self._wake[0]
        while True:
            next_s = self._requests.until_s()
            if self._due:
                next_s = min(next_s, self._due[0][0])
            wait_s = None if next_s == math.inf else max(0.0, next_s - machine_s())
            # select, since epoll rounds up to whole milliseconds: a character
            ready, _, _ = select.select([port.fileno(), stop], [], [], wait_s)
            if stop in ready:
                return
            now_s = machine_s()
            if port.fileno() in ready:
                for request in self._requests.feed(port.read(), now_s):
                    self._take(request)
            for request in self._requests.expire(now_s):
                self._take(request)
            self._send(port)

    def _take(self, request: Request) -> None:
        """Ask the devices and plan when their answers are on the wire."""
        frame, through_s = request.frame, request.first_s
        through_s += len(frame) * self._timing.char_s
        if self.echo:
            self._plan(frame, request.first_s, _nothing)
        for device in self._devices:
            if device.faults.silent or (answer := device.answer(frame)) is None:
                continue
            begin_s = through_s + self._timing.silence_s + device.faults.delay_s
            # one device answers one question after the other
            begin_s = max(begin_s, self._free_s.get(device.name, 0.0))
            self._free_s[device.name] = self._plan(
                device.faults.spoil(answer),
                begin_s,
                partial(device.told, frame, answer),
            )

    def _plan(self, answer: bytes, begin_s: float, then: Callable[[], None]) -> float:
        end_s = begin_s + len(answer) * self._timing.char_s
        for at_s, piece in self._timing.chunks(answer, begin_s):
            last = then if at_s >= end_s else _nothing
            heapq.heappush(self._due, (at_s, next(self._order), piece, last))
        return end_s

    def _send(self, port: PseudoPort) -> None:
        while self._due and self._due[0][0] <= machine_s():
            _, _, piece, then = heapq.heappop(self._due)
            port.write(piece)
            then()


def _nothing() -> None:
    """What follows a piece that is not the last."""
