"""What was measured on a plot within a season, sorted so that nothing is mixed.

A probe that its gateway polls and of which nothing is stored stands beside the
others: a season that was not seen must not look like one without readings due.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from province.channels import Gateways
from province.lot.facts import Day, Measured, Probe
from province.stores.base import Store
from province.summary import Question
from province.tally import (
    DAY_NS,
    NS_OF_MS,
    Scope,
    Seen,
    Tally,
    due,
    gap_of,
    gaps,
)
from rules.text import local_day
from telemetry.observer import observer_of
from telemetry.quantity import QUANTITIES, Kind
from telemetry.ranges import Range
from telemetry.series import Series

# Differences and last values of two sensors have no common one; see ``summarise``.
_OF_ONE_SENSOR: Final = frozenset({Kind.COUNTER, Kind.STATE})


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What is told in one place; '' where a quantity has none."""

    quantity: str
    z: int
    pest: str
    stage: str
    sensor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A series with rows, or a channel without; then ``first_ns`` is ``None``."""

    probe: Probe
    first_ns: int | None


def measured(
    scope: Scope, seen: Sequence[Seen], known: Gateways, store: Store
) -> list[Measured]:
    """Everything measured, or due, in ``scope``; ``seen`` is what has rows in it."""
    sources: dict[_Key, list[_Source]] = defaultdict(list)
    for one in seen:
        sources[_key(one.series)].append(_living(one, known))
    for key, source in _silent(scope, seen, known):
        sources[key].append(source)
    tallies: dict[_Key, list[Tally]] = defaultdict(list)
    runs: dict[_Key, list[Range]] = defaultdict(list)
    if seen:
        for tally in store.counts(scope, DAY_NS, scope.start_ns):
            tallies[_key(tally.series)].append(tally)
        for series, some in store.runs(scope, _apart_ns(sources.values())).items():
            runs[_key(series)] += some
    return [
        _measured(key, scope, sources[key], runs[key], tallies[key], store)
        for key in sorted(sources, key=_place)
    ]


_ORDER: Final = list(QUANTITIES)


def _place(key: _Key) -> tuple[int, _Key]:
    """Order of telling: that of the table of quantities, soil and water first."""
    return _ORDER.index(key.quantity), key


def _key(series: Series) -> _Key:
    return _Key(
        quantity=series.quantity,
        z=series.z,
        pest=series.pest or "",
        stage=series.stage or "",
        sensor=_sensor_of(series.quantity, series.sensor),
    )


def _sensor_of(quantity: str, sensor: str) -> str:
    """The sensor where it stands apart; what people count is no probe's."""
    is_apart = QUANTITIES[quantity].kind in _OF_ONE_SENSOR
    return sensor if is_apart or observer_of(sensor) is not None else ""


def _living(one: Seen, known: Gateways) -> _Source:
    series = one.series
    probe = Probe(
        gateway=series.gateway,
        sensor=series.sensor,
        period_ns=known.period_ns(series),
    )
    return _Source(probe=probe, first_ns=one.first_ns)


def _silent(
    scope: Scope, seen: Iterable[Seen], known: Gateways
) -> Iterable[tuple[_Key, _Source]]:
    stored = [one.series for one in seen]
    for channel in (one for some in known.channels.values() for one in some):
        if channel.plot != scope.plot or any(map(channel.makes, stored)):
            continue
        sensor = _sensor_of(channel.quantity, channel.sensor)
        key = _Key(channel.quantity, channel.z, "", "", sensor)
        probe = Probe(
            gateway=channel.gateway,
            sensor=channel.sensor,
            period_ns=channel.period_ns,
        )
        yield key, _Source(probe=probe, first_ns=None)


def _apart_ns(groups: Iterable[Iterable[_Source]]) -> int:
    """Return the shortest of all gaps, by which runs are told for every group."""
    paces = [one.probe.period_ns or 0 for group in groups for one in group]
    return gap_of(min(paces))


def _measured(
    key: _Key,
    scope: Scope,
    sources: Sequence[_Source],
    runs: Iterable[Range],
    tallies: Iterable[Tally],
    store: Store,
) -> Measured:
    begins = [one.first_ns for one in sources if one.first_ns is not None]
    paces = [one.probe.period_ns for one in sources if one.probe.period_ns is not None]
    return Measured(
        quantity=key.quantity,
        z=key.z,
        pest=key.pest or None,
        stage=key.stage or None,
        sensor=key.sensor or None,
        probes=[one.probe for one in sources],
        summary=store.summary(_question(key, scope)) if begins else None,
        days=_days(tallies),
        due=_due(sources, scope.start_ns, scope.end_ns),
        due_since_first=(_due(sources, min(begins), scope.end_ns) if begins else None),
        gaps=_gaps(runs, scope, max(paces)) if paces else None,
    )


def _due(sources: Iterable[_Source], start_ns: int, end_ns: int) -> int | None:
    polls = 0
    for one in sources:
        pace_ns = one.probe.period_ns
        if pace_ns is None:
            return None
        phase_ns = start_ns if one.first_ns is None else one.first_ns
        polls += due(pace_ns, phase_ns, start_ns, end_ns)
    return polls


def _gaps(runs: Iterable[Range], scope: Scope, pace_ns: int) -> list[Range]:
    found = gaps(runs, scope.start_ns, scope.end_ns, gap_of(pace_ns))
    return sorted(found, key=lambda gap: gap[0] - gap[1])


def _days(tallies: Iterable[Tally]) -> list[Day]:
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in tallies:
        day = sums[local_day(one.begin_ns // NS_OF_MS)]
        for at, rows in enumerate((one.good, one.doubtful, one.missing)):
            day[at] += rows
    return [
        Day(day=day, good=good, doubtful=doubtful, missing=missing)
        for day, (good, doubtful, missing) in sorted(sums.items())
    ]


def _question(key: _Key, scope: Scope) -> Question:
    return Question(
        quantity=key.quantity,
        coop=scope.coop,
        plot=scope.plot or "",
        z=key.z,
        start_ns=scope.start_ns,
        end_ns=scope.end_ns,
        pest=key.pest or None,
        stage=key.stage or None,
        sensor=key.sensor or None,
    )
