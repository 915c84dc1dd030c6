"""Cohorts for evaluators: asked for as jobs, looked at, downloaded, linked, destroyed."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.documents.cohort_files import NEEDED, OF_FILE
from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.files import PARQUET, file_answer
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.evaluation.bodies import CohortIn, DecisionIn, LinkageIn
from api.schemas.evaluation.cohorts import ColumnList, ExportOut, ExportPage, LinkageState
from api.schemas.matching.jobs import JobOut
from api.usecases.evaluation import cohorts
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right

_EXPORTS = {"context": asked_for(Right.EXPORT)}
_LOOKS = {"context": asked_for(Right.EXPORT, Right.KEEP)}
_KEEPS = {"context": asked_for(Right.KEEP)}
_MEDIA = {
    "csv": "text/csv",
    "json": "application/json",
    "txt": "text/plain",
    "parquet": PARQUET,
}
_TAKEN = ("text/csv", "text/plain", "application/json", PARQUET, *(form.media_type for form in OF_FILE.values()))


class ProgrammeCohorts(Controller):
    """The cohorts of a programme."""

    path = "/programmes/{key:str}/cohorts"
    tags = ("evaluation",)
    dependencies = {**_LOOKS, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listCohorts", sync_to_thread=True)
    def list_exports(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
    ) -> ExportPage:
        """Every export there was, the latest first, also of those destroyed."""
        return cohorts.list_exports(context, programme, page)

    @post(
        operation_id="createCohort",
        status_code=202,
        dependencies=_EXPORTS,
        responses={**ENTRY_PROBLEMS, **answers(429, 507)},
        sync_to_thread=True,
    )
    def create(
        self,
        data: JSONBody[CohortIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> JobOut:
        """Ask for a cohort; a worker makes it. The definition is checked now; whether it may leave is decided when it
        is made, and a refusal is the job's `why`."""
        return cohorts.create_job(context, programme, data.definition(context.today.day), data.days)


class CohortJobs(Controller):
    """Jobs that make cohorts."""

    path = "/cohort-jobs/{job_id:int}"
    tags = ("evaluation",)
    dependencies = _EXPORTS
    problems = READ_PROBLEMS

    @get(operation_id="getCohortJob", sync_to_thread=True)
    def get_job(self, job_id: Number, context: NamedDependency[RequestContext]) -> JobOut:
        """Where the job stands; once it is done `runId` is the number of the export."""
        return cohorts.job_of(context, job_id)


class Cohorts(Controller):
    """One export, its files and its linkage file."""

    path = "/cohorts"
    tags = ("evaluation",)
    dependencies = _EXPORTS
    problems = ENTRY_PROBLEMS

    @get("/columns", operation_id="listCohortColumns", responses=READ_PROBLEMS, sync_to_thread=True)
    def list_columns(self, context: NamedDependency[RequestContext]) -> ColumnList:
        """What may be exported, what it means, and for which purpose."""
        return cohorts.list_columns(context)

    @get(
        "/{number:int}",
        operation_id="getCohort",
        dependencies=_LOOKS,
        responses=READ_PROBLEMS,
        sync_to_thread=True,
    )
    def get_export(self, number: Number, context: NamedDependency[RequestContext]) -> ExportOut:
        """One export: definition, risk, flow of numbers, files with their digests, its linkage file."""
        return cohorts.export(context, number)

    @get(
        "/{number:int}/files/{name:str}",
        operation_id="getCohortFile",
        operation_class=file_answer(*_TAKEN),
        sync_to_thread=True,
    )
    def get_file(
        self, number: Number, name: FromPath[str], context: NamedDependency[RequestContext]
    ) -> Response[bytes]:
        """One of its files, until its last day, or one that is made from them: for SPSS (`cohort.sav`), Stata
        (`cohort.dta`), a workbook (`cohort.xlsx`), a Jupyter notebook (`cohort.ipynb`), the flow of numbers as a
        picture (`flow.svg`). `cohort` alone gives the one that `Accept` wants. Each download is audited."""
        return file_of(context, number, name)

    @post(
        "/{number:int}/destroy",
        operation_id="destroyCohort",
        status_code=200,
        dependencies=_LOOKS,
        sync_to_thread=True,
    )
    def destroy(
        self, number: Number, data: JSONBody[DecisionIn], context: NamedDependency[RequestContext]
    ) -> ExportOut:
        """Its files and its key are destroyed; that it was made stays on the ledger."""
        return cohorts.destroy(context, number, data.why)

    @post("/{number:int}/linkage", operation_id="askLinkage", sync_to_thread=True)
    def ask_linkage(
        self, number: Number, data: JSONBody[LinkageIn], context: NamedDependency[RequestContext]
    ) -> LinkageState:
        """Ask that a named linker gets the file of pseudonyms and PNC ids. The person who asks never does."""
        return cohorts.ask_linkage(context, number, data.linker, data.organisation, data.why)

    @post(
        "/{number:int}/linkage/approve",
        operation_id="approveLinkage",
        tags=["keeping"],
        status_code=200,
        dependencies=_KEEPS,
        sync_to_thread=True,
    )
    def approve_linkage(
        self, number: Number, data: JSONBody[DecisionIn], context: NamedDependency[RequestContext]
    ) -> LinkageState:
        """The data protection officer approves; not the person who asked."""
        return cohorts.decide_linkage(context, number, data.why, approved=True)

    @post(
        "/{number:int}/linkage/refuse",
        operation_id="refuseLinkage",
        tags=["keeping"],
        status_code=200,
        dependencies=_KEEPS,
        sync_to_thread=True,
    )
    def refuse_linkage(
        self, number: Number, data: JSONBody[DecisionIn], context: NamedDependency[RequestContext]
    ) -> LinkageState:
        """The data protection officer refuses."""
        return cohorts.decide_linkage(context, number, data.why, approved=False)

    @post(
        "/{number:int}/linkage/file",
        operation_id="handOverLinkage",
        operation_class=file_answer("text/csv"),
        tags=["keeping"],
        status_code=200,
        dependencies=_KEEPS,
        sync_to_thread=True,
    )
    def hand_over_linkage(self, number: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The file, once, for the linker it was approved for; each person in it is audited as disclosed."""
        data, _ = cohorts.hand_over_linkage(context, number)
        return _file(data, f"linkage-{number}.csv", _MEDIA["csv"])


def file_of(context: RequestContext, number: int, name: str) -> Response[bytes]:
    """A stored file of an export, or one that is made from them."""
    if (form := OF_FILE.get(name)) is not None:
        made = form.make(cohorts.parts(context, number, NEEDED, name))
        return _file(made, f"cohort-{number}-{name}", form.media_type)
    data = cohorts.file(context, number, name)
    return _file(data, f"cohort-{number}-{name}", _MEDIA[name.rsplit(".", 1)[-1]])


def _file(data: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)


HANDLERS = (ProgrammeCohorts, CohortJobs, Cohorts)
