"""Taking batches out of the ledger, so that their gateway sends them again.

In pieces: ingest writes between two of them, and each leaves a ledger that is right.
"""

from collections import defaultdict
from typing import Final

import sqlalchemy as sa

from province.schema import BATCH
from province.spans import HELD, REFILLED, of_gateway
from telemetry.ranges import Range
from telemetry.topics import Identity

PIECE: Final = 1_000  # batches of one transaction, which then lasts below a second
# Between two: SQLite looks again at a lock after 100 ms at most
# (sqliteDefaultBusyCallback), so whoever waits gets in.
BREATH_S: Final = 0.11

Key = tuple[str, int, int, str]
"""Epoch, first and last number, digest: what a batch's row is found by."""

_COLUMNS: Final = (BATCH.c.epoch, BATCH.c.first, BATCH.c.last, BATCH.c.batch)


def take_out(
    connection: sa.Connection, identity: Identity, span_ns: Range, behind: Key | None
) -> list[Key]:
    """Forget the first batches ``behind`` a key that touch a stretch of time.

    Its begin is inside, its end outside. [ns since 1970]  Fewer than ``PIECE`` of
    them are the last ones.
    """
    start_ns, end_ns = span_ns
    touching = [
        *of_gateway(BATCH, identity),
        BATCH.c.first_ns < end_ns,
        BATCH.c.last_ns >= start_ns,
    ]
    if behind is not None:
        touching.append(sa.tuple_(*_COLUMNS) > behind)
    asked = sa.select(*_COLUMNS).where(*touching).order_by(*_COLUMNS).limit(PIECE)
    found: list[Key] = [tuple(row) for row in connection.execute(asked)]
    if not found:
        return []
    these = sa.delete(BATCH).where(*touching, sa.tuple_(*_COLUMNS) <= found[-1])
    connection.execute(these)
    epochs: dict[str, list[Range]] = defaultdict(list)
    for epoch, first, last, _ in found:
        epochs[epoch].append((first, last))
    for epoch, taken in epochs.items():
        # What a clone brought under the same numbers comes again with them.
        HELD.cut(connection, identity, epoch, taken)
        REFILLED.join(connection, identity, epoch, taken)
    return found
