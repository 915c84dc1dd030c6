"""What wants attention, and what was settled with a reason, on the wire."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from api.schemas.fields import Key, Long
from api.schemas.wire import Body, StateAnswer, StatePage, Wire
from tracker.attention.kinds import about
from tracker.attention.place_service import Objection
from tracker.attention.queries import Against, Settled, SettlementRow
from tracker.attention.service import sentence


class SettledOut(Wire, frozen=True, kw_only=True):
    """Who settled it, on which day, and why; `number`: the settlement's."""

    number: int
    by: str
    on: date
    reason: str


class AgainstOut(Wire, frozen=True, kw_only=True):
    """Something that speaks against a licence's place or tag. `since` null: of a place that is being reserved;
    `settled` null: it is open."""

    kind: str
    words: str
    source: str
    since: date | None
    settled: SettledOut | None


class AttentionItem(Wire, frozen=True, kw_only=True):
    """One thing that wants attention, or a group of licences of which the same holds.

    `urgency`: 1 now, 2 soon, 3 coming, 4 to be read; `count`: how many licences, null for what is not of licences: then
    `subject` says of what. `where`: what settles it.
    """

    kind: str
    subject: str
    urgency: int
    words: str
    source: str
    where: str
    count: int | None
    settled: SettledOut | None


class AttentionList(StateAnswer, frozen=True, kw_only=True):
    """What wants attention, the most urgent first; then what of the programme was settled. `settled`: how many licences
    are settled, by kind."""

    items: list[AttentionItem]
    total: int
    settled: dict[str, int]


class AttentionCase(Wire, frozen=True, kw_only=True):
    licence: str
    wearer: str
    words: str
    since: date
    settled: SettledOut | None


class AttentionCases(StatePage, frozen=True, kw_only=True):
    """The licences of one kind, by reference."""

    kind: str
    words: str
    source: str
    where: str
    items: list[AttentionCase]


class SettlementOut(Wire, frozen=True, kw_only=True):
    """A settlement as it was entered. `endedAt`: when it was corrected or taken back; `corrects`: the one before it."""

    number: int
    kind: str
    licence: str | None
    wearer: str | None
    subject: str
    said: str | None
    since: date | None
    on: date
    by: str
    reason: str
    ended_at: datetime | None
    corrects: int | None


class SettlementList(Wire, frozen=True, kw_only=True):
    """Settlements, newest first; `next`: for the page behind this one."""

    items: list[SettlementOut]
    total: int
    limit: int
    next: str | None


class SettleIn(Body, frozen=True, kw_only=True):
    """`licences`: for which of a group, all open ones by default; `subject`: for what is not of licences."""

    kind: Key
    licences: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=500)] | None = None
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    reason: Long


class SettledEntered(Wire, frozen=True, kw_only=True):
    """What was settled: of how many licences, or of which subject."""

    kind: str
    licences: int
    subject: str


class SettlementWithdrawn(Wire, frozen=True, kw_only=True):
    withdrawn: int


def settled_out(settled: Settled | None) -> SettledOut | None:
    if settled is None:
        return None
    return SettledOut(number=settled.number, by=settled.by, on=settled.on, reason=settled.reason)


def against_out(each: Against) -> AgainstOut:
    return AgainstOut(
        kind=each.kind,
        words=sentence(each.kind, each.since),
        source=about(each.kind).source,
        since=each.since,
        settled=settled_out(each.settled),
    )


def objection_out(each: Objection) -> AgainstOut:
    return AgainstOut(kind=each.kind, words=each.in_words(), source=each.source, since=None, settled=None)


def settlement_out(row: SettlementRow) -> SettlementOut:
    return SettlementOut(
        number=row.number,
        kind=row.kind,
        licence=row.licence,
        wearer=row.wearer_ref,
        subject=row.subject,
        said=row.said,
        since=row.since,
        on=row.on,
        by=row.by,
        reason=row.reason,
        ended_at=row.ended_at,
        corrects=row.corrects,
    )
