"""A file of rules' tests as it is written: its tables and their single values."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from telemetry.series import Z_LIMIT_CM

State = Literal["firing", "no_data", "resumed", "resolved"]


class PlotTable(msgspec.Struct, frozen=True, kw_only=True):
    """The one plot of a test; what is left out is not known."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "p1"
    name: str = "thửa 1"
    locality: str = ""
    crop: str = "other"
    method: Literal["", "sa", "cay"] = ""
    season: str = ""
    sown: date | None = None
    duration_days: Annotated[int, Meta(ge=1, le=400)] | None = None
    heading: date | None = None
    soil: str = ""
    field_capacity: Annotated[float, Meta(ge=2, le=60)] | None = None
    area_m2: Annotated[float, Meta(gt=0)] | None = None
    elevation_m: float | None = None
    leaf_wetness: Literal["sensor", "rh90"] = "sensor"
    sensors: dict[str, str] = {}  # quantity: which sensor serves it


class SensorTable(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the place of one series."""

    every: str | None = None  # from one poll to the next, the test's where left out
    plot: str | None = None  # another than the test's, such as of a weather station
    device: str = ""
    z: Annotated[int, Meta(ge=-Z_LIMIT_CM, le=Z_LIMIT_CM)] = 0
    pest: str | None = None
    stage: Literal["egg", "nymph", "larva", "adult", "all"] | None = None
    role: Literal["farmer", "technician", "agronomist", "officer"] | None = None
    method: Literal["frame", "hill", "tiller", "plant", "trap", "visual"] | None = None
    full_scale: float | None = None
    zero_on: date | None = None
    bottom: float | None = None
    rated: Annotated[list[float], Meta(min_length=2, max_length=2)] | None = None
    alarm_below: float | None = None


class ExpectTable(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One episode that must be told."""

    rule: str
    on: str | None = None  # plot or sensor, any where it is left out
    from_: str
    to: str | None = None  # stands at the end where it is left out
    within: str | None = None  # one step where it is left out
    states: Annotated[list[State], Meta(min_length=1)] | None = None
    says: Annotated[str, Meta(min_length=1)] | None = None


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """``[defaults]``: what a test says where it says nothing itself."""

    start: str | None = None
    every: str | None = None
    plot: PlotTable | None = None
    sensors: dict[str, SensorTable] = {}


class TrialTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[test]]``."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    start: str | None = None
    until: str | None = None  # the last poll where it is left out
    every: str | None = None
    plot: PlotTable | None = None
    sensors: dict[str, SensorTable] = {}
    series: dict[str, str] = {}
    link: str | None = None  # 1 where the province answers, 0 where not
    expect: list[ExpectTable] = []
    quiet: str | list[str] = []  # rules, or "all"
    rests: list[str] = []


class TrialFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    version: Literal[1]
    rules: str | list[str] = []  # rule files, or a site's folder laid over the packs
    pack: str | list[str] = []
    defaults: Defaults = Defaults()
    test: list[TrialTable]
