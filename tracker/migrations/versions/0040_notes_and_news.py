"""Notes on matches; which matches came to be shown, in that order; up to where each user has looked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0040"
down_revision = "0039"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MATCH = sa.ForeignKey("candidate_match.id", name="fk_match_note_match_id_candidate_match")


def _fact(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{name}.id"], name=f"fk_{name}_supersedes_id_{name}"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{name}_supersedes_id"),
    )
    op.create_index(f"ix_{name}_recorded_at", name, ["recorded_at"])


def upgrade() -> None:
    _fact(
        "match_note",
        sa.Column("match_id", _ROW_ID, _MATCH, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_index("ix_match_note_match_id", "match_note", ["match_id"])
    op.create_table(
        "match_news",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("match_id", _ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_news"),
        sa.ForeignKeyConstraint(["match_id"], ["candidate_match.id"], name="fk_match_news_match_id_candidate_match"),
    )
    op.create_index("ix_match_news_match_id", "match_news", ["match_id"])
    _fact("match_news_seen", sa.Column("up_to", sa.BigInteger(), nullable=False))
    op.create_index("ix_match_news_seen_by", "match_news_seen", ["recorded_by", "superseded_at"])
    op.execute("INSERT INTO match_news (match_id) SELECT id FROM candidate_match WHERE shown ORDER BY id")


def downgrade() -> None:
    op.drop_table("match_news_seen")
    op.drop_table("match_news")
    op.drop_table("match_note")
