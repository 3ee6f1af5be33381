"""Run by alembic: migrates the connection it was given (see `migrate.py`), in that connection's transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
