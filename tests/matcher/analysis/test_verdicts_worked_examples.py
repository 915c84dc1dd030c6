"""The verdicts of the matcher itself, in numbers that can be worked out by hand.

Unless said otherwise the crime is at (0, 0) from 12:00 to 12:10, R is 100 m, every sigma is 1 m (so 4 m of error for a
fix and 104 m of disc), v is 40 m/s. Seconds count from 12:00, places are metres east of the crime. The slow twin is
asked as well, so a wrong answer in both has to be wrong in the head of whoever wrote the numbers.
"""

from typing import Any

import polars as pl
import pytest

from matcher import EVERYONE
from matcher.schemas import EVENTS, VERDICT_CODES
from tests.support.naive.compare import assert_same_verdicts, matched_verdicts
from tests.support.naive.verdicts import naive_verdicts
from tests.support.scene_parts import Row
from tests.support.scenes import BEFORE_AND_AFTER, FINE, LONG_AGO, MINUTES, at, crime, fix, scene, standing_still

MIDNIGHT = 12 * 3600


def said(fixes: list[Row], *, events: list[Row] | None = None, **more: Any) -> dict[str, str]:
    """By wearer, of the only crime; those who are not tested are not in it."""
    s = scene(fixes, **{**FINE, "prism_min_sigma_m": 0.0, **more})
    happened = pl.DataFrame(events or [], schema=EVENTS, orient="row")
    found = matched_verdicts({**s.frames(EVERYONE), "events": happened})
    assert_same_verdicts(found, naive_verdicts(**s.frames(), events=happened))
    return {key[3]: code for key, code in found.codes.items()}


def of_w1(fixes: list[Row], **more: Any) -> str:
    return said(fixes, **more)["w1"]


def test_each_verdict_once() -> None:
    assert of_w1(standing_still(100, MINUTES)) == "present"
    assert of_w1([fix(60, -600), fix(120, 600)]) == "passed"
    assert of_w1(standing_still(500, [-60, 660])) == "possible"
    assert of_w1([]) == "unobserved_no_fix_yet"
    assert of_w1(standing_still(5000, BEFORE_AND_AFTER)) == "excluded"


@pytest.mark.parametrize(("metres", "verdict"), [(1307.9, "possible"), (1308.1, "excluded")])
def test_a_minute_between_fixes_is_2400_metres_there_and_back(metres: float, verdict: str) -> None:
    # 2 (x - 104) <= 60 * 40 + 4 + 4.
    assert of_w1(standing_still(metres, BEFORE_AND_AFTER)) == verdict


@pytest.mark.parametrize(("metres", "verdict"), [(2627.9, "possible"), (2628.1, "excluded")])
def test_coarse_fixes_either_side_of_a_gap_let_it_hide_more(metres: float, verdict: str) -> None:
    # A minute's gap, sigma 331 m of fixes that serve to 500 m: 2 (x - 104) <= 2400 + 2 * 1324.
    fixes = standing_still(metres, BEFORE_AND_AFTER, accuracy=331 * 1.5096)
    assert of_w1(fixes, max_accuracy_m=500) == verdict


def test_a_fix_too_coarse_to_serve_bounds_nothing() -> None:
    # The one at 12:05 is coarser than 100 m: a gap of two minutes is left, 2 (x - 104) <= 4800 + 8, x <= 2508.
    fixes = [fix(t, 2500, accuracy=101.0 if t == 300 else 1.0) for t in BEFORE_AND_AFTER]
    assert of_w1(fixes) == "possible"
    assert of_w1(standing_still(2500, BEFORE_AND_AFTER)) == "excluded"


def test_a_device_changed_within_the_window_leaves_two_trails_neither_of_which_covers_it() -> None:
    # The first comes off at 12:04:30, the second goes on at once: no gap of more than a minute, 5 km off.
    worn = [("d1", "w1", LONG_AGO, at(270)), ("d2", "w1", at(270), None)]
    first = standing_still(5000, [60 * k for k in range(-3, 5)])
    second = [fix(60 * k, 5000, device="d2", accuracy=1) for k in range(5, 14)]
    assert of_w1(first + second, assignments=worn) == "unobserved_no_fix_yet"
    # Before the change, and after it, one device is asked.
    assert of_w1(first + second, assignments=worn, crimes=[crime(0, 240)]) == "excluded"
    assert of_w1(first + second, assignments=worn, crimes=[crime(300, 600)]) == "excluded"
    # The second silent from 12:05 to 12:11: there and back in six minutes, x <= 104 + 7204.
    gap = [second[0], *second[6:]]
    assert of_w1(first + gap, assignments=worn) == "possible"
    # No visit is looked for between a fix of the one and a fix of the other.
    assert of_w1(first + second[4:], assignments=worn) == "unobserved_no_fix_yet"


def test_what_a_device_says_is_a_reason_only_while_it_is_worn() -> None:
    worn = [("d1", "w1", LONG_AGO, at(570)), ("d2", "w1", at(700), None)]
    seen = standing_still(5000, [60 * k for k in range(-3, 5)])
    assert of_w1(seen, assignments=worn, events=[("d1", at(300), "battery flat")]) == "unobserved_device_event"
    # What the one taken off says later is not, nor what the other says, that is not asked.
    assert of_w1(seen, assignments=worn, events=[("d1", at(600), "battery flat")]) == "unobserved_gap"
    assert of_w1(seen, assignments=worn, events=[("d2", at(710), "battery flat")]) == "unobserved_gap"


