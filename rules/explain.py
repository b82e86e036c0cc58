"""Why a rule spoke: its condition taken apart when it began to hold and was told.

The past is asked again with the rules of today.  Where the answer is another one
than it was, something has changed since, and that is said first.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rules import telling, text
from rules.engine import GATEWAY, Engine
from rules.language import TRUTH, Expression
from rules.now import Now
from rules.plot import Plot
from rules.rule import Rule
from rules.sources import SOURCES, Source
from rules.tables import Said, WaitTable
from rules.text import Both, Fact, Instant, Language, Measure
from rules.trace import Step

CONDITIONS: Final = "needs", "when", "clear"

Judged = bool | Measure | None
"""What a part of a condition was; ``None``: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The episode as it is on record.  Times are UTC. [ms since 1970]"""

    code: str
    rule: str
    subject: str
    severity: str
    state: str
    since_ms: int  # when the condition began to hold
    fired_ms: int | None = None  # when it was told, where that can be found out
    until_ms: int | None = None  # when it was over, the same
    vi: str  # newest words of it
    en: str
    verdict: str

    @property
    def instants(self) -> tuple[int, ...]:
        """When its condition is worth a look."""
        return tuple(dict.fromkeys([self.since_ms, self.fired_ms or self.since_ms]))


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, or a part of one, and what it was at each instant."""

    key: str  # of CONDITIONS
    depth: int
    text: str
    values: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """One threshold or wait that the rule goes by."""

    name: str
    value: Measure
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that stands on the page; ``rule`` is ``None`` where it is no more."""

    told: Told
    where: str
    rule: Rule | None = None
    title: Said | None = None
    say: Said | None = None
    do: Said | None = None
    parts: tuple[Part, ...] = ()
    numbers: tuple[Number, ...] = ()
    steps: tuple[Step, ...] = ()
    is_doubtful: bool = False
    notes: tuple[Both, ...] = ()


def explain(
    engine: Engine,
    rule: Rule,
    told: Told,
    at: Callable[[int], Now],
    plot: Plot | None,
) -> Explanation:
    """Ask ``rule`` again, and each of its parts.

    ``at`` moves the engine's past to an instant, beyond which it knows nothing.
    """
    parts = tuple(_parts(engine, rule, told, at))
    began = engine.ask(rule, told.subject, at(told.since_ms))
    asked = engine.ask(rule, told.subject, at(told.instants[-1]), steps=True)
    facts = {**asked.facts, "since": Instant(told.since_ms)}
    return Explanation(
        told=told,
        where=_where(told.subject, plot, facts),
        rule=rule,
        title=telling.said(rule.table.title, facts),
        say=telling.said(rule.table.say, facts),
        do=telling.said(rule.table.do, facts),
        parts=parts,
        numbers=tuple(_numbers(rule)),
        steps=tuple(dict.fromkeys(asked.steps)),
        is_doubtful=asked.is_doubtful,
        notes=tuple(_changes(rule, told, began.holds, began.resting)),
    )


def gone(told: Told, plot: Plot | None) -> Explanation:
    """What is left to say where the rule or its subject is not there any more."""
    note = Both(
        "ĐÃ ĐỔI: quy tắc hoặc nơi đo này không còn nữa, chỉ còn lời đã báo.",
        "CHANGED: this rule or its subject is not there any more, only its words are.",
    )
    return Explanation(told=told, where=_where(told.subject, plot, {}), notes=(note,))


# --- what has changed ----------------------------------------------------------


def _changes(
    rule: Rule, told: Told, holds: bool | None, resting: str | None
) -> Iterator[Both]:
    """What tells that rule, config or data are not what they were."""
    if holds is False:
        yield Both(
            "ĐÃ ĐỔI: xét theo quy tắc và số liệu hiện nay thì lúc bắt đầu điều kiện"
            " không đúng; quy tắc, ngưỡng, cấu hình hoặc số liệu đã đổi từ đó.",
            "CHANGED: by the rule and the data of today the condition did not hold when"
            " it began; rule, thresholds, config or data have changed since.",
        )
    elif holds is None:
        why = resting or rule.when.text
        yield Both(
            f"Không xét lại được như lúc đó: {why}.",
            f"It cannot be judged again as it was then: {why}.",
        )
    if not all(_is_as_said(rule, told, each) for each in ("vi", "en")):
        yield Both(
            f"ĐÃ ĐỔI: lời hoặc ngưỡng của quy tắc đã đổi. Lúc đó báo: “{told.vi}”",
            "CHANGED: words or thresholds of the rule have changed.  Then it said:"
            f" “{told.en}”",
        )
    if rule.origin != "pack":
        yield Both(
            f"Quy tắc này do nơi dùng viết hoặc sửa: {rule.file}",
            f"This rule was written or changed by the site: {rule.file}",
        )


def _is_as_said(rule: Rule, told: Told, language: Language) -> bool:
    """Whether the newest words can be the rule's, with the thresholds of today.

    What was measured may be anything.
    """
    template: str = getattr(telling.LATER.get(told.state, rule.table.say), language)
    title: str = getattr(rule.table.title, language)
    whole = template.replace(f"{{title_{language}}}", title)
    known = {
        name: text.say(Measure(value, rule.units[name]), language)
        for name, value in rule.numbers.items()
    }
    parts = re.split(r"\{(\w+)\}", whole)  # texts and names by turns
    for at in range(1, len(parts), 2):
        name = parts[at]
        parts[at] = re.escape(known[name]) if name in known else ".*"
    parts[::2] = map(re.escape, parts[::2])
    said = told.vi if language == "vi" else told.en
    return re.fullmatch("".join(parts), said, re.IGNORECASE | re.DOTALL) is not None


# --- what it was ----------------------------------------------------------------


def _where(subject: str, plot: Plot | None, facts: Mapping[str, Fact]) -> str:
    if plot is not None:
        return telling.named(plot)
    device = facts.get("device")
    return f"{subject} ({device})" if device and subject != GATEWAY else subject


def _parts(
    engine: Engine, rule: Rule, told: Told, at: Callable[[int], Now]
) -> Iterator[Part]:
    for key in CONDITIONS:
        whole: Expression | None = getattr(rule, key)
        for depth, part in () if whole is None else whole.parts():
            values = (
                _value(engine, rule, told.subject, at(each), part)
                for each in told.instants
            )
            yield Part(key, depth, part.text, tuple(values))


def _value(
    engine: Engine, rule: Rule, subject: str, now: Now, part: Expression
) -> Judged:
    """What a part says alone."""
    if part.kind == TRUTH:
        alone = replace(rule, needs=None, when=part, clear=None, value=None)
        return engine.ask(alone, subject, now).holds
    alone = replace(rule, needs=None, clear=None, value=part)
    found = engine.ask(alone, subject, now).facts["value"]
    return found if isinstance(found, Measure) else None


def _numbers(rule: Rule) -> Iterator[Number]:
    """Those of the set that the rule's conditions or words name, and its waits."""
    table = rule.table
    written = (rule.needs, rule.when, rule.clear, rule.value)
    named = {name for each in written if each is not None for name in each.names}
    for said in (table.title, table.say, table.do):
        named |= {*text.names_in(said.vi)}
    for name, value in rule.numbers.items():
        if name in named:
            measure = Measure(value, rule.units[name])
            yield Number(name, measure, rule.source_of[name])
    for name, wait in (("hold", table.hold), ("clear_after", table.clear_after)):
        if wait is not None:
            yield Number(name, Measure(wait.h, "h"), _source(rule, wait))


def _source(rule: Rule, wait: WaitTable) -> Source:
    own = {source.id: source for source in rule.sources}
    unread = Source(wait.source, wait.source, "design")
    return own.get(wait.source) or SOURCES.get(wait.source, unread)
