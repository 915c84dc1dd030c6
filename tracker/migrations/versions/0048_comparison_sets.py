"""Sets of comparison people that were accepted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0048"
down_revision = "0047"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "comparison_set",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme_id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("references", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison_set")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_comparison_set_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["comparison_set.id"], name=op.f("fk_comparison_set_supersedes_id_comparison_set")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_comparison_set_supersedes_id")),
    )
    op.create_index(op.f("ix_comparison_set_recorded_at"), "comparison_set", ["recorded_at"])
    op.create_index(
        "uq_comparison_set_name", "comparison_set", ["programme_id", "name"], unique=True, sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("comparison_set")
