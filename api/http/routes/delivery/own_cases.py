"""A practitioner's own cases; and the officer's assigning of them."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.idempotency import UNKEYED
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.delivery.cases import (
    AssignIn,
    CaseAssigned,
    DayIn,
    DaySummary,
    EndCaseIn,
    HeldCases,
    OwnCaseDetail,
    OwnCases,
)
from api.usecases.partners import own_cases
from api.usecases.partners.movements import day_summary
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf


class Cases(Controller):
    """The cases assigned to the practitioner who asks; of others there is no word."""

    path = "/cases"
    tags = ("own cases",)
    dependencies = {"context": asked_for(Right.READ_OWN_CASES)}
    problems = READ_PROBLEMS

    @get(operation_id="listOwnCases", sync_to_thread=True)
    def list_own(
        self,
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
    ) -> OwnCases:
        """Own cases, by reference."""
        return own_cases.own_cases(context, as_of, page)

    @get("/{licence:str}", operation_id="getOwnCase", sync_to_thread=True)
    def get_own(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
    ) -> OwnCaseDetail:
        """One own case: criteria with what was seen, the proportionate decision, licence, alerts."""
        return own_cases.own_case(context, unescaped(licence), as_of)

    @post(
        "/{licence:str}/days",
        operation_id="summariseDay",
        status_code=200,
        opt={UNKEYED: True},
        dependencies={"context": asked_for(Right.SUMMARISE_MOVEMENTS)},
        responses={**ENTRY_PROBLEMS, **answers(503)},
        sync_to_thread=True,
    )
    def summarise_day(
        self, licence: FromPath[str], data: JSONBody[DayIn], context: NamedDependency[RequestContext]
    ) -> DaySummary:
        """A day of an own case's wearer in hours: borough, home and away. With a purpose, which is kept in the audit;
        no position leaves."""
        return day_summary(context, unescaped(licence), data.day, data.purpose)


class Practitioners(Controller):
    """Who has which case."""

    path = "/programmes/{key:str}/practitioners"
    tags = ("own cases",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listPractitioners", sync_to_thread=True)
    def list_held(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
    ) -> HeldCases:
        """The cases that are assigned, with their practitioners."""
        return own_cases.list_held(context, programme, page)


class Assignments(Controller):
    """Assigning a case to a practitioner."""

    path = "/programmes/{key:str}/licences/{licence:str}/practitioner"
    tags = ("own cases",)
    dependencies = {"context": asked_for(Right.ENTER_CASES), **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="assignCase", sync_to_thread=True)
    def assign(
        self,
        licence: FromPath[str],
        data: JSONBody[AssignIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> CaseAssigned:
        """The case is this practitioner's from now on, in the place of whoever had it."""
        return own_cases.assign(context, unescaped(licence), data.practitioner, programme)

    @post("/end", operation_id="endCase", status_code=200, sync_to_thread=True)
    def end(
        self,
        licence: FromPath[str],
        data: JSONBody[EndCaseIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> CaseAssigned:
        """The case is no practitioner's any more."""
        return own_cases.end(context, unescaped(licence), data.reason, programme)


HANDLERS = (Cases, Practitioners, Assignments)
