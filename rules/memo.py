"""What a look, an hour or a day has worked out already, so that it is done once.

An engine owns one.  Nothing in it outlives a change of the clock by more than a
minute, nor of the boot: then every hour begins elsewhere.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.history import HOUR_MS, History, Hour, Place
from rules.models.hours import by_clock
from rules.now import DAY_MS, EAST_MS, Now
from rules.text import Fact
from rules.vocabulary import Lasts, Value

MOST_SHIFT_MS: Final = 60_000  # of the clock, that leaves what was kept in force [D]

_PERIOD: Final[Mapping[Lasts, Callable[[int], int]]] = {
    "hour": lambda utc_ms: utc_ms // HOUR_MS,
    "night": lambda utc_ms: (utc_ms + EAST_MS - 12 * HOUR_MS) // DAY_MS,
    "dawn": lambda utc_ms: (utc_ms + EAST_MS - 6 * HOUR_MS) // DAY_MS,
    "day": lambda utc_ms: (utc_ms + EAST_MS) // DAY_MS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function said, and all that it left behind."""

    value: Value
    facts: Mapping[str, Fact]
    lacks: Sequence[str]
    is_doubtful: bool


class Memo:
    """Kept answers, and this look's hours and places."""

    def __init__(self) -> None:
        self.of_quantity: dict[str, list[Place]] = {}
        self.of_sensor: dict[str, list[Place]] = {}
        self._answers: dict[Hashable, tuple[int, int, Answer]] = {}
        self._hours: dict[tuple[int, int], list[Hour]] = {}
        self._by_clock: dict[tuple[int, int], dict[int, Hour]] = {}
        self._boot = ""
        self._offset_ms: int | None = None

    def begin(self, history: History, now: Now) -> None:
        """Begin a look at ``now``: forget what was of the last one."""
        self._hours.clear()
        self._by_clock.clear()
        self.of_quantity, self.of_sensor = {}, {}
        for place in history.places:
            self.of_quantity.setdefault(place.quantity, []).append(place)
            if place.role is None:  # nobody tells a technician that a person is silent
                self.of_sensor.setdefault(place.sensor, []).append(place)
        offset_ms = None if now.utc_ms is None else now.utc_ms - now.ms
        before_ms = self._offset_ms
        is_same = (
            self._boot == now.boot
            and offset_ms is not None
            and before_ms is not None
            and abs(offset_ms - before_ms) <= MOST_SHIFT_MS
        )
        if not is_same:
            self.forget()
            self._boot, self._offset_ms = now.boot, offset_ms

    def forget(self) -> None:
        """Forget every answer: rules or clock have changed."""
        self._answers.clear()

    # --- hours of one look -----------------------------------------------------

    def hours(
        self, history: History, place: Place, utc_ms: int, span_ms: int
    ) -> list[Hour]:
        """Hours of ``place`` that begin within ``span_ms`` up to ``utc_ms``."""
        key = id(place), span_ms  # of_quantity keeps the place alive for this look
        found = self._hours.get(key)
        if found is None:
            since_ms = utc_ms - span_ms + 1
            found = list(history.hours(place, since_ms, utc_ms + 1))
            self._hours[key] = found
        return found

    def by_clock(
        self, history: History, place: Place, utc_ms: int, span_ms: int
    ) -> dict[int, Hour]:
        """The same by the numbers of their clock hours."""
        key = id(place), span_ms
        found = self._by_clock.get(key)
        if found is None:
            found = by_clock(self.hours(history, place, utc_ms, span_ms))
            self._by_clock[key] = found
        return found

    # --- answers ---------------------------------------------------------------

    def answer(self, key: Hashable, lasts: Lasts, utc_ms: int) -> Answer | None:
        """What was said before, if it still stands; an unknown stands for its hour."""
        found = self._answers.get(key)
        if found is None:
            return None
        period, hour, answer = found
        if answer.value is not None and period == _PERIOD[lasts](utc_ms):
            return answer
        return answer if hour == _PERIOD["hour"](utc_ms) else None

    def keep(self, key: Hashable, lasts: Lasts, utc_ms: int, answer: Answer) -> None:
        """Take down what was said at ``utc_ms``."""
        times = _PERIOD[lasts](utc_ms), _PERIOD["hour"](utc_ms)
        self._answers[key] = (*times, answer)
