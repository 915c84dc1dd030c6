"""Milestones and duties."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0009"
down_revision = "0008"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _fact(table: str, *columns: SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{table}.id"], name=f"fk_{table}_supersedes_id_{table}"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{table}_supersedes_id"),
    )
    op.create_index(f"ix_{table}_recorded_at", table, ["recorded_at"])


def _of(table: str, other: str) -> tuple[SchemaItem, SchemaItem]:
    return (
        sa.Column(f"{other}_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id_{other}"),
    )


def _kinds(*values: str) -> None:
    """What kinds of file there are."""
    with op.batch_alter_table("import_file") as batch:
        batch.drop_constraint(op.f("ck_import_file_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_file_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    _fact(
        "duty",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", _enum("duty_kind", "milestone", "obligation"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "due_precision", _enum("day_precision", "day", "month", "month, year inferred", "year"), nullable=True
        ),
        sa.Column("months_after_launch", sa.Integer(), nullable=True),
        sa.Column("before", sa.String(200), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("duty", "programme"),
    )
    op.create_index("ix_duty_programme_id", "duty", ["programme_id"])
    _fact(
        "duty_done",
        *_of("duty_done", "programme"),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
    )
    op.create_index("ix_duty_done_programme_id", "duty_done", ["programme_id"])


def downgrade() -> None:
    for table in (
        "duty_done",
        "duty",
    ):
        op.drop_table(table)
