"""What the registry answers with."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Role = Literal["technician", "agronomist", "office"]

ALL: Final = "*"
"""In place of a cooperative: every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooperative:
    """A cooperative, by the name that its gateways send."""

    coop: str
    name: str
    commune: str  # five digits; province.communes names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot of a cooperative; ``locality`` is its *xứ đồng*."""

    coop: str
    plot: str
    name: str
    locality: str
    commune: str
    area_m2: float
    elevation_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One crop on one plot; without ``harvested`` it still stands in the field."""

    coop: str
    season: str
    plot: Plot
    crop: str
    variety: str | None
    sown: date
    harvested: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A harvest lot and the seasons that it comes from, the earliest first."""

    lot: str
    coop: Cooperative
    harvested: date
    kg: float | None
    seasons: tuple[Season, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to write to about ``coop``, which may be ``ALL``."""

    email: str
    coop: str
    name: str
    role: Role
