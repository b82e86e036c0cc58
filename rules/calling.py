"""Calls within an expression: are the arguments what the function takes?"""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from rules.vocabulary import (
    CATCH,
    CAUGHT,
    DAILY,
    HOURLY,
    PEST,
    QUANTITY,
    RATE,
    SAME,
    STAGE,
    TRUTH,
    Built,
    ExpressionError,
    Function,
    HourCondition,
    Judge,
    Value,
    Words,
    told,
)
from telemetry.quantity import QUANTITIES
from telemetry.series import STAGES
from telemetry.settings import unknown

_BY_NAME: Final = frozenset({QUANTITY, PEST, STAGE, CATCH})  # its value is its name

_DAYS: Final = {"d", "days"}  # the same; as spans and as counts people write both

Build = Callable[..., Built]


def built(node: ast.Call, words: Words, build: Build) -> Built:
    """Check a call; what it gives, and how it is judged.

    ``build`` checks a part that is an expression of its own.

    Raises
    ------
    ExpressionError
        Unknown function, or arguments that do not fit.
    """
    if not isinstance(node.func, ast.Name) or node.keywords:
        msg = f"{ast.unparse(node)!r}: call a function by its name, arguments in order"
        raise ExpressionError(msg)
    name = node.func.id
    function = words.functions.get(name)
    if function is None:
        msg = f"unknown function {name!r}; {unknown(name, words.functions)}"
        raise ExpressionError(msg)
    if len(node.args) != len(function.takes):
        takes = ", ".join(function.takes) or "nothing"
        msg = f"{name} takes {takes}, not {len(node.args)} arguments"
        raise ExpressionError(msg)
    same, judges = TRUTH, list[Judge | str]()
    for part, wanted in zip(node.args, function.takes, strict=True):
        if wanted == HOURLY:
            judges.append(_hourly(part, name, build))
            continue
        if wanted in _BY_NAME:
            given = _named(part, wanted, name, function, words)
            same = QUANTITIES[given].unit if wanted == QUANTITY else same
            judges.append(given)
            continue
        kind, judge = build(part)
        needed = same if wanted == SAME else wanted
        if kind != needed and {kind, needed} != _DAYS:
            text = ast.unparse(part)
            msg = f"{name}: {text!r} is {told(kind)}; {told(needed)} is needed"
            raise ExpressionError(msg)
        judges.append(judge)
    gives = {SAME: same, RATE: same + DAILY}.get(function.gives, function.gives)
    return gives, _called(name, function, tuple(judges))


def _called(name: str, function: Function, parts: tuple[Judge | str, ...]) -> Judge:
    """The call at work; what is given by name stands before what is worked out."""
    call = function.call
    if function.lasts != "look":

        def call(scope: Any, *given: Any) -> Value:
            return scope.kept(name, function, given)  # type: ignore[no-any-return]

    names = tuple(part for part in parts if isinstance(part, str))
    judges = tuple(part for part in parts if not isinstance(part, str))
    if not judges:
        return lambda scope, _: call(scope, *names)

    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        given = [part(scope, numbers) for part in judges]
        return None if None in given else call(scope, *names, *given)

    return judge


def _hourly(node: ast.expr, function: str, build: Build) -> Judge:
    kind, judge = build(node, of_hours=True)
    found = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    quantities = tuple(dict.fromkeys(name for name in found if name in QUANTITIES))
    if kind != TRUTH or not quantities:
        text = ast.unparse(node)
        msg = f"{function}({text}): write a condition such as air_temperature < cold"
        raise ExpressionError(msg)

    def condition(_: Any, numbers: Mapping[str, float]) -> Any:
        return HourCondition(quantities, judge, numbers)

    return condition


# --- what is given by its name -------------------------------------------------


def _named(
    node: ast.expr, wanted: str, function: str, its: Function, words: Words
) -> str:
    text = ast.unparse(node)
    faults = {
        QUANTITY: _quantity_faults,
        PEST: _pest_faults,
        STAGE: _stage_faults,
        CATCH: _catch_faults,
    }[wanted](text, its, words)
    why = next(faults, None)
    if why is not None:
        msg = f"{function}({text}): {why}"
        raise ExpressionError(msg)
    return text


def _quantity_faults(text: str, function: Function, words: Words) -> Iterator[str]:
    known = function.quantities or [
        name for name, each in QUANTITIES.items() if each.kind in function.kinds
    ]
    if text in known:
        return
    if text in QUANTITIES:
        yield f"makes no sense of {text}; {_some(known)}"
    elif text.isidentifier() and text not in words.units:
        yield f"unknown quantity {text!r}; {unknown(text, QUANTITIES)}"
    else:
        yield "write a quantity such as water_level"


def _pest_faults(text: str, function: Function, words: Words) -> Iterator[str]:
    known = function.pests or words.pests
    if text not in known:
        yield f"unknown pest; {unknown(text, known)}"


def _stage_faults(text: str, _: Function, __: Words) -> Iterator[str]:
    if text not in STAGES:
        yield f"unknown stage; {_some(STAGES)}"


def _catch_faults(text: str, _: Function, words: Words) -> Iterator[str]:
    known = [*words.pests, *CAUGHT]
    if text not in known:
        yield f"is no pest and no catch of a trap; {unknown(text, known)}"


def _some(known: Collection[str]) -> str:
    return f"known: {', '.join(known)}"
