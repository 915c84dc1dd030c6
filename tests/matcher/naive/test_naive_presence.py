"""The slow twin of the probability of presence, held to what can be worked out by hand.

Accuracies of 15.096 m are a sigma of 10 m. Unless said otherwise the crime is placed to 1 m (sigma), the window is
12:00 to 12:10, seconds count from 12:00, places are metres from the crime.
"""

import math
from typing import Any

import pytest
from scipy.integrate import dblquad

from matcher.params import Params
from tests.support.naive.matcher import disc_of
from tests.support.naive.presence import Look, looks_at, p_and_nearness, sigma_of_place
from tests.support.naive.trails import trails
from tests.support.scenes import crime, fix, scene
from tests.support.strategies import Row

TEN = 15.096
TWENTY = 30.192


def looks(fixes: list[Row], *, crimes: list[Row] | None = None, **params: Any) -> list[tuple[float, float]] | None:
    """Distance and variance of every look, metres; a millionth of a metre is not told apart."""
    s = scene(fixes, crimes=crimes, **{"default_location_accuracy_m": 0.0, **params})
    frames = s.frames()
    row = frames.pop("crimes").to_dicts()[0]
    fixes = trails(**frames)["w1"][0].fixes
    found = looks_at(fixes, disc_of(row, s.params), sigma_of_place(row["location_accuracy_m"], s.params), s.params)
    if found is None:
        return None
    return [(round(look.distance / 1000, 6), round(look.sigma**2 / 1e6, 6)) for look in found]


def worth(fixes: list[Row], *, crimes: list[Row] | None = None, **params: Any) -> tuple[float, float] | None:
    s = scene(fixes, crimes=crimes, **{"default_location_accuracy_m": 0.0, **params})
    frames = s.frames()
    row = frames.pop("crimes").to_dicts()[0]
    sigma = sigma_of_place(row["location_accuracy_m"], s.params)
    return p_and_nearness(trails(**frames)["w1"][0].fixes, disc_of(row, s.params), sigma, s.params)


def test_a_fix_right_on_the_crime_is_inside_as_often_as_its_error_is_smaller_than_the_radius() -> None:
    # d = 0, s² = 10² + 1² = 101, R = 10: P = 1 - exp(-R² / 2 s²), nearness R² / 2 s².
    p, nearness = worth([fix(60, 0, accuracy=TEN)], radius_m=10) or (0, 0)
    assert p == pytest.approx(1 - math.exp(-100 / 202), abs=1e-12)
    assert nearness == pytest.approx(100 / 202, rel=1e-12)


def test_the_probability_is_the_error_summed_over_the_disc() -> None:
    # 120 m off with an error of 30 m and a radius of 100 m: the bivariate Gaussian integrated numerically.
    def density(y: float, x: float) -> float:
        return math.exp(-((x - 120) ** 2 + y**2) / (2 * 30**2)) / (2 * math.pi * 30**2)

    inside, _ = dblquad(
        density, -100, 100, lambda x: -math.sqrt(10_000 - x * x), lambda x: math.sqrt(10_000 - x * x), epsabs=1e-10
    )
    assert Look(120_000.0, 30_000.0).p(100_000.0) == pytest.approx(inside, abs=1e-8)
    # 1e4 / 1800 exp(-14400 / 1800)
    assert Look(120_000.0, 30_000.0).nearness(100_000.0) == pytest.approx(1e4 / 1800 * math.exp(-8), rel=1e-12)


def test_exactly_at_the_radius_is_a_little_less_than_a_coin_toss() -> None:
    # The circle curves away, so less than half of the error lies inside.
    p, _ = worth([fix(60, 100, accuracy=0)]) or (0, 0)
    assert 0.49 < p < 0.5


def test_no_error_is_smaller_than_the_least_sigma() -> None:
    assert looks([fix(60, 0, accuracy=0)], min_sigma_m=1) == [(0.0, 2.0)]
    assert looks([fix(60, 0, accuracy=0)], min_sigma_m=3) == [(0.0, 18.0)]


def test_the_crimes_own_error_is_added_once() -> None:
    assert looks([fix(60, 0, accuracy=TEN)], crimes=[crime(accuracy=TWENTY)]) == [(0.0, 500.0)]
    assert looks([fix(60, 0, accuracy=TEN)], default_location_accuracy_m=TEN) == [(0.0, 200.0)]


def test_two_fixes_a_minute_apart_are_one_look() -> None:
    assert looks([fix(0, 50, accuracy=TEN), fix(60, 50, accuracy=TEN)]) == [(50.0, 101.0)]


def test_a_stay_of_ten_minutes_is_two_looks_at_five_minutes_each() -> None:
    stay = [fix(60 * k, 50, accuracy=TEN) for k in range(11)]
    assert looks(stay) == [(50.0, 51.0)]
    assert looks(stay, error_time_s=60) == [(50.0, 11.0)]
    assert looks(stay, error_time_s=900) == [(50.0, 101.0)]


def test_a_node_stands_nearer_to_its_finer_fix() -> None:
    # Weights 1/100 and 1/400: a fifth of the way from the finer. n / sum of weights is 2 / 0.0125 = 160.
    assert looks([fix(0, 0, accuracy=TEN), fix(60, 50, accuracy=TWENTY)]) == [(10.0, 161.0)]


