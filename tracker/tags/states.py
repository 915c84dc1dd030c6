"""States of a tag, one table of moves and one function that applies it.

A *move* is one event of a tag (received, fitted, reported lost). A tag's state is not stored: it is its moves on
record, applied in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
    # A faulty tag is removed and another one is fitted.
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
    """The state after one move. Raises IllegalMove, naming the moves that are possible."""
    moves = MOVES[state]
    if move not in moves:
        raise IllegalMove(f"A tag that is {state} cannot be {move}; it can be {', '.join(moves)}.")
    return moves[move]


_STATE_AFTER: dict[TagMove, TagState] = {
    TagMove.RECEIVE: TagState.IN_STOCK,
    TagMove.RESERVE: TagState.RESERVED,
    TagMove.RELEASE: TagState.IN_STOCK,
    TagMove.FIT: TagState.FITTED,
    TagMove.FAULT: TagState.FAULTY,
    TagMove.REPAIR: TagState.IN_STOCK,
    TagMove.REMOVE: TagState.IN_STOCK,
    TagMove.LOSE: TagState.LOST,
    TagMove.FIND: TagState.IN_STOCK,
    TagMove.RETURN: TagState.RETURNED,
}
"""The state that a move leads to, whatever the tag's state was before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A tag after its moves; `since` the last one. `odd`: moves that do not follow from those before, in words."""

    state: TagState = TagState.NOT_RECEIVED
    since: datetime | None = None
    odd: tuple[str, ...] = ()


def fold(moves: Iterable[tuple[TagMove, datetime]]) -> Standing:
    """Apply the moves in order.

    An officer's entry is refused if the move is impossible. A supplier's file may still report one, such as the fitting
    of a tag that is lost: it is accepted, the tag takes the state the move leads to, and the move is listed in `odd`.
    """
    state, since = TagState.NOT_RECEIVED, None
    odd: list[str] = []
    for move, at in moves:
        try:
            state, since = advance(state, move), at
        except IllegalMove:
            odd.append(f"{move} at {at.isoformat()} while {state}")
            state, since = _STATE_AFTER[move], at
    return Standing(state, since, tuple(odd))
