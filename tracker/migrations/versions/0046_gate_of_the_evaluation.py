"""Months that are closed, and what was told of the people in them: the ledger of answers that left for evaluators."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0046"
down_revision = "0045"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_CURRENT = sa.text("superseded_at IS NULL")


def _fact(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme_id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f(f"fk_{table}_programme_id_programme")),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{table}.id"], name=op.f(f"fk_{table}_supersedes_id_{table}")),
        sa.UniqueConstraint("supersedes_id", name=op.f(f"uq_{table}_supersedes_id")),
    )
    op.create_index(op.f(f"ix_{table}_recorded_at"), table, ["recorded_at"])


def upgrade() -> None:
    _fact("month_closing", sa.Column("day", sa.Date(), nullable=False))
    op.create_index(
        "uq_month_closing", "month_closing", ["programme_id", "day"], unique=True, sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )  # fmt: skip
    _fact(
        "told_answer",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("asked", _JSON, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index(op.f("ix_told_answer_programme_id"), "told_answer", ["programme_id"])
    op.create_table(
        "told_count",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("told_answer_id", _ROW_ID, nullable=False),
        sa.Column("family", sa.String(200), nullable=False),
        sa.Column("people", _JSON, nullable=False),
        sa.Column("having", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_count")),
        sa.ForeignKeyConstraint(
            ["told_answer_id"], ["told_answer.id"], name=op.f("fk_told_count_told_answer_id_told_answer")
        ),
    )
    op.create_index(op.f("ix_told_count_told_answer_id"), "told_count", ["told_answer_id"])
    op.create_index(op.f("ix_told_count_family"), "told_count", ["family"])


def downgrade() -> None:
    for table in ("told_count", "told_answer", "month_closing"):
        op.drop_table(table)
