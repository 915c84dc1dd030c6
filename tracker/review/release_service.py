"""A confirmed match released to a named recipient, recalled, acknowledged; and what came of it.

Everything that a release rests on is asked again when it is made (`Refused` lists all that has changed), in an entry:
nobody can change anything between the asking and the leaving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from tracker.crimes.tables import Crime, CrimeVersion
from tracker.eligibility.service import HandOver, hand_over
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.queries import licences
from tracker.ogrs.queries import gates, horizon_of
from tracker.people.tables import Address, Identity
from tracker.programme.queries import programmes
from tracker.programme.statement_queries import maps_crimes
from tracker.record.as_known import known
from tracker.record.audit_chain import Action
from tracker.record.entry import Entry, entering
from tracker.review.package import Basis, Fix, Recipient, Who, digest, package_text
from tracker.review.states import MatchMove, MatchState, advance, separate
from tracker.review.tables import Match, MatchMoved, Release, ReleaseTold
from tracker.times import AsOf, london_day

PURPOSE = "release of matches"
RECALLED, ACKNOWLEDGED, OUTCOME = "recalled", "acknowledged", "outcome"
OUTCOMES = ("no further action", "suspect eliminated", "suspect identified", "charged", "convicted", "not known")


@dataclass(frozen=True, slots=True)
class Released:
    """A release, without what it holds."""

    release_id: int
    match_id: int
    recipient: Recipient
    sha256: str
    destroy_by: date
    confirmed_by: str
    released_by: str
    released_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the run shows: fixes inside, or those either side of the crossing; the crime's place; the match in words."""

    fixes: Sequence[Fix]
    crime: Mapping[str, Any]
    words: str


def release(
    engine: Engine,
    match_id: int,
    recipient: Recipient,
    evidence: Evidence,
    destroy_by: date,
    *,
    by: str,
    now: datetime,
) -> Released:
    """Make the package and hand it over.

    Raises
    ------
    IllegalMove
        It is not confirmed.
    Refused
        Whoever confirmed it would release it; or something it rests on has changed, each named.
    """
    if destroy_by <= now.date():
        raise BadEntry(f"it is to be destroyed by {destroy_by}, which has come; give a later day")
    for what, text in (("name", recipient.name), ("rank", recipient.rank), ("unit", recipient.unit)):
        if not text.strip():
            raise BadEntry(f"the recipient's {what} is missing: a package goes to a person")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        row = _match(entry, match_id)
        state = advance(row.state, MatchMove.RELEASE)
        confirmed = _confirmation(entry, match_id)
        separate(confirmed.recorded_by, by)
        told = hand_over(engine)
        changed = _changed(entry.connection, row, evidence, told)
        if row.person_id is None:
            changed.append(f"{row.wearer_ref} is nobody on record")
        if changed:
            raise Refused("release", "it cannot be released any more: " + "; ".join(changed))
        text = package_text(
            evidence.crime,
            _who(entry.connection, row.person_id, london_day(row.t_from)),
            evidence.fixes,
            confirmed.figures,
            evidence.words,
            _basis(entry.connection, row),
            recipient,
            confirmed_by=confirmed.recorded_by,
            confirmed_at=confirmed.recorded_at,
            released_by=by,
            released_at=entry.at,
            destroy_by=destroy_by,
        )
        entry.add(MatchMoved, match_id=match_id, move=MatchMove.RELEASE, about=row.person_id)
        # Not by `add`: the package has no place in the audit, its digest has.
        values = {
            "match_id": match_id,
            "recipient_name": recipient.name,
            "recipient_rank": recipient.rank,
            "recipient_unit": recipient.unit,
            "confirmed_by": confirmed.recorded_by,
            "package": text,
            "sha256": digest(text),
            "destroy_by": destroy_by,
            "recorded_at": entry.at,
            "recorded_by": by,
        }
        release_id = entry.connection.execute(insert(Release).returning(Release.id), values).scalar_one()
        entry.note(
            Action.DISCLOSE,
            "match_release",
            release_id,
            person_id=row.person_id,
            recipient=f"{recipient.rank} {recipient.name}, {recipient.unit}",
            match=match_id,
            sha256=digest(text),
            destroy_by=destroy_by,
        )
        _set(entry, match_id, state)
        return _released(entry.connection, release_id)


def recall(engine: Engine, release_id: int, reason: str, *, by: str, now: datetime) -> Released:
    """The recipient is told that it is to be given back or destroyed."""
    if not reason.strip():
        raise BadEntry("say why it is recalled: the recipient is told")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = _released(entry.connection, release_id)
        row = _match(entry, found.match_id)
        if RECALLED in _told(entry.connection, release_id):
            raise Refused("recall", f"release {release_id} was recalled already")
        state = advance(row.state, MatchMove.RECALL)
        entry.add(MatchMoved, match_id=row.id, move=MatchMove.RECALL, reason=reason, about=row.person_id)
        _tell(entry, release_id, RECALLED, reason, None, now.date(), row.person_id)
        _set(entry, row.id, state)
        return found


def acknowledge(engine: Engine, release_id: int, on: date, words: str, *, by: str, now: datetime) -> None:
    """The recipient knows of the recall, and says what became of the package."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = _released(entry.connection, release_id)
        told = _told(entry.connection, release_id)
        if RECALLED not in told:
            raise Refused("recall", f"release {release_id} was not recalled, so there is nothing to acknowledge")
        if ACKNOWLEDGED in told:
            raise Refused("recall", f"the recall of release {release_id} was acknowledged already")
        row = _match(entry, found.match_id)
        _tell(entry, release_id, ACKNOWLEDGED, words, found.recipient.name, on, row.person_id)


def outcome(engine: Engine, release_id: int, what: str, on: date, *, source: str, by: str, now: datetime) -> None:
    """What came of it, on the recipient's word; a later one stands beside an earlier."""
    if what not in OUTCOMES:
        raise BadEntry(f"{what!r} is no outcome; give {', '.join(OUTCOMES)}")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        row = _match(entry, _released(entry.connection, release_id).match_id)
        _tell(entry, release_id, OUTCOME, what, source, on, row.person_id)


