"""Which crimes a batch had, also those that it reported as they were on record; who sent it."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BECAME = ("new", "changed", "same")


def upgrade() -> None:
    op.create_table(
        "batch_crime",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("batch_id", _ROW_ID, nullable=False),
        sa.Column("crime_id", _ROW_ID, nullable=False),
        sa.Column(
            "reported",
            sa.Enum(*_BECAME, name="reported", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batch_crime"),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_batch_crime_file_id_import_file"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["crime_batch.id"], name="fk_batch_crime_batch_id_crime_batch", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["crime_id"], ["crime.id"], name="fk_batch_crime_crime_id_crime", ondelete="CASCADE"),
        sa.UniqueConstraint("batch_id", "crime_id", name="uq_batch_crime_batch_id_crime_id"),
    )
    op.create_index("ix_batch_crime_crime_id", "batch_crime", ["crime_id"])
    op.create_index("ix_batch_crime_file_id", "batch_crime", ["file_id"])
    op.add_column("crime_batch", sa.Column("sent_by", sa.String(200)))
    op.create_index("ix_crime_batch_batch_id", "crime_batch", ["batch_id"])
    op.create_index("ix_crime_batch_of_force", "crime_batch", ["force", "id"])
    # Those that stayed were kept nowhere until now.
    op.execute(
        "INSERT INTO batch_crime (file_id, batch_id, crime_id, reported) "
        "SELECT file_id, batch_id, crime_id, CASE WHEN MIN(version) = 1 THEN 'new' ELSE 'changed' END "
        "FROM crime_version WHERE batch_id IS NOT NULL GROUP BY file_id, batch_id, crime_id"
    )


def downgrade() -> None:
    op.drop_index("ix_crime_batch_of_force", table_name="crime_batch")
    op.drop_index("ix_crime_batch_batch_id", table_name="crime_batch")
    op.drop_column("crime_batch", "sent_by")
    op.drop_table("batch_crime")
