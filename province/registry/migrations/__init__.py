"""Bringing a registry to the schema of today."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from province import migrations

VERSION_TABLE: Final = "registry_version"
"""Not Alembic's usual name: a registry is no ledger, and neither takes the other."""


def upgrade(connection: sa.Connection, place: str) -> None:
    """Run what is missing, within the transaction of ``connection``.

    Raises
    ------
    ConfigError
        The registry was made by a newer version, or is another database.
    """
    home = Path(__file__).parent
    migrations.upgrade(
        connection, place, home=home, what="registry", version_table=VERSION_TABLE
    )
