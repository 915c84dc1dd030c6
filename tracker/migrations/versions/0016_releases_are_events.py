"""The day of a release is in `licence_event` alone: the terms of a licence had a column for it that nothing filled."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    with op.batch_alter_table("licence_terms") as batch:
        batch.drop_column("released_at")


def downgrade() -> None:
    with op.batch_alter_table("licence_terms") as batch:
        batch.add_column(sa.Column("released_at", UtcInstant(), nullable=True))
