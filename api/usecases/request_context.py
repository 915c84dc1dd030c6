"""What a use-case works with: who asks, where things are kept, and what day it is.

Over HTTP one is made for each request (`api.http.dependencies`), on the command line one for each command
(`api.cli.context`). A *use-case* is a function that takes a `RequestContext` first, asks it for the right again,
writes the audit row of what it reads, prints nothing, and answers a Struct of `api.schemas`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Engine

from api.disk import require_space
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.today import Today, today
from tracker.access.roles import Right
from tracker.errors import BadEntry, NotFound
from tracker.jobs.quota_queries import Quota
from tracker.people.queries import names_in, numbers_of, refuse_names
from tracker.programme.queries import programme_named
from tracker.record.engine import reading
from tracker.record.grouped_readings import GroupedReadings
from tracker.rollout.queries import has_tags
from tracker.times import AsOf, london_day

Row = TypeVar("Row")

MAX_AUDITED_IDS = 200
"""Ids that one audit row lists."""


class Programme(NamedTuple):
    """A programme on record: its internal number, its key, as in addresses, and its name."""

    id: int
    key: str
    name: str


class Page(NamedTuple):
    """Which rows of a list: `limit` rows after the first `offset`; every row where `limit` is 0."""

    limit: int = 50
    offset: int = 0

    def of(self, rows: Sequence[Row]) -> list[Row]:
        return list(rows[self.offset :] if self.limit == 0 else rows[self.offset : self.offset + self.limit])


ALL_ROWS = Page(limit=0)


def no_worker() -> None:
    """Wakes none: workers ask for jobs themselves."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Made for one request or one command. `engine` may write; `reader` may not."""

    actor: Actor
    settings: Settings
    engine: Engine
    wake_worker: Callable[[], None] = no_worker
    """Called once a job is stored."""
    readings: GroupedReadings | None = None
    """Those of the server, whose rows are written together."""

    @property
    def reader(self) -> Engine:
        return reading(self.engine)

    @property
    def today(self) -> Today:
        return today(self.settings, datetime.now(UTC))

    @property
    def quota(self) -> Quota:
        """How many jobs and how much of files may wait."""
        held = self.settings
        return Quota(
            jobs=held.most_jobs,
            jobs_each=held.most_jobs_each,
            uploads_mb=held.most_uploads_mb,
            uploads_each_mb=held.most_uploads_each_mb,
        )

    def require_space(self, what: str, *, needs: int = 0) -> None:
        """Before `what` is begun: what it may write under the home fits. Raises NoSpace."""
        require_space(self.settings.home, self.settings.disk_floor_mb, what, needs=needs)

    @property
    def entered(self) -> dict[str, Any]:
        """`by` and `now`: who enters something and when, as every service takes them."""
        return {"by": self.actor.name, "now": self.today.now}

    def require(self, right: Right, *others: Right) -> None:
        """Raises Forbidden unless the actor has the right, or one of the others."""
        self.actor.must(right, *others)

    def as_of(self, as_at: date | None = None, as_known_at: datetime | None = None) -> AsOf:
        """The state on a day, today's by default, as known at an instant, now by default."""
        return AsOf(as_at or self.today.day, None if as_known_at is None else as_known_at.astimezone(UTC))

    def happened_on(self, on: date | None, what: str) -> date:
        """The day of something that has happened, today by default. Raises BadEntry for a day after today."""
        today = self.today.day
        if on is not None and on > today:
            raise BadEntry(
                f"{what} is dated {on}, which is in the future: today is {today}. Record it once it has happened."
            )
        return on or today

    def happened_at(self, at: datetime | None, what: str) -> datetime:
        """The instant of something that has happened, now by default. Raises BadEntry for one on a day after today."""
        if at is None:
            return self.today.now
        if at.tzinfo is not None:
            self.happened_on(london_day(at), what)
        return at

    def heading(self, as_of: AsOf) -> dict[str, Any]:
        """The first fields of a `StateAnswer`: of which day, as known when, and what counts as today."""
        return {"as_at": as_of.at, "as_known_at": as_of.known_at, "today": self.today.in_words()}

    def programme(self, key: str) -> Programme:
        """Raises NotFound, naming the programmes there are."""
        with self.reader.connect() as connection:
            return Programme(*programme_named(connection, key))

    def require_tags(self, programme: Programme) -> None:
        """Before people, tags or scores of a programme are listed: it puts tags on people. Raises NotFound, in the
        words of what it is counted in."""
        with self.reader.connect() as connection:
            if has_tags(connection, programme.id):
                return
        raise NotFound(
            f"{programme.name} puts nothing on people, and nobody is on licence in it. Ask for its status, its places, "
            "its budget or its duties."
        )

    def names_nobody(self, **texts: str) -> None:
        """Refuse a text that was typed and will stand in the audit, by its field, where it names a person on record.

        Raises BadEntry.
        """
        with self.reader.connect() as connection:
            refuse_names(connection, texts)

    def record_reading(
        self,
        right: Right,
        subject: str,
        ids: list[str],
        *,
        purpose: str,
        person_id: int | None = None,
        wearers: bool = False,
        **details: Any,
    ) -> None:
        """Write the audit row of a reading of personal data, before it is answered: who read which rows and why. With
        `wearers` the ids are references: of people on record their numbers are kept, for a reference would outlive an
        erasure.

        Raises Forbidden without the right.
        """
        self.require(right)
        if wearers:
            with self.reader.connect() as connection:
                numbers = numbers_of(connection, ids[:MAX_AUDITED_IDS])
                # What is no reference may be a name that was given for one.
                unknown = "\n".join(each for each in ids[:MAX_AUDITED_IDS] if each not in numbers)
                named = bool(names_in(connection, unknown))
            person_id = numbers.get(ids[0]) if len(ids) == 1 else person_id
            ids = [f"person {numbers[each]}" if each in numbers else "a name" if named else each for each in ids]
        shown = (
            ids if len(ids) <= MAX_AUDITED_IDS else [*ids[:MAX_AUDITED_IDS], f"and {len(ids) - MAX_AUDITED_IDS} more"]
        )
        one = ids[0] if len(ids) == 1 else f"{len(ids)} rows"
        readings = self.readings or GroupedReadings(self.engine)
        readings.record(subject, one[:200], purpose=purpose, person_id=person_id, ids=shown, **details, **self.entered)
