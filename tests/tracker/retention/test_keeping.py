"""A person erased from the record, and a person who asks what is held."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Engine, Enum, LargeBinary, String, func, insert, select

from tests.support.people import OFFICER, at, erase_person, give_score, release_people
from tests.support.pilot import PILOT
from tracker.assignments.tables import Assignment
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, IllegalMove, NotFound
from tracker.imports.tables import FileKind, ImportFile, ImportStatus
from tracker.licences.service import move_licence
from tracker.licences.states import EndReason, LicenceMove
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.queries import programme_named
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.entry import entering
from tracker.record.fact import FactChange
from tracker.retention import erasure_rows_service as rows
from tracker.retention import erasure_service as erasing
from tracker.retention import hidden_names_service
from tracker.retention import service as keeping
from tracker.retention import subject_access_service as access
from tracker.retention.policy import RetentionKind, policy_on
from tracker.retention.purge_service import people_ended_before
from tracker.retention.subject_access import AccessMove, AccessState
from tracker.rollout.queries import capacity
from tracker.rollout.service import impose
from tracker.tags import service as tags
from tracker.times import AsOf

NOW = datetime(2019, 10, 3, 9, tzinfo=UTC)
BY = {"by": "dpo", "now": NOW}


def _somebody(engine: Engine) -> None:
    """Two people; the first known by name, with a place, a tag and a score."""
    first, second = release_people(engine)
    with entering(engine, **OFFICER) as entry:
        entry.add(Identity, person_id=1, name="Ann Example", sex=Sex.FEMALE, born=date(1998, 5, 1), crn="X123456")
        entry.add(Address, person_id=1, from_on=date(2019, 9, 1), borough_stated="Lambeth", line="1 High Street")
    give_score(engine, 0, date(2019, 8, 1), 60)
    give_score(engine, 1, date(2019, 8, 1), 60)
    impose(engine, first, date(2019, 9, 2), **OFFICER)
    for tag, licence in (("T1", first), ("T2", second)):
        tags.fit(engine, tag, licence, at(2), **OFFICER)
    tags.remove(engine, "T1", at(5), note="taken off at the station", **OFFICER)


def _erased(engine: Engine) -> erasing.ErasedPerson:
    return erase_person(engine, "W0000", reason="request", **BY)


def _numbers(engine: Engine, known_at: datetime | None = None) -> tuple[int, int, int]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        full = capacity(connection, programme_id, AsOf(date(2019, 9, 6), known_at))
    return full.imposed, full.fitted, full.worn


def _everything(engine: Engine) -> str:
    from tracker.record.base import Table

    with engine.connect() as connection:
        rows = [str(connection.execute(select(table)).all()) for table in Table.metadata.sorted_tables]
    return "\n".join(rows)


def test_an_erased_wearer_is_nowhere_and_the_chain_and_the_counts_hold(engine: Engine) -> None:
    _somebody(engine)
    before, then = _numbers(engine), NOW - timedelta(days=1)
    person = _erased(engine)
    assert person.worn == (erasing.WornDevice("T1", at(2), None),)
    assert person.counts["identity"] == 1
    left = _everything(engine)
    for word in ("Ann Example", "X123456", "High Street", "taken off at"):
        assert word not in left, word
    assert "W0001" in left
    assert _numbers(engine) == before == (1, 2, 2)
    assert _numbers(engine, then) == before
    assert set(eligible_wearers(engine, PILOT).eligible["wearer_id"]) == {"W0001"}
    assert verify_chain(engine).broken is None
    with engine.connect() as connection:
        assert connection.scalars(select(PersonKey.person_id)).all() == [2]
        assert connection.scalar(select(Person.erased_at).where(Person.id == 1)) is not None
        last = connection.execute(select(AuditEntry.action).order_by(AuditEntry.seq.desc())).first()
        assert last is not None
        assert last.action == "erase"
    erasing.forget_left(engine, person.erasure_id)
    assert "W0000" not in _everything(engine)
    with pytest.raises(NotFound, match="There is no wearer 'W0000' on record"):
        erasing.begin_erasure(engine, "W0000", reason="again", **BY)


def test_an_interrupted_erasure_is_known_to_be_incomplete(engine: Engine) -> None:
    _somebody(engine)
    person = _erased(engine)
    erasing.record_step(engine, person.erasure_id, "fixes", {"fixes": 3}, **BY)
    with engine.connect() as connection:
        (left,) = erasing.erasures(connection, unfinished=True)
    assert (left.person_id, left.record_erased, dict(left.done)) == (1, True, {"fixes": {"fixes": 3}})
    # Whoever goes on from here is told the same again.
    again = erasing.erase_from_record(engine, person.erasure_id, **BY)
    assert (again.wearer_ref, again.worn) == ("W0000", person.worn)
    erasing.forget_left(engine, person.erasure_id)
    erasing.finish_erasure(engine, person.erasure_id, **BY)
    assert "W0000" not in _everything(engine)
    with engine.connect() as connection:
        assert erasing.erasures(connection, unfinished=True) == []


@pytest.mark.parametrize(
    ("finished_at", "done", "only_runs", "bars"),
    [
        (None, {}, None, True),
        (None, {"fixes": {}}, None, True),
        (NOW, {}, None, False),
        (None, {"runs": {}}, None, False),
        (None, {}, ("3f2a",), False),
    ],
)
def test_an_erasure_bars_matches_until_it_has_been_through_the_runs(
    finished_at: datetime | None, done: dict[str, Any], only_runs: tuple[str, ...] | None, bars: bool
) -> None:
    erasure = erasing.ErasureNow(1, 1, "mark", "request", NOW, "dpo", True, done, finished_at, only_runs)
    assert erasure.bars_matches == bars


def test_reasons_about_the_person_go_and_their_names_in_files_with_other_people(engine: Engine) -> None:
    _somebody(engine)
    change = {"subject": "ogrs_score", "wall_at": NOW, "recorded_at": NOW, "recorded_by": "olu"}
    file = {"options_sha256": "0" * 64, "recorded_at": NOW, "status": ImportStatus.PARTIAL}
    file |= {"kind": FileKind.RELEASES, "options": {}, "rows": 1, "kept": 0, "same": 0, "rejected": 1}
    with engine.begin() as connection:
        connection.execute(
            insert(FactChange), [{**change, "row_id": n, "person_id": n, "reason": f"reason {n}"} for n in (1, 2)]
        )
        for n, name in enumerate(("Ann Example", "Bob Other")):
            told = {"name": f"{name}.csv", "report": {"faults": [{"row": n, "value": name}]}}
            connection.execute(insert(ImportFile).values(**file, **told, sha256=str(n) * 64))
    _erased(engine)
    with engine.connect() as connection:
        assert connection.scalars(select(FactChange.reason)).all() == ["reason 2"]
        names = select(ImportFile.name, ImportFile.report).order_by(ImportFile.id)
        assert connection.execute(names).all() == [
            ("erased.csv", {"faults": [{"row": 0, "value": "erased"}]}),
            ("Bob Other.csv", {"faults": [{"row": 1, "value": "Bob Other"}]}),
        ]


def test_the_next_wearer_of_a_tag_keeps_their_fixes_when_the_one_before_is_erased(engine: Engine) -> None:
    """The first wearer's assignment stood on record as still fitted until the tag was taken off."""
    _somebody(engine)
    with engine.begin() as connection:
        worn = {"device_id": "T1", "wearer_id": "W0001", "fitted_at": at(7), "recorded_at": NOW}
        connection.execute(insert(Assignment), worn)
    person = _erased(engine)
    assert person.worn == (erasing.WornDevice("T1", at(2), at(7)),)


