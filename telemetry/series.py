"""The immutable identity of a reading, and its spelling as tags.

A probe that moves to another plot, depth or height begins a new series; rows
that were taken before keep the old one.  The tag keys are fixed for version 1,
because InfluxDB 3 freezes the tags of a table when it first sees them.
"""

import re
from dataclasses import dataclass
from typing import Final

from telemetry.quantity import INSECT_COUNTS, QUANTITIES

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Names of cooperatives, gateways, plots and sensors; also MQTT topic levels."""

PEST: Final = re.compile(r"[A-Z0-9]{3,8}|unsorted")
"""EPPO code of a pest (5 or 6 characters, older ones 3 to 8), or ``unsorted``."""

STAGES: Final = ("egg", "nymph", "larva", "adult", "all")

Z_LIMIT_CM: Final = 5_000
"""Bound of ``z`` either way. [cm]  A 50 m mast is the tallest thing meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Which quantity, measured where and by what.

    ``z`` is in whole centimetres above the soil surface, negative below.
    ``pest`` and ``stage`` belong to counts of insects and to nothing else.
    """

    quantity: str
    coop: str
    gateway: str
    plot: str
    sensor: str
    z: int
    pest: str | None = None
    stage: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the wire's grammar could not carry."""
        if self.quantity not in QUANTITIES:
            msg = f"unknown quantity {self.quantity!r}"
            raise ValueError(msg)
        for key in ("coop", "gateway", "plot", "sensor"):
            name = getattr(self, key)
            if not NAME.fullmatch(name):
                msg = f"{key} {name!r} is not of the form {NAME.pattern}"
                raise ValueError(msg)
        if abs(self.z) > Z_LIMIT_CM:
            msg = f"z {self.z} cm is beyond ±{Z_LIMIT_CM}"
            raise ValueError(msg)
        if self.quantity in INSECT_COUNTS:
            if self.pest is None or not PEST.fullmatch(self.pest):
                msg = f"{self.quantity} needs pest = EPPO code or 'unsorted'"
                raise ValueError(msg)
            if self.stage not in STAGES:
                msg = f"{self.quantity} needs stage = one of {', '.join(STAGES)}"
                raise ValueError(msg)
        elif self.pest is not None or self.stage is not None:
            msg = f"{self.quantity} carries neither pest nor stage"
            raise ValueError(msg)

    def tags(self) -> str:
        """The tag set as it stands on the wire, behind the measurement name.

        >>> Series(quantity="soil_moisture", coop="htx-moduc", gateway="g1",
        ...        plot="p17", sensor="soil-a1", z=-10).tags()
        'coop=htx-moduc,gw=g1,plot=p17,sensor=soil-a1,z=-10'
        """
        tags = (
            f"coop={self.coop},gw={self.gateway},plot={self.plot},"
            f"sensor={self.sensor},z={self.z}"
        )
        if self.pest is not None:
            tags += f",pest={self.pest},stage={self.stage}"
        return tags
