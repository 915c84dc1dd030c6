"""The slow twin of the probability of presence, held to what can be worked out by hand.

Accuracies of 15.096 m are a sigma of 10 m. Unless said otherwise the crime is placed to 1 m (sigma), the window is
12:00 to 12:10, seconds count from 12:00, places are metres from the crime.
"""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from scipy.integrate import dblquad

from matcher.params import Params
from tests.support.naive.matcher import disc_of
from tests.support.naive.path import Disc
from tests.support.naive.presence import (
    Look,
    Node,
    Piece,
    greatest_on,
    nearness_of,
    nodes_of,
    on_path,
    p_of,
    sigma_of_place,
    too_coarse,
)
from tests.support.naive.trails import Fix, microseconds
from tests.support.scene_parts import HUB_MM, Row
from tests.support.scenes import NOON, crime, fix, scene

TEN = 15.096
TWENTY = 30.192
NOON_US = microseconds(NOON)


def trail_of(fixes: list[Row]) -> list[Fix]:
    return [
        Fix(microseconds(t), round(e * 1000), round(n * 1000), None if a is None else round(a * 1000), mechanism)
        for _, t, mechanism, e, n, a in fixes
    ]


def nodes(fixes: list[Row], windows: Any = None, **params: Any) -> list[tuple[float, float]]:
    """Metres east of the crime and variance of each node; a millionth of a metre is not told apart."""
    found = nodes_of(trail_of(fixes), Params(**params), windows)
    return [(round((node.x - HUB_MM[0]) / 1000, 6), round(node.variance / 1e6, 6)) for node in found]


def asked(fixes: list[Row], *, crimes: list[Row] | None = None, **params: Any) -> tuple[float, float] | str:
    s = scene(fixes, crimes=crimes, **{"default_location_accuracy_m": 0.0, **params})
    row = s.frames()["crimes"].to_dicts()[0]
    sigma = sigma_of_place(row["location_accuracy_m"], s.params)
    return on_path(nodes_of(trail_of(fixes), s.params), disc_of(row, s.params), sigma, s.params)


def worth(fixes: list[Row], *, crimes: list[Row] | None = None, **params: Any) -> tuple[float, float]:
    found = asked(fixes, crimes=crimes, **params)
    assert not isinstance(found, str)
    return found


def of_look(distance_m: float, variance_m2: float, radius_m: float = 100.0) -> tuple[float, float]:
    look = Look(distance_m * 1000, math.sqrt(variance_m2) * 1000)
    return look.p(radius_m * 1000), look.nearness(radius_m * 1000)


# --- one observation --------------------------------------------------------------------------------------------------


def test_a_fix_right_on_the_crime_is_inside_as_often_as_its_error_is_smaller_than_the_radius() -> None:
    # d = 0, s² = 10² + 1² = 101, R = 10: P = 1 - exp(-R² / 2 s²), nearness R² / 2 s² (0.9 + 0.1 / 25).
    p, nearness = worth([fix(60, 0, accuracy=TEN)], radius_m=10)
    assert p == pytest.approx(1 - math.exp(-100 / 202), abs=1e-12)
    assert nearness == pytest.approx(100 / 202 * 0.904, rel=1e-12)


def test_the_probability_is_the_error_summed_over_the_disc() -> None:
    # 120 m off with an error of 30 m and a radius of 100 m: the bivariate Gaussian integrated numerically.
    def density(y: float, x: float) -> float:
        return math.exp(-((x - 120) ** 2 + y**2) / (2 * 30**2)) / (2 * math.pi * 30**2)

    inside, _ = dblquad(
        density, -100, 100, lambda x: -math.sqrt(10_000 - x * x), lambda x: math.sqrt(10_000 - x * x), epsabs=1e-10
    )
    assert Look(120_000.0, 30_000.0).p(100_000.0) == pytest.approx(inside, abs=1e-8)


def test_one_place_in_ten_errs_five_times_as_far() -> None:
    # Without the tail 1e4 / 1800 exp(-14400 / 1800); of the tail 1e4 / 45000 exp(-14400 / 45000).
    look = Look(120_000.0, 30_000.0)
    narrow, wide = 1e4 / 1800 * math.exp(-8), 1e4 / 45_000 * math.exp(-0.32)
    assert look.nearness(100_000.0, 0.0) == pytest.approx(narrow, rel=1e-12)
    assert look.nearness(100_000.0, 0.1) == pytest.approx(0.9 * narrow + 0.1 * wide, rel=1e-12)
    assert look.nearness(100_000.0, 0.5) == pytest.approx(0.5 * narrow + 0.5 * wide, rel=1e-12)


