"""What a tag can be, and what can be done with it. One table of moves, one function."""

from enum import StrEnum

from tracker.errors import IllegalMove


class TagState(StrEnum):
    NOT_RECEIVED = "not received"
    IN_STOCK = "in stock"
    RESERVED = "reserved"
    FITTED = "fitted"
    FITTED_FAULTY = "fitted and faulty"
    FAULTY = "faulty"
    LOST = "lost"
    RETURNED = "returned to supplier"


class TagMove(StrEnum):
    RECEIVE = "received"
    RESERVE = "reserved"
    RELEASE = "released from its reservation"
    FIT = "fitted"
    FAULT = "reported faulty"
    REPAIR = "repaired"
    REMOVE = "removed"
    LOSE = "reported lost"
    FIND = "found"
    RETURN = "returned to the supplier"


MOVES: dict[TagState, dict[TagMove, TagState]] = {
    TagState.NOT_RECEIVED: {TagMove.RECEIVE: TagState.IN_STOCK},
    TagState.IN_STOCK: {
        TagMove.RESERVE: TagState.RESERVED,
        TagMove.FIT: TagState.FITTED,
        TagMove.FAULT: TagState.FAULTY,
        TagMove.LOSE: TagState.LOST,
        TagMove.RETURN: TagState.RETURNED,
    },
    TagState.RESERVED: {
        TagMove.RELEASE: TagState.IN_STOCK,
        TagMove.FIT: TagState.FITTED,
        TagMove.FAULT: TagState.FAULTY,
        TagMove.LOSE: TagState.LOST,
    },
    TagState.FITTED: {
        TagMove.REMOVE: TagState.IN_STOCK,
        TagMove.FAULT: TagState.FITTED_FAULTY,
        TagMove.LOSE: TagState.LOST,
    },
    # A faulty tag is replaced: it comes off, and another is fitted.
    TagState.FITTED_FAULTY: {
        TagMove.REMOVE: TagState.FAULTY,
        TagMove.REPAIR: TagState.FITTED,
        TagMove.LOSE: TagState.LOST,
    },
    TagState.FAULTY: {
        TagMove.REPAIR: TagState.IN_STOCK,
        TagMove.LOSE: TagState.LOST,
        TagMove.RETURN: TagState.RETURNED,
    },
    TagState.LOST: {TagMove.FIND: TagState.IN_STOCK},
    TagState.RETURNED: {TagMove.RECEIVE: TagState.IN_STOCK},
}


def advance(state: TagState, move: TagMove) -> TagState:
    """The state after one move. Raises IllegalMove, naming what can be done instead."""
    moves = MOVES[state]
    if move not in moves:
        raise IllegalMove(f"a tag that is {state} cannot be {move}; it can be {', '.join(moves)}")
    return moves[move]
