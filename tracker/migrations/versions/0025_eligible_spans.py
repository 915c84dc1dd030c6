"""When each wearer may be matched, kept beside the facts it follows from; the upgrade fills it from them."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0025"
down_revision = "0024"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "eligible_span",
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("since", UtcInstant(), nullable=False),
        sa.Column("wearer_ref", sa.String(200), nullable=False),
        sa.Column("until", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "since", name="pk_eligible_span"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_eligible_span_person_id_person"),
    )
    op.create_index("ix_eligible_span_wearer_ref_since", "eligible_span", ["wearer_ref", "since"])


def downgrade() -> None:
    op.drop_index("ix_eligible_span_wearer_ref_since", table_name="eligible_span")
    op.drop_table("eligible_span")
