"""Laws: money carried forward is conserved, and what was known at an instant stays as it was."""

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.support.papers import LATE, NOW, allocated, enter_pilot_paper, extend, portfolio_seen
from tests.support.pilot import PILOT
from tracker.budget.position import position
from tracker.decisions.papers import read_text
from tracker.decisions.service import correct, enter_file, withdraw
from tracker.errors import PilotError, Refused
from tracker.programme.carry_forward import check_money
from tracker.programme.portfolio import Portfolio
from tracker.programme.sections import FundingKind
from tracker.record.audit.queries import verify_chain

_YEARS = st.sampled_from([None, "2019/20", "2020/21"])
_LINES = st.sampled_from([None, "one", "two"])
_DAYS = st.dates(date(2019, 1, 1), date(2019, 1, 5))
_DECISIONS = st.integers(0, 3)


def _row(**values: Any) -> dict[str, Any]:
    return {"noted": None, "from_decision": None, "from_line": None, "from_year": None, "to_line": None, **values}


_ALLOCATIONS = st.lists(st.tuples(_DECISIONS, _LINES.filter(bool), _YEARS, st.integers(1, 50)), max_size=8)
_CARRIED = st.lists(st.tuples(_DECISIONS, _DECISIONS, _LINES, _YEARS, _LINES, _YEARS, st.integers(1, 50)), max_size=6)


@pytest.mark.slow
@given(_ALLOCATIONS, _CARRIED, st.tuples(_DAYS, _DAYS, _DAYS, _DAYS))
@settings(max_examples=400)
def test_money_carried_forward_anyhow_is_conserved_or_refused(
    allocations: list[Any], carried: list[Any], days: tuple[date, ...]
) -> None:
    decisions = [{"reference": f"D{n}", "effective_on": day} for n, day in enumerate(days)]
    funding = [
        _row(decision=f"D{n}", kind=FundingKind.APPROVED, amount_pence=100, year=None, effective_on=day)
        for n, day in enumerate(days)
    ]
    for here, there, line, from_year, to_line, year, pence in carried:
        funding.append(
            _row(
                decision=f"D{here}",
                kind=FundingKind.CARRIED_FORWARD,
                amount_pence=pence,
                year=year,
                effective_on=days[here],
                from_decision=f"D{there}",
                from_line=line,
                from_year=from_year,
                to_line=to_line,
            )
        )
    given_ = [
        _row(decision=f"D{n}", line=line, year=year, amount_pence=pence, effective_on=days[n])
        for n, line, year, pence in allocations
    ]
    held = Portfolio("p", "p", {"decision": decisions, "funding": funding, "allocation": given_})
    assert held.approved == 400
    try:
        check_money(held)
    except Refused:
        return
    found = position(held.approved, held.allocations())
    assert found.allocated + found.unallocated == 400
    by_day = {at: _as_at(held, at) for at in sorted(set(days))}
    for at, then in by_day.items():
        assert then.approved == 100 * sum(day <= at for day in days)
        assert all(line.allocated >= 0 for line in position(then.approved, then.allocations()).lines)
    # Carried forward or not, what lines have together is what they were given, and what came to them from no line.
    came = sum(row["amount_pence"] for row in funding if _to_a_line_from_none(row))
    assert found.allocated == sum(row["amount_pence"] for row in given_) + came


def _to_a_line_from_none(row: dict[str, Any]) -> bool:
    return row["kind"] is FundingKind.CARRIED_FORWARD and row["from_line"] is None and row["to_line"] is not None


def _as_at(held: Portfolio, at: date) -> Portfolio:
    rows = {name: [row for row in rows if row["effective_on"] <= at] for name, rows in held.sections.items()}
    return Portfolio(held.key, held.name, rows)


_moves = st.lists(
    st.tuples(
        st.sampled_from(["extend", "approve", "carry", "end", "correct", "withdraw"]),
        st.integers(1, 9),
        st.integers(1, 300_000_00),
    ),
    max_size=5,
)


@pytest.mark.begins_with(fill=enter_pilot_paper)
@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_moves)
def test_whatever_is_entered_later_answers_as_known_at_an_instant_never_change(
    new_engine: Callable[[], Engine], moves: list[tuple[str, int, int]]
) -> None:
    engine = new_engine()
    answers: list[tuple[datetime, date, Portfolio]] = []
    for n, (move, number, pence) in enumerate(moves):
        now = NOW + timedelta(days=n + 1)
        with contextlib.suppress(PilotError):
            _enter_one(engine, move, number, pence, now)
        then = now + timedelta(hours=1)
        for at in (date(2019, 4, 1), date(2020, 4, 1), LATE):
            answers.append((then, at, portfolio_seen(engine, at=at, known_at=then)))
        for known_at, day, answer in answers:
            assert _plain(portfolio_seen(engine, at=day, known_at=known_at)) == _plain(answer)
        held = portfolio_seen(engine)
        assert sum(allocated(held).values()) <= held.approved
        assert min(allocated(held).values()) >= 0
    assert verify_chain(engine).broken is None
    engine.dispose()


def _plain(held: Portfolio) -> dict[str, list[dict[str, Any]]]:
    """An entry that was corrected since says so in `superseded_at`; what it says is the same."""
    return {
        name: [{k: v for k, v in row.items() if k != "superseded_at"} for row in rows]
        for name, rows in held.sections.items()
    }


def _enter_one(engine: Engine, move: str, number: int, pence: int, now: datetime) -> None:
    later: dict[str, Any] = {"by": "officer", "now": now}
    pounds = f"{pence // 100}.{pence % 100:02}"
    match move:
        case "extend":
            extend(engine, ("PCD 800", f"PCD 80{number}"), ('"100,000"', f'"{pounds}"'), now=now)
        case "correct":
            changes = {"amount_pounds": pounds}
            correct(engine, PILOT, "funding", {"key": "forward", "decision": f"PCD 80{number}"}, changes, **later)
        case "withdraw":
            withdraw(engine, PILOT, "allocation", {"decision": f"PCD 80{number}"}, "by mistake", **later)
        case "end":
            changes = {"day": f"2021-0{number}"}
            correct(engine, PILOT, "end", {"kind": "last day to impose", "decision": "PCD 570"}, changes, **later)
        case _:
            funding = {
                "key": f"n{number}",
                "kind": "approved" if move == "approve" else "carried forward",
                "amount_pounds": pounds,
                "year": "2021/22",
                "decision": "PCD 570",
                "effective_on": "2019-06-01",
                "source": "letter",
                **({} if move == "approve" else {"from_decision": "PCD 570", "from_line": "analysis"}),
            }
            text = "[programme]\nkey = 'gps-knife-licence'\n[[funding]]\n"
            text += "\n".join(f'{name} = "{value}"' for name, value in funding.items())
            enter_file(engine, read_text(text, "f.toml"), **later)
