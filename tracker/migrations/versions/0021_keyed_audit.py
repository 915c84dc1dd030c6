"""Keyed digests of the audit's rows, the wall clock beside the record's time, and steps of the clock; the counts of
refused attempts.

Rows on record keep their hash and have no keyed digest: the first row written since has one, and the key file says from
which row on. A step back keeps these columns, for an earlier version does not mind them and the digests cannot be made
again; they go with the tables.
"""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    wanted = {
        "audit_entry": (
            sa.Column("wall_at", UtcInstant(), nullable=True),
            sa.Column("clock_step_s", sa.BigInteger(), nullable=True),
            sa.Column("key_id", sa.String(16), nullable=True),
            sa.Column("keyed_digest", sa.String(64), nullable=True),
        ),
        "audit_head": (
            sa.Column("key_id", sa.String(16), nullable=True),
            sa.Column("boot", sa.String(36), nullable=True),
            sa.Column("since_boot_us", sa.BigInteger(), nullable=True),
        ),
    }
    for table, columns in wanted.items():
        there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
        for column in columns:
            if column.name not in there:
                op.add_column(table, column)
    op.create_table(
        "refused_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("window_at", UtcInstant(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "refused login",
                "refused right",
                "refused token",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("on_record", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refused_attempt"),
        sa.UniqueConstraint(
            "window_at", "kind", "who", "address", "what", name="uq_refused_attempt_window_at_kind_who_address_what"
        ),
    )


def downgrade() -> None:
    op.drop_table("refused_attempt")
