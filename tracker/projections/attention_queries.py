"""What speaks against licences: how many of each kind, and which. As known now from the projection, else from facts."""

from collections import Counter
from typing import Protocol

from sqlalchemy import Connection, select

from tracker.attention.queries import against_on
from tracker.licences.tables import Licence
from tracker.pieces import in_pieces
from tracker.projections.figure_queries import changed
from tracker.projections.queries import Instead, Part, listed
from tracker.projections.since_queries import Changed, counts_but
from tracker.projections.tables import What
from tracker.times import AsOf


class Pages(Protocol):
    """Which rows of a list; `limit` 0: all."""

    @property
    def limit(self) -> int: ...

    @property
    def offset(self) -> int: ...


def against_counts(connection: Connection, programme_id: int, as_of: AsOf) -> tuple[dict[str, int], dict[str, int]]:
    """How many licences there are of each kind, that are open and that are settled, at the end of a day."""
    others = changed(connection, programme_id, as_of)
    found = {What.AGAINST: Counter[str](), What.SETTLED: Counter[str]()}
    if others is not None:
        kept = counts_but(connection, programme_id, as_of.at, others, *found)
        found = {what: Counter(kept[what]) for what in found}
    for kind, is_settled, _ in _from_facts(connection, programme_id, as_of, others):
        found[What.SETTLED if is_settled else What.AGAINST][kind] += 1
    return dict(found[What.AGAINST]), dict(found[What.SETTLED])


def against_page(
    connection: Connection, programme_id: int, as_of: AsOf, kind: str, *, settled: bool, page: Pages
) -> tuple[list[int], int]:
    """Numbers of the licences of one kind, by reference, and how many there are."""
    others = changed(connection, programme_id, as_of)
    what = What.SETTLED if settled else What.AGAINST
    theirs = [
        number
        for held, is_settled, number in _from_facts(connection, programme_id, as_of, others)
        if (held, is_settled) == (kind, settled)
    ]
    if others is None:
        return theirs[page.offset : page.offset + page.limit] if page.limit else theirs[page.offset :], len(theirs)
    instead = Instead(others.licences, select(Licence.id, Licence.reference).where(Licence.id.in_(theirs)))
    ids = listed(connection, programme_id, what, kind, as_of.at, Part(page.limit, page.offset), instead)
    kept = counts_but(connection, programme_id, as_of.at, others, what)
    return ids, kept[what].get(kind, 0) + len(theirs)


def _from_facts(
    connection: Connection, programme_id: int, as_of: AsOf, of: Changed | None
) -> list[tuple[str, bool, int]]:
    """Of all licences, or of some."""
    by_reference = select(Licence.id).where(Licence.programme_id == programme_id).order_by(Licence.reference)
    if of is not None:
        by_reference = by_reference.where(Licence.id.in_(of.licences))
    if as_of.known_at is not None:
        by_reference = by_reference.where(Licence.recorded_at <= as_of.known_at)
    out = []
    for some in in_pieces(connection.scalars(by_reference).all()):
        held = against_on(connection, some, as_of)
        out += [(each.kind, each.settled is not None, number) for number in some for each in held.get(number, ())]
    return out