def test_a_place_eighty_metres_off_where_twenty_were_stated_is_no_longer_hopeless() -> None:
    # A sigma of 4 m for the stay and the 20 m stated for the place: a millionth without the tail, a twentieth with it.
    s2 = 4**2 + 13.25**2
    plain = 1e4 / (2 * s2) * math.exp(-(80**2) / (2 * s2))
    assert plain < 2e-6
    assert of_look(80, s2)[1] > 0.05


def test_exactly_at_the_radius_is_a_little_less_than_a_coin_toss() -> None:
    # The circle curves away, so less than half of the error lies inside.
    p, _ = worth([fix(60, 100, accuracy=0.1)])
    assert 0.49 < p < 0.5


def test_no_error_is_smaller_than_the_least_sigma() -> None:
    assert nodes([fix(60, 0, accuracy=0.1)], min_sigma_m=1) == [(0.0, 1.0)]
    assert nodes([fix(60, 0, accuracy=0.1)], min_sigma_m=3) == [(0.0, 9.0)]


def test_the_crimes_own_error_is_added_once() -> None:
    stay = [fix(60 * k, 90, accuracy=TEN) for k in range(11)]
    assert worth(stay, crimes=[crime(accuracy=TWENTY)]) == pytest.approx(of_look(90, 50 + 400), rel=1e-9)
    assert worth(stay, default_location_accuracy_m=TEN) == pytest.approx(of_look(90, 50 + 100), rel=1e-9)


def test_far_from_the_circle_nothing_is_left_to_chance() -> None:
    p = p_of(100_000.0)
    assert list(p(np.array([0.0, 99_000.0, 5e8]), np.array([1.0, 10.0, 1000.0]))) == [1.0, 1.0, 0.0]


# --- nodes ------------------------------------------------------------------------------------------------------------


def test_two_fixes_a_minute_apart_are_one_look() -> None:
    assert nodes([fix(0, 50, accuracy=TEN), fix(60, 50, accuracy=TEN)]) == [(50.0, 100.0)]


def test_a_stay_of_ten_minutes_is_two_looks_at_five_minutes_each() -> None:
    stay = [fix(60 * k, 50, accuracy=TEN) for k in range(11)]
    assert nodes(stay) == [(50.0, 50.0)]
    assert nodes(stay, error_time_s=60) == [(50.0, 10.0)]
    assert nodes(stay, error_time_s=900) == [(50.0, 100.0)]


def test_a_node_stands_nearer_to_its_finer_fix() -> None:
    # Weights 1/100 and 1/400: a fifth of the way from the finer. n / sum of weights is 2 / 0.0125 = 160.
    assert nodes([fix(0, 0, accuracy=TEN), fix(60, 50, accuracy=TWENTY)]) == [(10.0, 160.0)]


def test_four_sigmas_of_the_difference_part_two_nodes() -> None:
    # 4 sqrt(100 + 100) = 56.57 m.
    assert len(nodes([fix(0, 200, accuracy=TEN), fix(60, 256.5, accuracy=TEN)])) == 1
    assert len(nodes([fix(0, 200, accuracy=TEN), fix(60, 256.6, accuracy=TEN)])) == 2


def test_the_mean_of_a_long_stay_is_known_better_than_a_single_fix() -> None:
    # After 15 minutes three looks: 4 sqrt(100 + 100 / 3) = 46.19 m, where after a minute it is 56.57 m.
    long_stay = [fix(60 * k, 200, accuracy=TEN) for k in range(16)]
    assert len(nodes([*long_stay, fix(960, 246.1, accuracy=TEN)])) == 1
    assert len(nodes([*long_stay, fix(960, 246.2, accuracy=TEN)])) == 2


def test_a_gap_longer_than_the_longest_parts_two_nodes() -> None:
    there = [fix(0, 50, accuracy=TEN), fix(180, 50, accuracy=TEN)]
    assert nodes(there) == [(50.0, 100.0)]
    assert nodes([there[0], fix(180.000001, 50, accuracy=TEN)]) == [(50.0, 100.0)] * 2


