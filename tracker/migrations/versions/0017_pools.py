"""Pools: what is kept of each crime, so that a match is judged among all crimes of its month.

A q from before was that of its run and by another rule, so it is taken back; the next run for review gives a new one.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0017"
down_revision = "0016"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "match_pool",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme", sa.String(200), nullable=False),
        sa.Column("params_sha256", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("figures", _JSON, nullable=False),
        sa.Column("judged_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_pool"),
        sa.UniqueConstraint("programme", "params_sha256", "month", name="uq_match_pool_programme_params_sha256_month"),
    )
    op.create_table(
        "match_pool_crime",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("pool_id", _ROW_ID, nullable=False),
        sa.Column("force", sa.String(200), nullable=False),
        sa.Column("crime_ref", sa.String(200), nullable=False),
        sa.Column("crime_version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("t_from", UtcInstant(), nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.Column("x_mm", sa.BigInteger(), nullable=False),
        sa.Column("y_mm", sa.BigInteger(), nullable=False),
        sa.Column("covered", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_pool_crime"),
        sa.ForeignKeyConstraint(["pool_id"], ["match_pool.id"], name="fk_match_pool_crime_pool_id_match_pool"),
        sa.UniqueConstraint("pool_id", "force", "crime_ref", name="uq_match_pool_crime_pool_id_force_crime_ref"),
    )
    op.create_table(
        "match_pool_pair",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("pool_crime_id", _ROW_ID, nullable=False),
        sa.Column("wearer_ref", sa.String(200), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=True),
        sa.Column("note", sa.String(200), nullable=True),
        sa.Column("decoys", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_pool_pair"),
        sa.ForeignKeyConstraint(
            ["pool_crime_id"], ["match_pool_crime.id"], name="fk_match_pool_pair_pool_crime_id_match_pool_crime"
        ),
    )
    for column in ("pool_crime_id", "wearer_ref"):
        op.create_index(f"ix_match_pool_pair_{column}", "match_pool_pair", [column])
    with op.batch_alter_table("candidate_match") as batch:
        batch.add_column(sa.Column("pool_id", _ROW_ID, nullable=True))
        batch.create_foreign_key("fk_candidate_match_pool_id_match_pool", "match_pool", ["pool_id"], ["id"])
        batch.create_index("ix_candidate_match_pool_id", ["pool_id"])
    op.execute("UPDATE candidate_match SET q_value = NULL")


def downgrade() -> None:
    with op.batch_alter_table("candidate_match") as batch:
        batch.drop_index("ix_candidate_match_pool_id")
        batch.drop_constraint("fk_candidate_match_pool_id_match_pool", type_="foreignkey")
        batch.drop_column("pool_id")
    for table in ("match_pool_pair", "match_pool_crime", "match_pool"):
        op.drop_table(table)
