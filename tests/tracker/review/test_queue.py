"""The queue from the database: in order, filtered, and without those whose gate is closed, whenever it closes."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from tests.support.databases import cloned
from tests.support.people import at, give_score, release_people
from tracker.record.entry import entering
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.queries import MatchNow, QueueFilter, numbers_in_order, queue, related
from tracker.review.shown_service import rebuild, shown_differences
from tracker.review.states import MatchState
from tracker.review.strength import rank_of_q
from tracker.review.tables import Match
from tracker.tags import service as tags

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
UNKNOWN = (None, 0.2, 0.5, 0.9)


def _found(ref: str, wearer: str, t_from: datetime, p: float | None, e: float | None) -> Candidate:
    return Candidate("met", ref, 1, "RB", t_from, t_from + timedelta(hours=1), wearer, p, e, {})


def _queue(engine: Engine, limit: int = 100, offset: int = 0, **wanted: Any) -> tuple[list[MatchNow], int, int]:
    with engine.connect() as connection:
        found = queue(connection, QueueFilter(**wanted), limit=limit, offset=offset)
    return list(found.items), found.total, found.hidden


@pytest.fixture
def listed(engine: Engine) -> Engine:
    two_wearers(engine)
    return engine


@cloned
def two_wearers(engine: Engine) -> None:
    """Two wearers, of whom the first may be matched from the second day on; and matches of both."""
    release_people(engine)
    tags.fit(engine, "T1", "L0000", at(2), by="officer", now=NOW)
    give_score(engine, 0, at(2).date(), 60)
    every = [
        _found(f"c{n}", wearer, at(day, 2), p, e)
        for n, (wearer, day, p, e) in enumerate(product(("W0000", "W0001"), (0, 4), UNKNOWN, (None, 3.0, 30.0)))
    ]
    with entering(engine, by="ana", now=NOW) as entry:
        update_queue(entry, "run", "settings", every, [("met", each.crime_ref) for each in every])
    with engine.begin() as connection:
        for n, match_id in enumerate(connection.scalars(select(Match.id)).all()):
            q = UNKNOWN[n % 4]
            changed = {"q_value": q, "rank_q": rank_of_q(q), "state": MatchState.IN_REVIEW if n % 3 else MatchState.NEW}
            connection.execute(update(Match).where(Match.id == match_id).values(**changed))


def _place(match: MatchNow) -> tuple[Any, ...]:
    q, p, e = match.q_value, match.p_present, match.e_value
    return q is None, q or 0, p is None, -(p or 0), e is None, -(e or 0), match.match_id


def test_the_numbers_of_a_queue_are_in_its_order(listed: Engine) -> None:
    for wanted in ({}, {"queued": True}, {"wearer_ref": "W0000"}, {"q_at_most": 0.5}):
        every = [match.match_id for match in _queue(listed, **wanted)[0]]
        with listed.connect() as connection:
            assert numbers_in_order(connection, QueueFilter(**wanted), limit=100) == every
            assert numbers_in_order(connection, QueueFilter(**wanted), limit=3) == every[:3]


def test_pages_are_what_a_look_at_every_match_gives(listed: Engine) -> None:
    every, total, hidden = _queue(listed)
    assert (total, hidden) == (12, 0)
    assert every == sorted(every, key=_place)
    assert {(match.wearer_ref, match.t_from) for match in every} == {("W0000", at(4, 2))}
    assert _queue(listed, limit=5, offset=4)[0] == every[4:9]
    kept = [match for match in every if match.q_value is None or match.q_value <= 0.5]
    assert _queue(listed, q_at_most=0.5) == (kept, len(kept), len(every) - len(kept))
    assert _queue(listed, q_at_most=0.5, limit=3, offset=2)[0] == kept[2:5]
    new = [match for match in kept if match.state is MatchState.NEW]
    assert _queue(listed, q_at_most=0.5, states=frozenset({MatchState.NEW}))[0] == new
    ref = every[3].crime_ref
    assert _queue(listed, crime_ref=ref)[0] == [every[3]]
    assert _queue(listed, wearer_ref="W0001") == ([], 0, 0)


def test_a_gate_that_closes_hides_matches_and_one_that_opens_shows_them(listed: Engine) -> None:
    assert shown_differences(listed) == []
    give_score(listed, 0, at(3).date(), 20)
    assert _queue(listed)[1] == 0
    give_score(listed, 0, at(4).date(), 70)
    assert _queue(listed)[1] == 12
    tags.fit(listed, "T2", "L0001", at(2), by="officer", now=NOW + timedelta(days=1))
    give_score(listed, 1, at(2).date(), 60)
    assert _queue(listed)[1] == 24
    assert shown_differences(listed) == []
    every = _queue(listed)[0]
    with listed.connect() as connection:
        of_wearer, at_crime = related(connection, every[0])
    mine = [match for match in every if match.wearer_ref == every[0].wearer_ref and match != every[0]]
    assert of_wearer == sorted(mine, key=lambda m: (m.q_value is None, m.q_value or 0, m.match_id))
    assert at_crime == []


def test_a_row_that_says_something_else_than_the_facts_is_named_and_made_anew(listed: Engine) -> None:
    with listed.begin() as connection:
        ids = connection.scalars(select(Match.id).order_by(Match.id)).all()
        for match_id, wrong in zip(
            ids, ({"shown": True}, {"rank_q": 0.0}, {"rank_e": -99.0}, {"waits": True}), strict=False
        ):
            connection.execute(update(Match).where(Match.id == match_id).values(**wrong))
    assert [words.split(" is ")[0] for words in shown_differences(listed)] == [f"candidate_match {n}" for n in ids[:4]]
    with listed.begin() as connection:
        rebuild(connection)
    assert shown_differences(listed) == []
