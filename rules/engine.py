"""The engine: every rule on every subject, one look at a time.

It reads a ``History``, keeps no clock and no file, and says what changed: states
to be stored, events to be told.  A rule that breaks is set aside and told once;
the others and the recording go on.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from rules import episode, text
from rules.episode import Look, Patience, Phase, Standing
from rules.history import History
from rules.plot import Plot
from rules.rule import Rule, Said
from rules.scope import Now, Scope
from rules.stages import stage_on
from rules.text import Fact, Instant, Measure

log = logging.getLogger(__name__)

GATEWAY: Final = "gateway"  # the subject of rules per gateway
BLIND_MS: Final = 15 * 60_000  # a shorter gap beyond the three periods is not told

LATER: Final = {
    "no_data": Said(
        vi="Không có số liệu dùng được từ {blind}, cảnh báo giữ nguyên: {title_vi}.",
        en="No usable data since {blind}, the alert stands: {title_en}.",
    ),
    "resumed": Said(
        vi="Đã có lại số liệu, cảnh báo vẫn còn: {title_vi}.",
        en="Data are back, the alert stands: {title_en}.",
    ),
    "resolved": Said(vi="Đã hết: {title_vi}.", en="Over: {title_en}."),
}
"""What is said of an episode after its begin."""

Key = tuple[str, str]
"""Rule and subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of one episode, ready to be told."""

    rule: Rule
    subject: str
    plot: str
    state: str  # firing, no_data, resumed, resolved
    standing: Standing
    title: Said
    say: Said
    do: Said
    value: float | None
    unit: str
    is_doubtful: bool

    @property
    def id(self) -> str:
        """Episode and step."""
        return f"{self.standing.episode}-{self.standing.step}"


@dataclass(slots=True)
class Outcome:
    """What a look has changed; an empty body forgets a state."""

    states: dict[Key, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    ended: list[tuple[Key, Standing]] = field(default_factory=list)  # rule is no more


class Engine:
    """Rules, plots, and how each rule stands on each subject."""

    def __init__(
        self,
        rules: Iterable[Rule],
        plots: Sequence[Plot],
        history: History,
        *,
        chosen: Mapping[Key, str],
        states: Mapping[Key, bytes],
    ) -> None:
        self.resting: dict[Key, str] = {}  # which rule cannot judge what, and why
        self._rules = {rule.id: rule for rule in rules}
        self._plots = {plot.id: plot for plot in plots}
        self._history = history
        self._chosen = chosen
        self._broken: set[str] = set()
        self._standing = {key: _read(key, body) for key, body in states.items()}
        self._last: Now | None = None

    @property
    def standing(self) -> Mapping[Key, Standing]:
        """How each rule stands; what is not here is quiet."""
        return self._standing

    def states(self) -> dict[Key, bytes]:
        """Every state that is not quiet, to be stored."""
        return {
            key: msgspec.json.encode(standing)
            for key, standing in self._standing.items()
            if standing != Standing()
        }

    def next_step(self, key: Key, name: str) -> int:
        """Take the next step of an open episode for a word from outside; 0 if over."""
        standing = self._standing.get(key, Standing())
        if standing.episode != name:
            return 0
        self._standing[key] = replace(standing, step=standing.step + 1)
        return standing.step + 1

    def look(self, now: Now, link_down_ms: int | None = None) -> Outcome:
        """Judge everything once at ``now``."""
        outcome = Outcome()
        passed = 0
        if self._last is not None and self._last.boot == now.boot:
            passed = max(0, now.ms - self._last.ms)
        self._last = now
        subjects = list(self._subjects(now, link_down_ms))
        for rule, subject, scope in subjects:
            key = rule.id, subject
            try:
                self._judge(rule, subject, scope, passed, outcome)
            except Exception:  # one rule's bug; the recording goes on
                log.exception("rule %s on %s is broken and rests", *key)
                self._broken.add(rule.id)
                self.resting[key] = "broken: the log tells where"
        self._end_orphans(
            {(rule.id, subject) for rule, subject, _ in subjects}, outcome
        )
        return outcome

    # --- one rule on one subject -----------------------------------------------

    def _subjects(
        self, now: Now, link_down_ms: int | None
    ) -> Iterable[tuple[Rule, str, Scope]]:
        sensors = dict.fromkeys(place.sensor for place in self._history.places)
        for rule in list(self._rules.values()):
            if rule.id in self._broken:
                continue
            if rule.table.per == "plot":
                for plot in self._plots.values():
                    if not rule.table.crops or plot.crop in rule.table.crops:
                        yield rule, plot.id, self._scope(now, plot=plot)
            elif rule.table.per == "sensor":
                for sensor in sensors:
                    yield rule, sensor, self._scope(now, sensor=sensor)
            else:
                scope = self._scope(now)
                scope.link_down_ms = link_down_ms
                yield rule, GATEWAY, scope

    def _scope(
        self, now: Now, *, plot: Plot | None = None, sensor: str | None = None
    ) -> Scope:
        return Scope(
            history=self._history,
            now=now,
            plot=plot,
            sensor=sensor,
            chosen=self._chosen,
        )

    def _judge(
        self, rule: Rule, subject: str, scope: Scope, passed_ms: int, outcome: Outcome
    ) -> None:
        key = rule.id, subject
        before = self._standing.get(key, Standing())
        self.resting.pop(key, None)
        why, is_over = _off_season(rule, scope)
        if why is not None:
            self.resting[key] = why
        if is_over:
            after, event = episode.end(before)
        else:
            unknown = None, None
            holds, clears = self._ask(rule, key, scope) if why is None else unknown
            look = Look(
                boot=scope.now.boot,
                at_ms=scope.now.ms,
                utc_ms=scope.now.utc_ms,
                passed_ms=passed_ms,
                holds=holds,
                clears=clears,
            )
            after, event = episode.step(
                before, look, _patience(rule), f"{rule.id}-{subject}"
            )
        self._note(rule, subject, scope, (before, after, event), outcome)

    def _ask(
        self, rule: Rule, key: Key, scope: Scope
    ) -> tuple[bool | None, bool | None]:
        """Whether the condition holds, and whether it is over."""
        if rule.needs is not None:
            can = rule.needs.value(scope, rule.numbers, rule.words)
            if not can:
                told = "is not so" if can is False else "is not known"
                self.resting[key] = f"needs {rule.needs.text}, which {told}"
                return None, None
        holds = rule.when.value(scope, rule.numbers, rule.words)
        if holds is None:
            self.resting[key] = f"no data for {rule.when.text}"
        if rule.clear is None:
            clears = None if holds is None else not holds
        else:
            clears = _truth(rule.clear.value(scope, rule.numbers, rule.words))
        return _truth(holds), clears

    def _note(
        self,
        rule: Rule,
        subject: str,
        scope: Scope,
        change: tuple[Standing, Standing, str | None],
        outcome: Outcome,
    ) -> None:
        before, after, event = change
        key = rule.id, subject
        if event is not None:
            outcome.events.append(_event(rule, subject, scope, before, after, event))
        if after.phase is Phase.QUIET:
            after = Standing()
        if after == before:
            return
        self._standing[key] = after
        # A hold that grows is written when something else is, or it would cost a
        # page at each commit; a restart may lengthen a hold, never shorten it.
        if event is not None or after.phase is not before.phase:
            body = b"" if after == Standing() else msgspec.json.encode(after)
            outcome.states[key] = body

    def _end_orphans(self, judged: set[Key], outcome: Outcome) -> None:
        """Forget states whose rule or subject is no more; open episodes are told.

        What a broken rule has open stays open.
        """
        gone = [
            k for k in self._standing if k not in judged and k[0] not in self._broken
        ]
        for key in gone:
            after, event = episode.end(self._standing.pop(key))
            outcome.states[key] = b""
            if event is not None:
                outcome.ended.append((key, after))
            log.info("rule %s no longer watches %s", *key)


def _off_season(rule: Rule, scope: Scope) -> tuple[str | None, bool]:
    """Why the rule is off by the plot's stage, and whether what is open is over."""
    if not rule.table.stages or scope.plot is None:
        return None, False
    if scope.plot.sown is None or scope.plot.duration_days is None:
        return "the plot has no sown or no duration_days: its stage is unknown", True
    if scope.now.day is None:
        return "nobody knows the date yet", False
    stage = stage_on(scope.plot, scope.now.day)
    if stage in rule.table.stages:
        return None, False
    return f"stage {stage or 'none'} is not one of {', '.join(rule.table.stages)}", True


