"""A confirmed match as a releasing officer sees it: its evidence, and what a release would check now, one by one."""

from api.schemas.desk.awaiting import CheckOut, ReleaseChecks
from api.schemas.matching.candidates import CandidateDetail
from api.schemas.matching.review import match_out
from api.usecases.gate import Gate
from api.usecases.matching import releases
from api.usecases.matching.evidence import proving_evidence, shown_evidence
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right, Role
from tracker.access.user_service import users
from tracker.errors import Refused
from tracker.review import release_service
from tracker.review.changed_queries import said_of
from tracker.review.queries import MatchNow, moves_of
from tracker.review.release_service import Evidence
from tracker.review.states import MatchMove


def checks(context: RequestContext, match_id: int) -> ReleaseChecks:
    """Raises NotFound where no such match awaits release."""
    found = releases.one_confirmed(context, match_id)
    with context.reader.connect() as connection:
        said = said_of(connection, match_id)
        moves = moves_of(connection, [match_id])[match_id]
    if said is None:
        raise Refused("confirmation", f"There is no confirmation of match {match_id} on record.")
    context.record_reading(
        Right.RELEASE,
        "candidate_match",
        [str(match_id)],
        purpose=release_service.PURPOSE,
        person_id=found.person_id,
        asked="one that awaits release, with its evidence and what a release checks",
    )
    proving = _proving(context, found)
    asked = release_service.checks_before(context.engine, match_id, proving, by=context.actor.name)
    own = any(each.code == "second_person" and each.why for each in asked)
    confirmed = [each.reason for each in moves if each.move == MatchMove.CONFIRM]
    return ReleaseChecks(
        match=match_out(found),
        confirmed_by=said.confirmed_by,
        confirmed_at=said.confirmed_at,
        reason=confirmed[-1] if confirmed else None,
        stands=not any(each.why for each in asked),
        checks=[CheckOut(code=each.code, asks=each.asks, stands=each.why is None, why=each.why) for each in asked],
        unit=None if proving is None else proving.crime["command_unit"],
        others=_others(context, {said.confirmed_by, *said.kept_by}) if own else [],
        evidence=_evidence(context, found),
    )


def _proving(context: RequestContext, match: MatchNow) -> Evidence | None:
    try:
        return proving_evidence(context, match)
    except Refused:
        return None


def _evidence(context: RequestContext, match: MatchNow) -> CandidateDetail | None:
    gate = Gate(context.reader)
    if match.wearer_ref not in gate.open_for([match.wearer_ref], match.t_from, match.t_to):
        return None
    return shown_evidence(context.settings, match, gate)


def _others(context: RequestContext, said: set[str]) -> list[str]:
    """Releasing officers who have access and neither confirmed nor kept it."""
    return [
        each.name
        for each in users(context.engine)
        if each.role is Role.RELEASER and each.ended_at is None and each.name not in {*said, context.actor.name}
    ]
