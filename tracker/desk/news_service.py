"""Moving on the place up to which a user has looked."""

from datetime import datetime

from sqlalchemy import Engine

from tracker.desk.news_queries import NewsPlace, last_news, seen_mark
from tracker.errors import BadEntry
from tracker.record.entry import entering
from tracker.review.service import PURPOSE
from tracker.review.tables import NewsSeen


def mark_seen(engine: Engine, place: NewsPlace, *, by: str, now: datetime) -> None:
    """The user has looked up to this place, also before that of last time. Raises BadEntry for one ahead."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        if not 0 <= place.number <= last_news(entry.connection).number:
            raise BadEntry(
                "upTo: there is no such place yet. Give `upTo` of the counts or `next` of the feed as it stands."
            )
        before = seen_mark(entry.connection, by)
        if before is None:
            entry.add(NewsSeen, up_to=place.number)
        elif before.up_to != place.number:
            entry.supersede(NewsSeen, before.id, up_to=place.number)
