"""The words of the field in both languages, and whether two texts say the same.  Pure.

``words.toml`` holds them.  A text that names a thing in one language and not in the
other has been translated by somebody who does not know the word.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import msgspec

from telemetry import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing, by its names."""

    id: str
    vi: str
    en: str
    also_vi: tuple[str, ...] = ()  # what may stand in its place
    also_en: tuple[str, ...] = ()
    latin: str | None = None
    eppo: str | None = None
    source: str


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    vi: str
    en: str
    also_vi: list[str] = []
    also_en: list[str] = []
    latin: str | None = None
    eppo: str | None = None
    source: str


def faults(said_vi: str, said_en: str) -> list[str]:
    """Words that one text has and the other lacks.

    >>> faults("Rầy nâu 2 con một dảnh.", "Planthoppers: 2 per tiller.")
    ["'rầy nâu' is said in Vietnamese, but not 'brown planthopper' in English"]
    """
    vi, en = _found(said_vi, _VI), _found(said_en, _EN)
    told = []
    for word in WORDS:
        if word.id in vi - en:
            told.append(
                f"{word.vi!r} is said in Vietnamese, but not {word.en!r} in English"
            )
        if word.id in en - vi:
            told.append(
                f"{word.en!r} is said in English, but not {word.vi!r} in Vietnamese"
            )
    return told


def _found(said: str, forms: "_Forms") -> set[str]:
    """Words of a text; of two that overlap the longer."""
    plain = unicodedata.normalize("NFC", said).lower()
    return {forms.word_of[found[1]] for found in forms.pattern.finditer(plain)}


@dataclass(frozen=True, slots=True)
class _Forms:
    word_of: Mapping[str, str]
    pattern: re.Pattern[str]


def _forms(spellings: Mapping[str, str], ends: str) -> _Forms:
    longest = sorted(spellings, key=len, reverse=True)
    some = "|".join(map(re.escape, longest))
    return _Forms(spellings, re.compile(rf"(?<!\w)({some}){ends}(?!\w)"))


def _shipped() -> tuple[Word, ...]:
    tables = settings.parse(files("rules").joinpath("words.toml").read_bytes())
    found = []
    for name, given in tables.items():
        table = settings.fit(given, _Table, name)
        found.append(
            Word(
                id=name,
                vi=table.vi,
                en=table.en,
                also_vi=tuple(table.also_vi),
                also_en=tuple(table.also_en),
                latin=table.latin,
                eppo=table.eppo,
                source=table.source,
            )
        )
    return tuple(found)


WORDS: Final = _shipped()
"""Every word."""

PESTS: Final = frozenset({"unsorted", *(word.eppo for word in WORDS if word.eppo)})
"""What an expression may name as a pest, with what was counted and not sorted."""

_VI: Final = _forms(
    {f.lower(): word.id for word in WORDS for f in (word.vi, *word.also_vi)}, ""
)
_EN: Final = _forms(
    {f.lower(): word.id for word in WORDS for f in (word.en, *word.also_en)},
    "(?:s|es)?",
)
