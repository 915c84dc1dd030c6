"""Entries of one kind as a list, and one entry with everything that became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, DateTime, RowMapping, Select, and_, false, func, or_, select, true
from sqlalchemy import Table as Columns

from tracker.corrections.kinds import Kind, Scope
from tracker.errors import NotFound
from tracker.licences.tables import Alert, Licence
from tracker.people.tables import Person
from tracker.record.audit.tables import AuditEntry
from tracker.record.changed_rows import columns_of
from tracker.record.fact import FactChange
from tracker.retention.tables import SubjectAccess
from tracker.tags.tables import Tag
from tracker.times import london_midnight

STANDS, CORRECTED, TAKEN_BACK = "stands", "corrected", "taken back"


class Wanted(NamedTuple):
    """Which entries of a kind: of one licence, wearer or device (`of`), true from or until a day, entered by somebody,
    those that count no more too (`all_of_them`), as known at an instant; `limit` of them, the newest first, before
    the entry with number `before`."""

    of: str | None = None
    since: date | None = None
    until: date | None = None
    by: str | None = None
    all_of_them: bool = False
    known_at: datetime | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry. `values`: by column; `of`: its licence, wearer or device, if it has one. `changed_*`: when and by whom
    it was corrected or taken back, and why; `replaces`, `replaced_by`: the numbers of the entries before and after."""

    number: int
    values: Mapping[str, Any]
    of: str | None
    person_id: int | None
    programme_id: int | None
    state: str
    recorded_at: datetime
    recorded_by: str | None
    wall_at: datetime | None
    changed_at: datetime | None
    changed_by: str | None
    changed_wall_at: datetime | None
    reason: str | None
    replaces: int | None
    replaced_by: int | None


def entries(connection: Connection, kind: Kind, programme_id: int | None, wanted: Wanted) -> list[Recorded]:
    """The newest entries of a kind, by number."""
    table = columns_of(kind.table)
    query = _of_programme(kind, programme_id)
    if wanted.of is not None:
        query = query.where(_is_of(kind, wanted.of))
    if wanted.by is not None and "recorded_by" in table.c:
        query = query.where(table.c.recorded_by == wanted.by)
    if wanted.before is not None:
        query = query.where(table.c.id < wanted.before)
    when = table.c[kind.when]
    instants = isinstance(when.type, DateTime) or kind.when == "at" or kind.when.endswith("_at")
    if wanted.since is not None:
        query = query.where(when >= (london_midnight(wanted.since) if instants else wanted.since))
    if wanted.until is not None and wanted.until < date.max:
        last = _midnight_after(wanted.until) if instants else wanted.until
        query = query.where(when < last if instants else when <= last)
    query = query.where(_known(table, wanted.known_at, all_of_them=wanted.all_of_them))
    rows = (
        connection.execute(query.order_by(table.c.recorded_at.desc(), table.c.id.desc()).limit(wanted.limit))
        .mappings()
        .all()
    )
    return _recorded(connection, kind, rows, wanted.known_at)


class Held(NamedTuple):
    """The entries of one kind: how many count, the highest number, and when one was last entered and last corrected or
    taken back."""

    kind: str
    standing: int
    number: int
    recorded_at: datetime | None
    changed_at: datetime | None


def held(connection: Connection, kind: Kind, programme_id: int | None, of: str | None) -> Held:
    """What tells one state of these entries from any later one; `of` as in `Wanted`."""
    query = _of_programme(kind, programme_id)
    rows = (query if of is None else query.where(_is_of(kind, of))).subquery()
    counts = func.count(rows.c.id).filter(rows.c.superseded_at.is_(None))
    latest = func.max(rows.c.id), func.max(rows.c.recorded_at), func.max(rows.c.superseded_at)
    standing, number, recorded_at, changed_at = connection.execute(select(counts, *latest)).one()
    return Held(kind.key, standing, number or 0, recorded_at, changed_at)


def entered_by(connection: Connection, at: datetime) -> str | None:
    """Who made the entry of an instant."""
    return connection.scalar(select(AuditEntry.by).where(AuditEntry.at == at).limit(1))


