"""A later decision in one request; the papers that come with the program."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.problems import ENTRY_PROBLEMS
from api.schemas.delivery.decisions import LaterDecisionIn
from api.schemas.delivery.programmes import DecisionEntered, FilesEntered
from api.usecases.delivery import decisions, programmes
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right

_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}


class Decisions(Controller):
    """Later decisions."""

    path = "/programmes/{key:str}/decisions"
    tags = ("programme",)
    dependencies = {**_ENTERS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="enterDecision", sync_to_thread=True)
    def enter_decision(
        self,
        data: JSONBody[LaterDecisionIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> DecisionEntered:
        """More months, more money, money carried forward or moved, a contract raised, boroughs added: all of it in one
        transaction, or nothing; with the figures before and after."""
        return decisions.decide(context, programme, decisions.later_decision(data))


class Papers(Controller):
    """The papers that come with the program."""

    path = "/programmes/papers"
    tags = ("programme",)
    dependencies = _ENTERS
    problems = ENTRY_PROBLEMS

    @post(operation_id="loadPapers", sync_to_thread=True)
    def load_papers(self, context: NamedDependency[RequestContext]) -> FilesEntered:
        """Enter the five papers. What was entered, corrected or withdrawn since is left as it is."""
        return programmes.load(context, None)


HANDLERS = (Decisions, Papers)
