"""Entries: recorded in order, corrected without being overwritten, audited in the same transaction."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from tracker.errors import BadEntry, NotFound
from tracker.people.tables import Address, Person
from tracker.programme.programme_table import Programme
from tracker.record.as_known import known
from tracker.record.audit.chain import Action, AuditRow
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.sealing import NotReadable, new_key, seal, unseal
from tracker.record.audit.tables import AuditEntry, AuditHead, PersonKey
from tracker.record.entry import entering

MONDAY = datetime(2019, 9, 2, 9, tzinfo=UTC)


def _person_with_address(engine: Engine) -> tuple[int, int]:
    with entering(engine, by="officer", now=MONDAY) as entry:
        person = entry.add(Person, wearer_ref="W0001")
        address = entry.add(Address, person_id=person, from_on=date(2019, 8, 30), borough_stated="Lambeth")
    return person, address


def _boroughs(engine: Engine, as_known_at: datetime | None = None) -> list[str | None]:
    with engine.connect() as connection:
        return list(connection.scalars(select(Address.borough_stated).where(known(Address, as_known_at))))


def test_a_correction_supersedes_and_what_was_known_before_stays_answerable(engine: Engine) -> None:
    _, address = _person_with_address(engine)
    with entering(engine, by="officer", now=MONDAY + timedelta(days=1)) as entry:
        corrected = entry.supersede(Address, address, borough_stated="Southwark")
    assert corrected != address
    assert _boroughs(engine) == ["Southwark"]
    assert _boroughs(engine, MONDAY + timedelta(hours=1)) == ["Lambeth"]
    assert _boroughs(engine, MONDAY - timedelta(hours=1)) == []
    with pytest.raises(BadEntry, match="was superseded on"), entering(engine, by="x", now=MONDAY) as entry:
        entry.supersede(Address, address, borough_stated="Croydon")
    with pytest.raises(NotFound, match="no address 99"), entering(engine, by="x", now=MONDAY) as entry:
        entry.supersede(Address, 99, borough_stated="Croydon")


def test_a_withdrawn_fact_no_longer_counts(engine: Engine) -> None:
    _, address = _person_with_address(engine)
    with entering(engine, by="officer", now=MONDAY + timedelta(days=1)) as entry:
        entry.withdraw(Address, address, reason="another person's")
    assert _boroughs(engine) == []
    assert _boroughs(engine, MONDAY) == ["Lambeth"]


def test_an_entry_is_recorded_after_the_one_before_whatever_the_clock_says(engine: Engine) -> None:
    for now in (MONDAY, MONDAY - timedelta(days=1), MONDAY):
        with entering(engine, by="officer", now=now) as entry:
            entry.add(Programme, key=f"p{entry._length}", name="P")
    with engine.connect() as connection:
        times = list(connection.scalars(select(Programme.recorded_at).order_by(Programme.id)))
    assert times == sorted(set(times))
    assert times[-1] == MONDAY + timedelta(microseconds=2)


def _fail_halfway(engine: Engine) -> None:
    with entering(engine, by="officer", now=MONDAY) as entry:
        entry.add(Person, wearer_ref="W0002")
        raise BadEntry("no zone")


def test_an_entry_that_fails_leaves_no_trace_at_all(engine: Engine) -> None:
    with pytest.raises(BadEntry, match="no zone"):
        _fail_halfway(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Person)) == 0
        assert connection.scalar(select(func.count()).select_from(AuditEntry)) == 0
    assert verify_chain(engine).rows == 0


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(BadEntry, match="no time zone"), entering(engine, by="x", now=datetime(2019, 9, 2)):
        pass


def test_personal_values_are_sealed_and_unreadable_without_the_key(engine: Engine) -> None:
    person, _ = _person_with_address(engine)
    with engine.connect() as connection:
        rows = connection.execute(select(AuditEntry.open, AuditEntry.sealed, AuditEntry.person_id)).all()
        key = connection.scalar(select(PersonKey.key))
    assert [row.person_id for row in rows] == [person, person]
    assert "Lambeth" not in str(rows)
    assert rows[1].sealed is not None
    assert key is not None
    assert unseal(key, rows[1].sealed)["after"]["borough_stated"] == "Lambeth"
    with pytest.raises(NotReadable):
        unseal(new_key(), rows[1].sealed)
    with engine.begin() as connection:
        connection.execute(delete(PersonKey))
    found = verify_chain(engine)
    assert (found.rows, found.broken) == (2, None)


def test_each_persons_values_are_sealed_under_a_key_of_their_own_whoever_is_entered_first(engine: Engine) -> None:
    with entering(engine, by="officer", now=MONDAY) as entry:
        first, second = (
            entry.connection.execute(
                insert(Person).values(wearer_ref=ref, recorded_at=MONDAY, recorded_by="officer").returning(Person.id)
            ).scalar_one()
            for ref in ("W1", "W2")
        )
        # Of the later person there is a row first.
        for person, borough in ((second, "Hackney"), (first, "Lambeth")):
            entry.add(Address, person_id=person, from_on=date(2019, 9, 2), borough_stated=borough)
    with engine.connect() as connection:
        keys = dict(connection.execute(select(PersonKey.person_id, PersonKey.key)).tuples().all())
        rows = connection.execute(select(AuditEntry.person_id, AuditEntry.sealed)).all()
    assert set(keys) == {first, second}
    assert {row.person_id: unseal(keys[row.person_id], row.sealed)["after"]["borough_stated"] for row in rows} == {
        first: "Lambeth", second: "Hackney",
    }  # fmt: skip


def test_the_audit_cannot_be_changed_through_the_database(engine: Engine) -> None:
    _person_with_address(engine)
    for statement in ("UPDATE audit_entry SET by = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))


def _defenceless(engine: Engine) -> None:
    """As somebody with the keys to the database would begin."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_entry_no_update"))
            connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER audit_entry_append_only ON audit_entry"))


