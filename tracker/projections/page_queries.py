"""Pages of licences and tags: which are on a page comes from projections, what is shown of them from facts by number.

As known at a past instant a page of all licences is found by their references alone; one that depends on what the
screening answered then, and the stock of then, are counted from facts.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, func, select

from tracker.licences.tables import Licence
from tracker.pieces import in_pieces
from tracker.projections.figure_queries import kept
from tracker.projections.queries import counts, listed
from tracker.projections.tables import What
from tracker.screening.queries import Decided, decided
from tracker.tags.queries import TagNow, tags
from tracker.times import AsOf

Row = TypeVar("Row")


class Wanted(NamedTuple):
    """Which licences: whose screening answers so; those that passed and are not decided. `limit` 0: all."""

    answer: str | None
    undecided: bool
    limit: int
    offset: int


def decided_page(connection: Connection, programme_id: int, as_of: AsOf, wanted: Wanted) -> tuple[list[Decided], int]:
    """A page of the licences with their three decisions, by reference, and how many there are."""
    if kept(as_of):
        what, value = _filter(wanted)
        if what is None:
            return [], 0
        ids = listed(connection, programme_id, what, value, as_of.at, limit=wanted.limit, offset=wanted.offset)
        total = counts(connection, programme_id, as_of.at, what)[what].get(value, 0)
        return _decided(connection, programme_id, as_of, ids), total
    if wanted.answer is None and not wanted.undecided:
        mine = [Licence.programme_id == programme_id]
        if as_of.known_at is not None:
            mine.append(Licence.recorded_at <= as_of.known_at)
        total = connection.scalar(select(func.count()).select_from(Licence).where(*mine)) or 0
        by_reference = select(Licence.id).where(*mine).order_by(Licence.reference).offset(wanted.offset)
        ids = list(connection.scalars(by_reference.limit(wanted.limit) if wanted.limit else by_reference))
        return _decided(connection, programme_id, as_of, ids), total
    held = decided(connection, programme_id, as_of)
    if wanted.answer is not None:
        held = [each for each in held if _answer(each) == wanted.answer]
    if wanted.undecided:
        held = [each for each in held if _answer(each) == "passed" and each.proportionate is None]
    return _page(held, wanted.limit, wanted.offset), len(held)


def stock_page(
    connection: Connection, programme_id: int, as_of: AsOf, limit: int, offset: int
) -> tuple[list[TagNow], int]:
    """A page of the tags received by the end of the day, by device, and how many there are. `limit` 0: all."""
    if not kept(as_of):
        every = tags(connection, programme_id, as_of)
        return _page(every, limit, offset), len(every)
    ids = listed(connection, programme_id, What.TAG, "", as_of.at, limit=limit, offset=offset)
    total = counts(connection, programme_id, as_of.at, What.TAG)[What.TAG].get("", 0)
    return [tag for some in in_pieces(ids, _AT_ONCE) for tag in tags(connection, programme_id, as_of, some)], total


def _filter(wanted: Wanted) -> tuple[What | None, str]:
    if wanted.undecided:
        return (What.UNDECIDED if wanted.answer in (None, "passed") else None), ""
    return (What.LICENCE, "") if wanted.answer is None else (What.ANSWER, wanted.answer)


def _decided(connection: Connection, programme_id: int, as_of: AsOf, ids: Sequence[int]) -> list[Decided]:
    return [each for some in in_pieces(ids, _AT_ONCE) for each in decided(connection, programme_id, as_of, ids=some)]


_AT_ONCE = 2_000


def _answer(each: Decided) -> str | None:
    return None if each.screening is None else each.screening.answer.value


def _page(rows: Sequence[Row], limit: int, offset: int) -> list[Row]:
    return list(rows[offset:] if limit == 0 else rows[offset : offset + limit])
