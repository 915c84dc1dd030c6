"""Programmes: what was decided, where they stand, rollout; and entering decisions and launches."""

import re
from functools import partial
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.etags import NeedsIfMatch, etag_of, if_unchanged
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.delivery.decisions import ProgrammeIn
from api.schemas.delivery.programmes import (
    CorrectionIn,
    DiscrepancyList,
    EntriesEntered,
    EntryCorrected,
    EntryIn,
    EntryWithdrawn,
    Fields,
    ProgrammeList,
    ProgrammeOut,
    WithdrawalIn,
)
from api.schemas.delivery.rollout import Launched, LaunchIn, PlanIn, Planned, RolloutOut
from api.schemas.delivery.status import OverviewOut, StatusOut
from api.usecases.delivery import overview, programmes, rollout, status
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_editing = partial(
    post,
    operation_class=NeedsIfMatch,
    responses=answers(400, 401, 403, 404, 409, 412, 422, 428),
    sync_to_thread=True,
)
"""A POST that changes an entry its caller has read."""


class Programmes(Controller):
    """What is on record of programmes, and where they stand."""

    path = "/programmes"
    tags = ("programme",)
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listProgrammes", sync_to_thread=True)
    def list_programmes(self, context: NamedDependency[RequestContext], as_of: NamedDependency[AsOf]) -> ProgrammeList:
        """Every programme with what decisions approve and what lines have of it."""
        return programmes.list_programmes(context, as_of)

    @post(
        operation_id="enterProgramme",
        dependencies={"context": asked_for(Right.ENTER_PROGRAMME)},
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def enter_programme(self, data: JSONBody[ProgrammeIn], context: NamedDependency[RequestContext]) -> EntriesEntered:
        """A new programme with what its decisions say, or more entries of one on record: all of them, or none."""
        entries = [(each.section, _as_on_record(each.fields)) for each in data.entries]
        return programmes.enter_programme(context, data.key, data.name, entries)

    @get("/{key:str}", operation_id="getProgramme", sync_to_thread=True)
    def get_programme(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> Response[ProgrammeOut]:
        """Decisions, money line by line, contracts, phases, ends. The ETag, of every entry, is needed to correct or to
        withdraw any."""
        # The ETag first: what is entered between the two readings then refuses a correction rather than being lost.
        with context.reader.connect() as connection:
            etag = etag_of(programmes.every_entry(connection, programme))
        return Response(programmes.show(context, programme, as_of), headers={"etag": etag})

    @get("/{key:str}/discrepancies", operation_id="listDiscrepancies", sync_to_thread=True)
    def list_discrepancies(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> DiscrepancyList:
        """Contradictions between the papers, quoting both paragraphs. TagPilot reports them and does not choose."""
        return programmes.find_discrepancies(context, [programme], as_of)

    @get("/{key:str}/status", operation_id="getStatus", sync_to_thread=True)
    def get_status(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> StatusOut:
        """Where it stands: boroughs, the three numbers, stock, gate, money, duties, and what needs attention."""
        return status.show(context, programme, as_of)

    @get(
        "/{key:str}/overview",
        operation_id="getOverview",
        dependencies={"context": asked_for(Right.READ_CASES)},
        sync_to_thread=True,
    )
    def get_overview(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> OverviewOut:
        """What an officer looks at first: what waits, five figures, how full it became by day, boroughs by phase,
        money, licences."""
        return overview.show(context, programme, as_of)

    @get("/{key:str}/rollout", operation_id="getRollout", sync_to_thread=True)
    def get_rollout(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> RolloutOut:
        """Which boroughs are live, the running maximum, the headroom, and when it is reached at the present rate."""
        return rollout.show(context, programme, as_of)


class ProgrammeEntries(Controller):
    """What is entered of a programme."""

    path = "/programmes/{key:str}"
    tags = ("programme",)
    dependencies = {"context": asked_for(Right.ENTER_PROGRAMME), **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post("/entries", operation_id="enterEntry", sync_to_thread=True)
    def enter(
        self,
        data: JSONBody[EntryIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> EntriesEntered:
        """One thing that a decision says, with the checks that a file's entries have."""
        return programmes.enter(context, programme, data.section, _as_on_record(data.fields), data.override)

    @_editing("/corrections", operation_id="correctEntry")
    def correct(
        self,
        data: JSONBody[CorrectionIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Request[Any, Any, Any],
    ) -> EntryCorrected:
        """Correct some fields of one entry; what was known before stays on record."""
        where, fields = _as_on_record(data.where), _as_on_record(data.fields)
        with if_unchanged(request, lambda connection: programmes.every_entry(connection, programme)):
            return programmes.correct(context, programme, data.section, where, fields, data.override)

    @_editing("/withdrawals", operation_id="withdrawEntry")
    def withdraw(
        self,
        data: JSONBody[WithdrawalIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Request[Any, Any, Any],
    ) -> EntryWithdrawn:
        """Withdraw one entry that was entered by mistake."""
        where = _as_on_record(data.where)
        with if_unchanged(request, lambda connection: programmes.every_entry(connection, programme)):
            return programmes.withdraw(context, programme, data.section, where, data.reason)

    @post("/launches", operation_id="launch", sync_to_thread=True)
    def launch(
        self,
        data: JSONBody[LaunchIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Launched:
        """A borough or a phase is live once that is recorded; a plan alone launches nothing."""
        return rollout.launch(
            context, programme, borough=data.borough, phase=data.phase, without=tuple(data.without), on=data.on
        )

    @post("/plans", operation_id="planBorough", sync_to_thread=True)
    def plan(
        self,
        data: JSONBody[PlanIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Planned:
        """A planned day of a borough's own, in the place of its phase's."""
        return rollout.plan(context, programme, data.borough, data.on, data.reason)


def _as_on_record(fields: Fields) -> Fields:
    """Fields by their names in a decision's file: `amountPence` there is `amount_pence`."""
    return {re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name): value for name, value in fields.items()}


HANDLERS = (Programmes, ProgrammeEntries)
