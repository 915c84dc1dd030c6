"""Tables of the entries of decision papers; columns are the fields of `tracker.programme.sections`.

Entries name each other by what people call them (a decision's reference, a line's key), not by row: a corrected
decision is still the decision that others cite.
"""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tracker.programme.sections import (
    ConditionState,
    Countable,
    DutyKind,
    EndKind,
    FundingKind,
    PlaceKind,
    Qualifier,
    RecommendationKind,
)
from tracker.record.base import Json, JsonDict, checked
from tracker.record.fact import Fact
from tracker.times import DayPrecision


class Stated(Fact):
    """An entry of a programme by a decision, with its paragraph as `source`."""

    __abstract__ = True

    @declared_attr
    def programme_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("programme.id"), index=True)

    decision: Mapped[str] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))


class Amount(Stated):
    """An entry with an amount that the paper may state in two ways. What counts is `amount_pence`; `other_pence` is
    what it comes to by the other reading, why, and by which paragraph."""

    __abstract__ = True

    other_pence: Mapped[int | None] = mapped_column(BigInteger)
    other_words: Mapped[str | None] = mapped_column(Text)
    other_source: Mapped[str | None] = mapped_column(String(200))


class Decision(Fact):
    """A decision paper. `signed_on` None: not stated; `effective_basis` then explains `effective_on`. `cited_only`:
    only its reference is known. `form`: the fields of its form, by name."""

    __tablename__ = "decision"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(String(400))
    signed_on: Mapped[date | None] = mapped_column(Date)
    effective_on: Mapped[date] = mapped_column(Date)
    effective_basis: Mapped[str] = mapped_column(Text)
    needed_by: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    cited_only: Mapped[bool | None]
    form: Mapped[JsonDict | None] = mapped_column(Json)


class Recommendation(Amount):
    """A recommendation of the paper, for decision."""

    __tablename__ = "recommendation"

    number: Mapped[str] = mapped_column(String(16))
    kind: Mapped[RecommendationKind] = mapped_column(checked(RecommendationKind, "recommendation_kind"))
    words: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int | None] = mapped_column(BigInteger)
    qualifier: Mapped[Qualifier | None] = mapped_column(checked(Qualifier, "qualifier"))
    year: Mapped[str | None] = mapped_column(String(7))


class Statement(Stated):
    """A figure or a fact as the paper states it; two different ones of one subject are a discrepancy. `part_of`: the
    subject, or the unit of a measure, that this is a part of; `counted_as`: what the record counts to compare."""

    __tablename__ = "statement"

    subject: Mapped[str] = mapped_column(String(200))
    value: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str | None] = mapped_column(String(64))
    qualifier: Mapped[Qualifier] = mapped_column(checked(Qualifier, "qualifier"))
    as_of: Mapped[str | None] = mapped_column(String(64))
    words: Mapped[str | None] = mapped_column(Text)
    part_of: Mapped[str | None] = mapped_column(String(200))
    counted_as: Mapped[Countable | None] = mapped_column(checked(Countable, "countable"))


class Funding(Amount):
    """Money approved, accepted, noted, or carried forward from an earlier decision or year."""

    __tablename__ = "funding"

    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[FundingKind] = mapped_column(checked(FundingKind, "funding_kind"))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    qualifier: Mapped[Qualifier | None] = mapped_column(checked(Qualifier, "qualifier"))
    year: Mapped[str | None] = mapped_column(String(7))
    giver: Mapped[str | None] = mapped_column(String(400))
    from_decision: Mapped[str | None] = mapped_column(String(64))
    from_line: Mapped[str | None] = mapped_column(String(64))
    from_year: Mapped[str | None] = mapped_column(String(7))
    to_line: Mapped[str | None] = mapped_column(String(64))


class BudgetLine(Stated):
    """A budget line, by its key."""

    __tablename__ = "budget_line"

    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))


class Allocation(Amount):
    """Money given to a line, for a year or without one. `noted`: from money that was released elsewhere."""

    __tablename__ = "allocation"

    line: Mapped[str] = mapped_column(String(64))
    year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    qualifier: Mapped[Qualifier | None] = mapped_column(checked(Qualifier, "qualifier"))
    noted: Mapped[bool | None]


