"""What is entered of a licence, and in which words the next page tells it."""

from api.schemas.delivery.cases import AssignIn, EndCaseIn
from api.schemas.delivery.entered import NoteIn, ScoresWithdrawalIn
from api.schemas.delivery.licences import AlertIn, CustodyIn, Rescreened
from api.schemas.delivery.people import AddressIn
from api.schemas.delivery.scores import ScoreEntered, ScoreIn, ScoresWithdrawn
from api.schemas.wire import Body
from api.usecases.delivery import entered, licences, records, scores, screening
from api.usecases.partners import own_cases
from api.usecases.request_context import Programme, RequestContext
from api.web.pages.delivery.within import day_words
from api.wording.text import london
from tracker.corrections.kinds import KINDS

_MOST_TOLD = 20
"""Licences that one page names."""


class NothingIn(Body, frozen=True, kw_only=True):
    """The form has no field."""


def enter_custody(context: RequestContext, programme: Programme, licence: str, body: CustodyIn) -> str:
    licences.enter_custody(context, licence, body.from_at, body.to_at, body.note, programme)
    until = "and not over" if body.to_at is None else f"to {london(body.to_at)}"
    return f"Custody from {london(body.from_at)} {until} is entered: that time counts as not monitored."


def raise_alert(context: RequestContext, programme: Programme, licence: str, body: AlertIn) -> str:
    done = licences.raise_alert(context, licence, body.kind, body.at, programme)
    return f"Alert {done.id} is raised, and waits for an answer."


def enter_note(context: RequestContext, programme: Programme, licence: str, body: NoteIn) -> str:
    done = entered.enter_note(context, programme, licence, body.words, body.on)
    return f"The note is entered as number {done.number}."


def _wearer(context: RequestContext, programme: Programme, licence: str) -> str:
    found = records.subject_of(context, programme, KINDS["address"], licence)
    assert found is not None, "an address is of a person"
    return found


def move_address(context: RequestContext, programme: Programme, licence: str, body: AddressIn) -> str:
    wearer = _wearer(context, programme, licence)
    done = screening.move_address(
        context,
        wearer,
        body.from_on,
        borough=body.borough,
        easting_m=body.easting,
        northing_m=body.northing,
        postcode=body.postcode,
        line=body.line,
    )
    where = " or ".join(done.boroughs) or "a borough that is not known"
    conflict = [f"{done.conflict}."] if done.conflict else []
    return " ".join([f"Lives in {where} from {day_words(done.from_on)}.", *conflict, *done.notes])


def give_score(context: RequestContext, programme: Programme, licence: str, body: ScoreIn) -> str:
    done = scores.give(
        context,
        programme,
        _wearer(context, programme, licence),
        body.score,
        instrument=body.instrument,
        version=body.version,
        horizon_years=body.horizon_years,
        on=body.on,
        given_by=body.given_by,
    )
    said = "is entered" if done.new else "was on record already"
    warnings = [f"{each}." for each in done.warnings]
    return " ".join([f"The score {said}: {done.score}, {done.band}.", *warnings, *_gate(done)])


def withdraw_scores(context: RequestContext, programme: Programme, licence: str, body: ScoresWithdrawalIn) -> str:
    done = scores.withdraw(context, programme, _wearer(context, programme, licence), body.on, body.reason)
    return " ".join([f"Every score of {day_words(done.on)} is withdrawn.", *_gate(done)])


def _gate(done: ScoreEntered | ScoresWithdrawn) -> list[str]:
    """What a score changes of the days on which the gate is open, and of matches."""
    of = f"Matches that this concerns: {done.matches_affected}."
    return [*(f"{each[:1].upper()}{each[1:]}." for each in done.gate), *([of] if done.matches_affected else [])]


def screen_again(context: RequestContext, programme: Programme, licence: str, _: NothingIn) -> str:
    return _rescreened(screening.screen_again(context, programme, licence))


def screen_all_again(context: RequestContext, programme: Programme, _of: str, _: NothingIn) -> str:
    return _rescreened(screening.screen_again(context, programme, None))


def _rescreened(done: Rescreened) -> str:
    if not done.screened:
        return "Nobody awaits release, so nobody is screened again."
    changed = [each for each in done.screened if each.before is None or each.before.answer != each.answer]
    told = [
        f"{each.licence}: {'not screened' if each.before is None else each.before.answer} before, {each.answer} now."
        for each in changed[:_MOST_TOLD]
    ]
    places = [f"{each.licence}: {each.place}." for each in done.screened if each.place]
    number = len(done.screened)
    count = "1 licence is" if number == 1 else f"{number} licences are"
    others = [f"{len(changed) - _MOST_TOLD} more have another answer now."] if len(changed) > _MOST_TOLD else []
    return " ".join([f"{count} screened again.", *(told or ["No answer is another one."]), *others, *places])


def assign_case(context: RequestContext, programme: Programme, licence: str, body: AssignIn) -> str:
    done = own_cases.assign(context, licence, body.practitioner, programme)
    return f"The case is {done.practitioner}'s from now on." if done.changed else "The case was theirs already."


def end_case(context: RequestContext, programme: Programme, licence: str, body: EndCaseIn) -> str:
    own_cases.end(context, licence, body.reason, programme)
    return "The case is no practitioner's any more."
