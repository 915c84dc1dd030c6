"""How serious and how often: the dated table, and means where people are lost."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadEntry
from tracker.evaluation.people.severity import severities, severity_of, version
from tracker.evaluation.statistics.estimates.recurrence import pseudo_numbers


def test_a_blade_in_public_is_four_years_since_2007_and_two_before() -> None:
    now, before = severity_of("8/26", date(2019, 6, 1)), severity_of("00826", date(2006, 6, 1))
    assert now is not None
    assert before is not None
    assert (now.years, before.years) == (4, 2)
    assert severity_of("00826", date(1990, 1, 1)) is None


def test_a_code_comes_before_its_category_and_an_unknown_one_has_none() -> None:
    robbery = severity_of("03440", date(2019, 6, 1))
    assert robbery is not None
    assert (robbery.code, robbery.years, robbery.life) == ("034", 25, True)
    assert severity_of("00899", date(2019, 6, 1)) is None
    assert severity_of("ABCDE", date(2019, 6, 1)) is None


def test_the_table_is_dated_sourced_and_never_says_two_things_of_a_day() -> None:
    rows = severities()
    assert all(row.source and row.words and row.years > 0 for row in rows)
    assert all(row.years == 25 for row in rows if row.life)
    for row in rows:
        assert row.until is None or row.since < row.until
        same = [other for other in rows if other.code == row.code and other.since <= row.since]
        assert all(other is row or (other.until is not None and other.until <= row.since) for other in same)
    assert len(version()) == 8


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)), min_size=2, max_size=12))
def test_numbers_are_what_leaving_each_out_takes_away(people: list[tuple[int, list[int]]]) -> None:
    n = len(people)

    def mean(rows: list[tuple[int, list[int]]]) -> float:
        total = 0.0
        for day in range(9):
            followed = sum(last >= day for last, _ in rows)
            happened = sum(d == day for last, days in rows for d in days if d <= last)
            total += happened / followed if followed else 0.0
        return total

    events = [(i, d) for i, (_, days) in enumerate(people) for d in days]
    person, day = (np.array([e[k] for e in events], np.int64) for k in (0, 1))
    found = pseudo_numbers(np.array([last for last, _ in people]), person, day, np.ones(len(events)), 8)
    by_hand = [n * mean(people) - (n - 1) * mean(people[:i] + people[i + 1 :]) for i in range(n)]
    assert found == pytest.approx(by_hand, abs=1e-6)


def test_where_nobody_is_lost_a_number_is_a_persons_own() -> None:
    last, person = np.full(4, 365), np.array([0, 0, 2])
    days, years = np.array([10, 200, 365]), np.array([4.0, 25.0, 7.0])
    assert pseudo_numbers(last, person, days, years, 365).tolist() == [29, 0, 7, 0]
    assert pseudo_numbers(last, person, days, np.ones(3), 364).tolist() == [2, 0, 0, 0]
    with pytest.raises(BadEntry, match="days from 0 on"):
        pseudo_numbers(np.array([-1]), person, days, years, 365)
