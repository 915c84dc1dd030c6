"""Releasing a confirmed match to a named recipient; recalling it, and recording the acknowledgement and the outcome.

Everything that a release depends on is checked again when it is made, within its entry, so that nothing can change
between the check and the release. `Refused` lists all that has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.queries import licences
from tracker.ogrs.queries import gates, horizon_of
from tracker.people.tables import Address, Identity
from tracker.programme.queries import programmes
from tracker.programme.statement_queries import maps_crimes
from tracker.record.as_known import known
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.review.changed import Decision
from tracker.review.changed_queries import Said, said_of, waits_for_decision
from tracker.review.changed_service import decide_within
from tracker.review.package import Basis, Fix, Recipient, Who, digest, package_text
from tracker.review.pool_service import OF_CHANCE
from tracker.review.release_checks_queries import Check, checks_of
from tracker.review.states import MatchMove, MatchState, advance, require_second_person
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.times import AsOf, london_day

PURPOSE = "release of matches"
RECALLED, ACKNOWLEDGED, OUTCOME = "recalled", "acknowledged", "outcome"
OUTCOMES = ("no further action", "suspect eliminated", "suspect identified", "charged", "convicted", "not known")


@dataclass(frozen=True, slots=True)
class Released:
    """A release, without its package."""

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
    """What the run shows: fixes inside the circle, or those on either side of a crossing; the crime's place; the match
    in words, its visits, and what speaks against it."""

    fixes: Sequence[Fix]
    crime: Mapping[str, Any]
    words: str
    visits: Sequence[Mapping[str, Any]] = ()
    against: Sequence[Mapping[str, Any]] = ()


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
    """Make the package and release it.

    Raises
    ------
    IllegalMove
        The match is not confirmed.
    Refused
        The person who confirmed it would also release it; or something it depends on has changed, each named.
    """
    if destroy_by <= london_day(now):
        raise BadEntry(f"The date to destroy the package by, {destroy_by}, is not in the future. Give a later date.")
    for what, text in (("name", recipient.name), ("rank", recipient.rank), ("unit", recipient.unit)):
        if not text.strip():
            raise BadEntry(f"The recipient's {what} is missing. A package is released to a named person.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        row = _match(entry, match_id)
        state = advance(row.state, MatchMove.RELEASE)
        said = _said(entry, match_id)
        for person in (said.confirmed_by, *said.kept_by):
            require_second_person(person, by)
        checks = checks_of(entry.connection, row, evidence.fixes, eligible_wearers(engine), said)
        changed = [each.why for each in checks if each.why is not None]
        if changed:
            reasons = "; ".join(changed)
            raise Refused("release", f"The match can no longer be released: {reasons}. Return it to review.")
        text = package_text(
            evidence.crime,
            _who(entry.connection, row.person_id, london_day(row.t_from)),
            evidence.fixes,
            _figures(row, said),
            evidence.words,
            _basis(entry.connection, row),
            recipient,
            visits=evidence.visits,
            against=evidence.against,
            confirmed_by=said.confirmed_by,
            confirmed_at=said.confirmed_at,
            released_by=by,
            released_at=entry.at,
            destroy_by=destroy_by,
        )
        entry.add(MatchMoved, match_id=match_id, move=MatchMove.RELEASE, about=row.person_id)
        # Not by `add`: the audit has the package's digest, not its content.
        values = {
            "match_id": match_id,
            "recipient_name": recipient.name,
            "recipient_rank": recipient.rank,
            "recipient_unit": recipient.unit,
            "confirmed_by": said.confirmed_by,
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


def checks_before(engine: Engine, match_id: int, evidence: Evidence | None, *, by: str) -> list[Check]:
    """What `release` would check if it were made now by this person, one by one. `evidence` None: it is not kept.

    Raises
    ------
    Refused
        The match is not confirmed.
    """
    with reading(engine).connect() as connection:
        row = connection.execute(select(Match.__table__).where(Match.id == match_id)).one_or_none()
        said = said_of(connection, match_id)
        if row is None or said is None:
            raise Refused("confirmation", f"There is no confirmation of match {match_id} on record.")
        fixes = () if evidence is None else evidence.fixes
        checks = checks_of(connection, row, fixes, eligible_wearers(engine), said)
    own = by in (said.confirmed_by, *said.kept_by)
    why = "you confirmed it, or kept it as it was, yourself" if own else None
    return [*checks, Check("second_person", "Another person than you confirmed it", why)]


def recall(engine: Engine, release_id: int, reason: str, *, by: str, now: datetime) -> Released:
    """Recall a release: the recipient has to return or destroy the package."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        return recall_within(entry, release_id, reason, london_day(now))


