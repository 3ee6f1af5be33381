"""Brings a database to this release's schema, and refuses one that a later release has written."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from .errors import StoreNewer
from .kinds import Kind, kind_of

_ADVISORY_LOCK = 0x43726561746F72  # any number that no other application of the same database uses


def migrate(connection: Connection) -> None:
    """Runs the missing migrations in the connection's transaction; replicas that start together take turns.

    Raises `StoreNewer` when the database has a revision that this release does not know.
    """
    _lock(connection)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_heads()
    unknown = sorted(set(current) - known)
    if unknown:
        raise StoreNewer(
            f"the store has schema {unknown[0]}, which this release does not know: "
            "start the release that wrote it, or a later one"
        )
    command.upgrade(config, "head")


def _lock(connection: Connection) -> None:
    """Waits until no other replica migrates; until the end of the transaction none begins to."""
    kind = kind_of(connection.dialect)
    match kind:
        case Kind.POSTGRESQL:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        case Kind.SQLITE:
            pass  # the file is locked
        case _:
            assert_never(kind)
