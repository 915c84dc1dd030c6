"""Lists that answer an officer's questions: who is on each, on a day, and what it is narrowed by."""

import itertools
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Engine

from api.schemas.delivery.lists import QuestionKey
from tests.support.databases import cloned
from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import imported, person
from tests.support.statements import asked as statements
from tracker.attention import place_service
from tracker.licences import service as licences
from tracker.licences.states import EndReason, LicenceMove, RecallType
from tracker.ogrs import service as ogrs
from tracker.programme.queries import programme_named
from tracker.projections import question_queries, since_queries, then_queries
from tracker.projections.person_queries import names_of
from tracker.projections.question_queries import _DRIVERS, Filters, Order, listed_people
from tracker.projections.questions import BY_KEY, QUESTIONS
from tracker.projections.weekly_queries import Counted, InWeek, happened
from tracker.record.engine import make_engine
from tracker.rollout import service as rollout
from tracker.screening import service as screening
from tracker.screening.queries import operation
from tracker.tags import service as tags
from tracker.tags.states import TagMove
from tracker.times import AsOf

APRIL = datetime(2019, 4, 1, 9, tzinfo=UTC)
MAY = date(2019, 5, 10)
"""The day of the lists."""


def entered(day: date) -> dict[str, Any]:
    return {"by": "officer", "now": datetime(day.year, day.month, day.day, 17, tzinfo=UTC)}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


@cloned
def fill(engine: Engine) -> None:
    """Eight people: 1 waits to be tagged, 2 wears a tag, 3 is imposed without one, 4 reserved and past the release, 5
    not decided, 6 fails (17) and wears one, 7's score fell, 8 is recalled with the tag on."""
    launch_pilot(engine, APRIL)
    young, later = {"born": "2002-01-01"}, {"planned_release": "2019-05-14"}
    people = (
        {**person(1), **later},
        {**person(2), "licence_ends": "2020-12-31"},
        {**person(3), "borough": "Croydon", "licence_ends": "2019-05-30"},
        person(4),
        {**person(5), **later},
        {**person(6), **young},
        person(7),
        person(8),
    )
    with tempfile.TemporaryDirectory() as folder:
        imported(engine, Path(folder), *people)
    for n in (1, 2, 3, 4, 7, 8):
        agreed = {"decided_by": "B", "organisation": "NPS", "reasons": "can be managed", "decided_on": date(2019, 4, 2)}
        screening.decide(
            engine, PILOT, f"L{n:05}", proportionate=True, today=date(2019, 4, 2), **agreed, **entered(date(2019, 4, 2))
        )
    for n in (2, 3, 4, 7, 8):
        place_service.reserve(engine, f"L{n:05}", date(2019, 4, 3), **entered(date(2019, 4, 3)))
    tags.receive(
        engine, PILOT, ["T1", "T2", "T3", "T4"], at(date(2019, 4, 4)), contract=None, **entered(date(2019, 4, 4))
    )
    first = date(2019, 5, 1)
    for n in (2, 3, 6, 7, 8):
        rollout.impose(engine, f"L{n:05}", first, **entered(first))
        licences.move_licence(engine, f"L{n:05}", LicenceMove.RELEASE, at(first), **entered(first))
    for device, n in (("T1", 2), ("T2", 6), ("T3", 7), ("T4", 8)):
        tags.fit(engine, device, f"L{n:05}", at(first), **entered(first))
    fifth = date(2019, 5, 5)
    score: dict[str, Any] = {"instrument": "OGRS3", "horizon_years": 2, "given_by": "probation"}
    ogrs.give_score(
        engine, PILOT, "P00007", "40", version=None, scored_on=fifth, today=fifth, **score, **entered(fifth)
    )
    licences.move_licence(
        engine, "L00008", LicenceMove.RECALL, at(fifth), recall_type=RecallType.STANDARD, **entered(fifth)
    )
    licences.raise_alert(engine, "L00002", "strap", at(fifth), **entered(fifth))


def asked(
    engine: Engine,
    key: str,
    on: date = MAY,
    filters: Filters = Filters(),  # noqa: B008
    known_at: datetime | None = None,
    *,
    limit: int = 100,
    whole: bool = True,
    **more: Any,
) -> list[str]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        rows, total = listed_people(
            connection, programme_id, AsOf(on, known_at), BY_KEY[key], filters, limit=limit, **more
        )
    assert total == len(rows) or not whole
    return [row.licence.removeprefix("L0000") for row in rows]


