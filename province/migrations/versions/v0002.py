"""What an alert says stands in columns; verdicts, and the mail that went out."""

import sqlalchemy as sa
from alembic import op

from province.alerting import facts_of

revision = "v0002"
down_revision = "v0001"

TEXTS = ("episode", "code", "rule", "plot", "subject", "audience")
MORE_TEXTS = ("severity", "state", "verdict")
CHUNK = 100  # alerts held in memory at a time; a body has at most 256 kB


def upgrade() -> None:
    """Add columns and tables, and read the alerts that are here already."""
    for name in (*TEXTS, *MORE_TEXTS):
        column = sa.Column(name, sa.Text, nullable=False, server_default="")
        op.add_column("alert", column)
    step = sa.Column("step", sa.Integer, nullable=False, server_default="1")
    op.add_column("alert", step)
    op.add_column("alert", sa.Column("since_ms", sa.BigInteger))
    owed = sa.Column("is_owed", sa.Integer, nullable=False, server_default="0")
    op.add_column("alert", owed)
    op.create_table(
        "verdict",
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("gw", sa.Text, primary_key=True),
        sa.Column("episode", sa.Text, primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "mail",
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("gw", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    _read_bodies(op.get_bind())
    op.create_index("alert_state", "alert", ["state", "is_owed"])
    op.create_index("alert_rule", "alert", ["rule"])
    op.create_index("mail_state", "mail", ["state", "at_ms"])


def _read_bodies(connection: sa.Connection) -> None:
    """Fill the new columns of the alerts that arrived before they were there."""
    names = (*TEXTS, *MORE_TEXTS, "step", "since_ms")
    alert = sa.table("alert", *map(sa.column, ("rowid", "body", *names)))
    this = sa.update(alert).where(alert.c.rowid == sa.bindparam("row"))
    fill = this.values({name: sa.bindparam(f"new_{name}") for name in names})
    last = 0
    while True:
        some = connection.execute(
            sa.select(alert.c.rowid, alert.c.body)
            .where(alert.c.rowid > last)
            .order_by(alert.c.rowid)
            .limit(CHUNK)
        ).all()
        if not some:
            return
        last = some[-1].rowid
        rows = []
        for row in some:
            facts = facts_of(row.body)
            rows.append(
                {"row": row.rowid} | {f"new_{name}": facts[name] for name in names}
            )
        connection.execute(fill, rows)
