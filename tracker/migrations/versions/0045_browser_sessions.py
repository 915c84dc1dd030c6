"""Sessions of browsers, whose secret is a cookie."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    with op.batch_alter_table("login_session") as batch:
        batch.add_column(sa.Column("cookie_sha256", sa.String(64), nullable=True))
    op.create_index(op.f("ix_login_session_cookie_sha256"), "login_session", ["cookie_sha256"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_login_session_cookie_sha256"), table_name="login_session")
    # Without the column nobody could use them, and they would stand among those that run.
    op.execute("UPDATE login_session SET revoked_at = issued_at WHERE cookie_sha256 IS NOT NULL AND revoked_at IS NULL")
    with op.batch_alter_table("login_session") as batch:
        batch.drop_column("cookie_sha256")
