"""What the rows of matches say for the queue: whether they may be shown, and their place in it.

Whether they may be shown is made from the facts once the tables are the program's (`tracker.migrations.upgrade`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_RANKS = (("rank_q", "2.0"), ("rank_p", "1.0"), ("rank_e", "1.0"))


def upgrade() -> None:
    for name in ("shown", "waits"):
        op.add_column("candidate_match", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name, unknown in _RANKS:
        column = sa.Column(name, sa.Float(), nullable=False, server_default=sa.text(unknown))
        op.add_column("candidate_match", column)
    op.execute(
        "UPDATE candidate_match SET rank_q = coalesce(q_value, 2.0), rank_p = coalesce(-p_present, 1.0), "
        "rank_e = coalesce(-e_value, 1.0)"
    )
    op.drop_index("ix_candidate_match_rank", "candidate_match")
    rank = ["state", "shown", "rank_q", "rank_p", "rank_e", "id"]
    op.create_index("ix_candidate_match_rank", "candidate_match", rank)
    op.create_index("ix_candidate_match_assignee_state", "candidate_match", ["assignee", "state"])
    op.create_index("ix_candidate_match_crime_ref", "candidate_match", ["crime_ref"])
    op.create_index("ix_candidate_match_waits", "candidate_match", ["waits"])


def downgrade() -> None:
    for name in ("waits", "crime_ref", "assignee_state", "rank"):
        op.drop_index(f"ix_candidate_match_{name}", "candidate_match")
    with op.batch_alter_table("candidate_match") as batch:
        for name in ("rank_e", "rank_p", "rank_q", "waits", "shown"):
            batch.drop_column(name)
        batch.create_index("ix_candidate_match_rank", ["state", "q_value", "p_present", "e_value"])
