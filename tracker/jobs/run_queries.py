"""What jobs asked for, by the runs they ended with."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select

from tracker.jobs.states import JobKind, JobState
from tracker.jobs.tables import MatchJob
from tracker.pieces import in_pieces


def asked_by_runs(connection: Connection, runs: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """What was asked for by the last job that ended with each of these runs."""
    out: dict[str, Mapping[str, Any]] = {}
    for some in in_pieces(sorted(runs)):
        done = MatchJob.kind == JobKind.MATCH, MatchJob.state == JobState.DONE, MatchJob.run_id.in_(some)
        rows = connection.execute(select(MatchJob.run_id, MatchJob.asked).where(*done).order_by(MatchJob.id))
        out.update((run_id, asked) for run_id, asked in rows if run_id is not None)
    return out
