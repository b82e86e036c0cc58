"""A field in memory: what a gateway's past would say, written down hour by hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from rules.history import HOUR_MS, Hour, Place, Run, Sample
from rules.plot import Plot
from rules.scope import Now

BEGIN_MS = 1_767_200_400_000  # 2026-01-01 00:00 in Viet Nam, a whole hour of UTC
BOOT = "b1"

RICE = Plot(
    id="p17",
    name="thửa 17",
    locality="xứ đồng Cây Gạo",
    crop="rice",
    method="sa",
    sown=date(2025, 12, 1),
    duration_days=105,
)
ONION = Plot(id="p3", name="thửa 3", crop="onion")


def now(hour: float) -> Now:
    return Now(BOOT, round(hour * HOUR_MS), BEGIN_MS + round(hour * HOUR_MS))


@dataclass
class Field:
    """Implements ``rules.history.History`` over lists."""

    series: dict[Place, list[Hour]] = field(default_factory=dict)
    newest_: dict[Place, Sample] = field(default_factory=dict)
    runs: dict[Place, Run] = field(default_factory=dict)
    scales: dict[Place, float] = field(default_factory=dict)

    @property
    def places(self) -> Sequence[Place]:
        return list(self.series)

    def put(self, place: Place, values: Iterable[float | None], first: int = 0) -> None:
        """One value an hour from hour ``first`` on; ``None`` leaves the hour out."""
        hours = self.series.setdefault(place, [])
        for number, value in enumerate(values, first):
            if value is None:
                self.runs[place] = Run(9, self._run(place, 9) + 1, number * HOUR_MS)
                continue
            hours.append(
                Hour(BEGIN_MS + number * HOUR_MS, 1, value, value, value, value, value)
            )
            self.newest_[place] = Sample(number * HOUR_MS, value)
            self.runs[place] = Run(1, self._run(place, 1) + 1, number * HOUR_MS)

    def _run(self, place: Place, flag: int) -> int:
        run = self.runs.get(place)
        return run.length if run is not None and run.flag == flag else 0

    def hours(self, place: Place, since_ms: int, until_ms: int) -> Sequence[Hour]:
        return [h for h in self.series[place] if since_ms <= h.begin_ms < until_ms]

    def newest(self, place: Place) -> Sample | None:
        return self.newest_.get(place)

    def newest_poll_ms(self, place: Place) -> int | None:
        run = self.runs.get(place)
        return None if run is None else run.since_ms

    def full_scale(self, place: Place) -> float | None:
        return self.scales.get(place)

    def run(self, place: Place) -> Run | None:
        return self.runs.get(place)


def place(sensor: str, quantity: str, plot: str = "p17", **given) -> Place:
    return Place(
        sensor=sensor, quantity=quantity, plot=plot, period_ms=HOUR_MS, **given
    )
