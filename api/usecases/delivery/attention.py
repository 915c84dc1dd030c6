"""What wants attention, worked out by rule from the whole record; settling it with a reason, and taking that back."""

from collections import Counter
from datetime import date

from sqlalchemy import Connection

from api.schemas.delivery.attention import (
    AgainstOut,
    AttentionCase,
    AttentionCases,
    AttentionItem,
    AttentionList,
    SettledEntered,
    SettlementList,
    SettlementWithdrawn,
    against_out,
    settled_out,
    settlement_out,
)
from api.usecases.cursor import next_of, place_of
from api.usecases.delivery.programme_attention import OfProgramme, Standing, items_of, standing
from api.usecases.delivery.quiet_streams import QuietStream, quiet_streams
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.attention import kinds, service
from tracker.attention.queries import Against, Settled, against_on, settlements, settlements_of_programme
from tracker.attention.service import AT_ONCE, PURPOSE, Subject, sentence
from tracker.errors import BadEntry, NotFound
from tracker.licences.queries import named_licences
from tracker.pieces import in_pieces
from tracker.projections.attention_queries import against_counts, against_page
from tracker.record.entry import entering
from tracker.times import AsOf, london_day


def list_attention(context: RequestContext, programme: Programme, as_of: AsOf) -> AttentionList:
    """Every item, the most urgent first: of licences by groups, which can be opened; of the programme singly."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        _, items, settled = wanted(context, connection, programme, as_of)
    return AttentionList(**context.heading(as_of), items=items, total=len(items), settled=settled)


def wanted(
    context: RequestContext, connection: Connection, programme: Programme, as_of: AsOf
) -> tuple[Standing, list[AttentionItem], dict[str, int]]:
    """Where the programme stands, every item, and how many licences are settled by kind."""
    now = standing(connection, programme, as_of, context.as_of())
    still, settled = against_counts(connection, programme.id, as_of)
    done = settlements_of_programme(connection, programme.id, as_of)
    if quiet := quiet_now(context, connection, programme, as_of):
        still = {**still, kinds.QUIET: len({each.licence_id for each in quiet})}
    return now, ordered(now, still, done, as_of.at), settled


def ordered(
    now: Standing, still: dict[str, int], done: dict[tuple[str, str, str | None], Settled], on: date
) -> list[AttentionItem]:
    """The items, the most urgent first, then those of the programme that are settled."""
    of_licences = [_group(kind, count) for kind, count in still.items()]
    of_programme = [_single(item, done.get((item.kind, item.subject, item.words))) for item in items_of(now, on)]
    return sorted([*of_programme, *of_licences], key=lambda item: (item.settled is not None, item.urgency))


def open_cases(
    context: RequestContext, programme: Programme, kind: str, as_of: AsOf, page: Page, *, settled: bool
) -> AttentionCases:
    """A page of the licences of one kind; those that are settled, or those that are not. Raises NotFound."""
    context.require(Right.READ_CASES)
    _require_kind(kind)
    if kind == kinds.QUIET:
        return _quiet_cases(context, programme, as_of, page, settled=settled)
    with context.reader.connect() as connection:
        ids, total = against_page(connection, programme.id, as_of, kind, settled=settled, page=page)
        held: dict[int, list[Against]] = {}
        for some in in_pieces(ids):
            held.update(against_on(connection, some, as_of))
        named = named_licences(connection, ids)
    cases = [
        AttentionCase(
            licence=named[number].reference,
            wearer=named[number].wearer_ref,
            words=sentence(kind, each.since),
            since=each.since,
            settled=settled_out(each.settled),
        )
        for number in ids
        for each in held[number]
        if each.kind == kind
    ]
    return _cases(context, kind, as_of, cases, total, page)


def quiet_now(context: RequestContext, connection: Connection, programme: Programme, as_of: AsOf) -> list[QuietStream]:
    """The tags that are quiet as things stand now; of another day the stream does not say what was missed then."""
    if as_of != context.as_of():
        return []
    return quiet_streams(context.settings, connection, programme, as_of, context.today.now)


def _quiet_cases(
    context: RequestContext, programme: Programme, as_of: AsOf, page: Page, *, settled: bool
) -> AttentionCases:
    with context.reader.connect() as connection:
        quiet = [] if settled else quiet_now(context, connection, programme, as_of)
        named = named_licences(connection, {each.licence_id for each in quiet})
    every = [
        AttentionCase(
            licence=named[each.licence_id].reference,
            wearer=named[each.licence_id].wearer_ref,
            words=each.in_words(),
            since=london_day(each.since),
            settled=None,
        )
        for each in quiet
    ]
    return _cases(context, kinds.QUIET, as_of, page.of(every), len(every), page)


def _cases(
    context: RequestContext, kind: str, as_of: AsOf, cases: list[AttentionCase], total: int, page: Page
) -> AttentionCases:
    context.record_reading(Right.READ_CASES, "licence", [case.licence for case in cases], purpose=PURPOSE)
    about = kinds.about(kind)
    return AttentionCases(
        **context.heading(as_of),
        kind=kind,
        words=about.words,
        source=about.source,
        where=about.where,
        items=cases,
        total=total,
        limit=page.limit,
        offset=page.offset,
    )


def list_settlements(context: RequestContext, programme: Programme, limit: int, after: str | None) -> SettlementList:
    """Who settled what, when and why, newest first; those corrected or taken back too."""
    context.require(Right.READ_CASES)
    place = place_of(after, tuple[int])
    with context.reader.connect() as connection:
        before = None if place is None else place[0]
        rows, total = settlements(connection, programme.id, before=before, limit=limit + 1 if limit else 0)
    more = bool(limit) and len(rows) > limit
    shown = rows[:limit] if limit else rows
    ids = [row.licence for row in shown if row.licence is not None]
    context.record_reading(Right.READ_CASES, "settlement", ids, purpose=PURPOSE)
    return SettlementList(
        items=[settlement_out(row) for row in shown],
        total=total,
        limit=limit,
        next=next_of((shown[-1].number,) if more else None),
    )


def settle(
    context: RequestContext,
    programme: Programme,
    kind: str,
    reason: str,
    *,
    licences: list[str] | None = None,
    subject: str | None = None,
) -> SettledEntered:
    """Settle a kind with a reason: of these licences, of all of the group that are open, or of one subject.

    Raises NotFound where it does not hold today, BadEntry for licences and a subject at once.
    """
    context.require(Right.ENTER_CASES)
    if licences is not None and subject is not None:
        raise BadEntry("Give licences or a subject, not both.")
    if kind == kinds.QUIET:
        raise BadEntry("A quiet stream ends by itself, once a fix comes or the tag is off. Note what was found out.")
    today = context.as_of()
    if _of_licences(kind) and subject is None:
        with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
            connection = entry.connection
            if licences is None:
                page = Page(AT_ONCE + 1)
                ids, _ = against_page(connection, programme.id, today, kind, settled=False, page=page)
                if not ids:
                    raise NotFound(f"'{kind}' holds of no licence that is not settled.")
            else:
                numbers = named_licences(connection, None, programme_id=programme.id, references=licences)
                found = {row.reference: number for number, row in numbers.items()}
                if missing := sorted(set(licences) - found.keys()):
                    raise NotFound(f"There is no licence {', '.join(missing)} in this programme.")
                ids = [found[reference] for reference in dict.fromkeys(licences)]
            service.settle_licences(entry, programme.id, kind, ids, reason, today=today.at)
        return SettledEntered(kind=kind, licences=len(ids), subject="")
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        items = items_of(standing(entry.connection, programme, today, today), today.at)
        mine = [item for item in items if item.kind == kind and subject in (None, item.subject)]
        if len(mine) != 1:
            raise NotFound(_which(kind, subject, [item for item in items if item.kind == kind]))
        said = Subject(kind, mine[0].subject, mine[0].words)
        service.settle_subject(entry, programme.id, said, reason, today=today.at)
    return SettledEntered(kind=kind, licences=0, subject=mine[0].subject)


def withdraw_settlement(context: RequestContext, programme: Programme, number: int, reason: str) -> SettlementWithdrawn:
    """Take a settlement back: what it settled wants attention again. Raises NotFound."""
    context.require(Right.ENTER_CASES)
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        service.reopen(entry, programme.id, number, reason)
    return SettlementWithdrawn(withdrawn=number)


def against_licence(context: RequestContext, licence: str, on: date) -> list[AgainstOut]:
    """What speaks against a licence's place and tags at the end of a day, as known now; for the answer of an entry."""
    with context.reader.connect() as connection:
        ids = list(named_licences(connection, None, references=[licence]))
        held = against_on(connection, ids, AsOf(on))
    return [against_out(each) for number in ids for each in held.get(number, [])]


