"""Was an alert true?  The answer of a person, the same words at both ends."""

import unicodedata
from types import MappingProxyType
from typing import Final

from telemetry.settings import ConfigError, unknown

UNSEEN: Final = "chua-xem"

VERDICTS_VI: Final = MappingProxyType(
    {"dung": "đúng", "sai": "sai", UNSEEN: "chưa xem"}
)
"""By the word that travels."""

VERDICTS_EN: Final = MappingProxyType(
    {"dung": "true", "sai": "false", UNSEEN: "not seen"}
)
VERDICTS: Final = tuple(VERDICTS_VI)


def verdict_of(text: str) -> str:
    """The verdict that ``text`` means, with or without accents.

    Raises
    ------
    ConfigError
        It is none; with the remedy.

    >>> verdict_of("Đúng"), verdict_of("chưa xem"), verdict_of("SAI")
    ('dung', 'chua-xem', 'sai')
    """
    marked = unicodedata.normalize("NFD", text.strip().lower().replace("đ", "d"))
    plain = "".join(one for one in marked if not unicodedata.combining(one))
    word = "-".join(plain.replace("_", " ").replace("-", " ").split())
    if word not in VERDICTS:
        fact = f"{text[:40]!r} is no verdict"
        raise ConfigError([f"{fact}: đúng, sai or chưa-xem; {unknown(word, VERDICTS)}"])
    return word
