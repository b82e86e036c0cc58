"""How long bytes take on a serial wire, and how requests are told apart.

Pure: time is an argument.  A pseudo-terminal carries a whole frame at once, so
the time that the characters would have taken is added here.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from drivers.port import Parity, char_s, silence_s
from drivers.rtu import REQUEST_BYTES, is_whole

CHUNK_CHARS: Final = 8  # half the 16-byte FIFO of a PL011: bytes arrive like this
LINE_END: Final = b"\n"
SHORTEST: Final = 4  # bytes: address, function and checksum
LONGEST: Final = 256  # bytes of an RTU frame; Modbus over Serial Line 1.02, 2.5.1


@dataclass(frozen=True, slots=True)
class Timing:
    """Character time and silence of one serial setting; zero means at once."""

    char_s: float
    silence_s: float

    @classmethod
    def of(cls, baudrate: int, parity: Parity = "N", stopbits: int = 1) -> "Timing":
        """Return the times of a line as its config describes it."""
        return cls(
            char_s(baudrate, parity, stopbits), silence_s(baudrate, parity, stopbits)
        )

    def chunks(self, answer: bytes, begin_s: float) -> Iterator[tuple[float, bytes]]:
        """Cut an answer into (instant at which its last byte is through, bytes).

        >>> [round(at, 3) for at, _ in Timing.of(10_000).chunks(bytes(20), 0.0)]
        [0.008, 0.016, 0.02]
        """
        size = CHUNK_CHARS if self.char_s else max(1, len(answer))
        for at in range(0, len(answer), size):
            piece = answer[at : at + size]
            yield begin_s + (at + len(piece)) * self.char_s, piece


AT_ONCE: Final = Timing(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Request:
    """A frame as it came, and when its first byte did. [s]"""

    frame: bytes
    first_s: float


@dataclass(slots=True)
class RtuRequests:
    """Finds Modbus RTU requests in what arrives.

    Eight bytes with a good checksum are a request.  What does not fit ends by
    silence, as the protocol says; then a good checksum still makes it a
    request, of a function that is not known here.
    """

    silence_s: float
    _held: bytearray = field(default_factory=bytearray)
    _first_s: float = 0.0
    _last_s: float = 0.0

    def feed(self, arrived: bytes, at_s: float) -> Iterator[Request]:
        """Take bytes, give the requests that they complete."""
        if not self._held:
            self._first_s = at_s
        self._held += arrived
        self._last_s = at_s
        while len(self._held) >= REQUEST_BYTES:
            head = bytes(self._held[:REQUEST_BYTES])
            if not is_whole(head):
                return
            del self._held[:REQUEST_BYTES]
            yield Request(head, self._first_s)
            self._first_s = at_s

    def expire(self, at_s: float) -> Iterator[Request]:
        """End the frame in hand if the line has been silent for long enough."""
        if not self._held or at_s < self.until_s():
            return
        frame = bytes(self._held)
        self._held.clear()
        if SHORTEST <= len(frame) <= LONGEST and is_whole(frame):
            yield Request(frame, self._first_s)

    def until_s(self) -> float:
        """Instant at which ``expire`` has something to do; infinite if none. [s]"""
        return self._last_s + self.silence_s if self._held else math.inf


@dataclass(slots=True)
class LineRequests:
    """Finds commands that end with a line feed."""

    _held: bytearray = field(default_factory=bytearray)
    _first_s: float = 0.0

    def feed(self, arrived: bytes, at_s: float) -> Iterator[Request]:
        """Take bytes, give the lines that they complete."""
        if not self._held:
            self._first_s = at_s
        self._held += arrived
        while LINE_END in self._held:
            line, _, rest = bytes(self._held).partition(LINE_END)
            self._held[:] = rest
            yield Request(line + LINE_END, self._first_s)
            self._first_s = at_s
        del self._held[:-LONGEST]

    def expire(self, at_s: float) -> Iterator[Request]:
        """Nothing: only a line feed ends a command."""
        del at_s
        return iter(())

    def until_s(self) -> float:
        """Never."""
        return math.inf
