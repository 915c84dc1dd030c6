"""Counts of knife crime by borough and year, and files of them."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0036"
down_revision = "0035"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OLD = (
    "crimes",
    "assignments",
    "releases",
    "ledger",
    "reoffences",
    "comparison",
    "characteristics",
    "benchmarks",
    "stock",
)
_CURRENT = sa.text("superseded_at IS NULL")


def _kinds(*values: str) -> None:
    with op.batch_alter_table("import_file") as batch:
        batch.drop_constraint(op.f("ck_import_file_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_file_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    _kinds(*_OLD, "knife-crime")
    op.create_table(
        "borough_crime",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("borough", sa.String(64), nullable=False),
        sa.Column("year", sa.String(7), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("licence", sa.String(200), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borough_crime")),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name=op.f("fk_borough_crime_file_id_import_file")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["borough_crime.id"], name=op.f("fk_borough_crime_supersedes_id_borough_crime")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_borough_crime_supersedes_id")),
    )
    op.create_index(op.f("ix_borough_crime_recorded_at"), "borough_crime", ["recorded_at"])
    op.create_index(op.f("ix_borough_crime_file_id"), "borough_crime", ["file_id"])
    op.create_index(
        "ix_borough_crime_once",
        "borough_crime",
        ["borough", "year", "effective_on"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def downgrade() -> None:
    op.drop_table("borough_crime")
    op.execute(sa.text("DELETE FROM import_file WHERE kind = 'knife-crime'"))
    _kinds(*_OLD)
