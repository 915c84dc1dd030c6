"""The queue of one type of crime has an index in its order, and both have what else a queue is filtered by; the losses
of tags have one in theirs; whether an open match is of an earlier version of the matcher is asked of one by state."""

from alembic import op
from sqlalchemy import text

revision = "0037"
down_revision = "0036"

_PLACE = ["rank_q", "rank_p", "rank_e", "id"]
_FILTERS = ["force", "t_from", "t_to"]
_LOST = text("move = 'reported lost'")


def upgrade() -> None:
    op.drop_index("ix_candidate_match_rank", table_name="candidate_match")
    op.create_index("ix_candidate_match_rank", "candidate_match", ["state", "shown", *_PLACE, *_FILTERS])
    by_type = ["crime_type", "state", "shown", *_PLACE, *_FILTERS]
    op.create_index("ix_candidate_match_type", "candidate_match", by_type)
    op.drop_index("ix_candidate_match_algorithm", table_name="candidate_match")
    op.create_index("ix_candidate_match_state_algorithm", "candidate_match", ["state", "algorithm"])
    op.drop_index("ix_tag_event_lost", table_name="tag_event")
    op.create_index(
        "ix_tag_event_lost", "tag_event", ["at", "id", "tag_id"], sqlite_where=_LOST, postgresql_where=_LOST
    )


def downgrade() -> None:
    op.drop_index("ix_candidate_match_state_algorithm", table_name="candidate_match")
    op.create_index("ix_candidate_match_algorithm", "candidate_match", ["algorithm"])
    op.drop_index("ix_candidate_match_type", table_name="candidate_match")
    op.drop_index("ix_candidate_match_rank", table_name="candidate_match")
    op.create_index("ix_candidate_match_rank", "candidate_match", ["state", "shown", *_PLACE])
    op.drop_index("ix_tag_event_lost", table_name="tag_event")
    op.create_index("ix_tag_event_lost", "tag_event", ["tag_id"], sqlite_where=_LOST, postgresql_where=_LOST)
