"""A person's request to see what is held of them: its time limit and its steps.

The limit is dated data: one month by section 45(3) and 54 of the Data Protection Act 2018 (law enforcement processing),
counted from the day after receipt; a request of the 31st falls due on the last day of a shorter month.
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
    # What may be sent is a person's decision over a draft, so nothing is sent without one.
    AccessState.DRAFTED: {
        AccessMove.DRAFTED: AccessState.DRAFTED,
        AccessMove.SENT: AccessState.SENT,
        AccessMove.REFUSED: AccessState.REFUSED,
    },
    AccessState.SENT: {},
    AccessState.REFUSED: {},
}


def advance(state: AccessState, move: AccessMove) -> AccessState:
    """The state after one step. Raises IllegalMove, naming the steps there are."""
    moves = MOVES[state]
    if move not in moves:
        raise IllegalMove(
            f"a subject access request that is {state} cannot be {move}; steps from here: {', '.join(moves) or 'none'}"
        )
    return moves[move]


def due_on(received_on: date) -> date:
    """The last day to answer."""
    year, month = divmod(received_on.year * 12 + received_on.month, 12)
    return date(year, month + 1, min(received_on.day, monthrange(year, month + 1)[1]))
