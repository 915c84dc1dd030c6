"""Tidying up after killed work, for who runs the machine."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from api.schemas.operation.tidying import LeftBehind, Tidied
from api.settings import Settings
from api.usecases.imports.withdrawals import finish_withdrawals
from api.usecases.integrity.fix_index import keep_readable
from api.usecases.operation import erasure, orphans, stored_days
from api.usecases.request_context import RequestContext
from api.usecases.today import today
from tracker.access.roles import Right
from tracker.counted import counted


def tidied(context: RequestContext, *, dry: bool) -> Tidied:
    """Delete what killed work left; with `dry` only list it."""
    context.require(Right.KEEP)
    if not dry:
        stored_days.settle(context.settings, context.engine, wait_s=orphans.WAIT_S, **context.entered)
        finish_withdrawals(context.settings, context.engine, wait_s=orphans.WAIT_S, **context.entered)
        keep_readable(context.settings, context.engine, orphans.WAIT_S)
    found = orphans.tidy(context.settings, context.engine, dry=dry)
    items = [LeftBehind(path=str(each.path), what=each.what, bytes=each.size) for each in found]
    return Tidied(deleted=not dry, items=items)


def begin(settings: Settings, engine: Engine) -> list[str]:
    """What a server does before it answers: finish erasures that were cut short, delete what killed work left. What it
    did, in words; a match that runs elsewhere is not waited for."""
    now = today(settings, datetime.now(UTC)).now
    done = erasure.finish(settings, engine, by="server", now=now, wait_s=orphans.WAIT_S)
    stored_days.settle(settings, engine, by="server", now=now, wait_s=orphans.WAIT_S)
    withdrawn = finish_withdrawals(settings, engine, by="server", now=now, wait_s=orphans.WAIT_S)
    gone = orphans.tidy(settings, engine)
    words = [f"{counted(done, 'erasure that was', 'erasures that were')} cut short: finished."] if done else []
    if withdrawn:
        words.append(f"{counted(withdrawn, 'withdrawal that was', 'withdrawals that were')} cut short: finished.")
    if gone:
        words.append(f"Files and folders that killed work had left, deleted: {len(gone):,}.")
    return words
