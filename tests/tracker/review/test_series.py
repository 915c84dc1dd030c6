"""The same wearer at several crimes: of matches that may be shown and are not withdrawn."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from tests.support.databases import cloned
from tests.support.people import at, give_score, release_people
from tracker.record.entry import entering
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.series_queries import OnLikeDays, on_like_days, series
from tracker.review.states import MatchState
from tracker.review.tables import Match, Pool, PoolCrime, PoolPair
from tracker.tags import service as tags

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
WHOLE = (at(0), at(9))


@pytest.fixture
def listed(engine: Engine) -> Engine:
    three_crimes(engine)
    return engine


@cloned
def three_crimes(engine: Engine) -> None:
    """Two wearers at three crimes on each of two days; the first may be matched from the second day on."""
    release_people(engine)
    tags.fit(engine, "T1", "L0000", at(2), by="officer", now=NOW)
    give_score(engine, 0, at(2).date(), 60)
    every = [
        Candidate("met", f"c{day}{n}", 1, "RB", at(day, 2), at(day, 2) + timedelta(hours=1), wearer, 0.9, 3.0, {})
        for wearer in ("W0000", "W0001")
        for day in (0, 4)
        for n in range(3)
    ]
    with entering(engine, by="ana", now=NOW) as entry:
        update_queue(entry, "run", "settings", every, sorted({("met", each.crime_ref) for each in every}))


def test_only_those_who_may_be_matched_are_in_a_series(listed: Engine) -> None:
    with listed.connect() as connection:
        (found,), total = series(connection, *WHOLE, 2, limit=10, offset=0)
        assert (found.wearer_ref, found.crimes, total) == ("W0000", 3, 1)
        assert [match.crime_ref for match in found.matches] == ["c40", "c41", "c42"]
        assert series(connection, *WHOLE, 4, limit=10, offset=0) == ([], 0)
        assert series(connection, *WHOLE, 2, limit=10, offset=1) == ([], 1)
        assert series(connection, at(5), at(9), 2, limit=10, offset=0) == ([], 0)


def test_what_is_withdrawn_is_in_no_series(listed: Engine) -> None:
    with listed.begin() as connection:
        last = update(Match).where(Match.crime_ref.in_(["c41", "c42"])).values(state=MatchState.WITHDRAWN)
        connection.execute(last)
        assert series(connection, *WHOLE, 2, limit=10, offset=0) == ([], 0)


def test_like_days_are_counted_of_pools_that_count(listed: Engine) -> None:
    with listed.begin() as connection:
        for pool_id, staged in ((1, None), (2, NOW)):
            pool = {"id": pool_id, "programme": f"p{pool_id}", "params_sha256": "s", "month": "2019-10", "figures": {}}
            connection.execute(insert(Pool).values(**pool, judged_at=NOW, staged_at=staged))
            for n, decoys in enumerate(({"7": 2.0}, {"7": None, "-7": 1.0}, {})):
                crime = {"pool_id": pool_id, "force": "met", "crime_ref": f"c4{n}", "crime_version": 1, "run_id": "r"}
                placed = {"t_from": at(4, 2), "stratum": 0, "x_mm": 0, "y_mm": 0, "covered": {"0": 2, "7": 2, "14": 2}}
                number = connection.execute(insert(PoolCrime).values(**crime, **placed)).inserted_primary_key[0]
                pair = {"wearer_ref": "W0000", "candidate": n < 2, "strength": None, "note": None, "decoys": decoys}
                connection.execute(insert(PoolPair).values(pool_crime_id=number, **pair))
        found = on_like_days(connection, {1, 2}, ["W0000", "W0001"], *WHOLE)
        assert found == {"W0000": OnLikeDays(2, {-7: 1, 7: 2, 14: 0})}
        assert connection.scalar(select(Match.id).limit(1)) is not None
