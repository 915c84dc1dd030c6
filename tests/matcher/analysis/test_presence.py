"""How probable it is that someone was at the scene: against scipy, against the slow twin, and by hand."""

import itertools
import math
import sys

import numba
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import ncx2

from matcher.kernels import disc_probability, presence
from matcher.kernels.arrays import CrimeArrays, EventArrays, Pairs, Target, TrailArrays
from matcher.kernels.nearness import LEAST
from matcher.kernels.other_days.nearness import of_hits
from matcher.params import Params
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.trails.buffers import BufferPool
from matcher.trails.nodes import nodes_of
from tests.support.naive.path import Disc
from tests.support.naive.presence import p_and_nearness
from tests.support.naive.trails import Fix

MINUTE_US = 60_000_000
SIGMA = 1.5096
R_M = 100.0
HUB_MM = 530_000_000
PLACE_SIGMA_M = 20 / SIGMA
NO_RESTARTS = EventArrays(np.zeros(2, np.int64), np.empty(0, np.int64))


def trails_of(fixes, origin_mm=(HUB_MM, HUB_MM)):
    """One trail of fixes (minutes, east m, north m, 68 % radius in m or None)."""
    t = np.array([round(f[0] * MINUTE_US) for f in fixes], np.int64)
    x, y = (
        np.array([round(f[k] * 1000) + origin_mm[k - 1] for f in fixes], np.int32) if fixes else np.empty(0, np.int32)
        for k in (1, 2)
    )
    accuracy = np.array([-1 if f[3] is None else round(f[3] * 1000) for f in fixes], np.int32)
    return TrailArrays(np.array([0, len(fixes)], np.int64), t, x, y, accuracy, np.zeros(len(fixes), np.bool_))


def of_fixes(
    fixes,
    start_us=0,
    end_us=60 * MINUTE_US,
    place_sigma_m=PLACE_SIGMA_M,
    params=None,
    origin_mm=(HUB_MM, HUB_MM),
    crime_m=(0.0, 0.0),
):
    """p and nearness from fixes (as `trails_of`), seen from the crime."""
    params = params or Params()
    nodes = nodes_of(trails_of(fixes, origin_mm), NO_RESTARTS, params, BufferPool())
    target = Target(
        np.int64(round(crime_m[0] * 1000) + origin_mm[0]),
        np.int64(round(crime_m[1] * 1000) + origin_mm[1]),
        place_sigma_m * 1000,
        np.int64(round(start_us)),
        np.int64(round(end_us)),
    )
    pair, crime = Pairs(np.zeros(1, np.int32), np.zeros(1, np.int32)), CrimeArrays(*(np.array([a]) for a in target))
    p, nearness, why = (each[0] for each in presence.of_pairs(pair, nodes, crime, rule_of(params)))
    day = of_hits(pair, np.arange(2), crime.start_us, nodes, crime, rule_of(params))
    np.testing.assert_equal(day, [nearness])
    assert math.isnan(p) == math.isnan(nearness) == (why != presence.FOUND)
    return p, nearness


def expected(d, s, r=R_M, tail=0.1):
    narrow, wide = (math.exp(-(d**2) / (2 * (k * s) ** 2)) / (k * s) ** 2 for k in (1, 5))
    return float(ncx2.cdf((r / s) ** 2, 2, (d / s) ** 2)), r**2 / 2 * ((1 - tail) * narrow + tail * wide)


# Not kept on disk: an edit of `inside` in another package would go unnoticed.
@numba.njit(error_model="numpy")
def inside_of_all(d, s, r, out):
    for k in range(len(d)):
        out[k] = disc_probability.inside(d[k], s[k], r)


