"""Numbers and times as people read them, in both languages.  Pure."""

from typing import NamedTuple


class Words(NamedTuple):
    """One thing said in both languages."""

    vi: str
    en: str


def vi(value: float, digits: int = 0) -> str:
    """Write a number as Vietnamese does, with a real minus.

    >>> vi(-1234.5, 1)
    '−1.234,5'
    """
    return en(value, digits).translate(str.maketrans(",.", ".,"))


def en(value: float, digits: int = 0) -> str:
    """Write a number as English does, with a real minus.

    >>> en(-1234.5, 1)
    '−1,234.5'
    """
    return f"{value:,.{digits}f}".replace("-", "−")
