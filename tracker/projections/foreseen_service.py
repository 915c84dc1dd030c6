"""The projections of people who come on record with an entry that was made before, computed before it too.

All that is on record of them will be its rows, the papers, and tags that they wore before anything else was known of
them. So these are put into a database in memory, and the same functions answer from it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from tracker.assignments.tables import Assignment
from tracker.pieces import in_pieces
from tracker.projections.marks import FOR_EVERYBODY, MARKED, NO_PROJECTION, PAPERS
from tracker.projections.service import Foreseen, Rows, foreseen_of, rows_of
from tracker.record.base import Table
from tracker.record.changed_rows import columns_of
from tracker.tags.tables import Tag

_PIECE = 500


def foresee(
    connection: Connection, people: Mapping[int, str], rows: Mapping[type[Table], list[dict[str, Any]]], at: datetime
) -> Foreseen:
    """Of these people (wearer reference by number), of whom `rows` will be all, but for when they are recorded."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as memory:
            papers = [each for each in _tables() if _is_of_papers(each.__tablename__)]
            followed = [each for each in _tables() if each.__tablename__ in MARKED]
            for table in {*papers, *followed, *rows}:
                memory.execute(CreateTable(columns_of(table)))
            for table in papers:
                _put(memory, table, connection.execute(select(columns_of(table))).mappings())
            for some in in_pieces(sorted(people.values())):
                worn = select(columns_of(Assignment)).where(Assignment.wearer_id.in_(some))
                _put(memory, Assignment, connection.execute(worn).mappings())
            devices = sorted(set(memory.scalars(select(columns_of(Assignment).c.device_id))))
            for some in in_pieces(devices):
                theirs = select(columns_of(Tag)).where(Tag.device_id.in_(some))
                _put(memory, Tag, connection.execute(theirs).mappings())
            for kind, made in rows.items():
                _put(memory, kind, ({"recorded_at": at, **row} for row in made))
            found = _together(memory, people)
    finally:
        engine.dispose()
    return foreseen_of(connection, people, found)


def _together(memory: Connection, people: Collection[int]) -> Rows:
    found = [rows_of(memory, some) for some in in_pieces(sorted(people), _PIECE)]
    return Rows({row for each in found for row in each.spans}, {row for each in found for row in each.states})


def _tables() -> list[type[Table]]:
    return [mapper.class_ for mapper in Table.registry.mappers]


def _is_of_papers(name: str) -> bool:
    return name in FOR_EVERYBODY or NO_PROJECTION.get(name) == PAPERS


def _put(memory: Connection, table: type[Table], rows: Iterable[Mapping[Any, Any]]) -> None:
    columns = columns_of(table)
    if every := [{name: row[name] for name in columns.c.keys()} for row in rows]:  # noqa: SIM118
        memory.execute(insert(columns), every)
