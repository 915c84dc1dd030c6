"""Pools are written before they count; a crime of a pool has the digest of what is kept of it."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("match_pool", sa.Column("staged_at", UtcInstant()))
    op.add_column("match_pool_crime", sa.Column("content", sa.String(64)))


def downgrade() -> None:
    # What does not count must not be taken for what does.
    staged = "SELECT id FROM match_pool WHERE staged_at IS NOT NULL"
    crimes = f"SELECT id FROM match_pool_crime WHERE pool_id IN ({staged})"
    op.execute(f"DELETE FROM match_pool_pair WHERE pool_crime_id IN ({crimes})")
    op.execute(f"DELETE FROM match_pool_crime WHERE pool_id IN ({staged})")
    op.execute("DELETE FROM match_pool WHERE staged_at IS NOT NULL")
    op.drop_column("match_pool_crime", "content")
    op.drop_column("match_pool", "staged_at")
