"""Shared by every table: the metadata with its naming convention, and column types that behave alike on both
databases."""

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Enum, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from tracker.record.instant_type import UtcInstant

FILE = "file"
# SQLite gives row ids to INTEGER primary keys only.
RowId = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")
Instant = UtcInstant()


def Bytewise(length: int) -> String:
    """A text that both databases order by its bytes, whatever the language of a PostgreSQL is."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def checked(values: type[StrEnum], name: str) -> Enum:
    """An enum as a string column with a CHECK, which SQLite and PostgreSQL treat alike."""
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Table(DeclarativeBase):
    """Base of the tables. Constraints have names, without which a migration on SQLite cannot drop them.

    The audit has a digest of each row as it was entered or last changed (`row_digest`), unless the table says no.
    """

    no_digest: ClassVar[str] = ""
    """Why the audit has no digest of its rows: what holds them, or why a change of one changes no answer."""
    not_in_digest: ClassVar[frozenset[str]] = frozenset()
    """Columns that change outside of entries."""
    digest_with: ClassVar[str | None] = None
    """Its rows are in the digest of a row that this column refers to, or of all rows of an import (`FILE`)."""

    content_digest: ClassVar[str | None] = None
    """Of a part: the column that has the digest of the row with its own parts (`row_sums.content_of`), or null."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


JsonDict = dict[str, Any]
