"""A programme's money and its duties."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.idempotency import ANSWER_STORED
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.budget import (
    ActualEntered,
    ActualIn,
    BudgetPosition,
    CommitmentIn,
    ForecastEntered,
    ForecastIn,
    Money,
    VirementIn,
)
from api.schemas.delivery.duties import DoneIn, DutyDone, DutyList
from api.usecases.delivery import budget, status
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.budget.service import LineYear
from tracker.times import AsOf

_READS = {"context": asked_for(Right.READ_PROGRAMME)}
_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}


class Budget(Controller):
    """Where the money stands."""

    path = "/programmes/{key:str}/budget"
    tags = ("money",)
    dependencies = {**_READS, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="getBudget", sync_to_thread=True)
    def get_budget(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> BudgetPosition:
        """Allocated, committed, spent, free and forecast, line by line, in pence."""
        return budget.show_position(context, programme, as_of)


class BudgetEntries(Controller):
    """What is promised, spent, moved and expected."""

    path = "/programmes/{key:str}"
    tags = ("money",)
    dependencies = {**_ENTERS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post("/commitments", operation_id="commitMoney", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def commit(
        self,
        data: JSONBody[CommitmentIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Money:
        """Promise money. Refused, with the figures, past what the line or the approvals leave, unless overridden."""
        line = LineYear(data.line, data.year)
        return budget.commit(
            context,
            programme,
            data.reference,
            line,
            data.pence,
            data.words,
            on=data.on,
            contract=data.contract,
            override=data.override,
        )

    @post("/actuals", operation_id="spendMoney", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def spend(
        self,
        data: JSONBody[ActualIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ActualEntered:
        """Money that was spent, or came back: recorded, and noted where a line is over."""
        line = LineYear(data.line, data.year)
        return budget.spend(
            context,
            programme,
            data.reference,
            line,
            data.pence,
            data.words,
            on=data.on,
            commitment=data.commitment,
        )

    @post("/virements", operation_id="moveMoney", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def move(
        self,
        data: JSONBody[VirementIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Money:
        """Money from one line to another, by a recorded decision."""
        source, target = LineYear(data.from_line, data.from_year), LineYear(data.to_line, data.to_year)
        return budget.move(
            context,
            programme,
            source,
            target,
            data.pence,
            on=data.on,
            decided_by=data.decided_by,
            reason=data.reason,
        )

    @post("/forecasts", operation_id="forecastLine", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def forecast(
        self,
        data: JSONBody[ForecastIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ForecastEntered:
        """What a line is expected to come to by its end."""
        line = LineYear(data.line, data.year)
        return budget.forecast(context, programme, line, data.pence, on=data.on, words=data.words)


class Duties(Controller):
    """Milestones and obligations."""

    path = "/programmes/{key:str}/duties"
    tags = ("money",)
    dependencies = {**_READS, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listDuties", sync_to_thread=True)
    def list_duties(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> DutyList:
        """Milestones and obligations: due, done, overdue, each with its paragraph."""
        return status.list_duties(context, programme, as_of)

    @post(
        "/{duty:str}/done",
        operation_id="doDuty",
        dependencies=_ENTERS,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def record_done(
        self,
        duty: FromPath[str],
        data: JSONBody[DoneIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> DutyDone:
        """A duty was done, and by what evidence."""
        return status.record_done(context, programme, unescaped(duty), data.evidence, data.on)


HANDLERS = (Budget, BudgetEntries, Duties)
