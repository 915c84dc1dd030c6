"""People released, recalled and in custody, and what the monitoring told of them. Each move by its rule, on record."""

from datetime import date, datetime

from sqlalchemy import Engine, select

from tracker.errors import BadEntry, NotFound
from tracker.licences.entry_service import entering_tags, in_order, licence_named
from tracker.licences.queries import alerts
from tracker.licences.states import (
    DECISIONS,
    AlertMove,
    AlertState,
    LicenceMove,
    LicenceState,
    RecallType,
    advance_alert,
    advance_licence,
)
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent
from tracker.times import AsOf


def move_licence(
    engine: Engine,
    licence: str,
    move: LicenceMove,
    at: datetime,
    *,
    recall_type: RecallType | None = None,
    note: str | None = None,
    by: str,
    now: datetime,
) -> LicenceState:
    """Release, recall, return to custody, re-release, end."""
    if (move is LicenceMove.RECALL) != (recall_type is not None):
        raise BadEntry(f"a recall has a type, {', '.join(RecallType)}; nothing else has")
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        told = entry.connection.execute(
            select(LicenceEvent.move, LicenceEvent.at)
            .where(LicenceEvent.licence_id == row.id, LicenceEvent.superseded_at.is_(None))
            .order_by(LicenceEvent.at, LicenceEvent.id)
        ).all()
        in_order(f"licence {licence}", at, told[-1].at if told else None)
        # By the moves alone: a last day that has come ends a licence too, and what happened before it may still be
        # entered; one that was ended by a move stays ended.
        state = LicenceState.AWAITED
        for before in told:
            state = advance_licence(state, before.move)
        state = advance_licence(state, move)
        entry.add(
            LicenceEvent, licence_id=row.id, move=move, at=at, recall_type=recall_type, note=note, about=row.person_id
        )
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
    """In custody for something else; time that nobody is monitored in."""
    if to_at is not None and to_at <= from_at:
        raise BadEntry(f"custody to {to_at.isoformat()} ends before it begins at {from_at.isoformat()}")
    with entering_tags(engine, by, now) as entry:
        row = licence_named(entry, licence)
        entry.add(Custody, licence_id=row.id, from_at=from_at, to_at=to_at, note=note, about=row.person_id)


def raise_alert(engine: Engine, licence: str, kind: str, at: datetime, *, by: str, now: datetime) -> int:
    """Something the monitoring told; the alert's number."""
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
    """Verified or found false; then a practitioner's decision, which names them."""
    if (move in DECISIONS) != (decided_by is not None):
        raise BadEntry("a decision names who decided; nothing else does")
    with entering_tags(engine, by, now) as entry:
        found = entry.connection.execute(
            select(Alert.id, Licence.programme_id, Licence.person_id)
            .join(Licence, Licence.id == Alert.licence_id)
            .where(Alert.id == alert_id)
        ).first()
        if found is None:
            raise NotFound(f"there is no alert {alert_id}")
        held = next(a for a in alerts(entry.connection, found.programme_id, AsOf(date.max)) if a.alert_id == alert_id)
        in_order(f"alert {alert_id}", at, held.at)
        state = advance_alert(held.state, move)
        entry.add(
            AlertEvent, alert_id=alert_id, move=move, at=at, decided_by=decided_by, note=note, about=found.person_id
        )
    return state