@pytest.mark.parametrize(
    ("statement", "row", "why"),
    [
        ("UPDATE audit_entry SET by = 'officex' WHERE seq = 3", 3, "was changed after it was written"),
        (
            "UPDATE audit_entry SET sealed = replace(sealed, substr(sealed, 9, 1), '~') WHERE seq = 2",
            2,
            "was changed after it",
        ),
        ("UPDATE audit_entry SET previous = hash WHERE seq = 4", 4, "does not follow"),
        ("DELETE FROM audit_entry WHERE seq = 3", 3, "row 3 is missing"),
        ("DELETE FROM audit_entry WHERE seq > 3", 4, "ends at row 3, but 6 were written"),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(engine: Engine, statement: str, row: int, why: str) -> None:
    person, _ = _person_with_address(engine)
    for n in range(4):
        with entering(engine, by="officer", now=MONDAY, purpose="enquiry") as entry:
            entry.note(Action.CONSULT, "person", person, person_id=person, question=n)
    assert verify_chain(engine).rows == 6
    _defenceless(engine)
    with engine.begin() as connection:
        connection.execute(text(statement))
    broken = verify_chain(engine).broken
    assert broken is not None
    assert broken.seq == row
    assert why in broken.why


def test_entries_at_once_make_one_chain(engine: Engine) -> None:
    def enter(n: int) -> None:
        for k in range(5):
            with entering(engine, by=f"officer {n}", now=MONDAY) as entry:
                entry.add(Programme, key=f"p{n}-{k}", name="P")

    threads = [Thread(target=enter, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify_chain(engine)
    assert (found.rows, found.broken) == (20, None)
    with engine.connect() as connection:
        assert connection.scalar(select(AuditHead.length)) == 20


def test_every_field_of_a_row_counts_in_its_hash() -> None:
    row = AuditRow(
        seq=1,
        at=MONDAY,
        by="a",
        action=Action.ALTER,
        subject="tag",
        subject_id="1",
        person_id=None,
        purpose=None,
        recipient=None,
        open={"n": 1},
        sealed=None,
        previous="0",
    )
    other = {
        "seq": 2,
        "at": MONDAY + timedelta(microseconds=1),
        "by": "b",
        "action": Action.ERASE,
        "subject": "x",
        "subject_id": "2",
        "person_id": 1,
        "purpose": "p",
        "recipient": "r",
        "open": {"n": 2},
        "sealed": "s",
        "previous": "1",
    }
    fields = {name: getattr(row, name) for name in AuditRow.__slots__}
    digests = {AuditRow(**{**fields, name: value}).digest() for name, value in other.items()}
    assert len(digests | {row.digest()}) == 1 + len(AuditRow.__slots__)


def test_sealed_values_come_back_as_they_were() -> None:
    key = new_key(lambda n: bytes(range(n)))
    values = {"name": "Zoë", "n": [1, None, "2019-09-02"]}
    assert unseal(key, seal(key, values)) == values


_TEXTS = ("by", "subject", "subject_id", "purpose", "recipient", "sealed", "previous", "hash", "open")


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 5), st.sampled_from(_TEXTS), st.integers(0, 10_000), st.integers(0, 25))
def test_any_single_changed_byte_breaks_the_chain_at_its_row(
    new_engine: Callable[[], Engine], n: int, column: str, where: int, letter: int
) -> None:
    engine = new_engine()
    person, _ = _person_with_address(engine)
    for k in range(4):
        with entering(engine, by="officer", now=MONDAY, purpose="enquiry") as entry:
            told = {"question": k, "after": {"answer": "yes"}}
            entry.note(Action.DISCLOSE, "person", person, person_id=person, recipient="Insp. A", **told)
    _defenceless(engine)
    seq = n + 1
    with engine.begin() as connection:
        held = connection.scalar(text(f"SELECT {column} FROM audit_entry WHERE seq = :seq"), {"seq": seq})
        plain = held if isinstance(held, str) or held is None else json.dumps(held)
        if not plain:
            engine.dispose()
            return
        # Inside the quotation marks of JSON a letter stays JSON; so only letters and digits are changed, to letters.
        places = [i for i, character in enumerate(plain) if character.isalnum()]
        if not places:
            engine.dispose()
            return
        i = places[where % len(places)]
        new = "abcdefghijklmnopqrstuvwxyz"[letter]
        if column == "open" and plain[i].isdigit():
            new = str((int(plain[i]) + 1) % 10)
        changed = plain[:i] + (new if new != plain[i] else "z" if plain[i] != "z" else "y") + plain[i + 1 :]
        typed = "CAST(:value AS JSONB)" if column == "open" and engine.dialect.name == "postgresql" else ":value"
        connection.execute(
            text(f"UPDATE audit_entry SET {column} = {typed} WHERE seq = :seq"), {"value": changed, "seq": seq}
        )
    broken = verify_chain(engine).broken
    assert broken is not None
    assert broken.seq == seq
    engine.dispose()
