"""Bringing a ledger's file to the schema of today."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from telemetry.settings import ConfigError


def upgrade(connection: sa.Connection, path: Path) -> None:
    """Run what is missing, within the transaction of ``connection``.

    Raises
    ------
    ConfigError
        The file was made by a newer version, or is another program's database.
    """
    config = Config()
    home = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", home)
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory(home).walk_revisions()}
    here = MigrationContext.configure(connection).get_current_heads()
    newer = sorted(set(here) - known)
    if newer:
        msg = f"{path}: schema {', '.join(newer)} is newer than this program"
        raise ConfigError([f"{msg}; update canhdong-province"])
    if not here and sa.inspect(connection).get_table_names():
        msg = f"{path}: is a database, but no ledger; name another file"
        raise ConfigError([msg])
    command.upgrade(config, "head")
