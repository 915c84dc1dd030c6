"""What an evaluation can detect: against published figures, against statsmodels, and as tags accrue."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadEntry
from tracker.evaluation.statistics.accrual import WhatIf, accrual
from tracker.evaluation.statistics.power import PUBLISHED, PowerDesign, power, smallest_drop, tagged_needed


@pytest.mark.parametrize(
    ("tagged", "untagged", "per_cent"), [(300, 300, 47), (300, 1200, 65), (625, 625, 77), (1500, 1500, 99)]
)
def test_the_published_effect_is_found_as_often_as_was_worked_out(tagged: int, untagged: int, per_cent: int) -> None:
    assert PUBLISHED == (0.262, 0.332)
    assert round(100 * power(PowerDesign(tagged, untagged))) == per_cent


def test_with_the_arms_the_other_way_round_it_is_another_figure() -> None:
    assert round(100 * power(PowerDesign(1200, 300))) == 67


def test_a_drop_of_five_points_takes_the_ministry_s_fifteen_hundred() -> None:
    assert round(100 * power(PowerDesign(300, 300, 0.28, 0.33))) == 26
    assert round(100 * power(PowerDesign(1500, 1500, 0.28, 0.33))) == 85


def test_the_smallest_drop_is_the_one_that_is_just_found() -> None:
    design = PowerDesign(300, 300)
    drop = smallest_drop(design)
    assert drop is not None
    assert round(100 * drop, 1) == 10.3
    assert power(PowerDesign(300, 300, 0.332 - drop, 0.332)) == pytest.approx(0.8, abs=1e-6)
    assert round(100 * (smallest_drop(PowerDesign(300, 1200)) or 0), 1) == 8.3
    assert smallest_drop(PowerDesign(5, 5)) is None
    assert smallest_drop(PowerDesign(0, 300)) is None


def test_a_power_no_greater_than_the_level_is_refused() -> None:
    for wanted in (0.0, 2.2e-308, 0.05, 1.0):
        with pytest.raises(BadEntry, match=r"between the level 0\.05 and 1"):
            smallest_drop(PowerDesign(300, 300), wanted)
    assert 0 < (smallest_drop(PowerDesign(300, 300), 0.05 + 1e-15) or 1) < 1e-6


@pytest.mark.parametrize("tagged", [20, 100, 300, 1500])
@pytest.mark.parametrize("each", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("untagged_share", [0.1, 0.332, 0.5, 0.8])
@pytest.mark.parametrize("drop", [0.02, 0.07])
def test_power_equals_that_of_statsmodels(tagged: int, each: float, untagged_share: float, drop: float) -> None:
    from statsmodels.stats.proportion import power_proportions_2indep

    untagged = round(tagged * each)
    ours = power(PowerDesign(tagged, untagged, untagged_share - drop, untagged_share))
    # Theirs has the first group's size and the second's over it; pooled under no effect, both tails.
    theirs = power_proportions_2indep(-drop, untagged_share, tagged, ratio=untagged / tagged, return_results=False)
    assert ours == pytest.approx(float(theirs), abs=1e-9)


@given(st.integers(2, 2000), st.integers(2, 2000), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_power_is_a_chance_and_grows_with_people(tagged: int, untagged: int, p1: float, p0: float) -> None:
    here = power(PowerDesign(tagged, untagged, p1, p0))
    assert 0 <= here <= 1
    assert power(PowerDesign(tagged, untagged, p1, p1)) == pytest.approx(0.05, abs=1e-9)
    if abs(p1 - p0) > 0.02:
        assert power(PowerDesign(4 * tagged, 4 * untagged, p1, p0)) >= here - 1e-9


def test_how_many_are_needed_is_just_enough() -> None:
    for each in (1.0, 4.0):
        needed = tagged_needed(PowerDesign(0, 0), untagged_each=each)
        assert needed is not None
        assert (
            power(PowerDesign(needed, round(needed * each)))
            >= 0.8
            > power(PowerDesign(needed - 1, round((needed - 1) * each)))
        )
    assert tagged_needed(PowerDesign(0, 0, 0.33, 0.33)) is None


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"n_tagged": -1}, "-1 tagged people"),
        ({"p_tagged": 0.0}, "share of tagged people reoffending is 0.0"),
        ({"p_untagged": 1.2}, "share of untagged people reoffending is 1.2"),
        ({"alpha": 0.7}, "level is 0.7"),
    ],
)
def test_invalid_settings_are_refused_with_valid_ones(given_: dict[str, float], words: str) -> None:
    with pytest.raises(BadEntry, match=words):
        PowerDesign(**{"n_tagged": 10, "n_untagged": 10, **given_})  # type: ignore[arg-type]


def test_accrual_goes_on_at_the_rate_of_the_last_ninety_days() -> None:
    as_at = date(2019, 11, 1)
    # One a day for 60 days, long ago, then one every third day.
    early = [date(2019, 2, 18) + timedelta(days=n) for n in range(60)]
    late = [as_at - timedelta(days=3 * n) for n in range(30)]
    told = accrual(
        early + late,
        as_at,
        planned=300,
        boroughs=20,
        end=date(2020, 4, 30),
        exposure_days=1.0,
        most=300,
        what_if=WhatIf(),
    )
    assert told.fitted == 90
    assert told.rate_a_day == pytest.approx(30 / 90)
    assert told.at_end is not None
    assert told.at_end.tagged == 90 + int(30 / 90 * 181)
    assert told.now is not None
    assert told.now.power == power(PowerDesign(90, 90))
    assert sum(told.by_month.values()) == 90
    assert any("z test of two proportions" in line for line in told.words)


def test_what_if_more_boroughs_a_later_end_and_other_ratios() -> None:
    days = [date(2019, 8, 4) + timedelta(days=n) for n in range(90)]

    def at(what_if: WhatIf, end: date | None = date(2020, 4, 30)) -> object:
        told = accrual(
            days, date(2019, 11, 1), planned=None, boroughs=10, end=end, exposure_days=0, most=120, what_if=what_if
        )
        return told.at_end and (told.at_end.on, told.at_end.tagged, told.at_end.untagged)

    assert at(WhatIf()) == (date(2020, 4, 30), 120, 120)
    # More boroughs may have another maximum: none is assumed.
    assert at(WhatIf(boroughs=20)) == (date(2020, 4, 30), 90 + 2 * 181, 90 + 2 * 181)
    assert at(WhatIf(until=date(2019, 11, 11), untagged_each=4)) == (date(2019, 11, 11), 100, 400)
    assert at(WhatIf(), None) is None
    with pytest.raises(BadEntry, match="boroughs is 40"):
        at(WhatIf(boroughs=40))


def test_looking_more_than_once_says_what_a_difference_has_to_reach() -> None:
    asked = {"planned": None, "boroughs": 4, "end": None, "exposure_days": 0.0, "most": None}
    days = [date(2019, 3, 1)] * 30
    plain = accrual(days, date(2019, 10, 31), what_if=WhatIf(), **asked)
    assert not any("looking" in line for line in plain.words)
    twice = accrual(days, date(2019, 10, 31), what_if=WhatIf(looks=2), **asked)
    [line] = [line for line in twice.words if line.startswith("looking 2 times")]
    assert "look 1 at 50%: 2.963" in line
    assert "look 2 at 100%: 1.969" in line
    with pytest.raises(BadEntry, match="looks is 0; give 1 to 20"):
        accrual(days, date(2019, 10, 31), what_if=WhatIf(looks=0), **asked)
