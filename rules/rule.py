"""Rules as an agronomist writes them: TOML tables, read and checked as a whole.

A file holds ``[sources]``, ``[sets.NAME]`` of thresholds and ``[rules.ID]``.  Each
number has a unit and a source; a set is *sourced*, *proposed* (a design choice,
which ships switched off and says so in its alerts) or *approved* by a person.
"""

import keyword
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from rules import text
from rules.functions import FUNCTIONS, NAMES_OF_TEXTS, WORDS_OF_SCOPE
from rules.language import TRUTH, Expression, ExpressionError, Words, parse
from rules.models.species import NAME_OF
from rules.stages import CROPS, STAGES_OF
from telemetry import settings
from telemetry.quantity import QUANTITIES
from telemetry.series import NAME
from telemetry.settings import ConfigError, unknown

Per = Literal["plot", "sensor", "gateway"]
Severity = Literal["notice", "warning", "critical"]
Action = Literal["scout", "irrigate", "drain", "protect", "harvest", "control"]
Audience = Literal["field", "technician"]
State = Literal["sourced", "proposed", "approved"]
Hours = Annotated[float, Meta(ge=0, le=24 * 60)]  # two months

UNITS: Final = frozenset(
    {"h", "d", "nights", "days", "polls", "1", *(q.unit for q in QUANTITIES.values())}
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The same in both languages."""

    vi: str
    en: str


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a set."""

    value: float
    unit: str
    source: str | None = None  # a name in [sources], where it is not the set's


class ThresholdSet(msgspec.Struct, frozen=True, kw_only=True):
    """``[sets.NAME]``: numbers that belong together, and how far they are trusted."""

    state: State
    sources: Annotated[list[str], Meta(min_length=1)]  # names in [sources]
    approved_by: str | None = None  # name, office
    approved_on: date | None = None
    numbers: dict[str, Threshold]


class RuleTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[rules.ID]``."""

    per: Per = "plot"
    audience: Audience = "field"
    crops: list[str] = []
    stages: list[str] = []
    set: str
    needs: str | None = None  # what must be so before the rule can judge
    when: str
    hold_h: Hours = 0
    clear: str | None = None  # ``when`` no longer, where it is left out
    clear_h: Hours = 0
    severity: Severity
    action: Action
    value: str | None = None  # the number that the alert shows
    title: Said
    say: Said
    do: Said


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    version: Literal[1]
    sources: dict[str, str] = {}
    sets: dict[str, ThresholdSet] = {}
    rules: dict[str, RuleTable] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that was checked."""

    id: str
    table: RuleTable
    state: State
    numbers: Mapping[str, float]
    units: Mapping[str, str]
    words: Words
    needs: Expression | None
    when: Expression
    clear: Expression | None
    value: Expression | None
    sources: tuple[str, ...]  # as people read them

    @property
    def ships_on(self) -> bool:
        """Whether it runs unless it is switched off."""
        return self.state != "proposed"


def packs() -> dict[str, Rule]:
    """Every rule that is shipped, by its id."""
    found: dict[str, Rule] = {}
    for file in sorted(files("rules").joinpath("packs").iterdir(), key=str):
        if file.name.endswith(".toml"):
            found |= load(Path(str(file)))
    return found


def load(path: Path) -> dict[str, Rule]:
    """Read the rules of a file.

    Raises
    ------
    ConfigError
        With every fault of the file: place, fact and remedy.
    """
    file = settings.load(path, RuleFile)
    faults: list[str] = [*_source_faults(file)]
    rules: dict[str, Rule] = {}
    for name, table in file.rules.items():
        mine = list(_table_faults(name, table, file))
        if not mine:
            rule = _rule(name, table, file, mine)
            mine += _text_faults(rule) if rule is not None else []
            if rule is not None and not mine:
                rules[name] = rule
        faults += (f"rules.{name}.{fault}" for fault in mine)
    if faults:
        raise ConfigError(f"{path}: {fault}" for fault in faults)
    return rules


# --- faults --------------------------------------------------------------------


def _source_faults(file: RuleFile) -> Iterator[str]:
    for name, told in file.sources.items():
        if not told.strip():
            yield f"sources.{name}: is empty; say where it can be read"
    for name, given in file.sets.items():
        place = f"sets.{name}"
        for source in given.sources:
            if source not in file.sources:
                yield (
                    f"{place}.sources: unknown source {source!r};"
                    f" {unknown(source, file.sources)}"
                )
        if given.state == "approved" and not (given.approved_by and given.approved_on):
            yield f"{place}: approved needs approved_by and approved_on"
        for key, number in given.numbers.items():
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
            if number.source is not None and number.source not in file.sources:
                yield (
                    f"{where}.source: unknown source {number.source!r};"
                    f" {unknown(number.source, file.sources)}"
                )


def _table_faults(name: str, table: RuleTable, file: RuleFile) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield "id: expected a-z, 0-9, _ and -, at most 40 characters"
    if table.set not in file.sets:
        yield f"set: unknown set {table.set!r}; {unknown(table.set, file.sets)}"
    for crop in table.crops:
        if crop not in CROPS:
            yield f"crops: unknown crop {crop!r}; {unknown(crop, CROPS)}"
    known = {stage for crop in table.crops for stage in STAGES_OF.get(crop, ())}
    for stage in table.stages:
        if stage not in known:
            yield f"stages: unknown stage {stage!r}; {unknown(stage, known)}"
    if table.per != "plot" and (table.crops or table.stages):
        yield f"crops and stages: a rule per {table.per} has none; remove them"
    if table.action == "control":
        yield (
            "action: control needs a count by people, and no function gives one yet;"
            " use scout"
        )
    for key in ("title", "say", "do"):
        said: Said = getattr(table, key)
        if not said.vi.strip() or not said.en.strip():
            yield f"{key}: say it in Vietnamese (vi) and in English (en)"


def _rule(
    name: str, table: RuleTable, file: RuleFile, faults: list[str]
) -> Rule | None:
    """Parse the expressions of a table; ``None`` and ``faults`` where one is wrong."""
    given = file.sets[table.set]
    units = {key: number.unit for key, number in given.numbers.items()}
    words = Words(MappingProxyType(units), FUNCTIONS, NAME_OF)
    found: dict[str, Expression | None] = {}
    for key in ("needs", "when", "clear", "value"):
        written = getattr(table, key)
        found[key] = None
        if written is None:
            continue
        try:
            found[key] = expression = parse(written, words)
        except ExpressionError as fault:
            faults.append(f"{key}: {fault}")
            continue
        if (expression.kind == TRUTH) is (key == "value"):
            wanted = "a number" if key == "value" else "true or false"
            faults.append(f"{key}: {written!r} is not {wanted}")
        faults += (
            f"{key}: {each} is asked per {FUNCTIONS[each].per}, not per {table.per}"
            for each in expression.names
            if each in FUNCTIONS and FUNCTIONS[each].per != table.per
        )
    when = found["when"]
    if faults or when is None:
        return None
    names = dict.fromkeys(
        [*given.sources, *(n.source for n in given.numbers.values() if n.source)]
    )
    return Rule(
        id=name,
        table=table,
        state=given.state,
        numbers=MappingProxyType({k: n.value for k, n in given.numbers.items()}),
        units=words.units,
        words=words,
        needs=found["needs"],
        when=when,
        clear=found["clear"],
        value=found["value"],
        sources=tuple(file.sources.get(each, each) for each in names),
    )


def _text_faults(rule: Rule) -> list[str]:
    """Faults of the texts: what stands in braces must be known when it is said."""
    known = {*rule.units, *rule.when.facts, *WORDS_OF_SCOPE[rule.table.per]}
    if rule.value is not None:
        known |= {"value", *rule.value.facts}
    faults: list[str] = []
    for key, language in product(("title", "say", "do"), ("vi", "en")):
        said = getattr(getattr(rule.table, key), language)
        faults += (
            f"{key}.{language}: unknown {{{name}}}; {unknown(name, known)}"
            for name in text.names_in(said)
            if name not in known
        )
        if text.has_stray_brace(said):
            faults.append(
                f"{key}.{language}: in braces stands a name only, as {{plot}}"
            )
    return faults
