"""What a match job can be. One table of moves, one function."""

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
    """What a worker is asked for."""

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
    """Raises IllegalMove, naming what can be done."""
    moves = _MOVES[state]
    if move not in moves:
        can = ", ".join(moves) or "nothing more; make another job"
        raise IllegalMove(f"a job that is {state} cannot be {move}; it can be {can}")
    return moves[move]


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a job is. `fraction` of its wearer groups; `fixes_per_s` since this worker began; `left_s` at that pace,
    None while there is nothing to tell it by."""

    fraction: float | None
    fixes_per_s: float | None
    left_s: float | None


def pace(
    state: JobState, done: int, total: int, fixes: int, started_at: datetime | None, heard_at: datetime | None
) -> Pace:
    """From what the row holds; of a job that has ended only how much was done."""
    fraction = done / total if total else (1.0 if state is JobState.DONE else None)
    if state is not JobState.RUNNING or started_at is None or heard_at is None or not done:
        return Pace(fraction, None, None)
    took_s = max((heard_at - started_at).total_seconds(), 1e-3)
    return Pace(fraction, fixes / took_s, took_s * (total - done) / done)
