"""Matches that another version of the matcher made are found by an index."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index("ix_candidate_match_algorithm", "candidate_match", ["algorithm"])


def downgrade() -> None:
    op.drop_index("ix_candidate_match_algorithm", table_name="candidate_match")
