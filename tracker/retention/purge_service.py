"""What of the record is over its time, and its purging: crimes, and whose licences have all ended."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, Engine, Select, delete, func, select, update

from tracker.crimes.tables import Crime, CrimeVersion
from tracker.evaluation.people.tables import Characteristic, ComparisonPerson, Reoffence
from tracker.licences.queries import licences
from tracker.licences.states import LicenceState
from tracker.people.tables import Person
from tracker.programme.queries import programmes
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.retention.policy import Kept, Policy
from tracker.review.tables import Release
from tracker.times import AsOf

_PURPOSE = "keeping and erasing"


def note_purge(
    engine: Engine, kind: Kept, policy: Policy, counts: Mapping[str, int], *, by: str, now: datetime
) -> None:
    """That a kind was purged: how much went, by which policy."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.note(Action.ERASE, "retention_policy", kind.value, policy=policy.in_words(), went=dict(counts))


def crimes_before(engine: Engine, instant: datetime) -> int:
    """How many crimes were last reported before an instant."""
    with reading(engine).connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(_over(instant).subquery())) or 0)


def purge_crimes(engine: Engine, instant: datetime, *, by: str, now: datetime) -> int:
    """Delete crimes last reported before an instant, with every version; how many. Counts of their batches stay."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        over = list(entry.connection.scalars(_over(instant)))
        for start in range(0, len(over), 500):
            some = over[start : start + 500]
            for table, mine in ((CrimeVersion, CrimeVersion.crime_id.in_(some)), (Crime, Crime.id.in_(some))):
                entry.connection.execute(delete(table).where(mine))
    return len(over)


def evaluators_before(engine: Engine, instant: datetime) -> int:
    """How many rows of evaluators' files came before an instant."""
    with reading(engine).connect() as connection:
        counts = (select(func.count()).select_from(t).where(t.recorded_at < instant) for t in _EVALUATORS)
        return sum(int(connection.scalar(count) or 0) for count in counts)


def purge_evaluators(engine: Engine, instant: datetime, *, by: str, now: datetime) -> int:
    """Delete them, whatever superseded them since; how many. Counts of their files stay."""
    gone = 0
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        for table in _EVALUATORS:
            over = table.recorded_at < instant
            mine = select(table.id).where(over)
            entry.connection.execute(update(table).where(table.supersedes_id.in_(mine)).values(supersedes_id=None))
            gone += entry.connection.execute(delete(table).where(over)).rowcount
    return gone


_EVALUATORS = (Reoffence, ComparisonPerson, Characteristic)
"""Benchmarks are counts of populations, and nobody's."""


def packages_before(engine: Engine, instant: datetime) -> int:
    """How many packages that left before an instant are still held."""
    with reading(engine).connect() as connection:
        held = select(func.count()).select_from(Release).where(*_packages(instant))
        return int(connection.scalar(held) or 0)


def purge_packages(engine: Engine, instant: datetime, *, by: str, now: datetime) -> int:
    """Delete what was in packages that left before an instant: that they left, to whom and their digests stay."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        return entry.connection.execute(update(Release).where(*_packages(instant)).values(package=None)).rowcount


def _packages(instant: datetime) -> tuple[ColumnElement[bool], ...]:
    return Release.recorded_at < instant, Release.package.is_not(None)


def _over(instant: datetime) -> Select[tuple[int]]:
    last: ColumnElement[datetime] = func.max(CrimeVersion.recorded_at)
    return select(CrimeVersion.crime_id).group_by(CrimeVersion.crime_id).having(last < instant)


def wearers_ended_before(engine: Engine, day: date) -> list[str]:
    """Whose every licence, of every programme, had ended before a day, by reference; nobody erased already."""
    as_of = AsOf(day)
    with reading(engine).connect() as connection:
        ended: dict[str, bool] = {}
        for programme_id, _, _ in programmes(connection):
            over = {h.licence_id for h in licences(connection, programme_id, as_of) if h.state is LicenceState.ENDED}
            for held in licences(connection, programme_id, AsOf(date.max)):
                ended[held.wearer_ref] = ended.get(held.wearer_ref, True) and held.licence_id in over
        gone = set(connection.scalars(select(Person.wearer_ref).where(Person.erased_at.is_not(None))))
    return sorted(wearer for wearer, all_ended in ended.items() if all_ended and wearer not in gone)
