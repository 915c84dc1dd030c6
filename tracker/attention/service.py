"""Settling what wants attention, with a reason; correcting the reason, and taking a settlement back."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from tracker.attention.kinds import about
from tracker.attention.queries import Against, against_on
from tracker.attention.tables import Settlement
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.tables import Licence
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.times import AsOf

PURPOSE = "attention"
AT_ONCE = 500
"""Licences of one group that one entry settles."""


class Subject(NamedTuple):
    """What is settled of a programme rather than of a licence: its kind, of what, and what is said of it."""

    kind: str
    subject: str
    said: str


def checked_reason(reason: str) -> str:
    """Raises BadEntry for an empty reason."""
    if not reason.strip():
        raise BadEntry("The reason is missing: say why this is settled.")
    return reason.strip()


def settle_licences(
    entry: Entry, programme_id: int, kind: str, licence_ids: list[int], reason: str, *, today: date
) -> list[int]:
    """Settle a kind for these licences as it stands today, or correct the reason where it was settled; their numbers.

    Raises
    ------
    NotFound
        Of one of the licences it does not hold today.
    """
    words = checked_reason(reason)
    if len(licence_ids) > AT_ONCE:
        raise Refused("settle", f"{len(licence_ids)} licences cannot be settled at once. Settle at most {AT_ONCE}.")
    held = against_on(entry.connection, licence_ids, AsOf(today))
    of_people = select(Licence.id, Licence.person_id).where(Licence.id.in_(licence_ids))
    people = dict(entry.connection.execute(of_people).tuples().all())
    for licence_id in licence_ids:
        mine = next((each for each in held.get(licence_id, ()) if each.kind == kind), None)
        if mine is None:
            reference = entry.connection.scalar(select(Licence.reference).where(Licence.id == licence_id))
            raise NotFound(f"Licence {reference}: '{kind}' does not hold today, so there is nothing to settle.")
        put(entry, programme_id, licence_id, people[licence_id], mine, today, words)
    return licence_ids


def put(entry: Entry, programme_id: int, licence_id: int, person_id: int, mine: Against, on: date, reason: str) -> None:
    """Settle what holds of a licence; a second reason corrects the first."""
    if mine.settled is not None:
        entry.supersede(Settlement, mine.settled.number, about=person_id, reason=reason)
        return
    entry.add(
        Settlement,
        about=person_id,
        programme_id=programme_id,
        kind=mine.kind,
        licence_id=licence_id,
        subject="",
        since=mine.since,
        said=None,
        settled_on=on,
        reason=reason,
    )


def settle_subject(entry: Entry, programme_id: int, subject: Subject, reason: str, *, today: date) -> None:
    """Settle what is said of a programme, or correct the reason."""
    words = checked_reason(reason)
    found = entry.connection.scalar(
        select(Settlement.id).where(
            known(Settlement),
            Settlement.programme_id == programme_id,
            Settlement.licence_id.is_(None),
            Settlement.kind == subject.kind,
            Settlement.subject == subject.subject,
            Settlement.said == subject.said,
        )
    )
    if found is not None:
        entry.supersede(Settlement, found, reason=words)
        return
    entry.add(
        Settlement,
        programme_id=programme_id,
        kind=subject.kind,
        licence_id=None,
        subject=subject.subject,
        since=None,
        said=subject.said,
        settled_on=today,
        reason=words,
    )


def reopen(entry: Entry, programme_id: int, number: int, reason: str) -> None:
    """Take a settlement back: what it settled wants attention again.

    Raises
    ------
    NotFound
        The programme has no settlement of this number in force.
    """
    row = entry.connection.execute(
        select(Settlement.id, Settlement.licence_id).where(
            known(Settlement), Settlement.id == number, Settlement.programme_id == programme_id
        )
    ).first()
    if row is None:
        raise NotFound(
            f"Settlement {number} is not in force in this programme. List them with tagpilot attention settled."
        )
    person_id = entry.connection.scalar(select(Licence.person_id).where(Licence.id == row.licence_id))
    entry.withdraw(Settlement, number, reason=checked_reason(reason), about=person_id)


def sentence(kind: str, since: date) -> str:
    """What speaks against one licence, in words with the paragraph."""
    known_kind = about(kind)
    return f"{known_kind.words}, since {since} ({known_kind.source})"
