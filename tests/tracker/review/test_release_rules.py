"""A release at the record: what it holds, what it is refused for, and what follows it."""

import json
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.crime_files import batch_row
from tests.support.databases import cloned
from tests.support.people import NOW, OFFICER, at, give_score, release_people
from tests.support.pilot import PILOT
from tests.support.review import open_gates
from tracker.crimes.importer import import_crimes
from tracker.crimes.tables import Crime
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused
from tracker.match_settings.rules import STANDARD, MadeWith, MatchSettings
from tracker.match_settings.service import enter
from tracker.people.tables import Address, Identity, Sex
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.review import service
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.changed_queries import older_counts, older_matches
from tracker.review.package import Basis, Fix, Recipient, Who, digest, package_text
from tracker.review.queries import match_of, related
from tracker.review.release_queries import KeptDocument, Waits, package_of, releases, releases_of, waiting
from tracker.review.release_service import Evidence, Released, acknowledge, outcome, recall, release
from tracker.review.shown_service import keep_standing, leaving_queue
from tracker.review.states import MatchState
from tracker.review.tables import Match
from tracker.tags import service as tags
from tracker.times import london_midnight

CRIME_FROM, CRIME_TO = at(6, 12), at(6, 13)
FORCE, REF = "Metropolitan", "CRI00000001"
FIGURES = {"verdict": "present", "p_present": 0.9, "strength": 600.0, "nearness": 20.0, "against": [{"code": "edge"}]}
FIX = Fix(at(6, 12.5), "T1", 530_000.0, 180_000.0, -0.12, 51.5, 10.0, 5.0, True, "A1")
EVIDENCE = Evidence(
    fixes=[FIX, replace(FIX, t=at(6, 12.6), label="A2")],
    crime={"force": FORCE, "reference": REF, "longitude": -0.12, "latitude": 51.5},
    words="fix inside",
)
RECIPIENT = Recipient("A. Inspector", "DI", "CID")
LATER: dict[str, Any] = {"by": "rob", "now": NOW + timedelta(days=1)}


@pytest.fixture
def match_id(engine: Engine) -> int:
    return confirmed_match(engine)


@cloned
def confirmed_match(engine: Engine) -> int:
    """Two matches, of which the second was confirmed by ana. Its wearer has had several scores and addresses."""
    release_people(engine)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "crimes.csv"
        path.write_text(
            batch_row(crimeDateTimeFrom=f"{CRIME_FROM:%Y%m%d%H%M%S}", crimeDateTimeTo=f"{CRIME_TO:%Y%m%d%H%M%S}")
        )
        import_crimes(engine, path, format="ministry", rejects_dir=folder, by="ana", received_at=NOW)
    tags.fit(engine, "T1", "L0000", at(2), **OFFICER)
    for day, pct in ((1, 60), (3, 40), (5, 55), (9, 70)):
        give_score(engine, 0, at(day).date(), pct)
    with entering(engine, **OFFICER) as entry:
        entry.add(Identity, person_id=1, name="Jo Doe", born=date(1997, 5, 1), pnc_id="97/1X", sex=Sex.MALE)
        for day, line in ((1, "1 Old Street"), (6, "2 High Street"), (7, "3 New Road")):
            entry.add(Address, person_id=1, from_on=at(day).date(), line=line, borough_stated="Lambeth", postcode="SE1")
    with entering(engine, **OFFICER) as entry:
        found = [
            Candidate(FORCE, ref, 1, "RB", CRIME_FROM, CRIME_TO, "W0000", 0.9, 10.0, FIGURES) for ref in ("other", REF)
        ]
        update_queue(entry, "run-1", "settings", found, [(FORCE, "other"), (FORCE, REF)])
    with engine.connect() as connection:
        wanted = connection.scalars(select(Match.id).where(Match.crime_ref == REF)).one()
    service.assign(engine, wanted, "ana", by="ana", now=NOW)
    service.confirm(engine, wanted, "at the door", by="ana", now=NOW)
    return wanted


def released(engine: Engine, match_id: int, evidence: Evidence = EVIDENCE, until: date = date(2020, 1, 1)) -> Released:
    return release(engine, match_id, RECIPIENT, evidence, until, **LATER)


