"""What has come of a rule's table once it was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from rules.language import Expression
from rules.sources import SOURCES, Source
from rules.tables import ChartTable, RuleTable, Said, SetTable, State
from rules.vocabulary import Words

Origin = Literal["pack", "site", "changed"]

LIMITS: Final = Said(
    vi="Chỉ dùng thuốc trong danh mục được phép sử dụng tại Việt Nam và theo hướng dẫn"
    " của cán bộ bảo vệ thực vật.",
    en="Use only products of the permitted list and follow the plant-protection"
    " officer.",
)
"""With what every advice to control a pest ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that was checked."""

    id: str
    table: RuleTable
    given: SetTable  # its threshold set
    numbers: Mapping[str, float]
    units: Mapping[str, str]
    source_of: Mapping[str, Source]  # by number
    words: Words
    needs: Expression | None
    when: Expression
    clear: Expression | None
    value: Expression | None
    hold_ms: int = 0
    clear_ms: int = 0
    hours: tuple[int, int] | None = None  # minutes of the local day
    seasons: tuple[str, ...] = ()
    sources: tuple[Source, ...]  # of the numbers that it uses, and of its models
    file: str = ""  # that says it
    files: tuple[str, ...] = ()  # and those of its set, and of the pack
    origin: Origin = "pack"

    @property
    def state(self) -> State:
        """How far its thresholds are trusted."""
        return self.given.state

    @property
    def ships_on(self) -> bool:
        """Whether it runs unless it is switched off."""
        return self.state != "proposed" and self.table.off is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A curve that is drawn where a plot's past is; no alert comes of it."""

    id: str
    table: ChartTable
    numbers: Mapping[str, float]
    words: Words
    value: Expression
    file: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules of some files may refer to."""

    sets: Mapping[str, SetTable] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=lambda: SOURCES)
