"""What was released to evaluators: tables and cohorts, and the people in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tracker.errors import NotFound
from tracker.evaluation.disclosure.space import Cell
from tracker.evaluation.disclosure.suppression import Earlier
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.linkage_states import LinkageMove, LinkageState, advance
from tracker.evaluation.releases.tables import CohortExport, ExportKey, LinkageStep, ReviewReader, TableRelease
from tracker.record.as_known import known
from tracker.record.audit.chain import Action
from tracker.record.audit.tables import AuditEntry


@dataclass(frozen=True, slots=True)
class Member:
    """The person behind a pseudonym: of the programme or of the comparison group."""

    person_id: int | None
    comparison_ref: str | None


def live_pseudonyms(connection: Connection, programme_id: int, *, linked_alone: bool = False) -> dict[str, Member]:
    """Pseudonyms of exports that still exist; those of destroyed exports cannot be resolved. `linked_alone`: of those
    whose linkage file was handed over, so that outcomes can come back from the linker."""
    query = (
        select(CohortExport.id, CohortExport.members, ExportKey.key)
        .join(ExportKey, ExportKey.cohort_export_id == CohortExport.id)
        .where(CohortExport.programme_id == programme_id, known(CohortExport))
    )
    out: dict[str, Member] = {}
    for number, members, key in connection.execute(query):
        if linked_alone and linkage_of(connection, number).state is not LinkageState.HANDED_OVER:
            continue
        for person_id in members["people"]:
            out[pseudonyms.of_person(key, person_id)] = Member(person_id, None)
        for reference in members["comparison"]:
            out[pseudonyms.of_comparison(key, reference)] = Member(None, reference)
    return out


def cell_plain(cell: Cell, value: int | None) -> dict[str, Any]:
    """A cell as stored in JSON; `value` None: withheld."""
    limits = {name: sorted(levels) for name, levels in cell.limits}
    return {"measure": cell.measure, "asAt": cell.as_at.isoformat(), "limits": limits, "value": value}


def cell_of(plain: Mapping[str, Any]) -> Cell:
    limits = tuple(sorted((name, frozenset(levels)) for name, levels in plain["limits"].items()))
    return Cell(plain["measure"], date.fromisoformat(plain["asAt"]), limits)


def earlier_tables(connection: Connection, programme_id: int) -> list[Earlier]:
    """The cells each release showed, withdrawn releases included: copies of those may remain."""
    query = select(TableRelease.id, TableRelease.told).where(TableRelease.programme_id == programme_id)
    return [
        Earlier(number, {cell_of(plain): plain["value"] for plain in shown["cells"] if plain["value"] is not None})
        for number, shown in connection.execute(query.order_by(TableRelease.id))
    ]


@dataclass(frozen=True, slots=True)
class ReleasedTables:
    """A release of tables."""

    number: int
    kind: str
    as_at: date
    k: int
    asked: Mapping[str, Any]
    told: Mapping[str, Any]
    words: str
    sha256: str
    recorded_at: datetime
    recorded_by: str


_TABLES = select(
    TableRelease.id,
    TableRelease.kind,
    TableRelease.as_at,
    TableRelease.k,
    TableRelease.asked,
    TableRelease.told,
    TableRelease.words,
    TableRelease.sha256,
    TableRelease.recorded_at,
    TableRelease.recorded_by,
)


def latest_tables(
    connection: Connection, programme_id: int, *, limit: int, offset: int = 0
) -> tuple[list[ReleasedTables], int]:
    """A page of a programme's, the latest first, every one where `limit` is 0; and how many there are."""
    mine = TableRelease.programme_id == programme_id
    total = connection.scalar(select(func.count()).select_from(TableRelease).where(mine)) or 0
    page = _TABLES.where(mine).order_by(TableRelease.id.desc()).offset(offset)
    return [ReleasedTables(*row) for row in connection.execute(page.limit(limit) if limit else page)], total


def tables_released(connection: Connection, programme_id: int, number: int | None = None) -> list[ReleasedTables]:
    """In order of number. Raises NotFound for an unknown number."""
    query = _TABLES.where(TableRelease.programme_id == programme_id)
    if number is not None:
        query = query.where(TableRelease.id == number)
    found = [ReleasedTables(*row) for row in connection.execute(query.order_by(TableRelease.id))]
    if number is not None and not found:
        raise NotFound(f"This programme has no release of tables with number {number}.")
    return found


@dataclass(frozen=True, slots=True)
class Export:
    """A cohort export. `destroyed_at` None: its files still exist."""

    number: int
    programme_id: int
    definition: Mapping[str, Any]
    purpose: str
    as_at: date
    known_at: datetime
    members: Mapping[str, Any]
    risk: Mapping[str, Any]
    manifest: Mapping[str, Any]
    sha256: str
    folder: str
    expires_on: date
    recorded_at: datetime
    recorded_by: str
    destroyed_at: datetime | None


