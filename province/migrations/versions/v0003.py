"""Each epoch's account: what was given, lost, rejected, refilled; alarms counted."""

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"


def upgrade() -> None:
    """Make the tables, and fill them from what the ledger knows already."""
    _make_tables()
    op.add_column(
        "quarantine", sa.Column("epoch", sa.Text, nullable=False, server_default="")
    )
    op.add_column("quarantine", sa.Column("number", sa.BigInteger))
    # An epoch that never said hello in the ledger's memory begins and ends with what
    # is held of it; the one of the last hello has the hello's word.
    op.execute(
        "INSERT INTO epoch SELECT coop, gw, epoch, row_number() OVER"
        " (PARTITION BY coop, gw ORDER BY is_now, heard_ms), NULL, next, oldest,"
        " heard_ms, last_ms FROM ("
        " SELECT coop, gw, epoch, 0 AS is_now, max(last) + 1 AS next,"
        " min(first) AS oldest, min(stored_ms) AS heard_ms, max(stored_ms) AS last_ms"
        " FROM batch GROUP BY coop, gw, epoch"
        " HAVING NOT EXISTS (SELECT 1 FROM gateway WHERE gateway.coop = batch.coop"
        " AND gateway.gw = batch.gw AND gateway.epoch = batch.epoch)"
        " UNION ALL SELECT coop, gw, epoch, 1, next, oldest, at_ms, at_ms FROM gateway)"
    )
    op.execute(
        "INSERT INTO alarm SELECT coop, gw, epoch, kind, min(first), max(last),"
        " max(batch), count(*), min(at_ms), max(at_ms), max(at_ms) FROM alarm_v2"
        " GROUP BY coop, gw, epoch, kind"
    )
    op.drop_table("alarm_v2")


def _make_tables() -> None:
    for name in ("lost", "rejected", "refilled"):
        op.create_table(
            name,
            *(sa.Column(key, sa.Text, primary_key=True) for key in _KEY),
            sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("last", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "epoch",
        *(sa.Column(key, sa.Text, primary_key=True) for key in _KEY),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger),
        sa.Column("next", sa.BigInteger, nullable=False),
        sa.Column("oldest", sa.BigInteger, nullable=False),
        sa.Column("first_heard_ms", sa.BigInteger, nullable=False),
        sa.Column("last_heard_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "boot",
        *(sa.Column(key, sa.Text, primary_key=True) for key in (*_KEY, "boot")),
        sa.Column("mono_ms", sa.BigInteger, nullable=False),
        sa.Column("next", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "begun",
        *(sa.Column(key, sa.Text, primary_key=True) for key in (*_KEY, "boot")),
        sa.Column("first", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "aside",
        *(sa.Column(key, sa.Text, primary_key=True) for key in ("coop", "gw")),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("lines", "bodies", "new_rows", "new_bytes")
        ),
    )
    op.rename_table("alarm", "alarm_v2")
    op.create_table(
        "alarm",
        *(sa.Column(key, sa.Text, primary_key=True) for key in (*_KEY, "kind")),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("told_ms", sa.BigInteger, nullable=False),
    )


_KEY = ("coop", "gw", "epoch")