def test_a_day_begins_with_a_new_node_at_midnight_utc() -> None:
    # In London it is one in the morning then.
    late = datetime(2019, 6, 15, 23, 58, tzinfo=UTC)
    night = [fix(60 * k, 50, accuracy=TEN, base=late) for k in range(5)]
    assert nodes(night) == [(50.0, 100.0)] * 2
    found = nodes_of(trail_of(night), Params())
    assert [len(node.fixes) for node in found] == [2, 3]


def test_a_node_ends_where_a_permitted_window_does() -> None:
    stay = [fix(60 * k, 50, accuracy=TEN) for k in range(6)]

    def windows(*edges: float) -> list[tuple[float, float]]:
        at = [NOON_US + round(s * 1e6) for s in edges]
        return list(zip(at[::2], at[1::2], strict=True))

    assert len(nodes(stay, windows(0, 400))) == 1
    # The fix at 120 s is the next window's, whether or not a second lies between the two.
    for spans in (windows(0, 120, 120, 400), windows(0, 119, 120, 400)):
        assert [len(node.fixes) for node in nodes_of(trail_of(stay), Params(), spans)] == [2, 4]
    assert [len(node.fixes) for node in nodes_of(trail_of(stay), Params(), windows(0, 120.000001, 130, 400))] == [3, 3]


# --- tails ------------------------------------------------------------------------------------------------------------

HOME = [fix(60 * k, 0, accuracy=TEN) for k in range(21)]
"""Twenty minutes, four looks: a variance of 25."""


def then_at(*places: float) -> list[Row]:
    """Home, then a fix a minute, so many metres off."""
    return [*HOME, *[fix(1260 + 60 * k, x, accuracy=TEN) for k, x in enumerate(places)]]


def test_five_fixes_elsewhere_are_another_place_although_each_would_join() -> None:
    # 44 m are under 4 sqrt(100 + 25) = 44.72; that draws the mean to 2 m, and 46 m join as well. The tail of one error
    # time has the five fixes of the last 299.99 seconds: a mean of 45.6 m, over 4 sqrt(100 + 25) = 44.72.
    assert nodes(then_at(44, 46, 46, 46, 46)) == [(0.0, 25.0), (45.6, 100.0)]
    # After four it has one of home's: 36.4 m from a mean of 26.3 m² (looks 1140 / 300).
    assert len(nodes(then_at(44, 46, 46, 46))) == 1
    # A mean of 44.4 m is not enough.
    assert len(nodes(then_at(44, 44.5, 44.5, 44.5, 44.5))) == 1


def test_a_little_less_far_takes_a_longer_tail() -> None:
    # 37 m: after ten fixes the tail of two error times is 540 s or 1.8 looks, 100 / 1.8 = 55.6: 4 sqrt(80.6) = 35.9.
    # After nine its mean is 33.3 m, too near.
    assert len(nodes(then_at(*[37] * 9))) == 1
    assert nodes(then_at(*[37] * 10)) == [(0.0, 25.0), (37.0, round(100 / 1.8, 6))]


def test_the_shortest_tail_that_stands_apart_splits() -> None:
    # At 42 m the ninth fix: the tail of two error times has the last minute of home and nine, a mean of 37.8 m, over
    # 4 sqrt(55.6 + 26.3) = 36.2. Home's last minute goes with it. After eight it is 33.6 m, under 4 sqrt(55.6 + 27.8).
    found = nodes(then_at(*[42] * 9))
    assert found == [(0.0, round(100 / (1140 / 300), 6)), (37.8, round(100 / 1.8, 6))]
    assert len(nodes(then_at(*[42] * 8))) == 1


def test_both_sides_of_a_split_have_three_fixes() -> None:
    # A fix every three minutes: the tail of one error time has two fixes, that of two has four.
    slow = [fix(180 * k, 0, accuracy=TEN) for k in range(8)]
    there = [*slow, *[fix(180 * (8 + k), x, accuracy=TEN) for k, x in enumerate((44, 46, 46, 46, 46))]]
    # After two the tail of two error times stands 22.5 m off, too near; that of one has two fixes only, although their
    # 45 m are over 4 sqrt(100 + 100 / 4.2) = 44.5.
    assert len(nodes(there[:10])) == 1
    # After three the tail of two has one of home's and a mean of 34 m, under 4 sqrt(100 / 1.8 + 100 / 3.6) = 36.5.
    assert len(nodes(there[:11])) == 1
    # After four it has none of home's: 45.5 m, over 4 sqrt(100 / 1.8 + 100 / 4.2) = 35.6.
    assert nodes(there[:12]) == [(0.0, round(100 / 4.2, 6)), (45.5, round(100 / 1.8, 6))]
    # What was split off stays so: the next joins it.
    assert nodes(there) == [(0.0, round(100 / 4.2, 6)), (45.6, round(100 / 2.4, 6))]


