"""The end of a match: pools are staged in pieces that others pass between, and what they say is as if made at once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from api.usecases.matching import match_jobs as keeping
from api.usecases.matching.match_jobs import Findings, keep_findings
from tests.support.waiting import other_writer
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry, entering
from tracker.record.row_queries import rows_that_differ
from tracker.review import pool_staging_service as staging
from tracker.review.candidate_service import Candidate
from tracker.review.pool_queries import stamp_of
from tracker.review.pool_service import CrimeRow, PairRow, RunOf, keep_crimes
from tracker.review.pool_staging_service import delete_staged, staged_pools
from tracker.review.tables import Match, Pool, PoolCrime, PoolPair

NOW = datetime(2019, 11, 1, tzinfo=UTC)
SEEN = datetime(2019, 10, 15, 21, tzinfo=UTC)
RUN = RunOf("run-1", "", "settings", "3")
WEARERS = ("u", "v", "w")


def crime(n: int) -> CrimeRow:
    pairs = [PairRow(WEARERS[n % 3], True, 1e22 if n == 1 else 3.0 * n, None, {-7: 1e-7, 7: None, 14: 2.0})]
    return CrimeRow("met", f"c{n}", 1, "2019-10", SEEN, n % 2, 530_000_000 + n, 180_000_000, {-7: 4, 0: 5}, pairs)


def findings(*numbers: int) -> Findings:
    crimes = [crime(n) for n in numbers]
    figures = {"closest_m": 18.0, "strength": 12.5, "q_value": None, "at_event": None, "usually": None, "note": None}
    found = [
        Candidate("met", c.crime_ref, 1, "RB", SEEN, SEEN, c.pairs[0].wearer_ref, 0.9, 10.0, {**figures, "n": 1})
        for c in crimes
    ]
    return Findings(found, [("met", c.crime_ref) for c in crimes], crimes, {}, "3", 2)


def keep(engine: Engine, run: RunOf, found: Findings) -> None:
    keep_findings(engine, run, found, lambda _: None, by="ana", now=NOW)


def kept(engine: Engine) -> dict[str, Any]:
    """What counts, without the numbers of rows."""
    with engine.connect() as connection:
        crimes = connection.execute(
            select(PoolCrime.crime_ref, PoolCrime.run_id, PoolCrime.covered, Pool.month, Pool.figures)
            .join(Pool)
            .where(Pool.staged_at.is_(None))
            .order_by(PoolCrime.crime_ref)
        ).all()
        pairs = connection.execute(
            select(PoolCrime.crime_ref, PoolPair.wearer_ref, PoolPair.strength, PoolPair.decoys)
            .join(PoolCrime)
            .order_by(PoolCrime.crime_ref)
        ).all()
        matches = connection.execute(
            select(Match.crime_ref, Match.run_id, Match.q_value, Match.figures, Match.rank_q, Pool.staged_at)
            .join(Pool)
            .order_by(Match.crime_ref)
        ).all()
    return {"crimes": crimes, "pairs": pairs, "matches": matches}


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "FEWEST", 1)
    monkeypatch.setattr(staging, "_PIECE", 2)
    monkeypatch.setattr(staging, "GAP_S", 0)


@pytest.mark.usefixtures("in_small_pieces")
def test_staged_pools_say_what_pools_written_at_once_say(
    new_engine: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for fewest in (1, 1_000):
        monkeypatch.setattr(staging, "FEWEST", fewest)
        engine = new_engine()
        keep(engine, RUN, findings(*range(9)))
        # Another run over most of the crimes, one of them new: the others move over.
        keep(engine, RUN._replace(run_id="run-2"), findings(*range(2, 11)))
        assert rows_that_differ(engine).faults == []
        assert staged_pools(engine) == []
        said.append(kept(engine))
    assert said[0] == said[1]
    assert [row.run_id for row in said[0]["crimes"]].count("run-1") == 2
    assert len(said[0]["matches"]) == 11


@pytest.mark.usefixtures("in_small_pieces")
def test_another_writer_gets_in_between_the_pieces(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = []
    pieces = staging.in_pieces

    def with_another(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
        for some in pieces(items, most):
            yield some
            with other_writer(engine) as other, entering(other, by="officer", now=NOW) as entry:
                entry.note(Action.CONSULT, "person", 1)
                entered.append(len(some))

    monkeypatch.setattr(staging, "in_pieces", with_another)
    keep(engine, RUN, findings(*range(7)))
    assert entered == [2, 2, 2, 1]
    assert len(kept(engine)["matches"]) == 7


@pytest.mark.usefixtures("in_small_pieces")
def test_a_pool_that_another_match_changed_meanwhile_is_judged_as_it_is_then(
    new_engine: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = new_engine(), new_engine()
    for engine in (one, other):
        keep(engine, RUN, findings(*range(6)))
    keep(one, RUN._replace(run_id="run-2"), findings(7, 8))
    keep(one, RUN._replace(run_id="run-3"), findings(*range(6)))
    foresee = keeping.foresee

    def overtaken(*given: Any) -> Any:
        foreseen = foresee(*given)
        monkeypatch.setattr(keeping, "foresee", foresee)
        keep(other, RUN._replace(run_id="run-2"), findings(7, 8))
        return foreseen

    monkeypatch.setattr(keeping, "foresee", overtaken)
    keep(other, RUN._replace(run_id="run-3"), findings(*range(6)))
    assert kept(one) == kept(other)


@pytest.mark.usefixtures("in_small_pieces")
def test_an_end_that_is_refused_leaves_nothing_staged(engine: Engine) -> None:
    def refused(_: Entry) -> None:
        assert len(staged_pools(engine)) == 1
        raise RuntimeError("another worker has the job")

    with pytest.raises(RuntimeError):
        keep_findings(engine, RUN, findings(1, 2, 3), refused, by="ana", now=NOW)
    assert staged_pools(engine) == []
    assert kept(engine) == {"crimes": [], "pairs": [], "matches": []}


def test_what_counts_is_never_deleted_as_staged(engine: Engine) -> None:
    found = findings(1, 2)
    with entering(engine, by="ana", now=NOW) as entry:
        pools = keep_crimes(entry, RUN, found.kept, found.crimes)
    delete_staged(engine, pools["2019-10"])
    assert [row.crime_ref for row in kept(engine)["crimes"]] == ["c1", "c2"]


def test_a_pair_changed_in_the_database_is_found_though_the_crime_has_a_digest(engine: Engine) -> None:
    keep(engine, RUN, findings(1, 2))
    assert rows_that_differ(engine).faults == []
    with engine.begin() as connection:
        number = connection.scalar(select(func.min(Pool.id)))
        connection.exec_driver_sql("UPDATE match_pool_pair SET strength = 4 WHERE wearer_ref = 'v'")
    with engine.connect() as connection:
        seq = stamp_of(connection, number or 0)
    assert rows_that_differ(engine).faults == [f"match_pool {number}: not as it was entered (audit row {seq})"]
