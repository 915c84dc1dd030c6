"""Match jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0013"
down_revision = "0012"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_STATES = ("queued", "running", "done", "failed", "cancelled")


def upgrade() -> None:
    op.create_table(
        "match_job",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="job_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("match", "import", name="job_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("asked", _JSON, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", UtcInstant(), nullable=False),
        sa.Column("queued_at", UtcInstant(), nullable=False),
        sa.Column("started_at", UtcInstant(), nullable=True),
        sa.Column("heartbeat_at", UtcInstant(), nullable=True),
        sa.Column("finished_at", UtcInstant(), nullable=True),
        sa.Column("worker", sa.String(200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_asked_at", UtcInstant(), nullable=True),
        sa.Column("stage", sa.String(64), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("fixes", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("report", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_match_job"),
    )
    for column in ("state", "kind", "run_id"):
        op.create_index(f"ix_match_job_{column}", "match_job", [column])


def downgrade() -> None:
    op.drop_table("match_job")
