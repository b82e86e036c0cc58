"""One test of rules: a field that is made up, and what they must say of it.  Pure.

The series run past the engine itself, look by look, over ``rules.recorded``;
``rules.trial_verdict`` holds what was told against what was expected.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rules.engine import GATEWAY, Engine, Event, Key
from rules.episode import Phase, Standing
from rules.history import Place
from rules.plot import Plot
from rules.recorded import Recorded
from rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One episode that must be told.  Times since the test's start. [ms]"""

    rule: str
    subject: str | None = None  # any, where it is left out
    from_ms: int
    to_ms: int | None = None  # stands at the end
    within_ms: int
    states: tuple[str, ...] | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A made-up field over a span of time, and what is to be told of it."""

    name: str
    start_ms: int  # UTC [ms since 1970]
    until_ms: int  # since the start, the last look [ms]
    every_ms: int  # from one look to the next
    plot: Plot
    chosen: Mapping[Key, str] = field(default_factory=dict)  # sensor by plot, quantity
    series: Mapping[Place, Sequence[tuple[int, float | None, int]]]  # UTC, value, flag
    full_scale: Mapping[Place, float] = field(default_factory=dict)
    link: Sequence[bool] = ()  # whether it stands at each look; the last one goes on
    rules: tuple[str, ...]  # which are on
    expected: tuple[Expected, ...] = ()
    quiet: frozenset[str] = frozenset()  # must judge, and must not fire
    is_all_quiet: bool = False  # nothing but what is expected may fire
    rests: frozenset[str] = frozenset()  # must never be able to judge


@dataclass(slots=True, kw_only=True)
class Told:
    """One episode as it was told.  Times since the test's start. [ms]"""

    rule: str
    subject: str
    episode: str
    is_daily: bool = False  # one line a day, whose end is not told
    from_ms: int
    to_ms: int | None = None
    states: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # Vietnamese, a text a step


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What came of the looks."""

    told: Sequence[Told]
    judged: frozenset[str]  # rules that could judge at some look
    resting: Mapping[str, Counter[str]]  # why the others could not, and how often
    looks: int


def follow(trial: Trial, rules: Collection[Rule]) -> Course:
    """Look at the field from start to end and write down what is told."""
    past = Recorded(trial.series, full_scale=trial.full_scale)
    engine = Engine(rules, [trial.plot], past, chosen=trial.chosen, states={})
    subjects = {rule.id: _subjects(rule, trial) for rule in rules}
    notes = _Notes()
    resting = {name: Counter[str]() for name in subjects}
    judged: set[str] = set()
    times = range(0, trial.until_ms + 1, trial.every_ms)
    for at_ms, down_ms in zip(times, _link_down(trial.link, times), strict=True):
        outcome = engine.look(past.at(trial.start_ms + at_ms), down_ms)
        notes.take(outcome.events, engine.standing, at_ms)
        for name, of_it in subjects.items():
            whys = [engine.resting.get((name, each)) for each in of_it]
            resting[name].update({why for why in whys if why is not None})
            if None in whys:
                judged.add(name)
    return Course(
        told=notes.told, judged=frozenset(judged), resting=resting, looks=len(times)
    )


def _link_down(link: Sequence[bool], times: range) -> Iterator[int | None]:
    """How long the link has been down at each look, ``None`` where it is not told."""
    up_ms = 0
    for look, at_ms in enumerate(times):
        if not link:
            yield None
            continue
        if link[min(look, len(link) - 1)]:
            up_ms = at_ms
        yield at_ms - up_ms


def _subjects(rule: Rule, trial: Trial) -> list[str]:
    """What the rule is asked of; nothing where it is of another crop."""
    if rule.table.per == "gateway":
        return [GATEWAY]
    if rule.table.per == "sensor":
        return list(dict.fromkeys(place.sensor for place in trial.series))
    is_of_it = not rule.table.crops or trial.plot.crop in rule.table.crops
    return [trial.plot.id] if is_of_it else []


class _Notes:
    """Episodes as they are told, and those of them that are open."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._open: dict[str, Told] = {}

    def take(
        self, events: Iterable[Event], standing: Mapping[Key, Standing], at_ms: int
    ) -> None:
        """Note what a look has told, and what is over after it.

        A daily line ends untold, so the end is seen by how the rules stand.
        """
        for event in events:
            name = event.standing.episode
            if name not in self._open:
                self._open[name] = _begun(event, at_ms)
                self.told.append(self._open[name])
            told = self._open[name]
            told.states.append(event.state)
            words = event.title.vi, event.say.vi, event.do.vi
            told.words.append(" ".join(words).strip())
        for name, told in list(self._open.items()):
            now = standing.get((told.rule, told.subject), Standing())
            if now.phase is not Phase.FIRING or now.episode != name:
                told.to_ms = at_ms
                del self._open[name]


def _begun(event: Event, at_ms: int) -> Told:
    return Told(
        rule=event.rule.id,
        subject=event.subject,
        episode=event.standing.episode,
        is_daily=event.rule.table.kind == "daily",
        from_ms=at_ms,
    )
