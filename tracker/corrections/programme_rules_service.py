"""What corrected money, launches, duties and periods have to agree with."""

from datetime import date
from typing import Any

from sqlalchemy import select

from tracker.budget.commitments import refusal
from tracker.budget.position import LinePosition
from tracker.budget.queries import commitment_parts, position_of
from tracker.budget.service import LineYear, require_line
from tracker.budget.tables import Actual, Commitment, CommitmentChange
from tracker.corrections.change import Change, Rules
from tracker.errors import BadEntry, NotFound, Refused
from tracker.money import pounds
from tracker.programme.queries import portfolio
from tracker.record.as_known import known
from tracker.rollout.queries import capacity
from tracker.screening.facts_service import Notes
from tracker.times import AsOf

_WHENEVER = AsOf(date.max)


def _line(change: Change, line: str = "line", year: str = "year") -> LineYear:
    on = LineYear(change.now(line), change.now(year))
    require_line(change.entry, change.key, on)
    return on


def _above_nothing(change: Change) -> int:
    pence = int(change.now("amount_pence"))
    if pence <= 0:
        raise BadEntry(f"pence: {pounds(pence)} is no amount here. Give an amount above £0.")
    return pence


def _changes_of(change: Change, reference: str) -> list[int]:
    query = select(CommitmentChange.id).where(
        known(CommitmentChange),
        CommitmentChange.programme_id == change.programme_id,
        CommitmentChange.commitment == reference,
    )
    return list(change.entry.connection.scalars(query))


def _prepare_commitment(change: Change) -> None:
    on, pence = _line(change), _above_nothing(change)
    contract = change.now("contract")
    if contract is not None:
        portfolio(change.entry.connection, change.key, _WHENEVER).contract(contract)
    if not {"line", "year", "amount_pence"} & set(change.changes):
        return
    reference = change.held.values["reference"]
    parts = commitment_parts(change.entry.connection, change.programme_id, reference, _WHENEVER)
    paid = sum(part.paid for part in parts if (part.line, part.year) == (on.line, on.year))
    without = position_of(change.entry.connection, change.key, _WHENEVER, without=change.held.number)
    refused = refusal(without, on.line, on.year, max(0, pence - paid))
    if refused is not None and not change.override:
        raise refused
    change.changes["over_reason"] = change.override if refused is not None else None


def _settle_commitment(change: Change) -> None:
    reference = change.held.values["reference"]
    _require_parts(change, reference)
    if change.number is not None:
        return
    if numbers := _changes_of(change, reference):
        raise Refused(
            "commitment",
            f"Commitment {reference} was changed later (changes {', '.join(map(str, numbers))}). Take those back "
            "first, or cancel what is left of it.",
        )
    query = select(Actual.amount_pence).where(
        known(Actual), Actual.programme_id == change.programme_id, Actual.commitment == reference
    )
    if paid := sum(change.entry.connection.scalars(query)):
        change.notes.append(f"{pounds(paid)} was paid on {reference}; the payments stay and count without it")


def _require_parts(change: Change, reference: str) -> None:
    """No later change may take more from a commitment than it has."""
    parts = commitment_parts(change.entry.connection, change.programme_id, reference, _WHENEVER)
    for part in parts:
        if part.pence < 0:
            raise Refused(
                "commitment",
                f"{reference} would be {pounds(-part.pence)} below zero on "
                f"{LineYear(part.line, part.year).in_words()}, because later changes took it from "
                "there. Correct or take back those changes first.",
            )


def _prepare_change(change: Change) -> None:
    pence = _above_nothing(change)
    if change.now("to_line") is None:
        if change.now("to_year") is not None:
            raise BadEntry("toYear: there is no line to move to. Give toLine too, or neither.")
        return
    on = _line(change, "to_line", "to_year")
    same = (change.held.values["to_line"], change.held.values["to_year"]) == (on.line, on.year)
    more = pence - (change.held.values["amount_pence"] if same else 0)
    if more <= 0:
        return
    before = position_of(change.entry.connection, change.key, _WHENEVER)
    refused = refusal(before, on.line, on.year, more, moved=True)
    if refused is not None and not change.override:
        raise refused
    change.changes["over_reason"] = change.override if refused is not None else None


