"""The demo's changed match: the force corrects the place of a crime of which a match was released, and the next match
says something else of it than the recipient was told."""

from sqlalchemy import Engine

from api.demo.jobs import match_what_changed
from api.demo.people import context_of
from api.schemas.matching.crimes import NewCrime
from api.settings import Settings
from api.usecases.matching import crimes
from tracker.access.roles import Role
from tracker.record.engine import reading
from tracker.review.changed_queries import changed_matches
from tracker.review.queries import QueueFilter, queue
from tracker.review.states import MatchState

_MOVED_M = 60.0
"""To the east: the wearer is still a candidate there, by other figures."""


def released_and_changed(engine: Engine, *, decided: bool = False) -> int:
    """How many released matches wait for a decision because a later run says something else; or were decided."""
    with reading(engine).connect() as connection:
        return changed_matches(connection, [MatchState.RELEASED], decided=decided, limit=1, offset=0)[1]


def correct_a_released_crime(settings: Settings, engine: Engine) -> None:
    """Leave one released match that waits for the releasing officer's decision, unless there was one already."""
    if any(released_and_changed(engine, decided=decided) for decided in (False, True)):
        return
    ana = context_of(Role.ANALYST, settings, engine)
    with reading(engine).connect() as connection:
        released = QueueFilter(states=frozenset({MatchState.RELEASED}), queued=True)
        match = next(iter(queue(connection, released, limit=1).items), None)
    if match is None:
        return
    versions = crimes.crime(ana, match.force, match.crime_ref).versions
    if len(versions) == 1:
        was = versions[0]
        assert was.easting_m is not None
        crimes.enter(
            ana,
            NewCrime(
                force=match.force,
                crime_ref=match.crime_ref,
                crime_type=was.crime_type,
                from_=was.from_,
                to=was.to,
                easting=was.easting_m + _MOVED_M,
                northing=was.northing_m,
                location_accuracy_m=was.location_accuracy_m,
                text=was.text or "",
                match=False,
            ),
        )
    match_what_changed(settings, engine, match.run_id)