def history(
    connection: Connection, kind: Kind, programme_id: int | None, number: int, known_at: datetime | None = None
) -> list[Recorded]:
    """Every version of an entry, the first one first, whichever of them `number` is. Raises NotFound."""
    table = kind.table.__table__
    asked = next(iter(_rows(connection, kind, programme_id, [number])), None)
    if asked is None or (known_at is not None and asked["recorded_at"] > known_at):
        raise NotFound(f"There is no {kind.noun} {number} here. The list shows the numbers there are.")
    numbers, first = [number], asked["supersedes_id"]
    while first is not None:
        numbers.insert(0, first)
        first = connection.scalar(select(table.c.supersedes_id).where(table.c.id == first))
    following = connection.scalar(select(table.c.id).where(table.c.supersedes_id == number))
    while following is not None:
        numbers.append(following)
        following = connection.scalar(select(table.c.id).where(table.c.supersedes_id == following))
    by_number = {row["id"]: row for row in _rows(connection, kind, programme_id, numbers)}
    rows = [by_number[each] for each in numbers if each in by_number]
    known = [row for row in rows if known_at is None or row["recorded_at"] <= known_at]
    return _recorded(connection, kind, known, known_at)


def current(connection: Connection, kind: Kind, programme_id: int | None, number: int) -> Recorded:
    """An entry that counts. Raises NotFound, also, with its number, where another took its place."""
    versions = history(connection, kind, programme_id, number)
    found = next(each for each in versions if each.number == number)
    if found.state == STANDS:
        return found
    when = "" if found.changed_at is None else f" on {found.changed_at:%Y-%m-%d at %H:%M} UTC"
    last = versions[-1]
    if last.state == STANDS:
        raise NotFound(
            f"This {kind.noun}, number {number}, was corrected{when}; number {last.number} counts now. Correct "
            "that one."
        )
    raise NotFound(
        f"This {kind.noun}, number {number}, was taken back{when}, so there is nothing to change. Enter it anew."
    )


def _rows(connection: Connection, kind: Kind, programme_id: int | None, numbers: list[int]) -> list[RowMapping]:
    query = _of_programme(kind, programme_id).where(kind.table.__table__.c.id.in_(numbers))
    return list(connection.execute(query).mappings())


def _of_programme(kind: Kind, programme_id: int | None) -> Select[Any]:
    """The rows of a kind in a programme, with whose each is."""
    table = columns_of(kind.table)
    c = table.c
    # Looked up for each row that is shown: a join would first collect the programme's people.
    licence = select(Licence.id).where(Licence.programme_id == programme_id)
    match kind.scope:
        case Scope.PROGRAMME if programme_id is not None:
            return select(table).where(c.programme_id == programme_id)
        case Scope.LICENCE:
            owner = _licence(c.licence_id)
            return select(table, *owner).where(licence.where(Licence.id == c.licence_id).correlate(table).exists())
        case Scope.ALERT:
            alert = select(Alert.licence_id).where(Alert.id == c.alert_id).correlate(table).scalar_subquery()
            return select(table, *_licence(alert)).where(licence.where(Licence.id == alert).correlate(table).exists())
        case Scope.PERSON:
            held = licence.where(Licence.person_id == c.person_id).correlate(table)
            return select(table, _wearer(c.person_id), c.person_id.label("owner_person")).where(held.exists())
        case Scope.TAG:
            tag = select(Tag.device_id).where(Tag.id == c.tag_id).correlate(table)
            _, person = _licence(c.licence_id)
            reference = select(Licence.reference).where(Licence.id == c.licence_id).correlate(table).scalar_subquery()
            found = select(table, tag.scalar_subquery().label("owner"), person, reference.label("licence_reference"))
            return found.where(tag.where(Tag.programme_id == programme_id).exists())
        case Scope.REQUEST:
            request = select(SubjectAccess.person_id).where(SubjectAccess.id == c.subject_access_id)
            person_id = request.correlate(table).scalar_subquery()
            return select(table, _wearer(person_id), person_id.label("owner_person"))
        case Scope.DEVICE if "wearer_id" in c:
            person = select(Person.id).where(Person.wearer_ref == c.wearer_id).correlate(table)
            here = select(Tag.id).where(Tag.device_id == c.device_id, Tag.programme_id == programme_id)
            licensed = licence.where(Licence.person_id == person.scalar_subquery()).correlate(table)
            found = select(table, c.device_id.label("owner"), person.scalar_subquery().label("owner_person"))
            return found.where(or_(licensed.exists(), here.correlate(table).exists()))
        case Scope.DEVICE:
            return select(table, c.device_id.label("owner"))
        case _:
            return select(table)


