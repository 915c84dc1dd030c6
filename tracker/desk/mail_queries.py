"""Queries of mail about new matches: how far it has said what is new, and when it may be tried again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tracker.desk.news_queries import NewsPlace
from tracker.record.as_known import known
from tracker.review.tables import NewsMail


@dataclass(frozen=True, slots=True)
class MailNow:
    """How mail stands: said up to `place`; `failures` since one was sent, the last of them at `at` because of `why`."""

    number: int
    place: NewsPlace
    matches: int
    failures: int
    why: str | None
    at: datetime


def mail_now(connection: Connection) -> MailNow | None:
    """None before the first."""
    query = select(NewsMail.id, NewsMail.up_to, NewsMail.matches, NewsMail.failures, NewsMail.why, NewsMail.recorded_at)
    row = connection.execute(query.where(known(NewsMail)).order_by(NewsMail.id.desc())).first()
    return None if row is None else MailNow(row[0], NewsPlace(row[1]), *row[2:])
