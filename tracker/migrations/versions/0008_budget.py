"""Commitments, actuals, virements and forecasts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0008"
down_revision = "0007"

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
        "commitment",
        *_of("commitment", "programme"),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contract", sa.String(64), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("over_reason", sa.Text(), nullable=True),
    )
    op.create_index("ix_commitment_programme_id", "commitment", ["programme_id"])
    op.create_index("ix_commitment_reference", "commitment", ["reference"])
    _fact(
        "actual",
        *_of("actual", "programme"),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_actual_file_id_import_file"),
    )
    op.create_index("ix_actual_programme_id", "actual", ["programme_id"])
    op.create_index("ix_actual_reference", "actual", ["reference"])
    op.create_index("ix_actual_file_id", "actual", ["file_id"])
    _fact(
        "virement",
        *_of("virement", "programme"),
        sa.Column("from_line", sa.String(64), nullable=False),
        sa.Column("from_year", sa.String(7), nullable=True),
        sa.Column("to_line", sa.String(64), nullable=False),
        sa.Column("to_year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
    )
    op.create_index("ix_virement_programme_id", "virement", ["programme_id"])
    _fact(
        "line_forecast",
        *_of("line_forecast", "programme"),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
    )
    op.create_index("ix_line_forecast_programme_id", "line_forecast", ["programme_id"])


def downgrade() -> None:
    for table in (
        "line_forecast",
        "virement",
        "actual",
        "commitment",
    ):
        op.drop_table(table)
