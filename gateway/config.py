"""``gateway.toml``: what a technician writes.  Tables and their single values.

Keys carry their units.  What must agree *between* tables is checked in
``gateway.check``, so that ``canhdong check`` tells every fault at once.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.budget import Budget, quiet_hours
from gateway.config_quality import Quality
from gateway.config_time import Time
from telemetry.mqtt import Protocol, Tls
from telemetry.series import NAME

Name = Annotated[str, Meta(pattern=rf"\A{NAME.pattern}\Z")]
Seconds = Annotated[float, Meta(gt=0, le=31_622_400)]  # a year
Number = Annotated[float, Meta(ge=-1e12, le=1e12)]  # neither infinite nor NaN
Port = Annotated[int, Meta(ge=1, le=65535)]
Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
Crop = Literal["rice", "onion", "garlic", "maize", "chilli", "vegetables", "other"]
Stage = Literal["egg", "nymph", "larva", "adult", "all"]


class Uplink(msgspec.Struct, frozen=True, kw_only=True):
    """``[uplink]``: the province's broker."""

    host: str = "127.0.0.1"
    port: Port = 1883
    protocol: Protocol = "auto"
    username: str | None = None
    password_file: Path | None = None  # or the systemd credential "mqtt.password"
    tls: bool = False  # with the system's authorities, where no ca_file is given
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    send_every_s: Seconds = 60  # a reading waits at most so long for company
    resend_after_s: Seconds = 30  # no acknowledgement for so long: sent again
    plain: bool = False  # also publish uncompressed on up/r, for foreign readers
    daily_bytes: int | None = None  # of a metered link; then readings wait for midnight
    quiet_hours: str | None = None  # local hours in which readings wait: "22:00-05:00"

    @property
    def files(self) -> Tls:
        """The files of a TLS connection."""
        return Tls(self.ca_file, self.certificate_file, self.key_file)

    @property
    def budget(self) -> Budget:
        """What the link may cost; ``ValueError`` if the hours are not hours."""
        quiet = None if self.quiet_hours is None else quiet_hours(self.quiet_hours)
        return Budget(self.daily_bytes, quiet)


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    """``[storage]``: the buffer on the card."""

    commit_s: Seconds | None = None  # default 10; 60 where every period is ≥ 60 s
    keep_days: Annotated[float, Meta(gt=0, le=3660)] = (
        30  # confirmed rows stay so long, to refill the province
    )
    max_mib: Annotated[int, Meta(ge=16, le=1_000_000)] = 512  # file and its log


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    """``[buses.NAME]``: one serial port, or ``socket://host:port``."""

    port: str
    baudrate: Baud = 9600
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1


class DeviceTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[devices.NAME]``: one thing on a bus."""

    driver: str
    bus: str
    address: int = 1
    every_s: Seconds


class Zero(msgspec.Struct, frozen=True, kw_only=True):
    """Datum of a level: what it shows at the soil surface, and who took it when."""

    value: Number
    date: date  # 2026-11-21
    author: str


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Straight line through two points: raw value → value in the quantity's unit.

    Raw is in µA for ``4-20mA`` and in mV for ``0-10V``; a counter needs no
    ``signal``, only what a number of counts stands for.
    """

    signal: Literal["4-20mA", "0-10V"] | None = None
    raw: Annotated[list[Number], Meta(min_length=2, max_length=2)]
    value: Annotated[list[Number], Meta(min_length=2, max_length=2)]


class SensorTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[sensors.NAME]``: what has a place."""

    device: str
    plot: str
    z: int = 0  # whole cm above the soil surface, negative below
    channel: str | int | None = None
    quantity: str | None = None
    scale: Scale | None = None
    zero: Zero | None = None
    pest: str | None = None  # EPPO code, for counts of insects
    stage: Stage | None = None
    alarm_below: Number | None = None  # told to the technician, such as of a battery
    quality: dict[str, Quality] = {}  # by quantity: other checks than the usual


class PlotTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[plots.NAME]``: the field that a sensor stands in."""

    name: str  # "thửa 17"
    locality: str = ""  # xứ đồng
    crop: Crop
    method: Literal["sa", "cay"] | None = None  # direct-seeded or transplanted
    season: str = ""  # of rules/calendar.toml, which stands in where sown is not known
    sown: date | None = None  # 2026-12-20; without it the stage is unknown
    duration_days: Annotated[int, Meta(ge=20, le=400)] | None = None
    heading: date | None = None
    soil: str | None = None  # a texture of FAO-56: sand loamy-sand sandy-loam loam …
    field_capacity: Annotated[float, Meta(ge=2, le=60)] | None = None  # %, measured
    area_m2: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    elevation_m: Annotated[float, Meta(ge=-500, le=9000)] | None = None
    sensors: dict[str, Name] = {}  # quantity → the sensor that rules read for this plot
    leaf_wetness: Literal["sensor", "rh90"] = "sensor"  # rh90: from humidity, uncertain


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``[rules]``: which rules watch the field."""

    on: list[str] = []  # proposed rules that an agronomist wants here
    off: list[str] = []
    folder: Path | None = None  # rules of one's own, *.toml; the same id replaces ours


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    version: Literal[1]
    coop: Name
    gateway: Name
    data_dir: Path
    uplink: Uplink = msgspec.field(default_factory=Uplink)
    storage: Storage = msgspec.field(default_factory=Storage)
    time: Time = msgspec.field(default_factory=Time)
    buses: dict[Name, Bus] = {}
    devices: dict[Name, DeviceTable] = {}
    sensors: dict[Name, SensorTable] = {}
    plots: dict[Name, PlotTable] = {}
    rules: Rules = msgspec.field(default_factory=Rules)

    @property
    def commit_s(self) -> float:
        """How long a reading may wait for its commit. [s]"""
        if self.storage.commit_s is not None:
            return self.storage.commit_s
        slow = all(device.every_s >= 60 for device in self.devices.values())
        return 60.0 if slow else 10.0

    @property
    def buffer_path(self) -> Path:
        """The buffer's file."""
        return self.data_dir / "buffer.db"


def as_table(table: msgspec.Struct) -> dict[str, object]:
    """Keys and values of a table as they would stand in the file."""
    given = msgspec.structs.asdict(table)
    return {key: value for key, value in given.items() if value is not None}
