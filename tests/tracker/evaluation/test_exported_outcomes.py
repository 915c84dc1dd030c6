"""An export's outcomes: nobody's conviction follows from its rows, or from them and what else was told."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.cohorts import BASE, BY, built, released
from tests.support.evaluation_world import NOW, TODAY, peopled
from tests.support.pilot import PILOT
from tests.support.reoffences import AFTER, reoffended
from tracker.errors import BadEntry, Refused
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.columns import COLUMNS, Context
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.cohort.risk import WITHHELD, Shown
from tracker.evaluation.cohort.rows import Cohort, cohort
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import RecordedOffence, Subject
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.convictions import OF_CONVICTIONS
from tracker.record.entry import entering
from tracker.times import AsOf

EARLY, LATE = date(2019, 3, 4), date(2020, 6, 1)
PROVEN = (RecordedOffence(date(2019, 9, 2), "00826", date(2019, 12, 2)),)


def person(n: int, *, convicted: bool = False, released_on: date = EARLY, **more: Any) -> Subject:
    reached = {"screened": released_on, "fitted": released_on}
    offences = PROVEN if convicted else ()
    return Subject(person_id=n, wearer_ref=f"W{n}", release_on=released_on, reached=reached, offences=offences, **more)


def exported(
    people: Sequence[Subject],
    *,
    earlier: Sequence[Shown] = (),
    everyone: Sequence[Subject] = (),
    **changes: Any,
) -> Cohort:
    definition = parse({**BASE, "columns": ["group", "sex", "reoffended"], **changes})
    return cohort(Context(definition, {}), people, [], b"k" * 32, 10, earlier, everyone)


def left(made: Cohort) -> list[Shown]:
    return [Shown(1, made.shown.by, made.shown.values)]


@pytest.mark.parametrize("small", ["refuse", "blank"])
def test_whoever_alone_was_released_early_is_not_told_by_having_an_outcome(small: str) -> None:
    """All but one were released too late for an outcome: the one row that has any is the early one's."""
    people = [person(1, convicted=True), *(person(n, released_on=LATE) for n in range(2, 40))]
    with pytest.raises(Refused, match="follow_up_complete with too few others"):
        exported(people, small_classes=small)


def test_whether_an_outcome_is_known_is_a_class_without_being_a_column() -> None:
    early = [person(n, convicted=n < 12) for n in range(30)]
    made = exported([*early, *(person(n, released_on=LATE) for n in range(30, 60))])
    assert made.risk.by == ("group", "sex", "follow_up_complete")
    assert made.risk.classes == 2
    assert set(made.rows[0]) == {"person", "group", "sex", "reoffended"}


@pytest.mark.parametrize(("convicted", "leaves"), [(9, False), (10, True), (20, True), (21, False)])
def test_of_each_class_enough_were_convicted_and_enough_were_not(convicted: int, leaves: bool) -> None:
    men = [person(n, convicted=n < 15, sex="male") for n in range(30)]
    women = [person(n, convicted=n < 30 + convicted, sex="female") for n in range(30, 60)]
    for small in ("refuse", "blank"):
        if leaves:
            rows = exported([*men, *women], small_classes=small).rows
            assert sum(row["reoffended"] for row in rows if row["sex"] == "female") == convicted
        else:
            # Large enough, and so not blanked: else it would be seen that it is for the convictions.
            with pytest.raises(Refused, match="too few who were convicted or too few who were not") as refused:
                exported([*men, *women], small_classes=small)
            assert not any(letter.isdigit() for letter in str(refused.value))


def test_what_is_withheld_is_so_whoever_was_convicted() -> None:
    shown = set()
    for convicted in (0, 3, 9):
        men = [person(n, convicted=n < 15, sex="male") for n in range(40)]
        others = [person(n, convicted=n < 55, sex=None) for n in range(40, 70)]
        women = [person(n, convicted=n < 70 + convicted, sex="female") for n in range(70, 79)]
        rows = exported([*men, *others, *women]).rows
        shown.add(tuple(sorted(row["sex"] for row in rows)))
    assert len(shown) == 1
    assert WITHHELD in shown.pop()


@pytest.mark.parametrize("outcomes_first", [True, False])
def test_two_exports_joined_row_by_row_leave_no_class_in_which_all_were_convicted(outcomes_first: bool) -> None:
    """Scores to a hundredth say which rows of both are of one person, whatever the pseudonyms."""
    people = [
        person(
            n, convicted=n < 40, sex="male" if n % 2 else "female", prison="HMP Isis" if n in range(1, 41, 2) else ""
        )
        for n in range(80)
    ]
    asked = [["group", "sex", "reoffended"], ["group", "prison", "recalls"]]
    first, second = asked if outcomes_first else asked[::-1]
    before = exported(people, columns=first)
    assert exported(people, columns=second)
    with pytest.raises(Refused, match=r"together with export 1 .* too few who were not"):
        exported(people, columns=second, earlier=left(before))


