"""The communes, wards and special zones of Vietnam, by their codes of five digits.

The list is that of Decision 19/2025/QĐ-TTg, in force since 2025-07-01: 34
provinces, no districts.  Names are spelt in more than one way, so nothing is ever
matched by name.

The list comes with the package ``vietnam-provinces`` (GPL-3.0-or-later), which has
it from the General Statistics Office.  Its data file is read, its code is not
imported; reading takes some 30 ms, once, and only where a code is asked for.
"""

import difflib
import functools
import importlib.metadata
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from telemetry.settings import ConfigError

PACKAGE: Final = "vietnam-provinces"
FILE: Final = "vietnam_provinces/data/nested-divisions.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A province or a city of that rank."""

    code: str  # two digits
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A unit of the lower one of the two levels; ``kind`` is xã, phường or đặc khu."""

    code: str  # five digits
    name: str  # with its kind: Xã Mộ Đức
    kind: str
    province: Province

    def __str__(self) -> str:
        return f"{self.code} ({self.name}, {self.province.name})"


def commune(code: str) -> Commune | None:
    """Return the unit with ``code``, if there is one.

    >>> str(commune("21400"))
    '21400 (Xã Mộ Đức, Quảng Ngãi)'
    """
    return _communes().get(code)


def province(code: str) -> Province | None:
    """Return the province with ``code``, if there is one."""
    return _provinces().get(code)


def provinces() -> list[Province]:
    """Return all provinces, by code."""
    return [one for _, one in sorted(_provinces().items())]


def in_force(code: str | None) -> str | None:
    """Return the code of a province that a config gives, if it gives one.

    Raises
    ------
    ConfigError
        No province has it.
    """
    if code is not None and province(code) is None:
        known = ", ".join(f"{one.code} {one.name}" for one in provinces())
        raise ConfigError([f"province: {code!r} is none of the 34; known: {known}"])
    return code


def of_province(code: str) -> list[Commune]:
    """Return a province's units, by code."""
    units = _communes().values()
    return sorted(
        (one for one in units if one.province.code == code), key=lambda one: one.code
    )


@functools.lru_cache(maxsize=1_000)  # one slip stands in many rows
def nearest(text: str, within: str | None = None) -> Commune | None:
    """Whom somebody means who writes ``text``: a hint for people, never a match.

    ``within`` is the code of the province to look in.
    """
    units = of_province(within) if within else list(_communes().values())
    if text.isdecimal():
        return _nearest_code(text, units)
    named = {_bare(one.name): one for one in units}
    near = difflib.get_close_matches(_bare(text), named, n=1, cutoff=0.8)
    return named[near[0]] if near else None


def _nearest_code(text: str, units: Iterable[Commune]) -> Commune | None:
    code = text.zfill(5)  # spreadsheets drop the zeros in front

    def distance(one: Commune) -> tuple[int, int]:
        differing = sum(a != b for a, b in zip(one.code, code, strict=True))
        return differing, abs(int(one.code) - int(code))

    if len(code) > 5:
        return None
    near = min(units, key=distance, default=None)
    return near if near is not None and distance(near)[0] <= 1 else None


def origin() -> str:
    """Where the list comes from, in a line.

    Raises
    ------
    ConfigError
        The package is not installed.
    """
    version = _package().version
    return f"Decision 19/2025/QĐ-TTg, from {PACKAGE} {version}"


def unmarked(text: str) -> str:
    """``text`` in small letters without marks, as people type in a hurry.

    >>> unmarked("Đặng Thùy Trâm")
    'dang thuy tram'
    """
    marked = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(one for one in marked if not unicodedata.combining(one))


def _bare(name: str) -> str:
    """``name`` without marks and without its kind."""
    bare = unmarked(name)
    for kind in ("xa ", "phuong ", "dac khu "):
        bare = bare.removeprefix(kind)
    return bare


def _package() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        remedy = "pip install 'canhdong[province]'"
        msg = f"the table of communes: {PACKAGE} is not installed; {remedy}"
        raise ConfigError([msg]) from None


@functools.cache
def _read() -> list[dict[str, Any]]:
    file = _package().locate_file(FILE)
    with open(str(file), encoding="utf-8") as text:  # noqa: PTH123  no Path before 3.12
        tables: list[dict[str, Any]] = json.load(text)
    return tables


@functools.cache
def _provinces() -> Mapping[str, Province]:
    known = (Province(code=f"{one['code']:02}", name=one["name"]) for one in _read())
    return {one.code: one for one in known}


@functools.cache
def _communes() -> Mapping[str, Commune]:
    return {one.code: one for one in _units()}


def _units() -> Iterator[Commune]:
    for table in _read():
        of = _provinces()[f"{table['code']:02}"]
        for unit in table["wards"]:
            yield Commune(
                code=f"{unit['code']:05}",
                name=unit["name"],
                kind=unit["division_type"],
                province=of,
            )
