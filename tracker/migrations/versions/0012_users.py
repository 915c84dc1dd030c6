"""Users, sessions, failed logins, answered requests."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0012"
down_revision = "0011"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES = (
    "delivery officer",
    "analyst",
    "releasing officer",
    "evaluator",
    "data protection officer",
    "administrator",
)


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column(
            "role", sa.Enum(*_ROLES, name="role", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("ended_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_app_user"),
        sa.UniqueConstraint("name", name="uq_app_user_name"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("refresh_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", UtcInstant(), nullable=False),
        sa.Column("refreshed_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("revoked_at", UtcInstant(), nullable=True),
        sa.Column("why", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_login_session_user_id_app_user"),
        sa.UniqueConstraint("refresh_sha256", name="uq_login_session_refresh_sha256"),
    )
    op.create_index("ix_login_session_user_id", "login_session", ["user_id"])
    op.create_table(
        "spent_refresh",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_spent_refresh"),
        sa.ForeignKeyConstraint(["session_id"], ["login_session.id"], name="fk_spent_refresh_session_id_login_session"),
    )
    op.create_index("ix_spent_refresh_session_id", "spent_refresh", ["session_id"])
    op.create_table(
        "login_failure",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name_sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failure"),
    )
    for column in ("name_sha256", "at"):
        op.create_index(f"ix_login_failure_{column}", "login_failure", [column])
    op.create_table(
        "answered",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(100), nullable=True),
        sa.Column("location", sa.String(400), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answered"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_answered_user_id_app_user"),
        sa.UniqueConstraint("user_id", "key", name="uq_answered_user_id_key"),
    )
    for column in ("user_id", "recorded_at"):
        op.create_index(f"ix_answered_{column}", "answered", [column])


def downgrade() -> None:
    for table in ("answered", "login_failure", "spent_refresh", "login_session", "app_user"):
        op.drop_table(table)
