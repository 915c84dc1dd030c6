"""What a release depends on, checked again when it is made: the crime, the gate, the tag on the wearer, the licence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from tracker.crimes.queries import latest_number
from tracker.eligibility.service import EligibleWearers
from tracker.people.tables import Identity
from tracker.record.as_known import known
from tracker.review.changed import is_candidate
from tracker.review.changed_queries import Said, waits_for_decision
from tracker.review.package import Fix


class Check(NamedTuple):
    """`asks`: what has to be so; `why`: what stands in the way, None where it is so."""

    code: str
    asks: str
    why: str | None


def checks_of(connection: Connection, row: Any, fixes: Sequence[Fix], now: EligibleWearers, said: Said) -> list[Check]:
    """One by one; `row`: the match's."""
    crime = f"The crime is still at version {row.crime_version}, which was matched"
    return [
        Check("run", "No later run says something else of it", _said_otherwise(connection, row, said)),
        Check("crime_version", crime, _version(connection, row)),
        Check("gate", "The wearer may be matched at the time of the crime", _gate(row, now)),
        Check(
            "evidence",
            "The positions that support it are kept",
            None if fixes else "no fix that supports the match is left",
        ),
        Check("assignment", "The device was on the wearer at each of them", _assignment(row, fixes, now)),
        Check("monitored", "The wearer was on licence and monitored at each of them", _monitored(row, fixes, now)),
        Check("person", "The wearer is on record by name", _named(connection, row)),
    ]


def _said_otherwise(connection: Connection, row: Any, said: Said) -> str | None:
    if waits_for_decision(connection, row.id) is not None:
        return "a later run says something else of it, and nobody has decided to keep it yet"
    return None if is_candidate(said.figures) else "it was kept, but a later run does not find it any more"


def _version(connection: Connection, row: Any) -> str | None:
    latest = latest_number(connection, row.force, row.crime_ref)
    if latest is None:
        return "the crime is withdrawn"
    if latest == row.crime_version:
        return None
    return f"the crime is now at version {latest} and was matched at version {row.crime_version}"


def _gate(row: Any, now: EligibleWearers) -> str | None:
    if _within(now.eligible, row.wearer_ref, row.t_from, row.t_to):
        return None
    return f"{row.wearer_ref} may not be matched at the time of the crime: the gate is closed"


def _assignment(row: Any, fixes: Sequence[Fix], now: EligibleWearers) -> str | None:
    for fix in fixes:
        worn = now.assignments.filter(
            (now.assignments["device_id"] == fix.device_id) & (now.assignments["wearer_id"] == row.wearer_ref)
        )
        if not any(since <= fix.t and (until is None or fix.t < until) for _, _, since, until in worn.iter_rows()):
            return f"{row.wearer_ref} did not have device {fix.device_id} on at {fix.t.isoformat()}"
    return None


def _monitored(row: Any, fixes: Sequence[Fix], now: EligibleWearers) -> str | None:
    if all(_within(now.monitored, row.wearer_ref, fix.t, fix.t) for fix in fixes):
        return None
    return f"{row.wearer_ref} was not monitored at the time of every fix (licence, recall or custody)"


def _named(connection: Connection, row: Any) -> str | None:
    if row.person_id is None:
        return f"wearer {row.wearer_ref} has no person on record"
    named = select(Identity.id).where(known(Identity), Identity.person_id == row.person_id)
    if connection.scalar(named.limit(1)) is None:
        return "this wearer's name is not on record, so a package cannot identify them"
    return None


def _within(spans: Any, wearer: str, since: datetime, until: datetime) -> bool:
    return any(
        who == wearer and begins <= since and (ends is None or until < ends) for who, begins, ends in spans.iter_rows()
    )
