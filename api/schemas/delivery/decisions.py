"""A later decision and a programme's file on the wire. Amounts are whole pence."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from api.schemas.delivery.programmes import EntryIn
from api.schemas.fields import FinancialYear, Key, Long, PositivePence, RoughDate, Text
from api.schemas.wire import Body

Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ApprovedIn(Body, frozen=True, kw_only=True):
    """Newly approved for a line; `approvedBy`: the decision elsewhere that approved it, if it was another."""

    line: Key
    year: FinancialYear | None = None
    pence: PositivePence
    approved_by: Reference | None = None


class CarriedIn(Body, frozen=True, kw_only=True):
    """Carried forward to a line and year. `fromLine`: the same line unless given; null: what was on no line."""

    line: Key
    year: FinancialYear | None = None
    pence: PositivePence
    from_decision: Reference
    from_line: Key | msgspec.UnsetType | None = msgspec.UNSET
    from_year: FinancialYear | None = None


class MovedIn(Body, frozen=True, kw_only=True):
    """Moved from one line to another."""

    from_line: Key
    from_year: FinancialYear | None = None
    to_line: Key
    to_year: FinancialYear | None = None
    pence: PositivePence


class ContractIn(Body, frozen=True, kw_only=True):
    """What the decision changes of a contract: a new ceiling, or what it is raised by; a new end."""

    contract: Key
    ceiling_pence: PositivePence | None = None
    raise_by_pence: PositivePence | None = None
    ends_on: RoughDate | None = None


class EndIn(Body, frozen=True, kw_only=True):
    """A new end; a month is its last day."""

    kind: Literal["last day to impose", "last day to monitor", "contract's end", "grant's end"]
    day: RoughDate


class PhaseIn(Body, frozen=True, kw_only=True):
    """A phase in which boroughs are added: a new one, with its planned launch and its running maximum of tags, or one
    that there is, by its name alone."""

    name: Key
    planned: RoughDate | None = None
    running_maximum: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


class LaterDecisionIn(Body, frozen=True, kw_only=True):
    """A later decision: all of it is entered or, if one thing cannot be, none."""

    reference: Reference
    title: Text
    effective_on: date
    paragraph: Key
    signed_on: date | None = None
    basis: Text | None = None
    approve: Annotated[list[ApprovedIn], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=list)
    carry_forward: Annotated[list[CarriedIn], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=list)
    moves: Annotated[list[MovedIn], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=list)
    contract: ContractIn | None = None
    ends: Annotated[list[EndIn], msgspec.Meta(max_length=10)] = msgspec.field(default_factory=list)
    boroughs: Annotated[list[Text], msgspec.Meta(max_length=40)] = msgspec.field(default_factory=list)
    phase: PhaseIn | None = None
    override: Long | None = None


class ProgrammeIn(Body, frozen=True, kw_only=True):
    """A programme with what its decisions say: a new one has a `name`, and one that is on record needs none."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9-]*$")]
    name: Text | None = None
    entries: Annotated[list[EntryIn], msgspec.Meta(max_length=2000)] = msgspec.field(default_factory=list)
