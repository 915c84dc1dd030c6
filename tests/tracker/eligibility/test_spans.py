"""Spans of instants: joined where they touch, and what two lists of them have in common, instant by instant."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.people import at
from tracker.licences.spans import Span, both, joined

INSTANTS = range(-1, 13)


def _time(n: int) -> datetime:
    return at(0) + timedelta(microseconds=n)


_spans = st.lists(
    st.tuples(st.integers(0, 10), st.none() | st.integers(0, 12)).map(
        lambda pair: Span(_time(pair[0]), None if pair[1] is None else _time(max(pair)))  # type: ignore[type-var]
    ),
    max_size=7,
)


def within(spans: list[Span]) -> list[int]:
    return [n for n in INSTANTS if any(s.since <= _time(n) and (s.until is None or _time(n) < s.until) for s in spans)]


@settings(max_examples=100)
@given(_spans, _spans)
def test_joined_and_both_have_the_instants_that_their_spans_have(one: list[Span], other: list[Span]) -> None:
    first, second = joined(one), joined(other)
    assert within(first) == within(one)
    assert all(a.until is not None and a.until < b.since for a, b in pairwise(first))
    assert all(span.until is None or span.since < span.until for span in first)
    assert within(both(first, second)) == [n for n in within(one) if n in within(other)]


def test_of_three_spans_the_last_two_meet() -> None:
    spans = [Span(_time(0), _time(1)), Span(_time(3), _time(5)), Span(_time(4), _time(6))]
    assert joined(spans) == [Span(_time(0), _time(1)), Span(_time(3), _time(6))]


def test_a_span_within_the_one_before_ends_nothing() -> None:
    """The end is of the span that it meets, not of an earlier one."""
    spans = [Span(_time(0), _time(1)), Span(_time(3), _time(6)), Span(_time(4), _time(5))]
    assert joined(spans) == [Span(_time(0), _time(1)), Span(_time(3), _time(6))]
    open_ended = [Span(_time(0), None), Span(_time(3), _time(6))]
    assert joined(open_ended) == [Span(_time(0), None)]
    assert joined([Span(_time(0), _time(1)), *(Span(_time(n), None) for n in (3, 4))]) == [
        Span(_time(0), _time(1)),
        Span(_time(3), None),
    ]
