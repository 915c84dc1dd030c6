"""What is kept of each crime for its pool: replaced by the latest run, apart by month and settings, erased with the
person."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from tests.support.people import erase_person, release_people
from tests.support.review import open_gates
from tracker.match_settings.rules import STANDARD, MatchSettings
from tracker.people.tables import Person
from tracker.record.entry import entering
from tracker.review import pool_staging_service
from tracker.review.candidate_service import Candidate, QueueChanges, update_queue
from tracker.review.pool_queries import crimes_in_pool, matches_in_pool, pairs_in_pool
from tracker.review.pool_service import (
    CrimeRow,
    Judged,
    PairRow,
    RunOf,
    judge,
    keep_crimes,
    leave_other_pools,
    pools_of,
)
from tracker.review.queries import QueueFilter, queue
from tracker.review.tables import PoolPair

NOW = datetime(2019, 11, 1, tzinfo=UTC)
SEEN = datetime(2019, 10, 15, 21, tzinfo=UTC)
OCTOBER = RunOf("run-1", "", "settings")
WIDE = MatchSettings({**STANDARD.values, "radius_m": 500.0})


def crime(ref: str, *wearers: str, month: str = "2019-10", version: int = 1) -> CrimeRow:
    pairs = [PairRow(w, True, 12.5, None, {-7: 3.0, 7: None}) for w in wearers]
    return CrimeRow("met", ref, version, month, SEEN, 0, 530_000_000, 180_000_000, {-7: 4, 0: 5}, pairs)


def candidate(ref: str, wearer: str, **changes: Any) -> Candidate:
    figures = {"closest_m": 18.0, "strength": 12.5, "q_value": None, "at_event": None, "usually": None, "note": None}
    return replace(
        Candidate("met", ref, 1, "RB", SEEN, SEEN, wearer, 0.9, 10.0, {**figures, "in_words": "fix inside"}), **changes
    )


def kept(engine: Engine, run: RunOf, crimes: list[CrimeRow], *others: str) -> dict[str, int]:
    with entering(engine, by="ana", now=NOW) as entry:
        return keep_crimes(entry, run, crimes, [(c.force, c.crime_ref) for c in crimes] + [("met", o) for o in others])


def refs(engine: Engine, pool_id: int) -> list[tuple[str, int, str]]:
    with engine.connect() as connection:
        return [(row.crime_ref, row.crime_version, row.run_id) for row in crimes_in_pool(connection, pool_id)]


def test_a_crime_is_in_its_pool_by_the_latest_run_over_its_latest_version(engine: Engine) -> None:
    pools = kept(engine, OCTOBER, [crime("a", "u", "v"), crime("b")])
    later = OCTOBER._replace(run_id="run-2")
    assert kept(engine, later, [crime("a", "v", version=2)]) == pools
    assert refs(engine, pools["2019-10"]) == [("a", 2, "run-2"), ("b", 1, "run-1")]
    with engine.connect() as connection:
        (row,) = pairs_in_pool(connection, pools["2019-10"])
        first = crimes_in_pool(connection, pools["2019-10"])[0]
    assert (row.wearer_ref, row.candidate, row.strength, row.decoys) == ("v", True, 12.5, {"-7": 3.0, "7": None})
    assert (first.covered, first.t_from, first.x_mm) == ({"-7": 4, "0": 5}, SEEN, 530_000_000)


def test_a_crime_that_moves_to_another_month_changes_both_pools(engine: Engine) -> None:
    october = kept(engine, OCTOBER, [crime("a"), crime("b")])["2019-10"]
    moved = kept(engine, OCTOBER, [crime("a", month="2019-11")])
    assert sorted(moved) == ["2019-10", "2019-11"]
    assert [ref for ref, _, _ in refs(engine, october)] == ["b"]
    assert [ref for ref, _, _ in refs(engine, moved["2019-11"])] == ["a"]


def test_a_crime_that_can_no_longer_be_matched_leaves_its_pool(engine: Engine) -> None:
    october = kept(engine, OCTOBER, [crime("a"), crime("b")])["2019-10"]
    assert kept(engine, OCTOBER, [], "a") == {"2019-10": october}
    assert [ref for ref, _, _ in refs(engine, october)] == ["b"]
    assert kept(engine, OCTOBER, [], "a") == {}


def test_other_settings_and_programmes_have_pools_of_their_own(engine: Engine) -> None:
    runs = [OCTOBER, OCTOBER._replace(params_sha256="others"), OCTOBER._replace(programme="pilot")]
    ids = {kept(engine, run, [crime("a")])["2019-10"] for run in runs}
    assert len(ids) == 3
    assert all(refs(engine, pool_id) == [("a", 1, "run-1")] for pool_id in ids)


def test_a_later_version_takes_its_crimes_from_the_pools_of_its_own_programme_and_settings_alone(
    engine: Engine,
) -> None:
    earlier = [
        OCTOBER._replace(programme=programme, params_sha256=settings)
        for programme in ("", "pilot", "zebra")
        for settings in ("settings", "others")
    ]
    pools = {
        (run.programme, run.params_sha256): kept(engine, run, [crime("a"), crime("b")])["2019-10"] for run in earlier
    }
    later = RunOf("run-2", "pilot", "newer", "3", ("settings",))
    made = kept(engine, later, [crime("a")])["2019-10"]
    left = {key: [ref for ref, _, _ in refs(engine, pool_id)] for key, pool_id in pools.items()}
    assert left.pop(("pilot", "settings")) == ["b"]
    assert set(map(tuple, left.values())) == {("a", "b")}
    assert refs(engine, made) == [("a", 1, "run-2")]


def test_a_staged_pool_takes_the_place_of_the_one_before_it_and_of_no_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_staging_service, "FEWEST", 1)
    others = OCTOBER._replace(params_sha256="others")
    before, of_others = (kept(engine, run, [crime("a"), crime("b")])["2019-10"] for run in (OCTOBER, others))
    later, rows = OCTOBER._replace(run_id="run-2"), [crime("a", version=2)]
    staged = pool_staging_service.stage(engine, later, rows, clock=NOW)
    assert pool_staging_service.staged_pools(engine) == [staged["2019-10"]]
    with entering(engine, by="ana", now=NOW) as entry:
        assert keep_crimes(entry, later, rows, [("met", "a")], staged) == staged
    # What the run did not have is moved to it.
    assert refs(engine, staged["2019-10"]) == [("a", 2, "run-2"), ("b", 1, "run-1")]
    with engine.connect() as connection:
        assert pools_of(connection, later) == staged
        assert pools_of(connection, others) == {"2019-10": of_others}
    assert pool_staging_service.retired(engine, later, staged) == [before]
    assert pool_staging_service.staged_pools(engine) == [before]


def test_a_crime_that_is_matched_with_other_standing_settings_leaves_the_pool_of_those_before(engine: Engine) -> None:
    before, pilot = OCTOBER, OCTOBER._replace(programme="pilot")
    what_if = OCTOBER._replace(params_sha256="wide", settings=WIDE, what_if="wide-look")
    pools = [kept(engine, run, [crime("a"), crime("b")])["2019-10"] for run in (before, pilot, what_if)]
    run = OCTOBER._replace(run_id="run-2", params_sha256="wide", settings=WIDE)
    with entering(engine, by="ana", now=NOW) as entry:
        keep_crimes(entry, run._replace(params_sha256="newer"), [crime("a")], [("met", "a")])
        assert leave_other_pools(entry, run._replace(params_sha256="newer"), [("met", "a")]) == pools[:1]
        # A what-if takes nothing from the pools of the queue.
        assert leave_other_pools(entry, what_if._replace(run_id="run-3"), [("met", "b")]) == []
    assert [[ref for ref, _, _ in refs(engine, pool)] for pool in pools] == [["b"], ["a", "b"], ["a", "b"]]


def update(engine: Engine, *candidates: Candidate) -> QueueChanges:
    with entering(engine, by="ana", now=NOW) as entry:
        return update_queue(entry, "run-1", "settings", candidates, [("met", "a"), ("met", "b")])


def test_the_queue_is_in_the_order_of_the_pools_q_and_those_without_come_last(engine: Engine) -> None:
    update(engine, candidate("a", "u", p_present=0.99), candidate("a", "v", p_present=0.5), candidate("b", "w"))
    pool_id = kept(engine, OCTOBER, [crime("a", "u", "v"), crime("b", "w")])["2019-10"]
    said = {
        ("met", "a", "u"): Judged(0.3, None, None, None),
        ("met", "a", "v"): Judged(0.1, None, None, None),
        ("met", "b", "w"): Judged(None, 30, 2.5, "event"),
    }
    with entering(engine, by="ana", now=NOW) as entry:
        judge(entry, pool_id, said, {"crimes": 2, "by_stratum": [], "lists": []})
    open_gates(engine, *"uvw")
    with engine.connect() as connection:
        found = queue(connection, QueueFilter(), limit=10, offset=0).items
    assert [match.wearer_ref for match in found] == ["v", "u", "w"]
    assert [match.figures["q_value"] for match in found] == [0.1, 0.3, None]
    assert found[2].figures["note"] == "event"
    assert found[2].figures["at_event"] == 30
    assert {(m.pool_id, m.pool_month, m.pool_figures["crimes"] if m.pool_figures else 0) for m in found} == {
        (pool_id, "2019-10", 2)
    }
    # The pool says something else of it each time; that alone is no change of the match.
    assert update(engine, candidate("a", "u", p_present=0.99)).same == 1


def test_a_match_that_another_settings_run_found_last_is_not_judged_here(engine: Engine) -> None:
    update(engine, candidate("a", "u"))
    pool_id = kept(engine, OCTOBER._replace(run_id="run-0"), [crime("a", "u")])["2019-10"]
    with engine.connect() as connection:
        assert matches_in_pool(connection, pool_id) == []


@pytest.mark.begins_with(fill=release_people)
def test_an_erased_person_is_in_no_pool(engine: Engine) -> None:
    with engine.connect() as connection:
        first, second = connection.scalars(select(Person.wearer_ref).order_by(Person.id))
    kept(engine, OCTOBER, [crime("a", first, second), crime("b", first)])
    assert erase_person(engine, first, reason="request", by="dpo", now=NOW).counts["match_pool_pair"] == 2
    with engine.connect() as connection:
        assert connection.execute(select(PoolPair.wearer_ref, func.count()).group_by("wearer_ref")).all() == [
            (second, 1)
        ]
