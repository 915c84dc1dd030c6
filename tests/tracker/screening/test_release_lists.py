"""Release lists on record: who is new, what changed, what is screened again, and what becomes of a place."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from geo.date_forms import DateForm
from geo.errors import BadMapping
from tests.support.crime_files import BATCH_ROW, write_csv
from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import NOW, ROW, imported, person, write_list
from tracker import migrations
from tracker.answers import Answer
from tracker.attention.place_service import reserve
from tracker.crimes.importer import import_crimes
from tracker.crimes.queries import latest_crimes
from tracker.errors import NotFound
from tracker.imports.tables import ImportStatus
from tracker.licences.tables import Licence
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address, Identity, Person
from tracker.programme.queries import programme_named
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry
from tracker.rollout.capacity import PlaceState
from tracker.rollout.queries import licence_places
from tracker.rollout.service import launch_place
from tracker.screening.importer import import_releases
from tracker.screening.queries import Decided, decided, screenings
from tracker.screening.service import move_address, screen_again
from tracker.times import AsOf, RoughDay

LATER = NOW + timedelta(days=7)


def _launched(engine: Engine) -> None:
    launch_pilot(engine, NOW)


def held(engine: Engine, on: date = date(2019, 4, 30), known_at: datetime | None = None) -> dict[str, Decided]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return {each.licence.reference: each for each in decided(connection, programme_id, AsOf(on, known_at))}


def findings(engine: Engine, licence: str = "L00001") -> dict[str, tuple[Answer, str]]:
    screening = held(engine)[licence].screening
    assert screening is not None
    return {finding.criterion: (finding.answer, finding.seen) for finding in screening.findings}


def answer(engine: Engine, licence: str = "L00001", **asked: Any) -> Answer | None:
    screening = held(engine, **asked)[licence].screening
    return None if screening is None else screening.answer


def count(engine: Engine, table: type) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.begins_with(fill=_launched)
def test_a_list_makes_people_licences_and_screenings(engine: Engine, tmp_path: Path) -> None:
    released = imported(
        engine,
        tmp_path,
        {},
        person(2) | {"borough": "Hackney"},
        person(3) | {"prison": "HMP High Down"},
        person(4) | {"born": "2001-05-02", "wearer_ref": "W0042"},
    )
    report = released.report
    assert (report.rows, report.kept, report.same, report.rejected) == (4, 4, 0, 0)
    assert released.answers == {"failed": 2, "not known": 1, "passed": 1}
    found = held(engine)
    assert [(d.licence.wearer_ref, d.screening and d.screening.answer) for d in found.values()] == [
        ("P00001", Answer.PASSED),
        ("P00002", Answer.NOT_KNOWN),
        ("P00003", Answer.FAILED),
        ("W0042", Answer.FAILED),
    ]
    assert findings(engine, "L00002")["live borough"][1] == "Hackney: planned June (2019 inferred), no launch recorded"
    assert found["L00001"].mapping.findings[1].seen == ("56 % on 2019-03-01 (2-year OGRS3, given, rounded), medium")
    assert found["L00001"].mapping.answer is Answer.FAILED, "nobody wears a tag yet"
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=_launched)
def test_the_same_list_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", {}, person(2))
    settings: dict[str, Any] = {"rejects_dir": tmp_path, "by": "officer", "received_at": NOW, "today": NOW.date()}
    import_releases(engine, path, PILOT, **settings)
    rows = count(engine, AuditEntry)
    again = import_releases(engine, path, PILOT, **settings)
    assert again.report.already_imported
    assert (again.report.kept, again.report.same) == (0, 2)
    assert count(engine, AuditEntry) == rows
    # Another file that says the same of them.
    other = imported(engine, tmp_path, {"knife_basis": "", "ogrs_score": ""}, person(2))
    assert (other.report.kept, other.report.same) == (0, 2)
    assert count(engine, Licence) == count(engine, Person) == 2


@pytest.mark.begins_with(fill=_launched)
def test_one_person_twice_in_a_list_is_the_same_or_refused(engine: Engine, tmp_path: Path) -> None:
    report = imported(engine, tmp_path, {}, {}, {"borough": "Croydon"}).report
    assert (report.kept, report.same, report.rejected, report.by_rule) == (1, 1, 1, {"PERSON_TWICE": 1})


@pytest.mark.begins_with(fill=_launched)
def test_a_list_in_the_other_order_of_dates_names_the_option_and_no_date_of_birth(
    engine: Engine, tmp_path: Path
) -> None:
    report = imported(engine, tmp_path, {"born": "03/04/1997", "planned_release": "13/05/2019"}).report
    assert report.rejects_path is not None
    text = report.rejects_path.read_text()
    assert text.count("the option dates dd/mm/yyyy or mm/dd/yyyy reads it") == 1, "the date of birth can be two days"
    assert text.count("the option dates dd/mm/yyyy reads it") == 1
    assert "1997" not in text


BAD_ROWS = [
    ({"nomis_id": "", "crn": ""}, "MISSING_IDENTIFIER"),
    ({"nomis_id": "AB123"}, "INVALID_NOMIS"),
    ({"crn": "X2121"}, "INVALID_CRN"),
    ({"name": ""}, "MISSING_NAME"),
    ({"planned_release": ""}, "MISSING_RELEASE"),
    ({"planned_release": "01/05/2019"}, "INVALID_DATE"),
    ({"planned_release": "2019-02-30"}, "INVALID_DATE"),
    ({"born": "1897-05-01"}, "IMPOSSIBLE_DATE"),
    ({"licence_ends": "2019-04-30"}, "ENDS_BEFORE_RELEASE"),
    ({"sex": "x"}, "INVALID_SEX"),
    ({"ethnicity": "Z1"}, "INVALID_ETHNICITY"),
    ({"knife_involved": "perhaps"}, "INVALID_YES_NO"),
    ({"borough": "Lambth"}, "INVALID_BOROUGH"),
    ({"easting": "530000"}, "ONE_COORDINATE"),
    ({"easting": "five", "northing": "180000"}, "INVALID_COORDINATE"),
    ({"easting": "0", "northing": "0"}, "ZERO_POSITION"),
    ({"easting": "999999", "northing": "1"}, "NOT_ON_BRITISH_GRID"),
    ({"ogrs_date": ""}, "INCOMPLETE_SCORE"),
    ({"ogrs_score": "101"}, "INVALID_SCORE"),
    ({"ogrs_score": "about 50"}, "INVALID_SCORE"),
    ({"ogrs_horizon": "3"}, "INVALID_SCORE"),
    ({"ogrs_instrument": "RSR"}, "INVALID_SCORE"),
    ({"ogrs_date": "2019-04-02"}, "INVALID_SCORE"),
    ({"ogrs_sanctions": "0", "ogrs_first_age": "14", "ogrs_convicted_on": "2018-09-01"}, "INVALID_SCORE_INPUTS"),
    ({"ogrs_sanctions": "6"}, "INVALID_SCORE_INPUTS"),
    ({"licence": "L09999"}, "UNKNOWN_LICENCE"),
]


@pytest.mark.begins_with(fill=_launched)
def test_a_bad_row_is_reported_and_the_others_are_stored(engine: Engine, tmp_path: Path) -> None:
    rows = [person(n) | changes for n, (changes, _) in enumerate(BAD_ROWS, 1)]
    # Whom the record has already: a licence that is not theirs is not one for somebody new either.
    imported(engine, tmp_path, person(len(rows)))
    report = imported(engine, tmp_path, *rows, person(99)).report
    assert (report.kept, report.rejected) == (1, len(rows))
    assert report.status is ImportStatus.PARTIAL
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="") as told:
        rejects = list(csv.DictReader(told))
    assert [(int(r["row"]), r["rule"]) for r in rejects] == [(n, rule) for n, (_, rule) in enumerate(BAD_ROWS, 1)]
    assert all(r["what_to_do"] for r in rejects)
    text = report.rejects_path.read_text()
    assert "Sample" not in text, "a name is in no rejects file"
    assert "1897" not in text


@pytest.mark.begins_with(fill=_launched)
def test_dates_are_read_in_the_declared_form(engine: Engine, tmp_path: Path) -> None:
    day_first = {name: "/".join(reversed(ROW[name].split("-"))) for name in ROW if ROW[name].count("-") == 2}
    assert imported(engine, tmp_path, day_first, dates=DateForm.DAY_FIRST).report.kept == 1
    assert held(engine)["L00001"].licence.release_on == date(2019, 5, 1)
    with pytest.raises(BadMapping, match="Give yyyy-mm-dd, dd/mm/yyyy, mm/dd/yyyy"):
        imported(engine, tmp_path, day_first, dates="us")
    path = write_list(tmp_path / "x.csv", {})
    with pytest.raises(NotFound, match="There is no programme 'gps'"):
        import_releases(engine, path, "gps", rejects_dir=tmp_path, by="o", received_at=NOW, today=NOW.date())


@pytest.mark.begins_with(fill=_launched)
def test_identifiers_of_two_people_are_refused(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {}, person(2))
    rows = (
        {"crn": person(2)["crn"]},
        person(2) | {"wearer_ref": "P00001", "crn": ""},
        {"wearer_ref": "W7777"},
        {"crn": "X999999"},
        {"born": "1980-01-01", "name": "Somebody Else"},
    )
    report = imported(engine, tmp_path, *rows).report
    assert report.by_rule == {"IDENTIFIERS_DISAGREE": 4, "OTHER_PERSON": 1}
    assert report.status is ImportStatus.ERROR
    # A birth alone, or a name alone, is a correction.
    report = imported(engine, tmp_path, {"born": "1997-06-01"}, person(2) | {"name": "Sample Two"}).report
    assert (report.new_versions, report.changed) == (2, {"born": 1, "name": 1})
    assert count(engine, Identity) == 4


@pytest.mark.begins_with(fill=_launched)
def test_a_borough_and_a_place_that_disagree_are_reported(engine: Engine, tmp_path: Path) -> None:
    # Trafalgar Square, and the middle of Croydon.
    released = imported(
        engine,
        tmp_path,
        {"easting": "530030", "northing": "180430"},
        person(2) | {"borough": "", "easting": "532300", "northing": "165700"},
    )
    assert released.conflicts == ("L00001: stated as Lambeth, but the coordinates are in Westminster",)
    assert findings(engine)["live borough"][0] is Answer.NOT_KNOWN
    assert findings(engine, "L00002")["live borough"][0] is Answer.PASSED
    assert imported(engine, tmp_path, {}).report.same == 1, "what is not said again is not taken back"


@pytest.mark.begins_with(fill=_launched)
def test_a_changed_release_is_screened_again_and_its_place_held_or_lapsed(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {}, person(2))
    for licence in ("L00001", "L00002"):
        reserve(engine, licence, date(2019, 4, 2), by="officer", now=NOW)
    released = imported(
        engine,
        tmp_path,
        {"planned_release": "2019-06-01"},
        person(2) | {"planned_release": "2020-05-01"},
        received_at=LATER,
        today=LATER.date(),
    )
    assert released.report.changed == {"planned_release_on": 2}
    assert released.places[0] == "L00001: release moved from 2019-05-01 to 2019-06-01; its place stays reserved"
    assert released.places[1].startswith(
        "L00002: release moved from 2019-05-01 to 2020-05-01; it is no longer eligible, so its place has lapsed (oper"
    )
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        places = licence_places(connection, programme_id, AsOf(date(2019, 4, 8)))
        states = {place.reference: place.state for place in places}
        of_second = screenings(connection, AsOf(date(2019, 12, 31)))
    assert states == {"L00001": PlaceState.RESERVED, "L00002": PlaceState.LAPSED}
    assert [[s.answer for s in made] for made in of_second.values()] == [
        [Answer.PASSED, Answer.PASSED],
        [Answer.PASSED, Answer.FAILED],
    ]
    assert answer(engine, "L00002") is Answer.FAILED
    assert answer(engine, "L00002", known_at=NOW + timedelta(hours=1)) is Answer.PASSED
    assert answer(engine, "L00002", on=date(2019, 4, 7)) is Answer.PASSED


@pytest.mark.begins_with(fill=_launched)
def test_another_licence_begins_when_the_one_before_has_ended_or_the_list_says_so(
    engine: Engine, tmp_path: Path
) -> None:
    imported(engine, tmp_path, {"licence_ends": "2019-10-01"})
    imported(engine, tmp_path, {"planned_release": "2020-03-01", "licence_ends": "2021-03-01", "borough": "Croydon"})
    found = held(engine, on=date(2020, 4, 1))
    assert [d.licence.release_on for d in found.values()] == [date(2019, 5, 1), date(2020, 3, 1)]
    assert [d.licence.case().home.stated for d in found.values()] == ["Lambeth", "Croydon"]
    imported(engine, tmp_path, {"licence": "L00001", "licence_ends": "2019-09-01"})
    assert held(engine)["L00001"].licence.terms["ends_on"] == date(2019, 9, 1)
    imported(engine, tmp_path, {"licence": "new", "planned_release": "2020-04-01"})
    assert count(engine, Licence) == 3


@pytest.mark.begins_with(fill=_launched)
def test_moving_out_of_a_live_borough_ends_nothing(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {})
    move_address(engine, "P00001", date(2019, 7, 1), borough="Bromley", by="officer", now=LATER)
    screen_again(engine, PILOT, on=date(2019, 8, 1), by="officer", now=LATER, licence="L00001")
    assert answer(engine) is Answer.PASSED
    assert imported(engine, tmp_path, {"licence_ends": "2020-06-01"}).report.changed == {"ends_on": 1}
    assert count(engine, Address) == 2, "the later address is not corrected by the list of the release"


@pytest.mark.begins_with(fill=_launched)
def test_screening_again_keeps_the_one_before(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {"borough": "Hackney", "planned_release": "2019-07-10"})
    assert answer(engine) is Answer.NOT_KNOWN
    [again] = screen_again(engine, PILOT, on=date(2019, 4, 2), by="officer", now=LATER)
    assert not again.changed
    launch_place(engine, PILOT, "Hackney", RoughDay(date(2019, 7, 8)), by="officer", now=LATER)
    [again] = screen_again(engine, PILOT, on=date(2019, 4, 3), by="officer", now=LATER)
    assert again.changed
    assert (again.before and again.before.answer, again.after.answer) == (Answer.NOT_KNOWN, Answer.PASSED)
    with engine.connect() as connection:
        [made] = screenings(connection, AsOf(date(2019, 12, 31))).values()
    assert [(s.screened_on, s.answer) for s in made] == [
        (date(2019, 4, 1), Answer.NOT_KNOWN),
        (date(2019, 4, 3), Answer.PASSED),
    ]
    with pytest.raises(NotFound, match="no licence 'L00009'"):
        screen_again(engine, PILOT, on=date(2019, 4, 3), by="officer", now=LATER, licence="L00009")


@pytest.mark.begins_with(fill=_launched)
def test_screening_again_under_newer_rules_names_them(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(engine, tmp_path, {})
    monkeypatch.setattr("tracker.screening.service.rules_version", lambda: "pcd570-2+00000000")
    [again] = screen_again(engine, PILOT, on=date(2019, 4, 2), by="officer", now=LATER)
    assert again.before is not None
    assert again.before.rules_version.startswith("pcd570-1+")
    assert again.rules_version == "pcd570-2+00000000"
    with engine.connect() as connection:
        [made] = screenings(connection, AsOf(date(2019, 12, 31))).values()
    assert [s.rules_version[:8] for s in made] == ["pcd570-1", "pcd570-2"]


@pytest.mark.begins_with(fill=_launched)
def test_scores_of_a_list_are_kept_checked_and_corrected(engine: Engine, tmp_path: Path) -> None:
    inputs = {"ogrs_sanctions": "6", "ogrs_first_age": "14", "ogrs_convicted_on": "2018-09-01"}
    released = imported(engine, tmp_path, inputs | {"ogrs_score": "72"}, person(2) | inputs | {"ogrs_score": ""})
    assert len(released.warnings) == 1
    assert released.warnings[0].startswith("L00001: 72 % on 2019-03-01 (2-year OGRS3, given, rounded) differs by ")
    assert count(engine, OgrsScore) == 5
    assert "computed here" in held(engine)["L00002"].mapping.findings[1].seen
    report = imported(engine, tmp_path, inputs | {"ogrs_score": "57"}, person(2) | inputs | {"ogrs_score": ""}).report
    assert (report.kept, report.same, report.changed) == (1, 1, {"score": 1})
    assert "57 %" in held(engine)["L00001"].mapping.findings[1].seen


@pytest.mark.begins_with(fill=_launched)
def test_names_are_in_no_answer(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, {})
    assert "Sample" not in repr(held(engine))
    assert "A1234BC" not in repr(held(engine))


@pytest.mark.begins_with(fill=_launched)
def test_a_list_is_one_entry(engine: Engine, tmp_path: Path) -> None:
    released = imported(engine, tmp_path, *(person(n) for n in range(1, 101)))
    assert released.report.kept == 100
    with engine.connect() as connection:
        assert connection.scalar(select(func.count(Licence.recorded_at.distinct()))) == 1


_changes = st.fixed_dictionaries(
    {},
    optional={
        "planned_release": st.sampled_from(["2019-04-20", "2019-05-01", "2019-06-10"]),
        "borough": st.sampled_from(["", "Lambeth", "Hackney", "Bromley"]),
        "easting": st.just("530030"),
        "knife_involved": st.sampled_from(["", "yes", "no"]),
        "prison": st.sampled_from(["", "HMP Isis", "HMP Downview"]),
        "ogrs_score": st.sampled_from(["", "49", "61"]),
        "ogrs_date": st.sampled_from(["2019-02-01", "2019-03-01"]),
    },
)


# The fixture makes a database for each example.
@pytest.mark.slow
@settings(
    max_examples=8, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 2), _changes), min_size=1, max_size=4))
def test_the_same_list_again_changes_nothing_and_no_later_list_changes_what_was_known(
    new_engine: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory, lists: list[tuple[int, dict[str, str]]]
) -> None:
    engine, folder = new_engine(), tmp_path_factory.mktemp("lists")
    launch_pilot(engine, NOW)
    seen: list[tuple[datetime, str]] = []
    for n, changes in lists:
        row = person(n) | changes | ({"northing": "180430"} if "easting" in changes else {})
        # The remark makes each list a file of its own: the very same one is not read again.
        report = imported(engine, folder, row | {"remark": f"list {len(seen)}"}).report
        assert report.kept + report.same == 1
        assert imported(engine, folder, row | {"remark": f"list {len(seen)} again"}).report.same == 1
        for licence in held(engine, on=date(2019, 12, 31)).values():
            on = licence.licence.release_on
            assert on is not None
            assert licence.licence.address is None or licence.licence.address["from_on"] <= on
            assert licence.screening is not None
        with engine.connect() as connection:
            at = connection.scalar(select(func.max(AuditEntry.at)))
        assert at is not None
        seen.append((at, repr(held(engine, on=date(2019, 12, 31)))))
    assert [repr(held(engine, on=date(2019, 12, 31), known_at=at)) for at, _ in seen] == [told for _, told in seen]
    # What is screened as it comes is what screening it again says.
    assert not [each for each in screen_again(engine, PILOT, on=NOW.date(), by="o", now=NOW) if each.changed]


@pytest.mark.begins_with(fill=_launched)
def test_the_tables_go_down_and_up_with_lists_and_crimes_in_place(engine: Engine, tmp_path: Path) -> None:
    import_crimes(
        engine,
        write_csv(tmp_path / "c.csv", BATCH_ROW),
        format="ministry",
        rejects_dir=tmp_path,
        by="analyst",
        received_at=NOW,
    )
    imported(engine, tmp_path, {})
    before, versions = latest_crimes(engine), _versions(engine)
    assert before.height == len(versions) == 1
    migrations.downgrade(engine, "0004")
    assert _versions(engine) == versions
    migrations.upgrade(engine)
    assert latest_crimes(engine).equals(before)
    assert imported(engine, tmp_path, {}).report.kept == 1


def _versions(engine: Engine) -> list[tuple[object, ...]]:
    """Crimes as the older tables have them: the program asks for tables that came later."""
    columns = "crime.force, crime.crime_ref, version, crime_type, t_from, t_to, x_mm, y_mm, location_accuracy_mm, text"
    query = f"SELECT {columns} FROM crime_version JOIN crime ON crime.id = crime_version.crime_id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
