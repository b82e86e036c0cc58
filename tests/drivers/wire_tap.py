"""A serial wire that keeps time, between a bus and a slave, and measures.

Usage: python tests/drivers/wire_tap.py BAUDRATE [FAR]
Prints the bus's end and the slave's end (``FAR`` if given) and carries bytes
between them at the rate of 8N1 until its standard input closes; then prints what
it saw as JSON.  A slave's answer begins 3.5 characters after the question's last
byte at the earliest, as the protocol wants it, however fast the slave is.
"""

import contextlib
import heapq
import json
import os
import select
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field

SILENCE_CHARS = 3.5
CHAR_BITS = 10  # 8N1


@dataclass
class Tap:
    """Both ends and the bytes that are on the wire between them."""

    char_s: float
    near: int
    far: int
    busy_until_s: float = 0.0
    was_question: bool = False
    gaps: list[float] = field(default_factory=list)  # before each question [chars]
    questions: list[tuple[float, int]] = field(default_factory=list)  # [s], bytes
    due: list[tuple[float, int, int, bytes]] = field(default_factory=list)

    def question(self, data: bytes, now_s: float) -> None:
        """Bytes of the bus: the slave has them when the last one is through."""
        if self.questions:
            self.gaps.append((now_s - self.busy_until_s) / self.char_s)
        self.questions.append((now_s, len(data)))
        end_s = max(now_s, self.busy_until_s) + len(data) * self.char_s
        self._put(end_s, self.far, data)
        self.busy_until_s, self.was_question = end_s, True

    def answer(self, data: bytes, now_s: float) -> None:
        """Bytes of the slave: the bus gets them one by one."""
        silence_s = SILENCE_CHARS * self.char_s if self.was_question else 0.0
        at_s = max(now_s, self.busy_until_s + silence_s)
        for n in range(len(data)):
            at_s += self.char_s
            self._put(at_s, self.near, data[n : n + 1])
        self.busy_until_s, self.was_question = at_s, False

    def _put(self, at_s: float, end: int, data: bytes) -> None:
        heapq.heappush(self.due, (at_s, len(self.due), end, data))

    def run(self, stop: int) -> None:
        """Carry bytes until ``stop`` can be read."""
        while True:
            wait_s = max(0.0, self.due[0][0] - time.monotonic()) if self.due else None
            ready, _, _ = select.select([self.near, self.far, stop], [], [], wait_s)
            now_s = time.monotonic()
            if stop in ready:
                return
            if self.near in ready:
                self.question(os.read(self.near, 4096), now_s)
            if self.far in ready:
                self.answer(os.read(self.far, 4096), now_s)
            while self.due and self.due[0][0] <= time.monotonic():
                _, _, end, data = heapq.heappop(self.due)
                os.write(end, data)

    def report(self) -> dict[str, object]:
        """Return what the wire saw: instants and sizes of questions, gaps."""
        return {
            "questions": self.questions,
            "gaps": self.gaps,
        }


class Tapped:
    """A running tap: its two ends, and what it saw once the context has ended."""

    def __init__(self, near: str, far: str) -> None:
        self.near = near
        self.far = far
        self.questions: list[tuple[float, int]] = []  # when [s], bytes
        self.gaps: list[float] = []  # silence before each but the first [chars]


@contextlib.contextmanager
def tapping(baudrate: int, far: str = "") -> Iterator[Tapped]:
    """Run a tap in a process of its own while the context lasts."""
    command = [sys.executable, __file__, str(baudrate), *([far] if far else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tap:
        assert tap.stdin is not None
        assert tap.stdout is not None
        tapped = Tapped(*tap.stdout.readline().split())
        try:
            yield tapped
        finally:
            tap.stdin.close()
            for name, value in json.loads(tap.stdout.read()).items():
                setattr(tapped, name, value)
            tap.wait(10)


def pair() -> tuple[int, int, str]:
    """Open a raw pseudo-terminal: its ends and the name of the second."""
    far, near = os.openpty()
    tty.setraw(near)
    return far, near, os.ttyname(near)


def main() -> None:
    """Carry bytes as the command line says."""
    baudrate, *given = sys.argv[1:]
    near, near_kept, near_name = pair()
    if given:
        far, far_name = os.open(given[0], os.O_RDWR | os.O_NOCTTY), given[0]
        tty.setraw(far)
    else:
        far, _, far_name = pair()
    print(near_name, far_name, flush=True)
    tap = Tap(CHAR_BITS / int(baudrate), near, far)
    tap.run(sys.stdin.fileno())
    print(json.dumps(tap.report()))
    os.close(near_kept)


if __name__ == "__main__":
    main()
