"""Scores on record: what governs, what warns, and which days and matches a back-dated one touches."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import NOW, imported, person
from tracker.answers import Answer
from tracker.errors import BadEntry, NotFound
from tracker.ogrs.gate import GateChange, GateInterval, gate_intervals
from tracker.ogrs.ogrs3 import OffenceGroup, Ogrs3Inputs
from tracker.ogrs.queries import gates, scores
from tracker.ogrs.service import ScoreReport, compute_score, give_score, withdraw_score
from tracker.people.queries import person_of
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry
from tracker.record.entry import entering
from tracker.screening.queries import decided
from tracker.screening.service import decide, find, move_address
from tracker.times import AsOf

TODAY = date(2019, 11, 1)
MARCH, JUNE, SEPTEMBER = date(2019, 3, 1), date(2019, 6, 1), date(2019, 9, 1)
AUTUMN = datetime.combine(TODAY, NOW.timetz())
INPUTS = Ogrs3Inputs(
    male=True,
    born=date(1997, 5, 1),
    convicted_on=date(2018, 9, 1),
    in_community_on=date(2019, 5, 1),
    sanctions=6,
    age_at_first_sanction=14,
    offence=OffenceGroup.VIOLENCE,
)


def _launched(engine: Engine) -> None:
    launch_pilot(engine, NOW)


def give(engine: Engine, text: str, on: date = MARCH, wearer: str = "W1", **changes: Any) -> ScoreReport:
    settings: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "given_by": "NPS London"} | changes
    return give_score(engine, PILOT, wearer, text, scored_on=on, by="officer", now=AUTUMN, today=TODAY, **settings)


def somebody(engine: Engine, wearer: str = "W1") -> None:
    with entering(engine, by="officer", now=NOW) as entry:
        entry.add(Person, wearer_ref=wearer)


def gate(engine: Engine, wearer: str = "W1", known_at: datetime | None = None) -> list[GateInterval]:
    with engine.connect() as connection:
        person_id = person_of(connection, wearer)
        held = scores(connection, AsOf(TODAY, known_at), [person_id]).get(person_id, [])
    return gate_intervals([each.score for each in held])


@pytest.mark.begins_with(fill=_launched)
def test_a_back_dated_score_names_the_days_and_the_matches_it_touches(engine: Engine) -> None:
    somebody(engine)
    asked: list[tuple[str, Sequence[GateChange]]] = []

    def matches(wearer: str, changes: Sequence[GateChange]) -> list[str]:
        asked.append((wearer, changes))
        return ["Metropolitan 4417/19"]

    assert [c.in_words() for c in give(engine, "60", matches=matches).changes] == ["opens from 2019-03-01"]
    give(engine, "70", SEPTEMBER, matches=matches)
    assert len(asked) == 1, "the gate is open before and after: nothing is touched"
    known = gate(engine)
    put = give(engine, "40", JUNE, matches=matches)
    assert [c.in_words() for c in put.changes] == ["closes from 2019-06-01 to the day before 2019-09-01"]
    assert put.affected_matches == ("Metropolitan 4417/19",)
    assert [(i.since, i.until) for i in gate(engine)] == [(MARCH, JUNE), (SEPTEMBER, None)]
    assert gate(engine, known_at=AUTUMN + timedelta(microseconds=1)) == known
    changes, touched = withdraw_score(
        engine, PILOT, "W1", JUNE, reason="another person's", by="officer", now=AUTUMN, matches=matches
    )
    assert ([c.opens for c in changes], touched) == ([True], ("Metropolitan 4417/19",))
    assert gate(engine) == known
    assert verify_chain(engine).broken is None
    with pytest.raises(NotFound, match=r"dated 2019-06-01\. The wearer has scores dated 2019-03-01, 2019-09-01"):
        withdraw_score(engine, PILOT, "W1", JUNE, reason="x", by="officer", now=AUTUMN)


@pytest.mark.begins_with(fill=_launched)
def test_the_same_score_again_changes_nothing_and_another_corrects(engine: Engine) -> None:
    somebody(engine)
    assert give(engine, "56").new
    assert not give(engine, "56").new
    assert give(engine, "56.0").new, "no longer marked rounded"
    assert [i.why for i in gate(engine)] == ["56 % on 2019-03-01 (2-year OGRS3, given)"]
    assert [c.opens for c in give(engine, "49.6").changes] == [False]


@pytest.mark.begins_with(fill=_launched)
def test_a_given_score_governs_and_the_computed_one_warns(engine: Engine) -> None:
    somebody(engine)
    put = compute_score(engine, PILOT, "W1", INPUTS, MARCH, by="officer", now=AUTUMN)
    assert put.score.in_words() == "55.73 % on 2019-03-01 (2-year OGRS3, computed here)"
    assert [i.since for i in gate(engine)] == [MARCH]
    put = give(engine, "45", inputs=INPUTS)
    assert gate(engine) == []
    assert put.warnings == (
        "45 % on 2019-03-01 (2-year OGRS3, given, rounded) differs by 10.73 points from 55.73 %, the score "
        "computed from its inputs. Check it with the assessor.",
    )
    assert give(engine, "56", JUNE, inputs=INPUTS).warnings == ()
    assert give(engine, "45", JUNE, instrument="OGRS4/G", inputs=INPUTS).warnings == (), "another scale"


@pytest.mark.begins_with(fill=_launched)
@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        ("101", {}, "101 % is not a score"),
        ("about 50", {}, "is not a score. Give a per cent"),
        ("50", {"horizon_years": 3}, "OGRS has a horizon of 1 or 2 years, not 3"),
        ("50", {"instrument": "RSR"}, "is not an instrument of the record"),
        ("50", {"on": date(2019, 11, 2)}, "in the future"),
    ],
)
def test_impossible_scores_are_refused(engine: Engine, text: str, changes: dict[str, Any], words: str) -> None:
    somebody(engine)
    with pytest.raises(BadEntry, match=words):
        give(engine, text, **changes)
    assert gate(engine) == []


@pytest.mark.begins_with(fill=_launched)
def test_a_score_of_an_unknown_person_is_refused(engine: Engine) -> None:
    with pytest.raises(NotFound, match="no wearer 'W9'"):
        give(engine, "50", wearer="W9")


_entered = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["48", "50", "50.0", "49.99", "63"]), st.booleans()),
    min_size=1,
    max_size=6,
)


# The fixture makes a database for each example.
@pytest.mark.begins_with(fill=_launched)
@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_entered)
def test_as_known_then_no_later_score_changes_an_answer(new_engine: Any, entered: list[tuple[int, str, bool]]) -> None:
    engine = new_engine()
    somebody(engine)
    seen: list[tuple[datetime, list[GateInterval]]] = []
    for days, text, back in entered:
        put = give(engine, text, MARCH + timedelta(days=days))
        if back and put.new and len(seen) % 2:
            withdraw_score(engine, PILOT, "W1", MARCH + timedelta(days=days), reason="x", by="o", now=AUTUMN)
        with engine.connect() as connection:
            at = connection.scalar(select(func.max(AuditEntry.at)))
        assert at is not None
        seen.append((at, gate(engine)))
    assert [gate(engine, known_at=at) for at, _ in seen] == [held for _, held in seen]


@pytest.mark.begins_with(fill=_launched)
def test_probation_decides_and_the_three_decisions_stay_apart(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {}, person(2) | {"prison": "HMP Downview"})

    def enter(licence: str, *, proportionate: bool = True, **changes: Any) -> str | None:
        values: dict[str, Any] = {
            "decided_by": "B. Officer",
            "organisation": "NPS London",
            "decided_on": date(2019, 4, 2),
            "reasons": "can be managed",
        }
        return decide(
            engine,
            PILOT,
            licence,
            proportionate=proportionate,
            by="officer",
            now=NOW,
            today=date(2019, 4, 3),
            **values | changes,
        )

    assert enter("L00001") is None
    assert enter("L00002") == "the screening of licence L00002 on 2019-04-01 has the answer: failed"
    with pytest.raises(BadEntry, match="The reason is missing"):
        enter("L00001", reasons=" ")

    def told(on: date, known_at: datetime | None = None) -> list[tuple[Answer | None, bool | None, Answer]]:
        with engine.connect() as connection:
            programme_id, _, _ = programme_named(connection, PILOT)
            held = decided(connection, programme_id, AsOf(on, known_at))
        return [
            (
                d.screening.answer if d.screening else None,
                d.proportionate.proportionate if d.proportionate else None,
                d.mapping.answer,
            )
            for d in held
        ]

    first, second = told(date(2019, 4, 3))
    assert first == (Answer.PASSED, True, Answer.FAILED)
    assert second == (Answer.FAILED, True, Answer.FAILED)
    assert told(date(2019, 4, 1))[0] == (Answer.PASSED, None, Answer.FAILED)
    with engine.connect() as connection:
        before = connection.scalar(select(func.max(AuditEntry.at)))
    assert enter("L00001", proportionate=False) is None
    assert told(date(2019, 4, 3))[0][1] is False
    assert told(date(2019, 4, 3), before)[0][1] is True, "as it was known before the correction"
    enter("L00001", decided_on=date(2019, 4, 3))
    assert [told(on)[0][1] for on in (date(2019, 4, 2), date(2019, 4, 3))] == [False, True]
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        assert set(gates(connection, programme_id, AsOf(TODAY), 2)) == {"P00001", "P00002"}


@pytest.mark.begins_with(fill=_launched)
def test_every_look_up_of_a_person_is_audited(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {})
    rows = verify_chain(engine).rows
    assert find(engine, " a1234bc", by="officer", now=NOW) == [("P00001", "L00001")]
    assert verify_chain(engine).rows == rows + 1
    assert find(engine, "A9999ZZ", by="officer", now=NOW) == []


@pytest.mark.begins_with(fill=_launched)
def test_an_address_has_a_borough_or_a_place(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {})

    def move(**where: Any) -> Any:
        return move_address(engine, "P00001", date(2019, 6, 1), by="officer", now=NOW, **where)

    for where, words in (
        ({}, "Give a borough, or easting and northing"),
        ({"borough": "Lambth"}, "is not a London borough"),
        ({"easting_m": 530_000.0}, "easting and northing, or neither"),
        ({"easting_m": 1.0, "northing_m": 2.0}, "is not in Britain"),
    ):
        with pytest.raises(BadEntry, match=words):
            move(**where)
    assert move(easting_m=530_030.0, northing_m=180_430.0).boroughs() == ("Westminster",)
    assert move(borough="OUTSIDE LONDON").boroughs() == ("outside London",)
