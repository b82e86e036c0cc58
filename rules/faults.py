"""What is wrong with a rule file beyond single values: names, units, sources, texts.

Each fault names its place, the fact and the remedy.  Nothing here reads a file.
"""

import keyword
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from rules import calendar, language, text
from rules.functions import FUNCTIONS, NAMES_OF_TEXTS, WORDS_OF_SCOPE
from rules.language import Expression
from rules.scope import SHARED
from rules.sources import SOURCES, Source, SourceTable
from rules.stages import CROPS, STAGES_OF
from rules.tables import (
    MOST_NAMES,
    UNITS,
    ChartTable,
    RuleTable,
    Said,
    SetTable,
    hours_of_day,
)
from rules.vocabulary import HOURLY, QUANTITY, TRUTH
from telemetry.quantity import QUANTITIES
from telemetry.series import NAME
from telemetry.settings import unknown

Expressions = Mapping[str, Expression]
"""The expressions of a rule by their keys: needs, when, clear, value."""

BULK_SALT: Final = "soil_conductivity"  # what "NPK" and "TDS" of a probe are made of
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEXTS: Final = tuple(product(("title", "say", "do"), ("vi", "en")))


def of_source(name: str, table: SourceTable) -> Iterator[str]:
    """Faults of a source of a site's own."""
    if not table.text.strip():
        yield f"sources.{name}: is empty; say where it can be read"
    if name in SOURCES:
        yield f"sources.{name}: is one of those shipped; choose another name"


def of_set(name: str, table: SetTable, sources: Mapping[str, Source]) -> Iterator[str]:
    """Faults of a threshold set."""
    place = f"sets.{name}"
    by = (table.approved_by or "").strip()
    if table.state == "approved" and not (by and table.approved_on):
        yield f"{place}: approved needs approved_by and approved_on"
    if len(table.numbers) > MOST_NAMES:
        yield f"{place}.numbers: {len(table.numbers)} of them; at most {MOST_NAMES}"
        return
    for key, number in table.numbers.items():
        where = f"{place}.numbers.{key}"
        taken = key in {*QUANTITIES, *FUNCTIONS, *NAMES_OF_TEXTS}
        if not _NAME.fullmatch(key) or taken or keyword.iskeyword(key):
            yield f"{where}: not a name for a number, or one that is taken"
        if number.unit not in UNITS:
            yield (
                f"{where}.unit: unknown unit {number.unit!r};"
                f" {unknown(number.unit, UNITS)}"
            )
        if not math.isfinite(number.value):
            yield f"{where}.value: {number.value} is not a number"
        if number.source not in sources:
            yield (
                f"{where}.source: unknown source {number.source!r};"
                f" {unknown(number.source, sources)}"
            )


def of_table(
    name: str,
    table: RuleTable,
    sets: Mapping[str, SetTable],
    sources: Mapping[str, Source],
) -> Iterator[str]:
    """Faults of a rule's table, its expressions left out."""
    if not NAME.fullmatch(name):
        yield "id: expected a-z, 0-9, _ and -, at most 40 characters"
    if table.set not in sets:
        yield f"set: unknown set {table.set!r}; {unknown(table.set, sets)}"
    yield from _guard_faults(table)
    named = [("sources", each) for each in table.sources[:MOST_NAMES]]
    for key in ("hold", "clear_after"):
        wait = getattr(table, key)
        named += [] if wait is None else [(f"{key}.source", wait.source)]
    for key, each in named:
        if each not in sources:
            yield f"{key}: unknown source {each!r}; {unknown(each, sources)}"
    for key in ("title", "say", "do"):
        yield from of_said(key, getattr(table, key))
    if table.off is not None and not table.off.strip():
        yield "off: is empty; say why the rule ships off"


def of_said(key: str, said: Said) -> Iterator[str]:
    """A text that one of the languages lacks."""
    if not said.vi.strip() or not said.en.strip():
        yield f"{key}: say it in Vietnamese (vi) and in English (en)"


def _guard_faults(table: RuleTable) -> Iterator[str]:
    """Faults of what a rule is limited to."""
    guards = "crops", "stages", "methods", "seasons"
    if table.per != "plot" and any(getattr(table, guard) for guard in guards):
        yield (
            f"{', '.join(guards[:-1])} and seasons: a rule per {table.per} has none;"
            " remove them"
        )
    of_crops = {stage for crop in table.crops for stage in STAGES_OF.get(crop, ())}
    yield from of_names("crops", table.crops, CROPS)
    if table.stages and not of_crops and table.per == "plot":
        known = ", ".join(crop for crop, some in STAGES_OF.items() if some)
        yield f"stages: name in crops whose they are; known: {known}"
    elif of_crops:
        yield from of_names("stages", table.stages, of_crops)
    yield from of_names("seasons", table.seasons, calendar.BY_ID)
    if table.hours is None:
        return
    hours = hours_of_day(table.hours)
    if hours is None:
        yield f'hours: {table.hours!r}: expected hours of the day such as "18:00-07:00"'
    elif table.hold is not None and table.hold.h * 60 >= (hours[1] - hours[0]) % 1440:
        yield (
            f"hold: {table.hold.h:g} h do not pass within hours {table.hours}, and"
            " begin anew after them: it would never be told"
        )


