"""Passwords that somebody else gave, sessions in which one has to be changed, notices to users of their logins."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0031"
down_revision = "0030"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HAPPENED = (
    "password changed",
    "second factor put in force",
    "second factor removed",
    "recovery code used",
    "used code refused",
    "login at a new address",
    "outside identity forgotten",
)


def upgrade() -> None:
    with op.batch_alter_table("app_user") as batch:
        batch.add_column(sa.Column("initial_until", UtcInstant(), nullable=True))
    with op.batch_alter_table("login_session") as batch:
        batch.add_column(sa.Column("password_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("login_session") as batch:
        batch.alter_column("password_due", server_default=None)
    op.create_table(
        "login_notice",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column(
            "happened",
            sa.Enum(*_HAPPENED, name="happened", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_notice"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_login_notice_user_id_app_user"),
    )
    op.create_index("ix_login_notice_user_id", "login_notice", ["user_id"])


def downgrade() -> None:
    op.drop_table("login_notice")
    # Without the column a password that has to be changed would open everything.
    op.execute("UPDATE login_session SET revoked_at = issued_at WHERE password_due AND revoked_at IS NULL")
    with op.batch_alter_table("login_session") as batch:
        batch.drop_column("password_due")
    with op.batch_alter_table("app_user") as batch:
        batch.drop_column("initial_until")
