"""Why a row was corrected or taken back; changes of commitments; notes on licences; what an alert is of, corrected."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0035"
down_revision = "0034"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _fact(name: str) -> list[sa.schema.SchemaItem]:
    """The columns and constraints that every fact has."""
    return [
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["supersedes_id"], [f"{name}.id"], name=f"fk_{name}_supersedes_id_{name}"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{name}_supersedes_id"),
    ]


def upgrade() -> None:
    op.create_table(
        "fact_change",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wall_at", UtcInstant(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fact_change"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_fact_change_person_id_person"),
        sa.UniqueConstraint("subject", "row_id", name="uq_fact_change_subject_row_id"),
    )
    op.create_index("ix_fact_change_person_id", "fact_change", ["person_id"])
    op.create_table(
        "commitment_change",
        *_fact("commitment_change"),
        sa.Column("programme_id", _ROW_ID, nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("from_line", sa.String(64), nullable=False),
        sa.Column("from_year", sa.String(7), nullable=True),
        sa.Column("to_line", sa.String(64), nullable=True),
        sa.Column("to_year", sa.String(7), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("over_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_commitment_change_programme_id_programme"),
    )
    for column in ("programme_id", "commitment", "recorded_at"):
        op.create_index(f"ix_commitment_change_{column}", "commitment_change", [column])
    op.create_table(
        "licence_note",
        *_fact("licence_note"),
        sa.Column("licence_id", _ROW_ID, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name="fk_licence_note_licence_id_licence"),
    )
    for column in ("licence_id", "recorded_at"):
        op.create_index(f"ix_licence_note_{column}", "licence_note", [column])
    with op.batch_alter_table("alert_event") as batch:
        batch.add_column(sa.Column("kind", sa.String(64), nullable=True))
    op.create_index("ix_assignment_recorded_at", "assignment", ["recorded_at"])


def downgrade() -> None:
    op.drop_index("ix_assignment_recorded_at", "assignment")
    with op.batch_alter_table("alert_event") as batch:
        batch.drop_column("kind")
    op.drop_table("licence_note")
    op.drop_table("commitment_change")
    op.drop_table("fact_change")
