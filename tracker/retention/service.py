"""Setting retention policies, and erasing a person from the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.access.idempotency_queries import forget_answers
from tracker.assignments.tables import Assignment
from tracker.errors import BadEntry, NotFound
from tracker.evaluation.people.tables import Characteristic, Reoffence
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address, Identity, Person
from tracker.record.as_known import known
from tracker.record.audit_chain import Action
from tracker.record.audit_tables import PersonKey
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.retention.policy import Policy, RetentionKind
from tracker.retention.tables import Erasure, ErasureStep, RetentionPolicy
from tracker.review.tables import (
    ChangedMatch,
    ChangedMatchDecision,
    Match,
    MatchMoved,
    PoolPair,
    Release,
    ReleaseUpdate,
)
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.tables import TagEvent
from tracker.times import AsOf

_PURPOSE = "retention and erasure"


def set_policy(
    engine: Engine,
    kind: RetentionKind,
    days: int,
    from_on: date,
    *,
    source: str,
    sample: bool = False,
    by: str,
    now: datetime,
) -> None:
    """Set how long a kind of data is kept, from a day on."""
    if days < 0:
        raise BadEntry(f"{days} days is not a retention period. Give 0 days or more.")
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.add(RetentionPolicy, kind=kind, days=days, effective_on=from_on, source=source, sample=sample)


def policies(connection: Connection, as_of: AsOf) -> list[Policy]:
    """Every policy that had begun by a day, in order."""
    query = (
        select(
            RetentionPolicy.kind,
            RetentionPolicy.days,
            RetentionPolicy.effective_on,
            RetentionPolicy.source,
            RetentionPolicy.sample,
        )
        .where(known(RetentionPolicy, as_of.known_at), RetentionPolicy.effective_on <= as_of.at)
        .order_by(RetentionPolicy.effective_on, RetentionPolicy.id)
    )
    return [Policy(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class WornDevice:
    """A device in the time the person wore it: its fixes have to be erased."""

    device_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """An erasure from the record: what the other stores have to erase, and the counts of rows erased."""

    erasure_id: int
    person_id: int
    wearer_ref: str
    worn: tuple[WornDevice, ...]
    counts: Mapping[str, int]


def preview_erasure(engine: Engine, wearer_ref: str) -> ErasedPerson:
    """What erasing a person would have to erase outside the record; changes nothing. Raises NotFound."""
    with reading(engine).connect() as connection:
        person_id, worn = _found(connection, wearer_ref)
    return ErasedPerson(0, person_id, wearer_ref, worn, {})


def _found(connection: Connection, wearer_ref: str) -> tuple[int, tuple[WornDevice, ...]]:
    person_id = connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
    if person_id is None:
        raise NotFound(f"There is no wearer {wearer_ref!r} on record.")
    assignments = connection.execute(
        select(Assignment.device_id, Assignment.fitted_at, Assignment.removed_at).where(
            Assignment.wearer_id == wearer_ref
        )
    )
    # Superseded ones too: fixes imported under an assignment that was later corrected are the person's as well.
    return person_id, tuple(WornDevice(*row) for row in assignments)


def erase_person(engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime) -> ErasedPerson:
    """Erase a person from the record; this cannot be undone.

    Deletes identity, addresses, scores, terms, findings and reasons, the key that seals their values in the audit, and
    the reference that joins them to tag streams. Their places, fittings and recalls stay without a name, so capacity
    and stock as known at any instant do not change. The audit chain stays intact.

    Raises
    ------
    NotFound
        No wearer has that reference.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        connection = entry.connection
        person_id, worn = _found(connection, wearer_ref)
        licences = select(Licence.id).where(Licence.person_id == person_id)
        counts: dict[str, int] = {}
        for table, mine in (
            (Identity, Identity.person_id == person_id),
            (Address, Address.person_id == person_id),
            (OgrsScore, OgrsScore.person_id == person_id),
            (LicenceTerms, LicenceTerms.licence_id.in_(licences)),
            (Screening, Screening.licence_id.in_(licences)),
            (Proportionality, Proportionality.licence_id.in_(licences)),
            (Reoffence, Reoffence.person_id == person_id),
            (Characteristic, Characteristic.person_id == person_id),
        ):
            # Corrections refer to the rows they superseded.
            connection.execute(update(table).where(mine).values(supersedes_id=None))
            counts[table.__tablename__] = connection.execute(delete(table).where(mine)).rowcount
        for noted, theirs in (
            (LicenceEvent, LicenceEvent.licence_id.in_(licences)),
            (Custody, Custody.licence_id.in_(licences)),
            (TagEvent, TagEvent.licence_id.in_(licences)),
            (AlertEvent, AlertEvent.alert_id.in_(select(Alert.id).where(Alert.licence_id.in_(licences)))),
        ):
            connection.execute(update(noted).where(theirs).values(note=None))
        counts |= _erase_matches(connection, wearer_ref)
        connection.execute(update(PlaceEvent).where(PlaceEvent.licence_id.in_(licences)).values(reason=None))
        gone = f"erased-{person_id}"
        connection.execute(update(Assignment).where(Assignment.wearer_id == wearer_ref).values(wearer_id=gone))
        connection.execute(update(Person).where(Person.id == person_id).values(wearer_ref=gone, erased_at=entry.at))
        connection.execute(delete(PersonKey).where(PersonKey.person_id == person_id))
        # Of every user: an address in them may hold the reference.
        forget_answers(connection)
        erasure_id = _record_erasure(entry, person_id, reason)
        entry.note(Action.ERASE, "person", person_id, person_id=person_id, went=counts)
    return ErasedPerson(erasure_id, person_id, wearer_ref, worn, counts)


