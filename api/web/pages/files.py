"""Files: sending one, what became of those that were sent, and which rows of one were refused and why."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from api.errors import TooLarge
from api.http.dependencies import Number, asked_for
from api.http.files import file_response
from api.http.idempotency import UNKEYED
from api.http.problems import mark_refused
from api.schemas.imports import Dates, Delimiter, FaultPage, ImportOptions, ImportOut
from api.usecases.imports import import_jobs, withdrawals
from api.usecases.imports.kinds import EVERY_RIGHT, RIGHTS
from api.usecases.imports.uploads import plain_name, receive
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.forms import FILE_FORM, Form, FormFaults, check_secret
from api.web.lists import Listing, listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.withdrawals import may_withdraw
from api.web.rendering import REFUSALS, page
from geo.mapping import pairs_of
from tracker.access.roles import Role

PATH = f"{PREFIX}/files"
_PIECE = 1 << 20
_ROOM_FOR_FIELDS = 1 << 20
KINDS = {
    "releases": "Release list",
    "assignments": "Assignments of tags",
    "stock": "Stock of tags",
    "ledger": "Ledger of payments",
    "knife-crime": "Knife crime by borough",
    "fixes": "Positions of tags",
    "events": "Events of tags",
    "crimes": "Crimes",
    "reoffences": "Reoffences",
    "comparison": "Comparison people",
    "characteristics": "Protected characteristics",
    "benchmarks": "Benchmark counts",
}
_TONES = {"successful": "good", "partial": "full", "failed": "bad", "error": "bad"}
_WAITS = ("queued", "running")


class Files(PageController):
    path = PATH
    menu = "Files"
    first_for = (Role.SUPPLIER,)
    dependencies = {"context": asked_for(*EVERY_RIGHT)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _list(context, page, request)

    @post("/send", opt={UNKEYED: True, FILE_FORM: True}, request_max_body_size=None)
    async def send(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A file, as it is; it is kept by its digest and read in the background, as one that is sent as a body."""
        size, most = request.content_length or 0, context.settings.most_upload_mb
        if not 0 < size <= (most << 20) + _ROOM_FOR_FIELDS:
            raise TooLarge(f"The file is over {most} MB, the most that may be sent.")
        await anyio.to_thread.run_sync(import_jobs.require_room, context, size)
        given = await request.form()
        form = Form({name: [each for each in given.getall(name) if isinstance(each, str)] for name in given})
        check_secret(request.scope, form.get("csrf"))
        try:
            made = await _stored(context, form, given.get("file"))
        except REFUSALS as error:
            mark_refused(request, error)
            return await anyio.to_thread.run_sync(_list, context, Page(), request, form, error)
        return done_at(request, f"{PATH}/{made.id}", f"{made.name} has arrived. It is read now.")


class OneFile(PageController):
    path = f"{PATH}/{{import_id:int}}"
    dependencies = {"context": asked_for(*EVERY_RIGHT)}

    @get(sync_to_thread=True)
    def show(
        self,
        import_id: Number,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
    ) -> Response[str]:
        """What became of a file: rows kept and refused, faults by rule, each bad row and what to do about it."""
        return _one(context, import_id, page, request)

    @get("/errors.csv", sync_to_thread=True)
    def errors(self, import_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """Every bad row as CSV, to be sent back to whoever made the file."""
        text = import_jobs.faults_csv(context, import_id)
        return file_response(text, "text/csv", f"import-{import_id}-errors.csv")


async def _stored(context: RequestContext, form: Form, sent: Any) -> ImportOut:
    faults = {}
    kind: Any = form.get("kind")
    if kind not in _kinds_of(context):
        faults["kind"] = "Choose what the file holds."
    if not isinstance(sent, UploadFile) or not sent.filename:
        faults["file"] = "Choose the file to send."
    if faults:
        raise FormFaults(faults)
    assert isinstance(sent, UploadFile)
    name = plain_name(sent.filename)
    options = {
        field: form.get(field) for field in ("zone", "dates", "delimiter", "format", "programme") if form.get(field)
    }
    try:
        read = msgspec.convert(
            {**options, "map": pairs_of(form.get("map").split("\n") if form.get("map") else ())}, ImportOptions
        )
    except msgspec.ValidationError as error:
        raise FormFaults({"kind": f"One of the choices is none that there is: {error}."}) from error
    if kind in ("releases", "ledger", "stock"):
        await anyio.to_thread.run_sync(context.programme, read.programme)
    upload = await receive(_pieces(sent), context.settings)
    return await anyio.to_thread.run_sync(import_jobs.queue_import, context, kind, name, upload, read)


async def _pieces(sent: UploadFile) -> AsyncIterator[bytes]:
    while piece := await sent.read(_PIECE):
        yield piece


def _kinds_of(context: RequestContext) -> list[str]:
    return [kind for kind in KINDS if not context.actor.rights.isdisjoint(RIGHTS[kind])]


def _list(
    context: RequestContext,
    shown: Page,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = import_jobs.page_of_imports(context, shown)
    return page(
        request,
        "pages/files.html",
        "Files",
        form=form,
        error=error,
        found=found,
        listing=listing(request, found),
        kinds=[("", "Choose one"), *((kind, KINDS[kind]) for kind in _kinds_of(context))],
        names=KINDS,
        dates=get_args(Dates),
        delimiters=get_args(Delimiter),
        tones=_TONES,
        withdraws=not context.actor.rights.isdisjoint(withdrawals.EVERY_RIGHT),
        wide=True,
    )


def _one(context: RequestContext, import_id: int, shown: Page, request: Asked) -> Response[str]:
    now = import_jobs.one_import(context, import_id)
    faults = (
        import_jobs.page_of_faults(context, import_id, shown)
        if now.rejected
        else FaultPage(items=[], total=0, limit=shown.limit, offset=0)
    )
    around: Listing = listing(request, faults)
    return page(
        request,
        "pages/file.html",
        f"File {now.id}, {now.name}",
        now=now,
        names=KINDS,
        faults_page=faults,
        listing=around,
        waits=now.state in _WAITS,
        tone=_TONES.get(now.outcome or "", "wait"),
        may_withdraw=may_withdraw(context, now),
        may_see_withdrawal=withdrawals.may_withdraw(context, now.kind),
        wide=True,
    )


HANDLERS = (Files, OneFile)
