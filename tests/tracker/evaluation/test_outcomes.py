"""Reoffending and recall within 12 months, by hand and against slow twins."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.followed import day, of_spells, offended, person
from tracker.errors import BadEntry
from tracker.evaluation.statistics import outcomes, survival
from tracker.evaluation.statistics import proportions as intervals
from tracker.evaluation.statistics.outcomes import (
    Answer,
    Followed,
    Kind,
    Offence,
    Outcome,
    Proportion,
    Seen,
    contrast,
    proportions,
    proven,
    seen,
)
from tracker.evaluation.statistics.survival import curves, spell

# One person


@pytest.mark.parametrize(
    ("on", "convicted", "answer"),
    [
        (0, 0, Answer.YES),
        (365, 548, Answer.YES),
        (366, 400, Answer.NO),
        (365, 549, Answer.NO),
        (10, None, Answer.NO),
        (-1, 30, Answer.NO),
    ],
)
def test_both_ends_of_the_window_count(on: int, convicted: int | None, answer: Answer) -> None:
    found = proven(person(offences=offended(on, convicted)))
    assert found.answer is answer
    assert found.on == (day(on) if answer is Answer.YES else None)


def test_no_one_is_counted_before_the_data_extend_beyond_their_window() -> None:
    offences = offended(5, 20)
    early = proven(person(until=547, offences=offences))
    assert early.answer is Answer.NOT_YET
    assert early.words == f"known once the data extend to {day(548)}; they end on {day(547)}"
    assert proven(person(until=548, offences=offences)).answer is Answer.YES


def test_the_first_of_several_proven_offences_is_the_one() -> None:
    offences = (*offended(200, 250), *offended(3, None), *offended(90, 500), *offended(40, 549))
    assert proven(person(offences=offences)).on == day(90)


@pytest.mark.parametrize(
    ("on", "until", "answer"),
    [(365, 365, Answer.YES), (366, 365, Answer.NO), (3, 364, Answer.NOT_YET), (None, 365, Answer.NO)],
)
def test_recall_needs_no_waiting(on: int | None, until: int, answer: Answer) -> None:
    assert outcomes.recalled(person(until=until, recalled_on=None if on is None else day(on))).answer is answer


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(BadEntry, match="conviction on 2024-01-03 is before the offence on 2024-01-04"):
        Offence(day(3), day(2))
    with pytest.raises(BadEntry, match="a recalled on 2023-12-31, before the start"):
        person(recalled_on=day(-1))
    with pytest.raises(BadEntry, match="give 1 or more"):
        proven(person(), follow_up_days=0)


# Groups


def group(name: str, n: int, events: int, **more: Any) -> list[Followed]:
    return [person(f"{name}{i}", group=name, offences=offended(50, 60) if i < events else (), **more) for i in range(n)]


def test_people_not_there_yet_are_counted_apart() -> None:
    people = [*group("tagged", 40, 15), *group("tagged", 12, 12, until=500), *group("other", 30, 12)]
    other, tagged = proportions(people)
    assert (tagged.group, tagged.people, tagged.events, tagged.not_yet) == ("tagged", 40, 15, 12)
    assert tagged.share == 15 / 40
    # Wilson by hand: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n).
    assert (tagged.low, tagged.high) == pytest.approx((0.24216, 0.52954), abs=2e-4)
    assert other.not_yet == 0


def test_a_group_with_few_events_or_few_without_is_withheld() -> None:
    few, mostly, enough = proportions([*group("a", 50, 9), *group("b", 50, 41), *group("c", 50, 10)])
    for withheld in (few, mostly):
        assert withheld.withheld == "fewer than 10 people have the outcome, or fewer than 10 do not"
        assert withheld.events is withheld.share is withheld.low is None
        assert withheld.people == 50
    assert enough.withheld is None
    assert proportions(group("a", 50, 9), k=0)[0].events == 9
    assert contrast(few, enough).withheld == "a: fewer than 10 people have the outcome, or fewer than 10 do not"
    assert contrast(few, enough).difference is None


def test_small_counts_that_come_with_a_figure_are_withheld_too() -> None:
    people = [*group("a", 40, 20), *group("a", 3, 0, until=10), *group("a", 2, 0, exited_on=day(9))]
    found = proportions(people)[0]
    assert (found.people, found.not_yet, found.exited) == (42, None, None)
    open_ = proportions(people, k=0)[0]
    assert (open_.people, open_.not_yet, open_.exited) == (42, 3, 2)
    assert proportions(group("a", 4, 1))[0].people is None


def test_people_lost_from_view_are_not_counted_as_free_of_offences() -> None:
    """Forty of a hundred reoffend in the second half of the year; whoever else is lost after a month must not make the
    group look better. They once stayed in the share, and an estimate moved from -3.6 to +0.04 points."""
    spells = [(200 + n, True) for n in range(40)] + [(365, False)] * 60
    whole = proportions(of_spells(spells))[0]
    lost = proportions([*of_spells(spells), *of_spells([(30, False)] * 50)])[0]
    assert whole.share == 0.4
    assert lost.share == pytest.approx(0.4)
    assert (lost.people, lost.events, lost.exited) == (150, 40, 50)
    assert (whole.low, whole.high) == intervals.wilson(40, 100)
    assert lost.low is not None
    assert lost.high is not None
    assert lost.low < 0.4 < lost.high
    assert lost.high - lost.low == pytest.approx(whole.high - whole.low, rel=0.1)  # type: ignore[operator]
    both = contrast(lost, replace(whole, group="other"))
    assert both.difference == pytest.approx(0)
    assert both.ratio == pytest.approx(1)


def test_lost_people_do_not_make_a_small_group_large_enough() -> None:
    few = proportions([*of_spells([(100, True)] * 30 + [(365, False)] * 9), *of_spells([(30, False)] * 20)])[0]
    assert few.withheld == "fewer than 10 people have the outcome, or fewer than 10 do not"


def test_what_ends_the_days_somebody_is_followed() -> None:
    late = offended(100, 110)
    assert seen(person(offences=late)) == Seen(100, Kind.OUTCOME)
    assert seen(person(offences=late, exited_on=day(100))) == Seen(100, Kind.OUTCOME)
    assert seen(person(offences=late, exited_on=day(99))) == Seen(99, Kind.NOTHING)
    assert seen(person(offences=late, recalled_on=day(50))) == Seen(100, Kind.OUTCOME)
    assert seen(person(offences=late, recalled_on=day(50)), recall_first=True) == Seen(50, Kind.RECALL)
    assert seen(person(offences=late, recalled_on=day(50)), Outcome.RECALLED) == Seen(50, Kind.OUTCOME)
    assert seen(person()) == Seen(365, Kind.NOTHING)
    assert seen(person(until=200)) is None


def test_a_group_not_yet_followed_for_long_enough_has_no_figures() -> None:
    found = proportions(group("a", 4, 1, until=10), k=0)[0]
    assert found.withheld == "no one has been followed for long enough"


def test_recall_by_group() -> None:
    people = [person(str(i), recalled_on=day(30) if i < 12 else None) for i in range(30)]
    assert proportions(people, Outcome.RECALLED)[0].events == 12


# Intervals


def counted(name: str, events: int, people: int) -> Proportion:
    low, high = intervals.wilson(events, people)
    share = events / people
    se = sqrt(share * (1 - share) / people)
    return Proportion(
        group=name, people=people, not_yet=0, exited=0, events=events, share=share, low=low, high=high, se=se
    )


@pytest.mark.parametrize(
    ("a", "n", "b", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 20, 0.6791, 1.0000),
    ],
)
def test_differences_as_newcombe_printed_them(a: int, n: int, b: int, m: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10."""
    assert intervals.newcombe(a, n, b, m) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_a_difference_is_within_its_interval_and_turns_with_the_groups(n: int, m: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    low, high = intervals.newcombe(a, n, b, m)
    assert -1 - 1e-9 <= low <= a / n - b / m + 1e-9
    assert a / n - b / m - 1e-9 <= high <= 1 + 1e-9
    turned = intervals.newcombe(b, m, a, n)
    assert (-turned[1], -turned[0]) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(15, 60, 30, 90), (3, 10, 9, 10), (40, 41, 2, 77)])
