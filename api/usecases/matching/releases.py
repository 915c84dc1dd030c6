"""Confirmed matches released by a second person: the package, recalls, outcomes."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from api.schemas.matching.package import PackageGeoJson
from api.schemas.matching.review import MatchOut, MatchQueue, Moved, match_out, pools_out
from api.schemas.releases import NewRelease, ReleaseOut, ReleasePage, WaitingOut, release_out
from api.usecases.cursor import next_of, place_of
from api.usecases.matching.evidence import proving_evidence, recipient_of
from api.usecases.request_context import Page, RequestContext
from matcher.errors import Damaged
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.review import release_service
from tracker.review import service as review
from tracker.review.package import digest, geojson
from tracker.review.queries import MatchNow, MatchPlace, QueueFilter, match_of, queue
from tracker.review.release_queries import Waits, package_of
from tracker.review.release_queries import releases as releases_on_record
from tracker.review.release_queries import waiting as waiting_on_record
from tracker.review.states import MatchState


class PackageFile(NamedTuple):
    """The package's text, as it left, and its digest."""

    text: str
    sha256: str


def awaiting(context: RequestContext, page: Page, after: str | None = None) -> MatchQueue:
    """Confirmed matches that are not released yet. No fixes: these are in the package."""
    context.require(Right.RELEASE)
    place = place_of(after, MatchPlace)
    wanted = QueueFilter(states=frozenset({MatchState.CONFIRMED}))
    with context.reader.connect() as connection:
        found = queue(connection, wanted, limit=page.limit, offset=page.offset, after=place)
    _record_reading(context, "candidate_match", [match.match_id for match in found.items], "what awaits release")
    return MatchQueue(
        items=[match_out(match) for match in found.items],
        pools=pools_out(found.items),
        total=found.total,
        hidden=found.hidden,
        q_at_most=None,
        next=next_of(found.last if len(found.items) == page.limit else None),
        limit=page.limit,
        offset=page.offset,
    )


def one_awaiting(context: RequestContext, match_id: int) -> MatchOut:
    """One confirmed match. Raises NotFound."""
    found = one_confirmed(context, match_id)
    _record_reading(context, "candidate_match", [match_id], "one that awaits release")
    return match_out(found)


def current(context: RequestContext, match_id: int) -> Callable[[Connection], MatchOut]:
    """Reads the confirmed match as it stands, within an entry that is to change it. Raises NotFound where none
    awaits release now."""
    one_confirmed(context, match_id)
    return lambda connection: match_out(_confirmed(connection, match_id))


def release(context: RequestContext, match_id: int, wanted: NewRelease) -> ReleaseOut:
    """Release a match to a named person. The evidence is checked again, and the person who confirmed it may not.

    Raises
    ------
    NotFound
        No such match awaits release.
    Refused
        The evidence no longer stands, or the actor confirmed the match.
    """
    evidence = proving_evidence(context, one_confirmed(context, match_id))
    named = wanted.recipient
    recipient = recipient_of(named.name, named.rank, named.unit, evidence)
    made = release_service.release(context.engine, match_id, recipient, evidence, wanted.destroy_by, **context.entered)
    return _one(context, made.release_id)


def give_back(context: RequestContext, match_id: int, reason: str) -> Moved:
    """Send a confirmed match back to review. Raises NotFound."""
    one_confirmed(context, match_id)
    return Moved(id=match_id, state=review.return_to_review(context.engine, match_id, reason, **context.entered).value)


def waiting(context: RequestContext) -> WaitingOut:
    """How many releases wait for what. It names nobody, so the audit has no row of it."""
    context.require(Right.READ_RELEASES)
    with context.reader.connect() as connection:
        return _waiting(connection, context.today.day)


def _waiting(connection: Connection, today: date) -> WaitingOut:
    return WaitingOut(**{waits.value: count for waits, count in waiting_on_record(connection, today).items()})


def past_destruction(context: RequestContext) -> int:
    """How many released packages are past the day by which the recipient had to destroy them: a count alone."""
    context.require(Right.KEEP)
    with context.reader.connect() as connection:
        return waiting_on_record(connection, context.today.day)[Waits.DESTRUCTION]


