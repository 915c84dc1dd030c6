"""Pages of licences and tags: which are on a page comes from projections, what is shown of them from facts by number.

As known at a past instant the database looks through the references in order, and asks the facts of each whether it is
one of those wanted; what is shown comes from facts by number as well.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from tracker.answers import Answer
from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.states import EndReason, LicenceMove
from tracker.licences.tables import Licence, LicenceEvent, LicenceTerms
from tracker.pieces import in_pieces
from tracker.projections.figure_queries import changed
from tracker.projections.queries import Instead, Part, listed
from tracker.projections.since_queries import counts_but
from tracker.projections.tables import What
from tracker.record.as_known import known
from tracker.screening.queries import Decided, decided
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.queries import TagNow, tags
from tracker.tags.states import TagMove, TagState
from tracker.tags.tables import Tag, TagEvent
from tracker.times import AsOf, day_after


class Wanted(NamedTuple):
    """Which licences: whose screening answers so; those that passed and are not decided; which part of them."""

    answer: str | None
    undecided: bool
    part: Part


def decided_page(connection: Connection, programme_id: int, as_of: AsOf, wanted: Wanted) -> tuple[list[Decided], int]:
    """A page of the licences with their three decisions, by reference, and how many there are."""
    what, value = _filter(wanted)
    if what is None:
        return [], 0
    fits = (Licence.programme_id == programme_id, *_as_known(as_of, what, value))
    others = changed(connection, programme_id, as_of)
    if others is not None:
        fits = (*fits, Licence.id.in_(others.licences))
        instead = Instead(others.licences, select(Licence.id, Licence.reference).where(*fits))
        ids = listed(connection, programme_id, what, value, as_of.at, wanted.part, instead)
        total = counts_but(connection, programme_id, as_of.at, others, what)[what].get(value, 0)
        total += _number_of(connection, Licence, fits) if others.licences else 0
    else:
        ids = list(connection.scalars(wanted.part.of(select(Licence.id).where(*fits), Licence.reference)))
        total = _number_of(connection, Licence, fits)
    found = [each for some in in_pieces(ids, _AT_ONCE) for each in decided(connection, programme_id, as_of, ids=some)]
    return found, total


def licence_page(connection: Connection, programme_id: int, as_of: AsOf, part: Part) -> tuple[Sequence[int], int]:
    """The numbers of the licences on a page, by reference, and how many there are."""
    fits = (Licence.programme_id == programme_id, *_on_record(as_of.known_at))
    others = changed(connection, programme_id, as_of)
    if others is not None:
        fits = (*fits, Licence.id.in_(others.licences))
        instead = Instead(others.licences, select(Licence.id, Licence.reference).where(*fits))
        kept = counts_but(connection, programme_id, as_of.at, others, What.LICENCE)[What.LICENCE].get("", 0)
        ids = listed(connection, programme_id, What.LICENCE, "", as_of.at, part, instead)
        return ids, kept + (_number_of(connection, Licence, fits) if others.licences else 0)
    ids = list(connection.scalars(part.of(select(Licence.id).where(*fits), Licence.reference)))
    return ids, _number_of(connection, Licence, fits)


def _number_of(connection: Connection, table: type[Licence | Tag], fits: tuple[ColumnElement[bool], ...]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*fits)) or 0


def stock_page(
    connection: Connection, programme_id: int, as_of: AsOf, part: Part, state: TagState | None = None
) -> tuple[list[TagNow], int]:
    """A page of the tags received by the end of the day, by device, and how many there are; in one state alone."""
    if state is not None:
        return _in_state(connection, programme_id, as_of, part, state)
    fits: tuple[ColumnElement[bool], ...] = (Tag.programme_id == programme_id, _moved(as_of))
    others = changed(connection, programme_id, as_of)
    if others is not None:
        fits = (*fits, Tag.id.in_(others.tags))
        instead = Instead(others.tags, select(Tag.id, Tag.device_id).where(*fits))
        ids = listed(connection, programme_id, What.TAG, "", as_of.at, part, instead)
        total = counts_but(connection, programme_id, as_of.at, others, What.TAG)[What.TAG].get("", 0)
        total += _number_of(connection, Tag, fits) if others.tags else 0
    else:
        ids = list(connection.scalars(part.of(select(Tag.id).where(*fits), Tag.device_id)))
        total = _number_of(connection, Tag, fits)
    return [tag for some in in_pieces(ids, _AT_ONCE) for tag in tags(connection, programme_id, as_of, some)], total


def tag_named(connection: Connection, programme_id: int, as_of: AsOf, device_id: str) -> list[TagNow]:
    """The tag of that device, if the programme had received it by the end of the day."""
    ids = connection.scalars(select(Tag.id).where(Tag.programme_id == programme_id, Tag.device_id == device_id)).all()
    return tags(connection, programme_id, as_of, ids) if ids else []


def stock_counts(connection: Connection, programme_id: int, as_of: AsOf) -> dict[str, int]:
    """How many tags are in each state at the end of the day, in the order of the states."""
    others = changed(connection, programme_id, as_of)
    if others is None:
        found = Counter(tag.state.value for tag in tags(connection, programme_id, as_of))
    else:
        found = Counter(counts_but(connection, programme_id, as_of.at, others, What.STOCK)[What.STOCK])
        found.update(tag.state.value for tag in _changed_tags(connection, programme_id, as_of, others.tags))
    return {state.value: found[state.value] for state in TagState if found[state.value]}


def _in_state(
    connection: Connection, programme_id: int, as_of: AsOf, part: Part, state: TagState
) -> tuple[list[TagNow], int]:
    others = changed(connection, programme_id, as_of)
    if others is None:
        every = [tag for tag in tags(connection, programme_id, as_of) if tag.state is state]
        behind = [tag for tag in every if part.after is None or tag.device_id > part.after][part.offset :]
        return behind[: part.limit] if part.limit else behind, len(every)
    mine = [tag.tag_id for tag in _changed_tags(connection, programme_id, as_of, others.tags) if tag.state is state]
    instead = Instead(others.tags, select(Tag.id, Tag.device_id).where(Tag.id.in_(mine)))
    ids = listed(connection, programme_id, What.STOCK, state.value, as_of.at, part, instead)
    kept = counts_but(connection, programme_id, as_of.at, others, What.STOCK)[What.STOCK].get(state.value, 0)
    shown = [tag for some in in_pieces(ids, _AT_ONCE) for tag in tags(connection, programme_id, as_of, some)]
    return shown, kept + len(mine)


def _changed_tags(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int]) -> list[TagNow]:
    return tags(connection, programme_id, as_of, ids) if ids else []


_AT_ONCE = 2_000


def _filter(wanted: Wanted) -> tuple[What | None, str]:
    if wanted.undecided:
        return (What.UNDECIDED if wanted.answer in (None, "passed") else None), ""
    return (What.LICENCE, "") if wanted.answer is None else (What.ANSWER, wanted.answer)


def _as_known(as_of: AsOf, what: What, value: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions for a licence of which that holds as known at a past instant, by the facts of then."""
    if what is What.LICENCE:
        return _on_record(as_of.known_at)
    last = (
        select(Screening.answer)
        .where(Screening.licence_id == Licence.id, known(Screening, as_of.known_at), Screening.screened_on <= as_of.at)
        .order_by(Screening.screened_on.desc(), Screening.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = "passed" if what is What.UNDECIDED else value
    over = _ended(as_of)
    # A licence that has ended is eligible for nothing, whatever was found before.
    if wanted == Answer.FAILED.value:
        answers = last.is_not(None) & ((last == wanted) | over)
    else:
        answers = (last == wanted) & ~over
    if what is What.ANSWER:
        return *_on_record(as_of.known_at), answers
    by_probation = select(Proportionality.id).where(
        Proportionality.licence_id == Licence.id,
        known(Proportionality, as_of.known_at),
        Proportionality.decided_on <= as_of.at,
    )
    return *_on_record(as_of.known_at), answers, _first(by_probation).is_(None)


def _ended(as_of: AsOf) -> ColumnElement[bool]:
    """The condition for a licence that has ended by the end of the day: by a move, by its last day, by a death."""
    until = day_after(as_of.at)
    last_move = (
        select(LicenceEvent.move)
        .where(LicenceEvent.licence_id == Licence.id, known(LicenceEvent, as_of.known_at), LicenceEvent.at < until)
        .order_by(LicenceEvent.at.desc(), LicenceEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ends_on = (
        select(LicenceTerms.ends_on)
        .where(LicenceTerms.licence_id == Licence.id, known(LicenceTerms, as_of.known_at))
        .limit(1)
        .scalar_subquery()
    )
    other, died = aliased(Licence), aliased(LicenceEvent)
    dead = (
        select(died.id)
        .join(other, other.id == died.licence_id)
        .where(
            other.person_id == Licence.person_id,
            known(died, as_of.known_at),
            died.end_reason == EndReason.DIED,
            died.at < until,
        )
    )
    runs = last_move.in_((LicenceMove.RELEASE, LicenceMove.RE_RELEASE))
    over = (last_move == LicenceMove.END, 1), (runs & (ends_on <= as_of.at), 1), (_first(dead).is_not(None), 1)
    return case(*over, else_=0) == 1


def _on_record(known_at: datetime | None) -> tuple[ColumnElement[bool], ...]:
    return () if known_at is None else (Licence.recorded_at <= known_at,)


def _moved(as_of: AsOf) -> ColumnElement[bool]:
    """The condition for a tag with a move by the end of the day; a fitting and a removal are moves by an assignment."""
    until = day_after(as_of.at)
    entered = select(TagEvent.id).where(
        TagEvent.tag_id == Tag.id,
        known(TagEvent, as_of.known_at),
        TagEvent.at < until,
        TagEvent.move.not_in((TagMove.FIT, TagMove.REMOVE)),
    )
    worn = select(Assignment.id).where(
        Assignment.device_id == Tag.device_id, *counting(as_of.known_at), Assignment.fitted_at < until
    )
    return or_(_first(entered).is_not(None), _first(worn).is_not(None))


def _first(rows: Select[tuple[int]]) -> ScalarSelect[int]:
    """Asked of each row that is looked at: PostgreSQL would read a table whole for EXISTS, to ask it of all at once."""
    return rows.limit(1).scalar_subquery()
