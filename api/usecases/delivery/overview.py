"""The officer's overview: what waits, five figures, the course of the maximum, places by phase, money, licences."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.schemas.delivery.attention import AttentionItem
from api.schemas.delivery.budget import money_out
from api.schemas.delivery.papers import coming_out
from api.schemas.delivery.programmes import size_out
from api.schemas.delivery.rollout import NO_TAGS, capacity_fields
from api.schemas.delivery.status import CourseDayOut, DonePage, OverviewOut, ToDo
from api.usecases.delivery.attention import wanted
from api.usecases.delivery.programme_attention import Standing
from api.usecases.delivery.rollout import places_on_map
from api.usecases.request_context import Programme, RequestContext
from api.wording.capacity import maximum_in_words
from tracker.access.roles import Right
from tracker.attention import kinds
from tracker.budget.position import Position
from tracker.duties.rules import DutyNow
from tracker.money import pounds
from tracker.programme.queries import decisions_to_come
from tracker.programme.sections import EndKind
from tracker.projections.course_queries import changes
from tracker.rollout.capacity import forecast
from tracker.rollout.course import course, full_since
from tracker.rollout.places import Place
from tracker.tags.states import TagState
from tracker.times import AsOf

PURPOSE = "delivery of the programme"
_PAGES: dict[str, DonePage] = {
    kinds.OVERDUE: "duties",
    kinds.FULL: "rollout",
    kinds.OUT_OF_ORDER: "rollout",
    kinds.LATE_BOROUGHS: "rollout",
    kinds.OVERSPENT: "money",
    kinds.OVERCOMMITTED: "money",
    kinds.CONTRACT_ENDING: "papers",
    kinds.IMPOSING_ENDING: "papers",
    kinds.DISCREPANCY: "papers",
    kinds.LOWERED: "papers",
    kinds.COUNTED_TWICE: "papers",
    kinds.ALERTS: "licences",
}
"""Where each is done; all others, where they are settled."""
_TAGS = {
    kinds.OVERDUE: "Overdue",
    kinds.OVERSPENT: "Over",
    kinds.OVERCOMMITTED: "Over",
    kinds.LATE_BOROUGHS: "Late",
    kinds.ALERTS: "Waiting",
    kinds.CONTRACT_ENDING: "Ending",
    kinds.IMPOSING_ENDING: "Ending",
}
_BY_URGENCY = {1: "Now", 2: "Soon", 3: "Coming", 4: "To read"}


def show(context: RequestContext, programme: Programme, as_of: AsOf) -> OverviewOut:
    """Everything on one page. It has figures by day, so it is for those who read cases."""
    context.require(Right.READ_CASES)
    with context.reader.connect() as connection:
        now, items, _ = wanted(context, connection, programme, as_of)
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
        changed = changes(connection, programme.id, as_of) if now.has_tags else {}
    context.record_reading(Right.READ_CASES, "overview", [programme.key], purpose=PURPOSE, programme=programme.key)
    return OverviewOut(
        **context.heading(as_of),
        **(_of_tags(now, changed, as_of.at) if now.has_tags else _NO_TAGS),
        size=size_out(now.held),
        to_come=to_come,
        programme=programme.key,
        name=programme.name,
        papers=[row["reference"] for row in now.held.of("decision")],
        to_do=_to_do([item for item in items if item.settled is None], now.due),
        boroughs_live=_live(now.boroughs, as_of.at),
        boroughs_not_known=sum(place.live(as_of.at) is None for place in now.boroughs),
        boroughs_planned=len(now.boroughs),
        places=places_on_map(now.limits, now.boroughs, as_of.at),
        money=money_out(now.money),
        titles={row["key"]: row["title"] for row in now.held.of("line")},
        money_message=_money_message(now.money),
    )


def _of_tags(now: Standing, changed: Any, on: date) -> dict[str, Any]:
    """The fields of a programme that puts tags on people."""
    full, counted = now.taken.capacity, now.counted
    rows = course(changed, now.limits, on)
    since = full_since(rows)
    present = forecast(full, now.taken.imposed_lately, on, [])
    reached = present[0].on if present and full.maximum.tags else None
    last = now.held.ends().get(EndKind.LAST_TO_IMPOSE)
    last_day = last["day"] if last is not None and isinstance(last["day"], date) else None
    binds = reached if since is None and reached is not None and (last_day is None or reached <= last_day) else None
    on_record = bool(counted.stock or counted.lost.tags)
    fields = capacity_fields(full)
    if not full.fitted and not on_record:
        # Neither a fitting nor a tag is on record, so nobody has said how many are worn.
        fields |= {"fitted": None, "worn": None}
    return {
        **fields,
        "in_stock": counted.stock.get(TagState.IN_STOCK.value, 0) if on_record else None,
        "lost": counted.lost.tags if on_record else None,
        "may_be_mapped": counted.gate_open if counted.scored else None,
        "scored": counted.scored,
        "course": [
            CourseDayOut(
                day=row.day,
                imposed=row.imposed,
                reserved=row.reserved,
                fitted=row.fitted,
                worn=row.worn,
                maximum=row.maximum,
            )
            for row in rows
        ],
        "full_since": since,
        "binds_on": binds,
        "last_to_impose": last_day,
        "maximum_message": maximum_in_words(
            maximum=full.maximum.tags,
            maximum_said=full.maximum.words,
            over=full.over,
            full_since=since,
            reached_on=reached,
            last_to_impose=last_day,
            as_at=on,
        ),
        "licences": counted.licences,
        "alerts_waiting": counted.waiting,
        "alerts_since": counted.waiting_since,
    }


_NO_TAGS: dict[str, Any] = {
    **NO_TAGS,
    **dict.fromkeys(
        (
            "in_stock", "lost", "may_be_mapped", "scored", "full_since", "binds_on", "last_to_impose",
            "maximum_message", "alerts_waiting", "alerts_since",
        )
    ),
    "course": [],
    "licences": {},
}  # fmt: skip


def _to_do(items: Sequence[AttentionItem], due: Sequence[DutyNow]) -> list[ToDo]:
    """One line each; contradictions between the papers are one line together."""
    days = {duty.key: duty for duty in due}
    unread = [item for item in items if item.kind == kinds.DISCREPANCY]
    return [
        *(
            _one(item, days.get(item.subject) if item.kind == kinds.OVERDUE else None)
            for item in items
            if item not in unread
        ),
        *_unread(unread),
    ]


def _one(item: AttentionItem, duty: DutyNow | None) -> ToDo:
    tag = _TAGS.get(item.kind) or _BY_URGENCY[item.urgency]
    if item.kind == kinds.FULL:
        tag = "Over" if item.urgency == kinds.Urgency.NOW else "Full"
    words = item.words if duty is None else duty.words
    return ToDo(
        kind=item.kind,
        subject=item.subject,
        urgency=item.urgency,
        words=f"{words[:1].upper()}{words[1:]}",
        source=item.source,
        due=None if duty is None else duty.due,
        tag=tag,
        count=item.count,
        done_page=_PAGES.get(item.kind, "attention"),
        where=item.where,
    )


def _unread(items: Sequence[AttentionItem]) -> Iterator[ToDo]:
    if items:
        many = "in 1 place" if len(items) == 1 else f"in {len(items)} places"
        yield ToDo(
            kind=kinds.DISCREPANCY,
            subject="",
            urgency=kinds.Urgency.PAPERS,
            words=f"The papers contradict each other {many}",
            source="; ".join(dict.fromkeys(paper for item in items for paper in item.source.split("; "))),
            due=None,
            tag=_BY_URGENCY[kinds.Urgency.PAPERS],
            count=len(items),
            done_page="papers",
            where="tagpilot programme discrepancies",
        )


def _live(places: Sequence[Place], on: date) -> int | None:
    """How many are live; None where it is not known of any."""
    answers = Counter(place.live(on) for place in places)
    return None if answers[None] and not answers[True] else answers[True]


def _money_message(money: Position) -> str:
    if money.free < 0:
        return f"{pounds(-money.free)} more is committed or spent than is approved"
    return f"{pounds(money.free)} of {pounds(money.approved)} is free"
