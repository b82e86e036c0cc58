"""How a round of ingest is put into the ledger's tables.

Every statement may run twice with one effect, because a round may.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.alarms import put_alarms
from province.alerting import put_events
from province.epochs import next_of, put_greetings
from province.intake import Batch, Document
from province.quarantine import put_quarantined
from province.records import Alarm, Round
from province.schema import BATCH, DOCUMENT
from province.spans import HELD, REJECTED, execute_all, of_epoch, tags
from telemetry.ranges import Range, intersect, subtract, union
from telemetry.topics import Identity

# Numbers that a gateway may give between two hellos, which it says each hour and at
# each connection: 2,700 a second, twenty times what sixteen devices give.
MOST_SINCE_HELLO: Final = 10_000_000


def put(connection: sa.Connection, round_: Round, at_ms: int) -> list[Alarm]:
    """Write all of a round; ``at_ms`` is UTC. [ms since 1970]

    Returns the alarms that a person is to be told now.
    """
    # Hello first: what it says of numbers is older than the round's batches.
    alarms = put_greetings(connection, round_.greetings, at_ms)
    groups: dict[tuple[Identity, str], list[Batch]] = defaultdict(list)
    for batch in round_.batches:
        groups[batch.identity, batch.envelope.epoch].append(batch)
    for (identity, epoch), batches in groups.items():
        alarms += _put_batches(connection, identity, epoch, batches, at_ms)
    _put_documents(connection, round_.documents, at_ms)
    put_events(connection, round_.events, at_ms)
    if round_.quarantined:
        put_quarantined(connection, round_.quarantined, at_ms)
    return put_alarms(connection, alarms, at_ms)


# --- batches -------------------------------------------------------------------

_BATCH: Final = insert(BATCH)
# ``stored_ms`` stays that of the first time.
_PUT_BATCH: Final = _BATCH.on_conflict_do_update(
    index_elements=list(BATCH.primary_key),
    set_={
        name: _BATCH.excluded[name]
        for name in ("rows", "merged", "first_ns", "last_ns", "clock", "err_ms")
    },
)


def _put_batches(
    connection: sa.Connection,
    identity: Identity,
    epoch: str,
    batches: Sequence[Batch],
    at_ms: int,
) -> list[Alarm]:
    """Write batches of one epoch and join their numbers to what is held."""
    joined = union(span for batch in batches for span in batch.held)
    near = HELD.near(connection, identity, epoch, joined)
    alarms = _clones(connection, identity, epoch, batches, near)
    alarms += _beyond(connection, identity, epoch, batches, near)
    connection.execute(_PUT_BATCH, [_batch_row(batch, at_ms) for batch in batches])
    HELD.join(connection, identity, epoch, joined, near)
    return alarms


def _beyond(
    connection: sa.Connection,
    identity: Identity,
    epoch: str,
    batches: Sequence[Batch],
    held: Iterable[Range],
) -> list[Alarm]:
    """Find batches of numbers that the gateway cannot have given since its hello.

    What is near to numbers that are held needs no question to the ledger.
    """
    known = max((last for _, last in held), default=0)
    far = [one for one in batches if one.envelope.last - known > MOST_SINCE_HELLO]
    if not far:
        return []
    next_ = next_of(connection, identity, epoch) or 1
    return [
        Alarm(
            *(identity, epoch, "impossible"),
            *(one.envelope.first, one.envelope.last, one.envelope.batch),
        )
        for one in far
        if one.envelope.last - next_ > MOST_SINCE_HELLO
    ]


def _clones(
    connection: sa.Connection,
    identity: Identity,
    epoch: str,
    batches: Sequence[Batch],
    held: Iterable[Range],
) -> list[Alarm]:
    """Find batches with numbers that another one has brought into ``held``.

    A number that was rejected once may come again in any batch.
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
            twice = intersect(batch.held, held)
            rejected = REJECTED.near(connection, identity, epoch, twice)
            if subtract(twice, rejected) and connection.scalar(known) is None:
                alarms.append(Alarm(identity, epoch, "clone", *this))
        held = union([*held, *batch.held])
        seen.add(this)
    return alarms


def _batch_row(batch: Batch, at_ms: int) -> dict[str, Any]:
    envelope = batch.envelope
    first_ns, last_ns = batch.stamps or (None, None)
    return tags(batch.identity) | {
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


# --- documents -----------------------------------------------------------------

_DOCUMENT: Final = insert(DOCUMENT)
# The broker brings a retained document again on every connection: only another
# one is a sign of life.
_PUT_DOCUMENT: Final = _DOCUMENT.on_conflict_do_update(
    index_elements=list(DOCUMENT.primary_key),
    set_={name: _DOCUMENT.excluded[name] for name in ("payload", "at_ms")},
    where=DOCUMENT.c.payload != _DOCUMENT.excluded.payload,
)


def _put_documents(
    connection: sa.Connection, documents: Sequence[Document], at_ms: int
) -> None:
    execute_all(
        connection,
        _PUT_DOCUMENT,
        [
            tags(one.identity)
            | {"leaf": one.leaf, "payload": one.payload, "at_ms": at_ms}
            for one in documents
        ],
    )
