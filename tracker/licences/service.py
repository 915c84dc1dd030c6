"""Releases, recalls and custody on a licence, and monitoring alerts. Each move follows its table and is audited."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Engine, select

from tracker.errors import BadEntry, IllegalMove, NotFound
from tracker.licences.entry_service import entering_tags, licence_named, require_order
from tracker.licences.queries import alerts, died_at
from tracker.licences.states import (
    DECISIONS,
    AlertMove,
    AlertState,
    EndReason,
    LicenceMove,
    LicenceState,
    RecallType,
    advance_alert,
    advance_licence,
)
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceNote
from tracker.record.entry import Entry
from tracker.times import AsOf, london_day


def move_licence(
    engine: Engine,
    licence: str,
    move: LicenceMove,
    at: datetime,
    *,
    recall_type: RecallType | None = None,
    end_reason: EndReason | None = None,
    note: str | None = None,
    then: Callable[[Entry, int], None] | None = None,
    by: str,
    now: datetime,
) -> LicenceState:
    """Record a release, recall, return to custody, re-release or end. `then` enters more of the person with this
    number, in the same transaction.

    Raises
    ------
    BadEntry
        A recall without its type, an end without its reason, another move with one; or the move comes before the last
        one on record.
    IllegalMove
        The licence cannot make this move from its present state.
    """
    if move is LicenceMove.RECALL and recall_type is None:
        raise BadEntry(f"A recall needs its type: {', '.join(RecallType)}.")
    if move is not LicenceMove.RECALL and recall_type is not None:
        raise BadEntry("Only a recall has a type. Leave the type out, or record a recall.")
    if move is LicenceMove.END and end_reason is None:
        raise BadEntry(f"The end of a licence needs its reason: {', '.join(EndReason)}.")
    if move is not LicenceMove.END and end_reason is not None:
        raise BadEntry("Only the end of a licence has such a reason. Leave the reason out, or record the end.")
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        moves = entry.connection.execute(
            select(LicenceEvent.move, LicenceEvent.at)
            .where(LicenceEvent.licence_id == row.id, LicenceEvent.superseded_at.is_(None))
            .order_by(LicenceEvent.at, LicenceEvent.id)
        ).all()
        require_order(f"Licence {licence}", at, moves[-1].at if moves else None)
        # By the moves alone. A licence whose last day has passed has ended too, but moves from before that day may
        # still be entered; a licence that was ended by a move stays ended.
        state = LicenceState.AWAITED
        for before in moves:
            state = advance_licence(state, before.move)
        state = advance_licence(state, move, licence)
        died = died_at(entry.connection, row.id)
        if died is not None and at > died and state is not LicenceState.ENDED:
            raise IllegalMove(
                f"The holder of licence {licence} died on {london_day(died)}, so nothing later can be recorded on it "
                "but its end."
            )
        entry.add(
            LicenceEvent,
            licence_id=row.id,
            move=move,
            at=at,
            recall_type=recall_type,
            end_reason=end_reason,
            note=note,
            about=row.person_id,
        )
        if then is not None:
            then(entry, row.person_id)
    return state


def in_custody(
    engine: Engine,
    licence: str,
    from_at: datetime,
    to_at: datetime | None,
    *,
    note: str | None = None,
    by: str,
    now: datetime,
) -> None:
    """Record custody for another matter; the wearer is not monitored during it."""
    if to_at is not None and to_at <= from_at:
        raise BadEntry(
            f"Custody cannot end at {to_at.isoformat()}: it begins at {from_at.isoformat()}. Give a later end, or none."
        )
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        entry.add(Custody, licence_id=row.id, from_at=from_at, to_at=to_at, note=note, about=row.person_id)


def raise_alert(engine: Engine, licence: str, kind: str, at: datetime, *, by: str, now: datetime) -> int:
    """Record an alert from the monitoring; returns the alert's number."""
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        alert_id = entry.add(Alert, licence_id=row.id, kind=kind, about=row.person_id)
        entry.add(AlertEvent, alert_id=alert_id, move=AlertMove.RAISE, at=at, about=row.person_id)
    return alert_id


def move_alert(
    engine: Engine,
    alert_id: int,
    move: AlertMove,
    at: datetime,
    *,
    decided_by: str | None = None,
    note: str | None = None,
    by: str,
    now: datetime,
) -> AlertState:
    """Record that an alert was verified or found false, then a practitioner's decision with their name."""
    if move in DECISIONS and decided_by is None:
        raise BadEntry("A decision about an alert needs the name of the practitioner who made it.")
    if move not in DECISIONS and decided_by is not None:
        raise BadEntry("Only a decision names the practitioner. Leave the name out, or record a decision.")
    with entering_tags(engine, by, now) as entry:
        found = entry.connection.execute(
            select(Alert.id, Licence.programme_id, Licence.person_id)
            .join(Licence, Licence.id == Alert.licence_id)
            .where(Alert.id == alert_id)
        ).first()
        if found is None:
            raise NotFound(f"There is no alert {alert_id}.")
        [before] = alerts(entry.connection, found.programme_id, AsOf(date.max), ids=[alert_id])
        require_order(f"Alert {alert_id}", at, before.at)
        state = advance_alert(before.state, move)
        entry.add(
            AlertEvent, alert_id=alert_id, move=move, at=at, decided_by=decided_by, note=note, about=found.person_id
        )
    return state


def note(engine: Engine, licence: str, words: str, on: date, *, by: str, now: datetime) -> int:
    """Note something of a licence; returns the note's number."""
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        return entry.add(LicenceNote, licence_id=row.id, words=words, effective_on=on, about=row.person_id)
