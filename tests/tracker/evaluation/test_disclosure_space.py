"""What a set of cells distinguishes: the stages that a person can be in, the groups to protect, and the figures that a
bound rests on."""

from datetime import date, timedelta
from itertools import combinations, product

import pytest

from tracker.errors import Refused
from tracker.evaluation.disclosure.attacker import Attacker, Known
from tracker.evaluation.disclosure.groups import small_groups
from tracker.evaluation.disclosure.space import MOST_STAGES, Catalogue, Cell, People, Region, Space, TableRequest, Unit
from tracker.evaluation.disclosure.suppression import protect

MAY, JUNE, JULY = date(2019, 5, 31), date(2019, 6, 30), date(2019, 7, 31)
DAYS = (MAY, JUNE, JULY)
LEVELS = {"age": ("young", "old"), "area": ("north", "south", "west"), "sex": ("male", "female")}
NOT_YOUNG_IN_THE_NORTH = frozenset(set(product(LEVELS["age"], LEVELS["area"])) - {("young", "north")})
FITTED = Catalogue(LEVELS, ("fitted",), {("age", "area"): NOT_YOUNG_IN_THE_NORTH})


def unit(age: str, area: str, sex: str, on: date = MAY) -> Unit:
    return Unit({"age": age, "area": area, "sex": sex}, {"fitted": on})


@pytest.mark.parametrize("chain", [(), ("fitted", "mapped"), ("fitted", "mapped", "recalled")])
def test_the_stages_are_those_that_a_person_can_be_in_and_no_others(chain: tuple[str, ...]) -> None:
    measures = ("fitted", "mapped", "recalled")
    catalogue = Catalogue({}, measures, chains=(chain,) if chain else ())
    asked = {"fitted": (MAY, JUNE), "mapped": (MAY, JULY), "recalled": (JUNE, JULY)}
    space = Space(catalogue, [Cell(measure, day) for measure, days in asked.items() for day in days])
    # One day between any two that are asked for, and never.
    possible = [MAY, JUNE, JULY, date.max]
    found = set()
    for on in product(possible, repeat=3):
        reached = dict(zip(measures, on, strict=True))
        if all(reached[a] <= reached[b] for a, b in combinations(chain, 2)):
            found.add(tuple(reached[measure] <= day for measure, days in asked.items() for day in days))
    masks = [space.reached(measure, day) for measure, days in asked.items() for day in days]
    stages = [tuple(bool(mask[n]) for mask in masks) for n in range(space.stages)]
    assert set(stages) == found
    assert len(stages) == len(found)


def test_as_many_stages_as_may_be_are_checked_and_no_more() -> None:
    days = [MAY + timedelta(days=n) for n in range(MOST_STAGES)]
    catalogue = Catalogue({}, ("fitted",))
    # So many days make one stage more: reached by none of them.
    assert Space(catalogue, [Cell("fitted", day) for day in days[1:]]).stages == MOST_STAGES == 250
    with pytest.raises(Refused, match=r"251 combinations to check, and the limit is 250"):
        Space(catalogue, [Cell("fitted", day) for day in days])


def test_after_a_combination_that_cannot_be_every_other_small_group_is_still_protected() -> None:
    units = [unit(age, area, sex) for age, area, sex in product(*LEVELS.values()) if (age, area) != ("young", "north")]
    cells = TableRequest("fitted", MAY, ("age", "area", "sex")).cells(LEVELS)
    space = Space(FITTED, cells)
    people = People(FITTED, units)
    found = {_key(region) for region, _ in small_groups(space, people, cells, 3)}
    every = [
        tuple(zip(LEVELS, (frozenset({level}) for level in levels), strict=True))
        for levels in product(*LEVELS.values())
    ]
    of_one_person = [limits for limits in every if any(Cell("fitted", MAY, limits).counts(each) for each in units)]
    assert len(of_one_person) == 10
    wanted = [limits for each in of_one_person for limits in (each, each[:2], each[1:], each[::2])]
    few = [limits for limits in wanted if people.count(Cell("fitted", MAY, limits)) < 3]
    assert {_key(space.region(Cell("fitted", MAY, limits))) for limits in few} <= found
    assert len(few) > 20


