"""Files that were sent: a job for each, and what became of their rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from api.errors import Forbidden
from api.schemas.imports import FaultPage, FileKind, ImportOptions, ImportOut, ImportPage, RowFault, import_out
from api.schemas.withdrawals import withdrawn_out
from api.usecases.imports.csv_pages import csv_page
from api.usecases.imports.kinds import RIGHTS, own_alone
from api.usecases.imports.uploads import Upload, forget
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound, TooMuchWaiting
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.queries import Job
from tracker.jobs.quota_queries import check_quota
from tracker.jobs.states import JobKind
from tracker.withdrawals.queries import standing_of_files

NO_FAULTS = b"row,field,value,rule,what_to_do\r\n"


def require_room(context: RequestContext, size: int) -> None:
    """Before a file of `size` bytes is received: it has a place among those that wait, and on the disk.

    Raises TooMuchWaiting, NoSpace.
    """
    context.require_space("the import", needs=size)
    with context.reader.connect() as connection:
        check_quota(connection, context.actor.name, context.quota, size)


def queue_import(
    context: RequestContext, kind: FileKind, name: str, upload: Upload, options: ImportOptions
) -> ImportOut:
    """A job for a worker to read the file."""
    context.require(*RIGHTS[kind])
    asked = {
        "kind": kind,
        "name": name,
        "sha256": upload.sha256,
        "held": upload.name,
        "size": upload.size,
        "options": msgspec.to_builtins(options),
    }
    if own_alone(context.actor.rights, kind):
        # A worker reads it, with the rights of whoever sent it and no more.
        asked["supplied"] = True
    elif Right.ENTER_OUTCOMES in RIGHTS[kind] and Right.ENTER_CASES not in context.actor.rights:
        # An evaluator's: of no wearer by reference.
        asked["evaluated"] = True
    try:
        made = jobs.create(
            context.engine, asked, kind=JobKind.IMPORT, clock=datetime.now(UTC), quota=context.quota, **context.entered
        )
    except TooMuchWaiting:
        forget(context.settings, upload.name)
        raise
    context.wake_worker()
    return import_out(made)


def page_of_imports(context: RequestContext, page: Page) -> ImportPage:
    """Files of the kinds that the actor may send, the latest first."""
    rights = context.actor.rights
    kinds = [kind for kind, wanted in RIGHTS.items() if rights & set(wanted)]
    by = context.actor.name if kinds and all(own_alone(rights, kind) for kind in kinds) else None
    with context.reader.connect() as connection:
        found, total = job_queries.imports(connection, kinds, by=by, limit=page.limit, offset=page.offset)
        items = _shown(connection, found)
    return ImportPage(items=items, total=total, limit=page.limit, offset=page.offset)


def one_import(context: RequestContext, import_id: int) -> ImportOut:
    with context.reader.connect() as connection:
        return _shown(connection, [_mine(context, connection, import_id)])[0]


def _shown(connection: Connection, found: list[Job]) -> list[ImportOut]:
    """With the withdrawals that stand."""
    numbers = {job.job_id: (job.report or {}).get("fileNumber") for job in found}
    standing = standing_of_files(connection, {number for number in numbers.values() if number is not None})
    return [import_out(job, withdrawn_out(standing.get(numbers[job.job_id] or 0))) for job in found]


def page_of_faults(context: RequestContext, import_id: int, page: Page) -> FaultPage:
    """Each fault of each rejected row, in the file's order."""
    path = _rejects(context, import_id)
    rows, total = ([], 0) if path is None else csv_page(path, page.limit, page.offset)
    items = [RowFault(**{**row, "row": int(row["row"])}) for row in rows]  # type: ignore[arg-type]
    return FaultPage(items=items, total=total, limit=page.limit, offset=page.offset)


def faults_csv(context: RequestContext, import_id: int) -> bytes:
    """The rejects file; its heading alone where no row was rejected."""
    path = _rejects(context, import_id)
    return NO_FAULTS if path is None else path.read_bytes()


def _mine(context: RequestContext, connection: Connection, import_id: int) -> Job:
    found = job_queries.job_of(connection, import_id, JobKind.IMPORT)
    kind, rights = found.asked["kind"], context.actor.rights
    if not rights & set(RIGHTS[kind]):
        raise Forbidden(RIGHTS[kind][0])
    if own_alone(rights, kind) and found.requested_by != context.actor.name:
        # The same words as for a number that there is not.
        raise NotFound(f"There is no {JobKind.IMPORT} job {import_id}.")
    return found


def one_import_report(context: RequestContext, import_id: int) -> tuple[str, Mapping[str, Any]]:
    """The kind of an import and what is kept of it."""
    with context.reader.connect() as connection:
        found = _mine(context, connection, import_id)
    return found.asked["kind"], found.report or {}


def _rejects(context: RequestContext, import_id: int) -> Path | None:
    """The rejects file of an import that has ended; None where there were none."""
    with context.reader.connect() as connection:
        found = _mine(context, connection, import_id)
    name = (found.report or {}).get("rejects")
    if name is None:
        return None
    path = context.settings.rejects_dir / Path(name).name
    if not path.is_file():
        raise NotFound(f"The rejected rows of import {import_id} are not kept any more.")
    # A value that was rejected may be a name, or a date of birth.
    kind = found.asked["kind"]
    right = next(each for each in RIGHTS[kind] if each in context.actor.rights)
    context.record_reading(right, "rejected rows", [str(import_id)], purpose="import", kind=kind)
    return path
