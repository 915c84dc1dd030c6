"""The same clock time on other days: London's clocks decide, not multiples of twenty-four hours."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.analysis.reference_days import civil_times, shifts, stratum
from tests.support.day_worlds import moved
from tests.support.naive.trails import US, microseconds


def on_day(t: datetime, k: int, reference_days: int = 28) -> datetime:
    shift = shifts(np.array([microseconds(t)]), reference_days)[0, k + reference_days]
    return t + int(shift) * US


def utc(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("t_from", "k", "there"),
    [
        # Midsummer: a day is a day.
        ("2019-06-15 21:30:00", 1, "2019-06-16 21:30:00"),
        ("2019-06-15 21:30:00", -28, "2019-05-18 21:30:00"),
        # 22:30 in London the evening before and after the clocks go forward on 31 March 2019.
        ("2019-03-30 22:30:00", 1, "2019-03-31 21:30:00"),
        ("2019-03-31 21:30:00", -1, "2019-03-30 22:30:00"),
        # And back on 27 October.
        ("2019-10-26 21:30:00", 1, "2019-10-27 22:30:00"),
        ("2019-10-27 22:30:00", -1, "2019-10-26 21:30:00"),
        # 01:30 never was on 31 March: the first instant after, 01:00 UTC; a microsecond before the gap is still there.
        ("2019-03-30 01:30:00", 1, "2019-03-31 01:00:00"),
        ("2019-04-01 00:30:00", -1, "2019-03-31 01:00:00"),
        ("2019-03-30 00:59:59.999999", 1, "2019-03-31 00:59:59.999999"),
        ("2019-03-30 01:00:00", 1, "2019-03-31 01:00:00"),
        ("2019-03-30 02:00:00", 1, "2019-03-31 01:00:00"),
        # 01:30 was twice on 27 October. A time that was once goes to the first of the two.
        ("2019-10-26 00:30:00", 1, "2019-10-27 00:30:00"),
        ("2019-10-28 01:30:00", -1, "2019-10-27 00:30:00"),
        # The crime itself in the second 01:30, and in the first: both have 01:30 on every other day.
        ("2019-10-27 01:30:00", 0, "2019-10-27 01:30:00"),
        ("2019-10-27 01:30:00", 1, "2019-10-28 01:30:00"),
        ("2019-10-27 01:30:00", -1, "2019-10-26 00:30:00"),
        ("2019-10-27 00:30:00", 0, "2019-10-27 00:30:00"),
        ("2019-10-27 00:30:00", 1, "2019-10-28 01:30:00"),
        # The civil day begins an hour before the UTC one in summer.
        ("2019-06-15 23:30:00", 1, "2019-06-16 23:30:00"),
        ("2019-10-26 23:30:00", 1, "2019-10-28 00:30:00"),
    ],
)
def test_a_crime_is_compared_with_the_same_time_on_londons_clocks(t_from: str, k: int, there: str) -> None:
    assert on_day(utc(t_from), k) == utc(there)


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.sampled_from(["2019-03-31", "2019-10-27", "2020-03-29", "2024-02-29", "2030-06-01"]),
    st.integers(-40 * 86_400_000_000, 40 * 86_400_000_000),
    st.integers(-60, 60),
)
def test_every_instant_moves_as_the_standard_library_has_it(day: str, us: int, k: int) -> None:
    t = utc(f"{day} 00:30:00") + us * US
    assert on_day(t, k, 60) == moved(t, k)


def test_many_crimes_at_once_move_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    t = microseconds(utc("2019-03-31 00:00:00")) + rng.integers(-(10**13), 10**13, 500)
    together = shifts(t, 28)
    assert together.shape == (500, 57)
    assert all((shifts(t[i : i + 1], 28)[0] == together[i]).all() for i in range(500))
    assert (together[:, 28] == 0).all()
    assert (np.diff(together, axis=1) > 0).all()


def test_no_crimes_have_no_other_days() -> None:
    assert shifts(np.zeros(0, np.int64), 28).shape == (0, 57)
    assert len(civil_times(np.zeros(0, np.int64), 28).day) == 0


def test_windows_fall_into_three_strata_by_length() -> None:
    minute = timedelta(minutes=1)
    lengths = [0 * minute, 30 * minute, 30 * minute + US, 180 * minute, 180 * minute + US, 720 * minute]
    assert stratum(np.array([length // US for length in lengths])).tolist() == [0, 0, 1, 1, 2, 2]
