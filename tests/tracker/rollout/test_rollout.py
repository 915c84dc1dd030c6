"""Launches, places and the maximum on record: who is refused, what slips, and what was known when."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from tests.support.pilot import FEBRUARY, NOW, PILOT, launch_pilot, people_on_licence
from tracker.attention.place_service import reserve
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.rollout.capacity import PlaceMove, PlaceState
from tracker.rollout.queries import capacity, imposed_days, licence_places, phase_limits, places
from tracker.rollout.service import give_up, impose, launch_phase, launch_place, move_place, plan_place
from tracker.times import AsOf, DayPrecision, RoughDay


def full(engine: Engine, on: date = date(2019, 5, 1), known_at: datetime | None = None) -> tuple[int | None, int, int]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        found = capacity(connection, programme_id, AsOf(on, known_at))
    return found.maximum.tags, found.imposed, found.reserved


def live(engine: Engine, on: date, known_at: datetime | None = None) -> dict[str, bool | None]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return {name: place.live(on) for name, place in places(connection, programme_id, AsOf(on, known_at)).items()}


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_phase_launches_with_its_boroughs_and_its_maximum(engine: Engine) -> None:
    people_on_licence(engine, 0)
    assert full(engine, date(2019, 2, 17))[0] == 0
    assert full(engine, date(2019, 2, 18))[0] == 100
    now_live = live(engine, date(2019, 5, 1))
    assert {name for name, is_live in now_live.items() if is_live} == {"Lambeth", "Lewisham", "Southwark", "Croydon"}
    assert now_live["Hackney"] is False
    assert live(engine, date(2019, 6, 15))["Hackney"] is None
    launched = launch_phase(
        engine, PILOT, "June", RoughDay(date(2019, 6, 17)), without=("Hackney",), by="officer", now=NOW
    )
    assert sorted(launched) == ["Newham", "Tower Hamlets", "Waltham Forest", "Westminster"]
    assert full(engine, date(2019, 6, 17))[0] == 180
    assert live(engine, date(2019, 6, 17))["Newham"] is True
    assert live(engine, date(2019, 6, 17))["Hackney"] is None


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_borough_slips_and_launches_by_itself(engine: Engine) -> None:
    people_on_licence(engine, 0)
    july = RoughDay(date(2019, 7, 1), DayPrecision.MONTH)
    plan_place(engine, PILOT, "Hackney", july, reason="analyst not in post", by="officer", now=NOW)
    assert live(engine, date(2019, 6, 30))["Hackney"] is False
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        hackney = places(connection, programme_id, AsOf(date(2019, 7, 2)))["Hackney"]
    assert (
        hackney.in_words(date(2019, 7, 2))
        == "planned July 2019, first planned June (2019 inferred), no launch recorded"
    )
    launch_place(engine, PILOT, "Hackney", RoughDay(date(2019, 7, 8)), by="officer", now=NOW + timedelta(days=1))
    assert live(engine, date(2019, 7, 8))["Hackney"] is True
    assert live(engine, date(2019, 7, 8), known_at=NOW + timedelta(hours=1))["Hackney"] is None
    launch_place(engine, PILOT, "Hackney", RoughDay(date(2019, 7, 9)), by="officer", now=NOW + timedelta(days=2))
    assert live(engine, date(2019, 7, 8))["Hackney"] is False


@pytest.mark.begins_with(fill=launch_pilot)
def test_an_unknown_borough_or_phase_is_refused_by_name(engine: Engine) -> None:
    people_on_licence(engine, 0)
    with pytest.raises(NotFound, match="'Bromley' is not a borough of"):
        launch_place(engine, PILOT, "Bromley", FEBRUARY, by="officer", now=NOW)
    with pytest.raises(NotFound, match=r"no phase 'May'\. Its phases are August, February 2019, June, September"):
        launch_phase(engine, PILOT, "May", FEBRUARY, by="officer", now=NOW)
    with pytest.raises(NotFound, match="The June phase does not include Lambeth"):
        launch_phase(engine, PILOT, "June", FEBRUARY, without=("Lambeth",), by="officer", now=NOW)


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_place_is_reserved_imposed_and_counted_once(engine: Engine) -> None:
    first, second, *_ = people_on_licence(engine, 2)
    after = reserve(engine, first, date(2019, 5, 1), by="officer", now=NOW).capacity
    assert (after.reserved, after.imposed, after.headroom) == (1, 0, 99)
    impose(engine, first, date(2019, 5, 3), by="officer", now=NOW)
    assert full(engine, date(2019, 5, 2)) == (100, 0, 1)
    assert full(engine, date(2019, 5, 3)) == (100, 1, 0)
    with pytest.raises(IllegalMove, match=r"This condition has been imposed, so its place cannot be imposed again\."):
        impose(engine, first, date(2019, 6, 3), by="officer", now=NOW)
    reserve(engine, second, date(2019, 5, 3), by="officer", now=NOW)
    with pytest.raises(BadEntry, match="before its last move on 2019-05-03"):
        impose(engine, second, date(2019, 5, 1), by="officer", now=NOW)
    give_up(engine, second, date(2019, 5, 4), reason="release put off", lapsed=True, by="officer", now=NOW)
    assert full(engine, date(2019, 5, 4)) == (100, 1, 0)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        held = licence_places(connection, programme_id, AsOf(date(2019, 5, 4)))
        assert [(place.wearer_ref, place.state) for place in held] == [
            ("W0000", PlaceState.IMPOSED),
            ("W0001", PlaceState.LAPSED),
        ]
        assert imposed_days(connection, programme_id, AsOf(date(2019, 5, 4))) == [date(2019, 5, 3)]
        assert [limit.maximum for limit in phase_limits(connection, programme_id, AsOf(date(2019, 5, 4)))] == [
            100,
            180,
            250,
            300,
        ]


@pytest.mark.begins_with(fill=launch_pilot)
def test_past_the_maximum_a_reservation_is_refused_or_overridden_and_what_happened_is_recorded(engine: Engine) -> None:
    references = people_on_licence(engine, 103)
    with entering(engine, by="officer", now=NOW) as entry:
        for reference in references[:100]:
            move_place(entry, reference, PlaceMove.RESERVED, date(2019, 5, 1))
    with pytest.raises(Refused) as refused:
        reserve(engine, references[100], date(2019, 5, 2), by="officer", now=NOW)
    assert refused.value.rule == "capacity"
    assert str(refused.value) == (
        "100 places are taken (0 imposed, 100 reserved) and the launched phases allow 100 (PCD 570, 2.1). "
        "The June phase (to 180) has no launch date: record one, or override with a reason."
    )
    # A place held for a later day is taken for an earlier one too.
    with pytest.raises(Refused):
        reserve(engine, references[100], date(2019, 4, 1), by="officer", now=NOW)
    over = reserve(
        engine, references[100], date(2019, 5, 2), override="deputy head agreed", by="officer", now=NOW
    ).capacity
    assert (over.headroom, over.over) == (0, 1)
    happened = impose(engine, references[101], date(2019, 5, 2), by="officer", now=NOW)
    assert (happened.imposed, happened.headroom, happened.over) == (1, 0, 2)
    launch_phase(engine, PILOT, "June", RoughDay(date(2019, 6, 3)), by="officer", now=NOW)
    assert reserve(engine, references[102], date(2019, 6, 3), by="officer", now=NOW).capacity.headroom == 77


@pytest.mark.begins_with(fill=launch_pilot)
@pytest.mark.slow
@pytest.mark.parametrize("officers", [50])
def test_fifty_officers_at_a_headroom_of_seven_leave_forty_three_refused(engine: Engine, officers: int) -> None:
    references = people_on_licence(engine, 93 + officers)
    with entering(engine, by="officer", now=NOW) as entry:
        for reference in references[:93]:
            move_place(entry, reference, PlaceMove.RESERVED, date(2019, 5, 1))
    ready, outcomes = Barrier(officers), []

    def officer(reference: str) -> None:
        ready.wait()
        try:
            reserve(engine, reference, date(2019, 5, 2), by=reference, now=NOW)
            outcomes.append("reserved")
        except Refused:
            outcomes.append("refused")

    threads = [Thread(target=officer, args=(reference,)) for reference in references[93:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 43 + ["reserved"] * 7
    assert full(engine, date(2019, 5, 2)) == (100, 0, 100)


@pytest.mark.begins_with(fill=launch_pilot)
def test_answers_as_known_at_an_instant_never_change(engine: Engine) -> None:
    references = people_on_licence(engine, 5)
    ask: Callable[[], object] = lambda: (full(engine, known_at=then), live(engine, date(2019, 8, 1), known_at=then))  # noqa: E731
    reserve(engine, references[0], date(2019, 5, 1), by="officer", now=NOW)
    then = NOW + timedelta(hours=1)
    before = ask()
    later = NOW + timedelta(days=3)
    impose(engine, references[0], date(2019, 5, 1), by="officer", now=later)
    impose(engine, references[1], date(2019, 4, 1), by="officer", now=later)
    launch_phase(engine, PILOT, "June", RoughDay(date(2019, 4, 3)), by="officer", now=later)
    assert ask() == before
    assert full(engine) == (180, 2, 0)
