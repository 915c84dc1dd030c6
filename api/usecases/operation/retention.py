"""How long each kind of record is kept, what is past its retention period, and erasing a person."""

from datetime import date

from api.schemas.operation.retention import (
    Erased,
    ErasureOut,
    ErasurePage,
    ErasuresFinished,
    PolicyEntered,
    PolicyOut,
    Purge,
    PurgedOut,
    RetentionPolicies,
)
from api.usecases.operation import erasure, purging
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.retention.erasure_service import ErasureNow, count_erasures, erasures
from tracker.retention.policy import RetentionKind, policy_on
from tracker.retention.service import policies, set_policy
from tracker.times import AsOf


def list_policies(context: RequestContext, as_of: AsOf) -> RetentionPolicies:
    """The policy in force for each kind of record, and the kinds that have none."""
    context.require(Right.KEEP)
    with context.reader.connect() as connection:
        entered = policies(connection, as_of)
    items = []
    for kind in RetentionKind:
        policy = policy_on(entered, kind, as_of.at)
        items.append(
            PolicyOut(
                kind=kind.value,
                days=None if policy is None else policy.days,
                source=None if policy is None else policy.source,
                sample=None if policy is None else policy.sample,
                in_words="no policy" if policy is None else policy.in_words(),
            )
        )
    return RetentionPolicies(**context.heading(as_of), items=items, total=len(items))


def enter_policy(
    context: RequestContext, kind: str, days: int, from_on: date | None, source: str, *, sample: bool
) -> PolicyEntered:
    """How long a kind is kept, from a day on, and who decided it."""
    context.require(Right.KEEP)
    day = from_on or context.today.day
    set_policy(context.engine, RetentionKind(kind), days, day, source=source, sample=sample, **context.entered)
    return PolicyEntered(kind=kind, days=days, from_=day)


def purge(context: RequestContext, *, dry_run: bool) -> Purge:
    """Erase what is past its retention period by the policy of its kind; with `dry_run` only count it."""
    context.require(Right.KEEP)
    done = purging.purge(context.settings, context.engine, dry=dry_run, **context.entered)
    items = [
        PurgedOut(
            kind=each.kind.value,
            policy=None if each.policy is None else each.policy.in_words(),
            kept_from=each.kept_from,
            counts=each.counts,
        )
        for each in done
    ]
    return Purge(dry_run=dry_run, items=items)


def erase(context: RequestContext, wearer_ref: str, reason: str) -> Erased:
    """Erase the person who has this reference everywhere, for good. Where others still work with people, a worker
    finishes it."""
    context.require(Right.KEEP)
    number, went = erasure.erase(context.settings, context.engine, wearer_ref, reason=reason, **context.entered)
    left = {each.erasure_id for each in erasure.unfinished(context.engine)}
    context.wake_worker()
    return Erased(number=number, state="unfinished" if number in left else "finished", went=went)


def finish_erasures(context: RequestContext) -> ErasuresFinished:
    """Complete erasures that were cut short, or undone by a restore."""
    context.require(Right.KEEP)
    return ErasuresFinished(finished=erasure.finish(context.settings, context.engine, **context.entered))


def list_erasures(context: RequestContext, page: Page) -> ErasurePage:
    """Every erasure and how far it is, the latest first."""
    context.require(Right.KEEP)
    with context.reader.connect() as connection:
        found = erasures(connection, limit=page.limit or None, offset=page.offset)
        total = count_erasures(connection)
    return ErasurePage(items=[_erasure_out(each) for each in found], total=total, limit=page.limit, offset=page.offset)


def _erasure_out(each: ErasureNow) -> ErasureOut:
    finished = each.finished_at is not None
    places = [] if each.record_erased else ["record"]
    places += [place for place in erasure.PLACES if place not in each.done]
    return ErasureOut(
        number=each.erasure_id,
        person=each.person_id,
        reason=each.reason,
        begun_at=each.begun_at,
        begun_by=each.begun_by,
        state="finished" if finished else "unfinished",
        left=[] if finished else [*places, erasure.DATABASE],
        finished_at=each.finished_at,
    )