@pytest.mark.parametrize(("at_home", "places"), [(2, 1), (3, 2)])
def test_a_head_of_two_fixes_is_too_short_for_any_tail(at_home: int, places: int) -> None:
    # The tail of three error times has the three fixes away, 49.6 m off. From two fixes, one look, that is over
    # 4 sqrt(100 / 2 + 100) = 49.0; from three, two looks, over 4 sqrt(100 / 2 + 100 / 2) = 40.
    trail = [fix(60 * k, x, accuracy=TEN) for k, x in enumerate([*[0.0] * at_home, 48.9, 50, 50])]
    assert len(nodes(trail, error_time_s=60)) == places


def test_a_split_leaves_the_tail_as_the_node_that_the_next_fix_may_join() -> None:
    # 95 m is within 4 sqrt(100 + 100) of the tail at 45.6 m, not of home nor of all together.
    found = nodes([*then_at(44, 46, 46, 46, 46), fix(1560, 95, accuracy=TEN)])
    assert len(found) == 2
    assert found[0] == (0.0, 25.0)
    assert found[1][0] == pytest.approx((5 * 45.6 + 95) / 6, abs=1e-6)


def test_coarse_fixes_elsewhere_are_another_place_too() -> None:
    # Home stated 10 m, the visit 60: sigma 39.7 m, so 150 m is within four sigma (159 m) of every single fix.
    home = [fix(-60 * k, 150, accuracy=10) for k in range(180, 0, -1)]
    visit = [fix(60 * k, 0, accuracy=60) for k in range(10)]
    found = nodes([*home, *visit])
    assert [x for x, _ in found] == [150.0, 0.0]
    assert found[1][1] == pytest.approx((60 / 1.5096) ** 2 / 1.8, rel=1e-6)


# --- the node path ----------------------------------------------------------------------------------------------------


def test_a_bus_between_two_fixes_is_nearest_on_the_way() -> None:
    # Half way: an error of half of each, (10 + 20) / 2 = 15. A little further on the error is greater and the distance
    # hardly: what is most probable may lie beside the nearest point, not below it.
    p, nearness = worth([fix(60, -600, 30, accuracy=TEN), fix(120, 600, 30, accuracy=TWENTY)])
    at_nearest = of_look(30, 226)
    assert p >= at_nearest[0] - 1e-12
    assert p == pytest.approx(at_nearest[0], abs=1e-4)
    assert nearness >= at_nearest[1] * (1 - 1e-12)
    assert nearness == pytest.approx(at_nearest[1], rel=0.02)


def test_no_bus_is_faster_than_the_limit() -> None:
    there = [fix(60, -1201, 30, accuracy=TEN), fix(120, 1200, 30, accuracy=TEN)]
    assert worth(there, max_speed_mps=40)[0] == 0.0
    assert worth(there, max_speed_mps=41)[0] > 0.999


def test_only_the_part_in_the_window_counts() -> None:
    # From -200 m at 11:59 to 400 m at 12:01: at 12:00 it is 100 m past the crime, which is then its nearest.
    assert worth([fix(-60, -200, accuracy=TEN), fix(60, 400, accuracy=TEN)]) == pytest.approx(of_look(100, 101))
    # Out of the window likewise: from 400 m at 12:09 to -200 m at 12:11. At 12:10 it is still 100 m short.
    assert worth([fix(540, 400, accuracy=TEN), fix(660, -200, accuracy=TEN)]) == pytest.approx(of_look(100, 101))


def test_a_window_within_one_piece_is_looked_at_without_any_fix() -> None:
    # 20 m/s from -600 m at 12:00: between 12:00:20 and 12:00:25 it is 200 to 100 m short.
    there = [fix(0, -600, accuracy=TEN), fix(60, 600, accuracy=TEN)]
    assert worth(there, crimes=[crime(20, 25)]) == pytest.approx(of_look(100, 101))
    assert worth(there, crimes=[crime(25, 25)]) == pytest.approx(of_look(100, 101))