def _changed(connection: Connection, row: Any, evidence: Evidence, told: HandOver) -> list[str]:
    """What a release rests on and is no more as the run had it, in words."""
    changed = []
    latest = connection.scalar(
        select(func.max(CrimeVersion.version))
        .join(Crime, Crime.id == CrimeVersion.crime_id)
        .where(Crime.force == row.force, Crime.crime_ref == row.crime_ref)
    )
    if latest != row.crime_version:
        changed.append(f"the crime is at version {latest} now, and was matched at version {row.crime_version}")
    if not _within(told.eligible, row.wearer_ref, row.t_from, row.t_to):
        changed.append(f"by the record {row.wearer_ref} may not be matched at the crime's time: the gate is closed")
    if not evidence.fixes:
        changed.append("no fix is left that proves it")
    for fix in evidence.fixes:
        worn = told.assignments.filter(
            (told.assignments["device_id"] == fix.device_id) & (told.assignments["wearer_id"] == row.wearer_ref)
        )
        if not any(since <= fix.t and (until is None or fix.t < until) for _, _, since, until in worn.iter_rows()):
            changed.append(f"device {fix.device_id} was not on {row.wearer_ref} at {fix.t.isoformat()}")
            break
    if not all(_within(told.monitored, row.wearer_ref, fix.t, fix.t) for fix in evidence.fixes):
        changed.append(f"{row.wearer_ref} was not monitored at the time of every fix: licence, recall or custody")
    return changed


def _within(spans: Any, wearer: str, since: datetime, until: datetime) -> bool:
    return any(
        who == wearer and begins <= since and (ends is None or until < ends) for who, begins, ends in spans.iter_rows()
    )


def _basis(connection: Connection, row: Any) -> Basis:
    """The score that opened the gate, and the licence, of the first programme under which it was open."""
    as_of, day = AsOf(date.max), london_day(row.t_from)
    for programme_id, key, name in programmes(connection):
        if not maps_crimes(connection, programme_id, as_of):
            continue
        held = gates(connection, programme_id, as_of, horizon_of(connection, programme_id, as_of))
        for gate in held.get(row.wearer_ref, []):
            if gate.since <= day and (gate.until is None or day < gate.until):
                mine = (x for x in licences(connection, programme_id, as_of) if x.wearer_ref == row.wearer_ref)
                return Basis(gate.why, ", ".join(x.reference for x in mine), f"{name} ({key})")
    raise Refused("release", f"by the record no programme's gate was open for {row.wearer_ref} on {day}")


def _who(connection: Connection, person_id: int, day: date) -> Who:
    identity = connection.execute(
        select(Identity.name, Identity.born, Identity.pnc_id).where(known(Identity), Identity.person_id == person_id)
    ).first()
    if identity is None:
        raise Refused("release", "nobody's name is on record for this wearer, so nobody could be told who it is")
    address = connection.execute(
        select(Address.line, Address.postcode, Address.borough_stated, Address.borough_found)
        .where(known(Address), Address.person_id == person_id, Address.from_on <= day)
        .order_by(Address.from_on.desc(), Address.id.desc())
    ).first()
    words = None
    if address is not None:
        parts = (address.line, address.borough_stated or address.borough_found, address.postcode)
        words = ", ".join(part for part in parts if part) or None
    return Who(identity.name, identity.born, identity.pnc_id, words)


def _confirmation(entry: Entry, match_id: int) -> Any:
    found = entry.connection.execute(
        select(MatchMoved.recorded_by, MatchMoved.recorded_at, MatchMoved.figures)
        .where(known(MatchMoved), MatchMoved.match_id == match_id, MatchMoved.move == MatchMove.CONFIRM)
        .order_by(MatchMoved.id.desc())
    ).first()
    if found is None:
        raise Refused("confirmation", f"nobody's confirmation of match {match_id} is on record")
    return found


def _match(entry: Entry, match_id: int) -> Any:
    row = entry.connection.execute(select(Match.__table__).where(Match.id == match_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no match {match_id}")
    return row


def _set(entry: Entry, match_id: int, state: MatchState) -> None:
    entry.connection.execute(update(Match).where(Match.id == match_id).values(state=state, changed_at=entry.at))


def _told(connection: Connection, release_id: int) -> set[str]:
    of_release = known(ReleaseTold), ReleaseTold.release_id == release_id
    return set(connection.scalars(select(ReleaseTold.kind).where(*of_release)))


def _tell(
    entry: Entry, release_id: int, kind: str, words: str, source: str | None, on: date, person_id: int | None
) -> None:
    values = {"release_id": release_id, "kind": kind, "words": words, "source": source, "effective_on": on}
    entry.add(ReleaseTold, about=person_id, **values)


def _released(connection: Connection, release_id: int) -> Released:
    row = connection.execute(
        select(
            Release.id,
            Release.match_id,
            Release.recipient_name,
            Release.recipient_rank,
            Release.recipient_unit,
            Release.sha256,
            Release.destroy_by,
            Release.confirmed_by,
            Release.recorded_by,
            Release.recorded_at,
        ).where(Release.id == release_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no release {release_id}")
    return Released(row[0], row[1], Recipient(*row[2:5]), *row[5:])
