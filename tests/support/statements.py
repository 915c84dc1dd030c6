"""What a part of a program asks of its database: each query, the rows it fetched, and how they are found."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from tracker.tables import Table

TABLES = frozenset(table.name for table in Table.metadata.sorted_tables)


@dataclass
class Asked:
    """The queries in order, each with its values; `rows` is how many rows all of them fetched."""

    queries: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0


class _Counting:
    """A cursor that counts the rows that are fetched from it."""

    def __init__(self, cursor: Any, asked: Asked) -> None:
        self._cursor, self._asked = cursor, asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        self._asked.rows += row is not None
        return row

    def fetchmany(self, *size: int) -> Any:
        rows = self._cursor.fetchmany(*size)
        self._asked.rows += len(rows)
        return rows

    def fetchall(self) -> Any:
        rows = self._cursor.fetchall()
        self._asked.rows += len(rows)
        return rows


@contextmanager
def asked() -> Iterator[Asked]:
    """Everything that any engine of this process is asked meanwhile."""
    out = Asked()

    def ran(_connection: Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and not many:
            out.queries.append((statement, values))
        context.cursor = _Counting(cursor, out)

    event.listen(Engine, "after_cursor_execute", ran)
    try:
        yield out
    finally:
        event.remove(Engine, "after_cursor_execute", ran)


def read_whole(connection: Connection, statement: str, values: Any) -> set[str]:
    """The tables that the database reads from end to end to answer a query: without an index, or along an index with no
    condition on it and no limit to end it."""
    if connection.dialect.name == "postgresql":
        # On few rows it would rather read and sort them all; what is asked here is whether it could do without.
        for way in ("seqscan", "mergejoin", "hashjoin"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        ((plan,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).all()
        return {name for name in _of_postgres(plan[0]["Plan"], limited=False) if name in TABLES}
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    limited = "LIMIT" in statement and not any("FOR ORDER BY" in row[3] for row in rows)
    found = (re.match(r"SCAN (\w+)( USING .*)?", row[3]) for row in rows)
    in_order = limited and "WHERE" not in statement
    scanned = {each[1] for each in found if each and not (in_order or (each[2] and limited))}
    return {name for alias in scanned if (name := _table_of(alias)) is not None}


def _table_of(alias: str) -> str | None:
    name = re.sub(r"_\d+$", "", alias)
    return alias if alias in TABLES else name if name in TABLES else None


def _of_postgres(plan: dict[str, Any], *, limited: bool) -> Iterator[str]:
    kind = plan["Node Type"]
    scans = kind == "Seq Scan" or (
        kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in plan and not limited
    )
    if scans:
        yield plan["Relation Name"]
    # A sort has to have every row before the first; a limit above it ends nothing.
    below = (limited or kind == "Limit") and kind not in ("Sort", "Aggregate", "Hash")
    for each in plan.get("Plans", ()):
        yield from _of_postgres(each, limited=below)
