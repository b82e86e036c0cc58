"""What an expression may be made of: functions, units, names, and what they are.

``rules.functions`` fills it; ``rules.building`` checks expressions by it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from telemetry.quantity import Kind

TRUTH: Final = "truth"  # beside units, what an expression may be
QUANTITY: Final = "quantity"
PEST: Final = "pest"  # an EPPO code
STAGE: Final = "stage"  # of a pest, as series name it
CATCH: Final = "catch"  # a pest, or a quantity that a trap counts
HOURLY: Final = "condition on hours"  # where a bare quantity is its value in the hour
SAME: Final = "same"  # the unit of the quantity that was given
RATE: Final = "rate"  # that unit a day

DAILY: Final = "/d"  # ends the unit of what happens in a day

CAUGHT: Final = ("trap_count", "trap_beam_breaks")
"""Quantities that count what a trap catches."""

Value = float | bool | None

Lasts = Literal["look", "hour", "night", "dawn", "day"]
"""For how long an answer stands: from noon, from 06:00, or from midnight for a day."""


Judge = Callable[[Any, Mapping[str, float]], Value]
"""A checked expression at work: what it says in a scope, with a set's numbers."""


Built = tuple[str, Judge]
"""What a part is, ``TRUTH`` or a unit, and how it is judged."""


class ExpressionError(ValueError):
    """An expression that cannot be used, with the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What an expression may call.

    ``takes`` names what each argument is: one of the words above, or a unit;
    ``facts`` are the names that it offers to the rule's texts.  What ``lasts`` an
    hour or a day is worked out once in it, if it is known.
    """

    takes: tuple[str, ...]
    gives: str
    call: Callable[..., Value]
    per: str = "plot"  # what it can be asked of
    facts: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset(Kind)  # of quantity that it makes sense of
    quantities: Collection[str] = ()  # the only ones that it takes, if there are any
    pests: Collection[str] = ()  # the same of pests
    lasts: Lasts = "look"


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a name may mean: units of numbers, functions, pests."""

    units: Mapping[str, str]
    functions: Mapping[str, Function]
    pests: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class HourCondition:
    """A condition that is asked of one hour after the other."""

    quantities: tuple[str, ...]
    judge: Judge
    numbers: Mapping[str, float]

    def holds(self, hour: "OneHour") -> Value:
        """Whether it is so in ``hour``."""
        return self.judge(hour, self.numbers)


@dataclass(frozen=True, slots=True)
class OneHour:
    """One hour: what each quantity was in it, those that are not known left out."""

    values: Mapping[str, float]
    lacks: list[str]


def told(kind: str) -> str:
    """What a part is, in words."""
    return "true or false" if kind == TRUTH else f"a number in {kind}"
