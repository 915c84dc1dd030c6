"""States of a monitoring alert and of a licence, each with one table of moves and one function that applies it.

An *alert* is raised by the monitoring, verified or found false, then decided on by a practitioner. A *licence* runs
from release to its end; a *recall* interrupts it, and a re-release resumes it.
"""

from collections.abc import Iterable
from enum import StrEnum

from tracker.errors import IllegalMove


class AlertState(StrEnum):
    NONE = "not raised"
    RAISED = "raised"
    FALSE = "found false"
    VERIFIED = "verified"
    DECIDED = "decided"


class AlertMove(StrEnum):
    RAISE = "raised"
    VERIFY = "verified"
    DISMISS = "found false"
    NO_ACTION = "no action"
    WARN = "warned"
    MEET = "called to a meeting"
    VARY = "varied"
    RECALL = "answered by recall"


WAITING = (AlertState.RAISED, AlertState.VERIFIED)
"""An alert in these states waits for an answer."""
DECISIONS = (AlertMove.NO_ACTION, AlertMove.WARN, AlertMove.MEET, AlertMove.VARY, AlertMove.RECALL)

ALERT_MOVES: dict[AlertState, dict[AlertMove, AlertState]] = {
    AlertState.NONE: {AlertMove.RAISE: AlertState.RAISED},
    AlertState.RAISED: {AlertMove.VERIFY: AlertState.VERIFIED, AlertMove.DISMISS: AlertState.FALSE},
    # A practitioner decides on a verified alert only.
    AlertState.VERIFIED: dict.fromkeys(DECISIONS, AlertState.DECIDED),
    AlertState.FALSE: {},
    AlertState.DECIDED: {},
}


class LicenceState(StrEnum):
    AWAITED = "not released yet"
    OUT = "on licence"
    RECALLED = "recalled"
    IN_CUSTODY = "in custody"
    ENDED = "ended"


class LicenceMove(StrEnum):
    RELEASE = "released"
    RECALL = "recalled"
    RETURN = "returned to custody"
    RE_RELEASE = "released again"
    END = "ended"


class RecallType(StrEnum):
    """How long a recall lasts is set by law and stored as dated data, not here."""

    STANDARD = "standard"
    FIXED_TERM = "fixed term"
    EMERGENCY = "emergency"


class EndReason(StrEnum):
    """Why a licence ended. Without a move it ends by itself after its last day: it has expired."""

    EXPIRED = "expired"
    DIED = "died"
    DEPORTED = "deported"
    TRANSFERRED = "transferred"
    CONDITION_REMOVED = "condition removed"
    ENTERED_IN_ERROR = "entered in error"


LICENCE_MOVES: dict[LicenceState, dict[LicenceMove, LicenceState]] = {
    LicenceState.AWAITED: {LicenceMove.RELEASE: LicenceState.OUT, LicenceMove.END: LicenceState.ENDED},
    LicenceState.OUT: {LicenceMove.RECALL: LicenceState.RECALLED, LicenceMove.END: LicenceState.ENDED},
    LicenceState.RECALLED: {LicenceMove.RETURN: LicenceState.IN_CUSTODY, LicenceMove.END: LicenceState.ENDED},
    LicenceState.IN_CUSTODY: {LicenceMove.RE_RELEASE: LicenceState.OUT, LicenceMove.END: LicenceState.ENDED},
    LicenceState.ENDED: {},
}


def advance_alert(state: AlertState, move: AlertMove) -> AlertState:
    """The state after one move. Raises IllegalMove, naming the moves that are possible."""
    moves = ALERT_MOVES[state]
    if move in moves:
        return moves[move]
    subject = f"An alert that is {state} cannot be marked as {move}"
    raise IllegalMove(f"{subject}; it can be {_one_of(moves)}." if moves else f"{subject}: the alert is closed.")


LICENCE_MOVE_NOUNS = {
    LicenceMove.RELEASE: "release",
    LicenceMove.RECALL: "recall",
    LicenceMove.RETURN: "return to custody",
    LicenceMove.RE_RELEASE: "re-release",
    LicenceMove.END: "end",
}


def advance_licence(state: LicenceState, move: LicenceMove, reference: str = "") -> LicenceState:
    """The state after one move. Raises IllegalMove, naming the licence and the moves that are possible."""
    moves = LICENCE_MOVES[state]
    if move in moves:
        return moves[move]
    licence, noun = f"Licence {reference}" if reference else "The licence", LICENCE_MOVE_NOUNS[move]
    if state is LicenceState.ENDED:
        raise IllegalMove(f"{licence} has ended, so no {noun} can be recorded on it.")
    possible = _one_of(f"{'the' if each is LicenceMove.END else 'a'} {LICENCE_MOVE_NOUNS[each]}" for each in moves)
    raise IllegalMove(f"{licence} is {_IN_WORDS[state]}, so no {noun} can be recorded on it. Record {possible} first.")


_IN_WORDS = {
    LicenceState.AWAITED: "awaiting release",
    LicenceState.OUT: "running",
    LicenceState.RECALLED: "recalled",
    LicenceState.IN_CUSTODY: "in custody after a recall",
}


def _one_of(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