def _patience(rule: Rule) -> Patience:
    """How long a rule waits; that a value is stale after three periods is in it."""
    return Patience(
        hold_ms=round(rule.table.hold_h * 3_600_000),
        clear_ms=round(rule.table.clear_h * 3_600_000),
        blind_ms=BLIND_MS,
    )


def _event(
    rule: Rule,
    subject: str,
    scope: Scope,
    before: Standing,
    after: Standing,
    state: str,
) -> Event:
    value = None
    if rule.value is not None:
        number = rule.value.value(scope, rule.numbers, rule.words)
        value = None if number is None else float(number)
    begun = after if after.phase is Phase.FIRING else before
    facts = _facts(rule, scope, begun, value)
    title = _said(rule.table.title, facts)
    if state != "firing":
        facts |= {"title_vi": title.vi, "title_en": title.en}
        facts["blind"] = _blind_since(rule, scope, after)
    return Event(
        rule=rule,
        subject=subject,
        plot=_plot_of(scope),
        state=state,
        standing=replace(begun, episode=after.episode, step=after.step),
        title=title,
        say=_said(LATER.get(state, rule.table.say), facts),
        do=_said(rule.table.do, facts) if state == "firing" else Said(vi="", en=""),
        value=value,
        unit=rule.value.kind if rule.value is not None else "",
        is_doubtful=scope.is_doubtful,
    )


