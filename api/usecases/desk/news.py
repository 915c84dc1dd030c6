"""New matches: the feed, how many there are since a user looked, and moving on."""

from api.schemas.matching.news import MailState, MatchFeed, NewMatches
from api.schemas.matching.review import match_out
from api.usecases.cursor import next_of, place_of
from api.usecases.request_context import RequestContext
from api.wording.text import london
from tracker.access.roles import Right
from tracker.desk import news_service
from tracker.desk.mail_queries import mail_now
from tracker.desk.news_queries import NewsPlace, news_since
from tracker.desk.news_queries import feed as feed_of
from tracker.errors import BadEntry
from tracker.review.service import PURPOSE

_START = NewsPlace(0)


def feed(context: RequestContext, after: str | None, limit: int) -> MatchFeed:
    """Matches that came to be shown behind a place, in that order; from the first without one."""
    context.require(Right.REVIEW)
    place = place_of(after, NewsPlace) or _START
    with context.reader.connect() as connection:
        found = feed_of(connection, place, limit)
    ids = [str(match.match_id) for match in found.matches]
    context.record_reading(Right.REVIEW, "candidate_match", ids, purpose=PURPOSE, asked="new matches")
    return MatchFeed(
        items=[match_out(match) for match in found.matches],
        next=_text(found.place),
        more=len(found.matches) == limit,
        limit=limit,
    )


def new_matches(context: RequestContext) -> NewMatches:
    """How many matches are new to the actor; asking moves nothing on."""
    context.require(Right.REVIEW)
    with context.reader.connect() as connection:
        found = news_since(connection, context.actor.name)
        mail = mail_now(connection)
    number = sum(found.by_type.values())
    wait = "match waits" if number == 1 else "matches wait"
    since = "you have not said yet that you looked" if found.since is None else f"new since {london(found.since)}"
    return NewMatches(
        new=number,
        by_type=dict(found.by_type),
        since=found.since,
        up_to=_text(found.up_to),
        in_words=f"{number:,} {wait} for review: {since}.",
        mail=None
        if mail is None
        else MailState(at=mail.at, matches=mail.matches, failures=mail.failures, why=mail.why),
    )


def looked(context: RequestContext, up_to: str) -> NewMatches:
    """The actor has looked up to a place. Raises BadEntry for a text that no answer gave."""
    context.require(Right.REVIEW)
    try:
        place = place_of(up_to, NewsPlace) or _START
    except BadEntry:
        raise BadEntry("upTo: no answer gave this place. Give `upTo` of the counts or `next` of the feed.") from None
    news_service.mark_seen(context.engine, place, **context.entered)
    return new_matches(context)


def _text(place: NewsPlace) -> str:
    found = next_of(place)
    assert found is not None
    return found
