"""What a route works with: who asks, where things are kept, and what day it is."""

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.today import Today, today
from tracker.access.roles import Right
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.times import AsOf

AsAt = Annotated[date | None, QueryParameter(name="asAt", description="The state on this day; today.")]
AsKnownAt = Annotated[
    datetime | None,
    QueryParameter(
        name="asKnownAt",
        description="By what was on record at this instant (with its zone), whatever was entered later.",
    ),
]


Number = Annotated[int, PathParameter(ge=1, le=2**53, description="Its number.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """Made for each request. `engine` may write; `reader` may not."""

    actor: Actor
    settings: Settings
    engine: Engine
    wake: threading.Event
    """Set once a job is made, for a worker in this process."""

    @property
    def reader(self) -> Engine:
        return reading(self.engine)

    @property
    def today(self) -> Today:
        return today(self.settings, datetime.now(UTC))

    @property
    def said(self) -> dict[str, Any]:
        """Who enters something, and when: what every service asks for."""
        return {"by": self.actor.name, "now": self.today.now}

    def as_of(self, as_at: date | None, as_known_at: datetime | None) -> AsOf:
        return AsOf(as_at or self.today.day, None if as_known_at is None else as_known_at.astimezone(UTC))

    def consulted(
        self,
        right: Right,
        subject: str,
        ids: list[str],
        *,
        purpose: str,
        person_id: int | None = None,
        **told: Any,
    ) -> None:
        """The audit's row of a reading of personal data, made before it is answered: who read which rows and why.

        Raises Forbidden without the right.
        """
        self.actor.must(right)
        shown = ids if len(ids) <= MOST_IDS else [*ids[:MOST_IDS], f"and {len(ids) - MOST_IDS} more"]
        with entering(self.engine, purpose=purpose, **self.said) as entry:
            one = ids[0] if len(ids) == 1 else f"{len(ids)} rows"
            entry.note(Action.CONSULT, subject, one[:200], person_id=person_id, ids=shown, **told)


MOST_IDS = 200
"""Ids that one audit row lists."""


async def provide_desk(
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    writer: NamedDependency[Engine],
    wake: NamedDependency[threading.Event],
) -> Desk:
    return Desk(actor, settings, writer, wake)


def heading(desk: Desk, as_of: AsOf) -> dict[str, Any]:
    """For the head of an answer about a state: of which day, as known when, and what counts as today."""
    return {
        "asAt": as_of.at.isoformat(),
        "asKnownAt": None if as_of.known_at is None else as_of.known_at.isoformat().replace("+00:00", "Z"),
        "today": desk.today.said(),
    }
