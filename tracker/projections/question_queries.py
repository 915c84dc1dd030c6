"""Lists that answer questions: which licences, found, filtered, counted and put in order by the database.

What holds of a licence or a wearer on a day is read from `DayState`; as known at a past instant from `Then`, by the
same query. What is shown besides comes from facts of the licences on the page.
"""

from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.util import find_tables

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.tables import Alert, Licence, LicenceTerms
from tracker.ogrs.queries import horizon_of
from tracker.people.tables import Address, Identity, Person
from tracker.projections.questions import Dated, Question, reach
from tracker.projections.tables import DayState, What
from tracker.projections.then_queries import Then
from tracker.record.as_known import known
from tracker.screening.queries import operation
from tracker.screening.tables import Proportionality
from tracker.times import AsOf, day_after

Order = Literal["licence", "since", "release", "end", "borough"]
_PAGE = 500
LONGEST = 100_000
"""Rows of a list that leaves as a file, at most."""


class Filters(NamedTuple):
    """What a list is narrowed to. `find`: a NOMIS number, CRN or PNC id whole, or part of a name."""

    state: str | None = None
    place: str | None = None
    answer: str | None = None
    borough: str | None = None
    since: date | None = None
    until: date | None = None
    days: int | None = None
    find: str | None = None


class ListedRow(NamedTuple):
    """A licence on a list. `since`, `until`: of what the list asks; the day after the last it holds."""

    licence_id: int
    person_id: int
    licence: str
    wearer: str
    state: str | None
    place: str | None
    place_since: date | None
    answer: str | None
    proportionate: bool | None
    borough: str | None
    release_on: date | None
    ends_on: date | None
    since: date | None
    until: date | None
    device: str | None


def listed_people(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    question: Question,
    filters: Filters,
    *,
    order: Order = "licence",
    descending: bool = False,
    limit: int,
    offset: int = 0,
) -> tuple[list[ListedRow], int]:
    """A page of those of whom the question's answer is yes at the end of a day, and how many there are."""
    held = _Asked(connection, programme_id, as_of, question, filters)
    total = connection.scalar(held.narrowed(select(func.count()), all_columns=False)) or 0
    since = held.driver.c.from_on
    by: dict[Order, Any] = {
        "licence": Licence.reference,
        "since": since,
        "release": LicenceTerms.planned_release_on,
        "end": LicenceTerms.ends_on,
        "borough": held.borough,
    }
    columns = held.columns()
    shown = held.narrowed(
        select(
            *(column.label(f"c{n}") for n, column in enumerate(columns)),
            by[order].label("by"), Licence.reference.label("reference"), since.label("begun"),
        )
    )  # fmt: skip
    if limit <= _PAGE and not held.by_facts:
        # First which licences are on the page, by what puts them in order alone; then what is shown of these.
        key = by[order].desc() if descending else by[order].asc()
        which = held.narrowed(select(Licence.id), key, all_columns=False)
        which = which.order_by(key.nulls_last(), Licence.reference, since)
        ids = list(connection.scalars(which.limit(limit + offset)))
        mine = ids[offset:]
        # Of a licence that is listed more than once, earlier pages have the first.
        before = sum(each in set(mine) for each in ids[:offset])
        shown, offset = shown.where(Licence.id.in_(mine)), before
    found = shown.cte("found")
    if held.by_facts:
        # Asked for in order, SQLite would go through what held then once for each row.
        found = found.prefix_with("MATERIALIZED")
    c = found.c
    first = c.by.desc() if descending else c.by.asc()
    query = select(*(c[f"c{n}"] for n in range(len(columns)))).order_by(first.nulls_last(), c.reference, c.begun)
    rows = connection.execute(query.limit(limit).offset(offset))
    return [_row(row) for row in rows], total


def _row(row: Any) -> ListedRow:
    found = ListedRow(*row)
    return found._replace(since=_day(row[12]), until=_day(row[13]), place_since=_day(row[6]))


def _day(day: date | None) -> date | None:
    return None if day in (date.min, date.max) else day


_RUNNING = ("on licence",)
_NOT_RUNNING = ("recalled", "in custody", "ended")
_DRIVERS: dict[str, tuple[What, tuple[str, ...]]] = {
    "everyone": (What.LICENCE, ("",)),
    "may-be-tagged": (What.ANSWER, ("passed",)),
    "places-held": (What.PLACE, ("reserved", "imposed")),
    "reservations-past-release": (What.PLACE, ("reserved",)),
    "imposed-without-tag": (What.PLACE, ("imposed",)),
    "licences-ending": (What.STATE, ("on licence", "recalled", "in custody")),
    "score-fell": (What.GATE, ("1", "2")),
    "without-score": (What.STATE, _RUNNING),
    "tag-with-failed-criterion": (What.WORN, ("",)),
    "tag-not-running": (What.WORN, ("",)),
    "undecided": (What.UNDECIDED, ("",)),
    "not-known": (What.ANSWER, ("not known",)),
    "alerts-waiting": (What.WAITING, ("",)),
}
"""What a row of `DayState` has to say for its licence to be on the list."""
_OF_WEARERS = (What.WORN, What.GATE)


