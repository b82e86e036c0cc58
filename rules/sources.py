"""Where the numbers of rules can be read: ``sources.toml``, by a short name.

Every number of a pack names one of them.  ``kind`` says how far it is believed:
*read* in the work itself, *quoted* by a page that was read, or *design*, a choice
that wants an agronomist's signature.  What was only heard of is no source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from telemetry import settings

Kind = Literal["read", "quoted", "design"]


class SourceTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[NAME]`` of ``sources.toml``, ``[sources.NAME]`` of a site's own file."""

    text: str  # where it can be read
    kind: Kind
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One work, page or choice that numbers rest on."""

    id: str
    text: str
    kind: Kind
    url: str | None = None


def source(name: str, table: SourceTable) -> Source:
    """Name a source that a file holds."""
    return Source(name, table.text, table.kind, table.url)


def _shipped() -> Mapping[str, Source]:
    body = files("rules").joinpath("sources.toml").read_bytes()
    tables = settings.parse(body).items()
    return MappingProxyType(
        {
            name: source(name, settings.fit(table, SourceTable, name))
            for name, table in tables
        }
    )


SOURCES: Final = _shipped()
"""Every source that is shipped, by its name."""
