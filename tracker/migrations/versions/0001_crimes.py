"""Imported files; crimes with their batches and versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0001"
down_revision = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("options_sha256", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("report", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_file"),
        sa.UniqueConstraint("kind", "sha256", "options_sha256", name="uq_import_file_kind_sha256_options_sha256"),
        sa.CheckConstraint("kind IN ('crimes', 'assignments')", name=op.f("ck_import_file_kind")),
        sa.CheckConstraint(
            "status IN ('successful', 'partial', 'failed', 'error')", name=op.f("ck_import_file_status")
        ),
    )
    op.create_table(
        "crime_batch",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("force", sa.String(200), nullable=False),
        sa.Column("batch_id", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crime_batch"),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_crime_batch_file_id_import_file"),
        sa.UniqueConstraint("file_id", "force", "batch_id", name="uq_crime_batch_file_id_force_batch_id"),
    )
    op.create_table(
        "crime",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("force", sa.String(200), nullable=False),
        sa.Column("crime_ref", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crime"),
        sa.UniqueConstraint("force", "crime_ref", name="uq_crime_force_crime_ref"),
    )
    op.create_table(
        "crime_version",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("crime_id", _ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("batch_id", _ROW_ID, nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("crime_type", sa.String(200), nullable=False),
        sa.Column("t_from", UtcInstant(), nullable=False),
        sa.Column("t_to", UtcInstant(), nullable=False),
        sa.Column("x_mm", sa.Integer(), nullable=True),
        sa.Column("y_mm", sa.Integer(), nullable=True),
        sa.Column("location_accuracy_mm", sa.Integer(), nullable=True),
        sa.Column("precision", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed", _JSON, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crime_version"),
        sa.ForeignKeyConstraint(["crime_id"], ["crime.id"], name="fk_crime_version_crime_id_crime"),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_crime_version_file_id_import_file"),
        sa.ForeignKeyConstraint(["batch_id"], ["crime_batch.id"], name="fk_crime_version_batch_id_crime_batch"),
        sa.UniqueConstraint("crime_id", "version", name="uq_crime_version_crime_id_version"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_crime_version_version_from_1")),
        sa.CheckConstraint("t_from <= t_to", name=op.f("ck_crime_version_window_order")),
        sa.CheckConstraint("(x_mm IS NULL) = (y_mm IS NULL)", name=op.f("ck_crime_version_whole_place")),
        sa.CheckConstraint("precision IN ('instant', 'month')", name=op.f("ck_crime_version_precision")),
    )
    for column in ("file_id", "batch_id", "t_from"):
        op.create_index(f"ix_crime_version_{column}", "crime_version", [column])


def downgrade() -> None:
    for table in ("crime_version", "crime", "crime_batch", "import_file"):
        op.drop_table(table)
