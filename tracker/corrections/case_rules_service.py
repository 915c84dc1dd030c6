"""What corrected places, moves of licences, alerts, decisions, terms, addresses and scores have to agree with."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from tracker.answers import Answer
from tracker.corrections.change import Change, Rules
from tracker.corrections.order_service import keep_order
from tracker.errors import BadEntry
from tracker.licences.states import (
    DECISIONS,
    AlertMove,
    AlertState,
    EndReason,
    LicenceMove,
    LicenceState,
    advance_alert,
    advance_licence,
)
from tracker.licences.tables import AlertEvent, Licence, LicenceEvent
from tracker.ogrs.gate import Score, checked_score, gate_changes, gate_intervals
from tracker.ogrs.queries import horizon_of, scores
from tracker.record.as_known import known
from tracker.retention.subject_access import AccessState
from tracker.retention.subject_access import advance as advance_request
from tracker.retention.tables import SubjectAccessEvent
from tracker.rollout.capacity import PlaceState
from tracker.rollout.capacity import advance as advance_place
from tracker.rollout.queries import capacity
from tracker.rollout.tables import PlaceEvent
from tracker.screening.dated import offence_code
from tracker.screening.decisions import checked_decision
from tracker.screening.facts_service import in_words
from tracker.screening.queries import latest_screenings, recorded_licences
from tracker.screening.service import Screener, rescreen, reservations, review_reservation
from tracker.times import AsOf


def _settle_place(change: Change) -> None:
    mine = PlaceEvent.licence_id == change.held.values["licence_id"]
    keep_order(change, PlaceEvent, mine, "effective_on", change.held.values["effective_on"])
    moves = select(PlaceEvent.move).where(known(PlaceEvent), mine)
    rows = change.entry.connection.scalars(moves.order_by(PlaceEvent.effective_on, PlaceEvent.id))
    state = _folded(PlaceState.NONE, rows, advance_place)
    full = capacity(change.entry.connection, change.programme_id, AsOf(date.max))
    room = "no maximum" if full.headroom is None else _room(full.headroom)
    counts = f"{full.imposed} imposed, {full.reserved} reserved, {room}"
    change.notes.append(f"the licence's place is now: {state}; {counts}")


def _room(headroom: int) -> str:
    return f"over by {-headroom}" if headroom < 0 else f"{headroom} free"


def _folded(state: Any, moves: Iterable[Any], advance: Callable[[Any, Any], Any]) -> Any:
    for move in moves:
        state = advance(state, move)
    return state


def _prepare_licence_move(change: Change) -> None:
    move, recall = change.now("move"), change.now("recall_type")
    if move is LicenceMove.RECALL and recall is None:
        raise BadEntry("recallType: a recall needs its type.")
    if move is not LicenceMove.RECALL and recall is not None:
        if "recall_type" in change.changes:
            raise BadEntry("recallType: only a recall has a type.")
        change.changes["recall_type"] = None
    reason = change.now("end_reason")
    if move is LicenceMove.END and reason is None and change.changes.keys() & {"move", "end_reason"}:
        raise BadEntry(f"endReason: the end of a licence needs its reason: {', '.join(EndReason)}.")
    if move is not LicenceMove.END and reason is not None:
        if "end_reason" in change.changes:
            raise BadEntry("endReason: only the end of a licence has such a reason.")
        change.changes["end_reason"] = None


def _settle_licence_move(change: Change) -> None:
    licence_id = change.held.values["licence_id"]
    mine = LicenceEvent.licence_id == licence_id
    keep_order(change, LicenceEvent, mine, "at", change.held.values["at"])
    moves = select(LicenceEvent.move).where(known(LicenceEvent), mine).order_by(LicenceEvent.at, LicenceEvent.id)
    state = _folded(LicenceState.AWAITED, change.entry.connection.scalars(moves), advance_licence)
    change.notes.append(f"by its moves the licence is now: {state}")
    if LicenceMove.RELEASE in (change.held.values["move"], change.now("move")):
        # The criteria ask of the day of the release.
        screened = rescreen(change.entry, change.programme_id, change.today, ids=[licence_id], screened_once=True)
        change.notes += in_words(screened)


def _prepare_custody(change: Change) -> None:
    from_at, to_at = change.now("from_at"), change.now("to_at")
    if to_at is not None and to_at <= from_at:
        raise BadEntry(f"toAt: custody cannot end at {to_at.isoformat()}: it begins at {from_at.isoformat()}.")


def _prepare_alert_step(change: Change) -> None:
    move, decided_by = change.now("move"), change.now("decided_by")
    if (change.held.values["move"] is AlertMove.RAISE) != (move is AlertMove.RAISE):
        raise BadEntry("move: an alert begins when it is raised. Take the alert back, or correct a later step.")
    if "kind" in change.changes and move is not AlertMove.RAISE:
        raise BadEntry("alertOf: what an alert is of stands with its first step, when it was raised. Correct that one.")
    if move in DECISIONS and decided_by is None:
        raise BadEntry("decidedBy: a decision about an alert needs the name of the practitioner who made it.")
    if move not in DECISIONS and decided_by is not None:
        if "decided_by" in change.changes:
            raise BadEntry("decidedBy: only a decision names the practitioner.")
        change.changes["decided_by"] = None


def _settle_alert_step(change: Change) -> None:
    mine = AlertEvent.alert_id == change.held.values["alert_id"]
    keep_order(change, AlertEvent, mine, "at", change.held.values["at"])
    moves = select(AlertEvent.move).where(known(AlertEvent), mine).order_by(AlertEvent.at, AlertEvent.id)
    state = _folded(AlertState.NONE, change.entry.connection.scalars(moves), advance_alert)
    gone = state is AlertState.NONE
    change.notes.append("the alert counts no more" if gone else f"the alert is now: {state}")


def _prepare_decision(change: Change) -> None:
    who, where = change.now("decided_by"), change.now("organisation")
    checked_decision(who, where, change.now("decided_on"), change.now("reasons"), change.today)


def _prepare_terms(change: Change) -> None:
    if change.changes.get("offence_code") is not None:
        change.changes["offence_code"] = offence_code(change.changes["offence_code"])
    release, ends = change.now("planned_release_on"), change.now("ends_on")
    if release is not None and ends is not None and ends < release:
        raise BadEntry(f"endsOn: the licence cannot end on {ends}: its planned release is on {release}.")


def _screened_again(change: Change) -> None:
    """Facts that the criteria ask changed: screen again, and lapse a reserved place whose licence now fails."""
    connection, entry = change.entry.connection, change.entry
    licence_id = change.held.values.get("licence_id")
    query = select(Licence.id).where(Licence.person_id == change.person_id, Licence.programme_id == change.programme_id)
    ids = list(connection.scalars(query)) if licence_id is None else [licence_id]
    as_of = AsOf(change.today)
    screener = Screener(connection, change.programme_id, change.today)
    before, reserved = latest_screenings(connection, as_of, ids), reservations(connection, change.programme_id)
    for licence in recorded_licences(connection, change.programme_id, as_of, ids=ids):
        if licence.licence_id not in before:
            continue
        found = screener.record(entry, licence, before[licence.licence_id])
        words = f"{licence.reference} screened again: {found.answer}"
        if found.answer is not Answer.PASSED:
            open_ones = [f"{x.criterion}: {x.seen}" for x in found.findings if x.answer is not Answer.PASSED]
            words += f" ({'; '.join(open_ones)})"
        change.notes.append(words)
        place = reserved.get(licence.licence_id)
        if place is not None:
            was = change.held.values.get("planned_release_on", licence.release_on)
            change.notes.append(review_reservation(entry, licence, place, found, was, change.today))


def _settle_screening(change: Change) -> None:
    licence_id = change.held.values["licence_id"]
    left = latest_screenings(change.entry.connection, AsOf(date.max), [licence_id]).get(licence_id)
    change.notes.append(
        "the licence is not screened now: screen again"
        if left is None
        else f"the screening of {left.screened_on} counts again: {left.answer}"
    )


def _prepare_score(change: Change) -> None:
    if change.held.values["computed"]:
        raise BadEntry("score: this one was computed here from its inputs. Give the score again with its inputs.")
    checked_score(change.now("pct_hundredths"), change.now("horizon_years"))
    mine = change.now("scored_on"), change.now("horizon_years"), change.now("instrument")
    on_record = scores(change.entry.connection, AsOf(date.max), [change.held.values["person_id"]])
    for each in on_record.get(change.held.values["person_id"], []):
        same = (each.score.scored_on, each.score.horizon_years, each.score.instrument) == mine
        if same and not each.score.computed and each.id != change.held.number:
            raise BadEntry(f"on: there is another {mine[2]} score of {mine[0]}, number {each.id}. Correct that one.")


def _settle_score(change: Change) -> None:
    connection, person_id = change.entry.connection, change.held.values["person_id"]
    horizon = horizon_of(connection, change.programme_id, AsOf(date.max))
    after = [each.score for each in scores(connection, AsOf(date.max), [person_id]).get(person_id, [])]
    held = change.held.values
    was = Score(
        held["scored_on"],
        held["horizon_years"],
        held["pct_hundredths"],
        str(held["instrument"]),
        rounded=held["rounded"],
        computed=held["computed"],
    )
    replaced = None
    if change.number is not None:
        replaced = replace(
            was,
            scored_on=change.now("scored_on"),
            horizon_years=change.now("horizon_years"),
            pct_hundredths=change.now("pct_hundredths"),
            instrument=str(change.now("instrument")),
            rounded=change.now("rounded"),
        )
    before = [*(score for score in after if score != replaced), was]
    for found in gate_changes(gate_intervals(before, horizon), gate_intervals(after, horizon)):
        change.notes.append(f"the gate {found.in_words()}")


def _settle_request(change: Change) -> None:
    mine = SubjectAccessEvent.subject_access_id == change.held.values["subject_access_id"]
    keep_order(change, SubjectAccessEvent, mine, "effective_on", change.held.values["effective_on"])
    moves = select(SubjectAccessEvent.move).where(known(SubjectAccessEvent), mine)
    ordered = moves.order_by(SubjectAccessEvent.effective_on, SubjectAccessEvent.id)
    state = _folded(AccessState.NONE, change.entry.connection.scalars(ordered), advance_request)
    change.notes.append(f"the request is now: {state}")


CASE_RULES: dict[str, Any] = {
    "place": Rules(settle=_settle_place),
    "licence-move": Rules(prepare=_prepare_licence_move, settle=_settle_licence_move),
    "custody": Rules(prepare=_prepare_custody),
    "alert-step": Rules(prepare=_prepare_alert_step, settle=_settle_alert_step),
    "proportionate": Rules(prepare=_prepare_decision),
    "terms": Rules(prepare=_prepare_terms, settle=_screened_again),
    "address": Rules(settle=_screened_again),
    "screening": Rules(settle=_settle_screening),
    "score": Rules(prepare=_prepare_score, settle=_settle_score),
    "subject-access-step": Rules(settle=_settle_request),
}