# --- one observation ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_probability_agrees_with_scipy_over_a_wide_grid():
    shares = np.concatenate((np.geomspace(1e-5, 0.05, 30), np.geomspace(0.05, 50, 400)))
    worst = 0.0
    for share in shares:
        s = R_M * share
        d = np.concatenate(
            (
                [0.0, 1e-9, R_M, R_M * (1 - 1e-12), R_M * (1 + 1e-12)],
                np.linspace(0, 4 * R_M, 200),
                np.clip(R_M + s * np.linspace(-10, 10, 200), 0, None),
                R_M * np.geomspace(4, 1e4, 40),
            )
        )
        out = np.empty(len(d))
        inside_of_all(d, np.full(len(d), s), R_M, out)
        assert ((out >= 0) & (out <= 1)).all()
        worst = max(worst, np.abs(out - ncx2.cdf((R_M / s) ** 2, 2, (d / s) ** 2)).max())
    assert worst < 1e-8


@given(st.floats(0, 1e5), st.floats(1e-4, 1e3), st.floats(1, 5000))
@example(3.2e-158, 0.5, 32.0)
def test_the_probability_agrees_with_scipy_anywhere(d, share, r):
    # Scipy has no answer for errors much smaller still.
    s = share * r
    # Of a square that has not all its digits (4e-320) scipy makes 1e-6 too much; at 0 it is exact.
    apart = (d / s) ** 2 if (d / s) ** 2 >= sys.float_info.min else 0.0
    assert disc_probability.inside(d, s, r) == pytest.approx(float(ncx2.cdf((r / s) ** 2, 2, apart)), abs=1e-6)


@given(st.floats(0.01, 5000), st.floats(1, 5000), st.lists(st.floats(0, 1e5), min_size=2, max_size=8))
def test_further_off_is_never_more_probable(s, r, distances):
    out = [disc_probability.inside(d, s, r) for d in sorted(distances)]
    assert all(a >= b - 1e-8 for a, b in itertools.pairwise(out))


@given(st.floats(0, 1e5), st.floats(1e-3, 1e5), st.floats(1, 5000))
def test_what_is_passed_over_for_its_bound_could_not_have_been_greater(d, s, r):
    assert disc_probability.inside(d, s, r) <= disc_probability.at_most(d, s, r) + 1e-8


def test_without_any_error_it_is_certain():
    assert [disc_probability.inside(d, 0.0, 100.0) for d in (0.0, 100.0, 100.001)] == [1.0, 1.0, 0.0]


def test_seen_on_the_circle_by_a_perfect_receiver_is_an_even_chance():
    assert disc_probability.inside(100.0, 1e-3, 100.0) == pytest.approx(0.5, abs=1e-4)
    # Where scipy has none: the circle bends away by s / (2 R) of the half-plane's width.
    assert disc_probability.inside(205.0, 1e-3, 205.0) == pytest.approx(
        0.5 - 1e-3 / 205.0 / math.sqrt(8 * math.pi), abs=1e-8
    )


# --- nodes --------------------------------------------------------------------------------------------------------


def test_one_fix_at_the_scene():
    s = math.hypot(15 / SIGMA, PLACE_SIGMA_M)
    assert of_fixes([(10, 30, 40, 15)]) == pytest.approx(expected(50, s), abs=1e-6)


def test_a_fix_is_never_surer_than_the_least_sigma():
    s = math.hypot(1.0, PLACE_SIGMA_M)
    assert of_fixes([(10, 90, 0, 0)]) == pytest.approx(expected(90, s), abs=1e-6)


def test_two_fixes_at_once_are_one_look_at_their_weighted_mean():
    # Weights 1 and 4; the mean of the variances' inverses, not a quarter of it.
    near, far = 10 / SIGMA, 20 / SIGMA
    s = math.sqrt(2 / (near**-2 + far**-2) + PLACE_SIGMA_M**2)
    assert of_fixes([(10, 80, 0, 10), (11, 105, 0, 20)]) == pytest.approx(expected(85, s), abs=1e-6)


def test_a_stay_of_an_hour_is_twelve_looks_of_five_minutes():
    s = math.sqrt((15 / SIGMA) ** 2 / 12 + PLACE_SIGMA_M**2)
    fixes = [(k, 110, 0, 15) for k in range(61)]
    assert of_fixes(fixes) == pytest.approx(expected(110, s), abs=1e-6)


