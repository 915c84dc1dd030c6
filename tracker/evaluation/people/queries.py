"""Everyone in a programme as an evaluation sees them, without erased people."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from tracker.answers import Answer
from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.evaluation.people.subject import CHAIN, RecordedOffence, Subject, first_day, is_proven
from tracker.evaluation.people.tables import Characteristic, Reoffence
from tracker.licences.queries import alerts as alerts_now
from tracker.licences.queries import licences, monitored_spans
from tracker.licences.spans import Span, both, joined
from tracker.licences.states import AlertMove, LicenceMove
from tracker.licences.tables import AlertEvent, LicenceEvent
from tracker.ogrs.gate import governing
from tracker.ogrs.queries import gates, horizon_of, scores
from tracker.people.tables import Identity, Person
from tracker.record.as_known import known
from tracker.review.states import MatchMove
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.rollout.queries import licence_places, places
from tracker.screening.home import Home
from tracker.screening.queries import RecordedLicence, decisions, recorded_licences, screenings
from tracker.times import AsOf, day_after, london_day, london_midnight

Days = dict[str, date]


def subjects(connection: Connection, programme_id: int, as_of: AsOf) -> list[Subject]:
    """One for each person, in order of person id."""
    first = _first_licences(connection, programme_id, as_of)
    by_licence = {held.licence_id: held for held in first.values()}
    days: dict[int, Days] = defaultdict(dict)
    _decided(connection, programme_id, as_of, by_licence, days)
    base = _bases(connection, programme_id, as_of, first)
    extra: dict[int, dict[str, Any]] = defaultdict(dict)
    _screened(connection, as_of, by_licence, extra)
    _watched(connection, programme_id, as_of, first, days, extra)
    _alerted(connection, programme_id, as_of, by_licence, days, extra)
    _matched(connection, as_of, first, days, extra)
    _reoffended(connection, programme_id, as_of, first, days, extra)
    out = []
    for person_id in sorted(first):
        reached = {name: on for name, on in days[person_id].items() if on <= as_of.at}
        out.append(replace(base[person_id], reached=_in_order(reached), **extra[person_id]))
    return out


def _in_order(reached: Days) -> Days:
    """No step dated before the step it depends on: a correction may have left a match before the fitting."""
    out = dict(reached)
    for chain in (("screened", "eligible"), CHAIN):
        before = date.min
        for measure in chain:
            if measure not in out or before == date.max:
                out.pop(measure, None)
                before = date.max
            else:
                before = out[measure] = max(out[measure], before)
    return out


def _first_licences(connection: Connection, programme_id: int, as_of: AsOf) -> dict[int, RecordedLicence]:
    erased = set(connection.scalars(select(Person.id).where(Person.erased_at.is_not(None))))
    out: dict[int, RecordedLicence] = {}
    for held in recorded_licences(connection, programme_id, as_of):
        before = out.get(held.person_id)
        if held.person_id not in erased and (before is None or _began(held) < _began(before)):
            out[held.person_id] = held
    return out


def _began(held: RecordedLicence) -> tuple[date, int]:
    return held.release_on or date.max, held.licence_id


def _bases(
    connection: Connection, programme_id: int, as_of: AsOf, first: dict[int, RecordedLicence]
) -> dict[int, Subject]:
    identity = select(Identity.person_id, Identity.pnc_id, Identity.sex, Identity.ethnicity)
    known_as = {row.person_id: row for row in connection.execute(identity.where(known(Identity, as_of.known_at)))}
    horizon = horizon_of(connection, programme_id, as_of)
    scored = scores(connection, as_of, list(first))
    score_inputs = {person: [s.inputs for s in theirs if s.inputs] for person, theirs in scored.items()}
    phase_of = {name: place.phase for name, place in places(connection, programme_id, as_of).items()}
    out = {}
    for person_id, held in first.items():
        identity_row = known_as.get(person_id)
        mine = governing([each.score for each in scored.get(person_id, [])], horizon)
        score = mine[-1] if mine else None
        home = held.address or {}
        borough = next(iter(Home(home.get("borough_stated"), home.get("borough_found")).boroughs()), None)
        inputs = score_inputs.get(person_id) or [{}]
        total = inputs[-1].get("sanctions")
        out[person_id] = Subject(
            person_id=person_id,
            wearer_ref=held.wearer_ref,
            pnc_id=None if identity_row is None else identity_row.pnc_id,
            born=held.born,
            sex=None if identity_row is None else identity_row.sex.value,
            ethnicity=None if identity_row is None else identity_row.ethnicity,
            borough=borough,
            phase=phase_of.get(borough or ""),
            offence_code=held.terms.get("offence_code"),
            prison=held.terms.get("prison"),
            release_on=held.release_on,
            released_at=held.released_at,
            ends_on=held.terms.get("ends_on"),
            ogrs_pct_hundredths=None if score is None else score.pct_hundredths,
            ogrs_instrument=None if score is None else score.instrument,
            ogrs_horizon=None if score is None else score.horizon_years,
            ogrs_rounded=None if score is None else score.rounded,
            prior_sanctions=None if total is None else max(int(total) - 1, 0),
        )
    return out


def _decided(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    by_licence: dict[int, RecordedLicence],
    days: dict[int, Days],
) -> None:
    """Screened, eligible, proportionate, imposed."""
    for licence_id, made in screenings(connection, as_of).items():
        if (held := by_licence.get(licence_id)) is not None:
            mine = days[held.person_id]
            mine["screened"] = min(s.screened_on for s in made)
            passed = [s.screened_on for s in made if s.answer is Answer.PASSED]
            if passed:
                mine["eligible"] = min(passed)
    for licence_id, decision in decisions(connection, as_of).items():
        held = by_licence.get(licence_id)
        if held is not None and decision.proportionate:
            days[held.person_id]["proportionate"] = decision.decided_on
    for place in licence_places(connection, programme_id, as_of):
        held = by_licence.get(place.licence_id)
        if held is not None and place.imposed_on is not None:
            days[held.person_id]["imposed"] = place.imposed_on


def _screened(
    connection: Connection, as_of: AsOf, by_licence: dict[int, RecordedLicence], extra: dict[int, dict[str, Any]]
) -> None:
    for licence_id, made in screenings(connection, as_of).items():
        if (held := by_licence.get(licence_id)) is not None:
            latest = made[-1]
            failed = tuple(f.criterion for f in latest.findings if f.answer is not Answer.PASSED)
            extra[held.person_id] |= {"answer": latest.answer.value, "failed": failed}
    for licence_id, decision in decisions(connection, as_of).items():
        if (held := by_licence.get(licence_id)) is not None:
            extra[held.person_id]["proportionate"] = decision.proportionate


def _watched(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    first: dict[int, RecordedLicence],
    days: dict[int, Days],
    extra: dict[int, dict[str, Any]],
) -> None:
    """Worn, monitored and mapped, up to the end of the day asked for; recalls of the licence."""
    until = day_after(as_of.at)
    worn: dict[str, list[Span]] = defaultdict(list)
    query = select(Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at)
    for wearer, since, to in connection.execute(query.where(*counting(as_of.known_at), Assignment.fitted_at < until)):
        worn[wearer].append(Span(since, until if to is None else min(to, until)))
    watched = monitored_spans(connection, programme_id, as_of)
    gate = gates(connection, programme_id, as_of, horizon_of(connection, programme_id, as_of))
    on = {each.licence_id: each for each in licences(connection, programme_id, as_of)}
    for person_id, held in first.items():
        whole = [Span(datetime.min.replace(tzinfo=until.tzinfo), until)]
        mine = joined(worn.get(held.wearer_ref, ()))
        licence = on.get(held.licence_id)
        monitored = both(both(watched.get(held.wearer_ref, []), whole), _of_licence(licence))
        opened = [
            Span(london_midnight(i.since), None if i.until is None else london_midnight(i.until))
            for i in gate.get(held.wearer_ref, ())
        ]
        mapped = both(monitored, joined(opened))
        extra[person_id] |= {"worn": tuple(mine), "monitored": tuple(monitored), "mapped": tuple(mapped)}
        for measure, spans in (("fitted", mine), ("mapped", mapped)):
            if (day := first_day(spans)) is not None:
                days[person_id][measure] = day
    _recalled(connection, as_of, first, days, extra)


def _of_licence(licence: Any) -> list[Span]:
    return [] if licence is None else joined(licence.spans)


def _recalled(
    connection: Connection,
    as_of: AsOf,
    first: dict[int, RecordedLicence],
    days: dict[int, Days],
    extra: dict[int, dict[str, Any]],
) -> None:
    person_of = {held.licence_id: person_id for person_id, held in first.items()}
    query = (
        select(LicenceEvent.licence_id, LicenceEvent.move, LicenceEvent.at, LicenceEvent.recall_type)
        .where(known(LicenceEvent, as_of.known_at), LicenceEvent.at < day_after(as_of.at))
        .order_by(LicenceEvent.at, LicenceEvent.id)
    )
    for licence_id, move, at, kind in connection.execute(query):
        person_id = person_of.get(licence_id)
        if person_id is None:
            continue
        mine = extra[person_id]
        if move is LicenceMove.RECALL:
            days[person_id].setdefault("recalled", london_day(at))
            mine["recalls"] = mine.get("recalls", 0) + 1
            mine.setdefault("recall_type", None if kind is None else kind.value)
        elif move is LicenceMove.RE_RELEASE:
            mine["released_again"] = True


def _alerted(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    by_licence: dict[int, RecordedLicence],
    days: dict[int, Days],
    extra: dict[int, dict[str, Any]],
) -> None:
    kinds = {alert.alert_id: alert for alert in alerts_now(connection, programme_id, as_of)}
    person_of = {held.reference: held.person_id for held in by_licence.values()}
    query = (
        select(AlertEvent.alert_id, AlertEvent.move, AlertEvent.at)
        .where(known(AlertEvent, as_of.known_at), AlertEvent.at < day_after(as_of.at))
        .order_by(AlertEvent.at, AlertEvent.id)
    )
    decided: dict[int, Counter[str]] = defaultdict(Counter)
    for alert_id, move, at in connection.execute(query):
        alert = kinds.get(alert_id)
        person_id = None if alert is None else person_of.get(alert.reference)
        if alert is None or person_id is None or move is AlertMove.RAISE:
            continue
        if move is AlertMove.VERIFY:
            days[person_id].setdefault("breached", london_day(at))
        decided[person_id][move.value] += 1
    for person_id, counts in decided.items():
        extra[person_id]["alerts"] = dict(counts)


def _matched(
    connection: Connection,
    as_of: AsOf,
    first: dict[int, RecordedLicence],
    days: dict[int, Days],
    extra: dict[int, dict[str, Any]],
) -> None:
    """Candidates and their outcomes, by the days on which they were recorded."""
    of = {held.wearer_ref: person_id for person_id, held in first.items()}
    end = day_after(as_of.at)
    known_at = end if as_of.known_at is None else min(end, as_of.known_at)
    whose: dict[int, int] = {}
    events: list[tuple[int, str, datetime]] = []
    for match_id, wearer, at in connection.execute(select(Match.id, Match.wearer_ref, Match.recorded_at)):
        if wearer in of and at <= known_at:
            whose[match_id] = of[wearer]
            events.append((match_id, "matched", at))
    moves = {MatchMove.CONFIRM: "confirmed", MatchMove.RELEASE: "released"}
    query = select(MatchMoved.match_id, MatchMoved.move, MatchMoved.recorded_at)
    for match_id, move, at in connection.execute(query.where(MatchMoved.move.in_(moves))):
        events.append((match_id, moves[move], at))
    reported = (
        select(Release.match_id, ReleaseUpdate.recorded_at)
        .join(Release, Release.id == ReleaseUpdate.release_id)
        .where(ReleaseUpdate.kind == "outcome")
    )
    events += [(match_id, "outcome", at) for match_id, at in connection.execute(reported)]
    seen: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for match_id, measure, at in events:
        person_id = whose.get(match_id)
        if person_id is not None and at <= known_at:
            seen[person_id][measure].add(match_id)
            day = london_day(at)
            days[person_id][measure] = min(day, days[person_id].get(measure, day))
    for person_id, by_measure in seen.items():
        extra[person_id]["matches"] = {measure: len(ids) for measure, ids in by_measure.items()}


def _reoffended(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    first: dict[int, RecordedLicence],
    days: dict[int, Days],
    extra: dict[int, dict[str, Any]],
) -> None:
    for person_id, offences in offences_of(connection, programme_id, as_of)[0].items():
        if person_id not in first:
            continue
        extra[person_id]["offences"] = offences
        since = first[person_id].release_on
        proven = [o.convicted_on for o in offences if since is not None and is_proven(since, o) and o.convicted_on]
        if proven:
            days[person_id]["reoffended"] = min(proven)
    query = select(Characteristic.person_id, Characteristic.name, Characteristic.level)
    for person_id, name, level in connection.execute(query.where(known(Characteristic, as_of.known_at))):
        if person_id in first:
            extra[person_id].setdefault("characteristics", {})[name] = level


def offences_of(
    connection: Connection, programme_id: int, as_of: AsOf
) -> tuple[dict[int, tuple[RecordedOffence, ...]], dict[str, tuple[RecordedOffence, ...]]]:
    """Reoffences by person, and by reference of the comparison group, in the order of their days."""
    ours: dict[int, list[RecordedOffence]] = defaultdict(list)
    others: dict[str, list[RecordedOffence]] = defaultdict(list)
    query = (
        select(
            Reoffence.person_id,
            Reoffence.comparison_ref,
            Reoffence.offence_on,
            Reoffence.offence_code,
            Reoffence.convicted_on,
        )
        .where(
            known(Reoffence, as_of.known_at), Reoffence.programme_id == programme_id, Reoffence.offence_on <= as_of.at
        )
        .order_by(Reoffence.offence_on, Reoffence.id)
    )
    for person_id, reference, on, code, convicted_on in connection.execute(query):
        offence = RecordedOffence(
            on, code, convicted_on if convicted_on is not None and convicted_on <= as_of.at else None
        )
        if person_id is not None:
            ours[person_id].append(offence)
        else:
            others[reference].append(offence)
    return {k: tuple(v) for k, v in ours.items()}, {k: tuple(v) for k, v in others.items()}
