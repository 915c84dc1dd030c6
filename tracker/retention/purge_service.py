"""Finding and purging data past its retention period: crimes, evaluators' data, packages, people without a licence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, delete, func, select, update

from tracker.crimes.latest_service import forget_latest
from tracker.crimes.tables import BatchCrime, Crime, CrimeVersion
from tracker.evaluation.people.tables import Characteristic, ComparisonPerson, Reoffence
from tracker.licences.queries import licences
from tracker.licences.states import LicenceState
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.pieces import in_pieces
from tracker.programme.queries import programmes
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.retention.policy import Policy
from tracker.review.tables import Release, ReleaseDocument
from tracker.times import AsOf

_PURPOSE = "retention and erasure"


def note_purge(
    engine: Engine, policy: Policy, counts: Mapping[str, int], *, by: str, now: datetime, **which: Sequence[str]
) -> None:
    """Record in the audit that what is over its time by a policy goes: how much, which, and the policy."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        _note(entry, policy, counts, **which)


def _note(entry: Entry, policy: Policy, counts: Mapping[str, int], **which: Sequence[str | int]) -> None:
    if any(counts.values()):
        told: dict[str, Any] = {"policy": policy.in_words(), "went": dict(counts), **which}
        entry.note(Action.ERASE, "retention_policy", policy.kind.value, **told)


def crimes_before(engine: Engine, instant: datetime) -> int:
    """How many crimes were last reported before an instant."""
    with reading(engine).connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(_expired(instant).subquery())) or 0)


def purge_crimes(engine: Engine, instant: datetime, policy: Policy, *, by: str, now: datetime) -> int:
    """Delete crimes last reported before an instant, with every version; returns how many. Counts of batches stay."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        expired = list(entry.connection.scalars(_expired(instant)))
        for some in in_pieces(expired):
            forget_latest(entry.connection, some)
            for table, mine in (
                (BatchCrime, BatchCrime.crime_id.in_(some)),
                (CrimeVersion, CrimeVersion.crime_id.in_(some)),
                (Crime, Crime.id.in_(some)),
            ):
                entry.connection.execute(delete(table).where(mine))
        _note(entry, policy, {"crimes": len(expired)})
    return len(expired)


def evaluators_before(engine: Engine, instant: datetime) -> int:
    """How many rows of evaluators' files were recorded before an instant."""
    with reading(engine).connect() as connection:
        counts = (select(func.count()).select_from(t).where(t.recorded_at < instant) for t in _EVALUATORS)
        return sum(int(connection.scalar(count) or 0) for count in counts)


def purge_evaluators(engine: Engine, instant: datetime, policy: Policy, *, by: str, now: datetime) -> int:
    """Delete them, superseded or not; returns how many. Counts of their files stay."""
    deleted = 0
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        for table in _EVALUATORS:
            expired = table.recorded_at < instant
            mine = select(table.id).where(expired)
            entry.connection.execute(update(table).where(table.supersedes_id.in_(mine)).values(supersedes_id=None))
            deleted += entry.connection.execute(delete(table).where(expired)).rowcount
        _note(entry, policy, {"rows": deleted})
    return deleted


_EVALUATORS = (Reoffence, ComparisonPerson, Characteristic)
"""Not benchmarks: they are counts of populations, not personal data."""


def packages_before(engine: Engine, instant: datetime) -> int:
    """How many packages released before an instant are still stored."""
    with reading(engine).connect() as connection:
        stored = select(func.count()).select_from(Release).where(*_packages(instant))
        return int(connection.scalar(stored) or 0)


def purge_packages(engine: Engine, instant: datetime, policy: Policy, *, by: str, now: datetime) -> int:
    """Delete the content of packages released before an instant; the release, its recipient and digest stay."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        over = list(entry.connection.scalars(select(Release.id).where(*_packages(instant)).order_by(Release.id)))
        of_them = select(Release.id).where(*_packages(instant))
        entry.connection.execute(delete(ReleaseDocument).where(ReleaseDocument.release_id.in_(of_them)))
        entry.connection.execute(update(Release).where(*_packages(instant)).values(package=None))
        _note(entry, policy, {"packages": len(over)}, releases=over)
    return len(over)


def _packages(instant: datetime) -> tuple[ColumnElement[bool], ...]:
    return Release.recorded_at < instant, Release.package.is_not(None)


def _expired(instant: datetime) -> Select[tuple[int]]:
    last: ColumnElement[datetime] = func.max(CrimeVersion.recorded_at)
    return select(CrimeVersion.crime_id).group_by(CrimeVersion.crime_id).having(last < instant)


def people_ended_before(engine: Engine, day: date) -> list[int]:
    """Numbers of the people whose licences in all programmes had ended before a day, without those erased already: a
    reference may be another person's by the time that one is erased."""
    as_of = AsOf(day)
    with reading(engine).connect() as connection:
        of_licence = dict(connection.execute(select(Licence.id, Licence.person_id)).tuples().all())
        all_ended: dict[int, bool] = {}
        for programme_id, _, _ in programmes(connection):
            states = licences(connection, programme_id, as_of)
            ended = {each.licence_id for each in states if each.state is LicenceState.ENDED}
            for each in licences(connection, programme_id, AsOf(date.max)):
                person_id = of_licence[each.licence_id]
                all_ended[person_id] = all_ended.get(person_id, True) and each.licence_id in ended
        erased = set(connection.scalars(select(Person.id).where(Person.erased_at.is_not(None))))
    return sorted(person_id for person_id, ended_all in all_ended.items() if ended_all and person_id not in erased)
