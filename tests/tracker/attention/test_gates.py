"""Each rule of who may have a place and a tag, broken: it is refused, or recorded and said until it is settled."""

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.databases import cloned
from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import NOW, imported, person
from tracker.assignments.importer import import_assignments
from tracker.attention import service
from tracker.attention.place_service import Reserved, reserve
from tracker.attention.queries import against_on, settlements
from tracker.corrections import service as corrections
from tracker.corrections.kinds import KINDS
from tracker.errors import IllegalMove, NotFound, Refused
from tracker.licences import service as licences
from tracker.licences.states import EndReason, LicenceMove
from tracker.licences.tables import Licence
from tracker.programme.queries import programme_named
from tracker.projections.attention_queries import against_counts
from tracker.projections.page_queries import Wanted, decided_page
from tracker.projections.queries import Part
from tracker.projections.service import differences
from tracker.record.as_known import known
from tracker.record.entry import entering
from tracker.rollout.service import impose
from tracker.rollout.tables import Launch
from tracker.screening import service as screening
from tracker.screening.queries import decided
from tracker.tags import service as tags
from tracker.times import AsOf

OFFICER: dict[str, Any] = {"by": "officer", "now": NOW}
DAY = NOW.date()
FIRST = "L00001"


def decide(engine: Engine, licence: str = FIRST, *, proportionate: bool = True) -> None:
    said = {"decided_by": "B. Officer", "organisation": "NPS London", "decided_on": DAY, "reasons": "risk"}
    screening.decide(engine, PILOT, licence, proportionate=proportionate, **said, today=DAY, **OFFICER)  # type: ignore[arg-type]


def listed(engine: Engine, folder: Path, **row: str) -> None:
    """The pilot, launched, and one person on a release list who differs in this from one who passes."""
    _listed(engine, tuple(row.items()))
    # The test's own lists are numbered after it.
    (folder / "list0.csv").touch()


@cloned
def _listed(engine: Engine, row: tuple[tuple[str, str], ...]) -> None:
    launch_pilot(engine, NOW)
    with tempfile.TemporaryDirectory() as folder:
        imported(engine, Path(folder), dict(row))


def kinds(
    engine: Engine, on: date = DAY, licence: str = FIRST, known_at: datetime | None = None
) -> dict[str, str | None]:
    """What holds of a licence, and the reason by which it is settled."""
    with engine.connect() as connection:
        licence_id = connection.execute(select(Licence.id).where(Licence.reference == licence)).scalar_one()
        held = against_on(connection, [licence_id], AsOf(on, known_at)).get(licence_id, [])
    return {each.kind: None if each.settled is None else each.settled.reason for each in held}


def hold(engine: Engine, licence: str = FIRST, on: date = DAY, override: str | None = None) -> Reserved:
    return reserve(engine, licence, on, override=override, **OFFICER)


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        ({"born": "2002-05-01"}, "failed-adult", r"adult: failed, 17 on 2019-05-01 \(PCD 570, 1.3\)"),
        ({"knife_involved": "no", "offence_code": "66/1"}, "failed-knife-offence", r"knife offence: failed, "),
        ({"prison": "High Down"}, "failed-london-prison", r"London prison: failed, High Down: not a London prison"),
        ({"borough": "Bromley"}, "failed-live-borough", r"Bromley is not a borough of the programme"),
        ({"planned_release": "2020-05-01"}, "failed-operational-period", r"operational period: failed, 2020-05-01"),
    ],
)
def test_nobody_who_fails_a_criterion_gets_a_place_without_a_reason_that_stays(
    engine: Engine, tmp_path: Path, row: dict[str, str], kind: str, words: str
) -> None:
    listed(engine, tmp_path, **({"licence_ends": "2021-05-01"} | row))
    decide(engine)
    with pytest.raises(Refused, match=words):
        hold(engine)
    with pytest.raises(Refused, match="override with a reason"):
        hold(engine, override="  ")
    assert kinds(engine) == {}
    held = hold(engine, override="agreed with the head of service")
    assert [each.kind for each in held.objections if each.refuses] == [kind]
    assert kinds(engine) == {kind: "agreed with the head of service"}
    impose(engine, FIRST, DAY, **OFFICER)
    assert kinds(engine) == {kind: "agreed with the head of service"}, "the reason stays with what was imposed"
    assert differences(engine) == []


