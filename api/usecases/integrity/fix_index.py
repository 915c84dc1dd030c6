"""The matcher's index of the stored fixes. It holds the fixes that the record allows to be read now, and no others.

Where no programme maps crimes the record does not decide who is matched. There a match by files says who may be read,
and the index is of what the last one said.
"""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Engine

from api.schemas.operation.fix_index import FixIndexMade
from api.settings import Settings
from api.usecases.people_lock import working_with_people
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from matcher.errors import Damaged, MatcherError, NoStore, StoreError
from matcher.permitted import Permitted, permitted
from matcher.store.device_periods import midnight
from matcher.store.fixes import FixStore
from matcher.store.index.columns import index_changed
from matcher.store.index.day import IndexedDay
from matcher.store.index.manifest import FOLDER, read_manifest
from matcher.sums import sum_of
from tracker.access.roles import Right
from tracker.eligibility.service import eligible_wearers

WAIT_S = 600.0


def readable_now(engine: Engine) -> Permitted | None:
    """Who may be read when, by the record as it is now; None where the record does not decide that."""
    handed = eligible_wearers(engine)
    if not handed.programmes:
        return None
    may = permitted(handed.assignments, handed.monitored, handed.eligible)
    # As a run takes it: only devices that somebody who may be read has worn.
    return may.for_wearers(range(len(may.wearers)))


def made(context: RequestContext, *, again: bool) -> FixIndexMade:
    """Take out of the index what may no longer be read, and index what may be and is not yet; with `again` make every
    day anew, a damaged one too.

    Raises
    ------
    NoStore
        There are no fixes.
    StoreError
        Another process still wrote after ten minutes.
    Damaged
        A day of fixes or of the index is not what was written.
    """
    context.require(Right.KEEP)
    context.require_space("the index of fixes")
    with working_with_people(context.settings):
        store = open_fixes(context.settings)
        now = readable_now(context.engine)
        if again:
            store.drop_index(wait_s=WAIT_S)
        if now is None:
            return _told(store, made=0, taken_out=0, by_record=False)
        taken_out = store.keep_index(now, wait_s=WAIT_S)
        days = store.make_index(now, wait_s=WAIT_S) if now.devices else 0
        return _told(store, made=days, taken_out=taken_out, by_record=True)


def _told(store: FixStore, *, made: int, taken_out: int, by_record: bool) -> FixIndexMade:
    manifest = read_manifest(store.path)
    indexed = 0 if manifest is None else len(manifest.days)
    return FixIndexMade(made=made, taken_out=taken_out, indexed=indexed, stored=len(store.days()), by_record=by_record)


def index_imported(settings: Settings, engine: Engine, days: Collection[date]) -> str | None:
    """Index the days that an import changed, and take out of the others what may no longer be read. The fixes are
    stored already, so nothing fails for it: what kept the index from being made, if anything did."""
    if not days:
        return None
    try:
        now = readable_now(engine)
        if now is None:
            return None
        store = open_fixes(settings)
        store.keep_index(now, wait_s=WAIT_S)
        if now.devices:
            store.make_index(now, midnight(min(days)), midnight(max(days) + timedelta(days=1)), wait_s=WAIT_S)
    except MatcherError as error:
        return str(error)
    return None


def keep_readable(settings: Settings, engine: Engine, wait_s: float) -> None:
    """Take out of the index what may no longer be read. While another process writes nothing is done: its end, or the
    next match, does it; a damaged index is named by `tagpilot verify`."""
    try:
        now = readable_now(engine)
        if now is not None:
            open_fixes(settings, create=False).keep_index(now, wait_s=wait_s)
    except (StoreError, Damaged):
        return


def may_index(store: FixStore, engine: Engine, asked: Permitted, *, by_record_now: bool) -> bool:
    """At the start of a match: take out of the index what may no longer be read. Whether what is `asked` may go into
    it: by the record what may be read now; by files only where the record does not decide.

    Raises
    ------
    Damaged
        The index, or a day of fixes, is not what was written.
    """
    now = readable_now(engine)
    try:
        store.keep_index(asked if now is None else now, wait_s=0.0)
    except NoStore:
        raise
    except StoreError:
        # Another process writes; the next match does it.
        pass
    return now is None or by_record_now


def faults_of_index(settings: Settings) -> tuple[int, list[str]]:
    """How many days are indexed, and what of the index is not what was written."""
    faults: list[str] = []
    try:
        manifest = read_manifest(settings.fixes_dir)
    except Damaged:
        return 0, [str(index_changed(settings.fixes_dir / FOLDER / "manifest.json"))]
    if manifest is None:
        return 0, []
    for file in manifest.days.values():
        folder = settings.fixes_dir / FOLDER / file.folder
        try:
            for name, told in sorted(file.sums.items()):
                if sum_of(folder / name) != told:
                    raise index_changed(folder / name)
            IndexedDay(settings.fixes_dir, file).check_all()
        except (Damaged, FileNotFoundError) as error:
            # Made again meanwhile, it is another folder.
            if file in _named(settings):
                faults.append(str(error) if isinstance(error, Damaged) else str(index_changed(folder / "fixes.arrow")))
    return len(manifest.days), faults


def _named(settings: Settings) -> list[object]:
    try:
        manifest = read_manifest(settings.fixes_dir)
    except Damaged:
        return []
    return [] if manifest is None else list(manifest.days.values())