def one_line_each(items: list[AttentionItem]) -> list[str]:
    """The open items in words; what is of one kind and only to be read is one line."""
    still = [item for item in items if item.settled is None]
    many = Counter(item.kind for item in still if item.urgency == kinds.Urgency.PAPERS)
    lines = [f"{item.words} ({item.source})" if item.source else item.words for item in still if item.kind not in many]
    for kind, number in many.items():
        if kind == kinds.DISCREPANCY:
            are = "1 contradiction" if number == 1 else f"{number} contradictions"
            lines.append(f"{are} between the papers: tagpilot programme discrepancies")
    return lines


def _group(kind: str, count: int) -> AttentionItem:
    about = kinds.about(kind)
    licences = "1 licence" if count == 1 else f"{count:,} licences"
    return AttentionItem(
        kind=kind,
        subject="",
        urgency=about.urgency,
        words=f"{licences}: {about.words}",
        source=about.source,
        where=about.where,
        count=count,
        settled=None,
    )


def _single(item: OfProgramme, settled: Settled | None) -> AttentionItem:
    return AttentionItem(
        kind=item.kind,
        subject=item.subject,
        urgency=item.urgency,
        words=item.words,
        source=item.source,
        where=item.where,
        count=None,
        settled=settled_out(settled),
    )


def _of_licences(kind: str) -> bool:
    return kind in kinds.OF_LICENCES or kind.startswith("failed-")


def _require_kind(kind: str) -> None:
    if not _of_licences(kind):
        known = ", ".join(kinds.OF_LICENCES)
        raise NotFound(f"{kind!r} is not a kind of licences. The kinds are failed-CRITERION, {known}.")


def _which(kind: str, subject: str | None, items: list[OfProgramme]) -> str:
    subjects = ", ".join(item.subject for item in items if item.subject)
    if not items:
        return f"Nothing of the kind {kind!r} wants attention today."
    asked = f"no {subject!r}" if subject is not None else "several subjects"
    return f"Of the kind {kind!r} there is {asked}. Give one of: {subjects}."
