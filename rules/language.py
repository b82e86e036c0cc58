"""The expressions of a rule: parsed, checked, interpreted.  Nothing is executed.

An expression is a line of Python's grammar of which little is allowed: ``and or
not``, comparisons, ``+ -``, names and calls.  A name is a quantity, a number of
the rule's threshold set, or a function of ``rules.functions``.  There are no bare
numbers: each has a name, a unit and a source where it is defined.

Truth has three values, because a field has gaps: ``None`` is *unknown*, and it
spreads as in Kleene's logic, so that a gap neither raises nor clears.
"""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from telemetry.quantity import QUANTITIES
from telemetry.settings import unknown

MOST_LETTERS: Final = 400  # what a person still reads as one condition
MOST_NODES: Final = 80
MOST_DEPTH: Final = 12

TRUTH: Final = "truth"  # beside units, what an expression may be
QUANTITY: Final = "quantity"
PEST: Final = "pest"  # an EPPO code
SAME: Final = "same"  # the unit of the quantity that was given

Value = float | bool | None


class ExpressionError(ValueError):
    """An expression that cannot be used, with the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What an expression may call.

    ``takes`` names what each argument is: ``QUANTITY``, ``PEST``, ``SAME`` or a unit;
    ``facts`` are the names that it offers to the rule's texts.
    """

    takes: tuple[str, ...]
    gives: str
    per: str = "plot"  # what it can be asked of
    facts: tuple[str, ...] = ()
    call: Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a name may mean: units of numbers, functions, pests."""

    units: Mapping[str, str]
    functions: Mapping[str, Function]
    pests: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; ``kind`` is ``TRUTH`` or a unit."""

    text: str
    kind: str
    facts: frozenset[str]
    names: tuple[str, ...]  # in the order of their first mention
    quantities: tuple[str, ...]
    _tree: ast.expr

    def value(self, scope: Any, numbers: Mapping[str, float], words: Words) -> Value:
        """Return what it says in ``scope``, which is handed to every function."""
        return _Reader(scope, numbers, words).value(self._tree)


def parse(text: str, words: Words) -> Expression:
    """Read and check an expression.

    Raises
    ------
    ExpressionError
        It is too long, of another grammar, or its names or units do not fit.
    """
    if len(text) > MOST_LETTERS:
        msg = f"has {len(text)} letters; write at most {MOST_LETTERS}"
        raise ExpressionError(msg)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        why = fault.msg if isinstance(fault, SyntaxError) else "nested too deeply"
        msg = f"{text!r} cannot be read: {why}"
        raise ExpressionError(msg) from None
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > MOST_NODES or _depth(tree) > MOST_DEPTH:
        msg = f"is too large: at most {MOST_NODES} parts, {MOST_DEPTH} deep"
        raise ExpressionError(msg)
    kind = _kind(tree, words)
    found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names = tuple(dict.fromkeys(found))
    facts = (words.functions[name].facts for name in names if name in words.functions)
    return Expression(
        text=text,
        kind=kind,
        facts=frozenset(fact for some in facts for fact in some),
        names=names,
        quantities=tuple(name for name in names if name in QUANTITIES),
        _tree=tree,
    )


# --- checking ------------------------------------------------------------------


def _depth(node: ast.AST) -> int:
    return 1 + max((_depth(part) for part in ast.iter_child_nodes(node)), default=0)


def _kind(node: ast.expr, words: Words) -> str:  # noqa: PLR0911  a line a form
    """What ``node`` is: ``TRUTH``, ``QUANTITY`` or a unit."""
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _want(part, TRUTH, words)
            return TRUTH
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _want(part, TRUTH, words)
            return TRUTH
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _comparison([left, *others], ops, words)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            unit = _number(left, words)
            _want(right, unit, words)
            return unit
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return _number(part, words)
        case ast.Call():
            return _call(node, words)
        case ast.Name(id=name):
            return _name(name, words)
        case ast.Constant(value=int() | float()):
            msg = (
                f"{ast.unparse(node)} is a bare number: name it in the threshold set,"
                " with unit and source"
            )
            raise ExpressionError(msg)
    msg = f"{ast.unparse(node)!r} is not allowed in a rule"
    raise ExpressionError(msg)


