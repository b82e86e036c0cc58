"""Alembic's entry: migrate on the connection that the ledger holds open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