def test_a_package_has_what_held_on_the_day_of_the_crime_and_no_strength_as_a_ratio(
    engine: Engine, match_id: int
) -> None:
    made = released(engine, match_id)
    assert (made.release_id, made.match_id) == (1, 2)
    assert (made.recipient, made.confirmed_by, made.released_by) == (RECIPIENT, "ana", "rob")
    assert (made.destroy_by, made.released_at) == (date(2020, 1, 1), LATER["now"])
    with engine.connect() as connection:
        text = package_of(connection, 1)
        (listed,), total = releases(connection)
    assert text is not None
    assert (made.sha256, total, listed.sha256) == (digest(text), 1, made.sha256)
    assert (listed.release_id, listed.match_id, listed.crime_ref, listed.state) == (1, 2, REF, "released")
    assert (listed.recipient_name, listed.confirmed_by, listed.released_by) == ("A. Inspector", "ana", "rob")
    told = json.loads(text)
    assert told["wearer"] == {
        "name": "Jo Doe", "born": "1997-05-01", "pnc_id": "97/1X", "address": "2 High Street, Lambeth, SE1",
    }  # fmt: skip
    assert told["basis"]["gate"].startswith("55 % on ")
    assert told["basis"]["licence"] == "L0000"
    assert told["figures"] == {"verdict": "present", "p_present": 0.9}
    assert told["confirmed"]["by"] == "ana"
    assert told["released"] == {"by": "rob", "at": f"{LATER['now']:%Y-%m-%dT%H:%M:%S}Z"}
    assert told["fixes"][0]["t"] == f"{FIX.t:%Y-%m-%dT%H:%M:%S}Z"
    assert told["destroyBy"] == "2020-01-01"