class _Asked:
    """A question on a day: its conditions, and the columns that are shown."""

    def __init__(
        self, connection: Connection, programme_id: int, as_of: AsOf, question: Question, filters: Filters
    ) -> None:
        self._programme_id, self._question, self._filters = programme_id, question, filters
        self._on, self._known_at = as_of.at, as_of.known_at
        self._what, self._values = _DRIVERS[question.key]
        self._then: Then | None = None
        if as_of.known_at is not None:
            then = Then(connection, programme_id, as_of, alerts=self._what is What.WAITING)
            self._then = None if then.as_now else then
        self._tables: dict[What, CTE] = {}
        self.driver = self._held(self._what)
        self.state, self.place, self.answer = map(self._held, (What.STATE, What.PLACE, What.ANSWER))
        if self._what is What.GATE:
            self._values = (str(horizon_of(connection, programme_id, as_of)),)
        self._last_to_impose = operation(connection, programme_id, as_of).last
        self.borough = self._borough()

    def _held(self, what: What) -> Any:
        """The columns of the rows that say what holds, as known now or at the instant."""
        if self._then is None:
            return DayState.__table__.alias()
        if what not in self._tables:
            self._tables[what] = self._then.table(what)
        return self._tables[what].alias()

    @property
    def by_facts(self) -> bool:
        """Whether any of it comes from the facts of then."""
        return self._then is not None

    def columns(self) -> tuple[Any, ...]:
        return (
            Licence.id,
            Licence.person_id,
            Licence.reference,
            Person.wearer_ref,
            self.state.c.value,
            self.place.c.value,
            self.place.c.from_on,
            self.answer.c.value,
            self._proportionate(),
            self.borough,
            LicenceTerms.planned_release_on,
            LicenceTerms.ends_on,
            self.driver.c.from_on,
            self.driver.c.until_on,
            self._device(),
        )

    def narrowed(self, query: Select[Any], *order: Any, all_columns: bool = True) -> Select[Any]:
        """The query with the tables that the question and its filters are about, and their conditions. Without
        `all_columns` no table is joined that neither narrows it nor puts it in `order`: each has one row of a licence
        at most."""
        driver = self.driver
        conditions = [*self._driven(), *self._of_question(), *self._of_filters()]
        asked = {
            table
            for each in (*conditions, *order)
            for table in find_tables(each, check_columns=True, include_aliases=True)
        }
        query = query.select_from(driver)
        if self._what in _OF_WEARERS:
            query = query.join(Licence, Licence.id == self._last_licence(driver.c.subject_id))
        elif self._what is What.WAITING:
            query = query.join(Alert, Alert.id == driver.c.subject_id).join(Licence, Licence.id == Alert.licence_id)
        else:
            query = query.join(Licence, Licence.id == driver.c.subject_id)
        query = query.join(Person, Person.id == Licence.person_id)
        if all_columns or LicenceTerms.__table__ in asked:
            query = query.outerjoin(
                LicenceTerms, (LicenceTerms.licence_id == Licence.id) & known(LicenceTerms, self._known_at)
            )
        for kept, what in ((self.state, What.STATE), (self.place, What.PLACE), (self.answer, What.ANSWER)):
            if all_columns or kept in asked:
                query = query.outerjoin(kept, self._holds_of(kept, what, Licence.id))
        return query.where(*conditions)

    def _driven(self) -> list[ColumnElement[bool]]:
        driver = self.driver
        mine = [*self._kind(driver, self._what), driver.c.value.in_(self._values)]
        if self._question.key == "score-fell":
            # What held once and holds no more.
            return [*mine, driver.c.until_on <= self._on]
        return [*mine, driver.c.from_on <= self._on, driver.c.until_on > self._on]

    def _of_question(self) -> list[ColumnElement[bool]]:
        running = self.state.c.value.in_(("not released yet", "on licence"))
        match self._question.key:
            case "may-be-tagged":
                out = [self._proportionate().is_(True), running, ~self._wears()]
                if self._last_to_impose is not None and self._on > self._last_to_impose:
                    out.append(self.place.c.value == "imposed")
                return out
            case "reservations-past-release":
                return [LicenceTerms.planned_release_on < self._on]
            case "imposed-without-tag":
                return [self.state.c.value.in_(_RUNNING), ~self._wears()]
            case "score-fell":
                return [~self._any(What.GATE, Licence.person_id, self._values[0])]
            case "without-score":
                return [~self._any(What.SCORED, Licence.person_id)]
            case "tag-with-failed-criterion":
                return [self.answer.c.value == "failed"]
            case "tag-not-running":
                return [self.state.c.value.in_(_NOT_RUNNING)]
            case "undecided" | "not-known":
                return [self.state.c.value == "not released yet"]
            case _:
                return []

    def _of_filters(self) -> list[ColumnElement[bool]]:
        given = self._filters
        out: list[ColumnElement[bool]] = []
        for column, value in ((self.state.c.value, given.state), (self.answer.c.value, given.answer)):
            if value is not None:
                out.append(column == value)
        if given.place is not None:
            out.append(self.place.c.value.is_(None) if given.place == "no place" else self.place.c.value == given.place)
        if given.borough is not None:
            out.append(self.borough == given.borough)
        dated: dict[Dated, Any] = {
            Dated.RELEASE: LicenceTerms.planned_release_on,
            Dated.END: LicenceTerms.ends_on,
            Dated.SINCE: self.driver.c.from_on,
            Dated.UNTIL: self.driver.c.until_on,
        }
        since, until = reach(self._question, self._on, given.since, given.until, given.days)
        on = dated[self._question.dated]
        out += [] if since is None else [on >= since]
        out += [] if until is None else [on <= until]
        if given.find is not None:
            out.append(self._found(given.find))
        return out

    def _found(self, text: str) -> ColumnElement[bool]:
        number = text.strip().upper()
        named = or_(
            func.lower(Identity.name).contains(text.strip().lower(), autoescape=True),
            Identity.name.contains(text.strip(), autoescape=True),
        )
        numbered = or_(Identity.nomis_id == number, Identity.crn == number, Identity.pnc_id == number)
        return exists().where(
            Identity.person_id == Licence.person_id, known(Identity, self._known_at), or_(numbered, named)
        )

    def _holds_of(self, kept: Any, what: What, subject: Any, value: str | None = None) -> ColumnElement[bool]:
        days = kept.c.from_on <= self._on, kept.c.until_on > self._on
        conditions = and_(kept.c.subject_id == subject, *days, *self._kind(kept, what, joined=True))
        return conditions if value is None else conditions & (kept.c.value == value)

    def _kind(self, kept: Any, what: What, *, joined: bool = False) -> tuple[ColumnElement[bool], ...]:
        """The conditions for rows of this kind and programme; those of `Then` are of one kind and programme."""
        if self._then is not None:
            return ()
        # Not joined by the index of whole lists, which begins with the programme: SQLite would go through a list of
        # everybody for each of everybody.
        programme = kept.c.programme_id + 0 if joined else kept.c.programme_id
        return kept.c.what == what, programme == self._programme_id

    def _any(self, what: What, subject: Any, value: str | None = None) -> ColumnElement[bool]:
        kept = self._held(what)
        return exists().where(self._holds_of(kept, what, subject, value))

    def _wears(self) -> ColumnElement[bool]:
        return self._any(What.WORN, Licence.person_id)

    def _last_licence(self, person_id: Any) -> ColumnElement[int]:
        other = aliased(Licence)
        # By the person, and not by the index of a whole programme.
        mine = [other.person_id == person_id, other.programme_id + 0 == self._programme_id]
        if self._known_at is not None:
            mine.append(other.recorded_at <= self._known_at)
        return select(func.max(other.id)).where(*mine).correlate(self.driver).scalar_subquery()

    def _borough(self) -> ColumnElement[str]:
        """Where the person lives on the day, or on the planned day of a release that is still to come."""
        by = case(
            (LicenceTerms.planned_release_on > self._on, LicenceTerms.planned_release_on), else_=literal(self._on)
        )
        return (
            select(func.coalesce(Address.borough_found, Address.borough_stated))
            .where(Address.person_id == Licence.person_id, known(Address, self._known_at), Address.from_on <= by)
            .order_by(Address.from_on.desc(), Address.id.desc())
            .limit(1)
            .correlate(Licence, LicenceTerms)
            .scalar_subquery()
        )

    def _proportionate(self) -> ColumnElement[bool]:
        mine = Proportionality.licence_id == Licence.id, Proportionality.decided_on <= self._on
        return (
            select(Proportionality.proportionate)
            .where(*mine, known(Proportionality, self._known_at))
            .order_by(Proportionality.decided_on.desc(), Proportionality.id.desc())
            .limit(1)
            .correlate(Licence)
            .scalar_subquery()
        )

    def _device(self) -> ColumnElement[str]:
        over = day_after(self._on)
        on = or_(Assignment.removed_at.is_(None), Assignment.removed_at >= over)
        mine = Assignment.wearer_id == Person.wearer_ref, Assignment.fitted_at < over, on
        return (
            select(func.min(Assignment.device_id))
            .where(*mine, *counting(self._known_at))
            .correlate(Person)
            .scalar_subquery()
        )
