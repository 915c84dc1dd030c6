"""What is adopted of the accuracy of a device model: entered, corrected, taken back, and what follows for devices."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.support.people import NOW, OFFICER, at
from tests.support.pilot import PILOT, launch_pilot, people_on_licence, pilot_with_licences
from tracker.accuracy.queries import adopted_levels, adoptions, history
from tracker.accuracy.rules import Adoption, DeviceLevel, device_levels, in_force
from tracker.accuracy.service import Adopted, adopt, take_back
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.queries import entries, verify_chain
from tracker.tags import service as tags
from tracker.tags.model_queries import device_models
from tracker.tags.model_service import record_models
from tracker.times import AsOf, london_day, london_midnight

MARCH, JUNE, TODAY = date(2019, 3, 1), date(2019, 6, 1), NOW.date()


def received(engine: Engine) -> None:
    pilot_with_licences(engine, 1)
    tags.receive(engine, PILOT, ["T1", "T2"], at(0), contract="gps-tags", model="GT-2", **OFFICER)
    tags.receive(engine, PILOT, ["T3"], at(0), contract="gps-tags", **OFFICER)


def adopted(engine: Engine, from_on: date, hours: float = 0, model: str = "GT-2", **said: Any) -> Adopted:
    said = {"level": None, "factor": None, "reason": "report of 2019-09-01", **said}
    return adopt(engine, model, from_on, by="ana", now=NOW + timedelta(hours=hours), today=TODAY, **said)


def held(engine: Engine, known_at: datetime | None = None) -> list[tuple[date, int | None, float]]:
    with engine.connect() as connection:
        found = adoptions(connection, AsOf(date.max, known_at))
    return [(each.adoption.effective_on, each.adoption.level, each.adoption.factor) for each in found]


def test_an_adoption_is_entered_corrected_and_taken_back_and_each_state_can_be_asked_for(engine: Engine) -> None:
    received(engine)
    assert adopted(engine, MARCH, 1, level=95).new
    assert adopted(engine, JUNE, 2, level=95, factor=1.2).corrects is None
    corrected = adopted(engine, JUNE, 3, level=95, factor=1.35, reason="report of 2019-09-15")
    assert corrected.corrects is not None
    assert corrected.corrects.adoption.in_words() == "level 95, factor 1.2"
    assert not adopted(engine, JUNE, 4, level=95, factor=1.35, reason="report of 2019-09-15").new
    assert held(engine) == [(MARCH, 95, 1.0), (JUNE, 95, 1.35)]
    gone, left = take_back(engine, "GT-2", JUNE, reason="wrong addresses", by="ana", now=NOW + timedelta(hours=5))
    assert gone.adoption.factor == 1.35
    assert left is not None
    assert left.adoption.effective_on == MARCH
    assert held(engine) == [(MARCH, 95, 1.0)]
    assert [held(engine, NOW + timedelta(hours=h)) for h in (0.5, 1.5, 2.5, 3.5)] == [
        [],
        [(MARCH, 95, 1.0)],
        [(MARCH, 95, 1.0), (JUNE, 95, 1.2)],
        [(MARCH, 95, 1.0), (JUNE, 95, 1.35)],
    ]
    with engine.connect() as connection:
        ever = history(connection)
        rows = [row for row in entries(connection) if row.subject == "accuracy_adoption"]
    assert [(each.adoption.effective_on, each.superseded_at is None) for each in ever] == [
        (MARCH, True),
        (JUNE, False),
        (JUNE, False),
    ]
    assert {each.adopted_by for each in ever} == {"ana"}
    assert len(rows) == 4
    assert {row.by for row in rows} == {"ana"}
    assert any(row.open.get("after") == {"withdrawn": "wrong addresses"} for row in rows)
    assert verify_chain(engine).broken is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"model": "GT-9", "level": 95}, "No device on record is of the model 'GT-9'; the models on record are GT-2"),
        ({"level": 80}, "The level is 80. Give 68, 90 or 95."),
        ({"factor": 0.0}, "The factor is 0. Give"),
        ({"factor": -1.0}, "The factor is -1. Give"),
        ({"factor": 10.1}, "The factor is 10.1. Give"),
        ({"factor": 0.0004}, "The factor is 0.0004. Give"),
        ({"factor": math.nan}, "The factor is nan. Give"),
        (
            {"from_on": TODAY + timedelta(days=1), "level": 95},
            "2019-09-21, which is in the future: today is 2019-09-20",
        ),
        ({}, "Give a level .*, a factor, or both"),
        ({"level": 95, "reason": "  "}, "No reason is given"),
    ],
)
def test_an_adoption_that_cannot_be_is_refused_in_plain_words(engine: Engine, said: dict[str, Any], words: str) -> None:
    received(engine)
    with pytest.raises(BadEntry, match=words):
        adopted(engine, **{"from_on": MARCH, **said})
    assert held(engine) == []


@pytest.mark.begins_with(fill=launch_pilot)
def test_no_model_on_record_is_said_too(engine: Engine) -> None:
    people_on_licence(engine, 1)
    with pytest.raises(BadEntry, match="no device has a model on record"):
        adopted(engine, MARCH, level=95)


def test_a_level_or_factor_in_force_is_not_ended_by_silence(engine: Engine) -> None:
    received(engine)
    adopted(engine, MARCH, level=95)
    with pytest.raises(BadEntry, match="The level 95 is in force for GT-2 from 2019-03-01 on"):
        adopted(engine, JUNE, factor=1.2)
    adopted(engine, JUNE, level=68, factor=1.2)
    with pytest.raises(BadEntry, match=r"The factor 1\.2 is in force for GT-2 from 2019-06-01 on"):
        adopted(engine, date(2019, 7, 1), level=90)
    adopted(engine, date(2019, 7, 1), level=90, factor=1.0)
    assert [level for _, level, _ in held(engine)] == [95, 68, 90]


def test_what_was_not_adopted_cannot_be_taken_back(engine: Engine) -> None:
    received(engine)
    adopted(engine, MARCH, level=95)
    for model, words in (("GT-2", "There are adoptions from 2019-03-01"), ("GT-9", "Nothing is adopted for it")):
        with pytest.raises(NotFound, match=words):
            take_back(engine, model, JUNE, reason="wrong", by="ana", now=NOW)
    with pytest.raises(BadEntry, match="No reason is given"):
        take_back(engine, "GT-2", MARCH, reason=" ", by="ana", now=NOW)


def test_models_of_devices_are_corrected_and_what_was_known_before_stays(engine: Engine) -> None:
    received(engine)
    then = NOW + timedelta(minutes=30)
    later = {"by": "officer", "now": NOW + timedelta(hours=1)}
    assert [each.was for each in record_models(engine, ["T1", "T3"], " GT-3 ", **later)] == ["GT-2", None]
    record_models(engine, ["T2"], None, **later)
    with pytest.raises(NotFound, match="no tag 'T9' on record: it was neither received nor assigned"):
        record_models(engine, ["T1", "T9"], "GT-4", **later)
    with pytest.raises(BadEntry, match="of 1 to 64 printable characters"):
        record_models(engine, ["T1"], " ", **later)
    with engine.connect() as connection:
        assert device_models(connection) == {"T1": "GT-3", "T3": "GT-3"}
        assert device_models(connection, then) == {"T1": "GT-2", "T2": "GT-2"}


def test_a_match_gets_what_holds_for_each_device_whose_model_is_known(engine: Engine) -> None:
    received(engine)
    adopted(engine, MARCH, 1, level=95)
    adopted(engine, JUNE, 2, level=95, factor=1.25)
    first, second = london_midnight(MARCH), london_midnight(JUNE)
    assert adopted_levels(engine).devices == tuple(
        level
        for device in ("T1", "T2")
        for level in (DeviceLevel(device, first, second, 95, 1.0), DeviceLevel(device, second, None, 95, 1.25))
    )
    assert adopted_levels(engine, as_known_at=NOW).devices == ()


DAYS = st.dates(date(2019, 1, 1), date(2019, 12, 31))
ADOPTED = st.builds(
    Adoption, st.sampled_from(["A", "B"]), DAYS, st.sampled_from([None, 68, 90, 95]), st.integers(1, 10_000)
)


@given(
    st.lists(ADOPTED, max_size=8, unique_by=lambda each: (each.model, each.effective_on)),
    st.dictionaries(st.sampled_from(["T1", "T2", "T3"]), st.sampled_from(["A", "B", "C"])),
    st.datetimes(datetime(2018, 12, 30), datetime(2020, 1, 2), timezones=st.just(UTC)),
)
def test_at_each_instant_a_device_has_what_is_in_force_for_its_model_that_day_in_london(
    entered: list[Adoption], models: dict[str, str], instant: datetime
) -> None:
    found = device_levels(models, entered)
    assert found == sorted(found)
    for device in ("T1", "T2", "T3"):
        mine = [
            each
            for each in found
            if each.device_id == device and each.since <= instant and (each.until is None or instant < each.until)
        ]
        holds = in_force(entered, models.get(device, "none"), london_day(instant))
        assert [(each.level, each.factor) for each in mine] == ([] if holds is None else [(holds.level, holds.factor)])
