"""One licence: criteria, three decisions, place, tags, alerts and all that happened; and what is entered of it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.middleware import unescaped
from api.schemas.delivery.licences import AlertMoveIn, LicenceMoveIn, ProportionateIn
from api.schemas.delivery.person_page import PersonPage
from api.schemas.delivery.rollout import PlaceIn, PlaceMoved
from api.usecases.delivery import licences, rollout, screening
from api.usecases.delivery.person_page import person_page
from api.usecases.request_context import Programme, RequestContext
from api.views.delivery.rollout import numbers_in_words
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, read_part
from api.web.menu import PageController
from api.web.pages.delivery.entering.kinds import Of, entering_of
from api.web.pages.delivery.within import PROGRAMMES, against_told, base, rests_on, within
from api.wording.text import london
from tracker.access.roles import Right
from tracker.licences.states import ALERT_MOVES, LICENCE_MOVES, LicenceState
from tracker.times import AsOf, london_midnight

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}
_LABELS = {
    "move": "What happened",
    "on": "Day",
    "at": "When",
    "reason": "Reason",
    "proportionate": "Decision",
    "decidedBy": "Decided by",
    "organisation": "Organisation",
    "reasons": "Reasons",
    "recallType": "Kind of recall",
    "endReason": "Why it ended",
    "note": "Note",
}
_SAID = {
    "release": "Released from prison",
    "recall": "Recalled",
    "return": "Returned to custody",
    "re-release": "Released again",
    "end": "The licence ended",
}


class Event(NamedTuple):
    """Something that happened, as the timeline shows it."""

    when: datetime
    at: str
    words: str
    by: str


class Licence(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/licences/{{licence:str}}"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
    ) -> Response[str]:
        return _shown(context, programme, unescaped(licence), as_of, request)

    @post("/place", dependencies=_ENTERS, sync_to_thread=True)
    def move_place(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """Reserve a place, record that the condition is imposed, or give the place up. What a rule refuses is done with
        a reason, which stays visible."""
        reference = unescaped(licence)

        def enter(form: Form) -> str:
            body = read_part(form, "place-", PlaceIn, _LABELS)
            done: PlaceMoved
            match body.move:
                case "reserve":
                    done, said = (
                        rollout.reserve(context, reference, body.on, body.reason, programme),
                        "A place is reserved",
                    )
                case "impose":
                    done, said = rollout.impose(context, reference, body.on, programme), "The condition is imposed"
                case _:
                    if body.reason is None:
                        raise FormFaults({"place-reason": "Give the reason why the place is given up."})
                    done, said = (
                        rollout.give_up(context, reference, body.on, body.reason, programme),
                        "The place is given up",
                    )
            return " ".join([f"{said}. {numbers_in_words(done)}.", *against_told(done.against)])

        return _sent(context, programme, reference, request, enter)

    @post("/decision", dependencies=_ENTERS, sync_to_thread=True)
    def decide(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """What a person at probation decided, whatever the screening says."""
        reference = unescaped(licence)

        def enter(form: Form) -> str:
            if form.get("decide-proportionate") not in ("true", "false"):
                raise FormFaults({"decide-proportionate": "Choose whether probation finds the tag proportionate."})
            body = read_part(form, "decide-", ProportionateIn, _LABELS)
            done = screening.decide(
                context,
                programme,
                reference,
                proportionate=body.proportionate,
                decided_by=body.decided_by,
                organisation=body.organisation,
                reasons=body.reasons,
                on=body.on,
            )
            said = "proportionate" if done.proportionate else "not proportionate"
            return f"Probation's decision is recorded: {said}." + (f" {done.warning}." if done.warning else "")

        return _sent(context, programme, reference, request, enter)

    @post("/moves", dependencies=_ENTERS, sync_to_thread=True)
    def move(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """Released, recalled, returned to custody, released again, ended; in order."""
        reference = unescaped(licence)

        def enter(form: Form) -> str:
            body = read_part(form, "move-", LicenceMoveIn, _LABELS)
            done = licences.move(
                context,
                reference,
                body.move,
                body.at,
                recall_type=body.recall_type,
                note=body.note,
                end_reason=body.end_reason,
                programme=programme,
            )
            return " ".join([f"The licence is now: {done.state}.", *done.notes, *against_told(done.against)])

        return _sent(context, programme, reference, request, enter)

    @post("/alerts", dependencies=_ENTERS, sync_to_thread=True)
    def answer(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
    ) -> Response[Any]:
        """A step of one of its alerts: verified or found false, then what a practitioner decided."""
        reference = unescaped(licence)

        def enter(form: Form) -> str:
            part = form.get("part")
            number = part.removeprefix("alert-").removesuffix("-")
            mine = {str(each.id) for each in person_page(context, programme, reference, context.as_of()).alerts}
            if number not in mine:
                raise FormFaults({"": "This alert is not of this licence. Load the page again."})
            body = read_part(form, part, AlertMoveIn, _LABELS)
            done = licences.move_alert(context, int(number), body.move, body.at, body.decided_by, body.note)
            return f"Alert {done.id} is now: {done.state}."

        return _sent(context, programme, reference, request, enter)


def _sent(
    context: RequestContext, programme: Programme, licence: str, request: Asked, enter: Callable[[Form], str]
) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, programme, licence, context.as_of(), request, form, error)

    def enter_unchanged(form: Form) -> str:
        with rests_on(context, programme, "licences", licence=licence).unchanged(request):
            return enter(form)

    return sent(request, enter_unchanged, f"{base(programme)}/licences/{quote(licence, safe='')}", again)


def _shown(
    context: RequestContext,
    programme: Programme,
    licence: str,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    held = rests_on(context, programme, "licences", licence=licence).now(context)
    now = person_page(context, programme, licence, as_of)
    return within(
        request,
        context,
        programme,
        "licence.html",
        f"Licence {now.licence}",
        here="licences",
        form=form,
        error=error,
        rests_on=held,
        state=_state(now),
        now=now,
        events=sorted(_events(now), key=lambda each: each.when, reverse=True),
        moves=[
            ("", "Choose one"),
            *(
                (name, _SAID[name])
                for name, move in licences.MOVES.items()
                if move in LICENCE_MOVES[LicenceState(now.state)]
            ),
        ],
        steps={
            state.value: [("", "Choose one"), *((move.value, f"{move[:1].upper()}{move[1:]}") for move in moves)]
            for state, moves in ALERT_MOVES.items()
            if moves
        },
        enters=entering_of(Of.LICENCE, "licences", context.actor.rights),
        may_enter_cases=Right.ENTER_CASES in context.actor.rights,
    )


def _state(now: PersonPage) -> str:
    """In words, as an officer who decides by it reads it."""
    probation = now.proportionate
    decided = "undecided" if probation is None else "proportionate" if probation.proportionate else "not proportionate"
    told = [f"{now.state[:1].upper()}{now.state[1:]}", now.place if "place" in now.place else f"place {now.place}"]
    waits = [f"alert {each.id} {each.state}" for each in now.alerts]
    return "; ".join([*told, f"probation: {decided}", *waits]) + "."


def _events(now: PersonPage) -> Iterator[Event]:
    """Everything that happened, of whatever kind."""
    for made in now.screenings:
        yield _on(made.screened_on, f"Screened: {made.answer} (rules of {made.rules_version})", "")
    for each in now.decisions:
        found = "proportionate" if each.proportionate else "not proportionate"
        yield _on(each.decided_on, f"Probation: {found}. {each.reasons}", f"{each.decided_by}, {each.organisation}")
    for place in now.place_moves:
        why = f": {place.reason}" if place.reason else ""
        over = f" The rule was overridden: {place.over_reason}" if place.over_reason else ""
        yield _on(place.on, f"Place {place.move}{why}.{over}", place.recorded_by)
    for worn in now.worn:
        yield _at(worn.fitted_at, f"Tag {worn.device} fitted", "")
        if worn.removed_at is not None:
            yield _at(worn.removed_at, f"Tag {worn.device} removed", "")
    for move in now.moves:
        kind = f", {move.recall_type}" if move.recall_type else ""
        yield _at(move.at, f"{move.move[:1].upper()}{move.move[1:]}{kind}. {move.note or ''}".strip(), move.recorded_by)
    for custody in now.custody:
        yield _at(custody.from_at, f"In custody for another reason. {custody.note or ''}".strip(), "")
        if custody.to_at is not None:
            yield _at(custody.to_at, "Out of that custody", "")
    for alert in now.alerts:
        for step in alert.steps:
            note = f": {step.note}" if step.note else ""
            yield _at(step.at, f"Alert {alert.id}, {alert.kind}: {step.move}{note}", step.decided_by or "")
    for score in now.scores:
        yield _on(score.scored_on, f"{score.instrument} score {score.pct:g} %", score.given_by or "")


def _on(day: date, words: str, by: str) -> Event:
    return Event(london_midnight(day), f"{day.day} {day:%B %Y}", words, by)


def _at(at: datetime, words: str, by: str) -> Event:
    return Event(at, london(at), words, by)


HANDLERS = (Licence,)
