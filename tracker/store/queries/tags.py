"""Where each tag is, how each licence stands, and when each wearer was monitored and may be mapped."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tracker.ogrs.gate import GateInterval, Score, gate_intervals
from tracker.store.queries.assignments import counting
from tracker.store.queries.knowing import known
from tracker.store.queries.portfolio import rows_of
from tracker.store.queries.tag_moves import histories
from tracker.store.tables.assignments import Assignment
from tracker.store.tables.licences import Licence, LicenceTerms, OgrsScore
from tracker.store.tables.people import Person
from tracker.store.tables.tags import Alert, AlertEvent, Custody, LicenceEvent, Tag, TagEvent, TagPrice
from tracker.tags.ladder import (
    AlertState,
    LicenceMove,
    LicenceState,
    RecallType,
    advance_alert,
    advance_licence,
)
from tracker.tags.monitored import Span, monitored
from tracker.tags.states import TagMove, TagState
from tracker.times import AsOf, day_after, london_day


@dataclass(frozen=True, slots=True)
class TagNow:
    """A tag as it stands; `since` its last move, `licence_id` whose it is while it is fitted or reserved, if an officer
    said so, `wearer` who has it on. `odd`: what was told of it that cannot be."""

    tag_id: int
    device_id: str
    state: TagState
    since: datetime | None
    licence_id: int | None
    wearer: str | None = None
    odd: tuple[str, ...] = ()


def tags(connection: Connection, programme_id: int, as_of: AsOf) -> list[TagNow]:
    """Every tag of a programme that there was by the end of the day, by device."""
    return [
        TagNow(h.tag_id, h.device_id, h.standing.state, h.standing.since, h.licence_id, h.wearer, h.standing.odd)
        for h in histories(connection, as_of, Tag.programme_id == programme_id)
        if h.standing.since is not None
    ]


@dataclass(frozen=True, slots=True)
class LostTag:
    """One line of the lost-tag ledger. `charge` None: no price was recorded for the day; it counts, unvalued.
    `found_at`: the charge is reversed."""

    device_id: str
    lost_at: datetime
    charge: int | None
    found_at: datetime | None


def lost_tags(connection: Connection, programme_id: int, as_of: AsOf) -> list[LostTag]:
    """Tags reported lost, in order, each charged at the contract's price of that day."""
    prices = connection.execute(
        select(TagPrice.contract, TagPrice.amount_pence, TagPrice.effective_on)
        .where(known(TagPrice, as_of.known_at), TagPrice.programme_id == programme_id)
        .order_by(TagPrice.effective_on, TagPrice.id)
    ).all()
    query = (
        select(Tag.device_id, Tag.contract, TagEvent.move, TagEvent.at)
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(
            known(TagEvent, as_of.known_at),
            Tag.programme_id == programme_id,
            TagEvent.at < day_after(as_of.at),
            TagEvent.move.in_((TagMove.LOSE, TagMove.FIND)),
        )
        .order_by(TagEvent.at, TagEvent.id)
    )
    out: list[LostTag] = []
    open_: dict[str, int] = {}
    for device_id, contract, move, at in connection.execute(query):
        if move is TagMove.LOSE:
            of_contract = (p for p in reversed(prices) if p.contract == contract and p.effective_on <= london_day(at))
            charge = next((p.amount_pence for p in of_contract), None)
            open_[device_id] = len(out)
            out.append(LostTag(device_id, at, charge, None))
        elif device_id in open_:
            lost = out[open_.pop(device_id)]
            out[out.index(lost)] = LostTag(device_id, lost.lost_at, lost.charge, at)
    return out


@dataclass(frozen=True, slots=True)
class LicenceNow:
    """How a licence stands, and when it was on: from each release to the recall or end that followed."""

    licence_id: int
    reference: str
    wearer_ref: str
    state: LicenceState
    recall: RecallType | None
    spans: tuple[Span, ...]


def licences(connection: Connection, programme_id: int, as_of: AsOf) -> list[LicenceNow]:
    """Every licence of a programme at the end of the day, by reference."""
    until = day_after(as_of.at)
    events = defaultdict(list)
    query = (
        select(LicenceEvent.licence_id, LicenceEvent.move, LicenceEvent.at, LicenceEvent.recall_type)
        .join(Licence, Licence.id == LicenceEvent.licence_id)
        .where(known(LicenceEvent, as_of.known_at), Licence.programme_id == programme_id, LicenceEvent.at < until)
        .order_by(LicenceEvent.at, LicenceEvent.id)
    )
    for row in connection.execute(query):
        events[row.licence_id].append(row)
    ends = dict(
        connection.execute(
            select(LicenceTerms.licence_id, LicenceTerms.ends_on)
            .join(Licence, Licence.id == LicenceTerms.licence_id)
            .where(known(LicenceTerms, as_of.known_at), Licence.programme_id == programme_id)
        )
        .tuples()
        .all()
    )
    held = (
        select(Licence.id, Licence.reference, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.programme_id == programme_id)
        .order_by(Licence.reference)
    )
    if as_of.known_at is not None:
        held = held.where(Licence.recorded_at <= as_of.known_at)
    out = []
    for licence_id, reference, wearer_ref in connection.execute(held):
        state, recall = LicenceState.AWAITED, None
        spans: list[Span] = []
        last = ends.get(licence_id)
        limit = None if last is None else day_after(last)
        for row in events[licence_id]:
            state = advance_licence(state, row.move)
            if row.move in (LicenceMove.RELEASE, LicenceMove.RE_RELEASE):
                spans.append(Span(row.at, limit))
                recall = None
            elif spans and row.move in (LicenceMove.RECALL, LicenceMove.END):
                began, stops = spans[-1]
                spans[-1] = Span(began, row.at if stops is None else min(stops, row.at))
                recall = row.recall_type if row.move is LicenceMove.RECALL else recall
        if limit is not None and limit <= until and state is LicenceState.OUT:
            state = LicenceState.ENDED
        out.append(LicenceNow(licence_id, reference, wearer_ref, state, recall, tuple(spans)))
    return out


