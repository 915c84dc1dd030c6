"""When somebody may be crime-mapped, by their scores."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadEntry
from tracker.ogrs.gate import (
    GateChange,
    GateInterval,
    Score,
    band,
    checked_score,
    differs,
    gate_changes,
    gate_intervals,
    governing,
    open_on,
)
from tracker.ogrs.given import computed_scores, pct_of
from tracker.ogrs.ogrs3 import OffenceGroup, Ogrs3Inputs, ogrs3

MARCH, JUNE, SEPTEMBER, OCTOBER = date(2019, 3, 1), date(2019, 6, 1), date(2019, 9, 1), date(2019, 10, 1)


def score(on: date, pct: float, *, horizon: int = 2, rounded: bool = False, computed: bool = False) -> Score:
    return Score(on, horizon, round(pct * 100), "OGRS3", rounded, computed)


def spans(*scores: Score, horizon: int = 2) -> list[tuple[date, date | None]]:
    return [(i.since, i.until) for i in gate_intervals(scores, horizon)]


def test_without_a_score_the_gate_is_closed() -> None:
    assert gate_intervals([]) == []
    assert spans(score(MARCH, 80, horizon=1)) == []


def test_exactly_fifty_passes_and_shows_that_it_was_rounded() -> None:
    held = gate_intervals([score(MARCH, 50, rounded=True)])
    assert held == [GateInterval(MARCH, None, "50 % on 2019-03-01 (2-year OGRS3, given, rounded)")]
    assert spans(score(MARCH, 49.99)) == []


def test_a_later_score_acts_from_its_day_on() -> None:
    assert spans(score(JUNE, 40), score(MARCH, 60)) == [(MARCH, JUNE)]
    assert spans(score(MARCH, 60), score(JUNE, 40), score(SEPTEMBER, 55)) == [(MARCH, JUNE), (SEPTEMBER, None)]
    assert spans(score(MARCH, 60), score(JUNE, 70)) == [(MARCH, None)]


def test_an_interval_names_every_score_that_keeps_the_gate_open_and_no_other() -> None:
    held = gate_intervals([score(MARCH, 60), score(JUNE, 40), score(SEPTEMBER, 55), score(OCTOBER, 70)])
    assert [interval.why for interval in held] == [
        "60 % on 2019-03-01 (2-year OGRS3, given)",
        "55 % on 2019-09-01 (2-year OGRS3, given); 70 % on 2019-10-01 (2-year OGRS3, given)",
    ]


def test_a_given_score_governs_over_a_computed_one() -> None:
    assert spans(score(MARCH, 60, computed=True)) == [(MARCH, None)]
    assert spans(score(MARCH, 60, computed=True), score(MARCH, 45)) == []
    assert spans(score(MARCH, 60), score(JUNE, 30, computed=True)) == [(MARCH, None)]
    assert spans(score(MARCH, 60, computed=True), score(JUNE, 45)) == [(MARCH, JUNE)]


def test_of_two_given_on_one_day_the_lower_counts() -> None:
    assert spans(score(MARCH, 60), score(MARCH, 49)) == []


def test_the_gate_on_a_day() -> None:
    held = gate_intervals([score(MARCH, 60), score(JUNE, 40)])
    assert open_on(held, date(2019, 2, 28)) is None
    assert open_on(held, MARCH) is held[0]
    assert open_on(held, date(2019, 5, 31)) is held[0]
    assert open_on(held, JUNE) is None


def test_impossible_scores_are_refused() -> None:
    for pct, horizon, words in (
        (-1, 2, "^-0.01 % is not a score"),
        (10_001, 2, "^100.01 % is not a score"),
        (5_000, 3, "1 or 2 years, not 3"),
    ):
        with pytest.raises(BadEntry, match=words):
            checked_score(pct, horizon)
    checked_score(0, 2)
    checked_score(10_000, 1)


def test_a_given_score_far_from_its_inputs_is_questioned() -> None:
    computed = score(MARCH, 55.7, computed=True)
    assert differs(score(MARCH, 56, rounded=True), computed) is None
    assert differs(score(MARCH, 45), computed) == (
        "45 % on 2019-03-01 (2-year OGRS3, given) differs by 10.7 points from 55.7 %, the score computed from its "
        "inputs. Check it with the assessor."
    )
    # 1.5 points, and half a point more where it was rounded.
    assert [differs(score(MARCH, pct), computed) is None for pct in (54.2, 54.19, 57.2, 57.21)] == [True, False] * 2
    rounded = [differs(score(MARCH, pct, rounded=True), computed) is None for pct in (53.7, 53.69, 57.7, 57.71)]
    assert rounded == [True, False] * 2
    assert differs(score(MARCH, 45, horizon=1), computed) is None


def test_bands() -> None:
    assert [band(p) for p in (0, 4_999, 5_000, 7_499, 7_500, 8_999, 9_000, 10_000)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
        "very high",
        "very high",
    ]


_scores = st.lists(
    st.builds(
        Score,
        st.dates(date(2019, 1, 1), date(2019, 1, 20)),
        st.sampled_from([1, 2]),
        st.integers(4_900, 5_100),
        st.just("OGRS3"),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@given(_scores, st.dates(date(2018, 12, 30), date(2019, 1, 25)))
def test_the_gate_is_open_on_a_day_exactly_if_the_score_that_governs_then_passes(scores: list[Score], on: date) -> None:
    before = [s for s in governing(scores, 2) if s.scored_on <= on]
    passes = bool(before) and before[-1].pct_hundredths >= 5_000
    held = gate_intervals(scores, 2)
    assert (open_on(held, on) is not None) == passes
    assert all(a.until is not None and a.until < b.since for a, b in pairwise(held))
    assert gate_intervals(reversed(scores), 2) == held or len({s.scored_on for s in scores}) < len(scores)


_spans = st.lists(
    st.tuples(st.dates(date(2019, 1, 1), date(2019, 1, 20)), st.integers(4_900, 5_100)),
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@given(_spans, _spans, st.dates(date(2018, 12, 30), date(2019, 1, 25)))
def test_what_changed_between_two_gates_is_every_day_on_which_they_differ_and_no_other(
    before: list[tuple[date, int]], after: list[tuple[date, int]], on: date
) -> None:
    was, now = (gate_intervals([Score(day, 2, pct, "OGRS3") for day, pct in held]) for held in (before, after))
    every = gate_changes(was, now)
    # What changes the same way from one day to the next is one change.
    assert not any(a.until == b.since and a.opens == b.opens for a, b in pairwise(every))
    changes = [c for c in every if c.since <= on and (c.until is None or on < c.until)]
    opened, opens = open_on(was, on) is not None, open_on(now, on) is not None
    assert [c.opens for c in changes] == ([opens] if opened != opens else [])


def test_days_that_change_the_same_way_are_one_change_though_two_intervals_hold_them() -> None:
    was = [GateInterval(MARCH, JUNE, "a"), GateInterval(SEPTEMBER, OCTOBER, "b"), GateInterval(OCTOBER, None, "c")]
    assert gate_changes(was, []) == [GateChange(MARCH, JUNE, False), GateChange(SEPTEMBER, None, False)]
    assert gate_changes([], was) == [GateChange(MARCH, JUNE, True), GateChange(SEPTEMBER, None, True)]


def test_a_change_says_its_first_day_and_the_day_after_its_last() -> None:
    assert GateChange(MARCH, JUNE, True).in_words() == "opens from 2019-03-01 to the day before 2019-06-01"
    assert GateChange(MARCH, None, False).in_words() == "closes from 2019-03-01"


def test_a_back_dated_score_closes_the_days_up_to_the_next() -> None:
    was = gate_intervals([score(MARCH, 60), score(SEPTEMBER, 70)])
    now = gate_intervals([score(MARCH, 60), score(JUNE, 40), score(SEPTEMBER, 70)])
    assert [c.in_words() for c in gate_changes(was, now)] == ["closes from 2019-06-01 to the day before 2019-09-01"]


def test_scores_are_read_as_given() -> None:
    assert [pct_of(text) for text in ("50", "50.0", "49.96 %", "7.5%", "100")] == [
        (5_000, True),
        (5_000, False),
        (4_996, False),
        (750, False),
        (10_000, True),
    ]
    for text in ("", "fifty", "-1", "50.123", "1e2", "٥٠", "50,0"):
        with pytest.raises(BadEntry, match="is not a score"):
            pct_of(text)


def test_a_computed_score_is_never_rounded_up_to_the_gate() -> None:
    for sanctions in range(1, 40):
        inputs = Ogrs3Inputs(
            male=True,
            born=date(1997, 5, 1),
            convicted_on=date(2018, 9, 1),
            in_community_on=date(2019, 5, 1),
            sanctions=sanctions,
            age_at_first_sanction=21 if sanctions == 1 else 14,
            offence=OffenceGroup.VIOLENCE,
        )
        for held in computed_scores(inputs, MARCH):
            assert (held.pct_hundredths >= 5_000) == (ogrs3(inputs).pct(held.horizon_years) >= 50)
            assert held.computed