def test_five_sigmas_of_the_difference_part_two_nodes() -> None:
    # 5 sqrt(100 + 100) = 70.71 m.
    assert len(looks([fix(0, 200, accuracy=TEN), fix(60, 270.7, accuracy=TEN)]) or []) == 1
    # Two nodes and the segment between.
    assert len(looks([fix(0, 200, accuracy=TEN), fix(60, 270.8, accuracy=TEN)]) or []) == 3


def test_the_mean_of_a_long_stay_is_known_better_than_a_single_fix() -> None:
    # After 15 minutes three looks: 5 sqrt(100 + 100 / 3) = 57.7 m, where after a minute it is 70.7 m.
    long_stay = [fix(60 * k, 200, accuracy=TEN) for k in range(16)]
    late = [crime(0, 3600)]
    assert len(looks([*long_stay, fix(960, 257.7, accuracy=TEN)], crimes=late) or []) == 1
    assert len(looks([*long_stay, fix(960, 257.8, accuracy=TEN)], crimes=late) or []) == 3


def test_a_gap_longer_than_the_longest_parts_two_nodes_and_no_segment_joins_them() -> None:
    there = [fix(0, 50, accuracy=TEN), fix(180, 50, accuracy=TEN)]
    assert looks(there) == [(50.0, 101.0)]
    assert looks([there[0], fix(180.000001, 50, accuracy=TEN)]) == [(50.0, 101.0)] * 2


def test_a_bus_between_two_fixes_is_nearest_on_the_way() -> None:
    # Half way: an error of half of each. (10 + 20) / 2 = 15.
    found = looks([fix(60, -600, 30, accuracy=TEN), fix(120, 600, 30, accuracy=TWENTY)])
    assert found is not None
    assert found[2] == (30.0, 226.0)
    assert [variance for _, variance in found] == [101.0, 401.0, 226.0]


def test_the_path_into_the_window_is_looked_at_only_where_it_is_in_it() -> None:
    # From -200 m at 11:59 to 400 m at 12:01: at 12:00 it is 100 m past the crime, which is then its nearest.
    # Half way the error is 10 m; at its end in W it is a node, 400 m off.
    found = looks([fix(-60, -200, accuracy=TEN), fix(60, 400, accuracy=TEN)])
    assert sorted(found or []) == [(100.0, 101.0), (400.0, 101.0)]


def test_the_path_out_of_the_window_likewise() -> None:
    # From 400 m at 12:09 to -200 m at 12:11: at 12:10 it is still 100 m short of the crime.
    found = looks([fix(540, 400, accuracy=TEN), fix(660, -200, accuracy=TWENTY)])
    assert sorted(found or []) == [(100.0, 226.0), (400.0, 101.0)]


def test_a_fix_at_the_very_end_of_the_window_is_no_look_of_its_own() -> None:
    # A minute before, on the first instant, after a minute and so on: one node and nothing beside it.
    assert looks([fix(60 * k, 50, accuracy=TEN) for k in range(-1, 12)]) == [(50.0, 51.0)]
    # A second later the path comes in between two fixes, and goes out so.
    assert len(looks([fix(60 * k + 1, 50, accuracy=TEN) for k in range(-1, 12)]) or []) == 3


def test_a_window_within_one_segment_is_looked_at_without_any_fix() -> None:
    # 20 m/s from -600 m at 12:00: between 12:00:20 and 12:00:25 it is 200 to 100 m short.
    found = looks([fix(0, -600, accuracy=TEN), fix(60, 600, accuracy=TEN)], crimes=[crime(20, 25)])
    assert found == [(100.0, 101.0)]


def test_twelve_hours_at_130_metres_are_no_presence_for_one_lucky_fix() -> None:
    # 144 looks leave 100 / 144 of the variance: 0.69 + 1 for the place. One fix in 721 is 25 m off.
    stay = [fix(60 * k, 130, accuracy=TEN) for k in range(721)]
    stay[360] = fix(360 * 60, 105, accuracy=TEN)
    found = worth(stay, crimes=[crime(0, 12 * 3600)]) or (1.0, 1.0)
    assert max(found) < 1e-12
    # Taken by itself, it would be one chance in three or four.
    assert 1 / 4 < (worth([stay[360]], crimes=[crime(0, 12 * 3600)]) or (0.0, 0.0))[0] < 1 / 3


def test_living_at_80_metres_is_certainly_inside() -> None:
    p, _ = worth([fix(60 * k, 80, accuracy=TEN) for k in range(721)], crimes=[crime(0, 12 * 3600)]) or (0.0, 0.0)
    assert p > 0.999999


def test_nothing_is_known_where_an_accuracy_is_missing_that_matters() -> None:
    known, unknown = fix(60, 0, accuracy=TEN), fix(120, 0, accuracy=None)
    assert looks([known, unknown]) is None
    assert worth([known, unknown]) is None
    assert looks([known, unknown], default_accuracy_m=TEN) == [(0.0, 101.0)]
    # Beyond W and not joined to it by the path: of no matter. Joined: it is one of the path's ends.
    assert looks([known, fix(900, 0, accuracy=None)]) == [(0.0, 101.0)]
    assert looks([fix(540, 0, accuracy=TEN), fix(660, 0, accuracy=None)]) is None


def test_a_default_accuracy_is_held_in_millimetres() -> None:
    assert sigma_of_place(None, Params(default_location_accuracy_m=TEN)) == pytest.approx(10_000, rel=1e-12)
