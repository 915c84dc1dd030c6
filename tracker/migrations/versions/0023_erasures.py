"""An erasure as work that is done in steps and finished once: what is left to do, the person's mark, when it was done.

Erasures on record that were done in all four places of then count as finished; of others what is left is taken from
the journal, which then still named the wearer.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0023"
down_revision = "0022"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_PLACES_THEN = 4


def upgrade() -> None:
    with op.batch_alter_table("erasure") as batch:
        batch.add_column(sa.Column("mark", sa.String(32), nullable=True))
        batch.add_column(sa.Column("left_to_do", _JSON, nullable=True))
        batch.add_column(sa.Column("finished_at", UtcInstant(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE erasure SET finished_at = recorded_at WHERE "
            "(SELECT count(DISTINCT place) FROM erasure_step WHERE erasure_id = erasure.id) >= :places"
        ).bindparams(places=_PLACES_THEN)
    )


def downgrade() -> None:
    with op.batch_alter_table("erasure") as batch:
        for column in ("finished_at", "left_to_do", "mark"):
            batch.drop_column(column)
