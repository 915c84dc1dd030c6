"""Projections follow the facts: in the transaction that wrote them, by the functions that answer from facts.

`follow` is called by each entry before it commits; `rebuild` makes everything anew; `differences` says where
projections and facts differ, which they never should.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, insert, select

from tracker.eligibility.service import eligible_spans
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.projections.marks import Marked, marked
from tracker.projections.tables import EligibleSpan
from tracker.record.engine import reading
from tracker.record.locks import Lock, take

_PIECE = 500
"""People computed at once: few enough for the values that one statement may have."""

_MATCHES = "tracker.review.shown_service"
"""By name, because matches are above: which of them may be shown follows from `eligible_span`."""

Item = TypeVar("Item", int, str)
SpanRow = tuple[int, datetime, str, datetime | None]


def follow(connection: Connection, written: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Compute again what depends on the rows written, and put it in the place of what stood."""
    for people in _pieces(_people(connection, marked(written))):
        _replace(connection, people, computed(connection, people))


def rebuild(connection: Connection) -> None:
    """Make all projections anew; other entries wait."""
    take(connection, Lock.RECORD)
    connection.execute(delete(EligibleSpan))
    for people in _pieces(connection.scalars(_WITH_LICENCE).all()):
        _insert(connection, computed(connection, people))
    import_module(_MATCHES).rebuild(connection)


def differences(engine: Engine) -> list[str]:
    """Where projections and facts differ, by the person's number; nothing is changed."""
    out = []
    with reading(engine).connect() as connection:
        everyone = {*connection.scalars(_WITH_LICENCE), *connection.scalars(select(EligibleSpan.person_id).distinct())}
        for people in _pieces(everyone):
            stands, follows = stored(connection, people), computed(connection, people)
            out += [
                f"eligible_span of person {number} is not what the facts give: make it anew with tagpilot db rebuild"
                for number in sorted(_differing(stands, follows))
            ]
    return out


def computed(connection: Connection, people: Collection[int]) -> set[SpanRow]:
    """The rows of these people as the facts give them."""
    spans = eligible_spans(connection, people)
    numbers = dict(connection.execute(select(Person.wearer_ref, Person.id).where(Person.id.in_(people))).tuples().all())
    return {(numbers[wearer], s.since, wearer, s.until) for wearer, of_wearer in spans.items() for s in of_wearer}


def stored(connection: Connection, people: Collection[int]) -> set[SpanRow]:
    """The rows of these people as they stand."""
    query = select(EligibleSpan.person_id, EligibleSpan.since, EligibleSpan.wearer_ref, EligibleSpan.until)
    return set(connection.execute(query.where(EligibleSpan.person_id.in_(people))).tuples())


_WITH_LICENCE = select(Licence.person_id).distinct().order_by(Licence.person_id)


def _replace(connection: Connection, people: Sequence[int], follows: set[SpanRow]) -> None:
    stands = stored(connection, people)
    if differing := _differing(stands, follows):
        connection.execute(delete(EligibleSpan).where(EligibleSpan.person_id.in_(differing)))
        _insert(connection, {row for row in follows if row[0] in differing})
        import_module(_MATCHES).follow(connection, {row[2] for row in stands ^ follows})


def _differing(stands: set[SpanRow], follows: set[SpanRow]) -> set[int]:
    return {row[0] for row in stands ^ follows}


def _insert(connection: Connection, rows: set[SpanRow]) -> None:
    names = ("person_id", "since", "wearer_ref", "until")
    if rows:
        connection.execute(insert(EligibleSpan), [dict(zip(names, row, strict=True)) for row in sorted(rows)])


def _people(connection: Connection, found: Marked) -> set[int]:
    people = set(found.people)
    for some in _pieces(found.licences):
        people.update(connection.scalars(select(Licence.person_id).where(Licence.id.in_(some))))
    for wearers in _pieces(found.wearers):
        people.update(connection.scalars(select(Person.id).where(Person.wearer_ref.in_(wearers))))
    if found.programmes:
        people.update(connection.scalars(_WITH_LICENCE.where(Licence.programme_id.in_(found.programmes))))
    return people


def _pieces(items: Iterable[Item]) -> Iterator[list[Item]]:
    every = sorted(items)
    for start in range(0, len(every), _PIECE):
        yield every[start : start + _PIECE]
