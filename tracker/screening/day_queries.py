"""On which days what the screening answered of licences, for the projections."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection, select

from tracker.answers import Answer
from tracker.licences.queries import state_days
from tracker.licences.states import LicenceState
from tracker.record.as_known import known
from tracker.screening.tables import Proportionality, Screening
from tracker.times import Days, days_of


def answer_days(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Days[tuple[Answer, bool]]]]:
    """By number, for every day from the first screening of each of these licences on, as known now or at an instant:
    what the last one by then answers, and whether probation had decided."""
    screened: dict[int, list[tuple[date, Answer]]] = defaultdict(list)
    query = select(Screening.licence_id, Screening.screened_on, Screening.answer)
    mine = known(Screening, known_at), Screening.licence_id.in_(ids)
    for licence_id, on, answer in connection.execute(query.where(*mine).order_by(Screening.screened_on, Screening.id)):
        screened[licence_id].append((on, answer))
    decided_on: dict[int, list[date]] = defaultdict(list)
    by_probation = select(Proportionality.licence_id, Proportionality.decided_on)
    mine = known(Proportionality, known_at), Proportionality.licence_id.in_(ids)
    for licence_id, on in connection.execute(by_probation.where(*mine)):
        decided_on[licence_id].append(on)

    ended = {
        licence_id: [days for days in states if days.value is LicenceState.ENDED]
        for licence_id, states in state_days(connection, list(screened), known_at).items()
    }

    def answer_on(licence_id: int, on: date) -> tuple[Answer, bool] | None:
        by_then = [answer for screened_on, answer in screened[licence_id] if screened_on <= on]
        if not by_then:
            return None
        over = any(days.since <= on < days.until for days in ended[licence_id])
        return Answer.FAILED if over else by_then[-1], any(day <= on for day in decided_on[licence_id])

    def edges(licence_id: int) -> set[date]:
        over = {day for days in ended[licence_id] for day in (days.since, days.until)}
        return {*decided_on[licence_id], *(on for on, _ in screened[licence_id]), *over}

    return {licence_id: days_of(edges(licence_id), partial(answer_on, licence_id)) for licence_id in screened}