def test_a_second_export_leaves_none_of_the_first_alone_in_a_class() -> None:
    """Of those whom the second is not of one is a woman: the first's row of a woman that has no other is hers."""
    people = [person(n, sex="female" if n in {0, *range(20, 40)} else "male") for n in range(60)]
    before = exported(people, columns=["group", "sex", "ogrs_score"])
    later = people[12:]
    assert exported(later, columns=["group", "ogrs_score"])
    with pytest.raises(Refused, match="together with export 1 some people share their values with too few others"):
        exported(later, columns=["group", "ogrs_score"], earlier=left(before), everyone=people)


def test_who_of_the_first_is_left_over_has_no_outcome_told_by_it() -> None:
    people = [person(n, convicted=n < 30) for n in range(80)]
    before = exported(people, columns=["group", "reoffended"])
    how: dict[str, Any] = {"columns": ["group", "recalls"], "earlier": left(before), "everyone": people}
    assert exported([*people[:20], *people[40:]], **how)
    with pytest.raises(Refused, match=r"together with export 1 .* too few who were convicted"):
        exported(people[:55], **how)


@pytest.mark.parametrize("name", ["fitted", "fittings", "breaches", "signal_basis", "matches_considered", "imposed"])
def test_a_column_that_says_who_wore_a_tag_makes_classes_by_it(name: str) -> None:
    """Others know who did: the one row without is that of the one person without."""
    bare = Subject(person_id=0, wearer_ref="W0", release_on=EARLY, reached={"screened": EARLY})
    people = [bare, *(person(n, convicted=n < 20) for n in range(1, 40))]
    assert exported(people, columns=["sex", "recalls", "reoffended"])
    with pytest.raises(Refused, match="share their sex, group with too few others"):
        exported(people, columns=["sex", name], small_classes="refuse")
    made = exported(people[1:], columns=["sex", name])
    assert made.risk.by == ("sex", "group")
    assert set(made.rows[0]) == {"person", "sex", name}


def test_what_follows_from_age_and_address_or_dates_a_release_counts_among_what_others_know() -> None:
    assert all(COLUMNS[name].quasi for name in ("screening", "screened_out_by", "eligible", "recalled_on"))
    # By month a reoffence would say about when the release was, of those convicted alone.
    rows = exported(
        [person(n, convicted=n < 15) for n in range(30)], columns=["reoffended", "reoffended_on"], dates="months"
    ).rows
    assert {row["reoffended_on"] for row in rows if row["reoffended"]} == {26}


def test_when_a_tag_came_on_and_off_others_may_know() -> None:
    """By month the day of fitting is that of release, whatever other columns leave."""
    reached = {"screened": EARLY, "fitted": EARLY}
    one = Subject(person_id=0, wearer_ref="W0", release_on=EARLY, reached=reached)
    people = [one, *(person(n, released_on=LATE) for n in range(1, 30))]
    with pytest.raises(Refused, match="fitted_on with too few others"):
        exported(people, columns=["group", "fitted_on"], dates="months", small_classes="refuse")
    assert all(COLUMNS[name].quasi for name in ("imposed_on", "fitted_on", "removed_on"))


def test_nobody_stands_among_comparison_people_unmarked() -> None:
    with pytest.raises(BadEntry, match="columns has no group; give it with comparison"):
        parse({**BASE, "columns": ["sex", "recalls"], "comparison": True})


@pytest.mark.begins_with(fill=peopled(40))
def test_an_export_s_convictions_bind_what_is_told_later_whatever_becomes_of_its_files(
    engine: Engine, tmp_path: Path
) -> None:
    reoffended(engine, tmp_path, range(0, 40, 2))
    with engine.connect() as connection:
        found = subjects(connection, 1, AsOf(TODAY))
    everyone = frozenset(each.person_id for each in found)
    convicted = frozenset(each.person_id for each in found if each.offences)
    but_three = everyone - set(sorted(everyone)[:3])
    less = Counted(family=OF_CONVICTIONS, people=but_three, having=convicted & but_three)
    door = gate.opened(engine, PILOT, date(2021, 5, 31), by="eva", now=NOW)
    assert door.allows(less)
    number = released(engine, columns=["reoffended"], known_at=AFTER)
    assert not door.allows(less)
    with entering(engine, **BY) as entry:
        cohorts.destroyed(entry, number, "over")
    assert not door.allows(less)
    # The same again tells nothing new.
    released(engine, columns=["reoffended"], known_at=AFTER)


@pytest.mark.begins_with(fill=peopled(40))
def test_an_export_is_held_against_the_convictions_told_before(engine: Engine, tmp_path: Path) -> None:
    reoffended(engine, tmp_path, range(0, 40, 2))
    with engine.connect() as connection:
        found = subjects(connection, 1, AsOf(TODAY))
    some = frozenset(each.person_id for each in found[3:])
    having = frozenset(each.person_id for each in found[3:] if each.offences)
    assert built(engine, columns=["reoffended"], known_at=AFTER)
    door = gate.opened(engine, PILOT, date(2021, 5, 31), by="eva", now=NOW)
    door.tell("effect", {}, "an effect", [Counted(family=OF_CONVICTIONS, people=some, having=having)])
    with pytest.raises(Refused, match="too few people for this to be told") as refused:
        built(engine, columns=["reoffended"], known_at=AFTER)
    assert not any(letter.isdigit() for letter in str(refused.value))
    assert released(engine, columns=["group"], known_at=AFTER)
