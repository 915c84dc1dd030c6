"""An export's outcomes: nobody's conviction follows from its rows, or from them and what else was told."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.cohorts import BASE, BY, built, released
from tests.support.evaluation_world import NOW, TODAY, populate
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


def exported(people: Sequence[Subject], *, earlier: Sequence[Shown] = (), **changes: Any) -> Cohort:
    definition = parse({**BASE, "columns": ["group", "sex", "reoffended"], **changes})
    return cohort(Context(definition, {}), people, [], b"k" * 32, 10, earlier)


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


def test_a_class_in_which_all_were_convicted_does_not_leave() -> None:
    men = [person(n, convicted=n < 15, sex="male") for n in range(30)]
    women = [person(n, convicted=True, sex="female") for n in range(30, 36)]
    with pytest.raises(Refused, match="who was not convicted") as refused:
        exported([*men, *women], small_classes="refuse")
    assert not any(letter.isdigit() for letter in str(refused.value))
    rows = exported([*men, *women]).rows
    assert {row["sex"] for row in rows if row["sex"] != "male"} == {WITHHELD}
    assert not all(row["reoffended"] for row in rows if row["sex"] == WITHHELD)


@pytest.mark.parametrize("outcomes_first", [True, False])
def test_two_exports_joined_row_by_row_leave_no_class_in_which_all_were_convicted(outcomes_first: bool) -> None:
    """Scores to a hundredth say which rows of both are of one person, whatever the pseudonyms."""
    people = [
        person(
            n, convicted=n < 15, sex="male" if n % 2 else "female", prison="HMP Isis" if n in {1, 3, 5, 7, 9} else ""
        )
        for n in range(40)
    ]
    asked = [["group", "sex", "reoffended"], ["group", "prison", "recalls"]]
    first, second = asked if outcomes_first else asked[::-1]
    before = exported(people, columns=first)
    assert exported(people, columns=second)
    with pytest.raises(Refused, match=r"together with export 1 .* who was not convicted"):
        exported(people, columns=second, earlier=[Shown(1, before.shown.by, before.shown.values)])


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


def test_an_export_s_convictions_bind_what_is_told_later_whatever_becomes_of_its_files(
    engine: Engine, tmp_path: Path
) -> None:
    populate(engine, 4, 40)
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


def test_an_export_is_held_against_the_convictions_told_before(engine: Engine, tmp_path: Path) -> None:
    populate(engine, 4, 40)
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