@pytest.mark.parametrize(
    ("bounds", "strength", "is_shown"),
    [(None, 60.0, False), (None, None, True), ((10.0, 100.0), 60.0, True), ((10.0, 100.0), 600.0, False)],
)
def test_a_strength_is_a_figure_of_a_package_only_where_it_agrees_with_truth(
    bounds: tuple[float, float] | None, strength: float | None, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.review.package.RATIO_SHOWN", bounds)
    figures = {"p_present": 0.9, "strength": strength, "nearness": 20.0}
    by: dict[str, Any] = {"confirmed_by": "ana", "released_by": "rob", "confirmed_at": NOW, "released_at": NOW}
    who, basis = Who("Jo Doe", None, None, None), Basis("a score", "L0000", "the pilot")
    text = package_text({}, who, [FIX], figures, "inside", basis, RECIPIENT, **by, destroy_by=date(2020, 1, 1))
    told = json.loads(text)["figures"]
    assert told == (figures if is_shown else {"p_present": 0.9})


@pytest.mark.parametrize(
    ("fixes", "words"),
    [
        ([], "no fix that supports the match is left"),
        (
            [FIX, replace(FIX, t=at(2) - timedelta(seconds=1))],
            r"W0000 did not have device T1 on at 2019-09-03T23:59:59",
        ),
        ([replace(FIX, device_id="T2")], "W0000 did not have device T2 on"),
    ],
)
def test_a_fix_that_is_not_the_wearers_is_refused(engine: Engine, match_id: int, fixes: list[Fix], words: str) -> None:
    with pytest.raises(Refused, match=words):
        released(engine, match_id, replace(EVIDENCE, fixes=fixes))
    released(engine, match_id, replace(EVIDENCE, fixes=[FIX, replace(FIX, t=at(2))]))


@pytest.mark.parametrize(("days", "pct", "words"), [(6, 40, "the gate is closed"), (7, 40, None), (4, 49.99, None)])
def test_a_score_counts_from_its_day_on(
    engine: Engine, match_id: int, days: int, pct: float, words: str | None
) -> None:
    give_score(engine, 0, at(days).date(), pct)
    if words is None:
        assert released(engine, match_id).match_id == match_id
    else:
        with pytest.raises(Refused, match=words):
            released(engine, match_id)


def test_a_package_is_for_a_named_person_and_a_time(engine: Engine, match_id: int) -> None:
    for until in (LATER["now"].date(), LATER["now"].date() - timedelta(days=1)):
        with pytest.raises(BadEntry, match="is not in the future"):
            released(engine, match_id, until=until)
    for empty in ("name", "rank", "unit"):
        with pytest.raises(BadEntry, match=f"The recipient's {empty} is missing"):
            release(engine, match_id, replace(RECIPIENT, **{empty: " "}), EVIDENCE, date(2020, 1, 1), **LATER)
    with pytest.raises(IllegalMove):
        released(engine, 1)
    with pytest.raises(NotFound, match="There is no match 9"):
        released(engine, 9)
    released(engine, match_id, until=LATER["now"].date() + timedelta(days=1))


def test_an_open_match_of_an_earlier_version_is_found_if_its_crime_is_on_record_in_its_force(
    engine: Engine, match_id: int
) -> None:
    """The match "other" is of no crime on record, and the one of another force neither."""
    elsewhere = Candidate("City", REF, 1, "RB", CRIME_FROM, CRIME_TO, "W0000", 0.9, 10.0, FIGURES)
    with entering(engine, **LATER) as entry:
        update_queue(entry, "run-2", "settings", [elsewhere], [("City", REF)], algorithm="2")
    with engine.connect() as connection:
        assert [(each.force, each.crime_ref) for each in older_matches(connection, "3")] == [(FORCE, REF)]
        entered = dict(connection.execute(select(Match.id, Match.algorithm)).tuples().all())
    assert entered[match_id] is None
    found = Candidate(FORCE, REF, 1, "RB", CRIME_FROM, CRIME_TO, "W0000", 0.9, 10.0, FIGURES)
    with entering(engine, **LATER) as entry:
        update_queue(entry, "run-3", "settings", [found], [(FORCE, REF)], algorithm="3")
    with engine.connect() as connection:
        assert older_matches(connection, "3") == []
        assert [each.run_id for each in older_matches(connection, "4")] == ["run-3"]
        assert older_counts(connection, "3") == []
        assert older_counts(connection, "4") == [("run-3", f"{CRIME_FROM:%Y-%m}", 1)]


def test_open_matches_of_an_earlier_version_are_counted_by_the_month_of_london(engine: Engine) -> None:
    """A run from summer to winter, with a match a minute before and at each first midnight of London."""
    begins = [
        (london_midnight(date(2019, month, 1)) - timedelta(minutes=early), f"2019-{month - bool(early):02}")
        for month in (9, 10, 11, 12)
        for early in (0, 1)
    ]
    every = [
        Candidate(FORCE, f"s{n}", 1, "RB", t_from, t_from + timedelta(hours=1), "W0000", 0.9, 10.0, FIGURES)
        for n, (t_from, _) in enumerate(begins)
    ]
    with entering(engine, **LATER) as entry:
        for each in every:
            entry.add(Crime, force=each.force, crime_ref=each.crime_ref)
        update_queue(entry, "run-4", "settings", every, [(FORCE, each.crime_ref) for each in every], algorithm="1")
    with engine.connect() as connection:
        counted = {each.month: each.matches for each in older_counts(connection, "3") if each.run_id == "run-4"}
    assert counted == Counter(month for _, month in begins)


def test_a_release_waits_for_its_recall_then_for_the_answer_and_past_its_day(engine: Engine, match_id: int) -> None:
    last = date(2020, 1, 1)

    def waits(on: date = last) -> dict[Waits, int]:
        with engine.connect() as connection:
            found = waiting(connection, on)
            assert {each: releases(connection, waits=(each, on))[1] for each in Waits} == found
        return {each: n for each, n in found.items() if n}

    number = released(engine, match_id, until=last).release_id
    assert waits() == {}
    assert waits(last + timedelta(days=1)) == {Waits.DESTRUCTION: 1}
    with entering(engine, **LATER) as entry:
        update_queue(entry, "run-2", "settings", [], [(FORCE, REF)])
    assert waits() == {Waits.RECALL: 1}
    recall(engine, number, "no longer found", **LATER)
    assert waits() == {Waits.ACKNOWLEDGEMENT: 1}
    acknowledge(engine, number, last, "destroyed", **LATER)
    assert waits(last + timedelta(days=1)) == {}


@pytest.mark.parametrize("what_if", [None, "wider"])
def test_a_run_with_other_settings_withdraws_what_an_earlier_version_of_the_crime_said(
    engine: Engine, match_id: int, what_if: str | None, tmp_path: Path
) -> None:
    wide = MadeWith(MatchSettings({**STANDARD.values, "radius_m": 500.0}), what_if=what_if)
    with entering(engine, **LATER) as entry:
        # Of the same version both stand, each with its settings.
        assert update_queue(entry, "run-2", "wide", [], [(FORCE, REF)], made=wide).withdrawn == 0
    path = tmp_path / "later.csv"
    times = {"crimeDateTimeFrom": f"{CRIME_FROM:%Y%m%d%H%M%S}", "crimeDateTimeTo": f"{CRIME_TO:%Y%m%d%H%M%S}"}
    path.write_text(batch_row(**times, crimeText="later"))
    taken = import_crimes(engine, path, format="ministry", rejects_dir=tmp_path, by="ana", received_at=LATER["now"])
    assert taken.kept == 1
    with entering(engine, **LATER) as entry:
        gone = update_queue(entry, "run-3", "wide", [], [(FORCE, REF)], made=wide).withdrawn
    assert gone == (what_if is None)
    with engine.connect() as connection:
        state = connection.scalar(select(Match.state).where(Match.id == match_id))
    assert state is (MatchState.WITHDRAWN if gone else MatchState.CONFIRMED)


def test_a_match_is_shown_beside_those_of_the_queue_and_of_its_own_settings_alone(
    engine: Engine, match_id: int
) -> None:
    wide = MadeWith(MatchSettings({**STANDARD.values, "radius_m": 500.0}), what_if="wider")
    refs = ("other", REF)
    found = [Candidate(FORCE, ref, 1, "RB", CRIME_FROM, CRIME_TO, "W0000", 0.9, 10.0, FIGURES) for ref in refs]
    with entering(engine, **LATER) as entry:
        update_queue(entry, "run-2", "wide", found, [(FORCE, ref) for ref in refs], made=wide)
    open_gates(engine, "W0000")
    with engine.connect() as connection:
        ids = dict(connection.execute(select(Match.id, Match.crime_ref).where(Match.what_if == "wider")).tuples().all())
        of_wide = next(each for each, ref in ids.items() if ref == REF)
        mine, of_what_if = match_of(connection, match_id), match_of(connection, of_wide)
        assert mine is not None
        assert of_what_if is not None
        beside = [[{each.match_id for each in some} for some in related(connection, m)] for m in (mine, of_what_if)]
    (other,) = beside[0][0]
    assert other not in {match_id, *ids}
    assert beside == [[{other}, set()], [{match_id, other, *ids} - {of_wide}, {match_id}]]


def test_new_matches_leave_the_queue_with_the_settings_that_stood(engine: Engine, match_id: int) -> None:
    open_gates(engine, "W0000")
    told = []

    def follow(entry: Entry) -> None:
        told.append(leaving_queue(entry.connection))
        keep_standing(entry.connection)
        told.append(leaving_queue(entry.connection))

    wide = MatchSettings({**STANDARD.values, "radius_m": 500.0})
    with engine.connect() as connection:
        programme, _, _ = programme_named(connection, PILOT)
    # Of two matches one is new; the confirmed one stays where it is.
    enter(engine, programme, None, date(2019, 1, 1), wide, reason="wider", follow=follow, **LATER)
    assert told == [1, 0]
    with engine.connect() as connection:
        assert connection.scalar(select(Match.state).where(Match.id == match_id)) is MatchState.CONFIRMED


def test_a_release_is_found_by_its_match_until_it_is_recalled(engine: Engine, match_id: int) -> None:
    number = released(engine, match_id).release_id
    mine, other = (FORCE, REF, "W0000"), (FORCE, "other", "W0000")
    with engine.connect() as connection:
        assert releases_of(connection, [other, mine]) == [number]
        assert releases_of(connection, [other]) == []
    recall(engine, number, "the place was wrong", **LATER)
    with engine.connect() as connection:
        assert releases_of(connection, [mine]) == []


@pytest.mark.parametrize("seal", ["a", "c"])
def test_a_document_whose_row_was_sealed_otherwise_is_not_what_left(seal: str) -> None:
    content = b"as it left"
    digest = sha256(content).hexdigest()
    assert KeptDocument(content, digest, "b", "b").is_whole()
    assert not KeptDocument(content, digest, "b", seal).is_whole()
    assert not KeptDocument(content + b" ", digest, "b", "b").is_whole()


def test_a_recall_is_made_once_and_then_acknowledged_once(engine: Engine, match_id: int) -> None:
    number = released(engine, match_id).release_id
    on = date(2019, 9, 25)
    with pytest.raises(Refused, match="has not been recalled"):
        acknowledge(engine, number, on, "destroyed", **LATER)
    with pytest.raises(BadEntry, match="The reason is missing"):
        recall(engine, number, " ", **LATER)
    assert recall(engine, number, "the place was wrong", **LATER).release_id == number
    with pytest.raises(Refused, match="has already been recalled"):
        recall(engine, number, "again", **LATER)
    acknowledge(engine, number, on, "destroyed", **LATER)
    with pytest.raises(Refused, match="has already been acknowledged"):
        acknowledge(engine, number, on, "destroyed", **LATER)
    outcome(engine, number, "no further action", on, source="by mail", **LATER)
    with pytest.raises(BadEntry, match="is not an outcome"):
        outcome(engine, number, "solved", on, source="by mail", **LATER)
    for unknown in (recall, acknowledge):
        more = ("why",) if unknown is recall else (on, "words")
        with pytest.raises(NotFound, match=r"There is no release 7"):
            unknown(engine, 7, *more, **LATER)  # type: ignore[operator]
    with engine.connect() as connection:
        (found,), _ = releases(connection)
    assert found.recalled
    assert [(each.kind, each.words, each.source, each.effective_on) for each in found.updates] == [
        ("recalled", "the place was wrong", None, LATER["now"].date()),
        ("acknowledged", "destroyed", "A. Inspector", on),
        ("outcome", "no further action", "by mail", on),
    ]