def test_fixes_far_more_than_four_sigma_apart_are_two_places_and_the_way_between_them_counts():
    # 300 m apart on either side of the scene, seen to 7 m: half way along sigma is that of either end.
    p, nearness = of_fixes([(10, -150, 20, 10), (11, 150, 20, 10)])
    s = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    assert (p, nearness) == pytest.approx(expected(20, s), abs=1e-6)


def test_sigma_between_two_nodes_goes_over_from_one_to_the_other():
    p, nearness = of_fixes([(10, -100, 80, 10), (11, 300, 80, 30)])
    along = [
        expected(math.hypot(-100 + 400 * u, 80), math.hypot((10 + 20 * u) / SIGMA, PLACE_SIGMA_M))
        for u in np.linspace(0.2, 0.25, 2001)
    ]
    assert p == pytest.approx(max(p for p, _ in along), abs=1e-6)
    assert nearness == pytest.approx(max(nearness for _, nearness in along), rel=1e-6)
    # Nearer than where the path is nearest, but less sure of it.
    assert p > along[-1][0] + 1e-4


def test_after_a_long_gap_there_is_no_way_between():
    apart = of_fixes([(10, -150, 20, 10), (13.01, 150, 20, 10)])
    s = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    assert apart == pytest.approx(expected(math.hypot(150, 20), s), abs=1e-6)


def test_twelve_hours_at_130_metres_are_not_certainty():
    rng = np.random.default_rng(1)
    fixes = [(k, 130 + 10 * rng.standard_normal(), 10 * rng.standard_normal(), 15) for k in range(721)]
    p, _ = of_fixes(fixes, end_us=720 * MINUTE_US)
    lucky = max(
        disc_probability.inside(math.hypot(f[1], f[2]), math.hypot(15 / SIGMA, PLACE_SIGMA_M), R_M) for f in fixes
    )
    assert lucky > 0.5
    assert p < 0.05


def test_one_lucky_fix_of_a_stay_is_averaged_away():
    quiet = [(k, 140, 0, 15) for k in range(30)]
    lucky = [*quiet[:15], (15, 105, 0, 15), *quiet[16:]]
    alone, _ = of_fixes([(15, 105, 0, 15)])
    assert alone > 0.3
    assert of_fixes(lucky)[0] < 0.02


# --- where a node ends -----------------------------------------------------------------------------------------------


def stretches(fixes, params=None, restarts=NO_RESTARTS):
    """How many fixes each node has, from the instants at which it begins and ends, which are those of fixes."""
    trails = trails_of(fixes)
    nodes = nodes_of(trails, restarts, params or Params(), BufferPool())
    first, last = (np.searchsorted(trails.t_us, t) for t in (nodes.first_us, nodes.last_us))
    assert (first[1:] == last[:-1] + 1).all()
    return (last - first + 1).tolist()


def at(minutes, x, y=0.0, accuracy=15.0):
    return [(m, x, y, accuracy) for m in minutes]


def test_a_fix_joins_within_four_sigma_and_begins_the_next_node_beyond():
    # Both seen to 10 m: the two differ by sqrt(2) of that, in sigmas.
    reach = 4 * math.sqrt(2) * 10 / SIGMA
    assert stretches([(0, 0, 0, 10), (1, reach - 0.01, 0, 10)]) == [2]
    assert stretches([(0, 0, 0, 10), (1, reach + 0.01, 0, 10)]) == [1, 1]


def test_a_gap_ends_a_node_and_the_longest_that_is_drawn_does_not():
    assert stretches([(0, 0, 0, 10), (3, 0, 0, 10), (6.001, 0, 0, 10)]) == [2, 1]


def test_a_node_ends_at_midnight_in_universal_time():
    assert stretches(at(range(1435, 1445), 0)) == [5, 5]
    assert stretches(at(range(-5, 5), 0)) == [5, 5]


def test_a_node_ends_where_a_permitted_window_does():
    edges = EventArrays(np.array([0, 2], np.int64), np.array([3 * MINUTE_US, 6 * MINUTE_US + 1], np.int64))
    assert stretches(at(range(10), 0), restarts=edges) == [3, 4, 3]