def _comparison(parts: list[ast.expr], ops: list[ast.cmpop], words: Words) -> str:
    if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in ops):
        msg = "compare with < <= > >=; measured numbers are never equal"
        raise ExpressionError(msg)
    unit = _number(parts[0], words)
    for part in parts[1:]:
        _want(part, unit, words)
    return TRUTH


def _call(node: ast.Call, words: Words) -> str:
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
    same = TRUTH
    for part, wanted in zip(node.args, function.takes, strict=True):
        if wanted == QUANTITY:
            same = _quantity(part, name, words)
        elif wanted == PEST:
            _pest(part, name, words)
        else:
            _want(part, same if wanted == SAME else wanted, words)
    return same if function.gives == SAME else function.gives


def _quantity(node: ast.expr, function: str, words: Words) -> str:
    if isinstance(node, ast.Name) and node.id in QUANTITIES:
        return QUANTITIES[node.id].unit
    text = ast.unparse(node)
    if isinstance(node, ast.Name) and node.id not in words.units:
        msg = f"unknown quantity {text!r}; {unknown(text, QUANTITIES)}"
    else:
        msg = f"{function}({text}): write a quantity such as water_level"
    raise ExpressionError(msg)


def _pest(node: ast.expr, function: str, words: Words) -> None:
    text = ast.unparse(node)
    if not isinstance(node, ast.Name) or node.id not in words.pests:
        msg = f"{function}({text}): unknown pest; {unknown(text, words.pests)}"
        raise ExpressionError(msg)


def _name(name: str, words: Words) -> str:
    if name in words.units:
        return words.units[name]
    if name in QUANTITIES:
        msg = f"{name} has many values: say which, as in last({name})"
        raise ExpressionError(msg)
    known = [*words.units, *words.functions, *QUANTITIES]
    msg = f"unknown name {name!r}; {unknown(name, known)}"
    raise ExpressionError(msg)


def _number(node: ast.expr, words: Words) -> str:
    unit = _kind(node, words)
    if unit == TRUTH:
        msg = f"{ast.unparse(node)!r} is true or false, not a number"
        raise ExpressionError(msg)
    return unit


def _want(node: ast.expr, wanted: str, words: Words) -> None:
    found = _kind(node, words)
    if found != wanted:
        msg = f"{ast.unparse(node)!r} is {_told(found)}; {_told(wanted)} is needed"
        raise ExpressionError(msg)


def _told(kind: str) -> str:
    return "true or false" if kind == TRUTH else f"a number in {kind}"


# --- interpreting --------------------------------------------------------------


class _Reader:
    """Reads a checked tree in one scope."""

    def __init__(
        self,
        scope: object,
        numbers: Mapping[str, float],
        words: Words,
    ) -> None:
        self._scope = scope
        self._numbers = numbers
        self._functions = words.functions
        self._texts = {*QUANTITIES, *words.pests}

    def value(self, node: ast.expr) -> Value:  # noqa: PLR0911  a line a form
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                return self._all(parts, stops_at=False)
            case ast.BoolOp(values=parts):
                return self._all(parts, stops_at=True)
            case ast.UnaryOp(op=op, operand=part):
                found = self.value(part)
                if found is None:
                    return None
                return not found if isinstance(op, ast.Not) else -found
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._compare([left, *others], ops)
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self.value(left), self.value(right)
                if a is None or b is None:
                    return None
                return a + b if isinstance(op, ast.Add) else a - b
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._functions[name].call(self._scope, *self._given(args))
            case ast.Name(id=name):
                return self._numbers[name]
        msg = f"unchecked expression: {ast.dump(node)}"
        raise AssertionError(msg)

    def _given(self, args: list[ast.expr]) -> Iterator[object]:
        for each in args:
            if isinstance(each, ast.Name) and each.id in self._texts:
                yield each.id
            else:
                yield self.value(each)

    def _all(self, parts: list[ast.expr], *, stops_at: bool) -> Value:
        """``and`` stops at a false part, ``or`` at a true one; else unknown counts."""
        is_known = True
        for part in parts:
            found = self.value(part)
            if found is stops_at:
                return found
            is_known &= found is not None
        return (not stops_at) if is_known else None

    def _compare(self, parts: list[ast.expr], ops: list[ast.cmpop]) -> Value:
        values = [self.value(part) for part in parts]
        result: Value = True
        for a, op, b in zip(values, ops, values[1:], strict=False):
            if a is None or b is None:
                result = None
            elif not _COMPARE[type(op)](a, b):
                return False
        return result


_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
