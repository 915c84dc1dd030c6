"""What decision papers say of a programme, entry by entry, on the wire.

A *section* is a kind of entry. A field that an entry does not state is left out. Fields are those of
`tracker.programme.sections`; a day known only to the month or year is its first day with its precision.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from api.schemas.wire import Wire

Stated = TypeVar("Stated", bound=Wire)


class DecisionEntry(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A decision paper. `effectiveBasis`: why it is effective on that day. `citedOnly`: known by its reference alone.
    `form`: the fields of its form, by name."""

    reference: str
    title: str
    effective_on: date
    effective_basis: str
    signed_on: date | None = None
    needed_by: date | None = None
    decided_by: str | None = None
    cited_only: bool | None = None
    form: dict[str, str] | None = None


class SourcedEntry(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what a decision says, with the paragraph it stands in."""

    decision: str
    effective_on: date
    source: str


class AmountEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """Base of an entry with an amount. `amountPence` counts; `otherPence` is what the amount comes to by another
    reading, with its words and its paragraph."""

    other_pence: int | None = None
    other_words: str | None = None
    other_source: str | None = None


class RecommendationEntry(AmountEntry, frozen=True, kw_only=True, omit_defaults=True):
    """What a paper asks to be decided."""

    number: str
    kind: str
    words: str
    amount_pence: int | None = None
    qualifier: str | None = None
    year: str | None = None


class StatementEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A figure or a fact as the paper has it. `partOf`: the subject or the unit of which it is a part; `countedAs`:
    what the record counts itself."""

    subject: str
    value: str
    qualifier: str
    unit: str | None = None
    as_of: str | None = None
    words: str | None = None
    part_of: str | None = None
    counted_as: str | None = None


class FundingEntry(AmountEntry, frozen=True, kw_only=True, omit_defaults=True):
    """Money approved, accepted, noted, or carried forward from an earlier decision or year."""

    key: str
    kind: str
    amount_pence: int
    qualifier: str | None = None
    year: str | None = None
    giver: str | None = None
    from_decision: str | None = None
    from_line: str | None = None
    from_year: str | None = None
    to_line: str | None = None


class LineEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the budget."""

    key: str
    title: str


class AllocationEntry(AmountEntry, frozen=True, kw_only=True, omit_defaults=True):
    """What a line is given. `noted`: out of money that was released elsewhere."""

    line: str
    amount_pence: int
    year: str | None = None
    qualifier: str | None = None
    noted: bool | None = None


class ContractEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A contract as it was let."""

    key: str
    supplier: str
    company_number: str | None = None
    framework: str | None = None
    ceiling_pence: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    lines: list[str] | None = None


class AmendmentEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A change of a contract: its ceiling raised to or by an amount, its end moved, or both."""

    contract: str
    number: int
    words: str
    ceiling_pence: int | None = None
    ceiling_by_pence: int | None = None
    ends_on: date | None = None


class ConditionEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """What a contract asks of the supplier, and whether it is met, by what evidence."""

    contract: str
    key: str
    words: str
    state: str | None = None
    evidence: str | None = None


class PhaseEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a rollout as planned. `launchedWords`: the paper says that it was launched then."""

    name: str
    number: int
    planned_on: date | None = None
    planned_precision: str | None = None
    running_boroughs: int | None = None
    running_maximum: int | None = None
    words: str | None = None
    launched_words: str | None = None


class PlaceEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A place the programme goes to."""

    place: str
    kind: str
    phase: str | None = None


class EndEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """One of the programme's four ends. No `day`: stated to be, and not when."""

    kind: str
    day: date | None = None
    subject_to: str | None = None


class MeasureEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """What a programme's size is counted in."""

    unit: str
    number: int | None = None
    qualifier: str | None = None


class LegalBasisEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    words: str | None = None


class DutyEntry(SourcedEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A milestone or an obligation, and when it is due: on a day, months after the launch, or at the end of what begins
    and lasts some months. `doneWords`: the paper says that it is done."""

    key: str
    kind: str
    words: str
    due_on: date | None = None
    due_precision: str | None = None
    months_after_launch: int | None = None
    before: str | None = None
    begins_on: date | None = None
    begins_precision: str | None = None
    lasts_months: int | None = None
    done_on: date | None = None
    done_words: str | None = None


class ResponsiblePersonEntry(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who is authorised for electronic monitoring by an instrument, from a day on."""

    company_number: str
    name: str
    instrument: str
    from_on: date
    source: str
    to_on: date | None = None


class Entries(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A programme's entries by section, in the order they were entered; a section without entries is left out."""

    decision: tuple[DecisionEntry, ...] = ()
    recommendation: tuple[RecommendationEntry, ...] = ()
    statement: tuple[StatementEntry, ...] = ()
    funding: tuple[FundingEntry, ...] = ()
    line: tuple[LineEntry, ...] = ()
    allocation: tuple[AllocationEntry, ...] = ()
    contract: tuple[ContractEntry, ...] = ()
    amendment: tuple[AmendmentEntry, ...] = ()
    condition: tuple[ConditionEntry, ...] = ()
    phase: tuple[PhaseEntry, ...] = ()
    place: tuple[PlaceEntry, ...] = ()
    end: tuple[EndEntry, ...] = ()
    measure: tuple[MeasureEntry, ...] = ()
    legal_basis: tuple[LegalBasisEntry, ...] = ()
    duty: tuple[DutyEntry, ...] = ()
    responsible_person: tuple[ResponsiblePersonEntry, ...] = ()


def entry_out(row: Mapping[str, Any], kind: type[Stated]) -> Stated:
    """One row of the record as an entry of a section."""
    return kind(**{name: _plain(row.get(name)) for name in kind.__struct_fields__})


def entries_out(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> Entries:
    rows: dict[str, Any] = {
        name: tuple(entry_out(row, kind) for row in sections.get(name, ())) for name, kind in SECTIONS.items()
    }
    return Entries(**rows)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


SECTIONS: dict[str, type[Wire]] = {
    "decision": DecisionEntry,
    "recommendation": RecommendationEntry,
    "statement": StatementEntry,
    "funding": FundingEntry,
    "line": LineEntry,
    "allocation": AllocationEntry,
    "contract": ContractEntry,
    "amendment": AmendmentEntry,
    "condition": ConditionEntry,
    "phase": PhaseEntry,
    "place": PlaceEntry,
    "end": EndEntry,
    "measure": MeasureEntry,
    "legal_basis": LegalBasisEntry,
    "duty": DutyEntry,
    "responsible_person": ResponsiblePersonEntry,
}
"""The answer of each section of `tracker.programme.sections`."""
