"""Sagas, their history, the outbox, the replicas that write it, and the quarantine."""

import sqlalchemy as sa
from alembic import op
from creatorflow_orchestrator.shell.store.schema import Id, UtcTime

revision = "0001"
down_revision = None

OPEN = sa.text("status NOT IN ('cancelled', 'completed', 'failed')")
WAITING = sa.text("wake_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "saga",
        sa.Column("id", Id, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("wake_at", UtcTime),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("parent_id", Id),
    )
    op.create_index("saga_waiting", "saga", ["wake_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index("saga_open", "saga", ["created_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("saga_created", "saga", ["created_at"])
    op.create_table(
        "history",
        sa.Column("saga_id", Id, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("saga_id", Id),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("routing_key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("persistent", sa.Boolean, nullable=False),
        sa.Column("mandatory", sa.Boolean, nullable=False),
        sa.Column("expires_at", UtcTime),
    )
    op.create_table(
        "replica",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("seen_at", UtcTime, nullable=False),
    )
    _create_quarantine()


def _create_quarantine() -> None:
    required = ("kind", "code", "message", "where", "hint", "exchange", "routing_key", "headers", "properties")
    op.create_table(
        "quarantine",
        sa.Column("id", Id, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in required),
        *(sa.Column(name, sa.Text) for name in ("agent", "contract", "correlation_id")),
    )
