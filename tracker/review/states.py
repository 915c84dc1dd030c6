"""States of a match under review, one table of moves and one function that applies it.

PCD 570, 2.3: location data goes to the police only once a match has been confirmed. A match is therefore *released*
only after it was *confirmed*, and by a different person.
"""

from enum import StrEnum

from tracker.errors import IllegalMove, Refused


class MatchState(StrEnum):
    NEW = "new"
    IN_REVIEW = "in review"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    RELEASED = "released"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"


class MatchMove(StrEnum):
    ASSIGN = "assigned"
    CONFIRM = "confirmed"
    REJECT = "rejected"
    REOPEN = "reopened"
    RELEASE = "released"
    RETURN = "returned"
    WITHDRAW = "withdrawn"
    FIND_AGAIN = "found again"
    RECALL = "recalled"


class DocumentForm(StrEnum):
    """What a released package is printed as."""

    WORD = "docx"
    PDF = "pdf"


_S, _M = MatchState, MatchMove
_MOVES: dict[MatchState, dict[MatchMove, MatchState]] = {
    _S.NEW: {_M.ASSIGN: _S.IN_REVIEW, _M.REJECT: _S.REJECTED, _M.WITHDRAW: _S.WITHDRAWN},
    _S.IN_REVIEW: {
        _M.ASSIGN: _S.IN_REVIEW,
        _M.CONFIRM: _S.CONFIRMED,
        _M.REJECT: _S.REJECTED,
        _M.WITHDRAW: _S.WITHDRAWN,
    },
    _S.CONFIRMED: {_M.RELEASE: _S.RELEASED, _M.RETURN: _S.IN_REVIEW, _M.WITHDRAW: _S.WITHDRAWN},
    _S.REJECTED: {_M.REOPEN: _S.IN_REVIEW, _M.WITHDRAW: _S.WITHDRAWN},
    # A released match that later runs no longer find is with a recipient: it can still be recalled.
    _S.RELEASED: {_M.RECALL: _S.RECALLED, _M.WITHDRAW: _S.WITHDRAWN},
    _S.RECALLED: {_M.WITHDRAW: _S.WITHDRAWN},
    _S.WITHDRAWN: {_M.FIND_AGAIN: _S.NEW, _M.RECALL: _S.RECALLED},
}
NEED_REASON = frozenset({_M.CONFIRM, _M.REJECT, _M.REOPEN, _M.RETURN, _M.WITHDRAW, _M.RECALL})


def advance(state: MatchState, move: MatchMove) -> MatchState:
    """The state after one move. Raises IllegalMove, naming the moves that are possible."""
    moves = _MOVES[state]
    if move not in moves:
        raise IllegalMove(f"A match that is {state} cannot be {move}; it can be {', '.join(moves)}.")
    return moves[move]


def require_second_person(confirmed_by: str, released_by: str) -> None:
    """Raises Refused if one person both confirmed and releases a match."""
    if confirmed_by == released_by:
        raise Refused("separation of duty", f"{released_by} confirmed this match, so another person has to release it.")
