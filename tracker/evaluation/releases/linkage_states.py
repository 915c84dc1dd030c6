"""The linkage file: pseudonym to PNC id, to a named linker, by the data protection officer. PCD 570, 6.2.

Whoever evaluates asks for it and never has it; who approves it hands it over. One table of moves, one function.
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
    # A linker who lost it asks again through the evaluator.
    LinkageState.HANDED_OVER: {LinkageMove.ASK: LinkageState.ASKED},
}


def advance(state: LinkageState, move: LinkageMove) -> LinkageState:
    """Raises IllegalMove, naming what can be done."""
    moves = _MOVES[state]
    if move not in moves:
        raise IllegalMove(f"a linkage file that is {state} cannot be {move}; it can be {', '.join(moves)}")
    return moves[move]