def of_names(key: str, given: list[str], known: Collection[str]) -> Iterator[str]:
    """Names of a list that are not known."""
    for name in given[:MOST_NAMES]:
        if name not in known:
            yield f"{key}: unknown {key[:-1]} {name!r}; {unknown(name, known)}"


# --- expressions ---------------------------------------------------------------


def of_expression(key: str, expression: Expression, per: str) -> Iterator[str]:
    """Faults of one expression of a rule."""
    if (expression.kind == TRUTH) is (key == "value"):
        wanted = "a number" if key == "value" else "true or false"
        yield f"{key}: {expression.text!r} is not {wanted}"
    if BULK_SALT in expression.quantities:
        yield (
            f"{key}: {BULK_SALT} is of soil and water together and tells neither salt"
            " nor nutrients; ask water_conductivity, or take samples"
        )
    of_weather = per == "gateway" and set(expression.quantities) <= SHARED
    for name in expression.names:
        if name not in FUNCTIONS or FUNCTIONS[name].per == per:
            continue
        if of_weather and FUNCTIONS[name].takes[:1] in ((QUANTITY,), (HOURLY,)):
            continue  # one station serves the gateway as it serves each plot
        yield f"{key}: {name} is asked per {FUNCTIONS[name].per}, not per {per}"


def of_action(table: RuleTable, when: Expression) -> Iterator[str]:
    """Control of a pest rests on a count by people; weather cannot justify it."""
    if table.action == "control" and not language.rests_on(when, "scouted"):
        yield (
            "action: control needs a count by people: when must not hold without"
            " scouted(…); or use scout"
        )


def of_state(
    table: RuleTable,
    given: SetTable,
    found: Expressions,
    sources: Mapping[str, Source],
) -> Iterator[str]:
    """Numbers by design in a set that says it is sourced.

    They may say whether a sensor can be believed (``needs``), and for technicians
    how long a fault must last.
    """
    if given.state != "sourced":
        return
    judged = used(table, {k: each for k, each in found.items() if k != "needs"})
    for name, number in given.numbers.items():
        is_wait = table.audience == "technician" and number.unit in ("polls", "h")
        known = sources.get(number.source)
        if name not in judged or is_wait or known is None or known.kind != "design":
            continue
        yield (
            f"set: {name} of {table.set} is a choice by design ({number.source}), so"
            f' the set cannot be "sourced"; write state = "proposed", or a source'
        )


def used(table: RuleTable, found: Expressions) -> Iterable[str]:
    """Names that expressions and texts mention, in the order of their mention."""
    told = (name for key, in_ in _TEXTS for name in _named(table, key, in_))
    asked = (name for each in found.values() for name in each.names)
    return dict.fromkeys([*asked, *told])


def of_chart(table: ChartTable, sets: Mapping[str, SetTable]) -> Iterator[str]:
    """Faults of a chart's table, its expression left out."""
    if table.set is not None and table.set not in sets:
        yield f"set: unknown set {table.set!r}; {unknown(table.set, sets)}"
    yield from of_names("crops", table.crops, CROPS)
    yield from of_said("title", table.title)


def of_texts(table: RuleTable, known: set[str]) -> Iterator[str]:
    """Faults of the texts: what stands in braces must be known when it is said."""
    for key, in_ in _TEXTS:
        for name in _named(table, key, in_):
            if name not in known:
                yield f"{key}.{in_}: unknown {{{name}}}; {unknown(name, known)}"
        if text.has_stray_brace(getattr(getattr(table, key), in_)):
            yield f"{key}.{in_}: in braces stands a name only, as {{plot}}"


def words_of_texts(table: RuleTable, given: SetTable, found: Expressions) -> set[str]:
    """What the texts of a rule may name."""
    known = {*given.numbers, *found["when"].facts, *WORDS_OF_SCOPE[table.per]}
    if "value" in found:
        known |= {"value", *found["value"].facts}
    return known


def _named(table: RuleTable, key: str, in_: str) -> list[str]:
    names = text.names_in(getattr(getattr(table, key), in_))
    return [*dict.fromkeys(names)][:MOST_NAMES]
