"""Which difference between what was said of a match and what a later run says is a change, and how great."""

from typing import Any

import pytest

from tracker.errors import IllegalMove
from tracker.review.changed import Decision, change, check_decision
from tracker.review.states import MatchState

BEFORE: dict[str, Any] = {
    "verdict": "present", "p_present": 0.991234, "fixes_within": 4, "visits": 1, "dwell_s": 720.0, "closest_m": 18.5,
    "e_value": 30.0, "nearness": 20.0, "strength": 600.0, "q_value": 0.1,
    "against": [{"code": "edge", "sentence": "x"}, {"code": "other_days", "sentence": "x"}],
}  # fmt: skip


def changed(**now: Any) -> tuple[tuple[str, ...], int, float] | None:
    found = change(BEFORE, {**BEFORE, **now})
    return None if found is None else (found.differs, found.weight, found.size)


@pytest.mark.parametrize(
    "now",
    [
        {},
        {"p_present": 0.9912341},
        {"dwell_s": 720},
        # Other days and other people move these, not what the trail shows.
        {"q_value": 0.4, "e_value": 3.0, "strength": 60.0},
        # The same word, by what was found of such strengths.
        {"nearness": 5.0, "strength": 150.0},
        {"against": [{"code": "edge", "sentence": "other words"}, {"code": "crowd", "sentence": "x"}]},
        {"against": None},
    ],
)
def test_no_change(now: dict[str, Any]) -> None:
    assert changed(**now) is None


@pytest.mark.parametrize(
    ("now", "differs", "weight", "size"),
    [
        ({"p_present": 0.991235}, ("p_present",), 3, 0.000001),
        ({"p_present": 0.7}, ("p_present",), 3, 0.291234),
        ({"p_present": 0.3}, ("p_present",), 2, 0.691234),
        ({"p_present": None}, ("p_present",), 3, 1.0),
        ({"verdict": "passed", "fixes_within": 0}, ("verdict", "fixes_within"), 1, 0.0),
        ({"visits": 2, "dwell_s": 600.0, "closest_m": 18.501}, ("visits", "dwell_s", "closest_m"), 3, 0.0),
        ({"nearness": 2.0, "strength": 60.0}, ("strength",), 2, 1.0),
        ({"nearness": 1.0, "strength": 30.0}, ("strength",), 2, 2.0),
        ({"nearness": 0.001, "strength": 0.03}, ("strength",), 2, 3.0),
        ({"against": [{"code": "left_out_fix", "sentence": "x"}]}, ("against",), 3, 0.0),
        ({"verdict": "excluded"}, ("verdict",), 0, 0.0),
    ],
)
def test_a_change(now: dict[str, Any], differs: tuple[str, ...], weight: int, size: float) -> None:
    assert changed(**now) == (differs, weight, size)


def test_one_who_is_no_candidate_has_a_verdict_and_no_other_figure() -> None:
    excluded, possible = {"verdict": "excluded", "against": None}, {"verdict": "possible"}
    assert change(excluded, dict(excluded)) is None
    other = change(excluded, possible)
    again = change(excluded, BEFORE)
    assert other is not None
    assert again is not None
    assert (other.differs, other.weight, again.weight) == (("verdict",), 1, 0)


def test_a_figure_that_an_earlier_version_did_not_have_is_no_change() -> None:
    before = {name: value for name, value in BEFORE.items() if name not in ("nearness", "visits", "against")}
    assert change(before, {**BEFORE, "strength": 1.5}) is not None
    assert change(before, BEFORE) is None


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        (MatchState.CONFIRMED, Decision.RECALL),
        (MatchState.RELEASED, Decision.WITHDRAW),
        (MatchState.NEW, Decision.KEEP),
    ],
)
def test_what_cannot_be_decided_says_what_can(state: MatchState, decision: Decision) -> None:
    with pytest.raises(IllegalMove, match=f"A match that is {state} cannot be decided by {decision}; "):
        check_decision(state, decision)
