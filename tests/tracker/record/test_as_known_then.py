"""The whole record, by any sequence of entries: as known at an instant its answers never change."""

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from tests.support.people import NOW, at, release_people
from tests.support.pilot import PILOT
from tests.support.record import WHAT, enter, fill_record
from tracker.accuracy import queries as accuracy_query
from tracker.budget.queries import position_of
from tracker.duties import service as duty_service
from tracker.eligibility.service import eligible_wearers
from tracker.errors import PilotError
from tracker.licences import queries as licence_query
from tracker.ogrs import queries as ogrs_query
from tracker.programme.queries import portfolio, programme_named, responsible_persons
from tracker.projections.attention_queries import against_counts
from tracker.record.audit.queries import verify_chain
from tracker.retention import service as keeping
from tracker.retention import subject_access_service as subject_access
from tracker.rollout import queries as rollout_query
from tracker.screening.queries import decided, operation
from tracker.tags import queries as tag_query
from tracker.times import AsOf

_DAYS = (date(2019, 3, 1), date(2019, 9, 6), date(2020, 5, 1))
_DEVICES = ("T1", "T2", "T3")


def everything(connection: Connection, on: date, known_at: datetime | None) -> str:
    """Every answer the record gives of a day, in words."""
    as_of = AsOf(on, known_at)
    programme_id, key, _ = programme_named(connection, PILOT)
    return repr(
        (
            portfolio(connection, key, as_of),
            rollout_query.places(connection, programme_id, as_of),
            rollout_query.phase_limits(connection, programme_id, as_of),
            rollout_query.licence_places(connection, programme_id, as_of),
            rollout_query.capacity(connection, programme_id, as_of),
            operation(connection, programme_id, as_of),
            decided(connection, programme_id, as_of),
            tag_query.tags(connection, programme_id, as_of),
            tag_query.lost_tags(connection, programme_id, as_of),
            licence_query.licences(connection, programme_id, as_of),
            licence_query.alerts(connection, programme_id, as_of),
            ogrs_query.gates(connection, programme_id, as_of, 2),
            licence_query.monitored_spans(connection, programme_id, as_of),
            position_of(connection, key, as_of),
            duty_service.duties(connection, key, as_of),
            keeping.policies(connection, as_of),
            subject_access.requests_of(connection, as_of),
            responsible_persons(connection, as_of),
            accuracy_query.adoptions(connection, as_of),
            [sorted(each.items()) for each in against_counts(connection, programme_id, as_of)],
        )
    )


def answers(engine: Engine, known_at: datetime | None) -> list[str]:
    with engine.connect() as connection:
        told = [everything(connection, on, known_at) for on in _DAYS]
    handed = eligible_wearers(engine, as_known_at=known_at)
    told.append(repr(accuracy_query.adopted_levels(engine, as_known_at=known_at)))
    return [*told, *(frame.write_csv() for frame in (handed.assignments, handed.monitored, handed.eligible))]


Entered = list[tuple[str, int, str, int]]
_ENTRIES = st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.sampled_from(_DEVICES), st.integers(0, 24 * 10))


@pytest.mark.slow
@pytest.mark.begins_with(fill=release_people)
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_ENTRIES, min_size=4, max_size=10))
# A wearer with two tags on, the later entered first.
@example([("reserve", 0, "T1", 71), ("fit", 0, "T3", 224), ("give up", 0, "T1", 145), ("fit", 0, "T2", 61)])
def test_whatever_is_entered_later_what_was_known_then_stays(
    new_engine: Callable[[], Engine], entered: Entered
) -> None:
    _what_was_known_stays(new_engine(), entered)


@pytest.mark.prove("known-then-stays")
@pytest.mark.begins_with(fill=release_people)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_ENTRIES, min_size=4, max_size=20))
def test_what_was_known_then_stays_in_sixty_histories(new_engine: Callable[[], Engine], entered: Entered) -> None:
    _what_was_known_stays(new_engine(), entered)


def _what_was_known_stays(engine: Engine, entered: Entered) -> None:
    then = NOW + timedelta(minutes=1)
    known = [(then, answers(engine, then))]
    for n, (what, who, device, hours) in enumerate(entered):
        now = NOW + timedelta(hours=n + 1)
        # An entry that the rules refuse changes nothing, which is asked below like everything else.
        with contextlib.suppress(PilotError):
            enter(what, engine, who, device, at(0, hours), now)
        then = now + timedelta(minutes=1)
        known.append((then, answers(engine, then)))
    assert known[-1][1] == answers(engine, None)
    for then, told in known:
        assert answers(engine, then) == told
    assert verify_chain(engine).broken is None
    engine.dispose()


@pytest.mark.begins_with(fill=fill_record)
@pytest.mark.slow
def test_every_entry_of_the_property_can_be_made(engine: Engine) -> None:
    """Otherwise refused entries would make the property say little."""
    assert verify_chain(engine).broken is None
