"""Analysis plans that were frozen."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0049"
down_revision = "0048"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "analysis_plan",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme_id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("plan", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("looks_before", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_plan")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_analysis_plan_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["analysis_plan.id"], name=op.f("fk_analysis_plan_supersedes_id_analysis_plan")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_analysis_plan_supersedes_id")),
    )
    op.create_index(op.f("ix_analysis_plan_recorded_at"), "analysis_plan", ["recorded_at"])
    op.create_index(
        "uq_analysis_plan_name", "analysis_plan", ["programme_id", "name"], unique=True, sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("analysis_plan")
