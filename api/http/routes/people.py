"""Wearers by reference: scores, addresses; and the way from an identifier to a reference. No answer names anybody."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, heading
from api.schemas.record import AddressIn, FindIn, Json, ScoreIn
from api.usecases.actor import LOCAL
from api.usecases.matching.affected_matches import matches_touched
from api.views.screening import scores_plain
from tracker.access.roles import Right
from tracker.ogrs import service as ogrs
from tracker.ogrs.gate import gate_intervals
from tracker.ogrs.queries import horizon_of, scores
from tracker.people.queries import person_of
from tracker.programme.queries import programme_named
from tracker.screening import service as screening

_READ, _ENTER = needs(Right.READ_CASES), needs(Right.ENTER_CASES)
_READS, _ENTERS = answers(400, 401, 403, 404), answers(400, 401, 403, 404, 409, 422)
_PURPOSE = "delivery of the programme"


@get(
    "/programmes/{key:str}/wearers/{wearer:str}/scores",
    operation_id="listScores",
    tags=["cases"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def list_scores(
    key: FromPath[str],
    wearer: FromPath[str],
    desk: NamedDependency[Desk],
    as_at: AsAt = None,
    as_known_at: AsKnownAt = None,
) -> Json:
    """A wearer's scores, and the days on which the mapping gate is open by them."""
    desk.actor.must(Right.READ_CASES)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        person_id = person_of(connection, escaped(wearer))
        held = scores(connection, as_of, [person_id]).get(person_id, [])
        horizon = horizon_of(connection, programme_id, as_of)
    desk.consulted(Right.READ_CASES, "ogrs_score", [escaped(wearer)], purpose=_PURPOSE, person_id=person_id)
    gate = gate_intervals([each.score for each in held], horizon)
    return {**heading(desk, as_of), "wearer": escaped(wearer), **scores_plain(held, gate, horizon)}


@post(
    "/programmes/{key:str}/wearers/{wearer:str}/scores",
    operation_id="giveScore",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def give_score(key: FromPath[str], wearer: FromPath[str], data: JSONBody[ScoreIn], desk: NamedDependency[Desk]) -> Json:
    """A score as it was given: it acts from its day on. One of a day that has passed says how many matches it touches;
    which, is for reviewers."""
    desk.actor.must(Right.ENTER_CASES)
    put = ogrs.give_score(
        desk.engine,
        key,
        escaped(wearer),
        data.score,
        instrument=data.instrument,
        horizon_years=data.horizon_years,
        scored_on=data.on,
        given_by=data.given_by,
        version=data.version,
        today=desk.today.day,
        matches=matches_touched(LOCAL, desk.settings.runs_dir),
        **desk.said,
    )
    changes = [each.in_words() for each in put.changes]
    return {
        "new": put.new,
        "warnings": list(put.warnings),
        "gate": changes,
        "matchesTouched": len(put.affected_matches),
    }


@post(
    "/wearers/{wearer:str}/addresses",
    operation_id="moveAddress",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move_address(wearer: FromPath[str], data: JSONBody[AddressIn], desk: NamedDependency[Desk]) -> Json:
    """They live elsewhere from a day on. Moving out of a live borough ends nothing by itself."""
    desk.actor.must(Right.ENTER_CASES)
    found = screening.move_address(
        desk.engine,
        escaped(wearer),
        data.from_on,
        borough=data.borough,
        easting_m=data.easting,
        northing_m=data.northing,
        postcode=data.postcode,
        line=data.line,
        **desk.said,
    )
    return {"wearer": escaped(wearer), "boroughs": list(found.boroughs()), "conflict": found.conflict()}


@post(
    "/people/find",
    operation_id="findPerson",
    tags=["cases"],
    status_code=200,
    opt=needs(Right.FIND_PEOPLE),
    responses=_ENTERS,
    sync_to_thread=True,
)
def find_person(data: JSONBody[FindIn], desk: NamedDependency[Desk]) -> Json:
    """Wearer reference and licences of somebody, by NOMIS number, CRN or PNC id; it is audited."""
    desk.actor.must(Right.FIND_PEOPLE)
    found = screening.find(desk.engine, data.identifier, **desk.said)
    return {"items": [{"wearerRef": wearer, "licence": licence} for wearer, licence in found], "total": len(found)}


HANDLERS = (list_scores, give_score, move_address, find_person)
