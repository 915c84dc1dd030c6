"""The column type of instants: UTC in the database, aware in Python, on both databases."""

from datetime import UTC, datetime

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcInstant(TypeDecorator[datetime]):
    """An aware datetime, read back in UTC. TypeError on writing one without a zone.

    `DateTime(timezone=True)` alone drops the offset on SQLite, which has no type for instants.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise TypeError(f"{value.isoformat()} has no zone; instants are stored in UTC")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        # PostgreSQL answers in the session's zone, whatever that is.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