def test_a_new_person_with_the_reference_of_one_who_was_erased_is_not_erased_again(engine: Engine) -> None:
    _somebody(engine)
    person = _erased(engine)
    with engine.connect() as connection:
        (left,) = erasing.erasures(connection)
    erasing.finish_erasure(engine, person.erasure_id, **BY)
    with entering(engine, by="officer", now=NOW) as entry:
        entry.add(Person, wearer_ref="W0000")
    assert erasing.begin_by_marks(engine, [left.mark], reason="again", **BY) == []
    with engine.connect() as connection:
        assert connection.scalar(select(Person.erased_at).where(Person.wearer_ref == "W0000")) is None


def test_a_reason_that_names_the_person_is_refused(engine: Engine) -> None:
    _somebody(engine)
    for reason in ("ann example asked", "X123456", "W0000, by letter"):
        with pytest.raises(BadEntry, match="reason names the person"):
            erasing.begin_erasure(engine, "W0000", reason=reason, **BY)


def test_every_table_says_what_an_erasure_does_with_it() -> None:
    from tracker.record.base import Table

    listed = [*rows.DELETED, *rows.EMPTIED, *rows.NOT_ABOUT_WEARERS]
    assert sorted(listed) == sorted(table.name for table in Table.metadata.sorted_tables)


