"""Rules over a recorded past: which episodes there would have been.

The same engine as on the gateway looks once an hour, with everything later hidden.
What a report cannot say is whether an alert was true: nobody went to see.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rules.engine import BROKEN, GATEWAY, Engine, Event, Key, Outcome
from rules.episode import Phase, code_of
from rules.history import HOUR_MS
from rules.plot import Plot
from rules.recorded import Recorded
from rules.rule import Rule, Said
from rules.scope import DAY_MS
from rules.text import local_day

LINK_STANDS_MS: Final = 0  # of a recorded past nobody knows the link; it stands
WEEK_DAYS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One episode, from when its condition began; ``until_ms`` is ``None`` if open."""

    rule: str
    subject: str
    plot: str
    kind: str  # alert, or a line a day
    since_ms: int  # UTC [ms since 1970]
    fired_ms: int  # when it had held for long enough
    until_ms: int | None
    code: str
    severity: str
    action: str
    audience: str
    value: float | None
    unit: str
    is_doubtful: bool
    title: Said
    events: tuple[Event, ...]


@dataclass(slots=True)
class Judged:
    """How often a rule could judge one subject, and on which days it fired."""

    looks: int = 0  # at which it knew, or was firing
    days: set[date] = field(default_factory=set)  # with such a look
    days_on: set[date] = field(default_factory=set)
    resting: Counter[str] = field(default_factory=Counter)  # why not, by looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run has found."""

    rules: Mapping[str, Rule]
    since_ms: int
    until_ms: int
    looks: int
    bars: tuple[Bar, ...]
    judged: Mapping[Key, Judged]

    def on_share(self, rule: str, subject: str) -> float | None:
        """Share of the days that it could judge on which a rule fired."""
        one = self.judged.get((rule, subject))
        return len(one.days_on) / len(one.days) if one and one.days else None

    @property
    def resting(self) -> Mapping[Key, Mapping[str, int]]:
        """Why a rule could not judge a subject, and at how many looks."""
        return {key: one.resting for key, one in self.judged.items() if one.resting}

    def of(self, rule: str, subject: str) -> list[Bar]:
        """The episodes of a rule on a subject, the oldest first."""
        return [b for b in self.bars if (b.rule, b.subject) == (rule, subject)]


@dataclass(slots=True)
class _Open:
    """An episode that goes on."""

    rule: Rule
    subject: str
    since_ms: int
    fired_ms: int
    events: list[Event] = field(default_factory=list)


def run(
    rules: Iterable[Rule],
    plots: Sequence[Plot],
    recorded: Recorded,
    *,
    since_ms: int,
    until_ms: int,
    every_ms: int = HOUR_MS,
    chosen: Mapping[Key, str] | None = None,
) -> Report:
    """Look at every ``every_ms`` from ``since_ms`` up to ``until_ms``, UTC.

    ``chosen`` names the sensor of a plot's quantity, as a gateway's config does.
    """
    known = {rule.id: rule for rule in rules}
    engine = Engine(known.values(), plots, recorded, chosen=chosen or {}, states={})
    told = _Telling(known, _watched(known.values(), plots, recorded))
    looks = 0
    for at_ms in range(since_ms, until_ms + 1, every_ms):
        outcome = engine.look(recorded.at(at_ms), LINK_STANDS_MS)
        told.look(at_ms, engine, outcome)
        looks += 1
    return Report(
        rules=known,
        since_ms=since_ms,
        until_ms=until_ms,
        looks=looks,
        bars=tuple(told.finish()),
        judged=told.judged,
    )


