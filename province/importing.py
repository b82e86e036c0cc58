"""``canhdong-province import``: five CSV files into the registry, or none of them.

Every fault of every file is told at once.  Records are added and changed by their
key; nothing is removed but what a row lists: the seasons of a lot and the
cooperatives of a recipient become those of the row.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from province import communes
from province.config import Config
from province.config_registry import is_url
from province.registry.cells import Value
from province.registry.judging import judge
from province.registry.merging import Held, held, put
from province.registry.reading import Reading, read
from province.registry.sheets import Key, Record, Sheet, sheets
from province.registry.store import Registry
from telemetry.settings import ConfigError, unknown

SHOWN: Final = 10  # names of what was added, a line or two of a terminal


def run(config: Config, directory: Path, *, is_dry: bool) -> int:
    """Import what lies in ``directory``, and say what that changed.

    Raises
    ------
    ConfigError
        With every fault of the files; nothing was written then.
    RegistryFault
        The registry cannot be read or written now; nothing was written.
    """
    with contextlib.closing(Registry(_place(config, is_dry=is_dry))) as registry:
        readings = _read(directory, sheets(communes.in_force(config.province)))
        with registry.transaction() as connection:
            old = held(connection)
            new = _merge(connection, readings, old, is_dry=is_dry)
    for reading in readings.values():
        for line in _told(reading.sheet, new, old):
            print(line)
    if is_dry:
        print("nothing is written: a dry run")
    return 0


def registry_of(config: Config) -> str:
    """Return the place of the registry.

    Raises
    ------
    ConfigError
        The config names none.
    """
    if config.registry is None:
        remedy = 'write registry = "registry.db" into province.toml'
        raise ConfigError([f"registry: the config names none; {remedy}"])
    return config.registry


def _place(config: Config, *, is_dry: bool) -> str:
    place = registry_of(config)
    if is_dry and not is_url(place) and not Path(place).exists():
        return ":memory:"  # a dry run makes no file
    return place


# --- reading and writing -----------------------------------------------------------


def _read(directory: Path, known: Iterable[Sheet]) -> dict[str, Reading]:
    """Read the files that are there; all faults of names are told at once."""
    if not directory.is_dir():
        fact = "is a file" if directory.exists() else "is not there"
        raise ConfigError([f"{directory}: {fact}; name the directory of the CSV files"])
    by_file = {f"{sheet.name}.csv": sheet for sheet in known}
    there = {path.name: path for path in sorted(directory.glob("*.csv"))}
    faults = [
        f"{path}: is none of the files that are read; {unknown(name, by_file)}"
        for name, path in there.items()
        if name not in by_file
    ]
    if not there:
        names = ", ".join(by_file)
        faults = [f"{directory}: has no CSV file; one or more of {names} are read"]
    if faults:
        raise ConfigError(faults)
    return {
        sheet.name: read(sheet, there[file])
        for file, sheet in by_file.items()
        if file in there
    }


def _merge(
    connection: sa.Connection,
    readings: Mapping[str, Reading],
    old: Held,
    *,
    is_dry: bool,
) -> Held:
    """Judge and write; return the records that are new or other than the old ones."""
    judge(readings, old)
    faults = [
        text
        for reading in readings.values()
        for _, text in sorted(reading.faults, key=lambda fault: fault[0])
    ]
    if faults:
        raise ConfigError(faults)
    new = {name: _records(reading, old[name]) for name, reading in readings.items()}
    if not is_dry:
        for name, records in new.items():
            other = {
                key: one for key, one in records.items() if one != old[name].get(key)
            }
            put(connection, name, {name: other}, old)
    return new


def _records(reading: Reading, old: Mapping[Key, Record]) -> dict[Key, Record]:
    """Return the records; to take out who is not in is nothing to do."""
    records = {reading.sheet.key_of(row.record): row.record for row in reading.rows}
    return {
        key: record
        for key, record in records.items()
        if key in old or record.get("coops") != ()
    }


# --- what is said --------------------------------------------------------------------


def _told(sheet: Sheet, new: Held, old: Held) -> Iterator[str]:
    added = [key for key in new[sheet.name] if key not in old[sheet.name]]
    changed = [
        (key, old[sheet.name][key], record)
        for key, record in new[sheet.name].items()
        if key in old[sheet.name] and record != old[sheet.name][key]
    ]
    same = len(new[sheet.name]) - len(added) - len(changed)
    counts = f"{len(added)} added, {len(changed)} changed, {same} unchanged"
    yield f"{sheet.name}: {counts}"
    if added:
        more = len(added) - SHOWN
        names = ", ".join(_said(key) for key in added[:SHOWN])
        yield f"  added {names}" + (f" and {more} more" if more > 0 else "")
    for key, before, after in changed:
        parts = (
            f"{name} {_shown(before[name])} → {_shown(after[name])}"
            for name in sheet.names
            if before[name] != after[name]
        )
        yield f"  changed {_said(key)}: {', '.join(parts)}"


def _said(key: Key) -> str:
    return " ".join(map(str, key))


def _shown(value: Value) -> str:
    match value:
        case None | ():
            return "nothing"
        case tuple():
            return " ".join(value)
        case float():
            return f"{value:.10g}"
    return str(value)
