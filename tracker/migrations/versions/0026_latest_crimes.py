"""The latest version of each crime as one row, and how many there are of each force and type: for lists."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0026"
down_revision = "0025"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_SECONDS = {
    # The text without its fraction: of that SQLite would round to thousandths first.
    "sqlite": "CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER)",
    "postgresql": "floor(extract(epoch FROM {at}))::bigint",
}
_FILL = """
INSERT INTO latest_crime (crime_id, force, crime_ref, version, crime_type, t_from, t_to, window_s, x_mm, y_mm,
                          location_accuracy_mm)
SELECT v.crime_id, c.force, c.crime_ref, v.version, v.crime_type, v.t_from, v.t_to, {seconds}, v.x_mm, v.y_mm,
       v.location_accuracy_mm
FROM crime_version v JOIN crime c ON c.id = v.crime_id
WHERE v.version = (SELECT max(w.version) FROM crime_version w WHERE w.crime_id = v.crime_id)
"""
_COUNT = """
INSERT INTO crime_tally (force, crime_type, crimes)
SELECT force, crime_type, count(*) FROM latest_crime GROUP BY force, crime_type
"""


def upgrade() -> None:
    op.create_table(
        "latest_crime",
        sa.Column("crime_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("force", _TEXT, nullable=False),
        sa.Column("crime_ref", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("crime_type", _TEXT, nullable=False),
        sa.Column("t_from", UtcInstant(), nullable=False),
        sa.Column("t_to", UtcInstant(), nullable=False),
        sa.Column("window_s", sa.BigInteger(), nullable=False),
        sa.Column("x_mm", sa.Integer(), nullable=True),
        sa.Column("y_mm", sa.Integer(), nullable=True),
        sa.Column("location_accuracy_mm", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("crime_id", name="pk_latest_crime"),
        sa.ForeignKeyConstraint(["crime_id"], ["crime.id"], name="fk_latest_crime_crime_id_crime"),
        sa.UniqueConstraint("force", "crime_ref", name="uq_latest_crime_force_crime_ref"),
    )
    op.create_table(
        "crime_tally",
        sa.Column("force", _TEXT, nullable=False),
        sa.Column("crime_type", _TEXT, nullable=False),
        sa.Column("crimes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("force", "crime_type", name="pk_crime_tally"),
    )
    seconds = _SECONDS[op.get_bind().dialect.name]
    op.execute(_FILL.format(seconds=f"{seconds.format(at='v.t_to')} - {seconds.format(at='v.t_from')}"))
    op.execute(_COUNT)
    op.create_index("ix_latest_crime_time", "latest_crime", ["t_from", "force", "crime_ref"])
    op.create_index("ix_latest_crime_of_force", "latest_crime", ["force", "t_from", "crime_ref"])
    op.create_index("ix_latest_crime_of_type", "latest_crime", ["crime_type", "t_from", "force", "crime_ref"])
    op.create_index("ix_latest_crime_place", "latest_crime", ["x_mm", "y_mm"])
    op.create_index("ix_latest_crime_crime_ref", "latest_crime", ["crime_ref"])
    op.create_index("ix_latest_crime_window_s", "latest_crime", ["window_s"])


def downgrade() -> None:
    op.drop_table("crime_tally")
    op.drop_table("latest_crime")
