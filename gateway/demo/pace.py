"""How fast the story runs: eight days in the seconds that there are.  Pure."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from drivers.sim.story import DAY_MS, DAY_S, DAYS
from rules.text import HERE

STORY_S: Final = 80.0  # of a demo that nobody limits
AROUND_S: Final = 10.0  # what start, last words and count take of ``--for``
POLL_S: Final = 3000
"""Field time between two polls. [s]

A little more often than hourly: at 8640 field seconds a second a poll that waits
70 ms for the bus is ten minutes late, and each hour must still hold one.
"""
FIELD_S: Final = 10  # between two polls, so that something moves at speed 1
SPEED_MOST: Final = 33_000  # at which the demo's buses can be asked every POLL_S


@dataclass(frozen=True, slots=True)
class Pace:
    """Field seconds in one of ours, and field seconds between two polls."""

    speed: int
    every_s: int

    @classmethod
    def of(cls, for_s: float | None) -> "Pace":
        """Pace of a demo that may take ``for_s`` in all.

        >>> Pace.of(90), Pace.of(12)
        (Pace(speed=8640, every_s=3000), Pace(speed=115200, every_s=12000))
        """
        story_s = STORY_S if for_s is None else max(for_s - AROUND_S, for_s / 2)
        speed = max(1, round(DAYS * DAY_S / story_s))
        return cls(speed, POLL_S * math.ceil(speed / SPEED_MOST))

    @classmethod
    def of_field(cls, speed: int) -> "Pace":
        """Pace of a field that is left running, as busy as its buses let it be.

        >>> Pace.of_field(1), Pace.of_field(60)
        (Pace(speed=1, every_s=10), Pace(speed=60, every_s=10))
        """
        return cls(speed, max(FIELD_S, math.ceil(speed * POLL_S / SPEED_MOST)))

    @property
    def story_s(self) -> float:
        """How long the eight days take. [s]"""
        return DAYS * DAY_S / self.speed


def begin_of(now: datetime) -> datetime:
    """Local midnight eight days before the last one, so that the story ends there."""
    today = datetime.combine(now.astimezone(HERE), time(), HERE)
    return today - timedelta(days=DAYS)


def day_of(begin_ms: int, days_on: int) -> date:
    """Local date so many days after the begin."""
    at_s = (begin_ms + days_on * DAY_MS) / 1000
    return datetime.fromtimestamp(at_s, UTC).astimezone(HERE).date()
