"""A match that was returned and confirmed again: what counts is the later confirmation, its person and its figures."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.databases import cloned
from tests.support.people import release_people
from tests.support.review import open_gates
from tracker.errors import Refused
from tracker.people.tables import Person
from tracker.record.entry import entering
from tracker.review import service
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.changed import Decision
from tracker.review.changed_decision_service import decide
from tracker.review.changed_queries import changed_matches, said_of
from tracker.review.changed_service import Seen, note_changes
from tracker.review.package import Recipient
from tracker.review.pool_service import RunOf
from tracker.review.release_service import Evidence, release
from tracker.review.states import MatchState
from tracker.review.tables import Match

AT = datetime(2019, 10, 15, 21, tzinfo=UTC)
MONDAY = datetime(2019, 11, 4, 9, tzinfo=UTC)
MINE = frozenset({MatchState.CONFIRMED})
FIGURES = {"verdict": "present", "p_present": 0.9, "visits": 1, "dwell_s": 60.0, "closest_m": 18.0}


@pytest.fixture
def match_id(engine: Engine) -> int:
    return twice_confirmed(engine)


@cloned
def twice_confirmed(engine: Engine) -> int:
    """Confirmed by ana on Monday, returned, found otherwise by a run, and confirmed by bob on Tuesday."""
    release_people(engine, 1)
    found(engine, "run-1", dwell_s=60.0)
    with engine.connect() as connection:
        wanted = connection.scalars(select(Match.id)).one()
    confirmed(engine, wanted, "ana", day=0)
    service.return_to_review(engine, wanted, "look again", by="rob", now=MONDAY + timedelta(hours=1))
    found(engine, "run-2", dwell_s=30.0)
    confirmed(engine, wanted, "bob", day=1)
    return wanted


def found(engine: Engine, run_id: str, **figures: Any) -> None:
    """A run finds the wearer."""
    of = RunOf(run_id, "", "settings", "3")
    with entering(engine, by="a job", now=MONDAY) as entry:
        wearer = entry.connection.scalars(select(Person.wearer_ref)).one()
        candidate = Candidate("met", "a", 1, "RB", AT, AT, wearer, 0.9, 10.0, {**FIGURES, **figures})
        seen = {candidate.key: Seen(figures=candidate.figures, crime_version=1, causes=("fixes",))}
        lost = note_changes(entry, of, [("met", "a")], seen)
        update_queue(entry, run_id, of.params_sha256, [candidate], [("met", "a")], algorithm="3", listed=lost)


def confirmed(engine: Engine, match_id: int, by: str, *, day: int) -> None:
    now = MONDAY + timedelta(days=day)
    service.assign(engine, match_id, by, by=by, now=now)
    service.confirm(engine, match_id, "at the door", by=by, now=now)


def test_what_was_said_is_what_was_said_last(engine: Engine, match_id: int) -> None:
    with engine.connect() as connection:
        said = said_of(connection, match_id)
    assert said is not None
    assert (said.confirmed_by, said.figures["dwell_s"]) == ("bob", 30.0)
    assert said.confirmed_at.date() == date(2019, 11, 5)


def test_who_confirmed_last_may_not_release(engine: Engine, match_id: int) -> None:
    recipient, evidence = Recipient("A. Inspector", "DI", "CID"), Evidence(fixes=[], crime={}, words="")
    until = {"destroy_by": date(2099, 1, 1), "now": MONDAY + timedelta(days=2)}
    with pytest.raises(Refused, match="bob confirmed this match"):
        release(engine, match_id, recipient, evidence, by="bob", **until)
    # ana did not confirm it as it is now; what keeps her from releasing it is that there is no such crime on record.
    with pytest.raises(Refused, match="can no longer be released"):
        release(engine, match_id, recipient, evidence, by="ana", **until)


def test_a_change_names_who_confirmed_last_and_what_was_kept_before_that_counts_no_more(
    engine: Engine, match_id: int
) -> None:
    found(engine, "run-3", dwell_s=20.0)
    assert decide(engine, match_id, Decision.KEEP, "stands", states=MINE, by="cy", now=MONDAY).state in MINE
    found(engine, "run-4", dwell_s=10.0)
    with engine.connect() as connection:
        wearer = connection.scalars(select(Person.wearer_ref)).one()
    open_gates(engine, wearer)
    with engine.connect() as connection:
        (listed,), _ = changed_matches(connection, MINE, decided=False, limit=10, offset=0)
        assert (listed.confirmed_by, listed.before["dwell_s"]) == ("bob", 20.0)
        said = said_of(connection, match_id)
        assert said is not None
        assert said.kept_by == ("cy",)
    service.return_to_review(engine, match_id, "look again", by="rob", now=MONDAY + timedelta(days=3))
    confirmed(engine, match_id, "dan", day=4)
    with engine.connect() as connection:
        said = said_of(connection, match_id)
    assert said is not None
    assert (said.confirmed_by, said.kept_by, said.figures["dwell_s"]) == ("dan", (), 10.0)
