"""Rules as an agronomist writes them: TOML tables, read and checked as a whole.

A file holds ``[sets.NAME]`` of thresholds and ``[rules.ID]``.  Each number has a unit
and a source of ``rules/sources.toml``; a set is *sourced*, *proposed* (a design
choice, which ships switched off and says so in its alerts) or *approved* by a person.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from rules import faults, tables
from rules.functions import FUNCTIONS
from rules.history import HOUR_MS
from rules.language import Expression, parse
from rules.records import LIMITS, Chart, Known, Origin, Rule
from rules.sources import SOURCES, source
from rules.tables import ChartTable, RuleFile, RuleTable, Said, SetTable, WaitTable
from rules.vocabulary import ExpressionError, Words
from rules.words import PESTS
from telemetry import settings
from telemetry.settings import ConfigError

__all__ = [
    "Chart",
    "Known",
    "Rule",
    "Said",
    "build",
    "chart",
    "charts",
    "load",
    "pack_files",
    "packs",
    "read",
]

EXPRESSIONS: Final = "when", "clear", "value", "needs"


def pack_files() -> list[Path]:
    """The files that are shipped."""
    folder = files("rules").joinpath("packs").iterdir()
    return sorted(Path(str(each)) for each in folder if each.name.endswith(".toml"))


def packs() -> dict[str, Rule]:
    """Every rule that is shipped, by its id."""
    return dict(_packs())


@cache
def _packs() -> Mapping[str, Rule]:
    found = [load(path) for path in pack_files()]
    all_ = {name: rule for some in found for name, rule in some.items()}
    return MappingProxyType(all_)


def load(path: Path) -> dict[str, Rule]:
    """Read the rules of a file that stands alone.

    Raises
    ------
    ConfigError
        With every fault of the file: place, fact and remedy.
    """
    file = _file(path)
    known, found = _known(path, file)
    all_: dict[str, Rule] = {}
    for name, table in file.rules.items():
        try:
            all_[name] = build(name, table, known, file=str(path))
        except ConfigError as fault:
            found += (f"{path}: {each}" for each in fault.faults)
    if found:
        raise ConfigError(found)
    return all_


def charts(path: Path) -> dict[str, Chart]:
    """Read the charts of a file that stands alone."""
    file = _file(path)
    known, found = _known(path, file)
    if found:
        raise ConfigError(found)
    return {n: chart(n, t, known, file=str(path)) for n, t in file.charts.items()}


def _file(path: Path) -> RuleFile:
    try:
        return settings.fit(tables.read(path), RuleFile)
    except ConfigError as fault:
        place = f"{path}: "
        told = (place + each.removeprefix(place) for each in fault.faults)
        raise ConfigError(told) from None


def _known(path: Path, file: RuleFile) -> tuple[Known, list[str]]:
    """What the rules of a file that stands alone may refer to, and its faults."""
    own = {name: source(name, table) for name, table in file.sources.items()}
    known = Known(file.sets, {**SOURCES, **own})
    found = [f for n, table in file.sources.items() for f in faults.of_source(n, table)]
    for name, table in file.sets.items():
        found += faults.of_set(name, table, known.sources)
    return known, [f"{path}: {fault}" for fault in found]


# --- one rule ------------------------------------------------------------------


def build(
    name: str, table: RuleTable, known: Known, *, file: str, origin: Origin = "pack"
) -> Rule:
    """Check a rule's table and read its expressions.

    Raises
    ------
    ConfigError
        With every fault of this rule that can be seen at once.
    """
    given = known.sets.get(table.set, SetTable(state="sourced"))
    words, sources = _words(given), known.sources
    found, mine = _parsed(table, words)
    mine[:0] = faults.of_table(name, table, known.sets, sources)
    if table.set in known.sets and "when" in found:
        mine += faults.of_action(table, found["when"])
        mine += faults.of_state(table, given, found, sources)
        mine += faults.of_texts(table, faults.words_of_texts(table, given, found))
    if mine:
        raise ConfigError(f"rules.{name}.{fault}" for fault in mine)
    if table.action == "control":
        table = msgspec.structs.replace(table, do=_limited(table.do))
    source_of = {
        key: sources[number.source]
        for key, number in given.numbers.items()
        if number.source in sources  # else it is a fault of the set
    }
    used = (source_of[key] for key in faults.used(table, found) if key in source_of)
    return Rule(
        id=name,
        table=table,
        given=given,
        numbers=MappingProxyType({k: n.value for k, n in given.numbers.items()}),
        units=words.units,
        source_of=MappingProxyType(source_of),
        words=words,
        needs=found.get("needs"),
        when=found["when"],
        clear=found.get("clear"),
        value=found.get("value"),
        hold_ms=_wait_ms(table.hold),
        clear_ms=_wait_ms(table.clear_after),
        hours=None if table.hours is None else tables.hours_of_day(table.hours),
        seasons=tuple(table.seasons),
        sources=tuple(dict.fromkeys([*used, *(sources[n] for n in table.sources)])),
        file=file,
        files=(file,),
        origin=origin,
    )


def read(name: str, raw: object, known: Known, *, file: str, origin: Origin) -> Rule:
    """Check a rule's table as it is written.

    Raises
    ------
    ConfigError
        With every fault of this rule, those of its expressions too.
    """
    place = f"rules.{name}"
    try:
        table = settings.fit(raw, RuleTable, place)
    except ConfigError as fault:
        more = _expression_faults(raw, known) if isinstance(raw, Mapping) else ()
        told = [*fault.faults, *(f"{place}.{each}" for each in more)]
        raise ConfigError(told) from None
    return build(name, table, known, file=file, origin=origin)


def _expression_faults(raw: Mapping[str, object], known: Known) -> Iterator[str]:
    """What can be said of expressions where the table around them is faulty."""
    name = raw.get("set")
    given = known.sets.get(name) if isinstance(name, str) else None
    for key in EXPRESSIONS:
        written = raw.get(key)
        if given is None or not isinstance(written, str):
            continue
        try:
            parse(written, _words(given))
        except ExpressionError as fault:
            yield f"{key}: {fault}"


def chart(name: str, table: ChartTable, known: Known, *, file: str) -> Chart:
    """Check a chart's table and read its expression.

    Raises
    ------
    ConfigError
        With every fault of this chart.
    """
    given = known.sets.get(table.set or "", SetTable(state="sourced"))
    words, mine = _words(given), [*faults.of_chart(table, known.sets)]
    try:
        value = parse(table.value, words)
    except ExpressionError as fault:
        mine.append(f"value: {fault}")
    else:
        mine += faults.of_expression("value", value, "plot")
    if mine:
        raise ConfigError(f"charts.{name}.{fault}" for fault in mine)
    numbers = MappingProxyType({k: n.value for k, n in given.numbers.items()})
    return Chart(
        id=name, table=table, numbers=numbers, words=words, value=value, file=file
    )


def _words(given: SetTable) -> Words:
    units = {key: number.unit for key, number in given.numbers.items()}
    return Words(MappingProxyType(units), FUNCTIONS, PESTS)


def _parsed(table: RuleTable, words: Words) -> tuple[dict[str, Expression], list[str]]:
    """Read the expressions of a table; what cannot be read is left out and told."""
    found: dict[str, Expression] = {}
    mine: list[str] = []
    for key in EXPRESSIONS:
        written = getattr(table, key)
        if written is None:
            continue
        try:
            found[key] = parse(written, words)
        except ExpressionError as fault:
            mine.append(f"{key}: {fault}")
        else:
            mine += faults.of_expression(key, found[key], table.per)
    return found, mine


def _limited(do: Said) -> Said:
    return Said(vi=f"{do.vi} {LIMITS.vi}", en=f"{do.en} {LIMITS.en}")


def _wait_ms(wait: WaitTable | None) -> int:
    return 0 if wait is None else round(wait.h * HOUR_MS)