def test_a_visit_next_door_seen_by_coarse_fixes_is_split_off():
    # Home at 150 m, stated 10 m; the scene, stated 60 m: each fix there is within four sigma of home.
    fixes = [
        *at(range(-180, 0), 150, accuracy=10),
        *at(range(10), 0, accuracy=60),
        *at(range(10, 60), 150, accuracy=10),
    ]
    assert len(stretches(fixes)) > 1
    p, _ = of_fixes(fixes, start_us=0, end_us=9 * MINUTE_US)
    assert p > 0.9
    hour, _ = of_fixes(fixes, start_us=-30 * MINUTE_US, end_us=30 * MINUTE_US)
    assert hour >= p


def test_a_tail_and_its_head_need_three_fixes_each():
    # Each is within the gate, of the first 41.47 m; a tail of two, one look, would be too far off beyond as much.
    params = Params(error_time_s=60)
    two = [*at(range(6), 0, accuracy=10), *at((6,), 41.4, accuracy=15), *at((7,), 43, accuracy=15)]
    assert stretches(two, params) == [8]
    assert stretches([*two, *at((8,), 43, accuracy=15)], params) == [6, 3]


def test_fixes_of_a_split_tail_are_a_node_of_their_own_from_its_first_fix_on():
    trails = trails_of([*at(range(60), 0, accuracy=30), *at(range(60, 90), 60, accuracy=30)])
    nodes = nodes_of(trails, NO_RESTARTS, Params(), BufferPool())
    assert nodes.leads.tolist() == [True] * (len(nodes.leads) - 1) + [False]
    where = nodes.x_mm + nodes.off_x_mm - HUB_MM
    assert where[0] == pytest.approx(0, abs=5_000)
    assert where[-1] == pytest.approx(60_000, abs=5_000)
    # 29 minutes in all, each node with looks by its own duration.
    for k in range(len(where)):
        looks = max(1.0, (nodes.last_us[k] - nodes.first_us[k]) / 300e6)
        assert nodes.variance_mm2[k] == pytest.approx((30_000 / SIGMA) ** 2 / looks)


def test_nobody_is_taken_from_node_to_node_faster_than_they_could_go():
    params = Params(max_speed_mps=10)
    assert not np.isnan(of_fixes([(0, -290, 0, 5), (1, 300, 0, 5)], 1, MINUTE_US - 1, params=params)).any()
    assert np.isnan(of_fixes([(0, -310, 0, 5), (1, 300, 0, 5)], 1, MINUTE_US - 1, params=params)).all()


# --- the ends of the window ---------------------------------------------------------------------------------------


def test_a_path_through_the_scene_between_fixes_outside_the_window_counts():
    s = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    through = of_fixes([(9, -300, 30, 10), (10, 300, 30, 10)], start_us=9.4 * MINUTE_US, end_us=9.6 * MINUTE_US)
    assert through == pytest.approx(expected(30, s), abs=1e-6)


def test_the_part_of_the_path_before_the_window_does_not_count():
    # At nine the scene, at ten 600 m off; the window opens half a minute later, 300 m off.
    fixes = [(9, 0, 0, 10), (10, 600, 0, 10)]
    s = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    assert of_fixes(fixes, start_us=9.5 * MINUTE_US) == pytest.approx(expected(300, s), abs=1e-9)
    assert of_fixes(fixes, start_us=9 * MINUTE_US) == pytest.approx(expected(0, s), abs=1e-6)


def test_the_way_on_counts_until_the_window_closes():
    fixes = [(9, 400, 0, 10), (10, -200, 0, 10)]
    sigma = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    assert of_fixes(fixes, end_us=9.5 * MINUTE_US) == pytest.approx(expected(100, sigma), abs=1e-6)


def test_a_node_counts_whole_however_little_of_it_is_in_the_window():
    fixes = at(range(61), 110)
    s = math.sqrt((15 / SIGMA) ** 2 / 12 + PLACE_SIGMA_M**2)
    for window in ((60, 90), (-30, 0), (10.2, 10.4), (0, 60)):
        assert of_fixes(fixes, *(round(m * MINUTE_US) for m in window)) == pytest.approx(expected(110, s), abs=1e-6)