NOT_TYPED = {
    "address", "address_sha256", "algorithm", "algorithm_before", "as_of", "assignee", "batch_id", "before",
    "boot", "borough", "borough_found", "borough_stated", "by", "characteristic", "commitment",
    "company_number", "comparison_ref", "confirmed_by", "content", "content_type", "contract", "cookie_sha256",
    "crime_ref", "crime_type", "crn", "decided_by", "decision", "device_id", "digest", "effective_basis", "ethnicity",
    "family", "file_kind", "fingerprint", "folder", "force", "framework", "from_decision", "from_line", "from_year",
    "given_by", "giver", "hash", "id", "instrument", "issuer", "key", "key_id", "keyed_digest", "kind",
    "knife_basis", "level", "licence", "line", "linker", "location", "model", "month", "name", "name_sha256",
    "nomis_id", "number", "offence_code", "operation", "options_sha256", "organisation", "other_source",
    "package", "params_sha256", "part_of", "password_hash", "period", "phase", "place", "pnc_id", "population",
    "postcode", "previous", "prison", "programme", "reader", "recipient", "recipient_name", "recipient_rank",
    "recipient_unit", "recorded_by", "reference", "refresh_sha256", "requested_by", "row_id", "rules_version",
    "duplicate_of", "sent_by", "settings_sha256",
    "run_before", "run_id", "salt", "seal", "sealed", "sealed_secret", "session_id", "sex", "sha256", "sort_key",
    "source", "stage", "state", "subject", "subject_id", "subject_to", "supplier", "title", "to_line",
    "to_year", "together", "unit", "value", "version", "wearer_id", "wearer_ref", "what", "who", "why",
    "worker", "year",
}  # fmt: skip
"""Columns that hold names of things, codes, digests, users; and those of a person's own rows, which go whole."""


def test_every_column_that_somebody_types_into_is_known_by_its_name_or_told_apart() -> None:
    """An erasure takes the person's names out of the columns that are typed into, of any table."""
    from tracker.record.base import Table

    for table in Table.metadata.sorted_tables:
        typed = {column.name for column in hidden_names_service.typed_columns(table)}
        texts = {
            column.name
            for column in table.columns
            if isinstance(column.type, String) and not isinstance(column.type, Enum) and not column.foreign_keys
        }
        if table.name not in {"audit_entry", "erasure"}:
            assert texts - typed - NOT_TYPED == set(), table.name


EMPTIED_WORDS = {
    "erasure": {"left_to_do"},
    "import_file": {"name", "options", "report"},
    "match_job": {"asked", "why", "report"},
    "person": {"wearer_ref"},
    "answered": {"content_type", "location", "body", "sha256"},
    "assignment": {"wearer_id"},
    "candidate_match": {"wearer_ref", "figures", "assignee"},
    "cohort_export": {"members"},
    "told_count": {"people", "having"},
    "custody": {"note"},
    "export_key": {"key"},
    "licence_event": {"note"},
    "match_moved": {"reason", "figures"},
    "match_release": {"package"},
    "place_event": {"reason", "over_reason"},
    "subject_access_event": {"note"},
    "tag_event": {"note"},
    "alert_event": {"note", "kind"},
    "release_told": {"words"},
    # Made anew from facts that are gone.
    "day_state": set(),
}
"""Columns in which an erasure leaves no word of the person; of exports with the person in them, whole."""
KEPT_WORDS = {
    "told_count": {"family"},
    "erasure": {"reason", "recorded_by", "mark"},
    "import_file": {"sha256", "options_sha256"},
    "match_job": {"file_kind", "requested_by", "worker", "stage", "run_id"},
    "answered": {"session_id", "operation", "key", "fingerprint"},
    "assignment": {"device_id"},
    "candidate_match": {
        "force",
        "crime_ref",
        "crime_type",
        "run_id",
        "params_sha256",
        "algorithm",
        "settings",
        "settings_sha256",
        "programme",
        "what_if",
    },
    "cohort_export": {"definition", "purpose", "risk", "manifest", "sha256", "folder"},
    "match_moved": {"assignee", "together"},
    "match_release": {"recipient_name", "recipient_rank", "recipient_unit", "confirmed_by", "sha256"},
    "alert_event": {"decided_by"},
    "release_told": {"kind", "source"},
    "day_state": {"value", "sort_key"},
}
"""Columns that stay: of users, crimes, devices, digests. A reason for an erasure may not name the person."""


