"""How a round of ingest is put into the ledger's tables.

Every statement may run twice with one effect, because a round may.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.alerting import put_events
from province.intake import Batch, Greeting
from province.records import Alarm, Round
from province.schema import ALARM, BATCH, DOCUMENT, GATEWAY, HELD, QUARANTINE
from telemetry.messages import encode
from telemetry.ranges import Range, intersect, union
from telemetry.topics import Identity
from telemetry.wire import MAX_PLAIN, digest


def put(connection: sa.Connection, round_: Round, at_ms: int) -> list[Alarm]:
    """Write all of a round; ``at_ms`` is UTC. [ms since 1970]"""
    # Hello first: what it says of numbers is older than the round's batches.
    alarms = _put_greetings(connection, round_.greetings, at_ms)
    groups: dict[tuple[Identity, str], list[Batch]] = defaultdict(list)
    for batch in round_.batches:
        groups[batch.identity, batch.envelope.epoch].append(batch)
    for (identity, epoch), batches in groups.items():
        alarms += _put_batches(connection, identity, epoch, batches, at_ms)
    _put_rest(connection, round_, at_ms)
    _execute_all(
        connection,
        insert(ALARM).on_conflict_do_nothing(),
        [
            _tags(alarm.identity)
            | {
                "epoch": alarm.epoch,
                "kind": alarm.kind,
                "first": alarm.first,
                "last": alarm.last,
                "batch": alarm.batch,
                "at_ms": at_ms,
            }
            for alarm in alarms
        ],
    )
    return alarms


def insert_held(
    connection: sa.Connection, identity: Identity, epoch: str, ranges: Iterable[Range]
) -> None:
    """Add disjoint ranges to what is held of an epoch."""
    key = _tags(identity) | {"epoch": epoch}
    rows = [key | {"first": first, "last": last} for first, last in ranges]
    _execute_all(connection, sa.insert(HELD), rows)


def of_gateway(
    table: sa.Table, identity: Identity
) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on the rows of one gateway."""
    return (table.c.coop == identity.coop, table.c.gw == identity.gateway)