def test_a_fix_at_the_very_end_of_the_window_is_in_it():
    s = math.hypot(10 / SIGMA, PLACE_SIGMA_M)
    assert of_fixes([(60, 0, 0, 10)]) == pytest.approx(expected(0, s), abs=1e-6)
    assert of_fixes([(60, 0, 0, 10), (61, 900, 0, None)]) == pytest.approx(expected(0, s), abs=1e-6)


def test_a_window_without_a_fix_or_a_path_says_nothing():
    assert np.isnan(of_fixes([(-30, 0, 0, 10), (90, 0, 0, 10)])).all()
    assert np.isnan(of_fixes([])).all()


# --- unknown accuracy, and what must not matter -------------------------------------------------------------------


def test_an_unknown_accuracy_in_the_window_makes_it_unknown():
    assert np.isnan(of_fixes([(10, 0, 0, 10), (20, 900, 0, None)])).all()


def test_an_unknown_accuracy_of_a_fix_outside_the_window_matters_if_it_is_of_a_node_in_it():
    assert np.isnan(of_fixes([(59.5, 0, 0, 10), (61, 50, 0, None)])).all()


@pytest.mark.parametrize("end", [0, 1])
def test_an_unknown_accuracy_just_outside_the_window_matters_only_where_the_path_crosses(end):
    beyond = [(-1, 900, 0, None), (61, 900, 0, None)][end]
    near, far = [(0.5, 0, 0, 10), (59.5, 0, 0, 10)][end], (30, 0, 0, 10)
    assert np.isnan(of_fixes(sorted([beyond, near]))).all()
    assert not np.isnan(of_fixes(sorted([beyond, far]))).any()


coordinates = st.integers(-400, 400).map(float)
radii = st.one_of(st.floats(0.5, 100.0), st.just(10.0))
walks = st.lists(
    st.tuples(st.integers(-20, 140).map(lambda k: k / 2), coordinates, coordinates, radii),
    min_size=1,
    max_size=25,
    unique_by=lambda fix: fix[0],
).map(sorted)
stays = st.lists(
    st.tuples(st.integers(-20, 140).map(lambda k: k / 2), st.floats(90, 130), st.floats(-20, 20), radii),
    min_size=1,
    max_size=40,
    unique_by=lambda fix: fix[0],
).map(sorted)


@given(walks, st.integers(-100_000_000, 100_000_000), st.integers(-100_000_000, 100_000_000))
def test_the_whole_scene_moved_gives_the_same_bits(fixes, dx, dy):
    here = of_fixes(fixes)
    np.testing.assert_equal(of_fixes(fixes, origin_mm=(HUB_MM + dx, HUB_MM + dy)), here)


@settings(max_examples=200)
@given(
    st.one_of(walks, stays),
    st.sampled_from([(0, 60), (10, 10), (5, 25), (30.25, 40.75), (0.25, 0.3)]),
    st.sampled_from([60.0, 300.0, 900.0]),
    st.sampled_from([60.0, 180.0, 600.0]),
    st.sampled_from([25.0, 100.0, 1000.0]),
)
def test_it_agrees_with_the_slow_twin(fixes, window, error_time_s, max_gap_s, radius_m):
    params = Params(error_time_s=error_time_s, max_gap_s=max_gap_s, radius_m=radius_m)
    start, end = (round(m * MINUTE_US) for m in window)
    p, nearness = of_fixes(fixes, start, end, params=params)
    trail = [
        Fix(round(m * MINUTE_US), round(x * 1000) + HUB_MM, round(y * 1000) + HUB_MM, round(a * 1000), "gnss")
        for m, x, y, a in fixes
    ]
    disc = Disc(HUB_MM, HUB_MM, params.radius_mm, start, end)
    twin = p_and_nearness(trail, disc, PLACE_SIGMA_M * 1000, params)
    if twin is None:
        assert math.isnan(p)
        return
    assert p == pytest.approx(twin[0], abs=1e-6)
    assert nearness == pytest.approx(twin[1], rel=1e-6, abs=1e-12)


ends = st.tuples(st.integers(-1500, 5400), st.integers(-1500, 5400)).map(sorted)


