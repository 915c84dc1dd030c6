"""What a file says that is on record already, read otherwise: in another zone, or the same bytes by other options."""

from api.usecases.request_context import RequestContext
from api.wording import imports as words
from matcher.ingest.doubled import Doubled
from tracker.imports.report import ImportReport
from tracker.imports.stream_queries import stream_files
from tracker.imports.tables import FileKind
from tracker.imports.withdrawal_queries import other_imports_of


def doubled(context: RequestContext, found: Doubled | None) -> list[str]:
    """What is stored already at the same places and other times, by the imports that gave it."""
    if found is None:
        return []
    with context.reader.connect() as connection:
        files = stream_files(connection, FileKind.FIXES, found.origins)
    earlier = [(files[each].id, files[each].name) for each in found.origins if each in files]
    return [words.doubled(found.fixes, found.devices, found.minutes, earlier)]


def otherwise(context: RequestContext, kind: FileKind, sha256: str, number: int) -> list[str]:
    """That the bytes of file `number` count by other options too: by the latest such import."""
    with context.reader.connect() as connection:
        others = other_imports_of(connection, kind, sha256, number)
    return [words.read_otherwise_before(kind.value, *others[0])] if others else []


def otherwise_reported(context: RequestContext, report: ImportReport) -> list[str]:
    """The same of an import that has made something new of its rows."""
    if report.file_id is None or report.already_imported or not report.kept:
        return []
    return otherwise(context, report.kind, report.sha256, report.file_id)
