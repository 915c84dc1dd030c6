"""Many rows of one table at once: values are turned into what the driver takes before the lock is held, and go to the
driver as they are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import Dialect

from tracker.record.base import Table
from tracker.record.changed_rows import columns_of


class BulkInsert:
    """Rows of these columns of a table, as tuples in their order."""

    def __init__(self, dialect: Dialect, table: type[Table], names: Sequence[str]) -> None:
        columns = columns_of(table).c
        types = [columns[name].type.dialect_impl(dialect) for name in names]
        self._processors = [each.bind_processor(dialect) for each in types]
        quoted = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        mark = "%s" if dialect.name == "postgresql" else "?"
        self._statement = f"INSERT INTO {table.__tablename__} ({quoted}) VALUES ({', '.join([mark] * len(names))})"

    def taken(self, *values: Any) -> tuple[Any, ...]:
        """Values, in the order of the columns, as the driver takes them."""
        return tuple(
            value if made is None else made(value) for made, value in zip(self._processors, values, strict=True)
        )

    def write(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            connection.exec_driver_sql(self._statement, rows)


def reserved_numbers(connection: Connection, table: type[Table], many: int) -> list[int]:
    """The next numbers of rows, rising. On SQLite nobody else may write meanwhile; on PostgreSQL they are reserved at
    once and for good, and those that are not used are left out."""
    primary = inspect(table).primary_key[0]
    if connection.dialect.name == "postgresql":
        of = {"name": table.__tablename__, "column": primary.name, "many": many}
        return sorted(connection.scalars(_RESERVED, of))
    last = connection.scalar(select(func.max(primary))) or 0
    return list(range(last + 1, last + many + 1))


_RESERVED = text("SELECT nextval(pg_get_serial_sequence(:name, :column)) FROM generate_series(1, :many)")
