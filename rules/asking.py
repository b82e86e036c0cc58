"""One rule asked of one subject, once: what it says, and why it may not know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules import guards, telling
from rules.episode import Standing
from rules.guards import Turn
from rules.rule import Rule
from rules.scope import Scope
from rules.text import Fact
from rules.trace import Step

LACKING: Final = ("no data", "needs", "broken")
"""How the reasons begin that somebody can do something about."""

MOST_LACKS: Final = 3  # reasons that are told of one rule: the first ones lead on


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a rule says of a subject at one instant, whatever went before."""

    holds: bool | None
    clears: bool | None
    value: float | None
    facts: Mapping[str, Fact]  # all that its texts may name
    steps: Sequence[Step]
    resting: str | None  # why it cannot judge, or is not asked now
    is_doubtful: bool


def ask(rule: Rule, scope: Scope) -> Asked:
    """Judge ``rule`` in ``scope``; a guard is told, and the rule asked all the same."""
    turn, why = guards.turn_of(rule, scope)
    holds, clears, lack = judged(rule, scope, with_clear=True)
    value = telling.value_of(rule, scope)
    since = Standing(since_utc_ms=scope.now.utc_ms)
    return Asked(
        holds=holds,
        clears=clears,
        value=value,
        facts=telling.facts_of(rule, scope, since, value),
        steps=tuple(dict.fromkeys(scope.steps or ())),  # several may ask for ET0
        resting=lack if turn is Turn.JUDGE else why,
        is_doubtful=scope.is_doubtful,
    )


def judged(
    rule: Rule, scope: Scope, *, with_clear: bool
) -> tuple[bool | None, bool | None, str | None]:
    """Whether the condition holds, whether it is over, and why nobody knows."""
    numbers = rule.numbers
    if rule.needs is not None:
        can = rule.needs.value(scope, numbers)
        if not can:
            told = "is not so" if can is False else "is not known"
            why = f"needs {rule.needs.text}, which {told}"
            return None, None, why + _lacks(scope)
    holds = _truth(rule.when.value(scope, numbers))
    lack = None if holds is not None else f"no data for {rule.when.text}"
    lack = lack and lack + _lacks(scope)
    if not with_clear:
        return holds, None, lack
    if rule.clear is None:
        return holds, None if holds is None else not holds, lack
    return holds, _truth(rule.clear.value(scope, numbers)), lack


def reason(resting: Mapping[str, int]) -> str:
    """Of reasons by looks: what it lacked, if anything, else the commonest guard.

    >>> reason({"outside its hours 06:00-08:00": 22, "no data for wet_night()": 2})
    'no data for wet_night()'
    """
    lacked = {why: n for why, n in resting.items() if why.startswith(LACKING)}
    some = lacked or resting
    return max(some, key=lambda why: some[why])


def _lacks(scope: Scope) -> str:
    told = list(dict.fromkeys(scope.lacks))[:MOST_LACKS]
    return f": {'; '.join(told)}" if told else ""


def _truth(value: float | bool | None) -> bool | None:
    return None if value is None else bool(value)
