"""What an expression is asked about: one plot, one sensor or the gateway, now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from rules.history import History, Hour, Place
from rules.memo import Answer, Memo
from rules.models.drawdown import AT_BOTTOM_CM
from rules.now import DAY_MS, Now
from rules.plot import Plot
from rules.text import Fact
from rules.trace import Step
from rules.vocabulary import Function, Value

__all__ = ["DAY_MS", "SHARED", "STALE_PERIODS", "Now", "Scope"]

STALE_PERIODS: Final = 3  # a value older than so many polls is no newest value

SHARED: Final = frozenset(
    {
        "air_temperature",
        "relative_humidity",
        "air_pressure",
        "solar_radiation",
        "wind_speed",
        "wind_gust",
        "wind_direction",
        "rain_total",
    }
)
"""Weather, of which one station serves every plot of a gateway."""


Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class Scope:
    """One subject at one instant; functions leave facts for the texts in it."""

    history: History
    now: Now
    plot: Plot | None = None
    is_dated_by_season: bool = False  # nobody told when the plot was sown
    sensor: str | None = None
    chosen: Mapping[tuple[str, str], str] = field(default_factory=dict)
    link_down_ms: int | None = None  # since the province's last word; 0: link stands
    facts: dict[str, Fact] = field(default_factory=dict)
    lacks: list[str] = field(default_factory=list)  # why an answer is not known
    steps: list[Step] | None = None  # how answers were found, where somebody asks
    is_doubtful: bool = False  # a suspect value, or a guess, took part
    is_at_bottom: bool = False  # a level is the lowest that its sensor can show
    memo: Memo = field(default_factory=Memo)
    _once: dict[str, Any] = field(default_factory=dict)  # same for every rule

    def __post_init__(self) -> None:
        """Know the places, where no engine has begun a look."""
        if not self.memo.of_sensor:
            self.memo.begin(self.history, self.now)

    def cleared(self) -> "Scope":
        """The same subject at the same instant, for another rule."""
        self.facts, self.lacks = {}, []
        self.is_doubtful = self.is_at_bottom = False
        return self

    def once(self, name: str, found: Callable[[], Found]) -> Found:
        """What ``found`` gives, worked out for the first rule that asks."""
        if name not in self._once:
            self._once[name] = found()
        known: Found = self._once[name]
        return known

    # --- where -----------------------------------------------------------------

    def place(self, quantity: str, pest: str | None = None) -> Place | None:
        """Where ``quantity`` of this plot is measured, ``None`` if nowhere or unclear.

        The sensor that the plot's table chooses; else the only one on the plot;
        of weather else the only one of the gateway.  Devices go before people.
        """
        found = self.places(quantity, pest)
        return found[0] if len(found) == 1 else None

    def where(self, quantity: str) -> Place | None:
        """The same, for a question that rests on it: a lack is told."""
        found = self.places(quantity)
        if len(found) == 1:
            return found[0]
        which = 'write per = "plot" for this rule, and choose one for each plot'
        if self.plot is not None:
            which = f"choose one in [plots.{self.plot.id}.sensors]"
        several = f"{len(found)} sensors measure {quantity}: {which}"
        self.lack(several if found else f"nothing measures {quantity}")
        return None

    def places(self, quantity: str, pest: str | None = None) -> list[Place]:
        """Everywhere that ``quantity`` is measured for this plot, or this gateway."""
        all_ = [
            p
            for p in self.memo.of_quantity.get(quantity, ())
            if pest is None or p.pest == pest
        ]
        if self.plot is None:
            return all_ if quantity in SHARED else []
        wanted = self.chosen.get((self.plot.id, quantity))
        if wanted is not None:
            return [p for p in all_ if p.sensor == wanted][:1]
        own = [p for p in all_ if p.plot == self.plot.id]
        own = [p for p in own if p.role is None] or own  # devices before people
        return all_ if not own and quantity in SHARED else own

    def counted(self, quantity: str, pest: str, stage: str) -> list[Place]:
        """Who has counted a pest on this plot: people, not traps."""
        return [
            p
            for p in self.memo.of_quantity.get(quantity, ())
            if p.role is not None
            and self.plot is not None
            and (p.plot, p.pest, p.stage) == (self.plot.id, pest, stage)
        ]

    def of_sensor(self) -> list[Place]:
        """Every channel of the sensor that is asked about."""
        return self.memo.of_sensor.get(self.sensor or "", [])

    # --- what was measured -----------------------------------------------------

    def last(self, place: Place | None) -> float | None:
        """The newest value, ``None`` if it is stale."""
        sample = None if place is None else self.history.newest(place)
        if place is None or sample is None:
            return None
        if self.now.ms - sample.ms > STALE_PERIODS * place.period_ms:
            return None
        self.is_doubtful |= sample.is_doubtful
        bottom = place.bottom
        self.is_at_bottom |= (
            bottom is not None and sample.value <= bottom + AT_BOTTOM_CM
        )
        return sample.value

    def hours(self, place: Place | None, span_ms: int) -> list[Hour]:
        """The hours that began within the last ``span_ms``, none without a clock."""
        if place is None or self.now.utc_ms is None:
            return []
        found = self.memo.hours(self.history, place, self.now.utc_ms, span_ms)
        self.is_doubtful = self.is_doubtful or any(hour.doubtful for hour in found)
        return found

    def by_clock(self, place: Place | None, span_ms: int) -> dict[int, Hour]:
        """Those of them that have values, by the numbers of their clock hours."""
        if place is None or self.now.utc_ms is None or not self.hours(place, span_ms):
            return {}
        return self.memo.by_clock(self.history, place, self.now.utc_ms, span_ms)

    # --- what was found --------------------------------------------------------

    def season_plot(self) -> Plot | None:
        """The plot, for a question that rests on when it was sown."""
        self.is_doubtful |= self.is_dated_by_season
        return self.plot

    def lack(self, why: str) -> None:
        """Say why an answer is not known."""
        self.lacks.append(why)

    def step(
        self, vi: str, en: str, value: Fact | None = None, source: str = ""
    ) -> None:
        """Take down a step of the way, if somebody asks for it."""
        if self.steps is not None:
            self.steps.append(Step(vi, en, value, source))

    def kept(self, name: str, function: Function, given: tuple[Any, ...]) -> Value:
        """What ``function`` says, worked out once in the time for which it lasts."""
        utc_ms = self.now.utc_ms
        if utc_ms is None or self.steps is not None:
            return function.call(self, *given)
        subject = self.plot.id if self.plot is not None else self.sensor
        key = name, subject, *given
        answer = self.memo.answer(key, function.lasts, utc_ms)
        if answer is None:
            answer = self._apart(function, given)
            self.memo.keep(key, function.lasts, utc_ms, answer)
        self.facts |= answer.facts
        self.lacks += answer.lacks
        self.is_doubtful |= answer.is_doubtful
        return answer.value

    def _apart(self, function: Function, given: tuple[Any, ...]) -> Answer:
        """What ``function`` says and leaves, apart from what is there already."""
        facts, lacks, is_doubtful = self.facts, self.lacks, self.is_doubtful
        self.facts, self.lacks, self.is_doubtful = {}, [], False
        try:
            value = function.call(self, *given)
            return Answer(value, self.facts, self.lacks, self.is_doubtful)
        finally:
            self.facts, self.lacks, self.is_doubtful = facts, lacks, is_doubtful