def test_nobody_whom_probation_turned_down_gets_a_place(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path)
    decide(engine, proportionate=False)
    with pytest.raises(
        Refused, match=r"B\. Officer \(NPS London\) decided on 2019-04-01: not proportionate \(PCD 570, 1"
    ):
        hold(engine)
    impose(engine, FIRST, DAY, **OFFICER)
    assert kinds(engine) == {"not-proportionate": None}


def test_what_is_not_known_or_not_decided_is_held_and_said(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path, born="", borough="Hackney")
    said = {each.kind: each.refuses for each in hold(engine).objections}
    assert said == {"not-known": False, "undecided": False}
    assert kinds(engine) == {"not-known": None, "undecided": None}
    decide(engine)
    assert kinds(engine) == {"not-known": None}
    imported(engine, tmp_path, {"borough": "Lambeth"}, received_at=NOW + timedelta(hours=1))
    assert kinds(engine) == {}


def test_after_the_last_day_to_impose_no_place_is_reserved_and_a_condition_imposed_is_said(
    engine: Engine, tmp_path: Path
) -> None:
    listed(engine, tmp_path, licence_ends="2021-05-01")
    decide(engine)
    late = {"by": "officer", "now": datetime(2020, 5, 4, 9, tzinfo=NOW.tzinfo)}
    licences.move_licence(engine, FIRST, LicenceMove.RELEASE, NOW + timedelta(days=30), **late)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"2020-05-01 is after the last day to impose, 2020-04-30, subject to"):
        reserve(engine, FIRST, date(2020, 5, 1), **late)  # type: ignore[arg-type]
    impose(engine, FIRST, date(2020, 5, 1), **late)  # type: ignore[arg-type]
    assert kinds(engine, date(2020, 5, 4)) == {"too-late": None}
    assert kinds(engine, date(2020, 4, 30)) == {}


def test_a_place_requested_before_the_pilot_began_is_refused(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path)
    decide(engine)
    with pytest.raises(Refused, match=r"2019-02-01 is before the pilot began, on 2019-02-18"):
        hold(engine, on=date(2019, 2, 1))
    impose(engine, FIRST, date(2019, 2, 1), **OFFICER)
    assert "too-early" in kinds(engine)


def test_a_fitting_is_recorded_and_everything_that_speaks_against_it_is_said(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path, born="2002-05-01")
    tags.receive(engine, PILOT, ["T1", "T2"], NOW, contract="gps-tags", **OFFICER)
    tags.fit(engine, "T1", FIRST, NOW, **OFFICER)
    assert kinds(engine) == {"failed-adult": None, "undecided": None, "no-condition": None}
    tags.fit(engine, "T2", FIRST, NOW, **OFFICER)
    assert "two-tags" in kinds(engine)
    tags.take_back(engine, "T2", reason="another person's", **OFFICER)
    assert "two-tags" not in kinds(engine)
    impose(engine, FIRST, DAY, **OFFICER)
    assert "no-condition" not in kinds(engine)
    tags.remove(engine, "T1", NOW + timedelta(hours=1), **OFFICER)
    assert "failed-adult" in kinds(engine), "what happened is said until it is settled"
    assert differences(engine) == []


def test_a_supplier_that_was_not_authorised_on_the_day_is_said(engine: Engine, tmp_path: Path) -> None:
    from tracker.decisions.service import correct

    listed(engine, tmp_path)
    tags.receive(engine, PILOT, ["T1"], NOW, contract="gps-tags", **OFFICER)
    tags.fit(engine, "T1", FIRST, NOW, **OFFICER)
    assert "supplier-not-authorised" not in kinds(engine)
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"company_number": "00000001"}, **OFFICER)
    assert "supplier-not-authorised" in kinds(engine)
    assert differences(engine) == []


