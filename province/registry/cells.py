"""What may stand in a cell of a registry's CSV file.

Each function takes the stripped text of a cell and returns its value, or raises
``Unfit`` with the fact and the remedy.
"""

import difflib
import math
import re
import unicodedata
from datetime import date
from typing import Final, get_args

from province import communes
from province.config_mail import ADDRESS
from province.registry.records import ALL, Role
from telemetry.series import NAME

Value = str | float | date | tuple[str, ...] | None

NOBODY: Final = "-"
"""In place of a recipient's cooperatives: the address is taken out."""

MAX_TEXT: Final = 100  # characters: a line of a report
YEARS: Final = range(1950, 2100)  # the oldest coffee stands for decades; a slip is told
HIGHEST_M: Final = 3_200  # Fansipan has 3,147 m
LOWEST_M: Final = -20  # polders lie a few metres below the sea

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_LOT: Final = re.compile(r"[A-Z0-9-]{1,20}")  # GS1 AI 10 takes 20 characters
_PHONE: Final = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){9}(?!\d)")
_HOUSEHOLD: Final = re.compile(
    r"\b(?:chủ hộ|(?:hộ|nhà|ruộng|đất|thửa) (?:ông|bà|anh|chị|cô|chú|bác))\b",
    re.IGNORECASE,
)


class Unfit(ValueError):
    """A cell that cannot be taken: the fact and the remedy."""


def name(text: str) -> str:
    """Read a name on the wire."""
    if NAME.fullmatch(text):
        return text
    fact = f"{text!r} is no name of a-z, 0-9, _ and -, at most 40 characters"
    if NAME.fullmatch(text.lower()):
        raise Unfit(f"{fact}; did you mean {text.lower()!r}?")
    raise Unfit(f"{fact}; the full name belongs into column 'name'")


def names(text: str) -> tuple[str, ...]:
    """Read names with blanks between them."""
    return tuple(sorted({name(one) for one in text.split()}))


def cooperatives(text: str) -> tuple[str, ...]:
    """Read names of cooperatives, ``*`` for all or ``-`` for none."""
    if text == NOBODY:
        return ()
    if text == ALL:
        return (ALL,)
    if ALL in text.split() or NOBODY in text.split():
        raise Unfit(f"{text!r} has a sign beside names; write * or - alone")
    return names(text)


def words(text: str) -> str:
    """Read a text for people; it goes into mail and reports."""
    told = unicodedata.normalize("NFC", text)
    if not told.isprintable():
        sign = next(one for one in told if not one.isprintable())
        fact = f"{told!r} holds U+{ord(sign):04X}, which cannot be seen"
        raise Unfit(f"{fact}; type the text again")
    if len(told) > MAX_TEXT:
        raise Unfit(f"has {len(told)} characters; {MAX_TEXT} fit a line of a report")
    if _PHONE.search(told):
        raise Unfit(f"{told!r} holds a phone number; {_STAYS_OUT}")
    if _HOUSEHOLD.search(told):
        raise Unfit(f"{told!r} names a household; {_STAYS_OUT}")
    return told


def day(text: str) -> date:
    """Read a date as ISO 8601 has it."""
    form = "write it as year-month-day, such as 2026-12-20"
    if not _ISO.fullmatch(text):
        found = _DAY_FIRST.fullmatch(text)
        if found:
            form += " (in a spreadsheet: cell format yyyy-mm-dd)"
        raise Unfit(f"{text!r} is no date; {form}")
    try:
        read = date.fromisoformat(text)
    except ValueError as fault:
        raise Unfit(f"{text!r} is no date: {fault}; {form}") from None
    if read.year not in YEARS:
        span = f"{YEARS.start}..{YEARS.stop - 1}"
        raise Unfit(f"{text!r} is outside the years {span}; is it a slip?")
    return read


def positive(text: str) -> float:
    """Read a number above zero."""
    number = _number(text)
    if number <= 0:
        raise Unfit(f"{text!r} is not above 0; leave out what is not known")
    return number


def elevation(text: str) -> float:
    """Read a height above the sea. [m]"""
    number = _number(text)
    if not LOWEST_M <= number <= HIGHEST_M:
        raise Unfit(f"{text!r} m is outside {LOWEST_M}..{HIGHEST_M}; is it a slip?")
    return number


def lot(text: str) -> str:
    """Read the name of a harvest lot."""
    if _LOT.fullmatch(text):
        return text
    if len(text) > 20:
        raise Unfit(f"{text!r} has {len(text)} characters; a label has place for 20")
    raise Unfit(f"{text!r} has other signs than A-Z, 0-9 and -; write it with those")


def email(text: str) -> str:
    """Read an address; its letters are made small."""
    if ADDRESS.fullmatch(text):
        return text.lower()
    raise Unfit(f"{text!r} is no mail address; write one such as to-kt@example.com")


def role(text: str) -> str:
    """Read what a recipient is to a cooperative."""
    known = get_args(Role)
    if text in known:
        return text
    near = difflib.get_close_matches(text.lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise Unfit(f"{text!r} is no role; {hint}")


def commune(text: str, within: str | None) -> str:
    """Read the code of a commune, of the province ``within`` if that is given."""
    found = communes.commune(text)
    if found is None:
        near = communes.nearest(text, within) or communes.nearest(text)
        hint = f"did you mean {near}?" if near else "see Decision 19/2025/QĐ-TTg"
        raise Unfit(f"{text!r} is no code of a commune; {hint}")
    if within is not None and found.province.code != within:
        here = communes.province(within)
        fact = f"{found} is not in {here.name if here else within} ({within})"
        near = communes.nearest(text, within)
        raise Unfit(f"{fact}; did you mean {near}?" if near else fact)
    return text


def _number(text: str) -> float:
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    remedy = "write digits with a point, such as 1250.5, and no unit"
    raise Unfit(f"{text!r} is no number; {remedy}")


_STAYS_OUT: Final = "what is of a person stays out of the registry"
