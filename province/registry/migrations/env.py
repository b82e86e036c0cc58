"""Alembic's entry: migrate on the connection that the registry holds open."""

from alembic import context

from province.registry.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], version_table=VERSION_TABLE
)
context.run_migrations()
