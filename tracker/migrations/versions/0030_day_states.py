"""What holds of licences, wearers, tags and alerts on each day, kept beside the facts; filled when the upgrade ends."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHAT = sa.Enum(
    "licence", "state", "place", "answer", "undecided", "fitted", "worn", "scored", "gate", "tag", "stock", "lost",
    "lost pence", "lost, not valued", "waiting",
    name="what", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "day_state",
        sa.Column("what", _WHAT, nullable=False),
        sa.Column("subject_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("programme_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("value", sa.String(32), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("sort_key", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("what", "subject_id", "programme_id", "value", "from_on", name="pk_day_state"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_day_state_programme_id_programme"),
    )
    listed = ["programme_id", "what", "value", "sort_key", "from_on", "until_on", "subject_id"]
    op.create_index("ix_day_state_list", "day_state", listed)
    waiting = sa.text("what = 'waiting'")
    op.create_index(
        "ix_day_state_waiting",
        "day_state",
        ["programme_id", "until_on"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    lost = sa.text("move = 'reported lost'")
    op.create_index("ix_tag_event_lost", "tag_event", ["tag_id"], sqlite_where=lost, postgresql_where=lost)
    op.create_table(
        "day_count",
        sa.Column("programme_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("what", _WHAT, nullable=False),
        sa.Column("value", sa.String(32), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "what", "value", "on_day", name="pk_day_count"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_day_count_programme_id_programme"),
    )


def downgrade() -> None:
    op.drop_index("ix_tag_event_lost", table_name="tag_event")
    for table in ("day_count", "day_state"):
        op.drop_table(table)
