"""Which model devices are of, and what is adopted of the accuracy of each model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0018"
down_revision = "0017"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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


def upgrade() -> None:
    _fact(
        "device_model",
        sa.Column("device_id", sa.String(200), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
    )
    op.create_index("ix_device_model_device_id", "device_model", ["device_id"])
    _fact(
        "accuracy_adoption",
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("factor_thousandths", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_accuracy_adoption_model", "accuracy_adoption", ["model"])


def downgrade() -> None:
    for table in ("accuracy_adoption", "device_model"):
        op.drop_table(table)
