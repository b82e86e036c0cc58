"""A site's own files, laid over the packs: by rule, by set, by number.

A site writes only what it changes; tables are merged before they are judged.  A
number that it changes makes the set *proposed*, unless the same file approves it by
name and day.  What is broken is told and left out, and nothing else with it: the
rule that was in force goes on, or else the one that is shipped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from rules import faults, rule
from rules.layers import (
    Difference,
    Layer,
    Raw,
    Telling,
    differences,
    layer,
    over,
    shipped,
    stray,
    unsourced,
)
from rules.records import Chart, Known, Origin, Rule
from rules.sources import SOURCES, Source, SourceTable, source
from rules.tables import ChartTable, SetTable
from telemetry import settings
from telemetry.settings import ConfigError

_NONE: Final[Mapping[str, Rule]] = MappingProxyType({})


@dataclass(slots=True)
class Laid:
    """What has come of a site's files."""

    rules: dict[str, Rule] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def merged(folder: Path | None) -> dict[str, Rule]:
    """Every rule that is shipped, as the files of ``folder`` change it, and theirs.

    Raises
    ------
    ConfigError
        With every fault of the files.
    """
    laid = lay(toml_files(folder))
    if laid.faults:
        raise ConfigError(laid.faults)
    return laid.rules


def read(
    folder: Path | None, before: Mapping[str, Rule] = _NONE
) -> tuple[dict[str, Rule], list[str]]:
    """The same, and every fault; what is broken goes on as it was ``before``."""
    try:
        laid = lay(toml_files(folder), before)
    except ConfigError as fault:
        return dict(before or rule.packs()), fault.faults
    return laid.rules, laid.faults


def diff(folder: Path | None) -> list[Difference]:
    """What the files of ``folder`` say otherwise than the packs.

    Raises
    ------
    ConfigError
        The folder cannot be listed.
    """
    return lay(toml_files(folder)).differences


def is_rule_file(path: Path) -> bool:
    """Whether a file of a folder is meant; editors leave hidden ones (``.#a.toml``)."""
    return path.suffix.lower() == ".toml" and not path.name.startswith(".")


def toml_files(folder: Path | None) -> list[Path]:
    """The rule files of a folder; one that cannot be listed is not an empty one."""
    if folder is None:
        return []
    try:
        return sorted(filter(is_rule_file, folder.iterdir()))
    except OSError as fault:
        why = f"rules.folder: {folder}: cannot be listed: {fault.strerror}"
        raise ConfigError([why]) from None


def lay(paths: Sequence[Path], before: Mapping[str, Rule] = _NONE) -> Laid:
    """Lay files over the packs; ``before`` is what is in force."""
    laid = Laid()
    site = layer(paths, laid.faults)
    known, broken = _known(site, laid)
    lost = [name for name, each in before.items() if site.lost & {*each.files}]
    for name in dict.fromkeys([*rule.packs(), *site.tables["rules"], *lost]):
        one = None if name in lost else _rule(name, site, known, broken, laid)
        one = one or before.get(name) or rule.packs().get(name)
        if one is not None:
            laid.rules[name] = one
    laid.charts |= _pack_charts()
    for name, raw in site.tables["charts"].items():
        with Telling(laid.faults, site.file_of["charts", name]) as place:
            table = settings.fit(raw, ChartTable, f"charts.{name}")
            laid.charts[name] = rule.chart(name, table, known, file=place)
    laid.faults = ConfigError(laid.faults).faults
    return laid


# --- sources and sets ----------------------------------------------------------


@cache
def _pack_charts() -> Mapping[str, Chart]:
    found = (rule.charts(path).items() for path in rule.pack_files())
    return MappingProxyType({name: each for some in found for name, each in some})


@cache
def _pack_sets() -> Mapping[str, SetTable]:
    sets = shipped().tables["sets"].items()
    return MappingProxyType({n: settings.fit(raw, SetTable, n) for n, raw in sets})