class Contract(Stated):
    """A contract as it was let; changes since are in `ContractAmendment`."""

    __tablename__ = "contract"

    key: Mapped[str] = mapped_column(String(64))
    supplier: Mapped[str] = mapped_column(String(200))
    company_number: Mapped[str | None] = mapped_column(String(16))
    framework: Mapped[str | None] = mapped_column(String(200))
    ceiling_pence: Mapped[int | None] = mapped_column(BigInteger)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    lines: Mapped[list[str] | None] = mapped_column(Json)


class ContractAmendment(Stated):
    """A decision that raised a contract's ceiling, to or by an amount, moved its end, or both."""

    __tablename__ = "contract_amendment"

    contract: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    ceiling_pence: Mapped[int | None] = mapped_column(BigInteger)
    ceiling_by_pence: Mapped[int | None] = mapped_column(BigInteger)
    ends_on: Mapped[date | None] = mapped_column(Date)
    words: Mapped[str] = mapped_column(Text)


class ContractCondition(Stated):
    """A condition of a contract, whether the supplier meets it, and the evidence."""

    __tablename__ = "contract_condition"

    contract: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[ConditionState | None] = mapped_column(checked(ConditionState, "condition_state"))
    evidence: Mapped[str | None] = mapped_column(Text)


class Phase(Stated):
    """A phase of the rollout as planned. It is launched when an officer records it, see `Launch`; `launched_words`: of
    one without a maximum the paper says in these words that it was launched on its planned day."""

    __tablename__ = "phase"

    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    planned_on: Mapped[date | None] = mapped_column(Date)
    planned_precision: Mapped[DayPrecision | None] = mapped_column(checked(DayPrecision, "day_precision"))
    running_boroughs: Mapped[int | None]
    running_maximum: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
    launched_words: Mapped[str | None] = mapped_column(Text)


class PhasePlace(Stated):
    """A place of the programme, in a phase or by itself."""

    __tablename__ = "phase_place"

    place: Mapped[str] = mapped_column(String(64))
    kind: Mapped[PlaceKind] = mapped_column(checked(PlaceKind, "place_kind"))
    phase: Mapped[str | None] = mapped_column(String(64))


class ProgrammeEnd(Stated):
    """One of the four ends. `day` None: stated without a day."""

    __tablename__ = "programme_end"

    kind: Mapped[EndKind] = mapped_column(checked(EndKind, "end_kind"))
    day: Mapped[date | None] = mapped_column(Date)
    subject_to: Mapped[str | None] = mapped_column(Text)


class CapacityMeasure(Stated):
    """A measure of the programme's size; it may have no number."""

    __tablename__ = "capacity_measure"

    unit: Mapped[str] = mapped_column(String(64))
    number: Mapped[int | None]
    qualifier: Mapped[Qualifier | None] = mapped_column(checked(Qualifier, "qualifier"))


class LegalBasis(Stated):
    """A power or duty that is the legal basis of the paper."""

    __tablename__ = "legal_basis"

    title: Mapped[str] = mapped_column(String(400))
    words: Mapped[str | None] = mapped_column(Text)


class Duty(Stated):
    """A milestone or an obligation, due on a day, a number of months after the launch, at the end of what begins on a
    day and lasts some months, or before an event. `done_words`: the paper says in these words that it is done, since
    `done_on` if it states the day."""

    __tablename__ = "duty"

    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[DutyKind] = mapped_column(checked(DutyKind, "duty_kind"))
    words: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)
    due_precision: Mapped[DayPrecision | None] = mapped_column(checked(DayPrecision, "day_precision"))
    months_after_launch: Mapped[int | None]
    before: Mapped[str | None] = mapped_column(String(200))
    begins_on: Mapped[date | None] = mapped_column(Date)
    begins_precision: Mapped[DayPrecision | None] = mapped_column(checked(DayPrecision, "begins_precision"))
    lasts_months: Mapped[int | None]
    done_on: Mapped[date | None] = mapped_column(Date)
    done_words: Mapped[str | None] = mapped_column(Text)


class DutyDone(Fact):
    """A duty was done on a day, with its evidence."""

    __tablename__ = "duty_done"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    key: Mapped[str] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    evidence: Mapped[str] = mapped_column(Text)


class ResponsiblePerson(Fact):
    """A company whose employees may be responsible for monitoring, between two days, by which instrument."""

    __tablename__ = "responsible_person"

    company_number: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    instrument: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))
