"""What is said of an episode: its event, with the texts filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from rules import text
from rules.episode import Phase, Standing
from rules.plot import Plot
from rules.rule import Rule
from rules.scope import Scope
from rules.tables import Kind, Said
from rules.text import Fact, Instant, Measure

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of one episode, ready to be told."""

    rule: Rule
    subject: str
    plot: str
    kind: Kind  # what is daily has this one step: its end is not told
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


def event(
    rule: Rule,
    subject: str,
    scope: Scope,
    before: Standing,
    after: Standing,
    state: str,
) -> Event:
    """The step from ``before`` to ``after``, told with what the scope holds."""
    value = value_of(rule, scope)
    begun = after if after.phase is Phase.FIRING else before
    facts = facts_of(rule, scope, begun, value)
    title = said(rule.table.title, facts)
    if state != "firing":
        facts |= {"title_vi": title.vi, "title_en": title.en}
        facts["blind"] = _blind_since(rule, scope, after)
    return Event(
        rule=rule,
        subject=subject,
        plot=_plot_of(scope),
        kind=rule.table.kind,
        state=state,
        standing=replace(begun, episode=after.episode, step=after.step),
        title=title,
        say=said(LATER.get(state, rule.table.say), facts),
        do=said(rule.table.do, facts) if state == "firing" else Said(vi="", en=""),
        value=value,
        unit=rule.value.kind if rule.value is not None else "",
        is_doubtful=scope.is_doubtful,
    )


def value_of(rule: Rule, scope: Scope) -> float | None:
    """The number that the alert shows."""
    if rule.value is None:
        return None
    number = rule.value.value(scope, rule.numbers)
    return None if number is None else float(number)


def facts_of(
    rule: Rule, scope: Scope, begun: Standing, value: float | None
) -> dict[str, Fact]:
    """Everything that the rule's texts may name."""
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


def said(template: Said, facts: Mapping[str, Fact]) -> Said:
    """A text in both languages; what nobody knows is a dash."""
    names = text.names_in(template.vi + template.en)
    known = dict.fromkeys(names, "–") | dict(facts)
    return Said(
        vi=text.fill(template.vi, known, "vi"), en=text.fill(template.en, known, "en")
    )


def named(plot: Plot) -> str:
    """Plot and locality as people say them."""
    return ", ".join(filter(None, (plot.name, plot.locality)))


def _blind_since(rule: Rule, scope: Scope, standing: Standing) -> Instant:
    """Since when there is nothing to judge by: the newest value, if that is older."""
    now = scope.now
    if now.utc_ms is None:
        return Instant(None)
    places = [place for q in rule.when.quantities if (place := scope.place(q))]
    values = [value.ms for place in places if (value := scope.history.newest(place))]
    since_ms = min([now.ms - standing.blind_ms, *values])
    return Instant(now.utc_ms - (now.ms - since_ms))


def _plot_of(scope: Scope) -> str:
    if scope.plot is not None:
        return scope.plot.id
    return next((place.plot for place in scope.of_sensor()), "")
