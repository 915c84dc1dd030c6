"""Whether the server can do its work now: database reached and at this version's tables, tag stream readable."""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.errors import NotReady
from api.settings import Settings
from api.usecases.matching.rematch import older_in_words
from api.usecases.operation.database_watch import DatabaseWatch
from api.usecases.stores import open_fixes
from matcher.errors import Damaged, StoreError
from matcher.runs.folder import runs_in
from tracker.record.audit.keys import AuditKeyFault
from tracker.record.audit.queries import check_key
from tracker.record.revision import HEAD, current_revision


def check_ready(engine: Engine, settings: Settings, watch: DatabaseWatch) -> None:
    """Raises NotReady."""
    faults = [fault for fault in (_record(engine), _fixes(settings), *watch.last().faults) if fault]
    if faults:
        raise NotReady("; ".join(faults))


def notes_of(engine: Engine, settings: Settings, watch: DatabaseWatch) -> tuple[str, ...]:
    """What should be done before long: months that an earlier version of the matcher matched, damaged runs, days of
    fixes without sums, and what the database cannot check of itself."""
    with engine.connect() as connection:
        words = older_in_words(connection)
    damaged = [f"run {each.name} is damaged: {each.why}" for each in runs_in(settings.runs_dir).damaged]
    notes = (*([] if words is None else [words]), *damaged, *_without_sums(settings), *watch.last().notes)
    return tuple(settings.without_home(note) for note in notes)


def _record(engine: Engine) -> str | None:
    try:
        held = current_revision(engine)
    except SQLAlchemyError as error:
        # Its message may hold the URL, and that a password.
        return f"the database cannot be reached ({type(error).__name__})"
    if held != HEAD:
        return f"the database stands at {held or 'no tables'} and this version needs {HEAD}: tagpilot db upgrade"
    try:
        check_key(engine)
    except AuditKeyFault as error:
        return str(error)
    return None


def _fixes(settings: Settings) -> str | None:
    try:
        open_fixes(settings).days()
    except (StoreError, Damaged) as error:
        return f"the tag stream cannot be read: {error}"
    except OSError as error:
        return f"the tag stream cannot be read ({error.strerror or type(error).__name__})"
    return None


def _without_sums(settings: Settings) -> tuple[str, ...]:
    try:
        days = len(open_fixes(settings).without_sums())
    except (StoreError, Damaged):
        return ()
    if not days:
        return ()
    return (f"{days} days of fixes have no sums and are read unchecked: tagpilot verify --add-sums",)
