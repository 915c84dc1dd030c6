"""How full a programme became, by day: the steps of the maximum, and since when no place is free."""

from datetime import date
from typing import Any

from api.wording.capacity import maximum_in_words
from tracker.rollout.capacity import PhaseLimit
from tracker.rollout.course import Change, course, full_since
from tracker.times import DayPrecision, RoughDay

FEBRUARY = PhaseLimit("February 2019", 2, RoughDay(date(2019, 2, 18)), "PCD 570, 2.1")
JUNE = PhaseLimit("June", 3, RoughDay(date(2019, 6, 1), DayPrecision.MONTH), "PCD 570, 2.1")
AUGUST = PhaseLimit("August", 4, None, "PCD 570, 2.1")
ON = date(2019, 7, 31)


def _changes(*days: tuple[int, int, Change]) -> dict[date, Change]:
    return {date(2019, month, day): change for month, day, change in days}


def test_the_maximum_grows_in_steps_on_the_day_a_launch_is_certain() -> None:
    rows = course(_changes((3, 1, Change(imposed=1)), (6, 10, Change(imposed=1, worn=1))), [FEBRUARY, JUNE, AUGUST], ON)
    assert [(row.day, row.imposed, row.worn, row.maximum) for row in rows] == [
        (date(2019, 2, 18), 0, 0, 2),
        (date(2019, 3, 1), 1, 0, 2),
        (date(2019, 6, 10), 2, 1, 2),
        (date(2019, 6, 30), 2, 1, 3),
        (ON, 2, 1, 3),
    ]
    assert course({}, [AUGUST], ON) == []
    assert course(_changes((8, 1, Change(imposed=1))), [FEBRUARY], ON)[-1].imposed == 0, "what came later is not there"


def test_no_place_is_free_since_the_last_time_that_one_was() -> None:
    full = _changes(
        (3, 1, Change(reserved=2)), (3, 5, Change(reserved=-1)), (3, 9, Change(imposed=1)), (3, 20, Change(fitted=1))
    )
    assert full_since(course(full, [FEBRUARY], ON)) == date(2019, 3, 9)
    assert full_since(course(full, [FEBRUARY, JUNE], ON)) is None, "the June phase gave another place"
    assert full_since(course(full, [], ON)) is None
    no_maximum = PhaseLimit("all", None, FEBRUARY.launched, "")
    assert full_since(course(full, [no_maximum], ON)) is None


def test_the_title_of_the_chart_says_what_it_shows() -> None:
    said: dict[str, Any] = {"maximum": 300, "maximum_said": "", "over": 0, "full_since": None, "reached_on": None}
    said |= {"last_to_impose": date(2020, 3, 31), "as_at": date(2019, 11, 1)}
    words = maximum_in_words(**said | {"over": 67, "full_since": ON})
    assert words == "Over by 67"
    assert maximum_in_words(**said | {"full_since": date(2019, 9, 2)}) == "The maximum was reached on 2 September"
    assert maximum_in_words(**said | {"reached_on": date(2020, 1, 5)}) == "At this rate it binds on 5 January 2020"
    late = maximum_in_words(**said | {"reached_on": date(2020, 4, 1)})
    assert late == "At this rate the maximum of 300 is not reached by 31 March 2020, the last day to impose"
    assert maximum_in_words(**said).startswith("At this rate the maximum is not reached")
    unlaunched = said | {"maximum": 0, "maximum_said": "no phase has been launched yet"}
    assert maximum_in_words(**unlaunched) == "No phase has been launched yet"
