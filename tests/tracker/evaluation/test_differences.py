"""No answer tells, alone or less an earlier one, of a few people; held against every difference of counts."""

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.evaluation.disclosure.differences import Counted, may_be_told

K = 4


def count(people: set[int], having: set[int] | None = None, family: str = "tagged") -> Counted:
    mine = None if having is None else frozenset(having & people)
    return Counted(family=family, people=frozenset(people), having=mine)


def test_the_same_people_a_day_later_may_differ_by_none_or_by_many() -> None:
    everyone = set(range(40))
    before = [count(everyone)]
    assert may_be_told(count(everyone), before, K)
    assert not may_be_told(count(everyone | {40}), before, K)
    assert not may_be_told(count(everyone - {3}), before, K)
    assert may_be_told(count(everyone | set(range(40, 44))), before, K)
    assert may_be_told(count(everyone - {0, 1, 2, 3}), before, K)
    assert may_be_told(count({1, 2, 3, 4, 5}, family="others"), before, K)


def test_of_those_who_came_some_have_it_and_some_have_not() -> None:
    having = set(range(0, 200, 2))
    before = [count(set(range(40)), having)]
    assert may_be_told(count(set(range(48)), having), before, K)
    assert not may_be_told(count(set(range(46)), having), before, K)
    assert not may_be_told(count(set(range(48)), having | {41, 43, 45}), before, K)
    # One conviction that was entered since.
    assert not may_be_told(count(set(range(40)), having | {1}), before, K)
    assert may_be_told(count(set(range(40)), having | {1, 3, 5, 7}), before, K)
    assert not may_be_told(count(set(range(40)), set()), [], K)


def test_what_is_left_over_of_an_earlier_count_is_not_told_by_the_rest_of_it() -> None:
    """Forty people of whom ten were convicted, then thirty of them of whom six were: of the ten others four were."""
    everyone = set(range(40))
    for convicted, may in ((0, False), (3, False), (4, True), (6, True), (7, False), (10, False)):
        having = {*range(6), *range(30, 30 + convicted)}
        before = [count(everyone, having)]
        assert may_be_told(count(set(range(30)), having), before, K) is may
        # Nothing follows where no convictions are told.
        assert may_be_told(count(set(range(30))), before, K)
        assert may_be_told(count(set(range(30)), having), [count(everyone)], K)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000))
def test_whatever_was_told_no_difference_of_two_counts_is_of_a_few(seed: int) -> None:
    made, told = random.Random(seed), []
    everyone = range(made.randrange(8, 60))
    for _ in range(made.randrange(2, 9)):
        # Like an earlier one but for a few, or by chance: what an attacker asks.
        old = set(made.choice(told).people) if told and made.random() < 0.7 else set(everyone)
        few = set(made.sample(everyone, made.randrange(0, 7)))
        asked = count(made.choice((old | few, old - few, few)), {n for n in everyone if made.random() < 0.5})
        if may_be_told(asked, told, K):
            told.append(asked)
    for one, other in combinations(told, 2):
        assert all(len(part) == 0 or len(part) >= K for part in (one.people - other.people, other.people - one.people))
        came, went = other.having - one.having, one.having - other.having  # type: ignore[operator]
        both = one.people & other.people
        assert all(len(moved & both) == 0 or len(moved & both) >= K for moved in (came, went))
        for told_, rest in ((other, one), (one, other)):
            new = told_.people - rest.people
            assert not new or min(len(new & told_.having), len(new - told_.having)) >= K  # type: ignore[operator]
