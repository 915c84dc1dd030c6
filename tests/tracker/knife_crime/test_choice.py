"""Which boroughs come next: ranked by level, grouped by command unit, and nothing chosen."""

from datetime import date

from geo.borough_names import BOROUGHS
from tracker.knife_crime.choice import Order, Standing, choices
from tracker.rollout.places import Place
from tracker.times import RoughDay

MAY = date(2019, 5, 1)
LIVE, PLAN = RoughDay(date(2019, 2, 18)), RoughDay(date(2019, 8, 1))
PLACES = {
    "Croydon": Place("Croydon", "February 2019", LIVE, LIVE),
    "Camden": Place("Camden", "August", PLAN),
}
COUNTS = {"Croydon": 500, "Sutton": 90, "Bromley": 120, "Camden": 700, "Islington": 700, "Havering": 300}


def test_boroughs_are_ranked_by_their_count_and_equal_counts_are_equal() -> None:
    found = choices(COUNTS, PLACES, MAY)
    assert [(each.borough, each.rank) for each in found[:6]] == [
        ("Camden", 1), ("Islington", 1), ("Croydon", 3), ("Havering", 4), ("Bromley", 5), ("Sutton", 6),
    ]  # fmt: skip
    assert len(found) == len(BOROUGHS)
    assert found[6].level_in_words("2018") == "no count of knife crime for 2018 is on record"
    assert found[0].level_in_words("2018") == "700 knife crimes in 2018, 1st of 6 boroughs"


def test_the_second_reason_is_what_it_can_be_grouped_with() -> None:
    found = {each.borough: each for each in choices(COUNTS, PLACES, MAY)}
    assert found["Sutton"].group_in_words() == "shares the South unit: live in Croydon"
    assert found["Islington"].group_in_words() == "shares the Central North unit: planned for Camden"
    assert found["Havering"].group_in_words() == "no other borough of the East unit is in the programme"
    assert "a force of its own" in found["City of London"].group_in_words()
    assert (found["Croydon"].standing, found["Camden"].standing) == (Standing.LIVE, Standing.PLANNED)
    assert found["Sutton"].standing is Standing.OUTSIDE


def test_units_come_in_the_order_of_the_crime_where_the_programme_is_not_live() -> None:
    found = [each for each in choices(COUNTS, PLACES, MAY, Order.GROUP) if each.count is not None]
    assert [each.borough for each in found] == ["Camden", "Islington", "Havering", "Croydon", "Bromley", "Sutton"]
    assert [each.to_come for each in found] == [1400, 1400, 300, 210, 210, 210]


def test_before_the_table_of_command_units_begins_none_is_known() -> None:
    found = choices(COUNTS, {}, date(2018, 6, 1))
    assert {each.unit for each in found} == {None, "CoLP"}
    assert found[0].group_in_words() == "its command unit is not on record for this day"
