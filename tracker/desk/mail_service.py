"""Recording that mail about new matches was sent, or could not be."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from tracker.desk.mail_queries import mail_now
from tracker.desk.news_queries import NewsPlace
from tracker.record.audit.chain import Action
from tracker.record.entry import entering
from tracker.review.service import PURPOSE
from tracker.review.tables import NewsMail


def mail_sent(
    engine: Engine, place: NewsPlace, matches: int, why: str | None = None, *, by: str, now: datetime
) -> None:
    """A mail said how many matches there are up to a place. `why`: what did not go well with it all the same."""
    _record(engine, place.number, matches, 0, why, by=by, now=now)


def mail_failed(engine: Engine, why: str, *, by: str, now: datetime) -> None:
    """A mail could not be sent; what it would have said is said by the next."""
    with engine.connect() as connection:
        before = mail_now(connection)
    up_to, failures = (0, 0) if before is None else (before.place.number, before.failures)
    _record(engine, up_to, 0, failures + 1, why, by=by, now=now)


def _record(
    engine: Engine, up_to: int, matches: int, failures: int, why: str | None, *, by: str, now: datetime
) -> None:
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        before = mail_now(entry.connection)
        values: dict[str, Any] = {"up_to": up_to, "matches": matches, "failures": failures, "why": why}
        held = before.number if before is not None else None
        number = entry.add(NewsMail, **values) if held is None else entry.supersede(NewsMail, held, **values)
        if not failures:
            entry.note(Action.DISCLOSE, "match_news_mail", number, matches=matches, recipient="the addresses set")
