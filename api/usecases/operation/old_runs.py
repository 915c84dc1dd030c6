"""Run folders that nothing rests on any more: trials, and runs that later ones took the place of.

A retention policy for runs deletes by time whatever they serve; this only keeps the disk from filling, and never takes
a run that a match, a pool or a change to be decided names, nor the latest.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.people_lock import alone_with_people
from matcher.runs.folder import list_runs
from matcher.runs.workdir import delete_run
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.review.run_queries import runs_in_use


def prune_runs(settings: Settings, engine: Engine, *, by: str, now: datetime, clock: datetime) -> list[str]:
    """Delete runs that ended over `keep_runs_days` ago and are in no use; their ids. `clock`: the clock's time, which
    runs are dated by. Nothing goes where the setting is 0.

    Raises
    ------
    StillWorking
        A match may be about to put one of them on record, or a backup is being made. Nothing was deleted.
    """
    if not settings.keep_runs_days:
        return []
    with alone_with_people(settings, 0):
        return _pruned(settings, engine, by=by, now=now, clock=clock)


def _pruned(settings: Settings, engine: Engine, *, by: str, now: datetime, clock: datetime) -> list[str]:
    before = clock - timedelta(days=settings.keep_runs_days)
    ended = sorted(((_ended(run), run) for run in list_runs(settings.runs_dir)), key=lambda each: each[0])
    with reading(engine).connect() as connection:
        used = runs_in_use(connection)
    over = [run for at, run in ended[:-1] if at < before and run.run_id not in used]
    if over:
        # Before they go: no run goes without a row, whenever this is cut short.
        with entering(engine, by=by, now=now, purpose="space on the disk") as entry:
            ids = [run.run_id for run in over]
            entry.note(Action.ERASE, "run", f"{len(ids)} runs", runs=ids, kept_days=settings.keep_runs_days)
    for run in over:
        delete_run(run.path)
    return [run.run_id for run in over]


def _ended(run: Any) -> datetime:
    return datetime.fromisoformat(run.timings["finished_at"]).astimezone(UTC)
