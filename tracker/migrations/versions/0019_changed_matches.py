"""Which version of the matcher tested a match last; confirmed and released matches of which a later run says something
else, and what was decided.

Of matches on record the version is not known: they were found by an earlier one, until they are matched again.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0019"
down_revision = "0018"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "changed_match",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("match_id", _ROW_ID, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("crime_version", sa.Integer(), nullable=False),
        sa.Column("run_before", sa.String(64), nullable=False),
        sa.Column("algorithm_before", sa.String(16), nullable=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("causes", _JSON, nullable=False),
        sa.Column("differs", _JSON, nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("size", sa.Float(), nullable=False),
        *_fact(),
        sa.PrimaryKeyConstraint("id", name="pk_changed_match"),
        sa.ForeignKeyConstraint(["match_id"], ["candidate_match.id"], name="fk_changed_match_match_id_candidate_match"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["changed_match.id"], name="fk_changed_match_supersedes_id_changed_match"
        ),
        sa.UniqueConstraint("supersedes_id", name="uq_changed_match_supersedes_id"),
        sa.CheckConstraint(
            "state IN ('new', 'in review', 'confirmed', 'rejected', 'released', 'recalled', 'withdrawn')",
            name="changed_match_state",
        ),
    )
    op.create_index("ix_changed_match_match_id", "changed_match", ["match_id"])
    op.create_index("ix_changed_match_recorded_at", "changed_match", ["recorded_at"])
    op.create_table(
        "changed_match_decision",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("changed_match_id", _ROW_ID, nullable=False),
        sa.Column("decision", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_fact(),
        sa.PrimaryKeyConstraint("id", name="pk_changed_match_decision"),
        sa.ForeignKeyConstraint(
            ["changed_match_id"], ["changed_match.id"], name="fk_changed_match_decision_changed_match_id_changed_match"
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["changed_match_decision.id"],
            name="fk_changed_match_decision_supersedes_id_changed_match_decision",
        ),
        sa.UniqueConstraint("changed_match_id", name="uq_changed_match_decision_changed_match_id"),
        sa.UniqueConstraint("supersedes_id", name="uq_changed_match_decision_supersedes_id"),
        sa.CheckConstraint("decision IN ('keep', 'withdraw', 'recall')", name="changed_match_decision"),
    )
    op.create_index("ix_changed_match_decision_recorded_at", "changed_match_decision", ["recorded_at"])
    with op.batch_alter_table("candidate_match") as batch:
        batch.add_column(sa.Column("algorithm", sa.String(16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("candidate_match") as batch:
        batch.drop_column("algorithm")
    for table in ("changed_match_decision", "changed_match"):
        op.drop_table(table)


def _fact() -> tuple[sa.Column[Any], ...]:
    """Columns of every fact."""
    return (
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
    )
