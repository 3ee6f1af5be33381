"""Marks dry runs in a column, so that their state need not be read. Earlier rows are marked from their state.

The new column has a default: a replica of the release before may go on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("saga", sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()))
    planned = sa.text("UPDATE saga SET dry_run = true WHERE state LIKE :mark")
    op.execute(planned.bindparams(mark='%"dry_run":true%'))
