"""Listing changed matches and deciding on them, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from tests.support.databases import cloned
from tests.support.people import erase_person, release_people
from tests.support.review import open_gates
from tracker.errors import NotFound
from tracker.match_settings.rules import STANDARD, MatchSettings
from tracker.people.tables import Person
from tracker.record.audit.queries import verify_chain
from tracker.record.entry import entering
from tracker.review import service
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.changed import Decision
from tracker.review.changed_decision_service import decide
from tracker.review.changed_queries import changed_matches, older_digests, said_of, undecided
from tracker.review.changed_service import Seen, note_changes
from tracker.review.pool_service import RunOf
from tracker.review.states import MatchState
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match

NOW = datetime(2019, 11, 1, tzinfo=UTC)
AT = datetime(2019, 10, 15, 21, tzinfo=UTC)
BY: dict[str, Any] = {"by": "ana", "now": NOW}
MINE = frozenset({MatchState.CONFIRMED})
WIDE = MatchSettings({**STANDARD.values, "radius_m": 500.0})
FIRST = RunOf("run-1", "", "older", "2")
SECOND = RunOf("run-2", "", "newer", "3", ("older",))
FIGURES = {
    "verdict": "present",
    "p_present": 0.9,
    "visits": 1,
    "dwell_s": 60.0,
    "closest_m": 18.0,
    "in_words": "inside",
}


def candidate(wearer: str, **figures: Any) -> Candidate:
    return Candidate("met", "a", 1, "RB", AT, AT, wearer, 0.9, 10.0, {**FIGURES, **figures})


@pytest.fixture
def wearers(engine: Engine) -> tuple[str, str]:
    return two_confirmed(engine)


@cloned
def two_confirmed(engine: Engine) -> tuple[str, str]:
    """Two people of whom a match each was confirmed after the first run."""
    release_people(engine)
    with engine.connect() as connection:
        first, second = connection.scalars(select(Person.wearer_ref).order_by(Person.id))
    run(engine, FIRST, candidate(first), candidate(second))
    with engine.connect() as connection:
        ids = list(connection.scalars(select(Match.id).order_by(Match.id)))
    for match_id in ids:
        service.assign(engine, match_id, "ana", **BY)
        service.confirm(engine, match_id, "at the door", **BY)
    return first, second


def run(engine: Engine, of: RunOf, *found: Candidate, lost: tuple[str, ...] = ()) -> None:
    """A run over the crime: who is found, and who was tested and is not."""
    seen = {each.key: Seen(figures=each.figures, crime_version=1, causes=("algorithm",)) for each in found}
    seen |= {("met", "a", wearer): Seen(figures={"verdict": "excluded"}, crime_version=1) for wearer in lost}
    with entering(engine, **BY) as entry:
        listed = note_changes(entry, of, [("met", "a")], seen)
        crimes = [("met", "a")]
        update_queue(
            entry, of.run_id, of.params_sha256, found, crimes, algorithm=of.algorithm, made=of.made, listed=listed
        )


def listed(engine: Engine, *wearers: str, decided: bool = False) -> list[tuple[str, tuple[str, ...]]]:
    open_gates(engine, *wearers)
    with engine.connect() as connection:
        found, total = changed_matches(connection, MINE, decided=decided, limit=10, offset=0)
    assert total == len(found)
    return [(each.wearer_ref, each.differs) for each in found]


def ids(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return dict(connection.execute(select(Match.wearer_ref, Match.id)).tuples().all())


def states(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {ref: state.value for ref, state in connection.execute(select(Match.wearer_ref, Match.state))}


def test_a_change_is_listed_once_and_follows_the_latest_run(engine: Engine, wearers: tuple[str, str]) -> None:
    one, two = wearers
    for _ in range(2):
        run(engine, SECOND, candidate(one, dwell_s=30.0), lost=(two,))
        assert listed(engine, *wearers) == [(two, ("verdict",)), (one, ("dwell_s",))]
        assert states(engine) == {one: "confirmed", two: "confirmed"}
    # One may not be matched any more, and is not shown.
    assert listed(engine, one) == [(one, ("dwell_s",))]
    third = replace_run(SECOND, "run-3")
    run(engine, third, candidate(one, p_present=0.2), candidate(two))
    assert listed(engine, *wearers) == [(one, ("p_present",))]
    run(engine, replace_run(SECOND, "run-4"), candidate(one), candidate(two))
    assert listed(engine, *wearers) == []
    assert verify_chain(engine).broken is None


def test_only_the_match_that_a_run_tested_is_of_its_version(engine: Engine, wearers: tuple[str, str]) -> None:
    one, two = wearers
    with engine.begin() as connection:
        connection.execute(update(Match).values(algorithm="2"))
    run(engine, SECOND, lost=(two,))
    with engine.connect() as connection:
        found = dict(connection.execute(select(Match.wearer_ref, Match.algorithm)).tuples().all())
        settings = dict(connection.execute(select(Match.wearer_ref, Match.params_sha256)).tuples().all())
    assert (found, settings) == ({one: "2", two: "3"}, {one: "older", two: "newer"})


def test_a_decision_is_made_once_and_what_was_kept_counts_as_said(engine: Engine, wearers: tuple[str, str]) -> None:
    one, two = wearers
    run(engine, SECOND, candidate(one, dwell_s=30.0), lost=(two,))
    at = ids(engine)
    assert decide(engine, at[one], Decision.KEEP, "stands", states=MINE, **BY).state is MatchState.CONFIRMED
    with pytest.raises(NotFound):
        decide(engine, at[one], Decision.WITHDRAW, "stands not", states=MINE, **BY)
    with pytest.raises(NotFound):
        decide(engine, at[two], Decision.KEEP, "not mine", states=frozenset({MatchState.RELEASED}), **BY)
    with engine.connect() as connection:
        said = said_of(connection, at[one])
    assert said is not None
    assert (said.figures["dwell_s"], said.confirmed_by, said.kept_by) == (30.0, "ana", ("ana",))
    run(engine, replace_run(SECOND, "run-3"), candidate(one, dwell_s=30.0), lost=(two,))
    assert listed(engine, *wearers) == [(two, ("verdict",))]
    run(engine, replace_run(SECOND, "run-4"), candidate(one), lost=(two,))
    assert listed(engine, *wearers) == [(two, ("verdict",)), (one, ("dwell_s",))]
    assert decide(engine, at[two], Decision.WITHDRAW, "no", states=MINE, **BY).state is MatchState.WITHDRAWN
    assert decide(engine, at[one], Decision.WITHDRAW, "no", states=MINE, **BY).state is MatchState.IN_REVIEW
    assert listed(engine, *wearers) == []
    assert [wearer for wearer, _ in listed(engine, *wearers, decided=True)] == [one, two, one]


def test_one_who_was_not_tested_and_a_later_version_withdraw_as_before(
    engine: Engine, wearers: tuple[str, str]
) -> None:
    one, two = wearers
    run(engine, SECOND, candidate(one, dwell_s=30.0))
    assert states(engine) == {one: "confirmed", two: "withdrawn"}
    assert listed(engine, *wearers) == [(one, ("dwell_s",))]
    run(engine, replace_run(SECOND, "run-3"))
    assert states(engine)[one] == "withdrawn"
    assert listed(engine, *wearers) == []


def test_a_run_with_other_settings_that_finds_nothing_says_nothing(engine: Engine, wearers: tuple[str, str]) -> None:
    run(engine, RunOf("run-2", "", "what if", "3", settings=WIDE), lost=wearers)
    assert listed(engine, *wearers) == []
    assert set(states(engine).values()) == {"confirmed"}
    with engine.connect() as connection:
        assert older_digests(connection, "3", "newer") == [("older", "run-1")]


def test_an_erased_person_is_in_no_change(engine: Engine, wearers: tuple[str, str]) -> None:
    one, two = wearers
    run(engine, SECOND, candidate(one, dwell_s=30.0), candidate(two, dwell_s=30.0))
    run(engine, replace_run(SECOND, "run-3"), candidate(one, dwell_s=20.0), candidate(two, dwell_s=20.0))
    decide(engine, ids(engine)[one], Decision.KEEP, "stands", states=MINE, **BY)
    assert erase_person(engine, one, reason="request", by="dpo", now=NOW).counts["changed_match"] == 2
    left = ids(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ChangedMatchDecision)) == 0
        assert set(connection.scalars(select(ChangedMatch.match_id))) == {left[two]}
    assert listed(engine, *wearers) == [(two, ("dwell_s",))]
    assert verify_chain(engine).broken is None


def replace_run(of: RunOf, run_id: str) -> RunOf:
    return of._replace(run_id=run_id)


def test_the_change_of_one_match_is_its_own_and_shown_while_its_gate_is_open(
    engine: Engine, wearers: tuple[str, str]
) -> None:
    one, two = wearers
    at = ids(engine)
    run(engine, SECOND, candidate(one, dwell_s=30.0), candidate(two, dwell_s=40.0))

    def seen(of: str) -> str | None:
        with engine.connect() as connection:
            found = undecided(connection, at[of])
        return None if found is None else found.wearer_ref

    open_gates(engine, one, two)
    assert [seen(one), seen(two)] == [one, two]
    open_gates(engine, two)
    assert [seen(one), seen(two)] == [None, two]
    with engine.connect() as connection:
        assert undecided(connection, max(at.values()) + 1) is None
