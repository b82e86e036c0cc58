"""Find the one expected answer in whatever a Modbus RTU line delivers.

RTU has no start mark: a frame is known by its first bytes and its CRC.  The
reader looks at every offset, so that an echo of the request, noise, answers of
other units and answers of another length cost bytes and nothing else.
"""

from dataclasses import dataclass
from typing import Final

REQUEST_BYTES: Final = 8  # unit, function, start, count, CRC
AROUND_BYTES: Final = 5  # of an answer besides its words: unit, function, size, CRC
REFUSAL_BYTES: Final = 5  # unit, function | 0x80, code, CRC
REFUSAL_BIT: Final = 0x80
_LONGEST: Final = 256  # Modbus over serial line V1.02, 2.5.1.1
_KEEP_BYTES: Final = 2 * _LONGEST


def _crc_row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC_ROWS: Final = tuple(_crc_row(byte) for byte in range(256))


def crc(data: bytes) -> bytes:
    """CRC-16 of Modbus over serial line V1.02, 6.2.2, low byte first.

    >>> crc(bytes.fromhex("010300000003")).hex()  # CWT THC-S manual, p. 4
    '05cb'
    """
    rest = 0xFFFF
    for byte in data:
        rest = rest >> 8 ^ _CRC_ROWS[(rest ^ byte) & 0xFF]
    return rest.to_bytes(2, "little")


def is_whole(frame: bytes) -> bool:
    """Whether ``frame`` ends with its own CRC."""
    return crc(frame[:-2]) == frame[-2:]


@dataclass(slots=True)
class Skipped:
    """What was found instead of the answer, or before it."""

    echoes: int = 0  # the request itself
    foreign: int = 0  # whole frames of another unit, function or length
    damaged: int = 0  # the answer's first bytes without its CRC
    noise: int = 0  # bytes that belong to none of these

    @property
    def has_damage(self) -> bool:
        """Whether something may have been an answer before the line spoilt it."""
        return self.damaged > 0 or self.noise > 0


class FrameReader:
    """Reader of the answer to one request for registers.

    ``feed`` takes bytes as they come and returns the answer, or the refusal, as
    soon as it is whole; ``settle`` looks once more when nothing else will come.
    Memory is bounded whatever the line says.
    """

    def __init__(self, request: bytes) -> None:
        self.skipped = Skipped()
        words = int.from_bytes(request[4:6], "big")
        self.answer_bytes = AROUND_BYTES + 2 * words
        self._request = request
        self._answer = bytes((request[0], request[1], 2 * words))
        self._refusal = bytes((request[0], request[1] | REFUSAL_BIT))
        self._held = bytearray()

    @property
    def missing(self) -> int:
        """Fewest bytes that must still come before ``feed`` can succeed."""
        at = self._held.find(self._answer)
        if at >= 0:
            return max(1, self.answer_bytes - (len(self._held) - at))
        return REFUSAL_BYTES if self._held else self.answer_bytes

    def feed(self, data: bytes) -> bytes | None:
        """Take bytes as they came; the frame if they make it whole."""
        self._held += data
        frame = self._find(is_last_look=False)
        if frame is None and len(self._held) > _KEEP_BYTES:
            self._account(len(self._held) - _LONGEST)
        return frame

    def settle(self) -> bytes | None:
        """Look behind starts that never became whole, then account for the rest."""
        frame = self._find(is_last_look=True)
        if frame is None:
            self._account(len(self._held))
        return frame

    def _find(self, *, is_last_look: bool) -> bytes | None:
        """Return the leftmost whole answer or refusal.

        Bytes inside an answer may look like a refusal, so nothing behind an
        answer that is still growing is believed before the last look.
        """
        held, at = self._held, 0
        while at + REFUSAL_BYTES <= len(held):
            if held.startswith(self._request, at):
                at += len(self._request)
                continue
            size = self._size_of(held, at)
            if size and at + size > len(held) and not is_last_look:
                return None
            frame = bytes(held[at : at + size])
            if size and len(frame) == size and is_whole(frame):
                self._account(at)
                del self._held[:size]
                return frame
            at += 1
        return None

    def _size_of(self, data: bytes | bytearray, at: int) -> int:
        """Length of the frame that may begin here, 0 if none of ours can."""
        if data.startswith(self._answer, at):
            return self.answer_bytes
        return REFUSAL_BYTES if data.startswith(self._refusal, at) else 0

    def _account(self, count: int) -> None:
        """Drop the first ``count`` bytes and count what they were."""
        dropped, at = bytes(self._held[:count]), 0
        del self._held[:count]
        while at < count:
            if dropped.startswith(self._request, at):
                self.skipped.echoes += 1
                at += len(self._request)
            elif size := _whole_size(dropped, at):
                self.skipped.foreign += 1
                at += size
            elif dropped.startswith((self._answer, self._refusal), at):
                self.skipped.damaged += 1
                at += self._size_of(dropped, at)
            else:
                self.skipped.noise += 1
                at += 1


def _whole_size(data: bytes, at: int) -> int:
    """Length of a whole answer to some request for registers, 0 if none."""
    if len(data) - at < REFUSAL_BYTES or data[at + 1] & ~REFUSAL_BIT not in (3, 4):
        return 0
    is_refusal = data[at + 1] & REFUSAL_BIT
    frame = data[
        at : at + (REFUSAL_BYTES if is_refusal else AROUND_BYTES + data[at + 2])
    ]
    return len(frame) if is_whole(frame) else 0