def recall_within(entry: Entry, release_id: int, reason: str, on: date) -> Released:
    """The same within an entry. Where a run says something else of the match, the recall is the decision on that."""
    if not reason.strip():
        raise BadEntry("The reason is missing. Say why the release is recalled: the recipient receives it.")
    found = _released(entry.connection, release_id)
    row = _match(entry, found.match_id)
    if RECALLED in _updates(entry.connection, release_id):
        raise Refused("recall", f"Release {release_id} has already been recalled.")
    state = advance(row.state, MatchMove.RECALL)
    listed = waits_for_decision(entry.connection, row.id)
    if listed is not None:
        decide_within(entry, listed, Decision.RECALL, reason, row.person_id)
    entry.add(MatchMoved, match_id=row.id, move=MatchMove.RECALL, reason=reason, about=row.person_id)
    _add_update(entry, release_id, RECALLED, reason, None, on, row.person_id)
    _set(entry, row.id, state)
    return found


def acknowledge(engine: Engine, release_id: int, on: date, words: str, *, by: str, now: datetime) -> None:
    """Record that the recipient acknowledged the recall, and what they did with the package."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = _released(entry.connection, release_id)
        updates = _updates(entry.connection, release_id)
        if RECALLED not in updates:
            raise Refused("recall", f"Release {release_id} has not been recalled, so there is nothing to acknowledge.")
        if ACKNOWLEDGED in updates:
            raise Refused("recall", f"The recall of release {release_id} has already been acknowledged.")
        row = _match(entry, found.match_id)
        _add_update(entry, release_id, ACKNOWLEDGED, words, found.recipient.name, on, row.person_id)


def outcome(engine: Engine, release_id: int, what: str, on: date, *, source: str, by: str, now: datetime) -> None:
    """Record an outcome as the recipient reports it; earlier outcomes stay on record."""
    if what not in OUTCOMES:
        raise BadEntry(f"{what!r} is not an outcome. Give one of {', '.join(OUTCOMES)}.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        row = _match(entry, _released(entry.connection, release_id).match_id)
        _add_update(entry, release_id, OUTCOME, what, source, on, row.person_id)


def _basis(connection: Connection, row: Any) -> Basis:
    """The score that opened the gate and the licence, in the first programme under which the gate was open."""
    as_of, day = AsOf(date.max), london_day(row.t_from)
    for programme_id, key, name in programmes(connection):
        if not maps_crimes(connection, programme_id, as_of):
            continue
        of_wearers = gates(connection, programme_id, as_of, horizon_of(connection, programme_id, as_of))
        for gate in of_wearers.get(row.wearer_ref, []):
            if gate.since <= day and (gate.until is None or day < gate.until):
                mine = (x for x in licences(connection, programme_id, as_of) if x.wearer_ref == row.wearer_ref)
                return Basis(gate.why, ", ".join(x.reference for x in mine), f"{name} ({key})")
    raise Refused("release", f"No programme's gate was open for {row.wearer_ref} on {day}, so nothing can be released.")


def _figures(row: Any, said: Said) -> dict[str, Any]:
    """The figures that were confirmed, or kept: then with what the match's pool says of chance."""
    of_chance = {name: row.figures[name] for name in OF_CHANCE if name in row.figures} if said.kept_by else {}
    return {**{name: value for name, value in said.figures.items() if name != "against"}, **of_chance}


def _who(connection: Connection, person_id: int, day: date) -> Who:
    identity = connection.execute(
        select(Identity.name, Identity.born, Identity.pnc_id).where(known(Identity), Identity.person_id == person_id)
    ).first()
    if identity is None:
        raise Refused("release", "This wearer's name is not on record, so a package cannot identify them.")
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


def _said(entry: Entry, match_id: int) -> Said:
    found = said_of(entry.connection, match_id)
    if found is None:
        raise Refused("confirmation", f"There is no confirmation of match {match_id} on record.")
    return found


def _match(entry: Entry, match_id: int) -> Any:
    row = entry.connection.execute(select(Match.__table__).where(Match.id == match_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no match {match_id}.")
    return row


def _set(entry: Entry, match_id: int, state: MatchState) -> None:
    entry.connection.execute(update(Match).where(Match.id == match_id).values(state=state, changed_at=entry.at))


def _updates(connection: Connection, release_id: int) -> set[str]:
    of_release = known(ReleaseUpdate), ReleaseUpdate.release_id == release_id
    return set(connection.scalars(select(ReleaseUpdate.kind).where(*of_release)))


def _add_update(
    entry: Entry, release_id: int, kind: str, words: str, source: str | None, on: date, person_id: int | None
) -> None:
    values = {"release_id": release_id, "kind": kind, "words": words, "source": source, "effective_on": on}
    entry.add(ReleaseUpdate, about=person_id, **values)


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
        raise NotFound(f"There is no release {release_id}.")
    return Released(row[0], row[1], Recipient(*row[2:5]), *row[5:])