def test_a_window_within_a_stay_has_all_of_the_stay() -> None:
    # An hour at 90 m, twelve looks; the window is one second between two fixes.
    stay = [fix(60 * k, 90, accuracy=TEN) for k in range(61)]
    assert worth(stay, crimes=[crime(1805, 1806)]) == pytest.approx(of_look(90, 100 / 12 + 1))


def test_the_path_goes_on_over_midnight() -> None:
    late = datetime(2019, 6, 15, 23, 59, tzinfo=UTC)
    there = [fix(0, -600, 30, accuracy=TEN, base=late), fix(60, 600, 30, accuracy=TEN, base=late)]
    found = worth(there, crimes=[crime(0, 60, base=late)])
    assert found == pytest.approx(of_look(30, 101), rel=1e-9)


def test_the_greatest_on_a_piece_is_found_wherever_it_is() -> None:
    rng = np.random.default_rng(1)
    disc = Disc(0, 0, 100_000, 0, 60)
    for _ in range(8):
        x, y = rng.uniform(-600_000, 600_000, (2, 2))
        variances = np.exp(rng.uniform(np.log(1e6), np.log(1e10), 2))
        a, b = (Node(60 * i, 60 * i, x[i], y[i], variances[i], True, ()) for i in (0, 1))
        first, last = np.sort(rng.uniform(0, 1, 2))
        u = np.linspace(first, last, 200_001)
        distance = np.hypot(a.x + u * (b.x - a.x), a.y + u * (b.y - a.y))
        sigma = np.hypot((1 - u) * a.sigma + u * b.sigma, 5_000.0)
        for worth_of in (p_of(1e5), nearness_of(1e5, 0.1)):
            best = float(worth_of(distance, sigma).max())
            found = greatest_on(Piece(a, b, first, last), worth_of, disc, 5_000.0)
            assert found == pytest.approx(best, rel=1e-7, abs=1e-9)


def test_where_no_path_meets_the_window_nothing_is_said() -> None:
    assert asked([fix(-300, 0, accuracy=TEN), fix(900, 0, accuracy=TEN)]) == "no_node_path"
    assert asked([]) == "no_node_path"
    # The drawn segment from fix to fix crosses the window; from mean to mean it would be too fast.
    stay = [fix(-600 + 60 * k, -300 - 0.5 * k, accuracy=TEN) for k in range(9)]
    passing = [*stay, fix(-60, -260, accuracy=TEN), fix(0, 2140, accuracy=TEN)]
    assert asked(passing, crimes=[crime(-30, -20)]) == "no_node_path"
    assert asked(passing[-2:], crimes=[crime(-30, -20)]) != "no_node_path"


# --- unknown accuracy -------------------------------------------------------------------------------------------------


def test_nothing_is_known_where_an_accuracy_is_missing_that_matters() -> None:
    known, unknown = fix(60, 0, accuracy=TEN), fix(120, 0, accuracy=None)
    assert asked([known, unknown]) == "accuracy_unknown"
    assert worth([known, unknown], default_accuracy_m=TEN) == pytest.approx(of_look(0, 101))
    # Another place, at another time: of no matter.
    assert worth([known, fix(900, 0, accuracy=None)]) == pytest.approx(of_look(0, 101))
    # The same, joined to it by the path: one of its ends.
    far = fix(660, 900, accuracy=None)
    assert asked([fix(540, 0, accuracy=TEN), far]) == "accuracy_unknown"
    # At the window's last instant the path is still at the node.
    assert worth([fix(600, 0, accuracy=TEN), far]) == pytest.approx(of_look(0, 101))


def test_one_fix_of_unknown_accuracy_hides_the_stay_it_is_in() -> None:
    stay = [fix(60 * k, 0, accuracy=None if k == 30 else TEN) for k in range(61)]
    assert asked(stay, crimes=[crime(0, 60)]) == "accuracy_unknown"


def test_an_unknown_accuracy_joins_as_the_coarsest() -> None:
    # 100 / 1.5096 = 66.2 m: 4 sqrt(66.2² + 100) = 268 m.
    assert len(nodes([fix(0, 0, accuracy=TEN), fix(60, 267, accuracy=None)])) == 1
    assert len(nodes([fix(0, 0, accuracy=TEN), fix(60, 269, accuracy=None)])) == 2


# --- too coarse to tell ---------------------------------------------------------------------------------------------


def coarse(trail: list[Row], crimes: Row, **params: Any) -> bool:
    s = scene(trail, crimes=[crimes], **params)
    fixes = trail_of(trail)
    disc = disc_of(s.frames()["crimes"].to_dicts()[0], s.params)
    return too_coarse(fixes, nodes_of(fixes, s.params), disc, s.params)


