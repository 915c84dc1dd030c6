"""The queue and what stands round a match: filters to the instant, what is hidden is counted, other matches' rows stay
out, and what is undone is as it was before."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from tracker.errors import BadEntry, NotFound
from tracker.people.tables import Person
from tracker.projections.tables import EligibleSpan
from tracker.record.entry import entering
from tracker.review import service
from tracker.review.candidate_service import Candidate, QueueChanges, update_queue
from tracker.review.changed_queries import said_of
from tracker.review.queries import QueueFilter, match_of, moves_of, queue, related
from tracker.review.service import MOST_AT_ONCE
from tracker.review.shown_service import keep_shown
from tracker.review.strength import rank_of_q
from tracker.review.tables import Match

NOW = datetime(2019, 11, 1, tzinfo=UTC)
AT = datetime(2019, 10, 15, 21, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
BY: dict[str, Any] = {"by": "ana", "now": NOW}


def candidate(ref: str, wearer: str, at: datetime = AT, force: str = "met", **figures: Any) -> Candidate:
    return Candidate(force, ref, 1, "RB", at, at + HOUR, wearer, 0.9, 10.0, {"closest_m": 18.0, **figures})


def run(engine: Engine, *found: Candidate, run_id: str = "run-1", crimes: Collection[str] = ()) -> QueueChanges:
    """A run over the crimes of the candidates found, and others."""
    of = {(each.force, each.crime_ref) for each in found} | {("met", ref) for ref in crimes}
    with entering(engine, by="a job", now=NOW) as entry:
        return update_queue(entry, run_id, "settings", found, of)


def ids(engine: Engine) -> dict[str, int]:
    """Matches by force, crime and wearer."""
    query = select(Match.force, Match.crime_ref, Match.wearer_ref, Match.id)
    with engine.connect() as connection:
        return {f"{force} {ref} {wearer}": match_id for force, ref, wearer, match_id in connection.execute(query)}


def open_gate(engine: Engine, spans: Iterable[tuple[str, datetime, datetime | None]]) -> None:
    """These wearers may be matched at these times, and their matches be shown."""
    spans = list(spans)
    with entering(engine, by="officer", now=NOW) as entry:
        for wearer in {span[0] for span in spans}:
            entry.add(Person, wearer_ref=wearer)
    with engine.begin() as connection:
        ids_ = dict(connection.execute(select(Person.wearer_ref, Person.id)).tuples().all())
        for wearer, since, until in spans:
            values = {"person_id": ids_[wearer], "wearer_ref": wearer, "since": since, "until": until}
            connection.execute(insert(EligibleSpan).values(**values))
        keep_shown(connection)


def opened_to(engine: Engine, *wearers: str) -> None:
    open_gate(engine, [(wearer, datetime(2019, 1, 1, tzinfo=UTC), None) for wearer in wearers])


def shown(engine: Engine, wanted: QueueFilter) -> tuple[list[str], int, int]:
    with engine.connect() as connection:
        found = queue(connection, wanted, limit=10, offset=0)
    return [match.wearer_ref for match in found.items], found.total, found.hidden


def test_a_match_is_shown_if_its_wearer_may_be_matched_throughout_the_window(engine: Engine) -> None:
    windows = {
        "whole": (AT, AT + HOUR - TICK, True),
        "begins before": (AT - TICK, AT, False),
        # A gate that closes at midnight is closed at midnight.
        "to the end": (AT, AT + HOUR, False),
        "no end": (AT + 3 * HOUR, AT + 9 * HOUR, True),
        "between": (AT + HOUR / 2, AT + 2 * HOUR, False),
    }
    every = [
        replace(candidate(ref, wearer), t_from=t_from, t_to=t_to)
        for ref, (t_from, t_to, _) in windows.items()
        for wearer in ("u", "v")
    ]
    run(engine, *every)
    open_gate(engine, [("u", AT, AT + HOUR), ("u", AT + 2 * HOUR, None)])
    with engine.connect() as connection:
        found = queue(connection, QueueFilter(), limit=10, offset=0)
    assert {each.crime_ref for each in found.items} == {ref for ref, (_, _, answer) in windows.items() if answer}
    assert {each.wearer_ref for each in found.items} == {"u"}


def test_a_match_of_one_who_may_not_be_matched_is_found_without_the_gate_alone(engine: Engine) -> None:
    run(engine, candidate("a", "u"))
    (match_id,) = ids(engine).values()
    with engine.connect() as connection:
        assert match_of(connection, match_id) is None
        assert match_of(connection, match_id, gate=False) is not None
        assert match_of(connection, match_id + 1, gate=False) is None
    opened_to(engine, "u")
    with engine.connect() as connection:
        assert match_of(connection, match_id) is not None


def test_a_time_asked_for_has_its_first_instant_and_not_its_last(engine: Engine) -> None:
    run(engine, candidate("a", "u"))
    opened_to(engine, "u")
    for wanted, found in (
        (QueueFilter(since=AT + HOUR), ["u"]),
        (QueueFilter(since=AT + HOUR + TICK), []),
        (QueueFilter(until=AT + TICK), ["u"]),
        (QueueFilter(until=AT), []),
    ):
        assert shown(engine, wanted)[0] == found, wanted


def test_weaker_ones_than_asked_for_are_counted_if_they_may_be_shown(engine: Engine) -> None:
    q_values = {"u": 0.1, "v": 0.3, "w": 0.5, "x": 0.6, "closed": 0.7, "unknown": None}
    run(engine, *(candidate("a", wearer) for wearer in q_values))
    with engine.begin() as connection:
        for wearer, q_value in q_values.items():
            connection.execute(
                update(Match).where(Match.wearer_ref == wearer).values(q_value=q_value, rank_q=rank_of_q(q_value))
            )
    opened_to(engine, *(wearer for wearer in q_values if wearer != "closed"))
    assert shown(engine, QueueFilter(q_at_most=0.3)) == (["u", "v", "unknown"], 3, 2)
    assert shown(engine, QueueFilter()) == (["u", "v", "w", "x", "unknown"], 5, 0)


def test_what_stands_round_a_match_is_of_its_wearer_within_28_days_or_of_its_crime(engine: Engine) -> None:
    days = timedelta(days=28)
    run(
        engine,
        candidate("a", "u"),
        candidate("a", "v"),
        candidate("a", "gone"),
        candidate("a", "closed"),
        candidate("a", "v", force="city"),
        candidate("first", "u", AT - days),
        candidate("before", "u", AT - days - TICK),
        candidate("last", "u", AT + days),
        candidate("after", "u", AT + days + TICK),
        candidate("last", "v", AT + days),
    )
    run(engine, *(candidate("a", wearer) for wearer in ("u", "v", "closed")), run_id="run-2")
    opened_to(engine, "u", "v", "gone")
    with engine.connect() as connection:
        match = match_of(connection, ids(engine)["met a u"])
        assert match is not None
        near, at_crime = related(connection, match)
    assert sorted(each.crime_ref for each in near) == ["first", "last"]
    assert [(each.force, each.wearer_ref) for each in at_crime] == [("met", "v")]


@pytest.mark.parametrize("first_run", ["run-1", "run-3"])
def test_what_the_latest_run_does_not_find_is_withdrawn_whatever_the_runs_are_called(
    engine: Engine, first_run: str
) -> None:
    assert run(engine, candidate("a", "u"), candidate("b", "u"), run_id=first_run).new == 2
    told = run(engine, candidate("b", "u"), run_id="run-2", crimes=["a"])
    assert (told.new, told.same, told.withdrawn, told.found_again) == (0, 1, 1, 0)
    told = run(engine, candidate("a", "u"), run_id="run-4")
    assert (told.new, told.same, told.withdrawn, told.found_again) == (0, 0, 0, 1)


def test_each_match_has_its_own_moves_and_what_was_said_of_it(engine: Engine) -> None:
    run(engine, candidate("a", "u", closest_m=1.0), candidate("b", "u", closest_m=2.0), candidate("c", "u"))
    first, second, third = sorted(ids(engine).values())
    for match_id, by in ((first, "ana"), (second, "bob")):
        service.assign(engine, match_id, by, by=by, now=NOW)
        service.confirm(engine, match_id, f"{by} looked", by=by, now=NOW)
    with engine.connect() as connection:
        moves = moves_of(connection, [first, second, third])
        said = [said_of(connection, match_id) for match_id in (first, second, third)]
    told = {of: [(move.move, move.by, move.reason, move.assignee) for move in made] for of, made in moves.items()}
    assert told == {
        first: [("assigned", "ana", None, "ana"), ("confirmed", "ana", "ana looked", None)],
        second: [("assigned", "bob", None, "bob"), ("confirmed", "bob", "bob looked", None)],
    }
    assert [move.figures and move.figures["closest_m"] for move in moves[second]] == [None, 2.0]
    assert [each and (each.confirmed_by, each.figures["closest_m"]) for each in said] == [
        ("ana", 1.0), ("bob", 2.0), None,
    ]  # fmt: skip


def test_a_batch_undone_leaves_each_match_as_it_was_before(engine: Engine) -> None:
    run(engine, candidate("a", "u"), candidate("b", "u"), candidate("c", "u"))
    first, second, third = sorted(ids(engine).values())
    service.assign(engine, first, "ana", **BY)
    service.reject(engine, first, "too far", **BY)
    service.reopen(engine, first, "looked again", by="bob", now=NOW)
    service.assign(engine, third, "cy", by="cy", now=NOW)
    batch = service.reject_together(engine, [first, second, third], "one device", **BY)
    service.reopen(engine, third, "not this one", by="dan", now=NOW)
    assert service.undo(engine, batch.name, **BY).match_ids == (first, second)
    with engine.connect() as connection:
        rows = connection.execute(select(Match.state, Match.assignee).order_by(Match.id)).all()
    assert [(row.state.value, row.assignee) for row in rows] == [
        ("in review", "bob"), ("new", None), ("in review", "dan"),
    ]  # fmt: skip
    with pytest.raises(NotFound, match="nothing to undo"):
        service.undo(engine, batch.name, **BY)


def test_so_many_are_rejected_together_and_no_more(engine: Engine) -> None:
    for count in (0, MOST_AT_ONCE + 1):
        with pytest.raises(BadEntry, match=rf"{count} matches were given\. Give from 1 to "):
            service.reject_together(engine, range(1, count + 1), "one device", **BY)
    # As many as may be: what is wrong is that there are none.
    for count in (1, MOST_AT_ONCE):
        with pytest.raises(NotFound):
            service.reject_together(engine, range(1, count + 1), "one device", **BY)


def test_the_queue_goes_on_behind_each_place_in_it_with_and_without_a_filter(engine: Engine) -> None:
    figures: tuple[dict[str, Any], ...] = ({"q_value": 0.2}, {"q_value": 0.7}, {}, {"q_value": 0.2})
    every = [
        replace(
            candidate(f"c{n}", wearer, **figures[n % 4]), crime_type="RB" if n % 3 else "BU", p_present=0.5 + n % 2 / 4
        )
        for n in range(8)
        for wearer in ("u", "v")
    ]
    run(engine, *every)
    opened_to(engine, "u", "v")
    with engine.connect() as connection:
        for wanted in (
            QueueFilter(),
            QueueFilter(q_at_most=0.5),
            QueueFilter(crime_type="RB", q_at_most=0.5),
            QueueFilter(wearer_ref="u"),
            QueueFilter(force="met", since=AT),
        ):
            whole = queue(connection, wanted, limit=100)
            assert len(whole.items) == whole.total > 4
            walked: list[int] = []
            place = None
            while (part := queue(connection, wanted, limit=3, after=place)).items:
                assert (part.total, part.hidden) == (whole.total, whole.hidden)
                walked += [each.match_id for each in part.items]
                place = part.last
            assert walked == [each.match_id for each in whole.items]
            assert queue(connection, wanted, limit=2, offset=1).items == whole.items[1:3]
