"""MQTT topics: one prefix per gateway, so that an access rule is one line."""

from dataclasses import dataclass
from typing import Final

from telemetry.series import NAME

ROOT: Final = "canhdong/v1"

UP_HELLO: Final = "up/hello"  # first message of every connection
UP_ALERT: Final = "up/alert"
UP_READINGS: Final = "up/z"  # zlib with the preset dictionary
UP_PLAIN: Final = "up/r"  # the same bytes uncompressed, for foreign readers
UP_STATE: Final = "up/state"  # retained: health
UP_LINK: Final = "up/link"  # retained: "1", last will "0"
UP_META: Final = "up/meta"  # retained: devices, sensors, plots, units, periods
DOWN_HELLO: Final = "down/hello"
DOWN_ACK: Final = "down/ack"

ALL_UP: Final = f"{ROOT}/+/+/up/+"
"""Subscription of the province."""


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Which gateway of which cooperative, as its topics say."""

    coop: str
    gateway: str

    def topic(self, leaf: str) -> str:
        """Topic of this gateway, ``leaf`` such as ``up/z``."""
        return f"{ROOT}/{self.coop}/{self.gateway}/{leaf}"

    @property
    def all_down(self) -> str:
        """Subscription of the gateway."""
        return self.topic("down/+")

    def __str__(self) -> str:
        """``coop/gateway``, for logs."""
        return f"{self.coop}/{self.gateway}"


def parse(topic: str) -> tuple[Identity, str] | None:
    """Identity and leaf of a topic, ``None`` if it is not one of ours."""
    prefix, found, rest = topic.partition(ROOT + "/")
    parts = rest.split("/")
    if prefix or not found or len(parts) != 4:
        return None
    coop, gateway, way, leaf = parts
    if way not in ("up", "down") or not NAME.fullmatch(coop):
        return None
    if not NAME.fullmatch(gateway):
        return None
    return Identity(coop, gateway), f"{way}/{leaf}"
