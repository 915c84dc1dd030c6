"""Programmes on the wire: what was decided, contradictions between the papers, and what an officer enters of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.delivery.entries import (
    AmendmentEntry,
    ConditionEntry,
    EndEntry,
    Entries,
    MeasureEntry,
    entries_out,
    entry_out,
)
from api.schemas.delivery.papers import (
    ComingDecision,
    FigureOut,
    OtherReadingOut,
    coming_out,
    figure_out,
    other_reading_out,
)
from api.schemas.fields import Key, Long
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.budget.position import decided_position
from tracker.decisions.compared import Figure
from tracker.decisions.service import EnterReport
from tracker.programme.discrepancies import Discrepancy
from tracker.programme.portfolio import ContractState, Portfolio

Fields = dict[Key, Annotated[str, msgspec.Meta(max_length=4000)] | int]
Section = Literal[
    "decision", "recommendation", "statement", "funding", "line", "allocation", "contract", "amendment", "condition",
    "phase", "place", "end", "measure", "legal_basis", "duty", "responsible_person",
]  # fmt: skip


class ProgrammeSummary(Wire, frozen=True, kw_only=True):
    """A programme with what decisions approve, what lines have of it, its size in its own units, and its ends by kind.
    `notedPence` was released elsewhere; `toClaimPence` are grants to be claimed back; `otherReading`: the money where a
    paper states an amount in two ways; `toCome`: decisions that do not count yet, and from when they do."""

    key: str
    name: str
    approved_pence: int
    allocated_pence: int
    unallocated_pence: int
    noted_pence: int
    to_claim_pence: int
    other_reading: OtherReadingOut | None
    size: list[MeasureEntry]
    ends: dict[str, EndEntry]
    to_come: list[ComingDecision]


class ProgrammeList(StateAnswer, frozen=True, kw_only=True):
    items: list[ProgrammeSummary]
    total: int


class LineAllocation(Wire, frozen=True, kw_only=True):
    line: str
    year: str | None
    allocated_pence: int


class ContractOut(Wire, frozen=True, kw_only=True):
    """A contract with what its amendments changed. No ceiling: no decision states one."""

    key: str
    supplier: str
    ceiling_pence: int | None
    ends_on: date | None
    source: str
    amendments: list[AmendmentEntry]
    conditions: list[ConditionEntry]


class Side(Wire, frozen=True, kw_only=True):
    """One side of a contradiction: its words, and the paragraph they stand in."""

    words: str
    source: str


class DiscrepancyOut(Wire, frozen=True, kw_only=True):
    """A contradiction between the papers, with two sides or more. `rule`: what was compared."""

    programme: str
    rule: str
    subject: str
    sides: list[Side]


class DiscrepancyList(StateAnswer, frozen=True, kw_only=True):
    """Contradictions between the papers of `programmes`."""

    programmes: list[str]
    items: list[DiscrepancyOut]
    total: int


class ProgrammeOut(StateAnswer, frozen=True, kw_only=True):
    """Everything on record of a programme, and the figures computed from it. `figures`: those that the papers state,
    each with the record's own count where there is one."""

    key: str
    name: str
    approved_pence: int
    allocated_pence: int
    unallocated_pence: int
    noted_pence: int
    to_claim_pence: int
    lines: list[LineAllocation]
    other_reading: OtherReadingOut | None
    to_come: list[ComingDecision]
    figures: list[FigureOut]
    contracts: list[ContractOut]
    ends: dict[str, EndEntry]
    size: list[MeasureEntry]
    entries: Entries
    discrepancies: list[DiscrepancyOut]


class EntriesEntered(Wire, frozen=True, kw_only=True):
    """How many entries of a programme are new, were corrected, and were there already. `notes`: what to know of them,
    in words."""

    programme: str
    new: int
    corrected: int
    same: int
    notes: list[str]


class FilesEntered(Wire, frozen=True, kw_only=True):
    """What was entered of each decision's file."""

    items: list[EntriesEntered]


class DecisionEntered(Wire, frozen=True, kw_only=True):
    """What was entered of a decision. `before` and `after`: the figures that a decision can change, by name and in
    words, on the day before it is effective and on that day."""

    programme: str
    reference: str
    effective_on: date
    new: int
    corrected: int
    same: int
    before: dict[str, str]
    after: dict[str, str]
    notes: list[str]


