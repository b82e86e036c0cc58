"""What rules may know of the past: hours, newest values, and what measures where.

An hour is an hour of the gateway's own field time, so that nothing is folded anew
when the clock is corrected; only its begin is given in UTC.  Values flagged fail
or missing are not in it, suspect ones are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Hour:
    """One channel's values within one hour.

    ``mean``, ``low``, ``high`` are of levels; a counter has ``first`` and ``last``.
    """

    begin_ms: int  # UTC [ms since 1970]
    n: int  # values
    mean: float
    low: float
    high: float
    first: float
    last: float
    doubtful: int = 0  # of them flagged suspect
    missing: int = 0  # polls without a value, or with one that failed


@dataclass(frozen=True, slots=True)
class Sample:
    """A newest value."""

    ms: int  # field time of the running boot [ms]; negative for an earlier boot
    value: float
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """The newest polls that all had one flag."""

    flag: int
    length: int
    since_ms: int  # field time of the first of them [ms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One channel: a sensor and one of its quantities."""

    sensor: str
    quantity: str
    plot: str
    z: int = 0  # cm above the soil surface
    period_ms: int = 60_000
    pest: str | None = None
    stage: str | None = None
    role: str | None = None  # of the person who counts; None is a device
    method: str | None = None  # of the count: frame, hill, tiller, plant, trap, visual
    zero_on: date | None = None  # when a level's datum was taken
    bottom: float | None = None  # the lowest value that it can show
    rated: tuple[float, float] | None = None  # span that its maker vouches for
    alarm_below: float | None = None  # told to the technician, such as of a battery
    device: str = ""


class History(Protocol):
    """The past of one gateway.  Nothing here waits or changes."""

    @property
    def places(self) -> Sequence[Place]:
        """Every channel of the gateway."""

    def hours(self, place: Place, since_ms: int, until_ms: int) -> Sequence[Hour]:
        """Hours that begin within [since, until), UTC [ms], gaps left out."""

    def newest(self, place: Place) -> Sample | None:
        """The newest value that neither failed nor is missing."""

    def newest_poll_ms(self, place: Place) -> int | None:
        """Field time of the newest poll, answered or not. [ms]"""

    def full_scale(self, place: Place) -> float | None:
        """Full scale that the device itself states, in the quantity's unit."""

    def run(self, place: Place) -> Run | None:
        """How the newest polls were flagged, ``None`` before the first one."""
