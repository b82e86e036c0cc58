"""A plot over a recorded past, and what a chart shows of a rule there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules import guards
from rules.chart.asked import Limit
from rules.chart.axes import Time
from rules.engine import GATEWAY
from rules.history import Hour, Place
from rules.plot import Plot
from rules.recorded import Recorded
from rules.rule import Said
from rules.scope import Scope
from rules.telling import named

Curves = Sequence[Sequence[tuple[int, float]]]
"""Lines of a chart: UTC [ms since 1970] and value."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What was said of a level at one moment: when it will stand at ``level``."""

    at_ms: int
    value: float
    level: float
    best_ms: int
    earliest_ms: int
    latest_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One scale of a chart and what stands on it."""

    title: Said
    unit: str
    hours: Sequence[Hour] = ()  # a line
    gap_ms: int = 0  # without a value, that breaks it
    bars: Sequence[tuple[int, int, float]] = ()  # from, to, value
    dots: Sequence[tuple[int, float]] = ()
    curves: Curves = ()
    bounds: Curves = ()  # what a curve is compared with
    limits: Sequence[Limit] = ()
    reaches: Sequence[Reach] = ()


@dataclass(slots=True)
class Sight:
    """A plot over a recorded past, or the weather that is everybody's."""

    plot: Plot
    recorded: Recorded
    time: Time
    chosen: Mapping[tuple[str, str], str] = field(default_factory=dict)
    is_shared: bool = False  # it stands for every plot of the gateway

    @property
    def subject(self) -> str:
        """What rules were asked about."""
        return GATEWAY if self.is_shared else self.plot.id

    @property
    def name(self) -> str:
        """What it is, as people say it."""
        return "cả trạm" if self.is_shared else named(self.plot)

    def scope(self, at_ms: int) -> Scope:
        """The plot at one moment."""
        now = self.recorded.at(at_ms)
        plot, is_dated = guards.dated(self.plot, now.day)
        return Scope(
            history=self.recorded,
            now=now,
            plot=plot,
            is_dated_by_season=is_dated,
            chosen=self.chosen,
        )

    def hours(self, place: Place) -> Sequence[Hour]:
        """Every hour of the chart's time."""
        self.recorded.at(self.time.until_ms)
        until_ms = self.time.until_ms + 1
        return self.recorded.hours(place, self.time.since_ms, until_ms)