def monitored_spans(connection: Connection, programme_id: int, as_of: AsOf) -> dict[str, list[Span]]:
    """When each wearer was monitored, by the wearer's reference; nobody without a licence in the programme is."""
    custody = defaultdict(list)
    query = (
        select(Custody.licence_id, Custody.from_at, Custody.to_at)
        .join(Licence, Licence.id == Custody.licence_id)
        .where(known(Custody, as_of.known_at), Licence.programme_id == programme_id)
    )
    for licence_id, from_at, to_at in connection.execute(query):
        custody[licence_id].append(Span(from_at, to_at))
    on: dict[str, list[Span]] = defaultdict(list)
    away: dict[str, list[Span]] = defaultdict(list)
    for licence in licences(connection, programme_id, as_of):
        on[licence.wearer_ref] += licence.spans
        away[licence.wearer_ref] += custody[licence.licence_id]
    fitted = defaultdict(list)
    held = select(Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at).where(*counting(as_of.known_at))
    for wearer, fitted_at, removed_at in connection.execute(held):
        fitted[wearer].append(Span(fitted_at, removed_at))
    return {wearer: monitored(fitted[wearer], spans, away[wearer]) for wearer, spans in on.items()}


def gates(connection: Connection, programme_id: int, as_of: AsOf, horizon_years: int) -> dict[str, list[GateInterval]]:
    """The mapping gate of each wearer of a programme, by the wearer's reference."""
    query = (
        select(
            Person.wearer_ref,
            OgrsScore.scored_on,
            OgrsScore.horizon_years,
            OgrsScore.pct_hundredths,
            OgrsScore.instrument,
            OgrsScore.rounded,
            OgrsScore.computed,
        )
        .join(Person, Person.id == OgrsScore.person_id)
        .where(
            known(OgrsScore, as_of.known_at),
            Person.id.in_(select(Licence.person_id).where(Licence.programme_id == programme_id)),
        )
        .order_by(OgrsScore.id)
    )
    scores = defaultdict(list)
    for wearer, *score in connection.execute(query):
        scores[wearer].append(Score(*score))
    return {wearer: gate_intervals(held, horizon_years) for wearer, held in scores.items()}


@dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert as it stands."""

    alert_id: int
    reference: str
    kind: str
    state: AlertState
    last: str
    at: datetime


def alerts(connection: Connection, programme_id: int, as_of: AsOf) -> list[AlertNow]:
    """Every alert of a programme by the end of the day, in the order they were raised."""
    query = (
        select(AlertEvent.alert_id, AlertEvent.move, AlertEvent.at, Alert.kind, Licence.reference)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(Licence, Licence.id == Alert.licence_id)
        .where(
            known(AlertEvent, as_of.known_at),
            Licence.programme_id == programme_id,
            AlertEvent.at < day_after(as_of.at),
        )
        .order_by(AlertEvent.alert_id, AlertEvent.at, AlertEvent.id)
    )
    steps = defaultdict(list)
    for row in connection.execute(query):
        steps[row.alert_id].append(row)
    out = []
    for alert_id, rows in steps.items():
        state = AlertState.NONE
        for row in rows:
            state = advance_alert(state, row.move)
        out.append(AlertNow(alert_id, rows[0].reference, rows[0].kind, state, rows[-1].move.value, rows[-1].at))
    return out


def horizon_of(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    """The horizon of the gate: the programme's statement *OGRS horizon*, else two years."""
    said = [value for value in _stated(connection, programme_id, as_of, "OGRS horizon") if value in ("1", "2")]
    return int(said[-1]) if said else 2


def maps_crimes(connection: Connection, programme_id: int, as_of: AsOf) -> bool:
    """Whether a programme's crime mapping is on: its last statement *crime mapping*, on or off; without one, whether a
    decision states the score that opens it (PCD 570, 2.3)."""
    said = [value for value in _stated(connection, programme_id, as_of, "crime mapping") if value in ("on", "off")]
    return said[-1] == "on" if said else bool(_stated(connection, programme_id, as_of, GATE_STATEMENT))


GATE_STATEMENT = "OGRS score for crime mapping"


def _stated(connection: Connection, programme_id: int, as_of: AsOf, subject: str) -> list[str]:
    """In order of their days, so that what was stated later counts."""
    rows = [row for row in rows_of(connection, "statement", programme_id, as_of) if row["subject"] == subject]
    return [row["value"] for row in sorted(rows, key=lambda row: row["effective_on"])]
