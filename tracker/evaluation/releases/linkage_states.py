"""States of a linkage file (pseudonym to PNC id), given to a named linker by the data protection officer. PCD 570, 6.2.

The evaluator asks for it and never receives it; the officer who approves it hands it over.
"""

from enum import StrEnum

from tracker.errors import IllegalMove


class LinkageState(StrEnum):
    NONE = "not asked for"
    ASKED = "asked for"
    APPROVED = "approved"
    REFUSED = "refused"
    HANDED_OVER = "handed over"


class LinkageMove(StrEnum):
    ASK = "asked for"
    APPROVE = "approved"
    REFUSE = "refused"
    HAND_OVER = "handed over"


_MOVES: dict[LinkageState, dict[LinkageMove, LinkageState]] = {
    LinkageState.NONE: {LinkageMove.ASK: LinkageState.ASKED},
    LinkageState.ASKED: {LinkageMove.APPROVE: LinkageState.APPROVED, LinkageMove.REFUSE: LinkageState.REFUSED},
    LinkageState.APPROVED: {LinkageMove.HAND_OVER: LinkageState.HANDED_OVER, LinkageMove.REFUSE: LinkageState.REFUSED},
    LinkageState.REFUSED: {LinkageMove.ASK: LinkageState.ASKED},
    # A linker who has lost it has the evaluator ask again.
    LinkageState.HANDED_OVER: {LinkageMove.ASK: LinkageState.ASKED},
}


def advance(state: LinkageState, move: LinkageMove) -> LinkageState:
    """The next state. Raises IllegalMove, naming the possible moves."""
    moves = _MOVES[state]
    if move not in moves:
        raise IllegalMove(f"The linkage file is {state}, so it cannot be {move}; it can be {' or '.join(moves)}.")
    return moves[move]


def may_move(state: LinkageState, move: LinkageMove) -> bool:
    return move in _MOVES[state]
