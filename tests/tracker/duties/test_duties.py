"""What is due when, and what is overdue."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.support.papers import load_papers
from tests.support.pilot import PILOT, launch_pilot, people_on_licence
from tracker.duties.rules import DutyNow, DutyState, months_after
from tracker.duties.service import do, duties
from tracker.errors import BadEntry, NotFound
from tracker.times import AsOf

NOW = datetime(2019, 9, 1, 9, tzinfo=UTC)


def held(engine: Engine, on: date, known_at: datetime | None = None) -> dict[str, DutyNow]:
    with engine.connect() as connection:
        return {duty.key: duty for duty in duties(connection, PILOT, AsOf(on, known_at))}


@pytest.mark.begins_with(fill=launch_pilot)
def test_the_equality_review_is_due_six_months_after_the_launch(engine: Engine) -> None:
    people_on_licence(engine, 0)
    review = held(engine, date(2019, 8, 18))["equality-review"]
    assert (review.due, review.state) == (date(2019, 8, 18), DutyState.DUE)
    late = held(engine, date(2019, 8, 19))["equality-review"]
    assert late.state is DutyState.OVERDUE
    assert late.in_words() == "OVERDUE, was due 2019-08-18"
    assert "7.4" in late.source


@pytest.mark.begins_with(fill=launch_pilot)
def test_the_dpia_comes_before_use_and_is_done_by_its_evidence(engine: Engine) -> None:
    people_on_licence(engine, 0)
    paper = held(engine, date(2019, 9, 1))["dpia"]
    assert (paper.state, paper.on_paper, paper.done_on, paper.source) == (DutyState.DONE, True, None, "PCD 570, 6.3")
    assert paper.in_words().startswith(
        "done, on the paper's word: “A Data Protection Impact Assessment (DPIA) has been"
    )
    do(engine, PILOT, "dpia", date(2019, 2, 1), "DPIA v1.2", by="officer", now=NOW)
    assert held(engine, date(2019, 9, 1))["dpia"].in_words() == "done on 2019-02-01 (DPIA v1.2)"
    assert held(engine, date(2019, 9, 1), NOW - timedelta(microseconds=1))["dpia"].on_paper
    with pytest.raises(BadEntry, match="already recorded as done on 2019-02-01"):
        do(engine, PILOT, "dpia", date(2019, 3, 1), "again", by="officer", now=NOW)
    with pytest.raises(NotFound, match=r"no duty 'dpai'\. Its duties are dpia, equality-review"):
        do(engine, PILOT, "dpai", date(2019, 3, 1), "x", by="officer", now=NOW)


def test_a_month_that_is_shorter_ends_sooner() -> None:
    assert months_after(date(2019, 8, 31), 6) == date(2020, 2, 29)
    assert months_after(date(2019, 2, 18), 6) == date(2019, 8, 18)
    assert months_after(date(2019, 12, 31), 0) == date(2019, 12, 31)


@pytest.mark.begins_with(fill=load_papers)
def test_an_evaluation_from_april_for_about_six_months_is_due_at_its_end(engine: Engine) -> None:
    by_day = {}
    for day in (date(2020, 5, 1), date(2020, 9, 30), date(2020, 10, 1)):
        with engine.connect() as connection:
            by_day[day] = {d.key: d for d in duties(connection, "iioc-ocsae-teams", AsOf(day))}["evaluation"]
    assert [each.state for each in by_day.values()] == [DutyState.DUE, DutyState.DUE, DutyState.OVERDUE]
    said = "OVERDUE, was due 2020-09-30, at the end of about 6 months from April 2020"
    assert by_day[date(2020, 10, 1)].in_words() == said


@pytest.mark.begins_with(fill=load_papers)
def test_a_paper_that_states_the_day_is_believed_from_that_day_on(engine: Engine) -> None:
    with engine.connect() as connection:
        before, after = (
            {d.key: d for d in duties(connection, "iioc-ocsae-teams", AsOf(day))}
            for day in (date(2020, 1, 5), date(2020, 1, 6))
        )
    assert "teams-live" not in before
    assert (after["teams-live"].done_on, after["teams-live"].on_paper) == (date(2020, 1, 6), True)
