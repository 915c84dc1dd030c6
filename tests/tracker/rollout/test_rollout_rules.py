"""Whether a borough is live, who holds a place and when the maximum binds, as rules."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.answers import Answer
from tracker.errors import IllegalMove
from tracker.rollout.capacity import (
    MOVES,
    Capacity,
    Maximum,
    PhaseLimit,
    PlaceMove,
    PlaceState,
    advance,
    forecast,
    occupied,
    running_maximum,
)
from tracker.rollout.places import Place, live_on
from tracker.times import DayPrecision, RoughDay

JUNE = RoughDay(date(2019, 6, 1), DayPrecision.INFERRED_MONTH)
FEBRUARY = RoughDay(date(2019, 2, 18))
HACKNEY = Place("Hackney", "June", JUNE, source="PCD 570, 2.1")


def test_a_plan_launches_nothing() -> None:
    assert HACKNEY.live(date(2019, 5, 31)) is False
    assert HACKNEY.live(date(2019, 6, 15)) is None
    assert HACKNEY.live(date(2019, 9, 1)) is None
    assert HACKNEY.in_words(date(2019, 9, 1)) == "planned June (2019 inferred), no launch recorded"


def test_a_recorded_launch_counts_to_the_day() -> None:
    live = Place("Hackney", "June", JUNE, launched=RoughDay(date(2019, 6, 17)))
    assert [live.live(date(2019, 6, day)) for day in (16, 17, 18)] == [False, True, True]


def test_a_launch_known_to_the_month_is_open_within_it() -> None:
    live = Place("Hackney", "June", JUNE, launched=RoughDay(date(2019, 6, 1), DayPrecision.MONTH))
    assert [live.live(d) for d in (date(2019, 5, 31), date(2019, 6, 15), date(2019, 6, 30))] == [False, None, True]


@pytest.mark.parametrize(
    ("borough", "on", "answer", "seen"),
    [
        ("Hackney", date(2019, 7, 1), Answer.NOT_KNOWN, "planned June"),
        ("Hackney", date(2019, 3, 1), Answer.NOT_KNOWN, "planned June"),
        ("Lambeth", date(2019, 2, 17), Answer.FAILED, "not live yet"),
        ("Lambeth", date(2019, 2, 18), Answer.PASSED, "live since 2019-02-18"),
        ("Bromley", date(2019, 7, 1), Answer.FAILED, "not a borough of the programme"),
        (None, date(2019, 7, 1), Answer.NOT_KNOWN, "no borough"),
        ("Lambeth", None, Answer.NOT_KNOWN, "no release date"),
    ],
)
def test_the_borough_criterion_shows_what_it_saw(
    borough: str | None, on: date | None, answer: Answer, seen: str
) -> None:
    places = {"Hackney": HACKNEY, "Lambeth": Place("Lambeth", "February", FEBRUARY, launched=FEBRUARY)}
    found = live_on(places, borough, on)
    assert found.answer is answer
    assert seen in found.seen
    assert "PCD 570" in found.source


@given(st.lists(st.sampled_from(list(PlaceMove)), max_size=12))
def test_no_moves_reach_a_state_the_table_does_not_have(moves: list[PlaceMove]) -> None:
    state, ever_imposed = PlaceState.NONE, False
    for move in moves:
        if move in MOVES[state]:
            state = advance(state, move)
        else:
            with pytest.raises(IllegalMove, match=str(move)):
                advance(state, move)
        ever_imposed = ever_imposed or state is PlaceState.IMPOSED
        assert not ever_imposed or occupied(state)


PHASES = [
    PhaseLimit("February", 100, FEBRUARY, "PCD 570, 2.1"),
    PhaseLimit("June", 180, RoughDay(date(2019, 6, 1), DayPrecision.MONTH), "PCD 570, 2.1"),
    PhaseLimit("August", 250, None, "PCD 570, 2.1"),
]


def test_the_maximum_is_that_of_the_phases_launched() -> None:
    assert running_maximum(PHASES, date(2019, 2, 17)).tags == 0
    assert running_maximum(PHASES, date(2019, 2, 18)).tags == 100
    assert running_maximum(PHASES, date(2019, 6, 15)).tags == 100
    assert running_maximum(PHASES, date(2019, 6, 30)).tags == 180
    assert "June" in running_maximum(PHASES, date(2019, 7, 1)).words


def test_phases_that_state_no_maximum_set_none() -> None:
    phases = [PhaseLimit("first", None, FEBRUARY, "PCD 767, 1.1")]
    assert running_maximum(phases, date(2019, 3, 1)).tags is None
    assert Capacity(Maximum(None, "", ""), 4, 1, 3, 3).headroom is None


def test_the_maximum_binds_on_the_day_the_last_place_goes() -> None:
    on = date(2019, 7, 1)
    capacity = Capacity(running_maximum(PHASES, on), imposed=150, reserved=10, fitted=140, worn=120)
    assert capacity.headroom == 20
    # 14 in 28 days: one in two days, so the 20 places last 40 days and 90 last 180.
    imposed_on = [date(2019, 6, 10)] * 14 + [date(2019, 3, 1)] * 136
    binds = forecast(capacity, imposed_on, on, PHASES)
    assert [(b.tags, b.on) for b in binds] == [(180, date(2019, 8, 10)), (250, date(2019, 12, 28))]
    assert forecast(capacity, [date(2019, 3, 1)], on, PHASES)[0].on is None
    full = Capacity(running_maximum(PHASES, on), 180, 2, 180, 150)
    assert (full.headroom, full.over) == (0, 2)
    assert forecast(full, imposed_on, on, PHASES)[0].on == on


def test_the_rate_is_of_28_days_the_day_itself_among_them() -> None:
    on = date(2019, 7, 29)
    capacity = Capacity(running_maximum(PHASES, on), imposed=150, reserved=10, fitted=140, worn=120)

    def binds(*imposed_on: date) -> date | None:
        return forecast(capacity, list(imposed_on), on, PHASES)[0].on

    # One in 28 days: the 20 places left last 560 days.
    assert binds(date(2019, 7, 2)) == binds(on) == date(2021, 2, 8)
    assert binds(date(2019, 7, 1)) is None
    assert binds(date(2019, 7, 30)) is None
    # Three in 28 days: 186.67 days, so the last place goes on the 187th.
    assert binds(on, on, on) == date(2020, 2, 1)


def test_the_last_place_taken_is_a_maximum_reached() -> None:
    on = date(2019, 7, 1)
    full, but_one = (Capacity(running_maximum(PHASES, on), n, 10, n, n) for n in (170, 169))
    assert full.headroom == 0
    assert forecast(full, [], on, PHASES)[0].on == on
    assert but_one.headroom == 1
    assert forecast(but_one, [], on, PHASES)[0].on is None


def test_why_there_is_no_maximum_is_said() -> None:
    unstated = PhaseLimit("first", None, FEBRUARY, "PCD 767, 1.1")
    none, silent = (running_maximum([unstated], day) for day in (date(2019, 2, 17), date(2019, 3, 1)))
    assert (none.tags, none.words) == (0, "no phase has been launched yet")
    assert (silent.tags, silent.words) == (None, "no launched phase states a maximum")


def test_only_a_greater_maximum_of_a_phase_to_come_is_forecast() -> None:
    on = date(2019, 7, 1)
    capacity = Capacity(running_maximum(PHASES, on), imposed=10, reserved=0, fitted=10, worn=10)
    assert capacity.maximum.tags == 180
    later = [PhaseLimit(name, most, None, "") for name, most in (("less", 100), ("as many", 180), ("one more", 181))]
    found = forecast(capacity, [on], on, [*PHASES[:2], *later, PhaseLimit("unstated", None, None, "")])
    assert [each.tags for each in found] == [180, 181]
    assert found[1].words == "181 once one more launches"
    nothing = Capacity(running_maximum([], on), imposed=0, reserved=0, fitted=0, worn=0)
    assert [each.tags for each in forecast(nothing, [], on, [PhaseLimit("none", 0, None, ""), *later])] == [
        0, 100, 180, 181,
    ]  # fmt: skip
