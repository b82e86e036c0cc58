"""Reading a TOML config into frozen structs, telling every fault at once.

msgspec stops at the first fault; a technician wants the list.  So tables are
walked here and msgspec judges the single values.
"""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class ConfigError(ValueError):
    """A config that cannot be used; ``faults`` lists every reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def load(path: Path, kind: type[T]) -> T:
    """Read ``path`` as a ``kind``.

    Raises
    ------
    ConfigError
        The file cannot be read, is not TOML, or does not fit; each fault names
        the file, the place, the fact and, where there is one, the remedy.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # or Notepad's BOM
    except OSError as fault:
        raise ConfigError([f"{path}: cannot be read: {fault.strerror}"]) from None
    except UnicodeDecodeError as fault:
        where = f"byte {fault.start}"
        raise ConfigError([f"{path}: {where} is not UTF-8; save it as UTF-8"]) from None
    except ValueError as fault:  # TOMLDecodeError, or a number of 5,000 digits
        raise ConfigError([f"{path}: not TOML: {fault}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: not TOML: nested too deeply"]) from None
    faults = list(_faults(table, kind, ""))
    if faults:
        raise ConfigError(f"{path}: {fault}" for fault in faults)
    return msgspec.convert(table, kind, dec_hook=_own_type)


def secret(path: Path) -> str:
    """First line of a secret's file.

    Raises
    ------
    ConfigError
        The file cannot be read or holds nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise ConfigError([f"{path}: cannot be read: {fault.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not text in UTF-8"]) from None
    if not lines or not lines[0]:
        raise ConfigError([f"{path}: is empty; its first line must be the secret"])
    return lines[0]


def unknown(name: str, known: Iterable[str]) -> str:
    """``unknown … 'x'``'s second half: the nearest known name, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names) or 'none'}"


def _faults(given: object, kind: Any, place: str) -> Iterable[str]:
    """Walk ``given`` along ``kind`` and yield each fault with its place."""
    if _is_table(kind):
        yield from _table_faults(given, kind, place)
        return
    origin, args = get_origin(kind), get_args(kind)
    if origin is UnionType and isinstance(given, dict):
        tables = [part for part in args if _is_table(part)]
        if tables:  # a table that may be absent, or may be one value instead
            yield from _table_faults(given, tables[0], place)
            return
    if origin is dict and isinstance(given, dict):
        for name, value in given.items():
            yield from _faults(name, args[0], f"{place}: the name")
            yield from _faults(value, args[1], f"{place}.{name}")
        return
    if origin is list and isinstance(given, list):
        for at, value in enumerate(given):
            yield from _faults(value, args[0], f"{place}[{at}]")
        return
    try:
        msgspec.convert(given, kind, dec_hook=_own_type)
    except msgspec.ValidationError as fault:
        yield f"{place.lstrip('.')}: {given!r}: {_plain(str(fault), kind)}"


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _table_faults(
    given: object, kind: type[msgspec.Struct], place: str
) -> Iterable[str]:
    where = f"{place.lstrip('.')}: " if place else ""
    if not isinstance(given, dict):
        yield f"{where}expected a table, not {given!r}"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in given.keys() - fields.keys():
        yield f"{where}unknown key {key!r}; {unknown(key, fields)}"
    for key, field in fields.items():
        if key in given:
            yield from _faults(given[key], field.type, f"{place}.{key}")
        elif field.required:
            yield f"{where}{key!r} is missing"


def _own_type(kind: type, given: object) -> object:
    """Read a file's path, which msgspec does not know."""
    if kind is Path and isinstance(given, str) and "\0" not in given:
        return Path(given)
    msg = f"expected {kind.__name__.lower()}"
    raise ValueError(msg)


def _plain(fault: str, kind: Any) -> str:
    """Say msgspec's sentence in our words."""
    if "Invalid enum value" in fault:
        return f"expected {' or '.join(map(repr, _choices(kind)))}"
    if "matching regex" in fault:
        return "expected a name of a-z, 0-9, _ and -, at most 40 characters"
    if "RFC3339" in fault:
        return "expected a date such as 2026-12-20"
    plain = (
        fault.partition(" - at ")[0].replace("`", "").replace("Expected", "expected")
    )
    return plain.replace("int | float", "number").replace(" | null", "")


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(choice for part in get_args(kind) for choice in _choices(part))
