"""Licences: screening, places, releases and recalls, alerts. Wearers appear by reference; no answer holds a name."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.middleware import unescaped
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.licences import (
    AlertIn,
    AlertMoved,
    AlertMoveIn,
    AlertRaised,
    CustodyEntered,
    CustodyIn,
    LicenceDetail,
    LicenceMoved,
    LicenceMoveIn,
    LicencePage,
    ProportionateDecided,
    ProportionateIn,
    Rescreened,
)
from api.schemas.delivery.rollout import PlaceIn, PlaceMoved
from api.usecases.delivery import licences, rollout, screening
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}


class Licences(Controller):
    """Licences with their three decisions: eligible for a tag, proportionate, eligible for crime mapping."""

    path = "/programmes/{key:str}/licences"
    tags = ("cases",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listLicences", sync_to_thread=True)
    def list_licences(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        answer: Annotated[
            Literal["passed", "failed", "not known"] | None, QueryParameter(description="Of the screening.")
        ] = None,
        undecided: Annotated[bool, QueryParameter(description="Passed, and not decided by probation.")] = False,
        after: After = None,
    ) -> LicencePage:
        """Licences with their three decisions, by reference."""
        return licences.list_licences(context, programme, as_of, page, answer=answer, undecided=undecided, after=after)

    @get("/{licence:str}", operation_id="getLicence", sync_to_thread=True)
    def get_licence(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> LicenceDetail:
        """One licence: each criterion with what was seen and its paragraph, each decision with its reasons."""
        return licences.show(context, programme, unescaped(licence), as_of)


class Screenings(Controller):
    """Screening again."""

    path = "/programmes/{key:str}/screenings"
    tags = ("cases",)
    dependencies = {**_ENTERS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="screenAgain", sync_to_thread=True)
    def screen_again(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        licence: Annotated[
            str | None, QueryParameter(description="This licence only; else all that await release.")
        ] = None,
    ) -> Rescreened:
        """Screen again under today's rules, launches and facts; earlier screenings stay on record."""
        return screening.screen_again(context, programme, licence)


class LicenceEntries(Controller):
    """What is entered of one licence."""

    path = "/programmes/{key:str}/licences/{licence:str}"
    tags = ("cases",)
    dependencies = {**_ENTERS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post("/place", operation_id="movePlace", sync_to_thread=True)
    def move_place(
        self,
        licence: FromPath[str],
        data: JSONBody[PlaceIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> PlaceMoved:
        """Reserve a place for a licence that may have one, record that the condition is imposed, or give it up."""
        reference = unescaped(licence)
        match data.move:
            case "reserve":
                return rollout.reserve(context, reference, data.on, data.reason, programme)
            case "impose":
                return rollout.impose(context, reference, data.on, programme)
            case "withdraw":
                return rollout.give_up(context, reference, data.on, data.reason, programme)

    @post("/proportionate", operation_id="decideProportionate", sync_to_thread=True)
    def decide(
        self,
        licence: FromPath[str],
        data: JSONBody[ProportionateIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ProportionateDecided:
        """What a person at probation decided, whatever the screening says."""
        return screening.decide(
            context,
            programme,
            unescaped(licence),
            proportionate=data.proportionate,
            decided_by=data.decided_by,
            organisation=data.organisation,
            reasons=data.reasons,
            on=data.on,
        )

    @post("/moves", operation_id="moveLicence", sync_to_thread=True)
    def move(
        self,
        licence: FromPath[str],
        data: JSONBody[LicenceMoveIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> LicenceMoved:
        """Released, recalled, returned to custody, released again, ended; in order."""
        return licences.move(
            context,
            unescaped(licence),
            data.move,
            data.at,
            recall_type=data.recall_type,
            note=data.note,
            end_reason=data.end_reason,
            programme=programme,
        )

    @post("/custody", operation_id="enterCustody", sync_to_thread=True)
    def enter_custody(
        self,
        licence: FromPath[str],
        data: JSONBody[CustodyIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> CustodyEntered:
        """In custody for another reason than a recall: time without monitoring."""
        return licences.enter_custody(context, unescaped(licence), data.from_at, data.to_at, data.note, programme)

    @post("/alerts", operation_id="raiseAlert", sync_to_thread=True)
    def raise_alert(
        self,
        licence: FromPath[str],
        data: JSONBody[AlertIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> AlertRaised:
        """An alert of the monitoring."""
        return licences.raise_alert(context, unescaped(licence), data.kind, data.at, programme)


class Alerts(Controller):
    """Answers to alerts."""

    path = "/alerts/{alert_id:int}"
    tags = ("cases",)
    dependencies = _ENTERS
    problems = ENTRY_PROBLEMS

    @post("/moves", operation_id="moveAlert", sync_to_thread=True)
    def move(
        self, alert_id: Number, data: JSONBody[AlertMoveIn], context: NamedDependency[RequestContext]
    ) -> AlertMoved:
        """Verified or found false; then a practitioner's decision, which names them."""
        return licences.move_alert(context, alert_id, data.move, data.at, data.decided_by, data.note)


HANDLERS = (Licences, Screenings, LicenceEntries, Alerts)
