"""When to ask a device: its grid of ticks, and patience with silence.  Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

MOST_TICKS: Final = 1000  # passed ticks of a device that one step reports

_FIRST_REST_S: Final = 20.0
_LONGEST_REST_S: Final = 600.0


class State(Enum):
    """How a device is doing."""

    GOOD = "good"
    SUSPECT = "suspect"  # silent once: asked again at its next tick
    DEAD = "dead"  # silent again: asked ever less often
    UNPLUGGED = "unplugged"  # the port itself is not there


def latest_tick(due_ms: int, period_ms: int, now_ms: int) -> int:
    """Last tick of the grid through ``due_ms`` that is not after ``now_ms``.

    >>> latest_tick(1000, 100, 1250)
    1200
    """
    return due_ms + (now_ms - due_ms) // period_ms * period_ms


def passed_ticks(due_ms: int, period_ms: int, end_ms: int) -> range:
    """Ticks from ``due_ms`` to before ``end_ms``, the oldest ``MOST_TICKS`` of them.

    >>> passed_ticks(1000, 100, 1201)
    range(1000, 1300, 100)
    """
    return range(due_ms, end_ms, period_ms)[:MOST_TICKS]


def rest_s(silences: int) -> float:
    """Machine time to leave a device alone after so many silences in a row. [s]

    The first silence costs no rest.  Then 20 s, twice as long each time, up to
    10 min: a device that dies for good is asked 11 times in the first hour, and
    at 1 s a question it then takes 0.2 % of the bus.

    >>> [rest_s(n) for n in (1, 2, 3, 7, 8)]
    [0.0, 20.0, 40.0, 600.0, 600.0]
    """
    if silences < 2:
        return 0.0
    return float(min(_FIRST_REST_S * 2 ** min(silences - 2, 16), _LONGEST_REST_S))


@dataclass(frozen=True, slots=True)
class Patience:
    """What the last questions to a device have taught."""

    silences: int = 0  # in a row
    wake_at_s: float = 0.0  # machine time before which it is left alone

    @property
    def state(self) -> State:
        """Good, suspect or dead."""
        return (State.GOOD, State.SUSPECT, State.DEAD)[min(self.silences, 2)]

    def after_silence(self, at_s: float) -> "Patience":
        """It did not answer at ``at_s``. [s]"""
        silences = self.silences + 1
        return Patience(silences, at_s + rest_s(silences))

    def after_answer(self) -> "Patience":
        """It answered, be it with a refusal."""
        return Patience()