def test_midnight_is_an_instant_like_any_other() -> None:
    around = [crime(MIDNIGHT - 300, MIDNIGHT + 300)]
    minutes = [MIDNIGHT + 60 * k for k in range(-8, 9)]
    assert of_w1(standing_still(5000, minutes), crimes=around) == "excluded"
    # Silent from four minutes before to one after: 300 s, x <= 104 + 6004.
    gap = [t for t in minutes if not MIDNIGHT - 240 < t < MIDNIGHT + 60]
    assert of_w1(standing_still(6107.9, gap), crimes=around) == "possible"
    assert of_w1(standing_still(6108.1, gap), crimes=around) == "excluded"
    assert of_w1(standing_still(6107.9, minutes), crimes=around) == "excluded"


def test_a_window_over_the_end_of_a_monitored_period_is_not_seen_to_its_end() -> None:
    # Monitored to 12:05 and again from 12:06, a fix a minute on both sides: nowhere near, yet in no one period.
    seen = standing_still(5000, BEFORE_AND_AFTER)
    parted = [("w1", LONG_AGO, at(301)), ("w1", at(330), None)]
    assert of_w1(seen, monitored=parted) == "unobserved_gap"
    assert of_w1(seen, monitored=[("w1", LONG_AGO, None)]) == "excluded"
    # [from, to): an end at the window's last instant does not contain it, one a microsecond later does.
    assert of_w1(seen, monitored=[("w1", LONG_AGO, at(600)), ("w1", at(601), None)]) == "unobserved_gap"
    upto = standing_still(5000, [60 * k for k in range(-3, 11)])
    assert of_w1(upto, monitored=[("w1", LONG_AGO, at(600.000001))]) == "excluded"


def test_a_train_faster_than_v_excludes_nothing_but_does_not_hide_what_could_be() -> None:
    fixes = standing_still(10_000, [60 * k for k in range(-3, 6)]) + standing_still(
        13_000, [60 * k for k in range(6, 14)]
    )
    assert of_w1(fixes) == "unobserved_implausible_speed"
    assert of_w1(fixes, crimes=[crime(0, 299)]) == "excluded"
    # Seen 500 m off, two minutes apart, before that: possible is asked first.
    near = [*standing_still(500, [-60, 60]), *standing_still(3500, [60 * k for k in range(2, 14)])]
    assert of_w1(near) == "possible"


def test_a_device_event_is_a_reason_and_nothing_more() -> None:
    early = standing_still(5000, [60 * k for k in range(-3, 9)])
    assert of_w1(early) == "unobserved_gap"
    assert of_w1(early, events=[("d1", at(500), "battery flat")]) == "unobserved_device_event"
    seen = standing_still(5000, BEFORE_AND_AFTER)
    assert of_w1(seen, events=[("d1", at(60), "strap")]) == "excluded"


def test_who_is_not_eligible_for_the_whole_window_is_not_in_the_partition() -> None:
    eligible = [
        ("w1", LONG_AGO, None),
        ("w2", LONG_AGO, at(600)),
        ("w3", LONG_AGO, at(300)),
        ("w3", at(300), at(600.000001)),
        ("w4", at(0.000001), None),
        ("w5", at(0), at(600.000001)),
    ]
    s = scene(standing_still(0, MINUTES), eligible=eligible, **FINE)
    happened = pl.DataFrame(schema=EVENTS)
    found = matched_verdicts({**s.frames(EVERYONE), "events": happened})
    assert_same_verdicts(found, naive_verdicts(**s.frames(), events=happened))
    # w2 ends with the window's last instant, w4 begins one microsecond in. w3's two intervals meet and are one.
    assert {key[3] for key in found.codes} == {"w1", "w3", "w5"}
    row = found.verdicts.row(0, named=True)
    assert sum(row[name] for name in VERDICT_CODES[1:]) == 3


def test_a_row_that_would_make_a_jump_of_its_neighbour_and_of_itself_excludes_nobody() -> None:
    # The second is 10 km from the first after 16 s, and stays there; the crime is 9 km beyond.
    there = [fix(0, 0, accuracy=1), fix(16, 10_000, accuracy=1), fix(495, 10_000, accuracy=1)]
    crimes = [crime(100, 400, x=19_000.0)]
    assert of_w1(there, crimes=crimes) == "possible"
    # Back at the first place between them, at 43 and 41 m/s: now both could be jumps. Were both dropped, as once they
    # were, 10 km in 495 s would leave no time for the crime.
    back = fix(250, 0, accuracy=1)
    assert of_w1([*there, back], crimes=crimes) == "unobserved_implausible_speed"
    # At three times the distance it alone is a jump, and nothing is said otherwise for it.
    assert of_w1([*there, fix(250, -20_000, accuracy=1)], crimes=crimes) == "possible"


@pytest.mark.parametrize(
    "odd",
    [
        [fix(31, 5000, 900, accuracy=150)],
        [fix(31, 5000, 9000, accuracy=1)],
        [fix(31, 5000, 900, accuracy=1), fix(31, 5000, -900, accuracy=1)],
        [fix(31, 5000, 900, accuracy=1, mechanism="wifi")],
    ],
    ids=["coarse", "jump", "contradiction", "wifi"],
)
def test_a_row_that_is_no_evidence_does_not_make_a_frozen_receiver_evidence(odd: list[Row]) -> None:
    # One position from 11:50 to 12:11 with a speed reported, and from minute to minute another before and after.
    still = [fix(60 * k, 5000, accuracy=1, speed=3.0) for k in range(-10, 12)]
    around = [fix(60 * k, 5000, k, accuracy=1) for k in (-12, -11, 12, 13, 14, 15, 16)]
    assert of_w1([*around, *still]) == "possible"
    # Once it ended the run, both parts of which were too short, and the wearer was excluded.
    assert of_w1([*around, *still, *odd]) == "possible"
    # A usable one shows that the receiver was not frozen.
    assert of_w1([*around, *still, fix(31, 5000, 900, accuracy=1)]) == "excluded"
