"""The record: programmes, people, and the audit that nobody can rewrite."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0003"
down_revision = "0002"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_ACTIONS = ("collect", "alter", "consult", "disclose", "combine", "erase")


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


def _person(table: str) -> tuple[SchemaItem, SchemaItem]:
    return (
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=f"fk_{table}_person_id_person"),
    )


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme"),
        sa.UniqueConstraint("key", name="uq_programme_key"),
    )
    op.create_table(
        "person",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("wearer_ref", sa.String(200), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("erased_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("wearer_ref", name="uq_person_wearer_ref"),
    )
    _fact(
        "identity",
        *_person("identity"),
        sa.Column("nomis_id", sa.String(32), nullable=True),
        sa.Column("crn", sa.String(32), nullable=True),
        sa.Column("pnc_id", sa.String(32), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("sex", _enum("sex", "male", "female", "not known"), nullable=False),
        sa.Column("ethnicity", sa.String(8), nullable=True),
    )
    for column in ("person_id", "nomis_id", "crn", "pnc_id"):
        op.create_index(f"ix_identity_{column}", "identity", [column])
    _fact(
        "address",
        *_person("address"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("borough_stated", sa.String(64), nullable=True),
        sa.Column("borough_found", sa.String(64), nullable=True),
        sa.Column("x_mm", sa.Integer(), nullable=True),
        sa.Column("y_mm", sa.Integer(), nullable=True),
        sa.Column("postcode", sa.String(16), nullable=True),
        sa.Column("line", sa.String(400), nullable=True),
    )
    op.create_index("ix_address_person_id", "address", ["person_id"])
    op.create_table(
        "audit_entry",
        sa.Column("seq", _ROW_ID, nullable=False, autoincrement=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("action", _enum("action", *_ACTIONS), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("subject_id", sa.String(200), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("open", _JSON, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entry"),
    )
    for column in ("at", "by", "subject", "person_id"):
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
    )
    op.execute(f"INSERT INTO audit_head (id, length, hash) VALUES (1, 0, '{'0' * 64}')")
    op.create_table(
        "person_key",
        sa.Column("person_id", _ROW_ID, nullable=False, autoincrement=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_person_key"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_key_person_id_person"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{deed.lower()} BEFORE {deed} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_append_only()"
        )


def downgrade() -> None:
    for table in ("person_key", "audit_head", "audit_entry", "address", "identity", "person", "programme"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_entry_append_only()")
