"""People's way through the programme: the day of each step, time with a tag, recalls, alerts, matches, reoffences."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from tracker.answers import Answer
from tracker.evaluation.people.offence_queries import offences_of
from tracker.evaluation.people.subject import CHAIN, FOLLOW_UP, WAITING, first_day, is_proven
from tracker.evaluation.people.tables import Characteristic
from tracker.licences.queries import alerts as alerts_now
from tracker.licences.queries import fittings, licences, monitored_spans
from tracker.licences.spans import Span, both, joined
from tracker.licences.states import AlertMove, EndReason, LicenceMove
from tracker.licences.tables import AlertEvent, LicenceEvent
from tracker.ogrs.queries import gates, horizon_of
from tracker.record.as_known import known
from tracker.review.states import MatchMove
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.rollout.queries import licence_places
from tracker.screening.queries import RecordedLicence, decisions, screenings
from tracker.times import AsOf, day_after, london_day, london_midnight


class Journeys:
    """What happened to some people on their first licence; read once, for all of them. `worn_alone`: when a tag was
    worn, and nothing else of it."""

    def __init__(
        self,
        connection: Connection,
        programme_id: int,
        as_of: AsOf,
        first: dict[int, RecordedLicence],
        *,
        worn_alone: bool = False,
    ) -> None:
        self._connection, self._programme_id, self._as_of, self._first = connection, programme_id, as_of, first
        self._person_of = {licence.licence_id: person_id for person_id, licence in first.items()}
        self._end = day_after(as_of.at)
        self._days: dict[int, dict[str, date]] = defaultdict(dict)
        self._fields: dict[int, dict[str, Any]] = defaultdict(dict)
        self._read_worn_time()
        if worn_alone:
            return
        for read in (
            self._read_screenings,
            self._read_decisions,
            self._read_places,
            self._read_mapped_time,
            self._read_recalls,
            self._read_alerts,
            self._read_matches,
            self._read_reoffences,
            self._read_characteristics,
        ):
            read()

    def of(self, person_id: int) -> dict[str, Any]:
        """Fields of a `Subject`, `reached` among them."""
        days = {measure: on for measure, on in self._days[person_id].items() if on <= self._as_of.at}
        return {"reached": _in_order(days), **self._fields[person_id]}

    def _read_screenings(self) -> None:
        for licence_id, made in screenings(self._connection, self._as_of).items():
            if (person_id := self._person_of.get(licence_id)) is None:
                continue
            days, latest = self._days[person_id], made[-1]
            days["screened"] = min(each.screened_on for each in made)
            passed = [each.screened_on for each in made if each.answer is Answer.PASSED]
            if passed:
                days["eligible"] = min(passed)
            failed = tuple(each.criterion for each in latest.findings if each.answer is not Answer.PASSED)
            self._fields[person_id] |= {"answer": latest.answer.value, "failed": failed}

    def _read_decisions(self) -> None:
        for licence_id, decision in decisions(self._connection, self._as_of).items():
            if (person_id := self._person_of.get(licence_id)) is not None:
                self._fields[person_id]["proportionate"] = decision.proportionate
                if decision.proportionate:
                    self._days[person_id]["proportionate"] = decision.decided_on

    def _read_places(self) -> None:
        for place in licence_places(self._connection, self._programme_id, self._as_of):
            person_id = self._person_of.get(place.licence_id)
            if person_id is not None and place.imposed_on is not None:
                self._days[person_id]["imposed"] = place.imposed_on

    def _read_worn_time(self) -> None:
        """Spans in which a tag was worn and monitored, up to the end of the day."""
        fitted = fittings(self._connection, self._as_of)
        now = licences(self._connection, self._programme_id, self._as_of)
        watched = monitored_spans(self._connection, self._programme_id, self._as_of, now=now, fitted=fitted)
        spans_of = {each.licence_id: joined(each.spans) for each in now}
        for person_id, licence in self._first.items():
            mine = joined(self._until_the_end(fitted.get(licence.wearer_ref, ())))
            monitored = both(
                self._until_the_end(watched.get(licence.wearer_ref, ())), spans_of.get(licence.licence_id, [])
            )
            self._fields[person_id] |= {"worn": tuple(mine), "monitored": tuple(monitored)}
            if (day := first_day(mine)) is not None:
                self._days[person_id]["fitted"] = day

    def _read_mapped_time(self) -> None:
        """Of the monitored spans, those in which a person might be mapped."""
        horizon = horizon_of(self._connection, self._programme_id, self._as_of)
        gate = gates(self._connection, self._programme_id, self._as_of, horizon)
        for person_id, licence in self._first.items():
            opened = [
                Span(london_midnight(i.since), None if i.until is None else london_midnight(i.until))
                for i in gate.get(licence.wearer_ref, ())
            ]
            mapped = both(self._fields[person_id]["monitored"], joined(opened))
            self._fields[person_id]["mapped"] = tuple(mapped)
            if (day := first_day(mapped)) is not None:
                self._days[person_id]["mapped"] = day

    def _until_the_end(self, spans: Iterable[Span]) -> list[Span]:
        """What of them was before the end of the day."""
        end = self._end
        return [
            each if each.until is not None and each.until <= end else Span(each.since, end)
            for each in spans
            if each.since < end
        ]

    def _read_recalls(self) -> None:
        query = (
            select(
                LicenceEvent.licence_id,
                LicenceEvent.move,
                LicenceEvent.at,
                LicenceEvent.recall_type,
                LicenceEvent.end_reason,
            )
            .where(known(LicenceEvent, self._as_of.known_at), LicenceEvent.at < self._end)
            .order_by(LicenceEvent.at, LicenceEvent.id)
        )
        for licence_id, move, at, kind, why in self._connection.execute(query):
            if (person_id := self._person_of.get(licence_id)) is None:
                continue
            fields = self._fields[person_id]
            if move is LicenceMove.RECALL:
                self._days[person_id].setdefault("recalled", london_day(at))
                fields["recalls"] = fields.get("recalls", 0) + 1
                fields.setdefault("recall_type", None if kind is None else kind.value)
            elif move is LicenceMove.RE_RELEASE:
                fields["released_again"] = True
            elif move is LicenceMove.END and why in (EndReason.DIED, EndReason.DEPORTED):
                fields["left_on"] = london_day(at)

    def _read_alerts(self) -> None:
        alerts = {alert.alert_id: alert for alert in alerts_now(self._connection, self._programme_id, self._as_of)}
        person_of = {licence.reference: person_id for person_id, licence in self._first.items()}
        query = (
            select(AlertEvent.alert_id, AlertEvent.move, AlertEvent.at)
            .where(known(AlertEvent, self._as_of.known_at), AlertEvent.at < self._end)
            .order_by(AlertEvent.at, AlertEvent.id)
        )
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for alert_id, move, at in self._connection.execute(query):
            alert = alerts.get(alert_id)
            person_id = None if alert is None else person_of.get(alert.reference)
            if person_id is None or move is AlertMove.RAISE:
                continue
            if move is AlertMove.VERIFY:
                self._days[person_id].setdefault("breached", london_day(at))
            counts[person_id][move.value] += 1
        for person_id, by_move in counts.items():
            self._fields[person_id]["alerts"] = dict(by_move)

    def _read_matches(self) -> None:
        """Candidates and their outcomes, by the days on which they were recorded."""
        person_of = {licence.wearer_ref: person_id for person_id, licence in self._first.items()}
        known_at = self._end if self._as_of.known_at is None else min(self._end, self._as_of.known_at)
        of_match: dict[int, int] = {}
        events: list[tuple[int, str, datetime]] = []
        found = select(Match.id, Match.wearer_ref, Match.recorded_at).where(Match.what_if.is_(None))
        for match_id, wearer, at in self._connection.execute(found):
            if wearer in person_of and at <= known_at:
                of_match[match_id] = person_of[wearer]
                events.append((match_id, "matched", at))
        events += self._match_events()
        matches: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for match_id, measure, at in events:
            person_id = of_match.get(match_id)
            if person_id is not None and at <= known_at:
                matches[person_id][measure].add(match_id)
                day = london_day(at)
                self._days[person_id][measure] = min(day, self._days[person_id].get(measure, day))
        for person_id, by_measure in matches.items():
            self._fields[person_id]["matches"] = {measure: len(ids) for measure, ids in by_measure.items()}

    def _match_events(self) -> list[tuple[int, str, datetime]]:
        measures = {MatchMove.CONFIRM: "confirmed", MatchMove.RELEASE: "released"}
        moved = select(MatchMoved.match_id, MatchMoved.move, MatchMoved.recorded_at).where(
            MatchMoved.move.in_(measures)
        )
        out = [(match_id, measures[move], at) for match_id, move, at in self._connection.execute(moved)]
        reported = (
            select(Release.match_id, ReleaseUpdate.recorded_at)
            .join(Release, Release.id == ReleaseUpdate.release_id)
            .where(ReleaseUpdate.kind == "outcome")
        )
        return out + [(match_id, "outcome", at) for match_id, at in self._connection.execute(reported)]

    def _read_reoffences(self) -> None:
        for person_id, offences in offences_of(self._connection, self._programme_id, self._as_of)[0].items():
            if person_id not in self._first:
                continue
            self._fields[person_id]["offences"] = offences
            since = self._first[person_id].release_on
            # Known once the follow-up is complete, of everybody alike: before, each conviction would be a day's news.
            if since is not None and any(is_proven(since, o) for o in offences):
                self._days[person_id]["reoffended"] = since + FOLLOW_UP + WAITING

    def _read_characteristics(self) -> None:
        query = select(Characteristic.person_id, Characteristic.name, Characteristic.level).where(
            known(Characteristic, self._as_of.known_at)
        )
        for person_id, name, level in self._connection.execute(query):
            if person_id in self._first:
                self._fields[person_id].setdefault("characteristics", {})[name] = level


def _in_order(days: dict[str, date]) -> dict[str, date]:
    """No step dated before the step it depends on: a correction may have left a match before the fitting."""
    out = dict(days)
    for chain in (("screened", "eligible"), CHAIN):
        before = date.min
        for measure in chain:
            if measure not in out or before == date.max:
                out.pop(measure, None)
                before = date.max
            else:
                before = out[measure] = max(out[measure], before)
    return out
