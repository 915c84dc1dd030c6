"""Money on record: what may be promised, what happened, and answers that do not change."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.support.people import OFFICER, at
from tests.support.pilot import BY, EVALUATION, LOST, MAY, NOW, PILOT, TAGGING, budget_position, enter_pilot, line_of
from tracker.budget import service
from tracker.budget.service import LineYear
from tracker.errors import BadEntry, NotFound, PilotError, Refused
from tracker.record.audit.queries import verify_chain
from tracker.tags import service as tags
from tracker.tags.states import TagMove


@pytest.mark.begins_with(fill=enter_pilot)
def test_a_position_reconciles_to_the_penny(engine: Engine) -> None:
    service.commit(engine, PILOT, "C1", TAGGING, 400_000_00, "tags and monitoring", MAY, contract="gps-tags", **BY)
    assert service.spend(engine, PILOT, "L1", TAGGING, 123_456_78, "April", MAY, commitment="C1", **BY) == []
    service.spend(engine, PILOT, "L2", TAGGING, 1_00, "couriers", MAY, **BY)
    service.spend(engine, PILOT, "L3", TAGGING, -50, "refund", MAY, **BY)
    service.forecast(engine, PILOT, TAGGING, 450_000_00, MAY, **BY)
    found = budget_position(engine)
    of = line_of(found, TAGGING)
    assert (of.allocated, of.committed, of.actual) == (469_000_00, 400_000_00, 123_457_28)
    assert (of.in_use, of.free, of.variance) == (400_000_50, 68_999_50, 19_000_00)
    assert found.allocated + found.unallocated == found.approved == 730_000_00
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=enter_pilot)
def test_overspending_is_refused_or_overridden_and_actual_spending_is_recorded(engine: Engine) -> None:
    with pytest.raises(Refused, match="£60,000 allocated") as refused:
        service.commit(engine, PILOT, "C1", EVALUATION, 60_000_01, "evaluation", MAY, **BY)
    assert refused.value.rule == "line"
    service.commit(engine, PILOT, "C1", EVALUATION, 60_000_01, "evaluation", MAY, override="agreed", **BY)
    assert line_of(budget_position(engine), EVALUATION).free == -1
    flags = service.spend(engine, PILOT, "L1", LOST, 31_000_00, "lost tags", MAY, **BY)
    assert flags == ["lost-tags is overspent by £1,000"]
    with pytest.raises(BadEntry, match="There is already a commitment C1"):
        service.commit(engine, PILOT, "C1", TAGGING, 1, "again", MAY, **BY)
    with pytest.raises(BadEntry, match="There is already a ledger entry L1"):
        service.spend(engine, PILOT, "L1", TAGGING, 1, "again", MAY, **BY)
    with pytest.raises(NotFound, match=r"no line 'tags'\. Its lines are analysis"):
        service.commit(engine, PILOT, "C2", LineYear("tags"), 1, "x", MAY, **BY)
    with pytest.raises(NotFound, match="no commitment C9"):
        service.spend(engine, PILOT, "L2", TAGGING, 1, "x", MAY, commitment="C9", **BY)
    with pytest.raises(BadEntry, match="above £0"):
        service.commit(engine, PILOT, "C2", TAGGING, 0, "x", MAY, **BY)


@pytest.mark.begins_with(fill=enter_pilot)
def test_money_moves_by_a_decision_and_none_is_created(engine: Engine) -> None:
    decided = {"decided_by": "B. Head", "reason": "fewer tags lost"}
    found = service.move(engine, PILOT, LOST, TAGGING, 10_000_00, MAY, **decided, **BY)
    assert (line_of(found, LOST).allocated, line_of(found, TAGGING).allocated) == (20_000_00, 479_000_00)
    assert found.allocated == 730_000_00
    with pytest.raises(Refused, match="more than the £20,000 free on lost-tags"):
        service.move(engine, PILOT, LOST, TAGGING, 20_000_01, MAY, **decided, **BY)


@pytest.mark.begins_with(fill=enter_pilot)
def test_lost_tags_are_charged_to_their_line_until_they_are_found(engine: Engine) -> None:
    tags.receive(engine, PILOT, ["T1", "T2"], at(0), contract="gps-tags", **OFFICER)
    tags.price(engine, PILOT, "gps-tags", 350_00, date(2019, 9, 1), source="schedule 2", **OFFICER)
    for tag in ("T1", "T2"):
        tags.move_tag(engine, tag, TagMove.LOSE, at(1), **OFFICER)
    assert line_of(budget_position(engine), LOST).actual == 700_00
    tags.move_tag(engine, "T2", TagMove.FIND, at(3), **OFFICER)
    assert line_of(budget_position(engine), LOST).actual == 350_00


@pytest.mark.begins_with(fill=enter_pilot)
def test_as_known_at_an_instant_the_position_never_changes(engine: Engine) -> None:
    service.commit(engine, PILOT, "C1", TAGGING, 100_00, "x", MAY, **BY)
    then = NOW + timedelta(hours=1)
    before = budget_position(engine, known_at=then)
    later = {"by": "officer", "now": NOW + timedelta(days=1)}
    service.spend(engine, PILOT, "L1", TAGGING, 5_00, "back-dated", date(2019, 4, 2), **later)
    service.move(engine, PILOT, LOST, TAGGING, 7_00, MAY, decided_by="B", reason="r", **later)
    assert budget_position(engine, known_at=then) == before
    assert budget_position(engine) != before


_lines = st.sampled_from(["analysis", "evaluation", "management", "tagging", "lost-tags"])


@pytest.mark.begins_with(fill=enter_pilot)
@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["commit", "spend", "move"]), _lines, _lines, st.integers(-10_000_00, 400_000_00)),
        max_size=10,
    )
)
def test_any_sequence_of_moves_conserves_what_is_approved(
    new_engine: object, moves: list[tuple[str, str, str, int]]
) -> None:
    engine = new_engine()  # type: ignore[operator]
    spent = 0
    for n, (move, one, other, pence) in enumerate(moves):
        try:
            if move == "commit":
                service.commit(engine, PILOT, f"C{n}", LineYear(one), pence, "x", MAY, **BY)
            elif move == "spend":
                service.spend(engine, PILOT, f"L{n}", LineYear(one), pence, "x", MAY, **BY)
                spent += pence
            else:
                service.move(
                    engine, PILOT, LineYear(one), LineYear(other), pence, MAY, decided_by="B", reason="r", **BY
                )
        except PilotError:
            continue
    found = budget_position(engine)
    assert found.allocated == found.approved == 730_000_00
    assert found.actual == spent
    assert all(x.allocated >= 0 for x in found.lines)
    engine.dispose()
