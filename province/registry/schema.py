"""Tables of the registry, as the code of today sees them.

The migrations make them, in SQLite and in PostgreSQL; a test holds both against
each other.
"""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

COOPERATIVE: Final = sa.Table(
    "cooperative",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("commune", sa.Text, nullable=False),  # five digits
)

PLOT: Final = sa.Table(
    "plot",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("plot", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("locality", sa.Text, nullable=False),  # xứ đồng
    sa.Column("commune", sa.Text, nullable=False),
    sa.Column("area_m2", sa.Double, nullable=False),
    sa.Column("elevation_m", sa.Double),
    sa.ForeignKeyConstraint(["coop"], ["cooperative.coop"]),
)

SEASON: Final = sa.Table(
    "season",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("season", sa.Text, primary_key=True),
    sa.Column("plot", sa.Text, nullable=False),
    sa.Column("crop", sa.Text, nullable=False),
    sa.Column("variety", sa.Text),
    sa.Column("sown", sa.Date, nullable=False),
    sa.Column("harvested", sa.Date),  # NULL while it stands in the field
    sa.ForeignKeyConstraint(["coop", "plot"], ["plot.coop", "plot.plot"]),
)

LOT: Final = sa.Table(
    "lot",
    METADATA,
    sa.Column("lot", sa.Text, primary_key=True),
    sa.Column("coop", sa.Text, nullable=False),
    sa.Column("harvested", sa.Date, nullable=False),
    sa.Column("kg", sa.Double),
    sa.ForeignKeyConstraint(["coop"], ["cooperative.coop"]),
)

LOT_SEASON: Final = sa.Table(
    "lot_season",
    METADATA,
    sa.Column("lot", sa.Text, primary_key=True),
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("season", sa.Text, primary_key=True),
    sa.ForeignKeyConstraint(["lot"], ["lot.lot"]),
    sa.ForeignKeyConstraint(["coop", "season"], ["season.coop", "season.season"]),
)
"""Which seasons a lot was harvested from."""

RECIPIENT: Final = sa.Table(
    "recipient",
    METADATA,
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("coop", sa.Text, primary_key=True),  # '*' is every cooperative
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),  # technician, agronomist, office
)
"""Who gets mail about which cooperative."""
