"""Mail about new matches: how far it has said what is new, and what went wrong."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0043"
down_revision = "0042"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = "match_news_mail"


def upgrade() -> None:
    op.create_table(
        _NAME,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(200), nullable=True),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_NAME}"),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{_NAME}.id"], name=f"fk_{_NAME}_supersedes_id_{_NAME}"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{_NAME}_supersedes_id"),
    )
    op.create_index(f"ix_{_NAME}_recorded_at", _NAME, ["recorded_at"])


def downgrade() -> None:
    op.drop_table(_NAME)
