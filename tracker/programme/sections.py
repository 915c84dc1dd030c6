"""The sections of a programme's record: each kind of entry, its fields, and the key by which two entries are the
same."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.programme import fields
from tracker.programme.fields import Read


class RecommendationKind(StrEnum):
    APPROVE_MAXIMUM = "approve a maximum"
    NOTE = "note"
    RELEASE = "release"
    ACCEPT_GRANT = "accept a grant"
    CAPITAL = "capital"
    PROCUREMENT = "procurement"


class FundingKind(StrEnum):
    """`NOTED` money was released elsewhere and adds nothing. A `GRANT` adds money and has to be claimed.
    `CARRIED_FORWARD` moves money that an earlier decision approved and adds nothing."""

    APPROVED = "approved"
    CAPITAL = "capital"
    GRANT = "grant"
    NOTED = "noted"
    CARRIED_FORWARD = "carried forward"


class Qualifier(StrEnum):
    EXACTLY = "exactly"
    UP_TO = "up to"
    AT_LEAST = "at least"
    MORE_THAN = "more than"
    ABOUT = "about"


class EndKind(StrEnum):
    """The four end dates, which are kept apart."""

    LAST_TO_IMPOSE = "last day to impose"
    LAST_TO_MONITOR = "last day to monitor"
    CONTRACT = "contract's end"
    GRANT = "grant's end"


class Countable(StrEnum):
    """What the record counts itself, by any day, so that a figure of a paper can be held against it."""

    BOROUGHS = "boroughs"
    BOROUGHS_LIVE = "boroughs live"
    BCUS = "BCUs"
    CONDITIONS = "conditions imposed"
    FITTED = "tags fitted"
    WORN = "tags worn"
    LOST = "tags lost"


class PlaceKind(StrEnum):
    BOROUGH = "borough"
    BCU = "BCU"
    WHOLE_FORCE = "whole force"


class ConditionState(StrEnum):
    MET = "met"
    NOT_MET = "not met"
    NOT_KNOWN = "not known"


class DutyKind(StrEnum):
    MILESTONE = "milestone"
    OBLIGATION = "obligation"


@dataclass(frozen=True, slots=True)
class Field:
    """`read_pounds`: of an amount, stored in pence, that a paper states in pounds (`amount_pounds`)."""

    read: Read
    required: bool = False
    read_pounds: Read | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A kind of entry. `key`: the fields that, with the programme and any decision, identify an entry."""

    name: str
    fields: Mapping[str, Field]
    key: tuple[str, ...]
    of_programme: bool = True


def _section(name: str, key: tuple[str, ...], of_programme: bool = True, /, **given: Read | Field) -> Section:
    by_name = {field: read if isinstance(read, Field) else Field(read) for field, read in given.items()}
    return Section(name, by_name, key, of_programme)


def _must(read: Read) -> Field:
    return Field(read, required=True)


_MONEY = Field(fields.pence, read_pounds=fields.pounds)
_OTHERWISE: dict[str, Read | Field] = {
    "other_pence": _MONEY,
    "other_words": fields.text,
    "other_source": fields.text,
}
"""Another reading of the amount: what it then comes to, why, and the paragraph that says so."""
_BY_DECISION: dict[str, Read | Field] = {
    "decision": _must(fields.text),
    "source": _must(fields.text),
    "effective_on": _must(fields.day),
}

SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        _section(
            "decision",
            ("reference",),
            reference=_must(fields.text),
            title=_must(fields.text),
            signed_on=fields.day,
            effective_on=_must(fields.day),
            effective_basis=_must(fields.text),
            needed_by=fields.day,
            decided_by=fields.text,
            cited_only=fields.yes_or_no,
            form=fields.named,
        ),
        _section(
            "recommendation",
            ("number",),
            **_BY_DECISION,
            number=_must(fields.text),
            kind=_must(fields.one_of(RecommendationKind)),
            words=_must(fields.text),
            amount_pence=_MONEY,
            qualifier=fields.one_of(Qualifier),
            year=fields.financial_year,
            **_OTHERWISE,
        ),
        _section(
            "statement",
            ("subject", "source", "value"),
            **_BY_DECISION,
            subject=_must(fields.text),
            value=_must(fields.text),
            unit=fields.text,
            qualifier=_must(fields.one_of(Qualifier)),
            as_of=fields.text,
            words=fields.text,
            part_of=fields.text,
            counted_as=fields.one_of(Countable),
        ),
        _section(
            "funding",
            ("key",),
            **_BY_DECISION,
            key=_must(fields.text),
            kind=_must(fields.one_of(FundingKind)),
            amount_pence=Field(fields.above_nothing(fields.pence), True, fields.above_nothing(fields.pounds)),
            qualifier=fields.one_of(Qualifier),
            year=fields.financial_year,
            giver=fields.text,
            from_decision=fields.text,
            from_line=fields.text,
            from_year=fields.financial_year,
            to_line=fields.text,
            **_OTHERWISE,
        ),
        _section("line", ("key",), **_BY_DECISION, key=_must(fields.text), title=_must(fields.text)),
        _section(
            "allocation",
            ("line", "year"),
            **_BY_DECISION,
            line=_must(fields.text),
            year=fields.financial_year,
            amount_pence=Field(fields.pence, True, fields.pounds),
            qualifier=fields.one_of(Qualifier),
            noted=fields.yes_or_no,
            **_OTHERWISE,
        ),
        _section(
            "contract",
            ("key",),
            **_BY_DECISION,
            key=_must(fields.text),
            supplier=_must(fields.text),
            company_number=fields.text,
            framework=fields.text,
            ceiling_pence=_MONEY,
            starts_on=fields.day,
            ends_on=fields.last_day,
            lines=fields.list_of_text,
        ),
        _section(
            "amendment",
            ("contract", "number"),
            **_BY_DECISION,
            contract=_must(fields.text),
            number=_must(fields.whole),
            ceiling_pence=_MONEY,
            ceiling_by_pence=_MONEY,
            ends_on=fields.last_day,
            words=_must(fields.text),
        ),
        _section(
            "condition",
            ("contract", "key", "effective_on"),
            **_BY_DECISION,
            contract=_must(fields.text),
            key=_must(fields.text),
            words=_must(fields.text),
            state=fields.one_of(ConditionState),
            evidence=fields.text,
        ),
        _section(
            "phase",
            ("name",),
            **_BY_DECISION,
            name=_must(fields.text),
            number=_must(fields.whole),
            planned=fields.rough_day,
            running_boroughs=fields.whole,
            running_maximum=fields.whole,
            words=fields.text,
            launched_words=fields.text,
        ),
        _section(
            "place",
            ("place",),
            **_BY_DECISION,
            place=_must(fields.text),
            kind=_must(fields.one_of(PlaceKind)),
            phase=fields.text,
        ),
        _section(
            "end",
            ("kind", "effective_on"),
            **_BY_DECISION,
            kind=_must(fields.one_of(EndKind)),
            day=fields.last_day,
            subject_to=fields.text,
        ),
        _section(
            "measure",
            ("unit",),
            **_BY_DECISION,
            unit=_must(fields.text),
            number=fields.whole,
            qualifier=fields.one_of(Qualifier),
        ),
        _section("legal_basis", ("title",), **_BY_DECISION, title=_must(fields.text), words=fields.text),
        _section(
            "duty",
            ("key",),
            **_BY_DECISION,
            key=_must(fields.text),
            kind=_must(fields.one_of(DutyKind)),
            words=_must(fields.text),
            due=fields.rough_day,
            months_after_launch=fields.whole,
            before=fields.text,
            begins=fields.rough_day,
            lasts_months=fields.whole,
            done_on=fields.day,
            done_words=fields.text,
        ),
        _section(
            "responsible_person",
            ("company_number",),
            False,
            company_number=_must(fields.text),
            name=_must(fields.text),
            instrument=_must(fields.text),
            from_on=_must(fields.day),
            to_on=fields.day,
            source=_must(fields.text),
        ),
    )
}
