"""The same message again is counted on the row that rests; rows of before have no digest and stay for themselves.

The new columns have defaults or may be empty: a replica of the release before may go on writing.
"""

import sqlalchemy as sa
from alembic import op
from creatorflow_orchestrator.shell.store.schema import UtcTime

revision = "0003"
down_revision = "0002"

RESTING = sa.text("settled IS NULL")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("digest", sa.Text))
    op.add_column("quarantine", sa.Column("times", sa.BigInteger, nullable=False, server_default=sa.text("1")))
    op.add_column("quarantine", sa.Column("last_at", UtcTime))
    op.create_index(
        "quarantine_same", "quarantine", ["digest"], unique=True, sqlite_where=RESTING, postgresql_where=RESTING
    )
