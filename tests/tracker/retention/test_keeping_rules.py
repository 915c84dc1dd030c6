"""How long things are kept, and by when a person must be answered."""

from datetime import date

import pytest

from tracker.errors import IllegalMove, Refused
from tracker.retention.policy import Policy, RetentionKind, policy_on, required_policy, retained_from
from tracker.retention.subject_access import MOVES, AccessMove, AccessState, advance, due_on

FIRST = Policy(RetentionKind.FIXES, 365, date(2019, 2, 18), "joint controllers' agreement, 4")
SHORTER = Policy(RetentionKind.FIXES, 180, date(2019, 10, 1), "review of September 2019")


def test_the_policy_of_a_day_is_the_latest_to_have_begun() -> None:
    both = [SHORTER, FIRST]
    assert policy_on(both, RetentionKind.FIXES, date(2019, 2, 17)) is None
    assert policy_on(both, RetentionKind.FIXES, date(2019, 9, 30)) is FIRST
    assert policy_on(both, RetentionKind.FIXES, date(2019, 10, 1)) is SHORTER
    assert policy_on(both, RetentionKind.RUNS, date(2019, 10, 1)) is None
    assert retained_from(FIRST, date(2020, 2, 18)) == date(2019, 2, 18)


def test_without_a_retention_period_nothing_is_imported() -> None:
    with pytest.raises(Refused, match="no retention policy for fixes on 2019-02-01") as refused:
        required_policy([FIRST], RetentionKind.FIXES, date(2019, 2, 1))
    assert refused.value.rule == "retention"
    assert required_policy([FIRST], RetentionKind.FIXES, date(2019, 3, 1)) is FIRST


def test_a_sample_is_marked_as_one() -> None:
    assert (
        "a sample, not a decision"
        in Policy(RetentionKind.FIXES, 90, date(2019, 1, 1), "demonstration", sample=True).in_words()
    )
    assert "sample" not in FIRST.in_words()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2019, 9, 3), date(2019, 10, 3)),
        (date(2019, 12, 31), date(2020, 1, 31)),
        (date(2020, 1, 31), date(2020, 2, 29)),
        (date(2019, 1, 31), date(2019, 2, 28)),
        (date(2019, 11, 30), date(2019, 12, 30)),
    ],
)
def test_a_month_is_given_to_answer(received: date, due: date) -> None:
    assert due_on(received) == due


@pytest.mark.parametrize("state", list(AccessState))
@pytest.mark.parametrize("move", list(AccessMove))
def test_nothing_is_sent_without_a_draft(state: AccessState, move: AccessMove) -> None:
    if move in MOVES[state]:
        assert advance(state, move) is MOVES[state][move]
    else:
        with pytest.raises(IllegalMove, match=f"that is {state} cannot be {move}"):
            advance(state, move)
    assert AccessMove.SENT not in MOVES[AccessState.RECEIVED]
