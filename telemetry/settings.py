"""Reading a TOML config into frozen structs, telling every fault at once.

msgspec stops at the first fault; a technician wants the list.  So tables are
walked here and msgspec judges the single values.
"""

import difflib
import reprlib
import tomllib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

MOST_FAULTS: Final = 200  # of one table; who mends these may ask again
MOST_LETTERS: Final = 1000  # of one fault; more is a name that nobody meant


class ConfigError(ValueError):
    """A config that cannot be used; ``faults`` lists every reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = [_line(fault) for fault in faults]
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
        body = path.read_bytes()
    except OSError as fault:
        raise ConfigError([f"{path}: cannot be read: {fault.strerror}"]) from None
    try:
        return fit(parse(body), kind)
    except ConfigError as fault:
        raise ConfigError(f"{path}: {each}" for each in fault.faults) from None


def parse(body: bytes) -> dict[str, Any]:
    """Read the tables of a TOML file.

    Raises
    ------
    ConfigError
        It is not UTF-8, or not TOML.
    """
    try:
        text = body.decode("utf-8-sig")  # or Notepad's BOM
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except UnicodeDecodeError as fault:
        where = f"byte {fault.start}"
        raise ConfigError([f"{where} is not UTF-8; save it as UTF-8"]) from None
    except ValueError as fault:  # TOMLDecodeError, or a number of 5,000 digits
        raise ConfigError([f"not TOML: {fault}"]) from None
    except RecursionError:
        raise ConfigError(["not TOML: nested too deeply"]) from None


def fit(table: object, kind: type[T], place: str = "") -> T:
    """Read a table that was parsed as a ``kind``.

    Raises
    ------
    ConfigError
        It does not fit; each fault names the place, the fact and the remedy.
    """
    try:
        faults = list(islice(_faults(table, kind, place), MOST_FAULTS))
    except RecursionError:
        faults = ["tables are nested too deeply"]
    if faults:
        raise ConfigError(faults)
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
        yield f"{place.lstrip('.')}: {_shown(given)}: {_plain(str(fault), kind)}"


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _table_faults(
    given: object, kind: type[msgspec.Struct], place: str
) -> Iterable[str]:
    where = f"{place.lstrip('.')}: " if place else ""
    if not isinstance(given, dict):
        yield f"{where}expected a table, not {_shown(given)}"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in given.keys() - fields.keys():
        yield f"{where}unknown key {key!r}; {unknown(key, fields)}"
    for key, field in fields.items():
        if key in given:
            yield from _faults(given[key], field.type, f"{place}.{key}")
        elif field.required:
            yield f"{where}{key!r} is missing"


_SHORT: Final = reprlib.Repr()  # one line stays one line
_SHORT.maxstring = _SHORT.maxother = 80


def _shown(given: object) -> str:
    """What was given, cut short where it is long or deep."""
    try:
        return _SHORT.repr(given)
    except ValueError:  # a number of more than 4,300 digits
        return "a number of thousands of digits"


def _line(fault: str) -> str:
    """A fault as one line of bounded length, whatever the file has in its names."""
    if len(fault) > MOST_LETTERS:
        half = MOST_LETTERS // 2 - 2
        fault = f"{fault[:half]} … {fault[-half:]}"
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in fault
    )


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
    plain = plain.replace("int | float", "number").replace(" | null", "")
    return plain.replace("expected object", "expected a table")


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(choice for part in get_args(kind) for choice in _choices(part))
