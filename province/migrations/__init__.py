"""Bringing a ledger, or the registry, to the schema of today."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from telemetry.settings import ConfigError

HOME: Final = Path(__file__).parent


def upgrade(
    connection: sa.Connection,
    path: Path | str,
    *,
    home: Path = HOME,
    what: str = "ledger",
    version_table: str = "alembic_version",
) -> None:
    """Run what is missing, within the transaction of ``connection``.

    ``home`` is the folder of the migrations of ``what``; its ``env.py`` names the
    same ``version_table``.

    Raises
    ------
    ConfigError
        The file was made by a newer version, or is another program's database.
    """
    config = Config()
    config.set_main_option("script_location", str(home).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory(str(home)).walk_revisions()}
    context = MigrationContext.configure(
        connection, opts={"version_table": version_table}
    )
    here = context.get_current_heads()
    newer = sorted(set(here) - known)
    if newer:
        msg = f"{path}: schema {', '.join(newer)} is newer than this program"
        raise ConfigError([f"{msg}; update canhdong-province"])
    if not here and sa.inspect(connection).get_table_names():
        msg = f"{path}: is a database, but no {what}; name another file"
        raise ConfigError([msg])
    command.upgrade(config, "head")
