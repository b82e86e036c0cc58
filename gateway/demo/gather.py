"""What the page tells, read back from the province's database and ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from drivers.sim.story import DAY_MS, DAYS
from gateway.demo.chain import Chain
from gateway.demo.chart import Band
from gateway.demo.count import Episode, Report
from gateway.demo.look import reading, rows
from gateway.demo.series import Night, Sample, nights
from telemetry.messages import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The story as the province has it; days are counted from the begin."""

    begin: datetime
    report: Report
    water: Sequence[Sample]  # of thửa 17 [cm]
    soil: Sequence[Sample]  # of thửa 21 [%]
    nights: Sequence[Night]  # of the trap on thửa 3
    outages: Sequence[Band]
    unplugged: Sequence[Band]
    episodes: Sequence[tuple[Episode, Band]]


def gather(chain: Chain, report: Report, events: Sequence[tuple[str, float]]) -> Told:
    """Read what the page needs; ``events`` are deeds and their days."""
    return Told(
        begin=datetime.fromtimestamp(chain.begin_ms / 1000, UTC),
        report=report,
        water=_samples(chain, "water_level", "water-1"),
        soil=_samples(chain, "soil_moisture", "soil-b1"),
        nights=nights(_samples(chain, "trap_beam_breaks", "trap-1")),
        outages=bands(events, "cut", "mất đường truyền", "cut"),
        unplugged=bands(events, "unplug", "rút đầu đo", "gone"),
        episodes=[(each, _band(chain, each)) for each in report.episodes],
    )


def bands(
    events: Sequence[tuple[str, float]], begin: str, name: str, kind: str
) -> list[Band]:
    """The stretches that ``begin`` opened, to their end or that of the story.

    >>> bands([("cut", 2.5), ("mend", 3.0)], "cut", "outage", "cut")
    [Band(first=2.5, last=3.0, name='outage', kind='cut')]
    """
    end = {"cut": "mend", "unplug": "plug"}[begin]
    found: list[Band] = []
    since: float | None = None
    for what, day in events:
        if what == begin and since is None:
            since = day
        elif what == end and since is not None:
            found.append(Band(since, day, name, kind))
            since = None
    if since is not None:
        found.append(Band(since, float(DAYS), name, kind))
    return found


def _samples(chain: Chain, quantity: str, sensor: str) -> list[Sample]:
    with reading(chain.site.store) as store:
        found = rows(store, _POINTS, (quantity, sensor))
    return [
        Sample((stamp_ns / 1e6 - chain.begin_ms) / DAY_MS, value)
        for stamp_ns, value in found
    ]


_POINTS: Final = (
    "SELECT stamp_ns, value FROM point JOIN series ON point.series = series.id"
    " WHERE quantity = ? AND sensor = ? AND thin = 0 ORDER BY stamp_ns"
)


def _band(chain: Chain, episode: Episode) -> Band:
    """From the begin of an episode to its end, or that of the story."""
    first, last = _day_of(chain, episode.alert), float(DAYS)
    if episode.ended_ms is not None:
        last = (episode.ended_ms - chain.begin_ms) / DAY_MS
    return Band(first, last, episode.code, "episode")


def _day_of(chain: Chain, alert: Alert) -> float:
    """Day on which an episode began; by field time where it had no clock."""
    if alert.utc_ms is None:
        return chain.day_at(alert.since_ms)
    return (alert.utc_ms - chain.begin_ms) / DAY_MS