def releases(context: RequestContext, page: Page, waits: str | None = None) -> ReleasePage:
    """Releases with their recipients, recalls and outcomes, newest first; those alone that wait for this."""
    context.require(Right.READ_RELEASES)
    today = context.today.day
    with context.reader.connect() as connection:
        wanted = None if waits is None else (Waits(waits), today)
        found, total = releases_on_record(connection, waits=wanted, limit=page.limit, offset=page.offset)
        all_waiting = _waiting(connection, today)
    _record_reading(context, "match_release", [each.release_id for each in found], "releases")
    items = [release_out(each) for each in found]
    return ReleasePage(items=items, waiting=all_waiting, total=total, limit=page.limit, offset=page.offset)


def one_release(context: RequestContext, release_id: int) -> ReleaseOut:
    """One release, without its package. Raises NotFound."""
    context.require(Right.READ_RELEASES)
    _record_reading(context, "match_release", [release_id], "one release")
    return _one(context, release_id)


def package(context: RequestContext, release_id: int) -> PackageFile:
    """The package as it left. Raises as `check_package`."""
    found = check_package(context, release_id)
    _record_reading(context, "match_release", [release_id], "the package")
    return found


def check_package(context: RequestContext, release_id: int) -> PackageFile:
    """The package, for what is made of it: whoever gives that out writes the audit's row of it.

    Raises
    ------
    NotFound
        It is erased, or its retention period is over.
    Damaged
        It is not the one that left.
    """
    context.require(Right.READ_RELEASES)
    with context.reader.connect() as connection:
        found, _ = releases_on_record(connection, release_id=release_id)
        text = package_of(connection, release_id)
    if not found:
        raise NotFound(f"there is no release {release_id}")
    if text is None:
        raise NotFound(
            f"the package of release {release_id} is no longer kept: it was erased, or its retention period is over"
        )
    if digest(text) != found[0].sha256:
        raise Damaged(f"the package of release {release_id} has changed since it left. Restore it from a backup")
    return PackageFile(text, found[0].sha256)


def package_geojson(context: RequestContext, release_id: int) -> PackageGeoJson:
    """The same as GeoJSON, in WGS84. Raises as `package`."""
    return msgspec.convert(geojson(package(context, release_id).text), PackageGeoJson)


def recall(context: RequestContext, release_id: int, reason: str) -> ReleaseOut:
    """Recall a release: the recipient must be notified, and their answer is recorded. Raises NotFound, IllegalMove."""
    context.require(Right.RELEASE)
    release_service.recall(context.engine, release_id, reason, **context.entered)
    return _one(context, release_id)


def acknowledge(context: RequestContext, release_id: int, on: date, words: str) -> ReleaseOut:
    """Record that the recipient knows of the recall, and what became of the package."""
    context.require(Right.RELEASE)
    context.happened_on(on, "The acknowledgement")
    release_service.acknowledge(context.engine, release_id, on, words, **context.entered)
    return _one(context, release_id)


def add_outcome(context: RequestContext, release_id: int, outcome: str, on: date, source: str) -> ReleaseOut:
    """Record what came of a release, as the recipient reports it."""
    context.require(Right.RELEASE)
    context.happened_on(on, "The outcome")
    release_service.outcome(context.engine, release_id, outcome, on, source=source, **context.entered)
    return _one(context, release_id)


def _one(context: RequestContext, release_id: int) -> ReleaseOut:
    with context.reader.connect() as connection:
        found, _ = releases_on_record(connection, release_id=release_id)
    if not found:
        raise NotFound(f"there is no release {release_id}")
    return release_out(found[0])


def one_confirmed(context: RequestContext, match_id: int) -> MatchNow:
    """For whoever shows or changes it. Raises NotFound where no such match awaits release."""
    context.require(Right.RELEASE)
    with context.reader.connect() as connection:
        return _confirmed(connection, match_id)


def _confirmed(connection: Connection, match_id: int) -> MatchNow:
    found = match_of(connection, match_id, gate=False)
    if found is None or found.state is not MatchState.CONFIRMED:
        raise NotFound(f"no match {match_id} awaits release")
    return found


def _record_reading(context: RequestContext, subject: str, ids: list[int], asked: str) -> None:
    right = Right.READ_RELEASES if subject == "match_release" else Right.RELEASE
    context.record_reading(right, subject, [str(each) for each in ids], purpose=release_service.PURPOSE, asked=asked)