def _settle_change(change: Change) -> None:
    reference = change.held.values["commitment"]
    _require_parts(change, reference)
    if change.number is None:
        _over(change, {(change.held.values["from_line"], change.held.values["from_year"])})


def _prepare_actual(change: Change) -> None:
    _line(change)
    commitment = change.now("commitment")
    if commitment is None:
        return
    query = select(Commitment.id).where(
        known(Commitment), Commitment.programme_id == change.programme_id, Commitment.reference == commitment
    )
    if change.entry.connection.scalar(query) is None:
        raise NotFound(f"commitment: there is no commitment {commitment} in {change.key}. Enter it first.")


def _settle_actual(change: Change) -> None:
    _over(change, {(change.now("line"), change.now("year"))})


def _over(change: Change, lines: set[tuple[str, str | None]]) -> list[LinePosition]:
    """Notes lines that have more in use than was allocated to them; returns them."""
    after = position_of(change.entry.connection, change.key, _WHENEVER)
    over = [line for line in after.lines if (line.line, line.year) in lines and line.free < 0]
    for line in over:
        name = LineYear(line.line, line.year).in_words()
        change.notes.append(
            f"{name} is over by {pounds(-line.free)}: {pounds(line.allocated)} allocated, {pounds(line.in_use)} "
            "committed or spent"
        )
    return over


def _prepare_virement(change: Change) -> None:
    _above_nothing(change)
    _line(change, "from_line", "from_year")
    _line(change, "to_line", "to_year")


def _settle_virement(change: Change) -> None:
    lines = {
        (values[line], values[year])
        for values in (change.held.values, {**change.held.values, **change.changes})
        for line, year in (("from_line", "from_year"), ("to_line", "to_year"))
    }
    if _over(change, lines) and not change.override:
        raise Refused("virement", f"{'; '.join(change.notes)}. Free money there first, or override with a reason.")


def _settle_forecast(change: Change) -> None:
    if change.number is not None:
        _line(change)


def _settle_launch(change: Change) -> None:
    now = capacity(change.entry.connection, change.programme_id, AsOf(change.today))
    change.notes.append(
        f"the running maximum is {now.maximum.words}; {now.imposed} imposed and {now.reserved} reserved"
    )
    screened = Notes()
    # People released between the day that was entered and the right one went to a borough that was live then, or not.
    days = {change.held.values["effective_on"], change.now("effective_on")}
    screened.of_programme(change.today, min(days))(change.entry, change.programme_id)
    change.notes += screened
    if change.number is None and change.held.values["phase"] is not None:
        change.notes.append("the launches of its boroughs stay: take back each that did not happen")


def _settle_price(change: Change) -> None:
    if int(change.now("amount_pence")) < 0:
        raise BadEntry("pence: a price is not below £0.")


def _settle_period(change: Change) -> None:
    if int(change.now("days")) < 0:
        raise BadEntry(f"days: {change.now('days')} is not a retention period. Give 0 days or more.")
    if change.number is None:
        change.notes.append("without a period in force nothing of this kind is purged, and no stream is imported")


PROGRAMME_RULES: dict[str, Any] = {
    "commitment": Rules(prepare=_prepare_commitment, settle=_settle_commitment),
    "commitment-change": Rules(prepare=_prepare_change, settle=_settle_change),
    "actual": Rules(prepare=_prepare_actual, settle=_settle_actual),
    "virement": Rules(prepare=_prepare_virement, settle=_settle_virement),
    "forecast": Rules(settle=_settle_forecast),
    "launch": Rules(settle=_settle_launch),
    "lost-tag-price": Rules(settle=_settle_price),
    "retention-period": Rules(settle=_settle_period),
}