def test_intervals_are_those_of_statsmodels(a: int, n: int, b: int, m: int) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    theirs = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    assert intervals.newcombe(a, n, b, m) == pytest.approx(theirs, abs=1e-6)
    katz = confint_proportions_2indep(a, n, b, m, method="log", compare="ratio")
    assert intervals.katz_ratio(a, n, b, m)[1:] == pytest.approx(katz, rel=1e-6)


def test_e_values_worked_by_hand_and_as_published() -> None:
    # VanderWeele and Ding 2017: 3.9 (1.8 to 8.7) gives 7.26 and 3.0.
    assert outcomes.e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert outcomes.e_value_of_limit(1.8, 8.7) == pytest.approx(3.0, abs=0.005)
    assert outcomes.e_value(0.5) == outcomes.e_value(2) == 2 + sqrt(2)
    assert outcomes.e_value(1) == 1
    assert outcomes.e_value_of_limit(0.4, 0.8) == outcomes.e_value(1.25)
    assert outcomes.e_value_of_limit(0.9, 1.2) == 1
    with pytest.raises(BadEntry):
        outcomes.e_value(0)


@given(st.floats(1e-3, 1e3), st.floats(1.0, 10.0))
def test_an_e_value_is_at_least_one_and_its_limits_no_larger(ratio: float, factor: float) -> None:
    value = outcomes.e_value(ratio)
    assert value >= 1
    assert value == pytest.approx(outcomes.e_value(1 / ratio))
    assert 1 <= outcomes.e_value_of_limit(ratio / factor, ratio * factor) <= value * (1 + 1e-9)


