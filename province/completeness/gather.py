"""Gathering the account of a gateway from ledger, store and registry."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from province.channels import Channel, gateways
from province.completeness.days import MIDNIGHT_NS, days_of
from province.completeness.facts import Account, Day, Epoch, Hello, Merged, epoch_of
from province.ledger import Ledger
from province.recording import of_gateway
from province.registry.store import Registry
from province.schema import BATCH, DOCUMENT, GATEWAY, HELD, QUARANTINE
from province.stores.base import Store
from province.tally import DAY_NS, NS_OF_MS, bucket_of
from telemetry.ranges import Range
from telemetry.topics import Identity

DAYS: Final = 14  # told where no first day is named: what a technician remembers


def identities(ledger: Ledger) -> list[Identity]:
    """Every gateway that has said hello or sent a batch."""
    with ledger.reading() as connection:
        rows = {
            Identity(row.coop, row.gw)
            for table in (GATEWAY, BATCH, DOCUMENT)
            for row in connection.execute(
                sa.select(table.c.coop, table.c.gw).distinct()
            )
        }
    return sorted(rows)


def latest_ms(ledger: Ledger) -> int | None:
    """Where a simulated field has come to: its newest reading, else hello. [UTC]

    Ingest may have run on when the field had stopped.
    """
    with ledger.reading() as connection:
        newest_ns: int | None = connection.scalar(
            sa.select(sa.func.max(BATCH.c.last_ns))
        )
        hello_ms: int | None = connection.scalar(
            sa.select(sa.func.max(GATEWAY.c.at_ms))
        )
    return hello_ms if newest_ns is None else newest_ns // NS_OF_MS + 1


def gather(
    identity: Identity,
    *,
    ledger: Ledger,
    store: Store,
    registry: Registry | None,
    at_ms: int,
    start_ns: int | None = None,
    end_ns: int | None = None,
) -> Account:
    """Gather the account of a gateway at ``at_ms`` [UTC], days from start to end."""
    with ledger.reading() as connection:
        hello = _hello(connection, identity)
        ends = sa.select(sa.func.min(BATCH.c.first_ns), sa.func.max(BATCH.c.last_ns))
        first_ns, last_ns = connection.execute(
            ends.where(*of_gateway(BATCH, identity))
        ).one()
        epochs = _epochs(connection, identity, hello)
        known = gateways(connection, identity.coop).channels
        lines, bodies = (
            _quarantined(connection, identity, kind) for kind in ("line", "body")
        )
    channels = known.get(identity.gateway, ())
    days: list[Day] = []
    if first_ns is not None:
        end_ns = min(end_ns or at_ms * NS_OF_MS, at_ms * NS_OF_MS)
        span = _span(first_ns, start_ns, end_ns)
        told_ns = at_ms * NS_OF_MS if hello is None else hello.at_ms * NS_OF_MS
        days = days_of(identity, store, channels, first_ns, span, told_ns)
    return Account(
        identity=identity,
        at_ms=at_ms,
        hello=hello,
        newest_ms=None if last_ns is None else last_ns // NS_OF_MS,
        has_meta=identity.gateway in known,
        days=days,
        epochs=epochs,
        lines=lines,
        bodies=bodies,
        unregistered=_unregistered(registry, identity.coop, channels),
    )


def _span(first_ns: int, start_ns: int | None, end_ns: int) -> Range:
    """Return what is told: whole days from the start, none before the first row."""
    if start_ns is None:
        start_ns = end_ns - (DAYS - 1) * DAY_NS
    return bucket_of(max(start_ns, first_ns), DAY_NS, MIDNIGHT_NS), end_ns


def _hello(connection: sa.Connection, identity: Identity) -> Hello | None:
    asked = sa.select(GATEWAY).where(*of_gateway(GATEWAY, identity))
    row = connection.execute(asked).one_or_none()
    if row is None:
        return None
    return Hello(epoch=row.epoch, oldest=row.oldest, next=row.next, at_ms=row.at_ms)


def _epochs(
    connection: sa.Connection, identity: Identity, hello: Hello | None
) -> list[Epoch]:
    """Return every epoch of a gateway, that of its hello last."""
    held: dict[str, list[Range]] = defaultdict(list)
    if hello is not None:
        held[hello.epoch] = []
    asked = sa.select(HELD).where(*of_gateway(HELD, identity)).order_by(HELD.c.first)
    for row in connection.execute(asked):
        held[row.epoch].append((row.first, row.last))
    merged: dict[str, list[Merged]] = defaultdict(list)
    thinned = sa.select(BATCH).where(*of_gateway(BATCH, identity), BATCH.c.merged > 0)
    for row in connection.execute(thinned.order_by(BATCH.c.first)):
        merged[row.epoch].append((row.first, row.last, row.merged))
    found = [epoch_of(name, some, merged[name], hello) for name, some in held.items()]
    return sorted(found, key=lambda one: (one.is_current, one.first))


def _quarantined(connection: sa.Connection, identity: Identity, kind: str) -> int:
    asked = sa.select(sa.func.count()).select_from(QUARANTINE)
    asked = asked.where(*of_gateway(QUARANTINE, identity), QUARANTINE.c.kind == kind)
    return connection.scalar(asked) or 0


def _unregistered(
    registry: Registry | None, coop: str, channels: Sequence[Channel]
) -> list[str] | None:
    if registry is None:
        return None
    known = {one.plot for one in registry.plots(coop)}
    return sorted({one.plot for one in channels} - known)
