"""Names as people type them, and the nearest known one, in both languages.  Pure."""

import difflib
import functools
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

MOST_NAMED: Final = 12  # in one line; a config may have hundreds of plots


def said(vi: str, en: str) -> str:
    """One line in both languages."""
    return f"{vi} · {en}"


def named(text: str, known: Mapping[str, str]) -> str | None:
    """The name that ``text`` is, or of which it is the Vietnamese word."""
    if text in known:
        return text
    plain = unicodedata.normalize("NFC", text).casefold()
    of = {word.casefold(): name for name, word in known.items() if word}
    of |= {name.casefold(): name for name in known}
    return of.get(plain)


def some(names: Iterable[str]) -> str:
    """The names, or the first of many."""
    first, *more = [*names] or [""]
    told = ", ".join((first, *more[: MOST_NAMED - 1]))
    return f"{told}, …" if len(more) >= MOST_NAMED else told


def nearest(text: str, known: Iterable[str]) -> tuple[str, str]:
    """The remedy in both languages: the nearest name, or all of them."""
    return _nearest(text, tuple(sorted(known)))


@functools.lru_cache(maxsize=256)  # a table repeats one slip in all of its rows
def _nearest(text: str, names: tuple[str, ...]) -> tuple[str, str]:
    of = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(text.casefold(), of, n=1)
    if near:
        return f"có phải {of[near[0]]}?", f"did you mean {of[near[0]]}?"
    all_ = some(names) or "-"
    return f"có {all_}", f"known: {all_}"
