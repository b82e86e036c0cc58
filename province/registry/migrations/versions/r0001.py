"""The first registry: cooperatives, plots, seasons, lots and recipients."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "cooperative",
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
    )
    op.create_table(
        "plot",
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("plot", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("locality", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("area_m2", sa.Double, nullable=False),
        sa.Column("elevation_m", sa.Double),
        sa.ForeignKeyConstraint(["coop"], ["cooperative.coop"]),
    )
    op.create_table(
        "season",
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("season", sa.Text, primary_key=True),
        sa.Column("plot", sa.Text, nullable=False),
        sa.Column("crop", sa.Text, nullable=False),
        sa.Column("variety", sa.Text),
        sa.Column("sown", sa.Date, nullable=False),
        sa.Column("harvested", sa.Date),
        sa.ForeignKeyConstraint(["coop", "plot"], ["plot.coop", "plot.plot"]),
    )
    op.create_table(
        "lot",
        sa.Column("lot", sa.Text, primary_key=True),
        sa.Column("coop", sa.Text, nullable=False),
        sa.Column("harvested", sa.Date, nullable=False),
        sa.Column("kg", sa.Double),
        sa.ForeignKeyConstraint(["coop"], ["cooperative.coop"]),
    )
    op.create_table(
        "lot_season",
        sa.Column("lot", sa.Text, primary_key=True),
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("season", sa.Text, primary_key=True),
        sa.ForeignKeyConstraint(["lot"], ["lot.lot"]),
        sa.ForeignKeyConstraint(["coop", "season"], ["season.coop", "season.season"]),
    )
    op.create_table(
        "recipient",
        sa.Column("email", sa.Text, primary_key=True),
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
    )
