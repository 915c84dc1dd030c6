"""Imports and crimes that were withdrawn; imports of fixes and of device events on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0044"
down_revision = "0043"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OLD = (
    "crimes", "assignments", "releases", "ledger", "reoffences", "comparison", "characteristics", "benchmarks", "stock",
    "knife-crime",
)  # fmt: skip
_GROUND = sa.Enum(
    "no crime", "error", "duplicate", name="withdrawal_ground", native_enum=False, create_constraint=True, length=32
)
_CURRENT = sa.text("superseded_at IS NULL")


def _kinds(*values: str) -> None:
    with op.batch_alter_table("import_file") as batch:
        batch.drop_constraint(op.f("ck_import_file_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_file_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    _kinds(*_OLD, "fixes", "events")
    op.create_table(
        "withdrawal",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=True),
        sa.Column("force", sa.String(200), nullable=True),
        sa.Column("crime_ref", sa.String(200), nullable=True),
        sa.Column("ground", _GROUND, nullable=True),
        sa.Column("duplicate_of", sa.String(200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name=op.f("fk_withdrawal_file_id_import_file")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["withdrawal.id"], name=op.f("fk_withdrawal_supersedes_id_withdrawal")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_withdrawal_supersedes_id")),
    )
    op.create_index(op.f("ix_withdrawal_file_id"), "withdrawal", ["file_id"])
    op.create_index(op.f("ix_withdrawal_recorded_at"), "withdrawal", ["recorded_at"])
    for name, columns in (("uq_withdrawal_file", ["file_id"]), ("uq_withdrawal_crime", ["force", "crime_ref"])):
        op.create_index(name, "withdrawal", columns, unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT)
    op.create_table(
        "withdrawal_step",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("withdrawal_id", _ROW_ID, nullable=False),
        sa.Column("back", sa.Boolean(), nullable=False),
        sa.Column("told", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_step")),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name=op.f("fk_withdrawal_step_withdrawal_id_withdrawal")
        ),
    )
    op.create_index(op.f("ix_withdrawal_step_withdrawal_id"), "withdrawal_step", ["withdrawal_id"])
    op.create_index("uq_withdrawal_step_once", "withdrawal_step", ["withdrawal_id", "back"], unique=True)


def downgrade() -> None:
    op.drop_table("withdrawal_step")
    op.drop_table("withdrawal")
    op.execute(sa.text("DELETE FROM import_file WHERE kind IN ('fixes', 'events')"))
    _kinds(*_OLD)
