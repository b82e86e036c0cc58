"""Rule files as they are written: every table with the file that says it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from rules import rule, tables
from rules.tables import MOST_NAMES
from telemetry import settings
from telemetry.settings import ConfigError, unknown

Raw = Mapping[str, Any]
SECTIONS: Final = "sources", "sets", "rules", "charts"
DEPTH: Final = 3  # of tables that are merged: sets.NAME, numbers, one number


class _Head(msgspec.Struct, frozen=True):
    version: Literal[1]


@dataclass(slots=True)
class Layer:
    """Tables as files say them, by section and name, and which file says which."""

    tables: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )
    file_of: dict[tuple[str, str], str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # files of which nothing was read


@dataclass(slots=True)
class Telling:
    """Adds the faults of what is done within it, each with its file."""

    faults: list[str]
    file: str

    def __enter__(self) -> str:
        return self.file

    def __exit__(self, kind: object, fault: object, _trace: object) -> bool:
        if not isinstance(fault, ConfigError):
            return False
        self.faults += (f"{self.file}: {each}" for each in fault.faults)
        return True


def layer(paths: Sequence[Path], found: list[str]) -> Layer:
    """Read every file; a name that stands in two of them is taken from the first."""
    all_ = Layer()
    for path in paths:
        try:
            raw = tables.read(path)
        except ConfigError as fault:
            found += fault.faults
            all_.lost.add(str(path))
            continue
        with Telling(found, str(path)):
            _take(raw, str(path), all_)
    return all_


def _take(raw: Raw, path: str, layer: Layer) -> None:
    version = {"version": raw["version"]} if "version" in raw else {}
    try:
        settings.fit(version, _Head)
    except ConfigError:
        layer.lost.add(path)
        raise
    known = "version", *SECTIONS
    strange = [key for key in raw if key not in known][:MOST_NAMES]
    mine = [f"unknown key {key!r}; {unknown(key, known)}" for key in strange]
    for section in SECTIONS:
        given = raw.get(section, {})
        if not isinstance(given, dict):
            mine.append(f"{section}: expected a table, such as [{section}.NAME]")
            continue
        if len(given) > MOST_NAMES:
            mine.append(f"{section}: {len(given)} tables; at most {MOST_NAMES} a file")
            continue
        for name, table in given.items():
            first = layer.file_of.setdefault((section, name), path)
            if first != path:
                mine.append(f"{section}.{name}: stands in {first} too; keep one")
                continue
            layer.tables[section][name] = table
    if mine:
        raise ConfigError(mine)


@cache
def shipped() -> Layer:
    """The tables of the packs."""
    return layer(rule.pack_files(), [])


def over(pack: object, site: object, depth: int = DEPTH) -> Any:
    """``site`` over ``pack``, table by table; anything else is replaced whole."""
    if not (depth and isinstance(pack, Mapping) and isinstance(site, Mapping)):
        return site
    return {**pack, **{k: over(pack.get(k), site[k], depth - 1) for k in site}}


def stray(section: str, name: str, raw: object, needed: str) -> Iterator[str]:
    """A table that changes what is not shipped: its name is most often mistyped."""
    packs = shipped().tables[section]
    if name not in packs and isinstance(raw, Mapping) and needed not in raw:
        yield (
            f"{section}.{name}: is not shipped, and a new one needs {needed!r};"
            f" {unknown(name, packs)}"
        )


def unsourced(name: str, raw: object) -> Iterator[str]:
    """Waits of a shipped rule that are changed and keep the source of the old."""
    pack = shipped().tables["rules"].get(name, {})
    for key in ("hold", "clear_after"):
        before, after = pack.get(key), raw.get(key) if isinstance(raw, Mapping) else 0
        if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
            continue
        if "source" not in after and after.get("h", before["h"]) != before["h"]:
            yield f"rules.{name}.{key}: is changed without a source; say where it is"


class Difference(NamedTuple):
    """One key that a site says otherwise than the pack."""

    what: str  # rules.rice-water-low, sets.safe-awd
    key: str  # numbers.low.value; "" for what is new
    pack: object
    site: object
    file: str


def differences(what: str, pack: Raw | None, raw: Raw, file: str) -> list[Difference]:
    """What ``raw`` says otherwise than the pack's table."""
    if pack is None:
        return [Difference(what, "", None, "new", file)]
    before, after = _leaves(pack), _leaves(raw)
    return [
        Difference(what, key, before.get(key), value, file)
        for key, value in after.items()
        if before.get(key) != value
    ]


def _leaves(table: Raw, place: str = "") -> dict[str, object]:
    """Every single value of a table by its dotted key."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{place}{key}.")
        else:
            found[f"{place}{key}"] = value
    return found
