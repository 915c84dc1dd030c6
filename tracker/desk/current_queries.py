"""What a match by the record is made from, as values that change with it: whether what was matched is current."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from tracker.accuracy.tables import AccuracyAdoption
from tracker.assignments.tables import Assignment
from tracker.crimes.tables import CrimeVersion, LatestCrime
from tracker.imports.withdrawal_tables import Withdrawal
from tracker.jobs.states import JobKind, JobState
from tracker.jobs.tables import MatchJob
from tracker.projections.tables import EligibleSpan
from tracker.tags.tables import DeviceModel


def record_mark(connection: Connection) -> list[Any]:
    """Crimes and their versions, assignments, models of devices and what is adopted of their accuracy, withdrawals:
    the newest row of each and the newest end of one; and who may be matched when, as few as wear tags."""
    of: list[Select[Any]] = [
        select(func.max(CrimeVersion.id)),
        select(func.count()).select_from(LatestCrime),
    ]
    for table in (Assignment, AccuracyAdoption, DeviceModel, Withdrawal):
        of += [select(func.max(table.id)), select(func.max(table.superseded_at))]
    spans = select(EligibleSpan.wearer_ref, EligibleSpan.since, EligibleSpan.until)
    rows = connection.execute(spans.order_by(EligibleSpan.wearer_ref, EligibleSpan.since)).tuples()
    return [*(connection.scalar(query) for query in of), [list(row) for row in rows]]


def can_match(connection: Connection) -> bool:
    """Whether there is a crime on record, and somebody who may be matched."""
    crime, span = select(LatestCrime.crime_id).limit(1), select(EligibleSpan.wearer_ref).limit(1)
    return connection.scalar(crime) is not None and connection.scalar(span) is not None


def last_asked(connection: Connection, of_last: int) -> list[tuple[JobState, Any, str | None]]:
    """State, what was asked, and run of the newest match jobs, the newest first."""
    query = select(MatchJob.state, MatchJob.asked, MatchJob.run_id).where(MatchJob.kind == JobKind.MATCH)
    return [tuple(row) for row in connection.execute(query.order_by(MatchJob.id.desc()).limit(of_last))]
