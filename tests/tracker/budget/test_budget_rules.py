"""Money adds up, whatever was moved, promised or spent."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.budget.commitments import refusal
from tracker.budget.position import Position, position
from tracker.programme.figures import Allocated, Committed, Entry, Expected, Moved, Spent

PILOT = (
    Allocated("analysis", None, 9_600_000),
    Allocated("evaluation", None, 6_000_000),
    Allocated("management", None, 7_500_000),
    Allocated("tagging", None, 46_900_000),
    Allocated("lost tags", None, 3_000_000),
)
APPROVED = 73_000_000


def line(found: Position, name: str) -> tuple[int, int, int, int, int]:
    of = next(held for held in found.lines if held.line == name)
    return of.allocated, of.committed, of.actual, of.free, of.variance


def test_the_pilots_lines_leave_nothing_unallocated() -> None:
    found = position(APPROVED, PILOT)
    assert (found.allocated, found.unallocated, found.free) == (APPROVED, 0, APPROVED)


def test_spending_against_a_commitment_is_not_counted_twice() -> None:
    found = position(
        APPROVED, [*PILOT, Committed("tagging", None, 1, 10_000_000), Spent("tagging", None, 4_000_000, 1)]
    )
    assert line(found, "tagging") == (46_900_000, 10_000_000, 4_000_000, 36_900_000, 36_900_000)
    over = position(
        APPROVED, [*PILOT, Committed("tagging", None, 1, 10_000_000), Spent("tagging", None, 12_000_000, 1)]
    )
    assert line(over, "tagging")[3] == 34_900_000


def test_a_payment_on_another_line_than_committed_counts_there_too() -> None:
    found = position(APPROVED, [*PILOT, Committed("tagging", None, 1, 500), Spent("analysis", None, 300, 1)])
    assert line(found, "tagging")[3] == 46_899_500
    assert line(found, "analysis")[3] == 9_599_700


def test_actual_spending_over_the_line_is_recorded_with_a_note() -> None:
    found = position(APPROVED, [*PILOT, Spent("lost tags", None, 3_100_000)])
    assert line(found, "lost tags")[3:] == (-100_000, -100_000)
    assert [held.line for held in found.lines if held.over] == ["lost tags"]


def test_a_forecast_below_actual_spending_is_not_used() -> None:
    found = position(APPROVED, [*PILOT, Spent("evaluation", None, 700_000), Expected("evaluation", None, 600_000)])
    assert line(found, "evaluation")[4] == 5_300_000


def test_a_commitment_over_its_line_or_the_approval_is_refused_with_the_figures() -> None:
    found = position(APPROVED, [*PILOT, Committed("evaluation", None, 1, 5_999_900)])
    assert refusal(found, "evaluation", None, 100) is None
    refused = refusal(found, "evaluation", None, 101)
    assert refused is not None
    assert refused.rule == "line"
    assert "£60,000 allocated, £59,999 committed or spent, £1 free" in str(refused)
    short = position(
        70_000_000, [*PILOT, Committed("tagging", None, 1, 40_000_000), Committed("analysis", None, 2, 9_600_000)]
    )
    refused = refusal(
        position(50_000_000, [*PILOT, Committed("tagging", None, 1, 46_900_000)]), "analysis", None, 9_000_000
    )
    assert refused is not None
    assert refused.rule == "approval"
    assert short.unallocated == -3_000_000
    missing = refusal(found, "nothing", "2019/20", 1)
    assert missing is not None
    assert "nothing 2019/20" in str(missing)


_lines = st.sampled_from(["analysis", "evaluation", "tagging"])
_years = st.sampled_from([None, "2018/19", "2019/20"])
_pence = st.integers(-5_000_000, 5_000_000)
_entries = st.lists(
    st.one_of(
        st.builds(Allocated, _lines, _years, _pence),
        st.builds(Moved, _lines, _years, _lines, _years, _pence),
        st.builds(Committed, _lines, _years, st.integers(1, 5), st.integers(0, 5_000_000)),
        st.builds(Spent, _lines, _years, _pence, st.one_of(st.none(), st.integers(1, 5))),
    ),
    max_size=25,
)


@given(_entries)
def test_money_is_conserved_by_any_sequence_of_moves(entries: list[Entry]) -> None:
    found = position(APPROVED, entries)
    put_in = sum(e.pence for e in entries if isinstance(e, Allocated))
    assert found.allocated == put_in
    assert found.allocated + found.unallocated == APPROVED
    assert found.actual == sum(e.pence for e in entries if isinstance(e, Spent))
    assert found.committed == sum(e.pence for e in entries if isinstance(e, Committed))
    assert sum(held.allocated - held.in_use - held.free for held in found.lines) == 0
    assert position(APPROVED, reversed(entries)).actual == found.actual
