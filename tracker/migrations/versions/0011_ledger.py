"""Ledgers as a kind of file."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def _kinds(*values: str) -> None:
    with op.batch_alter_table("import_file") as batch:
        batch.drop_constraint(op.f("ck_import_file_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_file_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    _kinds("crimes", "assignments", "releases", "ledger")


def downgrade() -> None:
    # What came by a ledger stays, entered by no file.
    op.execute(
        sa.text("UPDATE actual SET file_id = NULL WHERE file_id IN (SELECT id FROM import_file WHERE kind = 'ledger')")
    )
    op.execute(sa.text("DELETE FROM import_file WHERE kind = 'ledger'"))
    _kinds("crimes", "assignments", "releases")
