"""The rules that money is approved only once, also when it is carried forward or cited by a later decision.

An *account* is the money that one decision gave to one line in one year; with line None, what it approved and gave to
no line. Money *carried forward* leaves one account and arrives in another; no account can give more than it has.
"""

from collections import defaultdict
from datetime import date

from tracker.errors import Refused
from tracker.money import pounds
from tracker.programme.portfolio import ADDS, Portfolio, Row
from tracker.programme.sections import FundingKind

Account = tuple[str, str | None, str | None]
"""A decision's reference, a line's key or None, a financial year or None."""


def check_money(portfolio: Portfolio) -> None:
    """Check all entries of a programme, whatever their day.

    Raises
    ------
    Refused
        `carry forward`: from an account without the money, or to an earlier year or decision.
        `added twice`: the same money would be approved, or given to a line, a second time.
    """
    for row in portfolio.of("funding"):
        if row["kind"] is FundingKind.CARRIED_FORWARD:
            _check_direction(portfolio, row)
        elif row["kind"] in ADDS:
            _check_approved_once(portfolio, row)
    _check_accounts(portfolio)
    _check_given_once(portfolio)


def _check_direction(portfolio: Portfolio, row: Row) -> None:
    here, there = row["decision"], row["from_decision"]
    what = f"{pounds(row['amount_pence'])} of {here}"
    effective = {decision["reference"]: decision["effective_on"] for decision in portfolio.of("decision")}
    if effective[there] > effective[here]:
        raise Refused(
            "carry forward",
            f"{what} cannot be carried forward from {there}, which takes effect later, on {effective[there]}. "
            "Give an earlier decision.",
        )
    if row["year"] and row["from_year"] and row["year"] < row["from_year"]:
        raise Refused(
            "carry forward",
            f"{what} cannot be carried back from {row['from_year']} to {row['year']}. Give a later year.",
        )
    if here == there and row["year"] == row["from_year"]:
        raise Refused(
            "carry forward",
            f"{what} cannot be carried forward within {here} and the same year. Give the earlier decision or year that "
            "the money comes from, or move it between lines with tagpilot budget move.",
        )


def _check_approved_once(portfolio: Portfolio, row: Row) -> None:
    there = row["from_decision"]
    if there is None or there == row["decision"]:
        return
    if any(other["decision"] == there and other["kind"] in ADDS for other in portfolio.of("funding")):
        raise Refused(
            "added twice",
            f"{pounds(row['amount_pence'])} of {row['decision']} was approved by {there}, whose money is already on "
            f"record in {portfolio.key}. Enter it as 'carried forward' or 'noted', which add nothing.",
        )


def _check_accounts(portfolio: Portfolio) -> None:
    """Day by day, so that no money is carried forward before its account has it."""
    moved: dict[date, list[tuple[Account, int]]] = defaultdict(list)
    for row in portfolio.of("funding"):
        if row["kind"] in ADDS:
            moved[row["effective_on"]].append(((row["decision"], None, None), row["amount_pence"]))
    for row in portfolio.of("allocation"):
        if not row["noted"]:
            day, pence = row["effective_on"], row["amount_pence"]
            moved[day].append(((row["decision"], row["line"], row["year"]), pence))
            moved[day].append(((row["decision"], None, None), -pence))
    carried_from: set[Account] = set()
    for row in portfolio.of("funding"):
        if row["kind"] is FundingKind.CARRIED_FORWARD:
            source = _source(row)
            carried_from.add(source)
            moved[row["effective_on"]].append((source, -row["amount_pence"]))
            moved[row["effective_on"]].append((_target(row), row["amount_pence"]))
    holds: dict[Account, int] = defaultdict(int)
    for day in sorted(moved):
        for account, pence in moved[day]:
            holds[account] += pence
        for account in sorted(carried_from, key=str):
            if holds[account] < 0:
                raise Refused(
                    "carry forward",
                    f"The carry-forward on {day} from {_in_words(account)} is {pounds(-holds[account])} more than the "
                    "account has. Carry forward what is left, and approve the rest as new money.",
                )


def _check_given_once(portfolio: Portfolio) -> None:
    """A paper's table of lines includes money carried forward; entered as a whole it would count that money twice."""
    carries = {row["decision"] for row in portfolio.of("funding") if row["kind"] is FundingKind.CARRIED_FORWARD}
    for decision in sorted(carries):
        approved = sum(
            row["amount_pence"]
            for row in portfolio.of("funding")
            if row["decision"] == decision and row["kind"] in ADDS
        )
        given = sum(
            row["amount_pence"]
            for row in portfolio.of("allocation")
            if row["decision"] == decision and not row["noted"]
        )
        if given > approved:
            raise Refused(
                "added twice",
                f"{decision} allocates {pounds(given)} to lines but approves only {pounds(approved)}. Enter as "
                "allocations only newly approved money: money carried forward reaches its line without one.",
            )


def _source(row: Row) -> Account:
    return row["from_decision"], row["from_line"], row["from_year"] if row["from_line"] else None


def _target(row: Row) -> Account:
    line = row["to_line"] or row["from_line"]
    return row["decision"], line, row["year"] if line else None


def _in_words(account: Account) -> str:
    decision, line, year = account
    if line is None:
        return f"the money that {decision} gave to no line"
    return f"{line}{f' {year}' if year else ' (no year)'} of {decision}"
