"""Sentences for people: numbers and dates as each language writes them.  Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Literal

Language = Literal["vi", "en"]

HERE: Final = timezone(timedelta(hours=7))  # Asia/Ho_Chi_Minh, no summer time

SMS_LETTERS: Final = 160  # of GSM 03.38 in one message
GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic set of GSM 03.38; a message with another letter holds 70."""

_PLAIN: Final = str.maketrans(
    {
        **{"đ": "d", "Đ": "D", "−": "-", "–": "-", "—": "-", "×": "x", "µ": "u"},
        **{"°": "do ", "²": "2", "³": "3", "≤": "<=", "≥": ">=", "…": "..."},
        **{"“": '"', "”": '"', "’": "'", "‘": "'", "\N{NO-BREAK SPACE}": " "},
    }
)
_IN_BRACES: Final = re.compile(r"\{(\w+)\}")
_WEEKDAYS: Final = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_WORDS_VI: Final = {
    "nights": "đêm",
    "days": "ngày",
    "d": "ngày",
    "h": "giờ",
    "polls": "lần đo",
    "insects": "con",
    "per m²": "/m²",
    "per tiller": "con/dảnh",
}
_WORDS_EN: Final = {"d": "days"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit; ``"1"`` is the unit of a bare count."""

    value: float
    unit: str
    is_at_most: bool = False  # the sensor shows its lowest: so much or less


@dataclass(frozen=True, slots=True)
class Both:
    """Words that differ between the languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in UTC, ``None`` where nobody knows it. [ms since 1970]"""

    utc_ms: int | None


Fact = Measure | Instant | Both | date | str


def names_in(template: str) -> list[str]:
    """Names that stand in braces."""
    return _IN_BRACES.findall(template)


def without_names(template: str) -> str:
    """The words of a text that are always there."""
    return _IN_BRACES.sub("", template)


def has_stray_brace(template: str) -> bool:
    """Whether a brace is left that encloses no name."""
    rest = without_names(template)
    return "{" in rest or "}" in rest


def fill(template: str, facts: Mapping[str, Fact], language: Language) -> str:
    """Put ``facts`` into a text; begins with a capital letter."""
    told = _IN_BRACES.sub(lambda m: say(facts[m[1]], language), template)
    return told[:1].upper() + told[1:]


def say(fact: Fact, language: Language) -> str:
    """One fact as ``language`` writes it.

    >>> say(Measure(-11.25, "cm"), "vi"), say(date(2026, 11, 26), "vi")
    ('−11,2 cm', 'thứ Năm 26/11')
    """
    match fact:
        case Measure(value=value, unit=unit, is_at_most=is_at_most):
            return "≤ " * is_at_most + _measure(value, unit, language)
        case Both():
            return fact.vi if language == "vi" else fact.en
        case Instant(utc_ms=utc_ms):
            return _instant(utc_ms, language)
        case date():
            return _date(fact, language)
        case str():
            return fact


def local_day(utc_ms: int) -> date:
    """Day of a moment in Viet Nam."""
    return local(utc_ms).date()


def local(utc_ms: int) -> datetime:
    """A moment as clocks in Viet Nam show it."""
    return (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=utc_ms)
    ).astimezone(HERE)


def sms(code: str, said_vi: str) -> str:
    """An alert as a text message: its code, and what it says without accents.

    >>> sms("A9K", "Thửa 17: mực nước −15,2 cm từ thứ Năm 26/11, 31 °C, 12 m³/sào")
    'A9K Thua 17: muc nuoc -15,2 cm tu thu Nam 26/11, 31 do C, 12 m3/sao'
    """
    letters = unicodedata.normalize("NFD", f"{code} {said_vi}".translate(_PLAIN))
    bare = (each for each in letters if not unicodedata.combining(each))
    return "".join(each if each in GSM else "?" for each in bare)


def _measure(value: float, unit: str, language: Language) -> str:
    words = _WORDS_VI if language == "vi" else _WORDS_EN
    number = f"{value:.1f}".removesuffix(".0")
    if number == "-0":
        number = "0"
    number = number.replace("-", "−")
    if language == "vi":
        number = number.replace(".", ",")
    unit = words.get(unit, unit)
    if unit == "1":
        return number
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}"


def _date(day: date, language: Language) -> str:
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "vi":
        return f"{weekday} {day.day}/{day.month}"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


def _instant(utc_ms: int | None, language: Language) -> str:
    if utc_ms is None:
        return "lúc chưa rõ giờ" if language == "vi" else "an unknown time"
    moment = local(utc_ms)
    if language == "vi":
        return f"{moment:%H:%M} {_date(moment.date(), language)}"
    return f"{moment:%H:%M} on {_date(moment.date(), language)}"