def _key(region: Region) -> tuple[bytes, ...]:
    return (*(mask.tobytes() for _, mask in region.parts), region.stages.tobytes())


def test_a_bound_names_the_figures_that_it_rests_on_and_no_others() -> None:
    catalogue = Catalogue(LEVELS, ("fitted", "recalled"))
    north, old = ("area", frozenset({"north"})), ("age", frozenset({"old"}))
    cells = [Cell("fitted", MAY), Cell("fitted", MAY, (north,)), Cell("recalled", MAY), Cell("recalled", MAY, (old,))]
    space = Space(catalogue, cells)
    known = [Known(space.region(cell), n, 0) for cell, n in zip(cells, (20, 12, 9, 9), strict=True)]
    elsewhere = space.region(Cell("fitted", MAY, (("area", frozenset({"south", "west"})),)))
    found = Attacker(space, known).interval(elsewhere)
    assert (found.low, found.high, found.width, found.used) == (8, 8, 0, (0, 1))
    young = space.region(Cell("recalled", MAY, (("age", frozenset({"young"})),)))
    assert Attacker(space, known).interval(young).used == (2, 3)
    three = Attacker(space, known[:2]).interval(space.region(cells[1]))
    assert (three.low, three.high) == (12, 12)


@pytest.mark.parametrize(("n", "is_shown"), [(2, False), (3, True)])
def test_a_total_of_exactly_k_is_shown(n: int, is_shown: bool) -> None:
    units = [unit("old", "north", "male") for _ in range(n)]
    for by in ((), ("area",)):
        if is_shown:
            assert protect([TableRequest("fitted", MAY, by)], units, FITTED, [], 3).cells[Cell("fitted", MAY)] == 3
        else:
            with pytest.raises(Refused, match="too few people"):
                protect([TableRequest("fitted", MAY, by)], units, FITTED, [], 3)


def test_a_total_of_exactly_k_is_shown_beside_a_table_of_another_measure() -> None:
    catalogue = Catalogue(LEVELS, ("fitted", "recalled"))
    units = [
        Unit(unit("old", "north", "male").levels, {"fitted": MAY, **({"recalled": JUNE} if n < 3 else {})})
        for n in range(9)
    ]
    asks = [TableRequest("fitted", JUNE, ("sex",)), TableRequest("recalled", JUNE), TableRequest("recalled", MAY)]
    found = protect(asks, units, catalogue, [], 3)
    assert (found.cells[Cell("recalled", JUNE)], found.cells[Cell("recalled", MAY)]) == (3, None)


def test_who_has_no_figure_knows_only_that_no_count_is_negative() -> None:
    cells = TableRequest("fitted", MAY, ("area",)).cells(LEVELS)
    space = Space(Catalogue(LEVELS, ("fitted",)), cells)
    nothing = Attacker(space, [])
    assert nothing.consistent
    for cell in cells:
        found = nothing.interval(space.region(cell))
        assert (found.low, found.high >= 1_000, found.used) == (0, True, ())


def test_each_day_has_its_own_figures_and_days_between_which_nothing_changed_are_as_one() -> None:
    units = [
        unit("old", area, "male", on) for area in ("north", "south", "west") for on in (MAY, JULY) for _ in range(9)
    ]
    found = protect([TableRequest("fitted", day, ("area",)) for day in DAYS], units, FITTED, [], 3)
    assert [found.cells[Cell("fitted", day)] for day in DAYS] == [27, 27, 54]
    west = [found.cells[Cell("fitted", day, (("area", frozenset({"west"})),))] for day in DAYS]
    assert west == [9, 9, 18]
    assert (found.below, found.secondary, found.because_of) == (0, 0, ())
