"""Shared by the entries of tags and of licences: the lock, the licence by its reference, the order of moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.errors import BadEntry, NotFound
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.record.entry import Entry, entering_on
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head

_PURPOSE = "tags and licences"


@contextmanager
def entering_tags(engine: Engine, by: str, now: datetime) -> Iterator[Entry]:
    require_head(engine)
    with engine.begin() as connection:
        # Fittings by hand and by file take turns: one device never has two wearers.
        take(connection, Lock.ASSIGNMENTS)
        with entering_on(connection, by=by, now=now, purpose=_PURPOSE) as entry:
            yield entry


def licence_named(entry: Entry, reference: str) -> Any:
    found = entry.connection.execute(
        select(Licence.id, Licence.programme_id, Licence.person_id, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.reference == reference)
    ).first()
    if found is None:
        raise NotFound(f"There is no licence {reference!r}.")
    return found


def require_order(subject: str, at: datetime, latest: datetime | None) -> None:
    """Raises BadEntry if `at` comes before the latest move on record of the tag, licence or alert named."""
    if latest is not None and at < latest:
        raise BadEntry(
            f"{subject}: {at.isoformat()} is before its last move at {latest.isoformat()}. Correct that move first."
        )
