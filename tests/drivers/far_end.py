"""The far end of a serial line, played by a thread: it answers as it is told."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Sequence

from drivers.rtu import REQUEST_BYTES, crc
from tests.drivers.wire_tap import pair

Piece = tuple[float, bytes]
"""Wait so long after the one before [s], then send this."""


class FarEnd:
    """Answers each ``size`` bytes that arrive with what ``script`` makes of them.

    Questions are answered strictly one after the other, as a device does.
    """

    def __init__(
        self, script: Callable[[bytes], Sequence[Piece]], size: int = REQUEST_BYTES
    ) -> None:
        self.questions: list[bytes] = []
        self._script = script
        self._size = size
        self._far, self._near, self.path = pair()
        os.set_blocking(self._far, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "FarEnd":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the whole line away."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            os.close(self._far)
            os.close(self._near)

    def say(self, data: bytes) -> None:
        """Send something unasked."""
        os.write(self._far, data)

    def _run(self) -> None:
        held = b""
        while not self._stop.is_set():
            ready, _, _ = select.select([self._far], [], [], 0.02)
            if not ready:
                continue
            held += os.read(self._far, 4096)
            while len(held) >= self._size:
                question, held = held[: self._size], held[self._size :]
                self.questions.append(question)
                for wait_s, data in self._script(question):
                    time.sleep(wait_s)
                    with contextlib.suppress(BlockingIOError):  # nobody reads
                        os.write(self._far, data)


def words_asked(question: bytes) -> tuple[int, int]:
    """Start and count of a request for registers."""
    return int.from_bytes(question[2:4], "big"), int.from_bytes(question[4:6], "big")


def answer(question: bytes, words: Sequence[int], unit: int | None = None) -> bytes:
    """Answer to ``question`` with ``words``."""
    body = bytes((question[0] if unit is None else unit, question[1], 2 * len(words)))
    body += b"".join(word.to_bytes(2, "big") for word in words)
    return body + crc(body)


def refusal(question: bytes, code: int = 2) -> bytes:
    """Exception reply to ``question``."""
    body = bytes((question[0], question[1] | 0x80, code))
    return body + crc(body)