def test_a_contrast_holds_all_figures() -> None:
    found = contrast(counted("tagged", 79, 300), counted("other", 398, 1_200))
    assert found.difference == pytest.approx(79 / 300 - 398 / 1_200)
    assert (found.difference_low, found.difference_high) == intervals.newcombe(79, 300, 398, 1_200)
    assert found.ratio == pytest.approx(0.79397, abs=1e-5)
    assert found.ratio_high is not None
    assert found.ratio_high < 1
    assert found.e_value_limit == pytest.approx(outcomes.e_value(found.ratio_high))
    without = contrast(counted("tagged", 0, 30), counted("other", 5, 30))
    assert without.ratio is without.e_value is None
    assert without.difference == pytest.approx(-5 / 30)


# Time to the first


def naive_curve(spells: Sequence[tuple[int, bool]], until: float) -> tuple[float, float]:
    """The product over days up to `until` of 1 - offended / followed; and Greenwood's sum."""
    free, greenwood = 1.0, 0.0
    for on in sorted({days for days, _ in spells}):
        if on > until:
            break
        followed = sum(days >= on for days, _ in spells)
        events = sum(days == on and event for days, event in spells)
        free *= 1 - events / followed
        greenwood += events / (followed * (followed - events)) if followed > events else float("inf")
    return free, greenwood


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 365), st.booleans()), min_size=1, max_size=60))
def test_a_curve_is_the_product_of_its_days(spells: list[tuple[int, bool]]) -> None:
    curve = curves(of_spells(spells), k=0)[0]
    assert curve.months
    for month in curve.months:
        free, _ = naive_curve(spells, month.day)
        assert month.free == pytest.approx(free, abs=1e-12)
        assert month.at_risk == sum(days >= month.day for days, _ in spells)
        if month.low is not None:
            assert month.high is not None
            assert 0 <= month.low <= month.free <= month.high <= 1


def test_limits_of_a_curve_worked_by_hand() -> None:
    from math import exp, log

    spells = [(d, d % 12 == 5) for d in range(5, 365, 6)] + [(365, False)] * 20
    month = curves(of_spells(spells), k=0)[0].months[6]
    free, greenwood = naive_curve(spells, 182.5)
    half = 1.959964 * sqrt(greenwood) / abs(log(free))
    assert (month.low, month.high) == pytest.approx((free ** exp(half), free ** exp(-half)), abs=1e-6)


def test_a_curve_is_shown_at_twelfths_of_the_window_only() -> None:
    months = curves(of_spells([(100, True)] * 15 + [(365, False)] * 15))[0].months
    assert [m.month for m in months] == list(range(13))
    assert months[12].day == 365
    assert months[12].at_risk == 15
    assert [m.free for m in months] == [1.0] * 4 + [0.5] * 9
    assert months[3].low is None


def test_a_curve_ends_where_fewer_than_k_are_followed() -> None:
    spells = [(20, True)] * 12 + [(40, False)] * 11 + [(365, False)] * 9
    curve = curves(of_spells(spells))[0]
    assert [m.month for m in curve.months] == [0, 1]
    assert curve.stopped == "fewer than 10 people are followed to month 2"
    assert len(curves(of_spells(spells), k=0)[0].months) == 13


def test_a_curve_of_few_people_is_withheld() -> None:
    curve = curves(of_spells([(20, True)] * 9 + [(365, False)] * 50))[0]
    assert curve.withheld == "fewer than 10 people have the outcome, or fewer than 10 do not"
    assert not curve.months


def test_how_long_a_person_was_followed() -> None:
    late = offended(100, 110)

    def spelled(who: Followed) -> tuple[int, bool] | None:
        found = spell(who)
        return (found.days, found.reoffended) if found else None

    assert spelled(person(offences=late)) == (100, True)
    assert spelled(person()) == (365, False)
    assert spelled(person(until=283, offences=late)) == (100, True)
    # One day fewer, and the offence falls in the months in which convictions are still to come.
    assert spelled(person(until=282, offences=late)) == (99, False)
    assert spelled(person(until=182)) is None
    assert spelled(person(exited_on=day(50))) == (50, False)
    assert spelled(person(offences=offended(100, None))) == (365, False)


def test_the_order_of_people_changes_nothing() -> None:
    people = [*of_spells([(d, d % 2 == 0) for d in range(0, 365, 7)]), *group("other", 40, 15)]
    assert curves(people) == curves(people[::-1])
    assert proportions(people) == proportions(people[::-1])


def test_figures_need_no_slow_imports() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import tracker.evaluation.statistics.survival, tracker.evaluation.statistics.outcomes; "
        "import tracker.evaluation.statistics.effect; "
        "sys.exit(any(name in sys.modules for name in ('statsmodels', 'scipy.optimize')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_replacing_the_window_moves_both_ends() -> None:
    who = person(offences=offended(100, 120))
    assert proven(who, follow_up_days=99).answer is Answer.NO
    assert proven(replace(who, data_until=day(130)), follow_up_days=100, waiting_days=30).answer is Answer.YES
    assert survival.spell(who, 99, 0) == survival.Spell("tagged", 99, False)
