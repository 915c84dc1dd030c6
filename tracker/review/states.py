"""What a candidate match can be, and who may move it there. One table of moves, one function.

PCD 570, 2.3: location data goes to the police only once a match has been confirmed. So nothing is released that was not
confirmed, and not by whoever confirmed it.
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
    # What was released and is then found to be nothing is with somebody: it stays to be recalled.
    _S.RELEASED: {_M.RECALL: _S.RECALLED, _M.WITHDRAW: _S.WITHDRAWN},
    _S.RECALLED: {_M.WITHDRAW: _S.WITHDRAWN},
    _S.WITHDRAWN: {_M.FIND_AGAIN: _S.NEW, _M.RECALL: _S.RECALLED},
}
NEED_REASON = frozenset({_M.CONFIRM, _M.REJECT, _M.REOPEN, _M.RETURN, _M.WITHDRAW, _M.RECALL})


def advance(state: MatchState, move: MatchMove) -> MatchState:
    """Raises IllegalMove, naming what can be done."""
    moves = _MOVES[state]
    if move not in moves:
        raise IllegalMove(f"a match that is {state} cannot be {move}; it can be {', '.join(moves)}")
    return moves[move]


def separate(confirmed_by: str, released_by: str) -> None:
    """Raises Refused where both are one person: what leaves has been looked at by two."""
    if confirmed_by == released_by:
        raise Refused("separation of duty", f"{released_by} confirmed it, so somebody else has to release it")
