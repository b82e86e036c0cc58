"""The made-up field of one test: its series, what measures them, and the link."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from rules.history import Place
from rules.text import HERE
from rules.trial_series import Poll, SeriesError, read
from rules.trial_tables import SensorTable, TrialTable
from rules.trial_times import span
from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.reading import Flag
from telemetry.series import NAME, PEST
from telemetry.settings import unknown

HERE_MS: Final = (HERE.utcoffset(None) or timedelta()) // timedelta(milliseconds=1)
LEAST_MS: Final = 1000  # no device here is asked more often
MOST_MS: Final = 400 * 86_400_000  # a season of the longest crop, and weeks before it

_KEY: Final = re.compile(r"(?:(?P<sensor>[^:]+):)?(?P<quantity>[^:]+)")

Sample = tuple[int, float | None, int]
"""UTC [ms], value, flag."""


@dataclass(slots=True)
class Made:
    """What a test's series have become."""

    series: dict[Place, list[Sample]] = field(default_factory=dict)
    full_scale: dict[Place, float] = field(default_factory=dict)
    link: list[bool] = field(default_factory=list)  # whether it stands at each look
    last_ms: int = 0  # since the start, of the last poll
    polls: int = 0


def made(
    table: TrialTable,
    defaults: Mapping[str, SensorTable],
    *,
    plot: str,
    start_ms: int,
    every_ms: int,
    most: int,
    faults: list[str],
) -> Made:
    """Make the field of a test; what is wrong with it is added to ``faults``."""
    found = Made()
    for key in table.sensors:
        if key not in table.series:
            faults.append(f"sensors.{key}: has no series; {unknown(key, table.series)}")
    for key, text in table.series.items():
        facts = table.sensors.get(key) or defaults.get(key) or SensorTable()
        period_ms = every_ms if facts.every is None else span(facts.every)
        mine = list(_faults(key, facts, period_ms))
        if not mine and period_ms is not None:
            place = _place(key, facts, plot, period_ms)
            if place in found.series:
                mine.append("is the same place as another series; tell them apart")
            polls = _read(text, start_ms, period_ms, most - found.polls, mine)
            mine += _impossible(place.quantity, polls)
            _put(found, place, facts, polls, start_ms)
        faults += (f"series.{key}: {fault}" for fault in mine)
    if table.link is not None:
        mine = []
        polls = _read(table.link, start_ms, every_ms, most - found.polls, mine)
        mine += _link(found, polls, start_ms)
        faults += (f"link: {fault}" for fault in mine)
    return found


def _faults(key: str, facts: SensorTable, period_ms: int | None) -> Iterator[str]:
    named = _KEY.fullmatch(key)
    quantity = "" if named is None else named["quantity"]
    if named is None or (named["sensor"] and not NAME.fullmatch(named["sensor"])):
        yield "write it as water_level, or with a sensor's name as tube:water_level"
    elif quantity not in QUANTITIES:
        yield f"unknown quantity {quantity!r}; {unknown(quantity, QUANTITIES)}"
    if period_ms is None or period_ms < LEAST_MS:
        yield f"every: {facts.every!r} is no span; write it as 1d"
    if (facts.pest or facts.stage) and quantity not in INSECT_COUNTS:
        yield f"pest and stage belong to {', '.join(sorted(INSECT_COUNTS))}"
    if facts.pest is not None and not PEST.fullmatch(facts.pest):
        yield f"pest: {facts.pest!r} is no EPPO code; write it as NILALU"
    if (facts.role is None) is not (facts.method is None):
        yield "a person's count needs role and method"


def _place(key: str, facts: SensorTable, plot: str, period_ms: int) -> Place:
    sensor, _, quantity = key.rpartition(":")
    if facts.role is not None:
        sensor = f"by-{facts.role}-{facts.method}"
    return Place(
        sensor=sensor or quantity,
        quantity=quantity,
        plot=plot if facts.plot is None else facts.plot,
        z=facts.z,
        period_ms=period_ms,
        pest=facts.pest,
        stage=facts.stage,
        role=facts.role,
        method=facts.method,
        zero_on=facts.zero_on,
        bottom=facts.bottom,
        rated=None if facts.rated is None else (facts.rated[0], facts.rated[1]),
        alarm_below=facts.alarm_below,
        device=facts.device,
    )


def _read(
    text: str, start_ms: int, every_ms: int, most: int, faults: list[str]
) -> list[tuple[int, Poll]]:
    """Polls by UTC; hours of the day in them are local."""
    most = min(most, MOST_MS // every_ms + 1)
    try:
        polls = read(text, start_ms=start_ms + HERE_MS, every_ms=every_ms, most=most)
    except SeriesError as fault:
        faults.append(str(fault))
        return []
    return [(local_ms - HERE_MS, poll) for local_ms, poll in polls]


def _impossible(quantity: str, polls: list[tuple[int, Poll]]) -> Iterator[str]:
    """The first value that no sensor could give; a check would flag it."""
    of_it = QUANTITIES[quantity]
    for _, poll in polls:
        if poll.value is not None and not of_it.is_possible(poll.value):
            yield (
                f"{poll.value:g} {of_it.unit} is not possible ({of_it.low:g} to"
                f" {of_it.high:g}); write ! for a value that failed"
            )
            return


def _put(
    found: Made,
    place: Place,
    facts: SensorTable,
    polls: list[tuple[int, Poll]],
    start_ms: int,
) -> None:
    beyond = QUANTITIES[place.quantity].high + 1  # what a failed value looks like
    found.series[place] = [
        (ms, beyond if poll.flag is Flag.FAIL else poll.value, int(poll.flag))
        for ms, poll in polls
    ]
    if facts.full_scale is not None:
        found.full_scale[place] = facts.full_scale
    _count(found, polls, start_ms)


def _link(found: Made, polls: list[tuple[int, Poll]], start_ms: int) -> Iterator[str]:
    """Whether the link stands at each look."""
    found.link = [poll.value == 1 for _, poll in polls]
    if any(poll.value not in (0, 1) for _, poll in polls):
        yield "write 1 where the province answers and 0 where not"
    _count(found, polls, start_ms)


def _count(found: Made, polls: list[tuple[int, Poll]], start_ms: int) -> None:
    found.polls += len(polls)
    if polls:
        found.last_ms = max(found.last_ms, polls[-1][0] - start_ms)