def test_ended_and_dead_people_are_eligible_for_nothing_wherever_shown(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path)
    imported(
        engine, tmp_path, {"licence": "new", "planned_release": "2019-05-08"}, received_at=NOW + timedelta(hours=1)
    )
    decide(engine)
    tags.receive(engine, PILOT, ["T1"], NOW, contract="gps-tags", **OFFICER)
    hold(engine, "L00002")
    tags.fit(engine, "T1", FIRST, NOW, **OFFICER)
    licences.move_licence(engine, FIRST, LicenceMove.END, NOW, end_reason=EndReason.DIED, **OFFICER)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        for each in decided(connection, programme_id, AsOf(DAY)):
            assert each.screening is not None
            assert each.screening.answer == each.mapping.answer == "failed"
            assert each.mapping.findings[-1].seen == "ended on 2019-04-01: died"
        for as_of in (AsOf(DAY), AsOf(DAY, datetime(2030, 1, 1, tzinfo=NOW.tzinfo))):
            for answer, number in (("failed", 2), ("passed", 0)):
                shown, total = decided_page(connection, programme_id, as_of, Wanted(answer, False, Part(0)))
                assert (len(shown), total) == (number, number)
    assert "tag-on-ended-licence" in kinds(engine)
    assert "place-of-ended-licence" in kinds(engine, licence="L00002")
    for licence in ("L00001", "L00002"):
        with pytest.raises(Refused, match="has ended, so it is eligible for nothing"):
            hold(engine, licence, override="all the same")
    with pytest.raises(IllegalMove, match="died on 2019-04-01, so nothing later can be recorded"):
        licences.move_licence(engine, "L00002", LicenceMove.RELEASE, NOW + timedelta(hours=2), **OFFICER)
    assert differences(engine) == []


def test_stale_reservations_and_open_questions_near_release_are_said_on_their_days(
    engine: Engine, tmp_path: Path
) -> None:
    listed(engine, tmp_path)
    imported(engine, tmp_path, person(2) | {"born": ""}, received_at=NOW + timedelta(hours=1))
    decide(engine)
    hold(engine)
    assert kinds(engine, date(2019, 5, 1)) == {}
    assert kinds(engine, date(2019, 5, 2)) == {"stale-reservation": None}
    assert kinds(engine, date(2019, 4, 16), "L00002") == {}
    assert kinds(engine, date(2019, 4, 17), "L00002") == {"near-release": None}


def test_settling_keeps_who_when_and_why_and_can_be_corrected_and_taken_back(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path, born="2002-05-01")
    imported(engine, tmp_path, person(2) | {"born": "2003-05-01"}, received_at=NOW + timedelta(hours=1))
    for licence in ("L00001", "L00002"):
        impose(engine, licence, DAY, **OFFICER)
    with engine.connect() as connection:
        assert against_counts(connection, 1, AsOf(DAY)) == ({"failed-adult": 2, "undecided": 2}, {})
    later: dict[str, Any] = {"by": "head", "now": NOW + timedelta(days=2)}
    with entering(engine, **later) as entry:
        service.settle_licences(
            entry, 1, "failed-adult", [1], "the date of birth is wrong", today=DAY + timedelta(days=2)
        )
    with entering(engine, **later) as entry:
        service.settle_licences(
            entry, 1, "failed-adult", [1], "born 1997, says the prison", today=DAY + timedelta(days=2)
        )
    on = DAY + timedelta(days=2)
    assert kinds(engine, on)["failed-adult"] == "born 1997, says the prison"
    assert kinds(engine, DAY)["failed-adult"] is None, "as at a day before, it was open"
    assert kinds(engine, on, known_at=NOW + timedelta(days=1))["failed-adult"] is None
    with engine.connect() as connection:
        assert against_counts(connection, 1, AsOf(on)) == ({"failed-adult": 1, "undecided": 2}, {"failed-adult": 1})
        then = AsOf(on, datetime(2030, 1, 1, tzinfo=NOW.tzinfo))
        assert against_counts(connection, 1, then) == against_counts(connection, 1, AsOf(on))
        rows, total = settlements(connection, 1, before=None, limit=5)
    assert [(row.by, row.on, row.reason, row.ended_at is None) for row in rows] == [
        ("head", on, "born 1997, says the prison", True),
        ("head", on, "the date of birth is wrong", False),
    ]
    assert total == 2
    with entering(engine, **later) as entry:
        service.reopen(entry, 1, rows[0].number, "the wrong licence")
    assert kinds(engine, on)["failed-adult"] is None
    with pytest.raises(NotFound, match="is not in force"), entering(engine, **later) as entry:
        service.reopen(entry, 1, rows[0].number, "again")
    with pytest.raises(NotFound, match="'two-tags' does not hold today"), entering(engine, **later) as entry:
        service.settle_licences(entry, 1, "two-tags", [1], "why", today=DAY + timedelta(days=2))
    assert differences(engine) == []


