"""Who reaches the matcher: with a licence, monitored, and with a score that opens the gate; nobody else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.support.people import NOW, OFFICER, at, give_score, release_people
from tests.support.pilot import PILOT
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.eligibility.service import _watched, eligible_spans, eligible_wearers, mapping_programmes
from tracker.errors import Refused
from tracker.licences.spans import Span
from tracker.people.queries import person_of
from tracker.programme.queries import programme_named, programmes
from tracker.tags import service as tags
from tracker.times import london_midnight


@pytest.fixture
def fitted(engine: Engine) -> Engine:
    """Three people with a tag on from day 2: a score that passes from day 5 to 8, one that does not, and none."""
    for n, licence in enumerate(release_people(engine, 3), 1):
        tags.fit(engine, f"T{n}", licence, at(2), **OFFICER)
    give_score(engine, 0, at(5).date(), 50)
    give_score(engine, 0, at(8).date(), 49.99)
    give_score(engine, 1, at(5).date(), 49.99)
    return engine


def test_of_those_monitored_only_those_whose_gate_was_open_are_handed_on(fitted: Engine) -> None:
    found = eligible_wearers(fitted)
    open_: tuple[datetime, datetime] = (london_midnight(at(5).date()), london_midnight(at(8).date()))
    assert found.eligible.rows() == [("W0000", *open_)]
    # Monitored time is whole: the matcher puts the two together.
    assert found.monitored.rows() == [("W0000", at(2), None)]
    assert found.assignments.select("device_id", "wearer_id").rows() == [("T1", "W0000")]
    assert (found.programmes, found.on_licence) == ({PILOT: 2}, 3)
    assert eligible_wearers(fitted, PILOT).eligible.equals(found.eligible)
    with fitted.connect() as connection:
        people = [person_of(connection, f"W000{n}") for n in range(3)]
        assert eligible_spans(connection, people) == {"W0000": [open_]}
        assert eligible_spans(connection, people[1:]) == {}
        programme_id, _, _ = programme_named(connection, PILOT)
        assert mapping_programmes(connection) == [programme_id]


def test_before_a_score_was_entered_nobody_was_handed_on(fitted: Engine) -> None:
    assert eligible_wearers(fitted, as_known_at=at(1)).eligible.is_empty()
    assert not eligible_wearers(fitted, as_known_at=NOW + timedelta(minutes=1)).eligible.is_empty()


def test_a_programme_that_maps_no_crimes_hands_nobody_on(fitted: Engine) -> None:
    for file in papers():
        enter_file(fitted, file, **OFFICER)
    with fitted.connect() as connection:
        others = [key for _, key, _ in programmes(connection) if key != PILOT]
    assert len(others) == 4
    assert eligible_wearers(fitted).programmes == {PILOT: 2}
    for key in others:
        with pytest.raises(Refused, match=f"{key} does not map crimes"):
            eligible_wearers(fitted, key)


def test_with_two_programmes_the_gate_of_each_opens_its_own_monitored_time() -> None:
    first, second = [Span(at(0), at(4))], [Span(at(2), None)]
    assert _watched([first], [second]) == second
    assert _watched([first, second], [second, first]) == [Span(at(2), at(4))]
    assert _watched([first, second], [first, [Span(at(3), at(6))]]) == [Span(at(0), at(6))]
