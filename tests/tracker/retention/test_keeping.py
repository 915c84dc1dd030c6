"""A person erased from the record, and a person who asks what is held."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from tests.support.people import OFFICER, at, give_score, release_people
from tests.support.pilot import PILOT
from tracker.eligibility.service import eligible_wearers
from tracker.errors import IllegalMove, NotFound
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.queries import programme_named
from tracker.record.audit_queries import verify_chain
from tracker.record.audit_tables import AuditEntry, PersonKey
from tracker.record.entry import entering
from tracker.retention import service as keeping
from tracker.retention import subject_access_service as access
from tracker.retention.policy import RetentionKind, policy_on
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
    person = keeping.erase_person(engine, "W0000", reason="request", **BY)
    assert person.worn == (keeping.WornDevice("T1", at(2), None), keeping.WornDevice("T1", at(2), at(5)))
    assert person.counts["identity"] == 1
    left = _everything(engine)
    for word in ("Ann Example", "X123456", "High Street", "W0000", "taken off at"):
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
    with pytest.raises(NotFound, match="There is no wearer 'W0000' on record"):
        keeping.erase_person(engine, "W0000", reason="again", **BY)


def test_an_interrupted_erasure_is_known_to_be_incomplete(engine: Engine) -> None:
    _somebody(engine)
    person = keeping.erase_person(engine, "W0000", reason="request", **BY)
    keeping.record_step(engine, person.erasure_id, "fixes", {"fixes": 3}, **BY)
    assert keeping.unfinished_erasures(engine, ("fixes", "runs")) == [(person.erasure_id, 1, ("runs",))]
    keeping.record_step(engine, person.erasure_id, "runs", {"runs": 0}, **BY)
    assert keeping.unfinished_erasures(engine, ("fixes", "runs")) == []


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
