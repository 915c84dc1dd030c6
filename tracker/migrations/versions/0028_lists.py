"""Indexes in the order of the lists of jobs, imports and the audit; and the kind of an import's file as a column."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_KIND = {"sqlite": "json_extract(asked, '$.kind')", "postgresql": "asked ->> 'kind'"}
_AUDIT = ("at", "by", "subject", "person_id")


def upgrade() -> None:
    op.add_column("match_job", sa.Column("file_kind", sa.String(32), nullable=True))
    op.execute(f"UPDATE match_job SET file_kind = {_KIND[op.get_bind().dialect.name]} WHERE kind = 'import'")
    op.drop_index("ix_match_job_kind", "match_job")
    op.create_index("ix_match_job_list", "match_job", ["kind", "id"])
    op.create_index("ix_match_job_list_of_state", "match_job", ["kind", "state", "id"])
    op.create_index("ix_match_job_list_of_files", "match_job", ["file_kind", "id"])
    for name in _AUDIT:
        op.drop_index(f"ix_audit_entry_{name}", "audit_entry")
    for name in (*_AUDIT, "action"):
        op.create_index(f"ix_audit_entry_{name}_seq", "audit_entry", [name, "seq"])


def downgrade() -> None:
    for name in (*_AUDIT, "action"):
        op.drop_index(f"ix_audit_entry_{name}_seq", "audit_entry")
    for name in _AUDIT:
        op.create_index(f"ix_audit_entry_{name}", "audit_entry", [name])
    for name in ("list_of_files", "list_of_state", "list"):
        op.drop_index(f"ix_match_job_{name}", "match_job")
    with op.batch_alter_table("match_job") as batch:
        batch.drop_column("file_kind")
        batch.create_index("ix_match_job_kind", ["kind"])
