"""From an alert to a decision, and from a recall to custody and back: one table of moves, one function."""

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


DECISIONS = (AlertMove.NO_ACTION, AlertMove.WARN, AlertMove.MEET, AlertMove.VARY, AlertMove.RECALL)

ALERT_MOVES: dict[AlertState, dict[AlertMove, AlertState]] = {
    AlertState.NONE: {AlertMove.RAISE: AlertState.RAISED},
    AlertState.RAISED: {AlertMove.VERIFY: AlertState.VERIFIED, AlertMove.DISMISS: AlertState.FALSE},
    # A practitioner decides on what is verified, never on a bare alert.
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
    """How long for is dated data, set by law and not here."""

    STANDARD = "standard"
    FIXED_TERM = "fixed term"
    EMERGENCY = "emergency"


LICENCE_MOVES: dict[LicenceState, dict[LicenceMove, LicenceState]] = {
    LicenceState.AWAITED: {LicenceMove.RELEASE: LicenceState.OUT, LicenceMove.END: LicenceState.ENDED},
    LicenceState.OUT: {LicenceMove.RECALL: LicenceState.RECALLED, LicenceMove.END: LicenceState.ENDED},
    LicenceState.RECALLED: {LicenceMove.RETURN: LicenceState.IN_CUSTODY, LicenceMove.END: LicenceState.ENDED},
    LicenceState.IN_CUSTODY: {LicenceMove.RE_RELEASE: LicenceState.OUT, LicenceMove.END: LicenceState.ENDED},
    LicenceState.ENDED: {},
}


def advance_alert(state: AlertState, move: AlertMove) -> AlertState:
    """Raises IllegalMove, naming what can follow."""
    moves = ALERT_MOVES[state]
    if move not in moves:
        raise IllegalMove(f"an alert that is {state} cannot be {move}; it can be {', '.join(moves) or 'nothing more'}")
    return moves[move]


def advance_licence(state: LicenceState, move: LicenceMove) -> LicenceState:
    """Raises IllegalMove, naming what can follow."""
    moves = LICENCE_MOVES[state]
    if move not in moves:
        raise IllegalMove(
            f"somebody {state} cannot be {move}; they can be {', '.join(moves) or 'nothing more on this licence'}"
        )
    return moves[move]
