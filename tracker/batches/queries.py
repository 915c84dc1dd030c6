"""Queries of batches: a page of them with counts, the versions of one, and the crimes of a version."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import aliased

from tracker.batches.rules import Became, versions_ids
from tracker.crimes.queries import text_of_version
from tracker.crimes.tables import BatchCrime, Crime, CrimeBatch, LatestCrime, Reported
from tracker.imports.tables import ImportFile
from tracker.imports.withdrawal_tables import Withdrawal
from tracker.match_settings.queries import conditions, programmes_matched, standing_rules
from tracker.pieces import in_pieces
from tracker.record.as_known import known
from tracker.review.queries import in_queue
from tracker.review.tables import Match, PoolCrime, Release, ReleaseUpdate

Order = Literal["received", "batchId"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFilter:
    """Which batches are asked for; None: all."""

    force: str | None = None
    batch_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchNow:
    """A batch with its file. `rows`, `rejected` and `by_rule` are the file's. `reported`: how many of its crimes were
    new on record, changed or the same; without the same where it was received before these were kept.
    `not_matchable`: its crimes, as they are now, that a match with their standing settings lists, by reason. `matches`:
    in the queue, by state."""

    number: int
    force: str
    batch_id: str
    file_id: int
    received_at: datetime
    sent_by: str | None
    withdrawn: bool
    status: str
    rows: int
    same: int
    rejected: int
    by_rule: Mapping[str, int]
    by_type: Counter[str] = field(default_factory=Counter)
    reported: Counter[Reported] = field(default_factory=Counter)
    not_matchable: Counter[str] = field(default_factory=Counter)
    matches: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    """How many were *released*, and of these *recalled*."""

    @property
    def crimes(self) -> int:
        return self.by_type.total()

    @property
    def complete(self) -> bool:
        """Whether all crimes that it had are known; of earlier ones those that stayed are not."""
        return self.sent_by is not None or self.same == 0


class BatchedCrime(NamedTuple):
    """A crime of a batch as it is now. `why_not`: why it cannot be matched; None: it can."""

    force: str
    crime_ref: str
    version: int
    crime_type: str
    t_from: datetime
    t_to: datetime
    text: str | None
    became: Became
    why_not: str | None


def batches(
    connection: Connection, wanted: BatchFilter, *, order: Order = "received", limit: int, offset: int = 0
) -> tuple[list[BatchNow], int]:
    """Batches, the latest first or by id; and how many there are."""
    conditions_ = _wanted(wanted)
    total = connection.scalar(_of_file(select(func.count()).select_from(CrimeBatch), wanted).where(*conditions_)) or 0
    by: tuple[Any, ...] = (CrimeBatch.id.desc(),)
    if order == "batchId":
        by = (CrimeBatch.batch_id, CrimeBatch.id)
    page = _BATCHES.where(*conditions_).order_by(*by).offset(offset)
    return _counted(connection, page.limit(limit) if limit else page), total


def batch_of(connection: Connection, number: int) -> BatchNow | None:
    """One batch."""
    found = _counted(connection, _BATCHES.where(CrimeBatch.id == number))
    return found[0] if found else None


def versions_of(connection: Connection, batch: BatchNow) -> list[BatchNow]:
    """Every version of a batch, in the order in which they came, itself among them."""
    same = CrimeBatch.force == batch.force, CrimeBatch.batch_id.in_(versions_ids(batch.batch_id))
    return _counted(connection, _BATCHES.where(*same).order_by(CrimeBatch.id))


def compared(connection: Connection, number: int, before: int | None) -> dict[Became, int]:
    """How many crimes of a version came, changed, stayed and went."""
    rows = _became(number, before).subquery()
    counted = select(rows.c.became, func.count()).group_by(rows.c.became)
    found = {Became(became): int(crimes) for became, crimes in connection.execute(counted)}
    return {became: found.get(became, 0) for became in Became}


def crimes_of(
    connection: Connection, number: int, before: int | None, became: Became | None, *, limit: int, offset: int = 0
) -> tuple[list[BatchedCrime], int]:
    """The crimes of a version in the order of their references, those that went among them; and how many."""
    rows = _became(number, before).subquery()
    wanted = [] if became is None else [rows.c.became == became.value]
    # A crime that was withdrawn is not among the latest, nor in the page.
    counted = select(func.count()).select_from(rows).join(LatestCrime, LatestCrime.crime_id == rows.c.crime_id)
    total = connection.scalar(counted.where(*wanted)) or 0
    names = ("force", "crime_ref", "version", "crime_type", "t_from", "t_to")
    query = (
        select(
            *(getattr(LatestCrime, name) for name in names),
            text_of_version(LatestCrime.force, LatestCrime.crime_ref, LatestCrime.version),
            rows.c.became,
            _why_not(connection),
        )
        .join(rows, rows.c.crime_id == LatestCrime.crime_id)
        .where(*wanted)
        .order_by(LatestCrime.crime_ref, LatestCrime.crime_id)
        .offset(offset)
    )
    found = connection.execute(query.limit(limit) if limit else query)
    return [BatchedCrime(*row)._replace(became=Became(row.became)) for row in found], total


def why_not(connection: Connection, force: str, crime_ref: str) -> str | None:
    """Why a crime on record cannot be matched with its standing settings; None: it can."""
    mine = LatestCrime.force == force, LatestCrime.crime_ref == crime_ref
    return connection.scalar(select(_why_not(connection)).where(*mine))


def runs_of_batch(connection: Connection, batch_id: str) -> frozenset[str]:
    """The runs that last tested a crime of a batch for the queue, or found a match at one."""
    keys = (
        select(Crime.force, Crime.crime_ref)
        .join(BatchCrime, BatchCrime.crime_id == Crime.id)
        .join(CrimeBatch, CrimeBatch.id == BatchCrime.batch_id)
        .where(CrimeBatch.batch_id == batch_id)
        .subquery()
    )
    found: set[str] = set()
    for table in (Match, PoolCrime):
        here = and_(table.force == keys.c.force, table.crime_ref == keys.c.crime_ref)
        found.update(connection.scalars(select(table.run_id).join(keys, here).distinct()))
    return frozenset(found)


_WITHDRAWN = (
    select(Withdrawal.id)
    .where(known(Withdrawal), Withdrawal.file_id == CrimeBatch.file_id)
    .correlate(CrimeBatch)
    .exists()
    .label("withdrawn")
)
_BATCHES = select(
    CrimeBatch.id,
    CrimeBatch.force,
    CrimeBatch.batch_id,
    CrimeBatch.file_id,
    ImportFile.recorded_at,
    CrimeBatch.sent_by,
    _WITHDRAWN,
    ImportFile.status,
    ImportFile.rows,
    ImportFile.same,
    ImportFile.rejected,
    ImportFile.report,
).join(ImportFile, ImportFile.id == CrimeBatch.file_id)


def _wanted(wanted: BatchFilter) -> list[ColumnElement[bool]]:
    given = {CrimeBatch.force: wanted.force, CrimeBatch.batch_id: wanted.batch_id}
    out: list[ColumnElement[bool]] = [column == value for column, value in given.items() if value is not None]
    if wanted.since is not None:
        out.append(ImportFile.recorded_at >= wanted.since)
    if wanted.until is not None:
        out.append(ImportFile.recorded_at < wanted.until)
    return out


def _of_file(query: Select[Any], wanted: BatchFilter) -> Select[Any]:
    timed = wanted.since is not None or wanted.until is not None
    return query.join(ImportFile, ImportFile.id == CrimeBatch.file_id) if timed else query


def _counted(connection: Connection, query: Select[Any]) -> list[BatchNow]:
    found = []
    for row in connection.execute(query):
        of_file: Any = (row.status.value, row.rows, row.same, row.rejected, dict(row.report.get("by_rule", {})))
        values: list[Any] = [*row[:6], bool(row.withdrawn), *of_file]
        found.append(BatchNow(*values))
    by_number = {each.number: each for each in found}
    for some in in_pieces(sorted(by_number)):
        _count_crimes(connection, by_number, some)
        _count_matches(connection, by_number, some)
        _count_releases(connection, by_number, some)
    return found


def _count_crimes(connection: Connection, found: dict[int, BatchNow], numbers: Sequence[int]) -> None:
    of = (BatchCrime.batch_id, LatestCrime.crime_type, BatchCrime.reported, _why_not(connection).label("why_not"))
    joined = select(*of).join(LatestCrime, LatestCrime.crime_id == BatchCrime.crime_id)
    rows = joined.where(BatchCrime.batch_id.in_(numbers)).subquery()
    counted = select(*rows.c, func.count()).group_by(*rows.c)
    for number, crime_type, reported, why_not, crimes in connection.execute(counted):
        batch = found[number]
        batch.by_type[crime_type] += crimes
        batch.reported[reported] += crimes
        if why_not is not None:
            batch.not_matchable[why_not] += crimes


def _at_crimes(*columns: Any) -> Select[Any]:
    here = and_(Match.force == Crime.force, Match.crime_ref == Crime.crime_ref)
    return select(*columns).select_from(BatchCrime).join(Crime, Crime.id == BatchCrime.crime_id).join(Match, here)


def _count_matches(connection: Connection, found: dict[int, BatchNow], numbers: Sequence[int]) -> None:
    counted = (
        _at_crimes(BatchCrime.batch_id, Match.state, func.count())
        .where(BatchCrime.batch_id.in_(numbers), Match.shown, in_queue())
        .group_by(BatchCrime.batch_id, Match.state)
    )
    for number, state, matches in connection.execute(counted):
        found[number].matches[state.value] += matches


def _count_releases(connection: Connection, found: dict[int, BatchNow], numbers: Sequence[int]) -> None:
    of = known(ReleaseUpdate), ReleaseUpdate.release_id == Release.id, ReleaseUpdate.kind == "recalled"
    recalled = select(ReleaseUpdate.id).where(*of).correlate(Release).exists()
    made = _at_crimes(BatchCrime.batch_id, func.count(), func.sum(case((recalled, 1), else_=0)))
    of_release = made.join(Release, and_(known(Release), Release.match_id == Match.id))
    counted = of_release.where(BatchCrime.batch_id.in_(numbers)).group_by(BatchCrime.batch_id)
    for number, releases, back in connection.execute(counted):
        found[number].releases.update(released=releases, recalled=int(back))


def _became(number: int, before: int | None) -> Select[Any] | Any:
    """(crime, what it became) of a version."""
    mine = select(BatchCrime.crime_id).where(BatchCrime.batch_id == number)
    changed = BatchCrime.reported == Reported.CHANGED
    if before is None:
        first = case(
            (BatchCrime.reported == Reported.NEW, Became.CAME.value),
            (changed, Became.CHANGED.value),
            else_=Became.STAYED.value,
        )
        return mine.add_columns(first.label("became"))
    earlier = aliased(BatchCrime)
    there = and_(earlier.crime_id == BatchCrime.crime_id, earlier.batch_id == before)
    state = case((earlier.id.is_(None), Became.CAME.value), (changed, Became.CHANGED.value), else_=Became.STAYED.value)
    here = mine.add_columns(state.label("became")).outerjoin(earlier, there)
    later = aliased(BatchCrime)
    again = and_(later.crime_id == BatchCrime.crime_id, later.batch_id == number)
    gone = (
        select(BatchCrime.crime_id, literal(Became.WENT.value).label("became"))
        .outerjoin(later, again)
        .where(BatchCrime.batch_id == before, later.id.is_(None))
    )
    return union_all(here, gone)


def _why_not(connection: Connection) -> ColumnElement[str | None]:
    """Why a crime cannot be matched with its standing settings, in the order in which a match asks; null: it can. A
    place outside London's window is a run's to say."""
    cases: list[tuple[ColumnElement[bool], str]] = [(LatestCrime.x_mm.is_(None), "no_location")]
    rules = standing_rules(connection)
    for key in programmes_matched(connection)[:1]:
        for settings, holds in conditions(rules, key, LatestCrime.crime_type, LatestCrime.t_from).items():
            coarse = settings.values.get("max_location_accuracy_m", 100.0) * 1_000
            cases.append((and_(holds, LatestCrime.location_accuracy_mm > coarse), "location_too_coarse"))
            longest = settings.values["max_window_h"] * 3_600
            cases.append((and_(holds, LatestCrime.window_s > longest), "window_too_long"))
    return case(*cases, else_=None)
