"""Subject access requests, by which a person asks for their data: the time limit and the states.

The limit is one month by sections 45(3) and 54 of the Data Protection Act 2018 (law enforcement processing), counted
from the day after receipt; a request of the 31st is due on the last day of a shorter month.
"""

from calendar import monthrange
from datetime import date
from enum import StrEnum

from tracker.errors import IllegalMove

SOURCE = "Data Protection Act 2018, sections 45(3) and 54"


class AccessState(StrEnum):
    NONE = "not received"
    RECEIVED = "received"
    DRAFTED = "drafted"
    SENT = "sent"
    REFUSED = "refused"


class AccessMove(StrEnum):
    RECEIVED = "received"
    DRAFTED = "drafted"
    SENT = "sent"
    REFUSED = "refused"


MOVES: dict[AccessState, dict[AccessMove, AccessState]] = {
    AccessState.NONE: {AccessMove.RECEIVED: AccessState.RECEIVED},
    AccessState.RECEIVED: {AccessMove.DRAFTED: AccessState.DRAFTED, AccessMove.REFUSED: AccessState.REFUSED},
    # A person decides on the draft what may be sent, so nothing is sent without a draft.
    AccessState.DRAFTED: {
        AccessMove.DRAFTED: AccessState.DRAFTED,
        AccessMove.SENT: AccessState.SENT,
        AccessMove.REFUSED: AccessState.REFUSED,
    },
    AccessState.SENT: {},
    AccessState.REFUSED: {},
}


def advance(state: AccessState, move: AccessMove) -> AccessState:
    """The state after one move. Raises IllegalMove, naming the moves that are possible."""
    moves = MOVES[state]
    if move in moves:
        return moves[move]
    instead = f"it can be {', '.join(moves)}." if moves else "it is closed."
    raise IllegalMove(f"A subject access request that is {state} cannot be {move}; {instead}")


def due_on(received_on: date) -> date:
    """The last day to answer."""
    year, month = divmod(received_on.year * 12 + received_on.month, 12)
    return date(year, month + 1, min(received_on.day, monthrange(year, month + 1)[1]))
