"""The two arms of the target trial: who is in which, from when, and what happened to them."""

from datetime import date, timedelta
from typing import Any

import pytest

from tracker.evaluation.analysis.arms import (
    arms,
    competing,
    complete,
    fitted_in_time,
    frame_of,
    number_frame,
    outcome_frame,
)
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import RecordedOffence, Subject
from tracker.evaluation.statistics.outcomes import Outcome

RELEASED = date(2019, 3, 1)
UNTIL = date(2021, 5, 31)


def day(n: int) -> date:
    return RELEASED + timedelta(days=n)


def offence(n: int, code: str = "00826") -> RecordedOffence:
    return RecordedOffence(day(n), code, day(n + 30))


def tagged(
    n: int, *, imposed: int | None = -7, fitted: int | None = 0, recalled: int | None = None, **more: Any
) -> Subject:
    days = {"imposed": imposed, "fitted": fitted, "recalled": recalled}
    reached = {name: day(d) for name, d in days.items() if d is not None}
    return Subject(person_id=n, wearer_ref=f"W{n}", release_on=RELEASED, reached=reached, **more)


def other(n: int, **more: Any) -> Comparator:
    fields: dict[str, Any] = dict.fromkeys(
        ("age", "sex", "ethnicity", "borough", "offence_code", "ogrs_pct_hundredths", "prior_sanctions",
         "custody_days", "recalled_on", "observed_until")
    )  # fmt: skip
    return Comparator(reference=f"C{n}", released_on=RELEASED, **{**fields, **more})


def test_whoever_had_the_condition_counts_fitted_or_not() -> None:
    """Arms by fitting would be arms by outcome: who reoffends first is not fitted any more."""
    never = tagged(1, fitted=None, offences=(offence(5),))
    late = tagged(2, imposed=10)
    members = arms([never, late, tagged(3, imposed=None), tagged(4)], [other(1)], UNTIL)
    assert sorted(m.who.person_id for m in members.values() if isinstance(m.who, Subject)) == [1, 4]
    [mine] = [m for m in members.values() if m.who is never]
    assert (mine.followed.started_on, mine.fitted_days) == (RELEASED, None)
    assert complete(members, mine.followed.unit, Outcome.PROVEN) is True


def test_a_tag_fitted_in_prison_is_fitted_on_release_and_a_late_one_is_not_in_time() -> None:
    members = arms(
        [tagged(1, fitted=-2), tagged(2, fitted=20), tagged(3, fitted=20, offences=(offence(9),))], [], UNTIL
    )
    found = {m.who.person_id: m for m in members.values() if isinstance(m.who, Subject)}
    assert [found[n].fitted_days for n in (1, 2)] == [0, 20]
    # Number 3 offended within the grace period: that counts, whatever came of the tag.
    assert [fitted_in_time(found[n], 14) for n in (1, 2, 3)] == [True, False, True]


def test_the_dead_and_the_lost_are_censored_on_the_day() -> None:
    died, lost = tagged(1, left_on=day(40)), other(1, observed_until=day(100))
    members = arms([died, tagged(2), tagged(3, offences=(offence(80),))], [lost, other(2)], UNTIL)
    units = list(members)
    frame = outcome_frame(members, units, Outcome.PROVEN)
    by_name = {
        (m.who.wearer_ref if isinstance(m.who, Subject) else m.who.reference): (y, last)
        for (y, last), m in zip(frame.select("outcome", "followed").iter_rows(), members.values(), strict=True)
    }
    assert by_name["W2"][0] < 0.01
    assert by_name["W3"] == (pytest.approx(1.5), 80)
    # Between none and one: what became of this person is not known.
    assert by_name["W1"] == (pytest.approx(0.5), 40)
    assert by_name["C1"] == (0, 100)
    assert complete(members, units[0], Outcome.PROVEN) is None


def test_how_often_and_how_seriously_within_a_year() -> None:
    many = tagged(1, offences=(offence(5), offence(90, "03440"), offence(300, "99999"), offence(400)))
    members = arms([many, tagged(2)], [other(1, offences=(offence(10),))], UNTIL)
    units = list(members)
    assert number_frame(members, units, severity=False)["outcome"].to_list() == [3, 0, 1]
    # A blade is 4 years, robbery life; code 99999 has no row.
    assert number_frame(members, units, severity=True)["outcome"].to_list() == [29, 0, 4]


def test_what_came_first() -> None:
    people = [tagged(1, recalled=50, offences=(offence(60),)), tagged(2, recalled=70, offences=(offence(60),))]
    members = arms(people, [other(1, recalled_on=day(9))], UNTIL)
    days, kind, mine = competing(members, list(members))
    assert (days.tolist(), kind.tolist(), mine.tolist()) == ([50, 60, 9], [2, 1, 2], [True, True, False])


def test_covariates_come_from_both_arms() -> None:
    members = arms([tagged(1, sex="male", ogrs_pct_hundredths=6_000)], [other(1, sex="female")], UNTIL)
    frame = frame_of(members, list(members), ["sex", "ogrs_score"], UNTIL)
    assert frame.drop("unit").rows() == [(True, "male", 60.0), (False, "female", None)]
