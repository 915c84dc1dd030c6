"""Decisions, contracts, money, phases and ends as the papers have them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0004"
down_revision = "0003"

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


def upgrade() -> None:
    _fact(
        "decision",
        *_of("decision", "programme"),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("title", sa.String(400), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_basis", sa.Text(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.Column("cited_only", sa.Boolean(), nullable=True),
        sa.Column("form", _JSON, nullable=True),
    )
    op.create_index("ix_decision_programme_id", "decision", ["programme_id"])
    op.create_index("ix_decision_reference", "decision", ["reference"])
    _fact(
        "recommendation",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column(
            "kind",
            _enum(
                "recommendation_kind",
                "approve a maximum",
                "note",
                "release",
                "accept a grant",
                "capital",
                "procurement",
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=True),
        sa.Column("qualifier", _enum("qualifier", "exactly", "up to", "at least", "more than", "about"), nullable=True),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("recommendation", "programme"),
    )
    op.create_index("ix_recommendation_programme_id", "recommendation", ["programme_id"])
    _fact(
        "statement",
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(64), nullable=True),
        sa.Column(
            "qualifier", _enum("qualifier", "exactly", "up to", "at least", "more than", "about"), nullable=False
        ),
        sa.Column("as_of", sa.String(64), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("statement", "programme"),
    )
    op.create_index("ix_statement_programme_id", "statement", ["programme_id"])
    _fact(
        "funding",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column(
            "kind", _enum("funding_kind", "approved", "capital", "grant", "noted", "carried forward"), nullable=False
        ),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("qualifier", _enum("qualifier", "exactly", "up to", "at least", "more than", "about"), nullable=True),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("giver", sa.String(400), nullable=True),
        sa.Column("from_decision", sa.String(64), nullable=True),
        sa.Column("from_line", sa.String(64), nullable=True),
        sa.Column("from_year", sa.String(7), nullable=True),
        sa.Column("to_line", sa.String(64), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("funding", "programme"),
    )
    op.create_index("ix_funding_programme_id", "funding", ["programme_id"])
    _fact(
        "budget_line",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("budget_line", "programme"),
    )
    op.create_index("ix_budget_line_programme_id", "budget_line", ["programme_id"])
    _fact(
        "allocation",
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("qualifier", _enum("qualifier", "exactly", "up to", "at least", "more than", "about"), nullable=True),
        sa.Column("noted", sa.Boolean(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("allocation", "programme"),
    )
    op.create_index("ix_allocation_programme_id", "allocation", ["programme_id"])
    _fact(
        "contract",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("supplier", sa.String(200), nullable=False),
        sa.Column("company_number", sa.String(16), nullable=True),
        sa.Column("framework", sa.String(200), nullable=True),
        sa.Column("ceiling_pence", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lines", _JSON, nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("contract", "programme"),
    )
    op.create_index("ix_contract_programme_id", "contract", ["programme_id"])
    _fact(
        "contract_amendment",
        sa.Column("contract", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ceiling_pence", sa.BigInteger(), nullable=True),
        sa.Column("ceiling_by_pence", sa.BigInteger(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("contract_amendment", "programme"),
    )
    op.create_index("ix_contract_amendment_programme_id", "contract_amendment", ["programme_id"])
    _fact(
        "contract_condition",
        sa.Column("contract", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", _enum("condition_state", "met", "not met", "not known"), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("contract_condition", "programme"),
    )
    op.create_index("ix_contract_condition_programme_id", "contract_condition", ["programme_id"])
    _fact(
        "phase",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column(
            "planned_precision", _enum("day_precision", "day", "month", "month, year inferred", "year"), nullable=True
        ),
        sa.Column("running_boroughs", sa.Integer(), nullable=True),
        sa.Column("running_maximum", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("phase", "programme"),
    )
    op.create_index("ix_phase_programme_id", "phase", ["programme_id"])
    _fact(
        "phase_place",
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("kind", _enum("place_kind", "borough", "BCU", "whole force"), nullable=False),
        sa.Column("phase", sa.String(64), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("phase_place", "programme"),
    )
    op.create_index("ix_phase_place_programme_id", "phase_place", ["programme_id"])
    _fact(
        "programme_end",
        sa.Column(
            "kind",
            _enum("end_kind", "last day to impose", "last day to monitor", "contract's end", "grant's end"),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("subject_to", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("programme_end", "programme"),
    )
    op.create_index("ix_programme_end_programme_id", "programme_end", ["programme_id"])
    _fact(
        "capacity_measure",
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("qualifier", _enum("qualifier", "exactly", "up to", "at least", "more than", "about"), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("capacity_measure", "programme"),
    )
    op.create_index("ix_capacity_measure_programme_id", "capacity_measure", ["programme_id"])
    _fact(
        "legal_basis",
        sa.Column("title", sa.String(400), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        *_of("legal_basis", "programme"),
    )
    op.create_index("ix_legal_basis_programme_id", "legal_basis", ["programme_id"])
    _fact(
        "responsible_person",
        sa.Column("company_number", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("instrument", sa.String(200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "responsible_person",
        "legal_basis",
        "capacity_measure",
        "programme_end",
        "phase_place",
        "phase",
        "contract_condition",
        "contract_amendment",
        "contract",
        "allocation",
        "budget_line",
        "funding",
        "statement",
        "recommendation",
        "decision",
    ):
        op.drop_table(table)
