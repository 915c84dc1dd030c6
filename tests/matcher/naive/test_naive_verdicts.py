"""The slow twin of the verdicts, held to what can be worked out by hand.

Unless said otherwise the crime is at (0, 0) from 12:00 to 12:10, R is 100 m, every sigma is 1 m (so that 4 sigma is 4 m
and D' has 104 m), v is 40 m/s. Seconds count from 12:00, places are metres from the crime.
"""

import math
import random
from typing import Any

import polars as pl
import pytest

from matcher.params import Params
from matcher.schemas import EVENTS
from tests.support.naive.path import Disc
from tests.support.naive.prism import NEAR_TIE_MM, contradiction, visit_lacks
from tests.support.naive.trails import Fix
from tests.support.naive.verdicts import Verdict, counted, naive_verdicts
from tests.support.scene_parts import Row
from tests.support.scenes import BEFORE_AND_AFTER, FINE, LONG_AGO, MINUTES, US, at, crime, fix, scene, standing_still


def verdicts(fixes: list[Row], *, events: list[Row] | None = None, **more: Any) -> dict[str, Verdict]:
    """By wearer, of the only crime."""
    s = scene(fixes, **{**FINE, **more})
    frame = None if events is None else pl.DataFrame(events, schema=EVENTS, orient="row")
    return {key[3]: verdict for key, verdict in naive_verdicts(**s.frames(), events=frame).items()}


def verdict(fixes: list[Row], **more: Any) -> str:
    return verdicts(fixes, **more)["w1"].code


# --- possible, or not -------------------------------------------------------------------------------------------------


def test_a_fix_inside_is_present_and_a_path_across_passed() -> None:
    assert verdict(standing_still(100, MINUTES)) == "present"
    assert verdict([fix(60, -600), fix(120, 600)]) == "passed"
    assert verdict([fix(60, 0), *standing_still(5000, [300])], min_fixes=2) == "passed"


def test_a_gap_over_the_whole_window_could_hide_a_visit() -> None:
    assert verdict(standing_still(500, [-60, 660])) == "possible"


def test_a_wearer_five_kilometres_off_every_minute_is_excluded() -> None:
    assert verdict(standing_still(5000, BEFORE_AND_AFTER)) == "excluded"


def test_a_minute_is_enough_to_go_and_come_back_from_so_far() -> None:
    # There and back in 60 s: 2 (x - 104) <= 2400 + 4 + 4, x <= 1308.
    found = verdicts(standing_still(1307.9, BEFORE_AND_AFTER))["w1"]
    assert found == Verdict("possible", False)
    found = verdicts(standing_still(1308.1, BEFORE_AND_AFTER))["w1"]
    assert found == Verdict("excluded", False)
    assert verdicts(standing_still(1308.0, BEFORE_AND_AFTER))["w1"].near_tie


def test_the_crimes_own_error_makes_the_disc_larger() -> None:
    # sigma of 10 m: D' has 140 m, x <= 140 + 1204.
    placed = [crime(accuracy=15.096)]
    assert verdict(standing_still(1343.9, BEFORE_AND_AFTER), crimes=placed) == "possible"
    assert verdict(standing_still(1344.1, BEFORE_AND_AFTER), crimes=placed) == "excluded"


def test_the_errors_of_fixes_let_them_have_been_nearer() -> None:
    # sigma of 10 m: 40 m more at either end: x <= 104 + 1240.
    assert verdict(standing_still(1343.9, BEFORE_AND_AFTER, accuracy=15.096)) == "possible"
    assert verdict(standing_still(1344.1, BEFORE_AND_AFTER, accuracy=15.096)) == "excluded"


def test_a_fix_without_accuracy_is_taken_to_be_as_coarse_as_any_that_serves() -> None:
    # 50.32 m is a sigma of 33.333 m: x <= 104 + 1200 + 133.33.
    assert verdict(standing_still(1437.2, BEFORE_AND_AFTER, accuracy=None), max_accuracy_m=50.32) == "possible"
    assert verdict(standing_still(1437.5, BEFORE_AND_AFTER, accuracy=None), max_accuracy_m=50.32) == "excluded"
    found = verdict(
        standing_still(1437.2, BEFORE_AND_AFTER, accuracy=None), max_accuracy_m=50.32, default_accuracy_m=10
    )
    assert found == "excluded"