@settings(max_examples=300)
@given(
    st.one_of(
        walks, stays, st.tuples(stays, walks).map(lambda both: sorted({f[0]: f for f in both[0] + both[1]}.values()))
    ),
    ends,
    ends,
    st.sampled_from([60.0, 300.0, 900.0]),
    st.sampled_from([0.01, 13.0, 60.0]),
)
def test_the_probability_never_falls_when_the_window_grows(fixes, one, other, error_time_s, place_sigma_m):
    params = Params(error_time_s=error_time_s)
    longer = min(one[0], other[0]), max(one[1], other[1])
    p, all_of_it = (
        float(six_digits(np.array([of_fixes(fixes, a * 1e6, b * 1e6, place_sigma_m, params)[0]]))[0])
        for a, b in (one, longer)
    )
    assert math.isnan(p) or p <= all_of_it


positions = st.floats(-1000, 1000)


@settings(max_examples=200)
@given(
    st.tuples(positions, positions),
    st.tuples(positions, positions),
    st.floats(1.6, 100.0),
    st.floats(1.6, 100.0),
    st.sampled_from([1.0, 13.0, 60.0]),
    st.sampled_from([10.0, 100.0, 1000.0]),
    st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
)
def test_the_greatest_on_a_straight_piece_is_found(a, b, accuracy_a, accuracy_b, place_sigma_m, radius_m, part):
    params = Params(radius_m=radius_m, max_speed_mps=1000)
    fixes = [(0, *(round(v, 3) for v in a), round(accuracy_a, 3)), (1, *(round(v, 3) for v in b), round(accuracy_b, 3))]
    assume(stretches(fixes, params) == [1, 1])
    start, end = (round(share * MINUTE_US) for share in part)
    found = of_fixes(fixes, start, end, place_sigma_m, params)
    (_, ax, ay, one), (_, bx, by, two) = fixes
    u = np.linspace(start / MINUTE_US, end / MINUTE_US, 4001)
    s = np.hypot(((1 - u) * one + u * two) / SIGMA, place_sigma_m)
    d = np.hypot((1 - u) * ax + u * bx, (1 - u) * ay + u * by)
    p = ncx2.cdf((radius_m / s) ** 2, 2, (d / s) ** 2).max()
    near = (0.9 * np.exp(-((d / s) ** 2) / 2) / s**2 + 0.1 * np.exp(-((d / s) ** 2) / 50) / (25 * s**2)).max()
    assert found[0] >= p - 1e-7
    nearness = near * radius_m**2 / 2
    # Under the least that has all its digits it is said to be 0.
    assert found[1] >= (nearness if nearness > LEAST * (1 + 1e-9) else 0) * (1 - 1e-9)
    # What lies between the places that were looked at is as good as found.
    assert found[0] <= p + 1e-2
    assert found[1] <= near * radius_m**2 / 2 * 1.2


@pytest.mark.parametrize(
    ("a", "b", "place_m", "radius_m", "tail", "part"),
    [
        # Nearness falls, rises again as the path narrows, and falls for good; in the last it peaks twice.
        ((100, 50, 100), (-143.488, 268.566, 2.8527), 13.2485, 100, 0.1, (0.531, 0.7986)),
        ((281.561, 113.887, 1.5119), (0, 0, 100), 3.3121, 25, 0.1, (0.0365, 0.4772)),
    ],
)
def test_a_peak_close_by_another_turn_is_found(a, b, place_m, radius_m, tail, part):
    assert_nearest_of_piece(a, b, place_m, radius_m, tail, part)


def test_peaks_are_found_on_pieces_from_good_fixes_to_bad_ones():
    rng = np.random.default_rng(9)
    for _ in range(300):
        near, far = rng.uniform(-100, 100, 2), rng.uniform(-300, 300, 2)
        a, b = (*near, 100.0), (*far, rng.uniform(1.5, 4))
        ends = (a, b) if rng.random() < 0.5 else (b, a)
        part = sorted(rng.random(2)) if rng.random() < 0.5 else (0, 1)
        assert_nearest_of_piece(*ends, float(rng.choice([1, 3, 13])), float(rng.choice([25, 100, 250])), 0.5, part)