def _known(site: Layer, laid: Laid) -> tuple[Known, set[str]]:
    """What rules may refer to, and the sets of the site that cannot be used."""
    sources: dict[str, Source] = dict(SOURCES)
    for name, raw in site.tables["sources"].items():
        with Telling(laid.faults, site.file_of["sources", name]):
            table = settings.fit(raw, SourceTable, f"sources.{name}")
            _refuse(faults.of_source(name, table))
            sources[name] = source(name, table)
    sets, broken = dict(_pack_sets()), set[str]()
    for name, raw in site.tables["sets"].items():
        broken.add(name)
        with Telling(laid.faults, site.file_of["sets", name]) as file:
            _refuse(stray("sets", name, raw, "state"))
            given = _set(name, raw)
            _refuse(faults.of_set(name, given, sources))
            broken.remove(name)
            sets[name] = given
            laid.differences += _set_differences(name, raw, given, file)
    return Known(sets, sources), broken


def _set(name: str, raw: object) -> SetTable:
    """A set of the site, laid over that of the packs if there is one.

    What a person has not approved is proposed once its numbers are others.
    """
    pack = _pack_sets().get(name)
    table = settings.fit(over(_raw("sets", name), raw), SetTable, f"sets.{name}")
    if pack is None or not isinstance(raw, Mapping):
        return table
    changed = [
        key
        for key, number in pack.numbers.items()
        if (number.value, number.unit)
        != (table.numbers[key].value, table.numbers[key].unit)
    ]
    _refuse(
        f"sets.{name}.numbers.{key}: is changed without a source; say where the new"
        " number can be read"
        for key in changed
        if "source" not in raw["numbers"][key]
    )
    state = raw.get("state")
    if state == "approved":
        if not ("approved_by" in raw and "approved_on" in raw):
            why = f"sets.{name}: approved needs approved_by and approved_on beside it"
            raise ConfigError([why])
        return table
    if state == "sourced" and pack.state != "sourced":
        why = f"sets.{name}.state: it is {pack.state}; only an approval can change that"
        raise ConfigError([why])
    if not changed:
        return table
    return msgspec.structs.replace(
        table, state="proposed", approved_by=None, approved_on=None
    )


def _refuse(found: Iterable[str]) -> None:
    told = list(found)
    if told:
        raise ConfigError(told)


def _raw(section: str, name: str) -> Any:
    return shipped().tables[section].get(name)


# --- one rule ------------------------------------------------------------------


def _rule(
    name: str, site: Layer, known: Known, broken: set[str], laid: Laid
) -> Rule | None:
    """A rule as the site has it, ``None`` where that cannot be used."""
    pack, raw = rule.packs().get(name), site.tables["rules"].get(name)
    table = over(_raw("rules", name), {} if raw is None else raw)
    given = table.get("set") if isinstance(table, dict) else None
    of_set = site.file_of.get(("sets", given)) if isinstance(given, str) else None
    if of_set is not None and given in broken:
        return None  # its fault has been told
    if raw is None and of_set is None:
        return pack
    said = site.file_of.get(("rules", name)), of_set, pack and pack.file
    files = tuple(dict.fromkeys(file for file in said if file))
    with Telling(laid.faults, files[0]) as file:
        _refuse([*stray("rules", name, raw, "when"), *unsourced(name, raw)])
        one = rule.read(name, table, known, file=file, origin="site")
        if raw is not None:
            pack_raw = _raw("rules", name)
            laid.differences += differences(f"rules.{name}", pack_raw, raw, file)
        is_same = pack and (one.table, one.given) == (pack.table, pack.given)
        origin: Origin = "pack" if is_same else "changed" if pack else "site"
        return replace(one, files=files, origin=origin)
    return None


# --- what differs --------------------------------------------------------------


def _set_differences(
    name: str, raw: Raw, table: SetTable, file: str
) -> Iterator[Difference]:
    what, pack = f"sets.{name}", _pack_sets().get(name)
    yield from differences(what, _raw("sets", name), raw, file)
    if pack is not None and table.state != pack.state and "state" not in raw:
        yield Difference(what, "state", pack.state, table.state, file)
