"""Files sent and read in the background; what became of each row."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Connection

from api.errors import Forbidden
from api.http.auth import needs
from api.http.files import FileBody, file_answer
from api.http.idempotency import UNKEYED
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk, Number
from api.schemas.imports import FaultPage, ImportOut, ImportPage, RowFault, import_out
from api.usecases.uploads import RIGHTS, Upload, plain_name, receive
from tracker.errors import BadEntry, NotFound
from tracker.jobs import service as jobs
from tracker.jobs.service import Job
from tracker.jobs.states import JobKind
from tracker.programme.queries import programme_named

Kind = Literal[
    "crimes",
    "fixes",
    "events",
    "assignments",
    "releases",
    "ledger",
    "reoffences",
    "comparison",
    "characteristics",
    "benchmarks",
]
Format = Literal["ministry", "headed", "police-uk"]
Maps = Annotated[
    list[str] | None,
    QueryParameter(name="map", description="ours=theirs for a column, ours==value for a constant; repeat it."),
]


@post(
    "/imports/{kind:str}",
    operation_id="sendFile",
    operation_class=FileBody,
    tags=["imports"],
    status_code=202,
    opt={**needs(*RIGHTS.values()), UNKEYED: True},
    responses=answers(400, 401, 403, 404, 413, 415, 422),
    request_max_body_size=None,
)
async def send_file(
    kind: FromPath[Kind],
    desk: NamedDependency[Desk],
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
    dates: Annotated[
        Literal["yyyy-mm-dd", "dd/mm/yyyy"],
        QueryParameter(description="Of release lists, ledgers and evaluators' files."),
    ] = "yyyy-mm-dd",
    # Not `programme`, which is the dependency read from an address.
    programme_key: Annotated[
        str, QueryParameter(name="programme", description="Of release lists, ledgers and evaluators' files.")
    ] = "gps-knife-licence",
    maps: Maps = None,
    before_s: Annotated[
        float, QueryParameter(name="beforeS", ge=0, le=86_400, description="Headed: begin windows this much earlier.")
    ] = 0,
    after_s: Annotated[
        float, QueryParameter(name="afterS", ge=0, le=86_400, description="Headed: end windows this much later.")
    ] = 0,
    ref_from_row: Annotated[
        bool, QueryParameter(name="refFromRow", description="Headed: make a reference from each row's content.")
    ] = False,
) -> ImportOut:
    """Send a file as the request's body; it is kept by its digest and read in the background. Good rows are kept, bad
    ones told. The same file twice changes nothing."""
    desk.actor.must(RIGHTS[kind])
    if request.headers.get("content-encoding"):
        raise BadEntry("the body is compressed; send the file as it is")
    options: dict[str, Any] = {"zone": zone, "map": _pairs(maps)}
    if kind == "crimes":
        options |= {"format": file_format, "beforeS": before_s, "afterS": after_s, "refFromRow": ref_from_row}
    elif kind in ("fixes", "events"):
        options |= {"timeForm": time_form, "crs": crs}
    elif kind != "assignments":
        options |= {"dates": dates, "programme": programme_key}
        await anyio.to_thread.run_sync(_programme, desk, programme_key)
    plain_name(name)
    upload = await receive(request.stream(), desk.settings)
    return await anyio.to_thread.run_sync(_queued, desk, kind, name, upload, options)


@get(
    "/imports",
    operation_id="listImports",
    tags=["imports"],
    opt=needs(*RIGHTS.values()),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_imports(desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> ImportPage:
    """Files sent that are of one's own kinds, the latest first."""
    with desk.reader.connect() as connection:
        found, _ = jobs.jobs(connection, kind=JobKind.IMPORT, limit=_MANY, offset=0)
    mine = [job for job in found if RIGHTS[job.asked["kind"]] in desk.actor.rights]
    items = [import_out(job) for job in mine[offset : offset + limit]]
    return ImportPage(items=items, total=len(mine), limit=limit, offset=offset)


@get(
    "/imports/{import_id:int}",
    operation_id="getImport",
    tags=["imports"],
    opt=needs(*RIGHTS.values()),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_import(import_id: Number, desk: NamedDependency[Desk]) -> ImportOut:
    """One file: whether it was read, and what became of its rows."""
    with desk.reader.connect() as connection:
        return import_out(_mine(desk, connection, import_id))


@get(
    "/imports/{import_id:int}/errors",
    operation_id="listImportErrors",
    tags=["imports"],
    opt=needs(*RIGHTS.values()),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_errors(import_id: Number, desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> FaultPage:
    """Each fault of each rejected row: field, value, rule, and what its sender is to do."""
    rows = []
    path = _rejects(desk, import_id)
    if path is not None:
        with path.open(encoding="utf-8", newline="") as raw:
            rows = [RowFault(**{**row, "row": int(row["row"])}) for row in csv.DictReader(raw)]  # type: ignore[arg-type]
    return FaultPage(items=rows[offset : offset + limit], total=len(rows), limit=limit, offset=offset)


@get(
    "/imports/{import_id:int}/errors.csv",
    operation_id="getImportErrorsCsv",
    tags=["imports"],
    opt=needs(*RIGHTS.values()),
    operation_class=file_answer("text/csv"),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_errors_csv(import_id: Number, desk: NamedDependency[Desk]) -> Response[bytes]:
    """The same as CSV, safe to open in a spreadsheet; only its heading where every row was taken."""
    path = _rejects(desk, import_id)
    text = b"row,field,value,rule,what_to_do\r\n" if path is None else path.read_bytes()
    headers = {"content-disposition": f'attachment; filename="import-{import_id}-errors.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


_MANY = 10_000


def _pairs(maps: list[str] | None) -> dict[str, str]:
    out = {}
    for each in maps or []:
        ours, given, theirs = each.partition("=")
        if not given or not ours or not theirs.lstrip("="):
            raise BadEntry(f"map is {each!r}; give ours=theirs, or ours==value for a constant")
        out[ours] = theirs
    return out


def _programme(desk: Desk, programme: str) -> None:
    with desk.reader.connect() as connection:
        programme_named(connection, programme)


def _queued(desk: Desk, kind: str, name: str, upload: Upload, options: dict[str, Any]) -> ImportOut:
    asked = {"kind": kind, "name": name, "sha256": upload.sha256, "size": upload.size, "options": options}
    made = jobs.create(desk.engine, asked, kind=JobKind.IMPORT, clock=datetime.now(UTC), **desk.said)
    desk.wake.set()
    return import_out(made)


def _mine(desk: Desk, connection: Connection, import_id: int) -> Job:
    found = jobs.job_of(connection, import_id, JobKind.IMPORT)
    if RIGHTS[found.asked["kind"]] not in desk.actor.rights:
        raise Forbidden(RIGHTS[found.asked["kind"]])
    return found


def _rejects(desk: Desk, import_id: int) -> Path | None:
    """The rejects file of an import that has ended; None where there were none."""
    with desk.reader.connect() as connection:
        found = _mine(desk, connection, import_id)
    name = (found.report or {}).get("rejects")
    if name is None:
        return None
    path = desk.settings.rejects_dir / Path(name).name
    if not path.is_file():
        raise NotFound(f"the rejected rows of import {import_id} are kept no more")
    return path


HANDLERS = (send_file, list_imports, get_import, list_errors, get_errors_csv)
