"""Expressions checked and made ready: each part with its unit, and what it says.

One walk over the tree does both, so that nothing can be interpreted which was not
checked.  Units are words; the algebra knows no more than a field needs: a factor of
unit 1, a quotient of equal units, and an amount a day over days.
"""

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import add, ge, gt, le, lt, mul, sub
from typing import Any, Final

from rules import calling
from rules.vocabulary import (
    DAILY,
    TRUTH,
    Built,
    ExpressionError,
    Judge,
    Value,
    Words,
    told,
)
from telemetry.quantity import QUANTITIES, Kind
from telemetry.settings import unknown


def built(  # noqa: PLR0911  a line a form
    node: ast.expr, words: Words, *, of_hours: bool = False
) -> Built:
    """Check ``node``; what it is, and how it is judged.

    ``of_hours``: it is asked of hours, where a quantity's name is its value there.

    Raises
    ------
    ExpressionError
        Names, units or grammar do not fit.
    """
    part = partial(built, words=words, of_hours=of_hours)
    match node:
        case ast.BoolOp(op=op, values=parts):
            judges = tuple(_wanted(part(each), each, TRUTH) for each in parts)
            return TRUTH, _all(judges, stops_at=isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return TRUTH, _not(_wanted(part(inner), inner, TRUTH))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            unit, judge = _number(part(inner), inner)
            return unit, _minus(judge)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _comparison([left, *others], ops, part)
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(node, op, part(left), part(right))
        case ast.Call() if not of_hours:
            return calling.built(node, words, partial(built, words=words))
        case ast.Name(id=name) if of_hours and name in QUANTITIES:
            _want_hourly(name)
            return QUANTITIES[name].unit, lambda hour, _: hour.values.get(name)
        case ast.Name(id=name):
            return _unit_of(name, words), lambda _, numbers: numbers[name]
        case ast.Call():
            msg = f"{ast.unparse(node)!r}: a condition on hours calls no function"
            raise ExpressionError(msg)
    msg = f"{ast.unparse(node)!r} is not allowed in a rule"
    raise ExpressionError(msg)


# --- units ---------------------------------------------------------------------


def _wanted(found: Built, node: ast.expr, kind: str) -> Judge:
    if found[0] != kind:
        msg = f"{ast.unparse(node)!r} is {told(found[0])}; {told(kind)} is needed"
        raise ExpressionError(msg)
    return found[1]


def _number(found: Built, node: ast.expr) -> Built:
    if found[0] == TRUTH:
        msg = f"{ast.unparse(node)!r} is true or false, not a number"
        raise ExpressionError(msg)
    return found


def _unit_of(name: str, words: Words) -> str:
    if name in words.units:
        return words.units[name]
    if name in QUANTITIES:
        msg = f"{name} has many values: say which, as in last({name})"
        raise ExpressionError(msg)
    known = [*words.units, *words.functions, *QUANTITIES]
    msg = f"unknown name {name!r}; {unknown(name, known)}"
    raise ExpressionError(msg)


def _want_hourly(name: str) -> None:
    if QUANTITIES[name].kind in (Kind.AMOUNT, Kind.DIRECTION):
        msg = f"{name} has no value for each hour; take a level, a state or a counter"
        raise ExpressionError(msg)


def _product(a: str, b: str) -> str | None:
    if "1" in (a, b):
        return b if a == "1" else a
    for rate, time in ((a, b), (b, a)):
        if rate.endswith(DAILY) and time == "d":
            return rate.removesuffix(DAILY)
    return None


def _quotient(a: str, b: str) -> str | None:
    if a == b:
        return "1"
    if b == "1":
        return a
    if b == "d":
        return a + DAILY if not a.endswith(DAILY) else None
    return "d" if b == a + DAILY else None


# --- numbers -------------------------------------------------------------------


def _arithmetic(node: ast.BinOp, op: ast.operator, a: Built, b: Built) -> Built:
    (left, first), (right, second) = _number(a, node.left), _number(b, node.right)
    match op:
        case ast.Add() | ast.Sub():
            _wanted(b, node.right, left)
            does = add if isinstance(op, ast.Add) else sub
            return left, _with_both(first, second, does)
        case ast.Mult():
            unit, judge = _product(left, right), _with_both(first, second, mul)
            remedy = "one factor must be of unit 1, or a rate over d"
        case ast.Div():
            unit, judge = (
                _quotient(left, right),
                _divided(first, second, ast.unparse(node)),
            )
            remedy = "divide by a number of unit 1 or of the same unit"
        case _:
            msg = f"{ast.unparse(node)!r}: of arithmetic a rule knows + - * /"
            raise ExpressionError(msg)
    if unit is None:
        msg = f"{ast.unparse(node)!r}: {left} and {right} do not go together; {remedy}"
        raise ExpressionError(msg)
    return unit, judge


def _with_both(
    first: Judge, second: Judge, does: Callable[[float, float], float]
) -> Judge:
    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        a, b = first(scope, numbers), second(scope, numbers)
        if a is None or b is None:
            return None
        result = does(a, b)
        return result if math.isfinite(result) else None

    return judge


def _divided(first: Judge, second: Judge, text: str) -> Judge:
    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        a, b = first(scope, numbers), second(scope, numbers)
        if a is None or b is None:
            return None
        if b == 0:
            scope.lacks.append(f"{text} divides by zero")
            return None
        result = a / b
        return result if math.isfinite(result) else None

    return judge


def _minus(part: Judge) -> Judge:
    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        found = part(scope, numbers)
        return None if found is None else -found

    return judge


# --- truth ---------------------------------------------------------------------


def _not(part: Judge) -> Judge:
    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        found = part(scope, numbers)
        return None if found is None else not found

    return judge


def _all(parts: Iterable[Judge], *, stops_at: bool) -> Judge:
    """``and`` stops at a false part, ``or`` at a true one; else unknown counts."""

    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        is_known = True
        for part in parts:
            found = part(scope, numbers)
            if found is stops_at:
                return found
            is_known &= found is not None
        return (not stops_at) if is_known else None

    return judge


def _comparison(
    nodes: list[ast.expr], ops: list[ast.cmpop], part: Callable[[ast.expr], Built]
) -> Built:
    if not all(type(op) in _COMPARE for op in ops):
        msg = "compare with < <= > >=; measured numbers are never equal"
        raise ExpressionError(msg)
    unit, first = _number(part(nodes[0]), nodes[0])
    parts = (first, *(_wanted(part(each), each, unit) for each in nodes[1:]))
    orders = tuple(_COMPARE[type(op)] for op in ops)
    if len(parts) == 2:
        return TRUTH, _ordered(*parts, orders[0])

    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        values = [each(scope, numbers) for each in parts]
        result: Value = True
        for a, is_so, b in zip(values, orders, values[1:], strict=False):
            if a is None or b is None:
                result = None
            elif not is_so(a, b):
                return False
        return result

    return TRUTH, judge


def _ordered(left: Judge, right: Judge, is_so: Callable[[float, float], bool]) -> Judge:
    def judge(scope: Any, numbers: Mapping[str, float]) -> Value:
        a, b = left(scope, numbers), right(scope, numbers)
        return None if a is None or b is None else is_so(a, b)

    return judge


_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
}
