"""Which licence each row of a release list became."""

from api.schemas.imports import BecameLicence, BecameLicencePage
from api.usecases.imports.import_jobs import one_import_report
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.screening.list_row_queries import release_list_rows


def rows_of_file(context: RequestContext, file_number: int, page: Page) -> BecameLicencePage:
    """By the file's number on record. Raises NotFound."""
    context.require(Right.ENTER_CASES)
    with context.reader.connect() as connection:
        rows, total = release_list_rows(connection, file_number, limit=page.limit, offset=page.offset)
    context.record_reading(
        Right.ENTER_CASES, "licence", [row.licence for row in rows], purpose="import", releaseList=file_number
    )
    items = [BecameLicence(row=r.row, licence=r.licence, wearer=r.wearer, became=r.became.value) for r in rows]
    return BecameLicencePage(file_number=file_number, items=items, total=total, limit=page.limit, offset=page.offset)


def rows_of_import(context: RequestContext, import_id: int, page: Page) -> BecameLicencePage:
    """By the number of the import that was sent. Raises NotFound where it was no release list, or is not read yet."""
    context.require(Right.ENTER_CASES)
    kind, report = one_import_report(context, import_id)
    if kind != "releases" or report.get("fileNumber") is None:
        raise NotFound(f"Import {import_id} has no rows to show: it is not a release list that has been read.")
    return rows_of_file(context, report["fileNumber"], page)