def test_every_column_with_words_of_a_table_that_is_emptied_is_known_to_the_erasure() -> None:
    from tracker.record.base import Table

    for name in rows.EMPTIED:
        words = {
            column.name
            for column in Table.metadata.tables[name].columns
            if isinstance(column.type, (String, JSON, LargeBinary))
            and not isinstance(column.type, Enum)
            and not column.foreign_keys
        }
        known = EMPTIED_WORDS[name] | KEPT_WORDS.get(name, set())
        assert not EMPTIED_WORDS[name] & KEPT_WORDS.get(name, set())
        assert words - {"recorded_by"} == known - {"recorded_by"}, name


def test_a_subject_access_draft_holds_the_persons_data_and_no_one_elses(engine: Engine) -> None:
    _somebody(engine)
    held = access.receive_request(engine, "W0000", date(2019, 10, 3), **BY)
    assert held.due_on == date(2019, 11, 3)
    with pytest.raises(IllegalMove, match="received cannot be sent"):
        access.move_request(engine, held.number, AccessMove.SENT, date(2019, 10, 4), **BY)
    found = access.draft(engine, held.number, **BY)
    assert {"identity", "address", "ogrs_score", "assignment", "licence_event", "place_event"} <= set(found)
    assert found["identity"][0]["name"] == "Ann Example"
    assert {row["wearer_id"] for row in found["assignment"]} == {"W0000"}
    assert {row["licence_id"] for row in found["licence_event"]} == {1}
    assert "recorded_by" not in str(found)
    access.move_request(engine, held.number, AccessMove.DRAFTED, date(2019, 10, 4), **BY)
    assert access.move_request(engine, held.number, AccessMove.SENT, date(2019, 10, 5), **BY) is AccessState.SENT
    with engine.connect() as connection:
        disclosed = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "disclose")
        assert connection.scalar(disclosed) == 1
        (now,) = access.requests_of(connection, AsOf(date(2019, 10, 4)))
        assert now.state is AccessState.DRAFTED
    with pytest.raises(NotFound, match="no subject access request 99"):
        access.draft(engine, 99, **BY)


def test_the_policy_of_a_day(engine: Engine) -> None:
    keeping.set_policy(engine, RetentionKind.FIXES, 365, date(2019, 2, 18), source="agreement, 4", **BY)
    keeping.set_policy(engine, RetentionKind.FIXES, 180, date(2019, 10, 1), source="review", **BY)
    with engine.connect() as connection:
        held = keeping.policies(connection, AsOf(date(2019, 12, 1)))
    then = policy_on(held, RetentionKind.FIXES, date(2019, 9, 30))
    assert then is not None
    assert then.days == 365


def test_a_purge_goes_by_the_number_so_a_new_person_with_the_reference_stays(engine: Engine) -> None:
    for reference in release_people(engine):
        move_licence(engine, reference, LicenceMove.END, at(8), end_reason=EndReason.EXPIRED, **OFFICER)
    assert people_ended_before(engine, date(2030, 1, 1)) == [1, 2]
    # Erased, and the reference given to somebody new, between the list and the erasing.
    _erased(engine)
    with entering(engine, **OFFICER) as entry:
        new = entry.add(Person, wearer_ref="W0000")
    assert erasing.begin_erasure_of(engine, 1, reason="over their time", **BY) is None
    assert erasing.begin_erasure_of(engine, 2, reason="over their time", **BY) is not None
    with engine.connect() as connection:
        assert connection.scalar(select(Person.erased_at).where(Person.id == new)) is None
    assert people_ended_before(engine, date(2030, 1, 1)) == [2]
