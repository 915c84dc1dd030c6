"""SQL compiled once a process: SQLAlchemy keeps what it compiled by engine, and each test has an engine of its own."""

from typing import Any

from sqlalchemy import Connection, Engine, TextClause, event
from sqlalchemy.util import LRUCache

_MOST = 3_000
"""Statements that are kept, at most half as many again until the oldest go."""


class _Shared:
    """What SQLAlchemy asks by a statement and the dialect of its engine; here by the dialect's kind and version."""

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(_MOST)

    def get(self, key: Any) -> Any:
        return self._kept.get(_by_kind(key))

    def __setitem__(self, key: Any, compiled: Any) -> None:
        # With a text SQLAlchemy keeps the columns it gave, and `SELECT *` gives others in a home of an older version.
        if not isinstance(compiled.statement, TextClause):
            self._kept[_by_kind(key)] = compiled


def _by_kind(key: Any) -> Any:
    dialect, *rest = key
    return type(dialect), dialect.server_version_info, *rest


def share_compiled_sql() -> None:
    """From now on all engines of this process share what they compile."""
    shared = _Shared()

    def begin(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)

    event.listen(Engine, "engine_connect", begin)
