"""Licences, OGRS scores and screenings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0005"
down_revision = "0004"

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


def upgrade() -> None:
    _kinds("crimes", "assignments", "releases")
    op.create_table(
        "licence",
        sa.Column("id", _ROW_ID, nullable=False),
        *_of("licence", "person"),
        *_of("licence", "programme"),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_licence"),
        sa.UniqueConstraint("reference", name="uq_licence_reference"),
    )
    for column in ("person_id", "programme_id"):
        op.create_index(f"ix_licence_{column}", "licence", [column])
    _fact(
        "licence_terms",
        *_of("licence_terms", "licence"),
        sa.Column("offence_code", sa.String(16), nullable=True),
        sa.Column("knife_involved", sa.Boolean(), nullable=True),
        sa.Column("knife_basis", sa.String(400), nullable=True),
        sa.Column("prison", sa.String(100), nullable=True),
        sa.Column("planned_release_on", sa.Date(), nullable=True),
        sa.Column("released_at", UtcInstant(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
    )
    _fact(
        "ogrs_score",
        *_of("ogrs_score", "person"),
        sa.Column("instrument", _enum("instrument", "OGRS3", "OGRS4/G", "OGRS4/V"), nullable=False),
        sa.Column("version", sa.String(32), nullable=True),
        sa.Column("horizon_years", sa.Integer(), nullable=False),
        sa.Column("pct_hundredths", sa.Integer(), nullable=False),
        sa.Column("rounded", sa.Boolean(), nullable=False),
        sa.Column("computed", sa.Boolean(), nullable=False),
        sa.Column("scored_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(200), nullable=False),
        sa.Column("inputs", _JSON, nullable=True),
    )
    _fact(
        "screening",
        *_of("screening", "licence"),
        sa.Column("rules_version", sa.String(32), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=False),
        sa.Column("findings", _JSON, nullable=False),
        sa.Column("answer", _enum("screening_answer", "passed", "failed", "not known"), nullable=False),
    )
    _fact(
        "proportionality",
        *_of("proportionality", "licence"),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("proportionate", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
    )
    for table in ("licence_terms", "screening", "proportionality"):
        op.create_index(f"ix_{table}_licence_id", table, ["licence_id"])
    op.create_index("ix_ogrs_score_person_id", "ogrs_score", ["person_id"])


def downgrade() -> None:
    for table in ("proportionality", "screening", "ogrs_score", "licence_terms", "licence"):
        op.drop_table(table)
    op.execute("DELETE FROM import_file WHERE kind = 'releases'")
    _kinds("crimes", "assignments")
