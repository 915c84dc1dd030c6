"""Stored answers of repeated requests: of which session and operation; the key as a digest.

Answers stored before may be about people, so all go; so they do on the way back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("DELETE FROM answered")
    with op.batch_alter_table("answered") as batch:
        batch.add_column(sa.Column("session_id", sa.String(32), nullable=False))
        batch.add_column(sa.Column("operation", sa.String(64), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM answered")
    with op.batch_alter_table("answered") as batch:
        batch.drop_column("operation")
        batch.drop_column("session_id")
