"""Which wearer had which device, and when."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0002"
down_revision = "0001"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("device_id", sa.String(200), nullable=False),
        sa.Column("wearer_id", sa.String(200), nullable=False),
        sa.Column("fitted_at", UtcInstant(), nullable=False),
        sa.Column("removed_at", UtcInstant(), nullable=True),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_assignment_file_id_import_file"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["assignment.id"], name="fk_assignment_supersedes_id_assignment"),
        sa.UniqueConstraint("supersedes_id", name="uq_assignment_supersedes_id"),
        sa.CheckConstraint("removed_at IS NULL OR fitted_at < removed_at", name=op.f("ck_assignment_order")),
    )
    for column in ("device_id", "wearer_id", "file_id"):
        op.create_index(f"ix_assignment_{column}", "assignment", [column])
    current = sa.text("superseded_at IS NULL")
    op.create_index(
        "uq_assignment_current",
        "assignment",
        ["device_id", "fitted_at"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def downgrade() -> None:
    # What the assignments' files told goes with them, or importing them again would change nothing.
    op.drop_table("assignment")
    op.execute("DELETE FROM import_file WHERE kind = 'assignments'")
