"""Repeats of a message are counted on its unresolved row; earlier rows have no digest and are never counted on.

The new columns have defaults or may be empty: a replica of the release before may go on writing.
"""

import sqlalchemy as sa
from alembic import op
from creatorflow_orchestrator.shell.store.schema import UtcTime

revision = "0003"
down_revision = "0002"

UNRESOLVED = sa.text("settled IS NULL")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("digest", sa.Text))
    op.add_column("quarantine", sa.Column("times", sa.BigInteger, nullable=False, server_default=sa.text("1")))
    op.add_column("quarantine", sa.Column("last_at", UtcTime))
    op.create_index(
        "quarantine_same", "quarantine", ["digest"], unique=True, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED
    )
