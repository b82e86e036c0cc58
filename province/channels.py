"""What gateways say of themselves in ``up/meta``: which channel is due how often.

A document is of today: a probe that was moved or is polled at another pace had
another past, so it speaks only of series that are still where it says.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import sqlalchemy as sa

from province.schema import DOCUMENT, GATEWAY
from province.tally import SECOND_NS
from telemetry import topics
from telemetry.quantity import QUANTITIES
from telemetry.series import NAME, Z_LIMIT_CM, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One quantity of one sensor, as its gateway polls it now."""

    gateway: str
    sensor: str
    quantity: str
    plot: str
    z: int
    period_ns: int

    def makes(self, series: Series) -> bool:
        """Whether rows of ``series`` come from here."""
        return (self.gateway, self.sensor, self.quantity, self.plot, self.z) == (
            *(series.gateway, series.sensor, series.quantity),
            *(series.plot, series.z),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """The gateways of a cooperative that the ledger knows of, by name."""

    said_hello: frozenset[str]
    channels: Mapping[str, tuple[Channel, ...]]  # only of those with an up/meta

    def period_ns(self, series: Series) -> int | None:
        """How often a value of ``series`` is due; ``None`` if that is not known."""
        some = self.channels.get(series.gateway, ())
        return next((one.period_ns for one in some if one.makes(series)), None)

    def is_known(self, gateway: str) -> bool:
        """Whether the gateway has ever spoken for itself."""
        return gateway in self.said_hello or gateway in self.channels


def gateways(connection: sa.Connection, coop: str) -> Gateways:
    """Read what the ledger has of a cooperative's gateways."""
    hello = sa.select(GATEWAY.c.gw).where(GATEWAY.c.coop == coop)
    meta = sa.select(DOCUMENT.c.gw, DOCUMENT.c.payload).where(
        DOCUMENT.c.coop == coop, DOCUMENT.c.leaf == topics.UP_META
    )
    return Gateways(
        said_hello=frozenset(connection.scalars(hello)),
        channels={
            row.gw: channels_of(row.gw, row.payload) for row in connection.execute(meta)
        },
    )


def channels_of(gateway: str, payload: bytes) -> tuple[Channel, ...]:
    """Channels in an ``up/meta``; what does not make sense in it is left out."""
    try:
        meta = json.loads(payload)  # ingest has seen to it that it is a JSON object
    except RecursionError:  # it was read there from a shallower stack
        meta = {}
    devices = _table(meta.get("devices"))
    found = []
    for name, sensor in _table(meta.get("sensors")).items():
        about = _table(sensor)
        device = _table(devices.get(str(about.get("device"))))
        period_ns = _period_ns(device.get("every_s"))
        plot, z = about.get("plot"), about.get("z")
        # Whatever is no name or depth could have no series, but move a cursor.
        if period_ns is None or not (_is_name(name) and _is_name(plot) and _is_z(z)):
            continue
        found += [
            Channel(
                gateway=gateway,
                sensor=name,
                quantity=quantity,
                plot=plot,
                z=z,
                period_ns=period_ns,
            )
            for quantity in _known(_table(about.get("quantities")))
        ]
    return tuple(found)


def _known(names: Iterable[str]) -> list[str]:
    return [name for name in names if name in QUANTITIES]


def _table(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _is_name(given: Any) -> TypeGuard[str]:
    return isinstance(given, str) and NAME.fullmatch(given) is not None


def _is_z(given: Any) -> TypeGuard[int]:
    return type(given) is int and abs(given) <= Z_LIMIT_CM


def _period_ns(every_s: Any) -> int | None:
    """Return a period; one below a millisecond, the grain of stamps, is none."""
    if not isinstance(every_s, int | float) or not 0.001 <= every_s < 1e9:
        return None
    return round(every_s * SECOND_NS)
