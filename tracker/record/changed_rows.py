"""Which rows an entry enters, changes and deletes, seen statement by statement, so that no writer has to say so.

Rows that `Entry.add` enters are not among them, for they have an audit row with their digest; nor are those of a file,
which have one together.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BinaryExpression, BindParameter, Column, Connection, Delete, Insert, Update, event, func, select
from sqlalchemy import Table as Columns
from sqlalchemy.sql.operators import eq

from tracker.pieces import in_pieces
from tracker.record.base import FILE, Table

_CHUNK = 400


class ChangedRows:
    """The rows changed on one connection, by table: `ids` as they are in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[type[Table], set[Any]] = defaultdict(set)
        self._newest: dict[type[Table], int] = {}
        self._added: dict[type[Table], set[Any]] = defaultdict(set)
        self._gone: dict[type[Table], set[Any]] = defaultdict(set)
        self._apart = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What is executed in this block is seen."""
        event.listen(self._connection, "before_execute", self._see)
        try:
            yield
        finally:
            event.remove(self._connection, "before_execute", self._see)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is executed in this block has an audit row of its own, or changes nothing that a digest is over."""
        before, self._apart = self._apart, True
        try:
            yield
        finally:
            self._apart = before

    def entered(self, table: type[Table], row_id: Any) -> None:
        """A row has an audit row with its digest."""
        self._added[table].add(row_id)

    def changed(self, table: type[Table], row_id: Any) -> None:
        self._ids[table].add(row_id)

    def let_go(self, table: type[Table], row_id: Any) -> None:
        """A row, with its parts, counts no more: to the audit it is deleted, though it is deleted later."""
        self.changed(table, row_id)
        self._gone[table].add(row_id)

    def gone(self, table: type[Table]) -> set[Any]:
        return self._gone[table]

    def found(self) -> dict[type[Table], set[Any]]:
        """The rows, by table; those that were deleted too."""
        found = {table: set(ids) for table, ids in self._ids.items() if ids}
        with self.apart():
            for table, newest in self._newest.items():
                key = key_of(table)
                made = set(self._connection.scalars(select(key).where(key > newest))) - self._added[table]
                if made:
                    found.setdefault(table, set()).update(made)
        return found

    def _see(self, _: Connection, statement: Any, many: Any, one: Any, __: Any) -> None:
        if self._apart or not isinstance(statement, (Insert, Update, Delete)):
            return
        table = _mapped().get(statement.table)
        if table is None or table.no_digest or table.digest_with == FILE:
            return
        given: list[Mapping[str, Any]] = list(many) or [one or {}]
        with self.apart():
            if isinstance(statement, Insert):
                self._inserted(table, given)
            else:
                column = key_of(table) if table.digest_with is None else columns_of(table).c[table.digest_with]
                self._note(table, self._meant(statement, column, given))

    def _inserted(self, table: type[Table], given: list[Mapping[str, Any]]) -> None:
        key = key_of(table)
        if table.digest_with is not None:
            self._note(table, {each[table.digest_with] for each in given})
        elif all(key.key in each for each in given):
            self._ids[table].update(each[key.key] for each in given)
        elif table not in self._newest:
            # One writer at a time: whatever is above it at the end was entered by this entry.
            self._newest[table] = self._connection.scalar(select(func.max(key))) or 0

    def _meant(self, statement: Update | Delete, column: Column[Any], given: list[Mapping[str, Any]]) -> set[Any]:
        """The values of a column in the rows that the statement is about to change."""
        where = statement.whereclause
        if isinstance(where, BinaryExpression) and where.operator is eq and isinstance(where.right, BindParameter):
            named = where.right
            if where.left is column or getattr(where.left, "key", None) == column.key:
                return {each.get(named.key, named.effective_value) for each in given}
        query = select(column).distinct()
        if where is not None:
            query = query.where(where)
        return {value for each in given for value in self._connection.scalars(query, each)}

    def _note(self, table: type[Table], values: set[Any]) -> None:
        """Rows of `table`, or, of a part, what its rows refer to: the row whose digest they are in."""
        if table.digest_with is None:
            self._ids[table].update(values)
            return
        above = parent_of(table)
        if above.digest_with is None:
            self._ids[above].update(values)
            return
        key, wanted = key_of(above), sorted(values)
        for some in in_pieces(wanted, _CHUNK):
            up = select(columns_of(above).c[above.digest_with]).where(key.in_(some)).distinct()
            self._note(above, set(self._connection.scalars(up)))


def columns_of(table: type[Table]) -> Columns:
    columns = table.__table__
    assert isinstance(columns, Columns)
    return columns


def key_of(table: type[Table]) -> Column[Any]:
    """The primary key of a table whose rows have digests: one column."""
    (primary,) = columns_of(table).primary_key
    return primary


def parent_of(table: type[Table]) -> type[Table]:
    """The table in whose digests the rows of a part are."""
    assert table.digest_with is not None
    (reference,) = columns_of(table).c[table.digest_with].foreign_keys
    return _mapped()[reference.column.table]


def parts_of(table: type[Table]) -> list[type[Table]]:
    """The tables whose rows are in the digest of a row of this one."""
    parts = (each for each in _mapped().values() if each.digest_with not in (None, FILE))
    return sorted((each for each in parts if parent_of(each) is table), key=lambda each: each.__tablename__)


def _mapped() -> dict[Any, type[Table]]:
    mappers = Table.registry.mappers
    if len(_CLASSES) != len(mappers):
        _CLASSES.update({mapper.local_table: mapper.class_ for mapper in mappers})
    return _CLASSES


_CLASSES: dict[Any, type[Table]] = {}