_EXPORT = (
    CohortExport.id,
    CohortExport.programme_id,
    CohortExport.definition,
    CohortExport.purpose,
    CohortExport.as_at,
    CohortExport.known_at,
    CohortExport.members,
    CohortExport.risk,
    CohortExport.manifest,
    CohortExport.sha256,
    CohortExport.folder,
    CohortExport.expires_on,
    CohortExport.recorded_at,
    CohortExport.recorded_by,
    CohortExport.superseded_at,
)


def exports(connection: Connection, programme_id: int | None = None) -> list[Export]:
    """In order of number, destroyed ones included: downloaded copies may remain."""
    query = select(*_EXPORT).order_by(CohortExport.id)
    if programme_id is not None:
        query = query.where(CohortExport.programme_id == programme_id)
    return [Export(*row) for row in connection.execute(query)]


def latest_exports(
    connection: Connection, programme_id: int, *, limit: int, offset: int = 0
) -> tuple[list[Export], int]:
    """A page of a programme's, the latest first, every one where `limit` is 0; and how many there are."""
    mine = CohortExport.programme_id == programme_id
    total = connection.scalar(select(func.count()).select_from(CohortExport).where(mine)) or 0
    page = select(*_EXPORT).where(mine).order_by(CohortExport.id.desc()).offset(offset)
    return [Export(*row) for row in connection.execute(page.limit(limit) if limit else page)], total


def export_of(connection: Connection, number: int) -> Export:
    """Raises NotFound."""
    row = connection.execute(select(*_EXPORT).where(CohortExport.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no cohort export {number}.")
    return Export(*row)


def key_of(connection: Connection, number: int) -> bytes:
    """The key of an export. Raises NotFound once it is destroyed."""
    key = connection.scalar(select(ExportKey.key).where(ExportKey.cohort_export_id == number))
    if key is None:
        raise NotFound(f"The key of cohort export {number} has been destroyed.")
    return bytes(key)


@dataclass(frozen=True, slots=True)
class Linkage:
    """The state of an export's linkage file, with its last step."""

    state: LinkageState
    linker: str | None
    organisation: str | None
    words: str | None
    by: str | None
    asked_by: str | None


def linkage_of(connection: Connection, number: int) -> Linkage:
    query = (
        select(
            LinkageStep.move, LinkageStep.linker, LinkageStep.organisation, LinkageStep.words, LinkageStep.recorded_by
        )
        .where(known(LinkageStep), LinkageStep.cohort_export_id == number)
        .order_by(LinkageStep.id)
    )
    state, asked_by, last = LinkageState.NONE, None, None
    for row in connection.execute(query):
        state, last = advance(state, row.move), row
        if state is LinkageState.ASKED:
            asked_by = row.recorded_by
    if last is None:
        return Linkage(state, None, None, None, None, None)
    return Linkage(state, last.linker, last.organisation, last.words, last.recorded_by, asked_by)


def linkage_asked(connection: Connection) -> list[int]:
    """The numbers of the exports whose linkage file was asked for, and is neither approved nor refused yet."""
    last = select(func.max(LinkageStep.id)).where(known(LinkageStep)).group_by(LinkageStep.cohort_export_id)
    query = select(LinkageStep.cohort_export_id).where(
        LinkageStep.id.in_(last.scalar_subquery()), LinkageStep.move == LinkageMove.ASK
    )
    return list(connection.scalars(query.order_by(LinkageStep.cohort_export_id)))


def may_read_review(connection: Connection, programme_id: int, reader: str, on: date) -> bool:
    """Whether a person is named to read the unsuppressed edition on a day."""
    query = select(ReviewReader.id).where(
        known(ReviewReader),
        ReviewReader.programme_id == programme_id,
        ReviewReader.reader == reader,
        ReviewReader.until_on >= on,
    )
    return connection.execute(query).first() is not None


def binding(connection: Connection, programme_id: int) -> list[Export]:
    """Exports that a later one is held against: all but those that were destroyed with their key, whose linkage was
    never asked for, and of which no file was ever downloaded. Of the others a
    copy may remain."""
    downloads = select(AuditEntry.subject_id).where(
        AuditEntry.subject == CohortExport.__tablename__, AuditEntry.action == Action.DISCLOSE
    )
    downloaded = set(connection.scalars(downloads.distinct()))
    return [
        each
        for each in exports(connection, programme_id)
        if each.destroyed_at is None
        or str(each.number) in downloaded
        or linkage_of(connection, each.number).state is not LinkageState.NONE
    ]


def with_member(connection: Connection, person_id: int) -> Iterable[Export]:
    """Existing exports with a row of this person."""
    return [e for e in exports(connection) if e.destroyed_at is None and person_id in e.members["people"]]
