"""What speaks against licences: how many of each kind, and which. As known now from the projection, else from facts."""

from collections import Counter
from typing import Protocol

from sqlalchemy import Connection, select

from tracker.attention.queries import against_on
from tracker.licences.tables import Licence
from tracker.pieces import in_pieces
from tracker.projections.figure_queries import kept
from tracker.projections.queries import Part, counts, listed
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
    if kept(as_of):
        found = counts(connection, programme_id, as_of.at, What.AGAINST, What.SETTLED)
        return found[What.AGAINST], found[What.SETTLED]
    still, settled = Counter[str](), Counter[str]()
    for kind, is_settled, _ in _from_facts(connection, programme_id, as_of):
        (settled if is_settled else still)[kind] += 1
    return dict(still), dict(settled)


def against_page(
    connection: Connection, programme_id: int, as_of: AsOf, kind: str, *, settled: bool, page: Pages
) -> tuple[list[int], int]:
    """Numbers of the licences of one kind, by reference, and how many there are."""
    if kept(as_of):
        what = What.SETTLED if settled else What.AGAINST
        ids = listed(connection, programme_id, what, kind, as_of.at, Part(page.limit, page.offset))
        return ids, counts(connection, programme_id, as_of.at, what)[what].get(kind, 0)
    mine = [
        number
        for held, is_settled, number in _from_facts(connection, programme_id, as_of)
        if (held, is_settled) == (kind, settled)
    ]
    return mine[page.offset : page.offset + page.limit] if page.limit else mine[page.offset :], len(mine)


def _from_facts(connection: Connection, programme_id: int, as_of: AsOf) -> list[tuple[str, bool, int]]:
    by_reference = select(Licence.id).where(Licence.programme_id == programme_id).order_by(Licence.reference)
    if as_of.known_at is not None:
        by_reference = by_reference.where(Licence.recorded_at <= as_of.known_at)
    out = []
    for some in in_pieces(connection.scalars(by_reference).all()):
        held = against_on(connection, some, as_of)
        out += [(each.kind, each.settled is not None, number) for number in some for each in held.get(number, ())]
    return out
