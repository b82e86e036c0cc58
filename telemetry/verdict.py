"""Was an alert true?  The answer of a person, the same word at both ends."""

import unicodedata
from types import MappingProxyType
from typing import Final

UNSEEN: Final = "chua-xem"

VERDICTS: Final = MappingProxyType(
    {
        "dung": ("đúng", "true"),
        "sai": ("sai", "false"),
        UNSEEN: ("chưa xem", "not seen"),
    }
)
"""By the word that travels: Vietnamese, English."""


def verdict_of(text: str) -> str:
    """The verdict that ``text`` means, with or without accents.

    Raises
    ------
    ValueError
        It is none; with the remedy.

    >>> verdict_of("Đúng"), verdict_of("chưa xem")
    ('dung', 'chua-xem')
    """
    marked = unicodedata.normalize("NFD", text.strip().lower().replace("đ", "d"))
    plain = "".join(one for one in marked if not unicodedata.combining(one))
    word = "-".join(plain.replace("-", " ").split())
    if word not in VERDICTS:
        known = ", ".join(vi for vi, _ in VERDICTS.values())
        msg = f"{text!r} is no verdict; write one of {known}"
        raise ValueError(msg)
    return word
