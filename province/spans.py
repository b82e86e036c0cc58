"""Tables that keep numbers of epochs as disjoint ranges, and the conditions on them.

Joining touches only the rows beside what comes: an epoch may have thousands.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from province import schema
from telemetry.ranges import Range, subtract, union
from telemetry.topics import Identity


def tags(identity: Identity) -> dict[str, Any]:
    """Columns that name a gateway."""
    return {"coop": identity.coop, "gw": identity.gateway}


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


def execute_all(
    connection: sa.Connection, statement: sa.Executable, rows: Sequence[dict[str, Any]]
) -> None:
    """Run ``statement`` for each of ``rows``; for none at all, not once."""
    if rows:
        connection.execute(statement, rows)


class Spans:
    """One such table."""

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        first, last = table.c.first, table.c.last
        epoch = [
            table.c[name] == sa.bindparam(name) for name in ("coop", "gw", "epoch")
        ]
        # Ranges are disjoint: only the last that begins before can reach into one.
        before = (
            sa.select(sa.func.max(first))
            .where(*epoch, first <= sa.bindparam("a"))
            .scalar_subquery()
        )
        self._near = sa.select(first, last).where(
            *epoch,
            first >= sa.func.coalesce(before, sa.bindparam("a")),
            first <= sa.bindparam("b") + 1,
            last >= sa.bindparam("a") - 1,
        )
        self._drop = sa.delete(table).where(*epoch, first == sa.bindparam("a"))
        self._insert = sa.insert(table)

    def of(
        self, connection: sa.Connection, identity: Identity, epoch: str
    ) -> list[Range]:
        """All ranges of an epoch, in order."""
        asked = (
            sa.select(self.table.c.first, self.table.c.last)
            .where(*of_epoch(self.table, identity, epoch))
            .order_by(self.table.c.first)
        )
        return [(first, last) for first, last in connection.execute(asked)]

    def near(
        self,
        connection: sa.Connection,
        identity: Identity,
        epoch: str,
        ranges: Iterable[Range],
    ) -> set[Range]:
        """What overlaps or touches one of ``ranges``."""
        key = tags(identity) | {"epoch": epoch}
        return {
            (row.first, row.last)
            for a, b in ranges
            for row in connection.execute(self._near, key | {"a": a, "b": b})
        }

    def join(
        self,
        connection: sa.Connection,
        identity: Identity,
        epoch: str,
        more: Iterable[Range],
        near: set[Range] | None = None,
    ) -> None:
        """Add ``more`` to an epoch; ``near`` is what is near to them, if known."""
        joined = union(more)
        if near is None:
            near = self.near(connection, identity, epoch, joined)
        after = set(union([*near, *joined]))
        self._change(connection, identity, epoch, near, after)

    def cut(
        self,
        connection: sa.Connection,
        identity: Identity,
        epoch: str,
        less: Iterable[Range],
    ) -> None:
        """Take ``less`` out of an epoch."""
        gone = union(less)
        near = self.near(connection, identity, epoch, gone)
        after = set(subtract(near, gone))
        self._change(connection, identity, epoch, near, after)

    def _change(
        self,
        connection: sa.Connection,
        identity: Identity,
        epoch: str,
        before: set[Range],
        after: set[Range],
    ) -> None:
        key = tags(identity) | {"epoch": epoch}
        gone = [key | {"a": first} for first, _ in before - after]
        execute_all(connection, self._drop, gone)
        self._add(connection, key, after - before)

    def _add(
        self, connection: sa.Connection, key: dict[str, Any], ranges: Iterable[Range]
    ) -> None:
        rows = [key | {"first": first, "last": last} for first, last in ranges]
        execute_all(connection, self._insert, rows)


HELD: Final = Spans(schema.HELD)
LOST: Final = Spans(schema.LOST)
REJECTED: Final = Spans(schema.REJECTED)
REFILLED: Final = Spans(schema.REFILLED)
