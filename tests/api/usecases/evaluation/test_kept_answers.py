"""What was worked out from a closed month is not worked out again, and counts as long as it would come out the same."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.evaluation_world import NOW, populate
from tests.support.people import erase_person
from tests.support.pilot import PILOT
from tests.support.statements import Asked, asked
from tracker.evaluation.analysis.power_service import power_of
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people.queries import WornTime, subjects, times_worn
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.kept_queries import MOST_KEPT, kept
from tracker.evaluation.statistics.accrual import Accrual, WhatIf

pytestmark = pytest.mark.slow

SAID: dict[str, Any] = {"by": "eva", "now": datetime(2021, 7, 1, 12, tzinfo=UTC)}
"""A month after everything was entered: it is known at the end of June."""
GROWING = ("licence_event", "assignment", "custody", "person")
"""Tables with rows of every person."""


def opened(engine: Engine) -> gate.ReleaseGate:
    return gate.opened(engine, PILOT, None, **SAID)


def power(engine: Engine, **what_if: Any) -> Accrual:
    return power_of(opened(engine), WhatIf(**what_if)).answer


def second_look(engine: Engine, people: int) -> Asked:
    populate(engine, 4, people)
    power(engine)
    with asked() as found:
        power(engine, p_tagged=0.2)
    return found


def test_a_second_look_fetches_the_same_rows_of_a_record_twice_as_large(new_engine: Callable[[], Engine]) -> None:
    small, large = second_look(new_engine(), 14), second_look(new_engine(), 28)
    assert large.rows == small.rows
    of = [each for statement, _ in large.queries for each in GROWING if f"FROM {each} " in f"{statement} "]
    assert of == []


def test_what_is_kept_is_what_would_be_worked_out_and_goes_with_an_erasure(engine: Engine) -> None:
    populate(engine, 4, 20)
    month = opened(engine)
    with engine.connect() as connection:
        everybody = subjects(connection, month.programme_id, month.as_of)
        worn_alone = times_worn(connection, month.programme_id, month.as_of)
    assert worn_alone == [WornTime(each.reached.get("fitted"), each.monitored) for each in everybody]
    first, with_more = power(engine), power(engine, untagged_each=2.0)
    assert first.now is not None
    assert with_more.now is not None
    assert (first.fitted, first.by_month) == (with_more.fitted, with_more.by_month)
    assert (with_more.now.tagged, with_more.now.untagged) == (first.now.tagged, 2 * first.now.untagged)
    worn = first.fitted or 0
    assert worn >= 10
    gone = 0
    for number in range(3):
        erase_person(engine, f"W{number}", reason="asked", by="dee", now=NOW)
        after = power(engine)
        gone = worn - (after.fitted or 0)
        assert sum(after.by_month.values()) == after.fitted
    assert 0 < gone <= 3


def test_what_is_told_meanwhile_may_change_what_may_be_told(engine: Engine) -> None:
    populate(engine, 4, 2)
    made: list[int] = []

    def work() -> int:
        made.append(1)
        return len(made)

    assert [kept(opened(engine), "effect", "a", work) for _ in range(3)] == [1, 1, 1]
    assert kept(opened(engine), "worn", "a", work, by_ledger=False) == 2
    opened(engine).tell("effect", {"method": "exact"}, "x", [Counted(family="f", people=frozenset(range(12)))])
    assert kept(opened(engine), "effect", "a", work) == 3
    assert kept(opened(engine), "worn", "a", work, by_ledger=False) == 2
    assert kept(opened(engine), "effect", "b", work) == 4
    assert kept(gate.opened(engine, PILOT, date(2021, 5, 31), **SAID), "effect", "a", work) == 5
    for number in range(MOST_KEPT):
        kept(opened(engine), "effect", f"other {number}", lambda: 0)
    assert kept(opened(engine), "effect", "a", work) == 6
