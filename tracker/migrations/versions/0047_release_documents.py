"""Word files and PDFs of released packages, as they first left."""

import sqlalchemy as sa
from alembic import op

from tracker.record.instant_type import UtcInstant

revision = "0047"
down_revision = "0046"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FORM = sa.Enum("docx", "pdf", name="release_document_form", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "release_document",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("release_id", _ROW_ID, nullable=False),
        sa.Column("form", _FORM, nullable=False),
        sa.Column("recalled", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_document")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["match_release.id"], name=op.f("fk_release_document_release_id_match_release")
        ),
        sa.UniqueConstraint(
            "release_id", "form", "recalled", name=op.f("uq_release_document_release_id_form_recalled")
        ),
    )


def downgrade() -> None:
    op.drop_table("release_document")