class EntryCorrected(Wire, frozen=True, kw_only=True):
    """`corrected`: how many entries changed; none where the entry says so already."""

    corrected: int
    notes: list[str]


class EntryWithdrawn(Wire, frozen=True, kw_only=True):
    """`withdrawn`: the section of the entry."""

    withdrawn: str


class EntryIn(Body, frozen=True, kw_only=True):
    """One entry of a decision. `fields`: by the names that the programme's entries have in answers, such as
    `amountPence`, a whole number of pence: 46900000. `amountPounds` takes pounds as a paper writes them: "469,000".
    `override`: the reason to enter what is questioned."""

    section: Section
    fields: Fields
    override: Long | None = None


class CorrectionIn(Body, frozen=True, kw_only=True):
    """`where` picks the one entry, `fields` are as they should be. `override`: the reason to correct to what is
    questioned."""

    section: Section
    where: Fields
    fields: Fields
    override: Long | None = None


class WithdrawalIn(Body, frozen=True, kw_only=True):
    """`where` picks the one entry."""

    section: Section
    where: Fields
    reason: Long


def summary_out(held: Portfolio, to_come: Sequence[Mapping[str, Any]]) -> ProgrammeSummary:
    money = decided_position(held)
    return ProgrammeSummary(
        key=held.key,
        name=held.name,
        approved_pence=held.approved,
        allocated_pence=money.allocated,
        unallocated_pence=money.unallocated,
        noted_pence=held.noted,
        to_claim_pence=held.to_claim,
        other_reading=other_reading_out(money.other),
        size=size_out(held),
        ends=ends_out(held),
        to_come=coming_out(to_come),
    )


def programme_out(
    held: Portfolio,
    found: list[Discrepancy],
    heading: dict[str, Any],
    *,
    to_come: Sequence[Mapping[str, Any]] = (),
    figures: Sequence[Figure] = (),
    responsible: Sequence[Mapping[str, Any]] = (),
) -> ProgrammeOut:
    money = decided_position(held)
    return ProgrammeOut(
        **heading,
        key=held.key,
        name=held.name,
        approved_pence=held.approved,
        allocated_pence=money.allocated,
        unallocated_pence=money.unallocated,
        noted_pence=held.noted,
        to_claim_pence=held.to_claim,
        lines=[LineAllocation(line=x.line, year=x.year, allocated_pence=x.allocated) for x in money.lines],
        other_reading=other_reading_out(money.other),
        to_come=coming_out(to_come),
        figures=[figure_out(each) for each in figures],
        contracts=[_contract_out(contract) for contract in held.contracts()],
        ends=ends_out(held),
        size=size_out(held),
        entries=entries_out({**held.sections, "responsible_person": responsible}),
        discrepancies=[discrepancy_out(held.key, each) for each in found],
    )


def ends_out(held: Portfolio) -> dict[str, EndEntry]:
    return {kind.value: entry_out(row, EndEntry) for kind, row in held.ends().items()}


def size_out(held: Portfolio) -> list[MeasureEntry]:
    return [entry_out(row, MeasureEntry) for row in held.measures()]


def discrepancy_out(programme: str, found: Discrepancy) -> DiscrepancyOut:
    return DiscrepancyOut(
        programme=programme,
        rule=found.rule,
        subject=found.subject,
        sides=[Side(words=side.words, source=side.source) for side in found.sides],
    )


def entered_out(report: EnterReport) -> EntriesEntered:
    return EntriesEntered(
        programme=report.programme,
        new=report.new,
        corrected=report.corrected,
        same=report.same,
        notes=list(report.notes),
    )


def _contract_out(contract: ContractState) -> ContractOut:
    return ContractOut(
        key=contract.let["key"],
        supplier=contract.let["supplier"],
        ceiling_pence=contract.ceiling,
        ends_on=contract.ends_on,
        source=contract.let["source"],
        amendments=[entry_out(row, AmendmentEntry) for row in contract.amendments],
        conditions=[entry_out(row, ConditionEntry) for row in contract.conditions],
    )