def test_a_tag_that_was_worn_before_its_wearer_was_listed_is_held_to_its_supplier(
    engine: Engine, tmp_path: Path
) -> None:
    from tracker.decisions.service import correct

    launch_pilot(engine, NOW)
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"company_number": "00000001"}, **OFFICER)
    tags.receive(engine, PILOT, ["T1"], NOW - timedelta(days=40), contract="gps-tags", **OFFICER)
    worn = tmp_path / "assignments.csv"
    row = "T1,W0007,2019-03-01T09:00:00Z,2019-03-05T09:00:00Z"
    worn.write_text(f"device_id,wearer_id,from,to\n{row}\n", encoding="utf-8")
    import_assignments(engine, worn, rejects_dir=tmp_path, by="officer", received_at=NOW)
    imported(engine, tmp_path, {"wearer_ref": "W0007"}, received_at=NOW + timedelta(hours=1))
    assert "supplier-not-authorised" in kinds(engine)
    assert differences(engine) == []


def test_a_condition_imposed_after_the_licence_has_ended_is_flagged(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path, planned_release="2019-03-20")
    decide(engine)
    licences.move_licence(engine, FIRST, LicenceMove.RELEASE, NOW - timedelta(days=5), **OFFICER)
    licences.move_licence(engine, FIRST, LicenceMove.END, NOW - timedelta(days=2), end_reason=EndReason.DIED, **OFFICER)
    impose(engine, FIRST, DAY, **OFFICER)
    assert "imposed-after-end" in kinds(engine)
    assert "imposed-after-end" not in kinds(engine, DAY - timedelta(days=1))
    assert differences(engine) == []


def test_a_launch_that_was_later_than_entered_flags_who_was_released_before_it(engine: Engine, tmp_path: Path) -> None:
    listed(engine, tmp_path, planned_release="2019-03-10")
    decide(engine)
    licences.move_licence(engine, FIRST, LicenceMove.RELEASE, NOW - timedelta(days=20), **OFFICER)
    impose(engine, FIRST, DAY, **OFFICER)
    assert kinds(engine) == {}
    for day, found in ((20, {"failed-live-borough": None}), (5, {})):
        with engine.connect() as connection:
            programme = programme_named(connection, PILOT)[0], PILOT
            number = connection.scalar(select(Launch.id).where(known(Launch), Launch.place == "Lambeth"))
        assert number is not None
        right: dict[str, Any] = {"effective_on": date(2019, 3, day)}
        said: dict[str, Any] = {"reason": "the minutes", "override": None, "today": DAY}
        changed = corrections.correct(engine, KINDS["launch"], programme, number, right, **said, **OFFICER)
        assert any(FIRST in note for note in changed.notes)
        assert kinds(engine) == found
    assert differences(engine) == []