def test_only_the_part_of_a_gap_within_the_window_could_hide_a_visit_to_it() -> None:
    # Last seen 1 km off at 11:50, seen again at 12:00:01 and every minute from then on: back by then, so there before
    # 12:00:01 - (1000 - 108) / 40 = 11:59:38.7, and the window begins at 12:00.
    after = [1, *[1 + 60 * k for k in range(1, 12)]]
    assert verdict([fix(-600, 2000, accuracy=1), *standing_still(2000, after)]) == "excluded"
    # Seen again no nearer than 148 m at 12:00:01: then it could have been there at 12:00.
    near = [fix(1, 147.9, accuracy=1), *[fix(1 + 60 * k, 2000, accuracy=1) for k in range(1, 12)]]
    assert verdict([fix(-600, 2000, accuracy=1), *near], crimes=[crime(0, 0)]) == "possible"
    near[0] = fix(1, 148.1, accuracy=1)
    assert verdict([fix(-600, 2000, accuracy=1), *near], crimes=[crime(0, 0)]) == "excluded"


def test_a_window_that_begins_as_a_gap_ends_asks_where_the_fix_was() -> None:
    # The window is 12:00 sharp, and so is the fix: its 4 m of error reach D' from 108 m, whatever came before.
    far = standing_still(2000, [60 * k for k in range(-3, 0)])
    on = [fix(60 * k, 2000, accuracy=1) for k in range(1, 3)]
    assert verdict([*far, fix(0, 107.9, accuracy=1), *on], crimes=[crime(0, 0)]) == "possible"
    assert verdict([*far, fix(0, 108.1, accuracy=1), *on], crimes=[crime(0, 0)]) == "excluded"


def test_a_detour_past_the_crime_has_to_be_made_in_time() -> None:
    # From (-1000, y) to (1000, y) in 60 s, 2400 + 8 m: by (0, 104) it is 2 sqrt(1000² + (y - 104)²) <= 2408, that is
    # y <= 104 + sqrt(1204² - 1000²) = 774.5...
    edge = 104 + math.sqrt(1204**2 - 1000**2)
    on_the_way = [0, 60]

    def past(y: float) -> str:
        before = [fix(-60, -2000, y + 1000, accuracy=1)]
        after = [fix(120, 2000, y + 1000, accuracy=1)]
        fixes = [fix(t, x, y, accuracy=1) for t, x in zip(on_the_way, (-1000, 1000), strict=True)]
        return verdict(before + fixes + after, crimes=[crime(0, 60)])

    assert past(edge - 0.1) == "possible"
    assert past(edge + 0.1) == "excluded"


def test_between_two_monitored_periods_nobody_is_asked() -> None:
    spans = [("w1", LONG_AGO, at(-600)), ("w1", at(900), None)]
    assert verdict(standing_still(5000, [-700, -660, 960, 1020]), monitored=spans) == "unobserved_gap"
    # A window that reaches into one of them asks it: in 26 minutes a visit could be hidden.
    into = [("w1", LONG_AGO, at(-600)), ("w1", at(500), None)]
    assert verdict(standing_still(5000, [-700, -660, 960, 1020]), monitored=into) == "possible"


# --- unobserved -------------------------------------------------------------------------------------------------------


def test_before_the_first_fix_nothing_is_known_and_nothing_excluded() -> None:
    assert verdict([]) == "unobserved_no_fix_yet"
    assert verdict(standing_still(5000, [60 * k for k in range(1, 14)])) == "unobserved_no_fix_yet"
    assert verdict(standing_still(5000, [60 * k for k in range(14)])) == "excluded"


def test_the_first_fix_of_the_monitored_period_that_holds_the_window_counts() -> None:
    spans = [("w1", LONG_AGO, at(-600)), ("w1", at(-300), None)]
    # Back by 12:01, 5 km off: there at 11:58:59 at the latest, and the window begins at 12:00.
    by_one = standing_still(5000, [-660, -601, *[60 * k for k in range(1, 14)]])
    assert verdict(by_one, monitored=spans) == "unobserved_no_fix_yet"
    assert verdict(by_one) == "excluded"
    # Back by 12:03: there at 12:00:57.
    assert verdict(standing_still(5000, [-660, -601, *[60 * k for k in range(3, 14)]]), monitored=spans) == "possible"


def test_after_the_last_fix_there_is_a_gap_or_what_the_device_said() -> None:
    early = standing_still(5000, [60 * k for k in range(-3, 9)])
    assert verdict(early) == "unobserved_gap"
    assert verdict(early, events=[("d1", at(500), "battery flat")]) == "unobserved_device_event"
    # At the last fix itself, and ever after.
    assert verdict(early, events=[("d1", at(480), "battery flat")]) == "unobserved_device_event"
    assert verdict(early, events=[("d1", at(86_400), "charging")]) == "unobserved_device_event"
    # Before it, or of somebody else's device: no reason.
    assert verdict(early, events=[("d1", at(479), "battery flat")]) == "unobserved_gap"
    assert verdict(early, events=[("d2", at(500), "battery flat")]) == "unobserved_gap"


def test_a_device_event_says_nothing_against_a_visit_nor_for_one() -> None:
    seen = standing_still(5000, BEFORE_AND_AFTER)
    assert verdict(seen, events=[("d1", at(60), "strap")]) == "excluded"
    assert verdict(standing_still(500, [-60, 660]), events=[("d1", at(60), "strap")]) == "possible"
    assert verdict([], events=[("d1", at(60), "fault")]) == "unobserved_no_fix_yet"


