"""Keys that let something befall the chain, and the seed that repeats them.

A seed is written ``k12.3,b40.1``: key and seconds since the begin of the story.
"""

import re
import select
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from gateway.demo.words import Words

KEYS: Final[dict[str, Words]] = {
    "k": Words("tắt ngang trạm đồng", "the gateway is killed"),
    "b": Words("tắt ngang máy trung chuyển", "the broker is killed"),
    "i": Words("tắt ngang máy nhận ở tỉnh", "the ingest is killed"),
    "u": Words("rút hoặc cắm đầu đo", "a probe is unplugged, or plugged in"),
    "d": Words("đầy thẻ nhớ, hoặc trống lại", "the card is full, or free again"),
    "c": Words(
        "mất điện, đồng hồ trạm sai 3 năm", "power cut; its clock is 3 years on"
    ),
}
_PRESS: Final = re.compile(rf"([{''.join(KEYS)}])(\d{{1,5}}(?:\.\d{{1,3}})?)")


class Press(NamedTuple):
    """A key at a moment of the story. [s]"""

    key: str
    at_s: float

    def __str__(self) -> str:
        """As it stands in a seed."""
        return f"{self.key}{self.at_s:.1f}"


def seed_of(presses: Sequence[Press]) -> str:
    """Write the presses down.

    >>> seed_of([Press("k", 12.34), Press("b", 40.0)])
    'k12.3,b40.0'
    """
    return ",".join(map(str, presses))


def read_seed(text: str) -> tuple[Press, ...]:
    """Read presses in the order of their time.

    >>> read_seed("b40.1,k12.3")
    (Press(key='k', at_s=12.3), Press(key='b', at_s=40.1))

    Raises
    ------
    ValueError
        It is no seed.
    """
    presses = []
    for part in text.split(","):
        match = _PRESS.fullmatch(part.strip())
        if match is None:
            msg = f"{part.strip()!r} is not a key of {' '.join(KEYS)} with seconds"
            raise ValueError(f"{msg}, such as k12.3")
        presses.append(Press(match[1], float(match[2])))
    return tuple(sorted(presses, key=lambda press: press.at_s))


class Keyboard:
    """The keys of a terminal, without waiting; or nobody's."""

    def __init__(self, *, is_used: bool) -> None:
        self._is_used = is_used

    def pressed(self) -> str:
        """Keys since the last look, of those that mean something."""
        keys = ""
        while self._is_used and select.select([sys.stdin], [], [], 0)[0]:
            key = sys.stdin.read(1)
            if not key:
                break  # the terminal is gone
            keys += key.lower()
        return "".join(key for key in keys if key in KEYS)


@contextmanager
def open_keyboard(*, is_used: bool) -> Iterator[Keyboard]:
    """Take keys one by one, without their echo; Ctrl-C stays what it is."""
    if not is_used:
        yield Keyboard(is_used=False)
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield Keyboard(is_used=True)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
