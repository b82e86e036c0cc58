"""A plot: what grows where, since when.  The gateway's copy of it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One field of one season.

    What is ``None`` or empty is not known; a rule that needs it rests.
    """

    id: str
    name: str  # as people call it: "thửa 17"
    crop: str  # a key of rules.stages.STAGES_OF, or any other
    locality: str = ""  # xứ đồng
    method: str = ""  # "sa" direct-seeded, "cay" transplanted
    season: str = ""  # of rules/calendar.toml, where its own dates are not told
    sown: date | None = None  # also of a transplanted crop: when the seed was sown
    duration_days: int | None = None  # from sowing to harvest
    heading: date | None = None  # when half of the rice heads
    soil: str = ""  # a named set
    field_capacity: float | None = None  # % of the volume, of this very soil
    area_m2: float | None = None
    elevation_m: float | None = None
    leaf_wetness: str = "sensor"  # or rh90: from humidity, at low confidence
