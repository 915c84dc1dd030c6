"""Tries to log in by name and address, known addresses, second factors; of a session, whether it has one and who logged
the user in.

Failures counted before are of the last quarter of an hour and go; on the way back second factors and the sessions begun
with one go too.
"""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0022"
down_revision = "0021"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.execute("DELETE FROM login_failure")
    with op.batch_alter_table("login_failure") as batch:
        batch.add_column(sa.Column("address_sha256", sa.String(64), nullable=False))
        batch.add_column(sa.Column("state", sa.String(8), nullable=False))
        batch.create_index("ix_login_failure_address_sha256", ["address_sha256"])
    with op.batch_alter_table("login_session") as batch:
        batch.add_column(sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("issuer", sa.String(200), nullable=True))
    with op.batch_alter_table("login_session") as batch:
        batch.alter_column("second_factor", server_default=None)
    op.create_table(
        "known_address",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("name_sha256", sa.String(64), nullable=False),
        sa.Column("address_sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_address"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_known_address_user_id_app_user"),
    )
    for column in ("user_id", "name_sha256"):
        op.create_index(f"ix_known_address_{column}", "known_address", [column])
    op.create_table(
        "second_factor",
        sa.Column("user_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("sealed_secret", sa.String(400), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("confirmed_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factor"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_second_factor_user_id_app_user"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("used_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_recovery_code_user_id_app_user"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])


def downgrade() -> None:
    # Without the column nobody would ask for the second factor of these.
    op.execute("UPDATE login_session SET revoked_at = issued_at WHERE revoked_at IS NULL")
    for table in ("recovery_code", "second_factor", "known_address"):
        op.drop_table(table)
    with op.batch_alter_table("login_session") as batch:
        batch.drop_column("issuer")
        batch.drop_column("second_factor")
    op.execute("DELETE FROM login_failure")
    with op.batch_alter_table("login_failure") as batch:
        batch.drop_index("ix_login_failure_address_sha256")
        batch.drop_column("state")
        batch.drop_column("address_sha256")
