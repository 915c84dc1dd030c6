"""Who users are to an outside issuer of logins."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0024"
down_revision = "0023"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outside_identity",
        sa.Column("user_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_outside_identity"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_outside_identity_user_id_app_user"),
        sa.UniqueConstraint("issuer", "subject", name="uq_outside_identity_issuer_subject"),
    )


def downgrade() -> None:
    op.drop_table("outside_identity")
