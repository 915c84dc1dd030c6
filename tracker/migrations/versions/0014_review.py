"""Matches under review, their moves, releases, and what was told of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0014"
down_revision = "0013"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _fact(table: str, *columns: SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{table}.id"], name=f"fk_{table}_supersedes_id_{table}"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{table}_supersedes_id"),
    )
    op.create_index(f"ix_{table}_recorded_at", table, ["recorded_at"])


def _of(table: str, other: str) -> tuple[SchemaItem, SchemaItem]:
    return (
        sa.Column(f"{other}_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id_{other}"),
    )


def _kinds(*values: str) -> None:
    """What kinds of file there are."""
    with op.batch_alter_table("import_file") as batch:
        batch.drop_constraint(op.f("ck_import_file_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_file_kind"), sa.column("kind").in_(values))


_STATES = ("new", "in review", "confirmed", "rejected", "released", "recalled", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "candidate_match",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("force", sa.String(200), nullable=False),
        sa.Column("crime_ref", sa.String(200), nullable=False),
        sa.Column("crime_version", sa.Integer(), nullable=False),
        sa.Column("crime_type", sa.String(200), nullable=False),
        sa.Column("t_from", UtcInstant(), nullable=False),
        sa.Column("t_to", UtcInstant(), nullable=False),
        sa.Column("wearer_ref", sa.String(200), nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("params_sha256", sa.String(64), nullable=False),
        sa.Column("figures", _JSON, nullable=False),
        sa.Column("p_present", sa.Float(), nullable=True),
        sa.Column("q_value", sa.Float(), nullable=True),
        sa.Column("e_value", sa.Float(), nullable=True),
        sa.Column("state", _enum("match_state", *_STATES), nullable=False),
        sa.Column("assignee", sa.String(64), nullable=True),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_match"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_candidate_match_person_id_person"),
        sa.UniqueConstraint("force", "crime_ref", "wearer_ref", name="uq_candidate_match_force_crime_ref_wearer_ref"),
    )
    for column in ("t_from", "wearer_ref", "person_id", "run_id"):
        op.create_index(f"ix_candidate_match_{column}", "candidate_match", [column])
    op.create_index("ix_candidate_match_rank", "candidate_match", ["state", "q_value", "p_present", "e_value"])
    _fact(
        "match_moved",
        sa.Column("match_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["candidate_match.id"], name="fk_match_moved_match_id_candidate_match"),
        sa.Column(
            "move",
            _enum(
                "match_move",
                "assigned",
                "confirmed",
                "rejected",
                "reopened",
                "released",
                "returned",
                "withdrawn",
                "found again",
                "recalled",
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("assignee", sa.String(64), nullable=True),
        sa.Column("together", sa.String(32), nullable=True),
        sa.Column("figures", _JSON, nullable=True),
    )
    op.create_index("ix_match_moved_match_id", "match_moved", ["match_id"])
    op.create_index("ix_match_moved_together", "match_moved", ["together"])
    _fact(
        "match_release",
        sa.Column("match_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["candidate_match.id"], name="fk_match_release_match_id_candidate_match"),
        sa.Column("recipient_name", sa.String(200), nullable=False),
        sa.Column("recipient_rank", sa.String(100), nullable=False),
        sa.Column("recipient_unit", sa.String(200), nullable=False),
        sa.Column("confirmed_by", sa.String(200), nullable=False),
        sa.Column("package", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("destroy_by", sa.Date(), nullable=False),
    )
    op.create_index("ix_match_release_match_id", "match_release", ["match_id"])
    _fact(
        "release_told",
        sa.Column("release_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["match_release.id"], name="fk_release_told_release_id_match_release"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", sa.String(200), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
    )
    op.create_index("ix_release_told_release_id", "release_told", ["release_id"])


def downgrade() -> None:
    for table in (
        "release_told",
        "match_release",
        "match_moved",
    ):
        op.drop_table(table)
    op.drop_table("candidate_match")
