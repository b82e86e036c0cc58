"""What an expression is asked about: one plot, one sensor or the gateway, now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rules.history import HOUR_MS, History, Hour, Place
from rules.models.drawdown import AT_BOTTOM_CM
from rules.plot import Plot
from rules.text import Fact, local_day

DAY_MS: Final = 24 * HOUR_MS
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


@dataclass(frozen=True, slots=True)
class Now:
    """The instant of a look; ``utc_ms`` is the best estimate, ``None`` without one."""

    boot: str
    ms: int  # field time [ms]
    utc_ms: int | None

    @property
    def day(self) -> date | None:
        """Today in Viet Nam."""
        return None if self.utc_ms is None else local_day(self.utc_ms)


@dataclass(slots=True, kw_only=True)
class Scope:
    """One subject at one instant; functions leave facts for the texts in it."""

    history: History
    now: Now
    plot: Plot | None = None
    sensor: str | None = None
    chosen: Mapping[tuple[str, str], str] = field(default_factory=dict)
    link_down_ms: int | None = None  # since the province's last word; 0: link stands
    facts: dict[str, Fact] = field(default_factory=dict)
    is_doubtful: bool = False  # a suspect value, or a guess, took part
    is_at_bottom: bool = False  # a level is the lowest that its sensor can show

    def place(self, quantity: str, pest: str | None = None) -> Place | None:
        """Where ``quantity`` of this plot is measured, ``None`` if nowhere or unclear.

        The sensor that the plot's table chooses; else the only one on the plot;
        of weather else the only one of the gateway.
        """
        if self.plot is None:
            return None
        all_ = [
            p
            for p in self.history.places
            if p.quantity == quantity and (pest is None or p.pest == pest)
        ]
        wanted = self.chosen.get((self.plot.id, quantity))
        if wanted is not None:
            return next((p for p in all_ if p.sensor == wanted), None)
        own = [p for p in all_ if p.plot == self.plot.id]
        if not own and quantity in SHARED:
            own = all_
        return own[0] if len(own) == 1 else None

    def of_sensor(self) -> list[Place]:
        """Every channel of the sensor that is asked about."""
        return [p for p in self.history.places if p.sensor == self.sensor]

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
        """The hours of the last ``span_ms``, none without a clock."""
        if place is None or self.now.utc_ms is None:
            return []
        since = self.now.utc_ms - span_ms
        found = list(self.history.hours(place, since, self.now.utc_ms + 1))
        self.is_doubtful |= any(hour.doubtful for hour in found)
        return found
