"""No move reaches a state that is not there, and time monitored is what all its conditions share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import IllegalMove
from tracker.licences import states as ladder
from tracker.licences.spans import Span, both, joined, monitored, without
from tracker.licences.states import AlertMove, AlertState, LicenceMove, LicenceState
from tracker.tags import states
from tracker.tags.states import TagMove, TagState

DAY = datetime(2019, 9, 2, tzinfo=UTC)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def span(since: float, until: float | None) -> Span:
    return Span(at(since), None if until is None else at(until))


@pytest.mark.parametrize(
    ("moves", "advance"),
    [
        (states.MOVES, states.advance),
        (ladder.ALERT_MOVES, ladder.advance_alert),
        (ladder.LICENCE_MOVES, ladder.advance_licence),
    ],
)
def test_every_move_that_is_not_in_the_table_is_refused_by_name(
    moves: dict[StrEnum, dict[StrEnum, StrEnum]], advance: Callable[[StrEnum, StrEnum], StrEnum]
) -> None:
    every = {move for of in moves.values() for move in of}
    for state, allowed in moves.items():
        for move in every:
            if move in allowed:
                assert advance(state, move) in moves
            else:
                with pytest.raises(IllegalMove, match=ladder.LICENCE_MOVE_NOUNS.get(move, str(move))):
                    advance(state, move)


def test_a_tag_lives_as_the_paper_has_it() -> None:
    state = TagState.NOT_RECEIVED
    for move in (
        TagMove.RECEIVE,
        TagMove.RESERVE,
        TagMove.FIT,
        TagMove.FAULT,
        TagMove.REMOVE,
        TagMove.RETURN,
        TagMove.RECEIVE,
        TagMove.LOSE,
        TagMove.FIND,
        TagMove.FIT,
    ):
        state = states.advance(state, move)
    assert state is TagState.FITTED
    with pytest.raises(IllegalMove, match="A tag that is fitted cannot be fitted; it can be removed"):
        states.advance(state, TagMove.FIT)


def test_no_licence_is_recalled_on_an_unverified_alert() -> None:
    raised = ladder.advance_alert(AlertState.NONE, AlertMove.RAISE)
    with pytest.raises(IllegalMove, match="can be verified or found false"):
        ladder.advance_alert(raised, AlertMove.RECALL)
    assert ladder.advance_alert(AlertState.VERIFIED, AlertMove.RECALL) is AlertState.DECIDED


def test_a_recalled_person_can_be_released_again() -> None:
    state = LicenceState.AWAITED
    for move in (LicenceMove.RELEASE, LicenceMove.RECALL, LicenceMove.RETURN, LicenceMove.RE_RELEASE, LicenceMove.END):
        state = ladder.advance_licence(state, move)
    assert state is LicenceState.ENDED


def test_fitted_in_prison_is_monitored_from_release_until_recall() -> None:
    found = monitored([span(6, None)], [span(9, 30)], [])
    assert found == [span(9, 30)]
    assert monitored([span(10, 40)], [span(9, None)], []) == [span(10, 40)]
    assert monitored([span(10, None)], [span(9, None)], [span(12, 14)]) == [span(10, 12), span(14, None)]
    # Recalled, released again, the tag re-fitted.
    assert monitored([span(0, 20), span(50, None)], [span(1, 18), span(45, 90)], []) == [span(1, 18), span(50, 90)]


_spans = st.lists(
    st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30))).map(
        lambda pair: span(pair[0], None if pair[1] is None else pair[0] + pair[1])
    ),
    max_size=5,
)


def _holds(spans: list[Span], hour: float) -> bool:
    return any(s.since <= at(hour) and (s.until is None or at(hour) < s.until) for s in spans)


@given(_spans, _spans, _spans, st.integers(0, 80))
def test_spans_agree_with_every_instant(a: list[Span], b: list[Span], c: list[Span], half_hours: int) -> None:
    hour = half_hours / 2
    assert _holds(joined(a), hour) == _holds(a, hour)
    assert _holds(both(joined(a), joined(b)), hour) == (_holds(a, hour) and _holds(b, hour))
    assert _holds(without(a, b), hour) == (_holds(a, hour) and not _holds(b, hour))
    assert _holds(monitored(a, b, c), hour) == (_holds(a, hour) and _holds(b, hour) and not _holds(c, hour))
