"""Retention policies, erasures and subject access requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0010"
down_revision = "0009"

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


def _entity(table: str, *columns: SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


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
        "retention_policy",
        sa.Column(
            "kind",
            _enum(
                "kept",
                "fixes",
                "fixes of nobody eligible",
                "device events",
                "crimes",
                "match runs",
                "identities",
                "rejected rows",
                "released packages",
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
    )
    _entity(
        "erasure",
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_erasure_person_id", "erasure", ["person_id"])
    _entity(
        "erasure_step",
        *_of("erasure_step", "erasure"),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("told", _JSON, nullable=False),
    )
    op.create_index("ix_erasure_step_erasure_id", "erasure_step", ["erasure_id"])
    _entity(
        "subject_access",
        *_of("subject_access", "person"),
        sa.Column("received_on", sa.Date(), nullable=False),
    )
    op.create_index("ix_subject_access_person_id", "subject_access", ["person_id"])
    _fact(
        "subject_access_event",
        *_of("subject_access_event", "subject_access"),
        sa.Column("move", _enum("access_move", "received", "drafted", "sent", "refused"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_subject_access_event_subject_access_id", "subject_access_event", ["subject_access_id"])


def downgrade() -> None:
    for table in (
        "subject_access_event",
        "subject_access",
        "erasure_step",
        "erasure",
        "retention_policy",
    ):
        op.drop_table(table)
