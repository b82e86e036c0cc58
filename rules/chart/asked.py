"""What a rule's expressions name: quantities, calls, the limits of quantities."""

import ast
from collections.abc import Iterator, Mapping
from operator import add, sub
from typing import Final

from rules.rule import Rule
from telemetry.quantity import QUANTITIES

READS: Final[Mapping[str, tuple[str, ...]]] = {
    "blast": ("leaf_wetness", "relative_humidity", "air_temperature", "rain_total"),
    "hatching": ("trap_count", "trap_beam_breaks", "air_temperature"),
    "rise": ("trap_count", "trap_beam_breaks"),
    "mildew": ("relative_humidity", "air_temperature", "rain_total"),
    "wet_night": ("leaf_wetness", "relative_humidity"),
    "depletion": ("soil_moisture", "rain_total"),
    "raw_days": ("air_temperature", "relative_humidity", "solar_radiation"),
    "et0": ("air_temperature", "relative_humidity", "solar_radiation"),
    "crop_et": ("air_temperature", "relative_humidity", "solar_radiation"),
}
"""What a model reads, as far as it is worth a look."""

Limit = tuple[str, float]
"""A number as the rule names it, and its value."""


def limits_of(rule: Rule) -> dict[str, list[Limit]]:
    """Numbers that a rule's condition compares each quantity with.

    A number that is made of several, as ``fill - band``, is named so.
    """
    found: dict[str, list[Limit]] = {}
    for node in ast.walk(ast.parse(rule.when.text.strip(), mode="eval")):
        match node:
            case ast.Compare(left=left, comparators=others):
                parts = [left, *others]
            case ast.Call(args=parts):
                pass
            case _:
                continue
        quantities = [
            each.id
            for part in parts
            for each in ast.walk(part)
            if isinstance(each, ast.Name) and each.id in QUANTITIES
        ]
        for part in parts:
            limit, unit = constant(part, rule)
            for quantity in quantities:
                told = found.setdefault(quantity, [])
                is_same = unit == QUANTITIES[quantity].unit
                if limit is not None and is_same and limit not in told:
                    told.append(limit)
    return found


def constant(node: ast.expr, rule: Rule) -> tuple[Limit | None, str]:
    """Name and value of what is made of the set's numbers alone, and its unit."""
    match node:
        case ast.Name(id=name) if name in rule.numbers:
            return (name, rule.numbers[name]), rule.units[name]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            (a, unit), (b, _) = constant(left, rule), constant(right, rule)
            if a is not None and b is not None:
                does = add if isinstance(op, ast.Add) else sub
                return (ast.unparse(node), does(a[1], b[1])), unit
    return None, ""


def _expressions(rule: Rule) -> Iterator[str]:
    for each in (rule.when, rule.clear, rule.value):
        if each is not None:
            yield each.text


def calls(rule: Rule, name: str) -> list[list[str]]:
    """The arguments of every call of a function, as they are written."""
    return [
        [ast.unparse(arg) for arg in node.args]
        for text in _expressions(rule)
        for node in ast.walk(ast.parse(text.strip(), mode="eval"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
    ]


def shown(rule: Rule) -> list[str]:
    """Quantities that a rule or its models read, as far as they are worth a look."""
    parts = [each for each in (rule.when, rule.clear, rule.value) if each is not None]
    named = [quantity for part in parts for quantity in part.quantities]
    read = [q for part in parts for name in part.names for q in READS.get(name, ())]
    return list(dict.fromkeys([*named, *read]))
