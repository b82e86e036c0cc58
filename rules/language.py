"""The expressions of a rule: parsed and checked.  Nothing is executed.

An expression is a line of Python's grammar of which little is allowed: ``and or
not``, comparisons, ``+ - * /``, names and calls.  A name is a quantity, a number of
the rule's threshold set, a pest, or a function of ``rules.functions``.  There are no
bare numbers: each has a name, a unit and a source where it is defined.

Truth has three values, because a field has gaps: ``None`` is *unknown*, and it
spreads as in Kleene's logic, so that a gap neither raises nor clears.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from rules import building
from rules.vocabulary import TRUTH, ExpressionError, Function, Judge, Value, Words
from telemetry.quantity import QUANTITIES

__all__ = [
    "TRUTH",
    "Expression",
    "ExpressionError",
    "Function",
    "Value",
    "Words",
    "parse",
    "rests_on",
]

MOST_LETTERS: Final = 400  # what a person still reads as one condition
MOST_NODES: Final = 80
MOST_DEPTH: Final = 12
MOST_BRACKETS: Final = 2 * MOST_DEPTH  # a call and a group at each depth

_NUMBER: Final = re.compile(r"(?<!\w)\.?\d\w*(?:\.\w*)?")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_ ().,<>=!+*/%-]")


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; ``kind`` is ``TRUTH`` or a unit."""

    text: str
    kind: str
    facts: frozenset[str]
    names: tuple[str, ...]  # in the order of their first mention
    quantities: tuple[str, ...]
    _words: Words = field(repr=False, compare=False)
    _tree: ast.expr = field(repr=False, compare=False)
    _judge: Judge = field(repr=False, compare=False)

    def value(self, scope: Any, numbers: Mapping[str, float]) -> Value:
        """Return what it says in ``scope``, which is handed to every function."""
        return self._judge(scope, numbers)

    def parts(self) -> Iterator[tuple[int, "Expression"]]:
        """What it is made of, each with its depth, itself first.

        Numbers of the set, and what a function is given, are left out.
        """
        yield from _parts(self, self._words, 0)


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
    line = " ".join(text.split())
    _refuse_letters(line)
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        why = fault.msg if isinstance(fault, SyntaxError) else "nested too deeply"
        msg = f"{line!r} cannot be read: {why}"
        raise ExpressionError(msg) from None
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > MOST_NODES or _depth(tree) > MOST_DEPTH:
        msg = f"is too large: at most {MOST_NODES} parts, {MOST_DEPTH} deep"
        raise ExpressionError(msg)
    return _expression(tree, words, line)


def rests_on(expression: Expression, function: str) -> bool:
    """Whether an expression cannot be true unless ``function`` has given a value.

    >>> from rules.functions import FUNCTIONS
    >>> units = {"many": "per m²", "old": "d", "hot": "°C"}
    >>> words = Words(units, FUNCTIONS, ["NILALU"])
    >>> count = "scouted(pest_density, NILALU, all, old) >= many"
    >>> rests_on(parse(f"{count} and last(air_temperature) > hot", words), "scouted")
    True
    >>> rests_on(parse(f"{count} or last(air_temperature) > hot", words), "scouted")
    False
    """
    return _rests_on(expression._tree, function)


# --- inside --------------------------------------------------------------------


def _refuse_letters(line: str) -> None:
    """Refuse what Python's reader would warn of, on a screen that nobody watches."""
    if _brackets(line) > MOST_BRACKETS:  # Python's reader takes milliseconds of them
        msg = f"is nested too deeply: at most {MOST_BRACKETS} brackets in one another"
        raise ExpressionError(msg)
    strange = _STRANGE.search(line)
    if strange is not None:
        msg = f"{strange[0]!r} is not allowed in a rule"
        raise ExpressionError(msg)
    number = _NUMBER.search(line)
    if number is not None:
        msg = (
            f"{number[0]} is a bare number: name it in the threshold set, with unit"
            " and source"
        )
        raise ExpressionError(msg)


def _brackets(line: str) -> int:
    """How many brackets are open at once, at most."""
    steps = ((letter == "(") - (letter == ")") for letter in line)
    return max(accumulate(steps), default=0)


def _depth(node: ast.AST) -> int:
    return 1 + max((_depth(part) for part in ast.iter_child_nodes(node)), default=0)


def _expression(tree: ast.expr, words: Words, text: str) -> Expression:
    kind, judge = building.built(tree, words)
    found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names = tuple(dict.fromkeys(found))
    facts = (words.functions[name].facts for name in names if name in words.functions)
    return Expression(
        text=text,
        kind=kind,
        facts=frozenset(fact for some in facts for fact in some),
        names=names,
        quantities=tuple(name for name in names if name in QUANTITIES),
        _words=words,
        _tree=tree,
        _judge=judge,
    )


def _parts(
    whole: Expression, words: Words, depth: int
) -> Iterator[tuple[int, Expression]]:
    yield depth, whole
    match whole._tree:
        case ast.BoolOp(values=inner):
            pass
        case ast.UnaryOp(operand=one):
            inner = [one]
        case ast.Compare(left=left, comparators=others):
            inner = [left, *others]
        case ast.BinOp(left=left, right=right):
            inner = [left, right]
        case _:
            return
    for node in inner:
        if not isinstance(node, ast.Name):
            part = _expression(node, words, ast.unparse(node))
            yield from _parts(part, words, depth + 1)


def _rests_on(node: ast.expr, function: str) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return any(_rests_on(part, function) for part in parts)
        case ast.BoolOp(values=parts):
            return all(_rests_on(part, function) for part in parts)
        case ast.Compare() | ast.Call():
            return any(
                isinstance(each, ast.Name) and each.id == function
                for each in ast.walk(node)
            )
    return False
