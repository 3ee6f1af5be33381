"""The resolution of a quarantined message, and the indexes for pruning."""

import sqlalchemy as sa
from alembic import op
from creatorflow_orchestrator.shell.store.schema import UtcTime

revision = "0002"
down_revision = "0001"

UNRESOLVED = sa.text("settled IS NULL")
RESOLVED = sa.text("settled_at IS NOT NULL")
FINAL = sa.text("status IN ('cancelled', 'completed', 'failed')")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("settled", sa.Text))
    op.add_column("quarantine", sa.Column("settled_at", UtcTime))
    op.create_index("quarantine_resting", "quarantine", ["id"], sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
    op.create_index(
        "quarantine_settled", "quarantine", ["settled_at"], sqlite_where=RESOLVED, postgresql_where=RESOLVED
    )
    op.create_index("saga_final", "saga", ["updated_at"], sqlite_where=FINAL, postgresql_where=FINAL)