class _Telling:
    """What the looks of a run have shown so far."""

    def __init__(self, rules: Mapping[str, Rule], watched: Iterable[Key]) -> None:
        self.judged = {key: Judged() for key in watched}
        self._rules = rules
        self._open: dict[str, _Open] = {}  # by episode
        self._bars: list[Bar] = []
        self._day = date.min
        self._able: Counter[Key] = Counter()  # looks of the day at which it knew
        self._on: set[Key] = set()  # on this day

    def look(self, at_ms: int, engine: Engine, outcome: Outcome) -> None:
        """Take what one look has shown."""
        firing = {
            standing.episode: (key, standing)
            for key, standing in engine.standing.items()
            if standing.phase is Phase.FIRING
        }
        for episode, (key, standing) in firing.items():
            if episode not in self._open:
                since_ms = standing.since_utc_ms or at_ms
                rule = self._rules[key[0]]
                self._open[episode] = _Open(rule, key[1], since_ms, at_ms)
        for event in outcome.events:
            if event.standing.episode in self._open:
                self._open[event.standing.episode].events.append(event)
        for episode in [*self._open.keys() - firing.keys()]:
            self._bars.append(_bar(episode, self._open.pop(episode), at_ms))
        self._count(local_day(at_ms), engine, {key for key, _ in firing.values()})

    def _count(self, day: date, engine: Engine, firing: set[Key]) -> None:
        if day != self._day:
            self._end_day()
            self._day = day
        resting = engine.resting.keys() - firing
        for key in resting & self.judged.keys():
            self.judged[key].resting[engine.resting[key]] += 1
        self._able.update(self.judged.keys() - resting)
        self._on |= firing

    def _end_day(self) -> None:
        """Put down which rules could judge, and which fired, on a day."""
        for key, looks in self._able.items():
            self.judged[key].looks += looks
            self.judged[key].days.add(self._day)
        for key in self._on:
            self.judged[key].days_on.add(self._day)
        self._able.clear()
        self._on.clear()

    def finish(self) -> list[Bar]:
        """Every episode in the order of its begin; those that go on stay open."""
        self._end_day()
        broken = {key[0] for key, j in self.judged.items() if j.resting[BROKEN]}
        for key, judged in self.judged.items():
            if key[0] in broken:  # after its first fault nobody asked it any more
                judged.looks = 0
                judged.resting[BROKEN] += 1
        for episode, one in self._open.items():
            self._bars.append(_bar(episode, one, None))
        self._open.clear()
        return sorted(self._bars, key=lambda bar: (bar.since_ms, bar.rule, bar.subject))


def _watched(
    rules: Iterable[Rule], plots: Sequence[Plot], recorded: Recorded
) -> Iterator[Key]:
    """Every rule on every subject that it watches, as the engine takes them."""
    sensors = dict.fromkeys(place.sensor for place in recorded.places)
    for rule in rules:
        crops = rule.table.crops
        subjects = {
            "plot": [plot.id for plot in plots if not crops or plot.crop in crops],
            "sensor": list(sensors),
            "gateway": [GATEWAY],
        }
        yield from ((rule.id, subject) for subject in subjects[rule.table.per])


def _bar(episode: str, one: _Open, until_ms: int | None) -> Bar:
    first = one.events[0] if one.events else None
    table = one.rule.table
    return Bar(
        rule=one.rule.id,
        subject=one.subject,
        plot=first.plot if first else "",
        kind=table.kind,
        since_ms=one.since_ms,
        fired_ms=one.fired_ms,
        until_ms=until_ms,
        code=code_of(episode),
        severity=table.severity,
        action=table.action,
        audience=table.audience,
        value=first.value if first else None,
        unit=first.unit if first else "",
        is_doubtful=first.is_doubtful if first else False,
        title=first.title if first else table.title,
        events=tuple(one.events),
    )


def months(report: Report) -> dict[tuple[str, str], Counter[str]]:
    """Episodes by rule and subject, counted by the month of their begin."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for bar in report.bars:
        month = f"{local_day(bar.since_ms):%Y-%m}"
        found.setdefault((bar.rule, bar.subject), Counter())[month] += 1
    return found


def busiest_week(bars: Iterable[Bar]) -> int:
    """Most episodes that begin within seven days."""
    begins = sorted(bar.since_ms for bar in bars)
    most, first = 0, 0
    for at, begin in enumerate(begins):
        while begins[first] <= begin - WEEK_DAYS * DAY_MS:
            first += 1
        most = max(most, at - first + 1)
    return most