@pytest.mark.slow
def test_each_question_finds_those_it_asks_for(engine: Engine) -> None:
    fill(engine)
    found = {question.key: "".join(asked(engine, question.key)) for question in QUESTIONS}
    assert found == {
        "everyone": "12345678",
        "may-be-tagged": "134",
        "places-held": "234678",
        "reservations-past-release": "4",
        "imposed-without-tag": "3",
        "licences-ending": "3",
        "score-fell": "7",
        "without-score": "",
        "tag-with-failed-criterion": "6",
        "tag-not-running": "8",
        "undecided": "5",
        "not-known": "",
        "alerts-waiting": "2",
    }
    # As at another day, whatever came after it.
    assert asked(engine, "reservations-past-release", date(2019, 5, 1)) == []
    assert asked(engine, "score-fell", date(2019, 5, 4)) == []
    assert asked(engine, "places-held", date(2019, 4, 2)) == []
    assert asked(engine, "tag-not-running", date(2019, 5, 4)) == []
    # Narrowed, ordered, paged: by the database.
    assert asked(engine, "places-held", filters=Filters(place="imposed")) == ["2", "3", "6", "7", "8"]
    assert asked(engine, "places-held", filters=Filters(state="recalled")) == ["8"]
    assert asked(engine, "everyone", filters=Filters(borough="Croydon")) == ["3"]
    assert asked(engine, "everyone", filters=Filters(answer="failed")) == ["6"]
    assert asked(engine, "everyone", filters=Filters(place="no place")) == ["1", "5"]
    week = Filters(since=date(2019, 5, 13), until=date(2019, 5, 19))
    assert asked(engine, "everyone", filters=week) == ["1", "5"]
    assert asked(engine, "licences-ending", filters=Filters(days=14)) == []
    assert asked(engine, "everyone", order="release", descending=True)[:2] == ["1", "5"]
    # Each list in each order, one way or the other in turn: 13 lists, 5 orders.
    ways = zip(itertools.product(BY_KEY, get_args(Order)), itertools.cycle((False, True)), strict=False)
    for (key, order), descending in ways:
        whole = asked(engine, key, order=order, descending=descending, limit=question_queries.LONGEST)
        pages = [
            asked(engine, key, order=order, descending=descending, limit=3, offset=offset, whole=False)
            for offset in (0, 3, 6)
        ]
        assert [each for page in pages for each in page] == whole, (key, order, descending)
    # By a number whole, or a part of the name in any case; signs of a pattern are letters.
    assert asked(engine, "everyone", filters=Filters(find="a0003bc")) == ["3"]
    assert asked(engine, "everyone", filters=Filters(find="sAMPLE 4")) == ["4"]
    assert asked(engine, "everyone", filters=Filters(find="ample%")) == []
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        page, total = listed_people(
            connection, programme_id, AsOf(MAY), BY_KEY["everyone"], Filters(), limit=3, offset=6
        )
        held = listed_people(connection, programme_id, AsOf(MAY), BY_KEY["places-held"], Filters(), limit=1)[0][0]
        ended = listed_people(connection, programme_id, AsOf(MAY), BY_KEY["score-fell"], Filters(), limit=1)[0][0]
        names = names_of(connection, [held.person_id])
    assert ([row.licence for row in page], total) == (["L00007", "L00008"], 8)
    assert (held.licence, held.place, held.place_since, held.device) == ("L00002", "imposed", date(2019, 5, 1), "T1")
    assert (held.borough, held.answer, held.proportionate, held.since) == ("Lambeth", "passed", True, date(2019, 5, 1))
    assert ended.until == date(2019, 5, 5)
    assert names[held.person_id].name == "Sample 2"
    # What happened, week by week and by the borough of the day; a loss by whoever wore the tag.
    tags.move_tag(engine, "T3", TagMove.LOSE, at(date(2019, 5, 9)), **entered(MAY))
    screening.move_address(engine, "P00002", date(2019, 5, 6), borough="Hackney", **entered(MAY))
    with engine.connect() as connection:
        week = happened(connection, programme_id, date(2019, 5, 1), MAY)
    first, second = date(2019, 4, 29), date(2019, 5, 6)
    assert week == {
        InWeek(first, "Lambeth", Counted.CONDITIONS): 4,
        InWeek(first, "Croydon", Counted.CONDITIONS): 1,
        InWeek(first, "Lambeth", Counted.FITTINGS): 4,
        InWeek(first, "Lambeth", Counted.RECALLS): 1,
        InWeek(first, "Lambeth", Counted.ALERTS): 1,
        InWeek(second, "Lambeth", Counted.LOSSES): 1,
        InWeek(second, "Lambeth", Counted.REMOVALS): 1,
    }
    # After the last day to impose nobody is to be tagged whose condition was not imposed by then.
    with engine.connect() as connection:
        last = operation(connection, programme_id, AsOf(MAY)).last
    assert last is not None
    tags.remove(engine, "T1", at(MAY), **entered(MAY))
    assert asked(engine, "may-be-tagged", last) == ["1", "2", "4", "7"]
    assert asked(engine, "may-be-tagged", last + timedelta(days=1)) == ["2"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "most", [since_queries.MOST_ROWS, 0], ids=["of whom nothing was recorded since", "all computed"]
)
def test_a_list_as_known_at_an_instant_is_the_same_whatever_is_entered_later(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """With `most` rows recorded since, those of whom nothing was are read from the projection."""
    monkeypatch.setattr(since_queries, "MOST_ROWS", most)
    fill(engine)
    told = at(MAY)

    def every(known_at: datetime | None) -> dict[str, str]:
        return {q.key: "".join(asked(engine, q.key, known_at=known_at)) for q in QUESTIONS}

    def narrow(known_at: datetime | None) -> list[list[str]]:
        return [asked(engine, "everyone", filters=each, known_at=known_at) for each in narrowed]

    narrowed = (
        Filters(place="imposed"),
        Filters(state="recalled"),
        Filters(answer="failed"),
        Filters(borough="Croydon"),
        Filters(find="sAMPLE 4"),
        Filters(since=date(2019, 5, 1), until=date(2019, 5, 14)),
    )
    before = every(None), narrow(None)
    assert before == (every(told), narrow(told))
    # Before the fittings were entered, nobody was known to wear a tag on that day.
    early = every(at(date(2019, 4, 5)))
    assert (early["everyone"], early["places-held"]) == ("12345678", "23478")
    assert (early["tag-with-failed-criterion"], early["tag-not-running"], early["alerts-waiting"]) == ("", "", "")
    assert early["score-fell"] == ""
    assert asked(engine, "everyone", known_at=at(date(2019, 3, 31))) == []
    # Whatever is entered later about earlier days changes today's lists, and none of then.
    later = entered(date(2019, 5, 20))
    tags.remove(engine, "T2", at(date(2019, 5, 2)), **later)
    licences.move_licence(engine, "L00002", LicenceMove.END, at(MAY), end_reason=EndReason.DIED, **later)
    screening.move_address(engine, "P00001", date(2019, 5, 1), borough="Croydon", **later)
    rollout.impose(engine, "L00004", MAY, **later)
    imported(engine, tmp_path, {**person(9)}, received_at=later["now"])
    assert asked(engine, "everyone") == [*before[0]["everyone"], "9"]
    with monkeypatch.context() as counted:
        computed: list[int] = []
        of_people = then_queries.rows_of_people
        counted.setattr(
            then_queries,
            "rows_of_people",
            lambda connection, ids, at: computed.extend(ids) or of_people(connection, ids, at),
        )
        assert asked(engine, "everyone", known_at=told) == list(before[0]["everyone"])
    # 1, 2 and 4, of whom something was; or everybody there was.
    assert len(computed) == (3 if most else 8)
    assert before == (every(told), narrow(told))


def test_what_holds_of_each_licence_of_a_list_is_found_by_its_number(sqlite_template: Path, tmp_path: Path) -> None:
    """By the index of whole lists SQLite read 3,000 rows for each of 3,000: half a minute for a page."""
    shutil.copy(sqlite_template, tmp_path / "empty.db")
    engine = make_engine(tmp_path / "empty.db")
    with engine.connect() as connection:
        for question in QUESTIONS:
            with statements() as made:
                listed_people(connection, 1, AsOf(MAY), question, Filters(), limit=50)
            for statement, values in made.queries:
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
                joined = [step for step in plan if "day_state" in step and "LEFT-JOIN" in step]
                joined += [step for step in plan if "licence_1" in step]
                assert all("subject_id=?" in step or "person_id=?" in step for step in joined), (question.key, joined)
    engine.dispose()


def test_there_is_a_list_for_each_question() -> None:
    assert [question.key for question in QUESTIONS] == list(get_args(QuestionKey))
    assert _DRIVERS.keys() == BY_KEY.keys()