def test_a_train_faster_than_v_excludes_nothing() -> None:
    # 3 km in a minute within the window, seen before and after, ten kilometres off.
    fixes = standing_still(10_000, [60 * k for k in range(-3, 6)]) + standing_still(
        13_000, [60 * k for k in range(6, 14)]
    )
    assert verdict(fixes) == "unobserved_implausible_speed"
    # Outside the window it is of no matter.
    assert verdict(fixes, crimes=[crime(0, 299)]) == "excluded"
    assert verdict(fixes, crimes=[crime(361, 600)]) == "excluded"
    assert verdict(fixes, crimes=[crime(360, 600)]) == "unobserved_implausible_speed"


def test_errors_may_explain_a_speed() -> None:
    # 2 400 m at v, 4 m of error at each end.
    def hurried(metres: float) -> str:
        before, after = [60 * k for k in range(-3, 6)], [60 * k for k in range(6, 14)]
        return verdict(standing_still(10_000, before) + standing_still(10_000 + metres, after))

    assert hurried(2407.9) == "excluded"
    assert hurried(2408.1) == "unobserved_implausible_speed"


def test_the_only_fix_there_is_bounds_its_own_instant() -> None:
    assert verdict([fix(60, 107.9, accuracy=1)]) == "possible"
    assert verdict([fix(60, 108.1, accuracy=1)]) == "unobserved_no_fix_yet"
    assert verdict([fix(0, 108.1, accuracy=1)]) == "unobserved_gap"


# --- the partition ----------------------------------------------------------------------------------------------------


def test_every_eligible_wearer_has_one_verdict_whatever_they_wore() -> None:
    eligible = [("w1", LONG_AGO, None), ("w2", LONG_AGO, at(600)), ("w3", LONG_AGO, at(600 + US))]
    s = scene(standing_still(0, MINUTES), eligible=eligible)
    found = naive_verdicts(**s.frames())
    # w2's eligible time ends with the window's last instant, which is not in it. w3 never had a device.
    assert {key[3]: v.code for key, v in found.items()} == {"w1": "present", "w3": "unobserved_no_fix_yet"}
    assert counted(found) == {("met", "1", 1): {"present": 1, "unobserved_no_fix_yet": 1}}


# --- the prism against a search through time and place ----------------------------------------------------------------


def brute(a: Fix, b: Fix, disc: Disc, radius: float, params: Params) -> float:
    """The least lack found on a grid of instants and places of the disc, by the page's own two lines."""
    v, err = params.max_speed_mps / 1000, 4000.0
    first, last = max(a.t, disc.start), min(b.t, disc.end)
    best = math.inf
    for i in range(41):
        t = first + (last - first) * i / 40
        for ring in range(11):
            for spoke in range(32):
                r, angle = radius * ring / 10, math.tau * spoke / 32
                x, y = disc.x + r * math.cos(angle), disc.y + r * math.sin(angle)
                to_a, to_b = math.hypot(a.x - x, a.y - y), math.hypot(b.x - x, b.y - y)
                best = min(best, max(to_a - v * (t - a.t) - err, to_b - v * (b.t - t) - err))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_no_search_finds_a_visit_where_the_verdict_excludes_one(seed: int) -> None:
    rng = random.Random(seed)
    lasts = rng.choice([20, 60, 180])
    reach = 40 * lasts * 1000
    a = Fix(0, rng.randint(-reach, reach), rng.randint(-reach, reach), 0, "gnss")
    b = Fix(
        lasts * 1_000_000,
        round(a.x * rng.uniform(-0.3, 1) + rng.uniform(-1, 1) * reach / 3),
        round(a.y * rng.uniform(-0.3, 1) + rng.uniform(-1, 1) * reach / 3),
        0,
        "gnss",
    )
    start = rng.choice([-1, 0, 0.3, 0.6]) * lasts * 1e6
    end = rng.choice([0.65, 0.8, 1, 2]) * lasts * 1e6
    disc = Disc(0, 0, 100_000, round(start), round(end))
    params = Params(max_speed_mps=40, min_sigma_m=1, prism_min_sigma_m=0)
    lacks, searched = visit_lacks(a, b, disc, 104_000, params), brute(a, b, disc, 104_000, params)
    if lacks > NEAR_TIE_MM:
        assert searched > 0
    if searched <= 0:
        assert lacks <= NEAR_TIE_MM
    # The grid is as fine as a twentieth of the disc and a fortieth of the time.
    slack = 40 * lasts * 1000 / 80 + 104_000 * 0.1
    if lacks <= -slack:
        assert searched <= 0
    if contradiction(a, b, params) > 0:
        assert lacks > 0
