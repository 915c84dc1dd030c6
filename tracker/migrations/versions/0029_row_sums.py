"""Digests of rows that were changed or entered without an audit row of their own, and of answers kept for replay.

Rows on record have none until they are changed, or `tagpilot verify --add-sums` takes them as they are. A step back
loses the digests: what the audit says of them is then told to be missing until sums are added again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "row_sum",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("row_id", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("salt", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("seq", "subject", "row_id", name="pk_row_sum"),
    )
    op.create_index("ix_row_sum_of", "row_sum", ["subject", "row_id"])
    with op.batch_alter_table("answered") as table:
        table.add_column(sa.Column("sha256", sa.String(64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("answered") as table:
        table.drop_column("sha256")
    op.drop_table("row_sum")