def _licence(licence_id: Any) -> tuple[Any, Any]:
    """A licence's reference and person."""
    of = Licence.id == licence_id
    reference = select(Licence.reference).where(of).correlate_except(Licence).scalar_subquery()
    person = select(Licence.person_id).where(of).correlate_except(Licence).scalar_subquery()
    return reference.label("owner"), person.label("owner_person")


def _wearer(person_id: Any) -> Any:
    reference = select(Person.wearer_ref).where(Person.id == person_id)
    return reference.correlate_except(Person).scalar_subquery().label("owner")


def _is_of(kind: Kind, reference: str) -> ColumnElement[bool]:
    """The condition for entries of one licence, wearer or device, by its reference."""
    c = columns_of(kind.table).c
    licence = select(Licence.id).where(Licence.reference == reference)
    person = select(Person.id).where(Person.wearer_ref == reference)
    match kind.scope:
        case Scope.LICENCE:
            return c.licence_id.in_(licence)
        case Scope.ALERT:
            return c.alert_id.in_(select(Alert.id).where(Alert.licence_id.in_(licence)))
        case Scope.PERSON:
            return c.person_id.in_(person)
        case Scope.REQUEST:
            return c.subject_access_id.in_(select(SubjectAccess.id).where(SubjectAccess.person_id.in_(person)))
        case Scope.TAG:
            return c.tag_id.in_(select(Tag.id).where(Tag.device_id == reference))
        case Scope.DEVICE:
            return c.device_id == reference
        case _:
            return false()


def _midnight_after(day: date) -> datetime:
    return london_midnight(date.fromordinal(day.toordinal() + 1))


def _known(table: Columns, known_at: datetime | None, *, all_of_them: bool) -> Any:
    c = table.c
    if known_at is None:
        return true() if all_of_them else c.superseded_at.is_(None)
    counts = true() if all_of_them else or_(c.superseded_at.is_(None), c.superseded_at > known_at)
    return and_(c.recorded_at <= known_at, counts)


def _recorded(
    connection: Connection, kind: Kind, rows: Sequence[RowMapping], known_at: datetime | None
) -> list[Recorded]:
    table, numbers = columns_of(kind.table), [row["id"] for row in rows]
    after = select(table).where(table.c.supersedes_id.in_(numbers))
    later = {row["supersedes_id"]: row for row in connection.execute(after).mappings()}
    why = select(FactChange.row_id, FactChange.reason, FactChange.wall_at, FactChange.recorded_by)
    mine = FactChange.subject == table.name, FactChange.row_id.in_(numbers)
    changes = {row.row_id: row for row in connection.execute(why.where(*mine))}
    instants = {row["recorded_at"] for row in rows} | {row["recorded_at"] for row in later.values()}
    wall = select(AuditEntry.at, func.min(AuditEntry.wall_at), func.min(AuditEntry.by)).where(
        AuditEntry.at.in_(instants)
    )
    told = {at: (wall_at, by) for at, wall_at, by in connection.execute(wall.group_by(AuditEntry.at))}

    def one(row: RowMapping) -> Recorded:
        stopped = row["superseded_at"]
        counts = stopped is None or (known_at is not None and stopped > known_at)
        next_row, change = (None, None) if counts else (later.get(row["id"]), changes.get(row["id"]))
        wall_at, by = told.get(row["recorded_at"], (None, None))
        next_wall = None if next_row is None else told.get(next_row["recorded_at"], (None, None))[0]
        next_by = (
            None if next_row is None else next_row.get("recorded_by", told.get(next_row["recorded_at"], (0, None))[1])
        )
        return Recorded(
            number=row["id"],
            values={name: row[name] for name in (*kind.shown, *_KEYS) if name in row},
            of=row.get("owner"),
            person_id=row.get("owner_person"),
            programme_id=row.get("programme_id"),
            state=STANDS if counts else TAKEN_BACK if next_row is None else CORRECTED,
            recorded_at=row["recorded_at"],
            recorded_by=row.get("recorded_by", by),
            wall_at=wall_at,
            changed_at=None if counts else stopped,
            changed_by=change.recorded_by if change is not None else next_by,
            changed_wall_at=change.wall_at if change is not None else next_wall,
            reason=None if change is None else change.reason,
            replaces=row["supersedes_id"],
            replaced_by=None if next_row is None else next_row["id"],
        )

    return [one(row) for row in rows]


_KEYS = (
    "licence_id",
    "alert_id",
    "tag_id",
    "device_id",
    "person_id",
    "wearer_id",
    "subject_access_id",
    "licence_reference",
)
"""Columns that the rules need, shown or not."""