def of_epoch(
    table: sa.Table, identity: Identity, epoch: str
) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on the rows of one epoch of one gateway."""
    return (*of_gateway(table, identity), table.c.epoch == epoch)


# --- batches -------------------------------------------------------------------


def _upsert(table: sa.Table, columns: Sequence[str]) -> sa.Insert:
    """Insert by primary key, or set ``columns`` anew."""
    new = insert(table)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: new.excluded[name] for name in columns},
    )


# ``stored_ms`` stays that of the first time.
_PUT_BATCH: Final = _upsert(
    BATCH, ("rows", "merged", "first_ns", "last_ns", "clock", "err_ms")
)

_EPOCH_OF_HELD: Final = (
    HELD.c.coop == sa.bindparam("coop"),
    HELD.c.gw == sa.bindparam("gw"),
    HELD.c.epoch == sa.bindparam("epoch"),
)
# Held ranges are disjoint: only the last that begins before can reach into a span.
_BEFORE: Final = (
    sa.select(sa.func.max(HELD.c.first))
    .where(*_EPOCH_OF_HELD, HELD.c.first <= sa.bindparam("a"))
    .scalar_subquery()
)
_TOUCHING: Final = (
    *_EPOCH_OF_HELD,
    HELD.c.first >= sa.func.coalesce(_BEFORE, sa.bindparam("a")),
    HELD.c.first <= sa.bindparam("b") + 1,
    HELD.c.last >= sa.bindparam("a") - 1,
)
_FIND_TOUCHING: Final = sa.select(HELD.c.first, HELD.c.last).where(*_TOUCHING)
_DROP_HELD: Final = sa.delete(HELD).where(
    *_EPOCH_OF_HELD, HELD.c.first == sa.bindparam("a")
)


def _put_batches(
    connection: sa.Connection,
    identity: Identity,
    epoch: str,
    batches: Sequence[Batch],
    at_ms: int,
) -> list[Alarm]:
    """Write batches of one epoch and join their numbers to what is held."""
    key = _tags(identity) | {"epoch": epoch}
    joined = union(span for batch in batches for span in batch.held)
    near = {
        (row.first, row.last)
        for a, b in joined
        for row in connection.execute(_FIND_TOUCHING, key | {"a": a, "b": b})
    }
    alarms = _clones(connection, identity, epoch, batches, near)
    connection.execute(_PUT_BATCH, [_batch_row(batch, at_ms) for batch in batches])
    held = set(union([*near, *joined]))
    _execute_all(connection, _DROP_HELD, [key | {"a": a} for a, _ in near - held])
    insert_held(connection, identity, epoch, held - near)
    return alarms


def _clones(
    connection: sa.Connection,
    identity: Identity,
    epoch: str,
    batches: Sequence[Batch],
    held: Iterable[Range],
) -> list[Alarm]:
    """Find batches with numbers that another one has brought into ``held``.

    A rejected number is not held: it may come again, alone.
    """
    alarms = []
    held = union(held)
    seen: set[tuple[int, int, str]] = set()
    for batch in batches:
        this = (batch.envelope.first, batch.envelope.last, batch.envelope.batch)
        if intersect(batch.held, held) and this not in seen:
            key = (BATCH.c.first, BATCH.c.last, BATCH.c.batch)
            known = sa.select(BATCH.c.rows).where(
                *of_epoch(BATCH, identity, epoch), sa.tuple_(*key) == this
            )
            if connection.scalar(known) is None:
                alarms.append(Alarm(identity, epoch, "clone", *this))
        held = union([*held, *batch.held])
        seen.add(this)
    return alarms


def _batch_row(batch: Batch, at_ms: int) -> dict[str, Any]:
    envelope = batch.envelope
    first_ns, last_ns = batch.stamps or (None, None)
    return {
        "coop": batch.identity.coop,
        "gw": batch.identity.gateway,
        "epoch": envelope.epoch,
        "first": envelope.first,
        "last": envelope.last,
        "batch": envelope.batch,
        "rows": envelope.rows,
        "merged": envelope.merged,
        "first_ns": first_ns,
        "last_ns": last_ns,
        "clock": envelope.clock,
        "err_ms": envelope.err_ms,
        "stored_ms": at_ms,
    }


# --- the rest ------------------------------------------------------------------

_PUT_GATEWAY: Final = _upsert(
    GATEWAY, ("epoch", "boot", "oldest", "next", "versions", "at_ms")
)
_NEW_DOCUMENT: Final = insert(DOCUMENT)
# The broker brings a retained document again on every connection: only another
# one is a sign of life.
_PUT_DOCUMENT: Final = _NEW_DOCUMENT.on_conflict_do_update(
    index_elements=list(DOCUMENT.primary_key),
    set_={name: _NEW_DOCUMENT.excluded[name] for name in ("payload", "at_ms")},
    where=DOCUMENT.c.payload != _NEW_DOCUMENT.excluded.payload,
)
_NEW_QUARANTINED: Final = insert(QUARANTINE)
_PUT_QUARANTINED: Final = _NEW_QUARANTINED.on_conflict_do_update(
    index_elements=["coop", "gw", "kind", "digest"],
    set_={"reason": _NEW_QUARANTINED.excluded.reason},
)


def _put_greetings(
    connection: sa.Connection, greetings: Sequence[Greeting], at_ms: int
) -> list[Alarm]:
    alarms = []
    for greeting in greetings:
        identity, hello = greeting.identity, greeting.hello
        boot = connection.scalar(
            sa.select(GATEWAY.c.boot).where(*of_gateway(GATEWAY, identity))
        )
        last = connection.scalar(
            sa.select(sa.func.max(HELD.c.last)).where(
                *of_epoch(HELD, identity, hello.epoch)
            )
        )
        # The broker may bring an old hello of this boot again, after newer batches.
        if boot != hello.boot and last is not None and last >= hello.next:
            alarms.append(Alarm(identity, hello.epoch, "old-card", hello.next, last))
        row = _tags(identity) | {
            "epoch": hello.epoch,
            "boot": hello.boot,
            "oldest": hello.oldest,
            "next": hello.next,
            "versions": encode(hello.versions).decode(),
            "at_ms": at_ms,
        }
        connection.execute(_PUT_GATEWAY, row)
    return alarms


def _put_rest(connection: sa.Connection, round_: Round, at_ms: int) -> None:
    _execute_all(
        connection,
        _PUT_DOCUMENT,
        [
            _tags(one.identity)
            | {"leaf": one.leaf, "payload": one.payload, "at_ms": at_ms}
            for one in round_.documents
        ],
    )
    put_events(connection, round_.events, at_ms)
    _execute_all(
        connection,
        _PUT_QUARANTINED,
        [
            _tags(one.identity)
            | {
                "kind": one.kind,
                "digest": digest(one.payload),
                "payload": one.payload[:MAX_PLAIN],  # MQTT lets 256 MB through
                "reason": one.reason,
                "at_ms": at_ms,
            }
            for one in round_.quarantined
        ],
    )


def _tags(identity: Identity) -> dict[str, Any]:
    return {"coop": identity.coop, "gw": identity.gateway}


def _execute_all(
    connection: sa.Connection, statement: sa.Executable, rows: Sequence[dict[str, Any]]
) -> None:
    """Run ``statement`` for each of ``rows``; for none at all, not once."""
    if rows:
        connection.execute(statement, rows)