def _blind_since(rule: Rule, scope: Scope, standing: Standing) -> Instant:
    """Since when there is nothing to judge by: the newest value, if that is older."""
    now = scope.now
    if now.utc_ms is None:
        return Instant(None)
    places = [place for q in rule.when.quantities if (place := scope.place(q))]
    values = [value.ms for place in places if (value := scope.history.newest(place))]
    since_ms = min([now.ms - standing.blind_ms, *values])
    return Instant(now.utc_ms - (now.ms - since_ms))


def named(plot: Plot) -> str:
    """Plot and locality as people say them."""
    return ", ".join(filter(None, (plot.name, plot.locality)))


def _plot_of(scope: Scope) -> str:
    if scope.plot is not None:
        return scope.plot.id
    return next((place.plot for place in scope.of_sensor()), "")


def _facts(
    rule: Rule, scope: Scope, begun: Standing, value: float | None
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        name: Measure(number, rule.units[name]) for name, number in rule.numbers.items()
    }
    facts["since"] = Instant(begun.since_utc_ms)
    if scope.plot is not None:
        facts["plot"] = named(scope.plot)
    if scope.sensor is not None:
        facts["sensor"] = scope.sensor
        facts["device"] = next((place.device for place in scope.of_sensor()), "")
    if rule.value is not None:
        measure = None if value is None else Measure(value, rule.value.kind)
        if measure is not None and scope.is_at_bottom:
            measure = replace(measure, is_at_most=True)
        facts["value"] = measure or "–"
    return facts | scope.facts


def _said(said: Said, facts: Mapping[str, Fact]) -> Said:
    known = dict.fromkeys(text.names_in(said.vi + said.en), "–") | dict(facts)
    return Said(vi=text.fill(said.vi, known, "vi"), en=text.fill(said.en, known, "en"))


def _truth(value: float | bool | None) -> bool | None:
    return None if value is None else bool(value)


def _read(key: Key, body: bytes) -> Standing:
    """A stored state; one that cannot be read, as after damage, counts as quiet."""
    try:
        return msgspec.json.decode(body, type=Standing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        log.error("the state of rule %s on %s is unreadable: %s", *key, fault)
        return Standing()