def test_a_fix_in_the_circle_that_would_join_the_stay_outside_cannot_tell() -> None:
    # An hour at 150 m, twelve looks; one of its fixes is 20 m coarse: 60 weights of 1/100 and one of 1/400. The circle
    # is 50 m off, and a fix of 20 m joins up to 4 sqrt(400 + (61 / .6025) / 12) = 80.8 m; one of 10 m up to 41.6 m.
    def stay(accuracy: float) -> list[Row]:
        return [fix(60 * k, 150, accuracy=accuracy if k == 30 else TEN) for k in range(61)]

    assert coarse(stay(TWENTY), crime(0, 3600))
    assert coarse(stay(TWENTY), crime(1800, 1800))
    assert not coarse(stay(TEN), crime(0, 3600))
    # The coarse one is not in the window, or no fix is.
    assert not coarse(stay(TWENTY), crime(0, 1799))
    assert not coarse(stay(TWENTY), crime(1801, 1859))
    # 80.8 m from the circle, and a little more.
    assert coarse(stay(TWENTY), crime(0, 3600), radius_m=69.2)
    assert not coarse(stay(TWENTY), crime(0, 3600), radius_m=69.1)


def test_who_stands_in_the_circle_or_not_in_the_window_is_not_next_door_to_it() -> None:
    inside = [fix(60 * k, 100, accuracy=TWENTY) for k in range(5)]
    assert not coarse(inside, crime(0, 240))
    # Next door, but after the window; the fix in it is far away.
    assert not coarse([fix(0, 2000, accuracy=TWENTY), fix(60, 150, accuracy=TWENTY)], crime(-60, 59))
    assert coarse([fix(0, 2000, accuracy=TWENTY), fix(60, 150, accuracy=TWENTY)], crime(-60, 60))


# --- what must come out -----------------------------------------------------------------------------------------------


def test_twelve_hours_at_130_metres_are_no_presence_for_one_lucky_fix() -> None:
    # 144 looks leave 100 / 144 of the variance: 0.69 + 1 for the place. One fix in 721 is 25 m off.
    morning = datetime(2019, 6, 15, 6, 0, tzinfo=UTC)
    stay = [fix(60 * k, 130, accuracy=TEN, base=morning) for k in range(721)]
    stay[360] = fix(360 * 60, 105, accuracy=TEN, base=morning)
    assert worth(stay, crimes=[crime(0, 12 * 3600, base=morning)])[0] < 1e-12
    # Taken by itself, it would be one chance in three or four.
    assert 1 / 4 < worth([stay[360]], crimes=[crime(0, 12 * 3600, base=morning)])[0] < 1 / 3


def test_living_at_80_metres_is_certainly_inside() -> None:
    morning = datetime(2019, 6, 15, 6, 0, tzinfo=UTC)
    stay = [fix(60 * k, 80, accuracy=TEN, base=morning) for k in range(721)]
    assert worth(stay, crimes=[crime(0, 12 * 3600, base=morning)])[0] > 0.999999


def test_ten_fixes_at_the_scene_stay_there_when_the_window_grows() -> None:
    # Hours at home 150 m off, stated 10 m; then ten fixes of ten at the scene, stated 60 m. Their node: 1.8 looks of
    # 39.7 m and 20 m stated for the place: 1 - exp(-R² / 2 s²) = .991.
    home = [fix(-60 * k, 150, accuracy=10) for k in range(180, 0, -1)]
    visit = [fix(60 * k, 0, accuracy=60) for k in range(10)]
    s2 = (60 / 1.5096) ** 2 / 1.8 + (20 / 1.5096) ** 2
    in_ten_minutes = worth([*home, *visit], default_location_accuracy_m=20)[0]
    assert in_ten_minutes == pytest.approx(1 - math.exp(-1e4 / (2 * s2)), abs=1e-9)
    assert in_ten_minutes == pytest.approx(0.991, abs=5e-4)
    for earlier in (60, 3000, 10_000):
        grown = worth([*home, *visit], crimes=[crime(-earlier, 600)], default_location_accuracy_m=20)[0]
        assert grown >= in_ten_minutes


def test_a_default_accuracy_is_held_in_millimetres() -> None:
    assert sigma_of_place(None, Params(default_location_accuracy_m=TEN)) == pytest.approx(10_000, rel=1e-12)