def assert_nearest_of_piece(a, b, place_m, radius_m, tail, part):
    """Nearness on a piece from one fix to another, as the slow twin has it."""
    params = Params(radius_m=radius_m, max_speed_mps=1000, nearness_tail_share=tail)
    fixes = [(minute, *(round(v, 3) for v in end)) for minute, end in enumerate((a, b))]
    start, end = (round(share * MINUTE_US) for share in part)
    _, found = of_fixes(fixes, start, end, place_m, params)
    trail = [Fix(m * MINUTE_US, *(round(v * 1000) for v in f), "gnss") for m, *f in fixes]
    _, other = p_and_nearness(trail, Disc(0, 0, round(radius_m * 1000), start, end), place_m * 1000, params)
    assert found == pytest.approx(other, rel=1e-9), (fixes, place_m, radius_m, tail, part)


@pytest.mark.parametrize(
    ("z", "tail", "is_told"), [(660, 0.0, True), (690, 0.0, False), (660 * 25, 0.5, True), (690 * 25, 0.5, False)]
)
def test_so_little_that_its_digits_are_lost_is_nothing(z, tail, is_told):
    # A sigma of 10 m with a place of 0.01 m; further off float64 would have fewer and fewer digits, and then none.
    params = Params(nearness_tail_share=tail)
    d = 10 * math.sqrt(2 * z)
    _, nearness = of_fixes([(0, d, 0, 15.096)], place_sigma_m=0.01, params=params)
    assert (nearness > 0) == is_told
    assert nearness == pytest.approx(
        expected(round(d, 3), math.hypot(10, 0.01), tail=tail)[1] if is_told else 0, rel=1e-9
    )


def test_a_trail_cut_with_a_day_more_or_less_has_the_same_nodes_on_the_days_between():
    rng = np.random.default_rng(3)
    fixes = [(m, *np.round(rng.normal(0, 30, 2), 3), float(rng.integers(5, 90))) for m in range(0, 4320, 3)]
    whole = nodes_of(trails_of(fixes), NO_RESTARTS, Params(), BufferPool())
    second = nodes_of(trails_of([f for f in fixes if 1440 <= f[0] < 2880]), NO_RESTARTS, Params(), BufferPool())
    here = (whole.first_us >= 1440 * MINUTE_US) & (whole.last_us < 2880 * MINUTE_US)
    for of_all, alone in zip(whole[1:-1], second[1:-1], strict=True):
        assert of_all[here].tobytes() == alone.tobytes()


def test_pairs_are_their_wearers_and_crimes():
    t = np.array([0, MINUTE_US, 0, MINUTE_US], np.int64)
    x = np.array([0, 500, 150_000, 150_000], np.int32)
    y, accuracy = np.zeros(4, np.int32), np.full(4, 10_000, np.int32)
    crime_x, crime_y = np.array([0, 150_000], np.int64), np.zeros(2, np.int64)
    wearer, crime = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    ends = np.zeros(2, np.int64), np.full(2, MINUTE_US, np.int64)
    place = np.full(2, PLACE_SIGMA_M * 1000)
    rule = rule_of(Params(radius_m=100, max_gap_s=180, error_time_s=300, min_sigma_m=1))
    trails = TrailArrays(np.array([0, 2, 4]), t, x, y, accuracy, np.zeros(4, np.bool_))
    restarts = EventArrays(np.zeros(3, np.int64), np.empty(0, np.int64))
    nodes = nodes_of(trails, restarts, Params(), BufferPool())
    crimes = CrimeArrays(crime_x, crime_y, place, *ends)
    p, nearness, found = presence.of_pairs(Pairs(wearer, crime), nodes, crimes, rule)
    for k in range(4):
        alone = presence.of_pairs(Pairs(wearer[k : k + 1], crime[k : k + 1]), nodes, crimes, rule)
        assert (p[k], nearness[k], found[k]) == tuple(each[0] for each in alone)
    assert (p[[0, 3]] > 0.99).all()
    assert (p[[1, 2]] < 0.1).all()
