"""The steps by which an answer was found, for those who ask how."""

from dataclasses import dataclass

from rules.text import Fact


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was taken or worked out, and where that comes from."""

    vi: str
    en: str
    value: Fact | None = None
    source: str = ""
