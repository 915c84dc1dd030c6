"""States of a job, one table of moves and one function that applies it; and the progress of a running job.

A *worker* claims a queued job and sends *heartbeats* while it runs. A job whose worker has stopped sending them is
taken over by another.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracker.errors import IllegalMove


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobKind(StrEnum):
    """The kind of work."""

    MATCH = "match"
    IMPORT = "import"
    COHORT = "cohort"


class JobMove(StrEnum):
    CLAIM = "claimed"
    TAKE_OVER = "taken over"
    HAND_BACK = "handed back"
    FINISH = "finished"
    FAIL = "failed"
    CANCEL = "cancelled"


_MOVES: dict[JobState, dict[JobMove, JobState]] = {
    JobState.QUEUED: {JobMove.CLAIM: JobState.RUNNING, JobMove.CANCEL: JobState.CANCELLED},
    JobState.RUNNING: {
        JobMove.TAKE_OVER: JobState.RUNNING,
        JobMove.HAND_BACK: JobState.QUEUED,
        JobMove.FINISH: JobState.DONE,
        JobMove.FAIL: JobState.FAILED,
        JobMove.CANCEL: JobState.CANCELLED,
    },
    JobState.DONE: {},
    JobState.FAILED: {},
    JobState.CANCELLED: {},
}
ENDED = frozenset(state for state, moves in _MOVES.items() if not moves)


def advance(state: JobState, move: JobMove) -> JobState:
    """The state after one move. Raises IllegalMove, naming the moves that are possible."""
    moves = _MOVES[state]
    if move in moves:
        return moves[move]
    instead = f"it can be {', '.join(moves)}." if moves else "it has ended. Start a new job instead."
    raise IllegalMove(f"A job that is {state} cannot be {move}; {instead}")


@dataclass(frozen=True, slots=True)
class Pace:
    """The progress of a job. `fraction` of its wearer groups done; `fixes_per_s` since this worker started; `left_s`:
    seconds left at that pace, None while it cannot be estimated."""

    fraction: float | None
    fixes_per_s: float | None
    left_s: float | None


def pace(
    state: JobState, done: int, total: int, fixes: int, started_at: datetime | None, heard_at: datetime | None
) -> Pace:
    """Progress from a job's row; of an ended job only the fraction."""
    fraction = done / total if total else (1.0 if state is JobState.DONE else None)
    if state is not JobState.RUNNING or started_at is None or heard_at is None or not done:
        return Pace(fraction, None, None)
    took_s = max((heard_at - started_at).total_seconds(), 1e-3)
    return Pace(fraction, fixes / took_s, took_s * (total - done) / done)
