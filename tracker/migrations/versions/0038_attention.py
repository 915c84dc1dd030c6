"""What was settled with a reason; why a licence ended; on which days something speaks against a licence."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0038"
down_revision = "0037"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ENDED = sa.Enum(
    "expired", "died", "deported", "transferred", "condition removed", "entered in error",
    name="end_reason", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip
_BEFORE = (
    "licence", "state", "place", "answer", "undecided", "fitted", "worn", "scored", "gate", "tag", "stock", "lost",
    "lost pence", "lost, not valued",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("licence_id", _ROW_ID, nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_settlement"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_settlement_programme_id_programme"),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name="fk_settlement_licence_id_licence"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["settlement.id"], name="fk_settlement_supersedes_id_settlement"),
        sa.UniqueConstraint("supersedes_id", name="uq_settlement_supersedes_id"),
    )
    op.create_index("ix_settlement_list", "settlement", ["programme_id", "id"])
    op.create_index("ix_settlement_licence_id", "settlement", ["licence_id"])
    op.create_index("ix_settlement_recorded_at", "settlement", ["recorded_at"])
    with op.batch_alter_table("licence_event") as batch:
        batch.add_column(sa.Column("end_reason", _ENDED, nullable=True))
    _make_days("against", "settled", "waiting")


def downgrade() -> None:
    _make_days("waiting")
    with op.batch_alter_table("licence_event") as batch:
        batch.drop_constraint(op.f("ck_licence_event_end_reason"), type_="check")
        batch.drop_column("end_reason")
    op.drop_table("settlement")


def _make_days(*more: str) -> None:
    """The tables anew with these kinds, empty: what is in them is made from facts when the upgrade ends."""
    what = sa.Enum(*_BEFORE, *more, name="what", native_enum=False, create_constraint=True, length=32)
    op.drop_table("day_count")
    op.drop_table("day_state")
    op.create_table(
        "day_state",
        sa.Column("what", what, nullable=False),
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
    op.create_table(
        "day_count",
        sa.Column("programme_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("what", what, nullable=False),
        sa.Column("value", sa.String(32), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "what", "value", "on_day", name="pk_day_count"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_day_count_programme_id_programme"),
    )
