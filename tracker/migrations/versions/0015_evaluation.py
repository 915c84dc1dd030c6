"""What evaluators bring in and what left for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0015"
down_revision = "0014"

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


def _jobs(*values: str) -> None:
    """What a worker is asked for."""
    with op.batch_alter_table("match_job") as batch:
        batch.drop_constraint(op.f("ck_match_job_job_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_match_job_job_kind"), sa.column("kind").in_(values))


def _kept(*values: str) -> None:
    """What kinds of record a policy can be for."""
    with op.batch_alter_table("retention_policy") as batch:
        batch.drop_constraint(op.f("ck_retention_policy_kept"), type_="check")
        batch.create_check_constraint(op.f("ck_retention_policy_kept"), sa.column("kind").in_(values))


_KEPT = (
    "fixes",
    "fixes of nobody eligible",
    "device events",
    "crimes",
    "match runs",
    "identities",
    "rejected rows",
    "released packages",
)
_OLD = ("crimes", "assignments", "releases", "ledger")
_NEW = ("reoffences", "comparison", "characteristics", "benchmarks")


def upgrade() -> None:
    _kinds(*_OLD, *_NEW)
    _jobs("match", "import", "cohort")
    _kept(*_KEPT, "evaluators' data")
    _fact(
        "reoffence",
        *_of("reoffence", "programme"),
        sa.Column("person_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_reoffence_person_id_person"),
        sa.Column("comparison_ref", sa.String(64), nullable=True),
        sa.Column("offence_on", sa.Date(), nullable=False),
        sa.Column("offence_code", sa.String(16), nullable=False),
        sa.Column("convicted_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_reoffence_file_id_import_file"),
    )
    op.create_index("ix_reoffence_programme_id", "reoffence", ["programme_id"])
    op.create_index("ix_reoffence_person_id", "reoffence", ["person_id"])
    op.create_index("ix_reoffence_comparison_ref", "reoffence", ["comparison_ref"])
    _fact(
        "comparison_person",
        *_of("comparison_person", "programme"),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("age_on_release", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(16), nullable=True),
        sa.Column("ethnicity", sa.String(8), nullable=True),
        sa.Column("borough", sa.String(64), nullable=True),
        sa.Column("offence_code", sa.String(16), nullable=True),
        sa.Column("ogrs_pct_hundredths", sa.Integer(), nullable=True),
        sa.Column("prior_sanctions", sa.Integer(), nullable=True),
        sa.Column("custody_days", sa.Integer(), nullable=True),
        sa.Column("recalled_on", sa.Date(), nullable=True),
        sa.Column("observed_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_comparison_person_file_id_import_file"),
    )
    op.create_index("ix_comparison_person_programme_id", "comparison_person", ["programme_id"])
    op.create_index("ix_comparison_person_reference", "comparison_person", ["reference"])
    _fact(
        "characteristic",
        *_of("characteristic", "person"),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("level", sa.String(64), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_characteristic_file_id_import_file"),
    )
    op.create_index("ix_characteristic_person_id", "characteristic", ["person_id"])
    _fact(
        "benchmark",
        *_of("benchmark", "programme"),
        sa.Column("population", sa.String(100), nullable=False),
        sa.Column("characteristic", sa.String(64), nullable=False),
        sa.Column("level", sa.String(64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(64), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_benchmark_file_id_import_file"),
    )
    op.create_index("ix_benchmark_programme_id", "benchmark", ["programme_id"])
    _fact(
        "table_release",
        *_of("table_release", "programme"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("asked", _JSON, nullable=False),
        sa.Column("told", _JSON, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("ix_table_release_programme_id", "table_release", ["programme_id"])
    _fact(
        "cohort_export",
        *_of("cohort_export", "programme"),
        sa.Column("definition", _JSON, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("known_at", UtcInstant(), nullable=False),
        sa.Column("members", _JSON, nullable=False),
        sa.Column("risk", _JSON, nullable=False),
        sa.Column("manifest", _JSON, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("folder", sa.String(64), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
    )
    op.create_index("ix_cohort_export_programme_id", "cohort_export", ["programme_id"])
    _fact(
        "linkage_step",
        *_of("linkage_step", "cohort_export"),
        sa.Column("move", _enum("linkage_move", "asked for", "approved", "refused", "handed over"), nullable=False),
        sa.Column("linker", sa.String(200), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_index("ix_linkage_step_cohort_export_id", "linkage_step", ["cohort_export_id"])
    _fact(
        "review_reader",
        *_of("review_reader", "programme"),
        sa.Column("reader", sa.String(64), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_review_reader_programme_id", "review_reader", ["programme_id"])
    op.create_table(
        "export_key",
        sa.Column("id", _ROW_ID, nullable=False),
        *_of("export_key", "cohort_export"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export_key"),
        sa.UniqueConstraint("cohort_export_id", name="uq_export_key_cohort_export_id"),
    )


def downgrade() -> None:
    for table in (
        "export_key",
        "review_reader",
        "linkage_step",
        "cohort_export",
        "table_release",
        "benchmark",
        "characteristic",
        "comparison_person",
        "reoffence",
    ):
        op.drop_table(table)
    files = sa.table("import_file", sa.column("kind"))
    op.execute(sa.delete(files).where(files.c.kind.in_(_NEW)))
    jobs = sa.table("match_job", sa.column("kind"))
    op.execute(sa.delete(jobs).where(jobs.c.kind == "cohort"))
    policies = sa.table("retention_policy", sa.column("kind"))
    op.execute(sa.delete(policies).where(policies.c.kind == "evaluators' data"))
    _kinds(*_OLD)
    _jobs("match", "import")
    _kept(*_KEPT)
