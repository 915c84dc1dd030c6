"""Practitioners and suppliers; who has which case; files of stock; which licence each row of a release list became."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0034"
down_revision = "0033"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES = (
    "delivery officer",
    "analyst",
    "releasing officer",
    "evaluator",
    "data protection officer",
    "administrator",
)
_KINDS = (
    "crimes",
    "assignments",
    "releases",
    "ledger",
    "reoffences",
    "comparison",
    "characteristics",
    "benchmarks",
)
_BECAME = ("new", "changed", "same")


def _values(table: str, column: str, *values: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, sa.column(column).in_(values))


def upgrade() -> None:
    _values("app_user", "role", *_ROLES, "practitioner", "supplier")
    _values("import_file", "kind", *_KINDS, "stock")
    op.create_table(
        "case_holder",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("licence_id", _ROW_ID, nullable=False),
        sa.Column("user_id", _ROW_ID, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_holder"),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name="fk_case_holder_licence_id_licence"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_case_holder_user_id_app_user"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["case_holder.id"], name="fk_case_holder_supersedes_id_case_holder"),
        sa.UniqueConstraint("supersedes_id", name="uq_case_holder_supersedes_id"),
    )
    for column in ("user_id", "recorded_at"):
        op.create_index(f"ix_case_holder_{column}", "case_holder", [column])
    op.create_index(
        "ix_case_holder_one",
        "case_holder",
        ["licence_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "release_list_row",
        sa.Column("file_id", _ROW_ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("licence_id", _ROW_ID, nullable=False),
        sa.Column(
            "became",
            sa.Enum(*_BECAME, name="became", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("file_id", "row", name="pk_release_list_row"),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], name="fk_release_list_row_file_id_import_file"),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name="fk_release_list_row_licence_id_licence"),
    )
    op.create_index("ix_release_list_row_licence_id", "release_list_row", ["licence_id"])


def downgrade() -> None:
    op.drop_table("release_list_row")
    op.drop_table("case_holder")
    # An earlier version knows no such user: their access ends, and they keep no right by the role they are given.
    op.execute(
        "UPDATE app_user SET role = 'evaluator', ended_at = COALESCE(ended_at, recorded_at) "
        "WHERE role IN ('practitioner', 'supplier')"
    )
    op.execute("DELETE FROM import_file WHERE kind = 'stock'")
    _values("import_file", "kind", *_KINDS)
    _values("app_user", "role", *_ROLES)
