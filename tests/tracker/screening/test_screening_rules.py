"""Five criteria, each passed, failed or not known; three decisions, never merged."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.answers import Answer, every_one
from tracker.errors import BadEntry, NotFound
from tracker.ogrs.gate import Score, gate_intervals, governing
from tracker.rollout.places import Place
from tracker.screening import dated
from tracker.screening.criteria import Case, Operation, rules_version, screen
from tracker.screening.decisions import checked_decision, eligible_for_mapping
from tracker.screening.home import OUTSIDE_LONDON, Home
from tracker.times import DayPrecision, RoughDay, whole_years

FEBRUARY = RoughDay(date(2019, 2, 18))
JUNE = RoughDay(date(2019, 6, 1), DayPrecision.INFERRED_MONTH)
PLACES = {
    "Lambeth": Place("Lambeth", "February 2019", FEBRUARY, FEBRUARY),
    "Lewisham": Place("Lewisham", "February 2019", FEBRUARY, FEBRUARY),
    "Hackney": Place("Hackney", "June", JUNE),
}
OPERATION = Operation(FEBRUARY, date(2020, 4, 30), "final ministerial approval of the end date")
GOOD: dict[str, Any] = {
    "born": date(1997, 5, 1),
    "offence_code": "00826",
    "knife_involved": True,
    "knife_basis": "the judge's remarks",
    "prison": "HMP Brixton",
    "release_on": date(2019, 5, 1),
    "home": Home("Lambeth"),
}


def answers(operation: Operation = OPERATION, **changes: Any) -> dict[str, tuple[Answer, str]]:
    found = screen(Case(**(GOOD | changes)), PLACES, operation)
    assert found.answer is every_one(found.findings)
    assert all(f.rule and f.source.startswith("PCD 570, 1.3") for f in found.findings)
    return {finding.criterion: (finding.answer, finding.seen) for finding in found.findings}


def test_all_five_passed_with_what_was_seen() -> None:
    found = answers()
    assert {answer for answer, _ in found.values()} == {Answer.PASSED}
    assert found["adult"][1] == "22 on 2019-05-01"
    assert found["knife offence"][1].endswith("a knife was involved, basis: the judge's remarks")
    assert found["London prison"][1].startswith("Brixton: a London prison (")
    assert found["operational period"][1] == (
        "2019-05-01: from 2019-02-18 to 2020-04-30, subject to final ministerial approval of the end date"
    )


@pytest.mark.parametrize(
    ("changes", "criterion", "answer", "seen"),
    [
        ({"born": date(2001, 5, 2)}, "adult", Answer.FAILED, "17 on 2019-05-01"),
        ({"born": date(2001, 5, 1)}, "adult", Answer.PASSED, "18 on 2019-05-01"),
        ({"born": None}, "adult", Answer.NOT_KNOWN, "no date of birth"),
        (
            {"knife_involved": None},
            "knife offence",
            Answer.NOT_KNOWN,
            "the code alone does not show whether a knife was involved",
        ),
        (
            {"knife_basis": None},
            "knife offence",
            Answer.NOT_KNOWN,
            "a knife was involved but not how we know: fill in knife_basis",
        ),
        ({"knife_involved": False}, "knife offence", Answer.NOT_KNOWN, "which contradicts the offence"),
        (
            {"knife_involved": False, "offence_code": "03401"},
            "knife offence",
            Answer.FAILED,
            "03401: no knife involved",
        ),
        ({"offence_code": "03401"}, "knife offence", Answer.PASSED, "03401: a knife was involved"),
        ({"prison": "HMP/YOI Bronzefield"}, "London prison", Answer.FAILED, "Surrey"),
        ({"prison": "HMP Elmley"}, "London prison", Answer.FAILED, "not a London prison (outside Greater London"),
        ({"prison": "HMYOI Cookham Wood"}, "London prison", Answer.FAILED, "Rochester, Kent"),
        ({"prison": "HMP/YOI Isis"}, "London prison", Answer.PASSED, "a London prison"),
        ({"prison": "HMP Nowhere"}, "London prison", Answer.NOT_KNOWN, "not in the table of prisons"),
        ({"prison": None}, "London prison", Answer.NOT_KNOWN, "no prison is recorded"),
        ({"home": Home("Hackney")}, "live borough", Answer.NOT_KNOWN, "planned June (2019 inferred)"),
        ({"home": Home("Bromley")}, "live borough", Answer.FAILED, "not a borough of the programme"),
        ({"home": Home(OUTSIDE_LONDON)}, "live borough", Answer.FAILED, "not a borough of the programme"),
        (
            {"home": Home()},
            "live borough",
            Answer.NOT_KNOWN,
            "no borough is recorded; postcodes are not looked up: give the borough",
        ),
        ({"home": Home(found="Lambeth")}, "live borough", Answer.PASSED, "live since 2019-02-18"),
        ({"release_on": date(2019, 2, 17)}, "live borough", Answer.FAILED, "not live yet"),
        ({"release_on": date(2019, 2, 17)}, "operational period", Answer.FAILED, "the pilot began in 2019-02-18"),
        ({"release_on": date(2019, 2, 18)}, "operational period", Answer.PASSED, "from 2019-02-18"),
        ({"release_on": date(2020, 5, 1)}, "operational period", Answer.FAILED, "to 2020-04-30"),
        ({"release_on": None}, "operational period", Answer.NOT_KNOWN, "no release date"),
    ],
)
def test_one_criterion(changes: dict[str, Any], criterion: str, answer: Answer, seen: str) -> None:
    found = answers(**changes)
    assert found[criterion][0] is answer
    assert seen in found[criterion][1]


def test_a_borough_stated_and_a_place_that_disagree_are_both_shown() -> None:
    answer, seen = answers(home=Home("Lambeth", "Bromley"))["live borough"]
    assert answer is Answer.NOT_KNOWN
    assert seen.startswith("stated as Lambeth, but the coordinates are in Bromley; ")
    answer, seen = answers(home=Home("Lambeth", "Lewisham"))["live borough"]
    assert answer is Answer.PASSED, "both are live, so it does not matter which"
    assert "stated as Lambeth" in seen


def test_an_operation_of_which_the_beginning_or_the_end_is_not_known() -> None:
    assert answers(Operation(None, None))["operational period"][0] is Answer.NOT_KNOWN
    assert answers(Operation(FEBRUARY, None))["operational period"] == (
        Answer.PASSED,
        "2019-05-01: since 2019-02-18, with no last day stated",
    )
    may = RoughDay(date(2019, 5, 1), DayPrecision.MONTH)
    assert answers(Operation(may, None))["operational period"][0] is Answer.NOT_KNOWN


_cases = st.fixed_dictionaries(
    {
        "born": st.none() | st.dates(date(1960, 1, 1), date(2005, 1, 1)),
        "offence_code": st.none() | st.sampled_from(["00811", "8/26", "03401"]),
        "knife_involved": st.none() | st.booleans(),
        "knife_basis": st.none() | st.just("the indictment"),
        "prison": st.none() | st.sampled_from(["Brixton", "Downview", "HMP Elsewhere"]),
        "release_on": st.none() | st.dates(date(2019, 1, 1), date(2020, 6, 1)),
        "home": st.builds(Home, *[st.none() | st.sampled_from(["Lambeth", "Hackney", "Bromley"])] * 2),
    }
)


@given(_cases)
def test_a_missing_value_neither_passes_nor_fails(case: dict[str, Any]) -> None:
    found = answers(**case)
    assert len(found) == 5
    nothing = answers(born=None, knife_involved=None, prison=None, release_on=None, home=Home())
    assert {answer for answer, _ in nothing.values()} == {Answer.NOT_KNOWN}
    if case["born"] is not None and case["release_on"] is not None:
        assert (found["adult"][0] is Answer.PASSED) == (whole_years(case["born"], case["release_on"]) >= 18)
    # A fact more may decide what was open, and changes nothing that was decided by the others.
    for name in ("born", "prison"):
        less = answers(**(case | {name: None}))
        assert {c for c in found if found[c] != less[c]} <= {"adult" if name == "born" else "London prison"}


def test_the_rules_and_their_tables_have_one_version() -> None:
    assert rules_version() == f"pcd570-1+{dated.version()}"
    assert len(rules_version()) <= 32


def test_every_row_of_the_tables_has_its_first_day_and_its_source() -> None:
    for row in (*dated.prisons(), *dated.offences(), *dated.durations()):
        assert row.source
        assert row.until is None or row.since < row.until
    assert sum(prison.in_london for prison in dated.prisons()) == 8
    assert dated.prison_named("Brixton", date(2018, 12, 31)) is None


def test_offence_codes_are_read_as_the_ministry_writes_them() -> None:
    assert [dated.offence_code(text) for text in ("8/26", "826", "00826", " 8/26 ", "X12")] == [
        "00826",
        "00826",
        "00826",
        "00826",
        "X12",
    ]


def test_lengths_set_by_law_are_dated() -> None:
    assert dated.duration("fixed-term recall under 12 months", date(2019, 5, 1)).days == 14
    with pytest.raises(NotFound, match="on record are: fixed-term recall under 12 months"):
        dated.duration("curfew", date(2019, 5, 1))
    with pytest.raises(NotFound, match="for 2000-01-01"):
        dated.duration("fixed-term recall under 12 months", date(2000, 1, 1))


def test_a_decision_of_probation_has_a_person_an_organisation_a_past_day_and_reasons() -> None:
    today = date(2019, 5, 1)
    checked_decision("B. Officer", "NPS London", today, "risk can be managed", today)
    with pytest.raises(BadEntry, match=r"name of the person who decided is missing.*reason is missing") as told:
        checked_decision(" ", "NPS London", today + timedelta(days=1), "", today)
    assert "in the future" in str(told.value)


def test_mapping_needs_a_tag_and_a_score() -> None:
    scores = [Score(date(2019, 3, 1), 2, 5_000, "OGRS3", rounded=True), Score(date(2019, 6, 1), 2, 4_000, "OGRS3")]

    def asked(since: date | None, on: date, held: list[Score] = scores) -> tuple[Answer, list[str]]:
        found = eligible_for_mapping(since, governing(held, 2), gate_intervals(held), 2, on)
        return found.answer, [finding.seen for finding in found.findings]

    assert asked(date(2019, 4, 1), date(2019, 5, 1)) == (
        Answer.PASSED,
        ["tagged since 2019-04-01", "50 % on 2019-03-01 (2-year OGRS3, given, rounded), medium"],
    )
    assert asked(None, date(2019, 5, 1))[0] is Answer.FAILED
    assert asked(date(2019, 4, 1), date(2019, 6, 1))[0] is Answer.FAILED
    assert asked(date(2019, 4, 1), date(2019, 5, 1), []) == (
        Answer.FAILED,
        ["tagged since 2019-04-01", "no 2-year score by 2019-05-01, so the gate is closed"],
    )
