"""Launches, reservations and impositions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0006"
down_revision = "0005"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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


def upgrade() -> None:
    _fact(
        "launch",
        *_of("launch", "programme"),
        sa.Column("kind", _enum("launch_kind", "planned", "launched"), nullable=False),
        sa.Column("place", sa.String(64), nullable=True),
        sa.Column("phase", sa.String(64), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("precision", _enum("day_precision", "day", "month", "month, year inferred", "year"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(place IS NULL) <> (phase IS NULL)", name=op.f("ck_launch_place_or_phase")),
    )
    op.create_index("ix_launch_programme_id", "launch", ["programme_id"])
    for of in ("place", "phase"):
        op.create_index(
            f"ix_launch_{of}_once",
            "launch",
            ["programme_id", "kind", of],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
    _fact(
        "place_event",
        *_of("place_event", "licence"),
        *_of("place_event", "programme"),
        sa.Column("move", _enum("place_move", "reserved", "imposed", "lapsed", "withdrawn"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("over_reason", sa.Text(), nullable=True),
    )
    for column in ("licence_id", "programme_id", "effective_on"):
        op.create_index(f"ix_place_event_{column}", "place_event", [column])


def downgrade() -> None:
    op.drop_table("place_event")
    op.drop_table("launch")