def _erase_matches(connection: Connection, wearer_ref: str) -> dict[str, int]:
    """Delete matches with their figures, moves and reasons; of a released one the release, its time and digest stay."""
    mine = select(Match.id).where(Match.wearer_ref == wearer_ref)
    released = select(Release.match_id).where(Release.match_id.in_(mine))
    counts = {
        "release": connection.execute(update(Release).where(Release.match_id.in_(mine)).values(package=None)).rowcount
    }
    connection.execute(
        update(ReleaseUpdate)
        .where(ReleaseUpdate.release_id.in_(select(Release.id).where(Release.match_id.in_(mine))))
        .values(words="erased")
    )
    counts["match_pool_pair"] = connection.execute(delete(PoolPair).where(PoolPair.wearer_ref == wearer_ref)).rowcount
    counts["changed_match"] = _erase_changes(connection, mine)
    counts["match_moved"] = _erase_moves(connection, mine, released)
    unreleased = delete(Match).where(Match.wearer_ref == wearer_ref, Match.id.not_in(released))
    counts["candidate_match"] = connection.execute(unreleased).rowcount
    for match_id in list(connection.scalars(mine)):
        left: dict[str, Any] = {"wearer_ref": f"erased-match-{match_id}", "figures": {}, "assignee": None}
        connection.execute(update(Match).where(Match.id == match_id).values(**left))
    return counts


def _erase_changes(connection: Connection, mine: Any) -> int:
    """Delete what later runs said of the matches, and what was decided on it."""
    changes = select(ChangedMatch.id).where(ChangedMatch.match_id.in_(mine))
    connection.execute(delete(ChangedMatchDecision).where(ChangedMatchDecision.changed_match_id.in_(changes)))
    connection.execute(update(ChangedMatch).where(ChangedMatch.match_id.in_(mine)).values(supersedes_id=None))
    return connection.execute(delete(ChangedMatch).where(ChangedMatch.match_id.in_(mine))).rowcount


def _erase_moves(connection: Connection, mine: Any, released: Any) -> int:
    """Delete the moves of deleted matches, and the reasons and figures of the others."""
    gone = MatchMoved.match_id.in_(mine), MatchMoved.match_id.not_in(released)
    connection.execute(update(MatchMoved).where(*gone).values(supersedes_id=None))
    rows = connection.execute(delete(MatchMoved).where(*gone)).rowcount
    kept = update(MatchMoved).where(MatchMoved.match_id.in_(mine)).values(reason=None, figures=None)
    return rows + connection.execute(kept).rowcount


def _record_erasure(entry: Entry, person_id: int, reason: str) -> int:
    # Not by `add`, which would create a new key for the person to seal the row.
    statement = insert(Erasure).returning(Erasure.id)
    values = {"person_id": person_id, "reason": reason, "recorded_at": entry.at, "recorded_by": entry.by}
    return int(entry.connection.execute(statement, values).scalar_one())


def record_step(
    engine: Engine, erasure_id: int, place: str, counts: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Record that an erasure is done in a store outside the record: fixes, events, runs."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.add(ErasureStep, erasure_id=erasure_id, place=place, told=dict(counts))


def unfinished_erasures(engine: Engine, places: tuple[str, ...]) -> list[tuple[int, int, tuple[str, ...]]]:
    """(erasure, person, stores not done yet) of each erasure that was interrupted."""
    with reading(engine).connect() as connection:
        done: dict[int, set[str]] = {}
        for erasure_id, place in connection.execute(select(ErasureStep.erasure_id, ErasureStep.place)):
            done.setdefault(erasure_id, set()).add(place)
        rows = connection.execute(select(Erasure.id, Erasure.person_id).order_by(Erasure.id)).all()
    left = [(e, p, tuple(place for place in places if place not in done.get(e, set()))) for e, p in rows]
    return [row for row in left if row[2]]
