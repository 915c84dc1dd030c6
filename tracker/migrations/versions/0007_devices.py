"""Tags, fittings, custody, the licence ladder."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from tracker.record.instant_type import UtcInstant

revision = "0007"
down_revision = "0006"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BY_HAND = "0" * 64
_ASSIGNMENT = sa.table("assignment", sa.column("recorded_at", UtcInstant()))
_IMPORT_FILE = sa.table(
    "import_file",
    *(sa.column(name) for name in ("kind", "name", "sha256", "options_sha256", "status")),
    *(sa.column(name) for name in ("rows", "kept", "same", "rejected")),
    *(sa.column(name, sa.JSON().with_variant(JSONB(), "postgresql")) for name in ("options", "report")),
    sa.column("recorded_at", UtcInstant()),
)
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


def _entity(table: str, *columns: SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ROW_ID, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _of(table: str, other: str) -> tuple[SchemaItem, SchemaItem]:
    return (
        sa.Column(f"{other}_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id_{other}"),
    )


def upgrade() -> None:
    _entity(
        "tag",
        *_of("tag", "programme"),
        sa.Column("device_id", sa.String(200), nullable=False),
        sa.Column("contract", sa.String(64), nullable=True),
        sa.UniqueConstraint("device_id", name="uq_tag_device_id"),
    )
    op.create_index("ix_tag_programme_id", "tag", ["programme_id"])
    _fact(
        "tag_event",
        *_of("tag_event", "tag"),
        sa.Column(
            "move",
            _enum(
                "tag_move",
                "received",
                "reserved",
                "released from its reservation",
                "fitted",
                "reported faulty",
                "repaired",
                "removed",
                "reported lost",
                "found",
                "returned to the supplier",
            ),
            nullable=False,
        ),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("licence_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name="fk_tag_event_licence_id_licence"),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_tag_event_tag_id", "tag_event", ["tag_id"])
    op.create_index("ix_tag_event_licence_id", "tag_event", ["licence_id"])
    _fact(
        "tag_price",
        *_of("tag_price", "programme"),
        sa.Column("contract", sa.String(64), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )
    op.create_index("ix_tag_price_programme_id", "tag_price", ["programme_id"])
    _fact(
        "licence_event",
        *_of("licence_event", "licence"),
        sa.Column(
            "move",
            _enum("licence_move", "released", "recalled", "returned to custody", "released again", "ended"),
            nullable=False,
        ),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("recall_type", _enum("recall_type", "standard", "fixed term", "emergency"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_licence_event_licence_id", "licence_event", ["licence_id"])
    _fact(
        "custody",
        *_of("custody", "licence"),
        sa.Column("from_at", UtcInstant(), nullable=False),
        sa.Column("to_at", UtcInstant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_custody_licence_id", "custody", ["licence_id"])
    _entity(
        "alert",
        *_of("alert", "licence"),
        sa.Column("kind", sa.String(64), nullable=False),
    )
    op.create_index("ix_alert_licence_id", "alert", ["licence_id"])
    _fact(
        "alert_event",
        *_of("alert_event", "alert"),
        sa.Column(
            "move",
            _enum(
                "alert_move",
                "raised",
                "verified",
                "found false",
                "no action",
                "warned",
                "called to a meeting",
                "varied",
                "answered by recall",
            ),
            nullable=False,
        ),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_alert_event_alert_id", "alert_event", ["alert_id"])

    # A fitting may be entered by hand, without a file.
    with op.batch_alter_table("assignment") as batch:
        batch.alter_column("file_id", existing_type=_ROW_ID, nullable=True)
        batch.alter_column("row", existing_type=sa.Integer(), nullable=True)
    _back_by_hand()


def _back_by_hand() -> None:
    """What an earlier downgrade gave a file has none again."""
    by_hand = f"(SELECT id FROM import_file WHERE sha256 = '{_BY_HAND}')"
    op.execute(f"UPDATE assignment SET file_id = NULL, row = NULL WHERE file_id IN {by_hand}")
    op.execute(f"DELETE FROM import_file WHERE sha256 = '{_BY_HAND}'")


def downgrade() -> None:
    # The older table wants a file and a row of every assignment: those by hand come from one that never was.
    connection = op.get_bind()
    by_hand = connection.scalar(sa.text("SELECT count(*) FROM assignment WHERE file_id IS NULL"))
    if by_hand:
        first = connection.scalar(sa.select(sa.func.min(_ASSIGNMENT.c.recorded_at)))
        values = {"kind": "assignments", "name": "entered by hand", "sha256": _BY_HAND, "options_sha256": _BY_HAND}
        counts = {"rows": by_hand, "kept": by_hand, "same": 0, "rejected": 0}
        told = {"options": {}, "report": {}, "recorded_at": first, "status": "successful"}
        connection.execute(sa.insert(_IMPORT_FILE).values(**values, **counts, **told))
    op.execute(
        f"UPDATE assignment SET row = id, file_id = (SELECT id FROM import_file WHERE sha256 = '{_BY_HAND}') "
        "WHERE file_id IS NULL"
    )
    with op.batch_alter_table("assignment") as batch:
        batch.alter_column("row", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("file_id", existing_type=_ROW_ID, nullable=False)
    for table in (
        "alert_event",
        "alert",
        "custody",
        "licence_event",
        "tag_price",
        "tag_event",
        "tag",
    ):
        op.drop_table(table)
