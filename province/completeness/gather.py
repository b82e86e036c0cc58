"""Gathering the account of a gateway from ledger, store and registry."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from province import spans
from province.alarms import alarms
from province.channels import Channel, gateways
from province.completeness.days import MIDNIGHT_NS, days_of
from province.completeness.facts import (
    Account,
    Book,
    Day,
    Epoch,
    Hello,
    Merged,
    Told,
    epoch_of,
)
from province.ledger import Ledger
from province.quarantine import counts
from province.registry.store import Registry
from province.schema import BATCH, DOCUMENT, EPOCH, GATEWAY
from province.spans import of_gateway
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
        aside = counts(connection, identity)
        raised = alarms(connection, identity.coop, identity.gateway)
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
        alarms=raised,
        lines=aside["line"][0],
        bodies=aside["body"][0],
        dropped=aside["line"][1] + aside["body"][1],
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
    """Return every epoch of a gateway in order of appearance, the current one last."""
    current = "" if hello is None else hello.epoch
    asked = sa.select(EPOCH).where(*of_gateway(EPOCH, identity))
    told = {
        row.epoch: Told(first=row.first, oldest=row.oldest, next=row.next)
        for row in connection.execute(asked.order_by(EPOCH.c.place))
    }
    held, rejected, given_up, refilled = (
        _ranges(connection, table, identity)
        for table in (spans.HELD, spans.REJECTED, spans.LOST, spans.REFILLED)
    )
    merged: dict[str, list[Merged]] = defaultdict(list)
    thinned = sa.select(BATCH).where(*of_gateway(BATCH, identity), BATCH.c.merged > 0)
    for row in connection.execute(thinned.order_by(BATCH.c.first)):
        one = Merged(
            first=row.first,
            last=row.last,
            merged=row.merged,
            first_ns=row.first_ns,
            last_ns=row.last_ns,
        )
        merged[row.epoch].append(one)
    # One of which no hello came began before those of which some did.
    names = [name for name in {**held, **rejected} if name not in told]
    found = [
        epoch_of(
            name,
            Book(
                held=held[name],
                rejected=rejected[name],
                given_up=given_up[name],
                refilled=refilled[name],
                merged=merged[name],
            ),
            told.get(name),
            is_current=name == current,
        )
        for name in (*names, *told)
    ]
    return sorted(found, key=lambda one: one.is_current)


def _ranges(
    connection: sa.Connection, of: spans.Spans, identity: Identity
) -> dict[str, list[Range]]:
    """Ranges of every epoch of a gateway that has any."""
    found: dict[str, list[Range]] = defaultdict(list)
    asked = sa.select(of.table).where(*of_gateway(of.table, identity))
    for row in connection.execute(asked.order_by(of.table.c.first)):
        found[row.epoch].append((row.first, row.last))
    return found


def _unregistered(
    registry: Registry | None, coop: str, channels: Sequence[Channel]
) -> list[str] | None:
    if registry is None:
        return None
    known = {one.plot for one in registry.plots(coop)}
    return sorted({one.plot for one in channels} - known)
