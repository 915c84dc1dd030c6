"""The statements that a reading asks the database: how many rows each gives, and which tables it goes through whole."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

Statement = tuple[str, Any]


def statements_of(engine: Engine, read: Callable[[], object]) -> list[Statement]:
    """The SELECTs that reading asks, with their values."""
    found: list[Statement] = []
    with _listening(engine, found):
        read()
    return [each for each in found if each[0].lstrip().upper().startswith(("SELECT", "WITH"))]


@contextmanager
def _listening(engine: Engine, found: list[Statement]) -> Iterator[None]:
    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


def rows_given(connection: Connection, statement: Statement) -> int:
    """How many rows it gives."""
    asked, values = statement
    # A column may come twice in it, under one name.
    return len(connection.exec_driver_sql(asked, values).all())


def whole_tables(connection: Connection, statement: Statement) -> set[tuple[str, str]]:
    """What the database reads from one end to the other for it, however small it is now: (table, index or none)."""
    asked, values = statement
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)
        steps = [str(row[3]).split() for row in plan]
        scans = [step for step in steps if step[0] == "SCAN" and step[1] != "CONSTANT" and not step[1].startswith("(")]
        return {(step[1], step[step.index("INDEX") + 1] if "INDEX" in step else "") for step in scans}
    # Of a small table PostgreSQL reads everything although an index would serve.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked}", values).scalar_one()
    return set(_scanned(plan if isinstance(plan, list) else json.loads(plan)))


def _scanned(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for each in node:
            yield from _scanned(each)
    elif isinstance(node, dict):
        kind = node.get("Node Type", "")
        if kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node):
            yield str(node["Relation Name"]), str(node.get("Index Name", ""))
        yield from _scanned([node.get("Plan"), node.get("Plans")])
