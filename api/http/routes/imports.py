"""Files sent and read in the background; what became of each row."""

from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.files import FileBody, file_answer
from api.http.idempotency import UNKEYED
from api.http.json_body import check_media_type
from api.http.problems import READ_PROBLEMS, answers
from api.schemas.imports import (
    BecameLicencePage,
    Dates,
    Delimiter,
    FaultPage,
    FileKind,
    ImportOptions,
    ImportOut,
    ImportPage,
    SpeedUnit,
)
from api.schemas.inspection import Inspection
from api.usecases.imports import import_jobs, list_rows
from api.usecases.imports.kinds import EVERY_RIGHT, RIGHTS
from api.usecases.imports.uploads import plain_name, receive, received
from api.usecases.request_context import Page, RequestContext
from geo.mapping import pairs_of
from tracker.errors import BadEntry

Format = Literal["ministry", "headed", "police-uk"]
_WHOLE = "the file as the body, as it is (no form; with curl --data-binary @FILE),"
FILES = ("text/csv", "application/vnd.apache.parquet", "application/octet-stream", "message/rfc822")
_OF_A_PROGRAMME = frozenset(
    {"stock", "releases", "ledger", "reoffences", "comparison", "characteristics", "benchmarks"}
)


class Imports(Controller):
    """Files of every kind. Each actor sees those of the kinds that they may send."""

    path = "/imports"
    tags = ("imports",)
    dependencies = {"context": asked_for(*EVERY_RIGHT)}
    problems = READ_PROBLEMS

    @post(
        "/{kind:str}",
        operation_id="sendFile",
        operation_class=FileBody,
        status_code=202,
        opt={UNKEYED: True},
        responses=answers(408, 413, 415, 422, 429, 507),
        request_max_body_size=None,
    )
    async def send_file(
        self,
        kind: FromPath[FileKind],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
        name: Annotated[str, QueryParameter(description="The file's name, such as may.csv.", max_length=120)],
        file_format: Annotated[Format, QueryParameter(name="format", description="Of crimes.")] = "headed",
        zone: Annotated[
            Literal["UTC", "Europe/London"], QueryParameter(description="What times without an offset are in.")
        ] = "UTC",
        time_form: Annotated[
            Literal["auto", "iso", "epoch_s", "epoch_ms"], QueryParameter(name="timeForm", description="Of streams.")
        ] = "auto",
        crs: Annotated[Literal["auto", "wgs84", "bng"], QueryParameter(description="Of fixes.")] = "auto",
        metres_per_dop: Annotated[
            float | None,
            QueryParameter(
                name="metresPerDop",
                gt=0,
                le=1_000,
                description="Of fixes: metres that one unit of dilution of precision stands for.",
            ),
        ] = None,
        accuracy_level: Annotated[
            Literal[68, 90, 95] | None,
            QueryParameter(
                name="accuracyLevel",
                description="Of fixes: the share of errors, in per cent, within the accuracies stated.",
            ),
        ] = None,
        speed_unit: Annotated[
            SpeedUnit | None, QueryParameter(name="speedUnit", description="Of fixes: the unit of their speeds.")
        ] = None,
        dates: Annotated[
            Dates,
            QueryParameter(description="How dates are written. A year first, or a month by its name, is always read."),
        ] = "yyyy-mm-dd",
        delimiter: Annotated[
            Delimiter,
            QueryParameter(description="What stands between values; auto: found out, or said that it cannot be."),
        ] = "auto",
        # Not `programme`, which is the dependency read from an address.
        programme_key: Annotated[
            str, QueryParameter(name="programme", description="Of release lists, ledgers and evaluators' files.")
        ] = "gps-knife-licence",
        maps: Annotated[
            list[str] | None,
            QueryParameter(
                name="map",
                description="ours=theirs for a column, ours=date+time for two that make one time, ours==value for a "
                "constant, "
                "ours= to leave a column unread; repeat it.",
            ),
        ] = None,
        before_s: Annotated[
            float,
            QueryParameter(name="beforeS", ge=0, le=86_400, description="Headed: begin windows this much earlier."),
        ] = 0,
        after_s: Annotated[
            float, QueryParameter(name="afterS", ge=0, le=86_400, description="Headed: end windows this much later.")
        ] = 0,
        ref_from_row: Annotated[
            bool, QueryParameter(name="refFromRow", description="Headed: make a reference from each row's content.")
        ] = False,
    ) -> ImportOut:
        """Send a file as the request's body; it is kept by its digest and read in the background. Good rows are kept,
        bad ones reported. The same file twice changes nothing."""
        context.require(*RIGHTS[kind])
        _check_body(request)
        options = ImportOptions(
            map=pairs_of(maps or ()),
            zone=zone,
            format=file_format,
            before_s=before_s,
            after_s=after_s,
            ref_from_row=ref_from_row,
            time_form=time_form,
            crs=crs,
            metres_per_dop=metres_per_dop,
            accuracy_level=accuracy_level,
            speed_unit=speed_unit,
            dates=dates,
            delimiter=delimiter,
            programme=programme_key,
        )
        if kind in _OF_A_PROGRAMME:
            await anyio.to_thread.run_sync(context.programme, programme_key)
        plain_name(name)
        await anyio.to_thread.run_sync(import_jobs.require_room, context, request.content_length or 0)
        upload = await receive(request.stream(), context.settings)
        return await anyio.to_thread.run_sync(import_jobs.queue_import, context, kind, name, upload, options)

    @post(
        "/inspect",
        operation_id="inspectFile",
        operation_class=FileBody,
        status_code=200,
        opt={UNKEYED: True},
        responses=answers(408, 413, 415, 422, 429, 507),
        request_max_body_size=None,
    )
    async def inspect_file(
        self,
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
        name: Annotated[str, QueryParameter(description="The file's name, such as may.csv.", max_length=120)],
        kind: Annotated[FileKind | None, QueryParameter(description="What it holds; found out if not given.")] = None,
        zone: Annotated[
            Literal["UTC", "Europe/London"], QueryParameter(description="What times without an offset are in.")
        ] = "UTC",
        dates: Annotated[Dates, QueryParameter(description="How dates are written.")] = "yyyy-mm-dd",
        delimiter: Annotated[Delimiter, QueryParameter(description="What stands between values.")] = "auto",
        maps: Annotated[list[str] | None, QueryParameter(name="map", description="As of an import; repeat it.")] = None,
        speed_unit: Annotated[
            SpeedUnit | None, QueryParameter(name="speedUnit", description="Of fixes: the unit of their speeds.")
        ] = None,
        ref_from_row: Annotated[
            bool, QueryParameter(name="refFromRow", description="Headed: make a reference from each row's content.")
        ] = False,
    ) -> Inspection:
        """What a file seems to hold, what each column would be read as, which of its first 1,000 rows would be
        refused and why, and what to pass. Nothing of it is stored."""
        _check_body(request)
        plain_name(name)
        options = ImportOptions(
            map=pairs_of(maps or ()),
            zone=zone,
            dates=dates,
            delimiter=delimiter,
            speed_unit=speed_unit,
            ref_from_row=ref_from_row,
        )
        await anyio.to_thread.run_sync(import_jobs.require_room, context, request.content_length or 0)
        async with received(request.stream(), context.settings) as body:
            return await anyio.to_thread.run_sync(_inspect, context, body.path, options, kind, name)

    @get(operation_id="listImports", sync_to_thread=True)
    def list_imports(self, context: NamedDependency[RequestContext], page: NamedDependency[Page]) -> ImportPage:
        """Files sent of one's own kinds, the latest first."""
        return import_jobs.page_of_imports(context, page)

    @get("/{import_id:int}", operation_id="getImport", sync_to_thread=True)
    def get_import(self, import_id: Number, context: NamedDependency[RequestContext]) -> ImportOut:
        """One file: whether it was read, and what became of its rows."""
        return import_jobs.one_import(context, import_id)

    @get("/{import_id:int}/licences", operation_id="listBecameLicences", sync_to_thread=True)
    def list_licences(
        self, import_id: Number, context: NamedDependency[RequestContext], page: NamedDependency[Page]
    ) -> BecameLicencePage:
        """Which licence each row of a release list became: new, changed, or known before. For the delivery officer."""
        return list_rows.rows_of_import(context, import_id, page)

    @get("/{import_id:int}/errors", operation_id="listImportErrors", sync_to_thread=True)
    def list_errors(
        self, import_id: Number, context: NamedDependency[RequestContext], page: NamedDependency[Page]
    ) -> FaultPage:
        """Each fault of each rejected row: field, value, rule, and what its sender is to do."""
        return import_jobs.page_of_faults(context, import_id, page)

    @get(
        "/{import_id:int}/errors.csv",
        operation_id="getImportErrorsCsv",
        operation_class=file_answer("text/csv"),
        sync_to_thread=True,
    )
    def get_errors_csv(self, import_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The same as CSV, safe to open in a spreadsheet; only its heading where no row was rejected."""
        headers = {"content-disposition": f'attachment; filename="import-{import_id}-errors.csv"'}
        text = import_jobs.faults_csv(context, import_id)
        return Response(text, media_type="text/csv", headers=headers)


def _inspect(
    context: RequestContext, path: Path, options: ImportOptions, kind: FileKind | None, name: str
) -> Inspection:
    # Reading files is the worker's work: a server that is never asked to inspect one loads nothing for it.
    from api.usecases.imports.inspect_file import inspect_sent

    return inspect_sent(context, path, options, kind, name)


def _check_body(request: Request[Any, Any, Any]) -> None:
    check_media_type(request, FILES, _WHOLE)
    if request.headers.get("content-encoding"):
        raise BadEntry("The body is compressed. Send the file as it is.")


HANDLERS = (Imports,)
