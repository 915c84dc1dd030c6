"""Opening the sealed values of the audit: of one row or one person, and of nobody else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.people import release_people
from tracker.errors import BadEntry, NotFound
from tracker.people.tables import Identity, Sex
from tracker.record.audit.chain import Action
from tracker.record.audit.service import open_sealed
from tracker.record.audit.tables import AuditEntry
from tracker.record.entry import entering

BY: dict[str, Any] = {"by": "dpo", "now": datetime(2019, 10, 3, 9, tzinfo=UTC), "purpose": "complaint 17 of 3 May"}


@pytest.fixture
def rows(engine: Engine) -> list[Any]:
    """The audit's rows after two people have names; the last is a reading of the second, with nothing sealed."""
    release_people(engine)
    with entering(engine, by="officer", now=BY["now"]) as entry:
        for person, name in ((1, "Ann Example"), (2, "Bob Sample")):
            entry.add(Identity, person_id=person, name=name, sex=Sex.FEMALE, born=date(1998, 5, 1))
        entry.note(Action.CONSULT, "licence", "L0001", person_id=2)
    with engine.connect() as connection:
        return list(connection.execute(select(AuditEntry.seq, AuditEntry.person_id, AuditEntry.sealed)))


def test_a_row_is_opened_by_its_number_and_one_without_sealed_values_is_not(engine: Engine, rows: list[Any]) -> None:
    named = [row.seq for row in rows if row.sealed is not None and row.person_id in (1, 2)][-2:]
    for seq, name in zip(named, ("Ann Example", "Bob Sample"), strict=True):
        (opened,) = open_sealed(engine, row=seq, person_id=None, **BY)
        assert (opened.seq, opened.values["after"]["name"]) == (seq, name)
    unsealed = rows[-1].seq
    assert rows[-1].sealed is None
    with pytest.raises(BadEntry, match=f"Row {unsealed} has no sealed values"):
        open_sealed(engine, row=unsealed, person_id=None, **BY)
    with pytest.raises(NotFound, match="no row 9999"):
        open_sealed(engine, row=9999, person_id=None, **BY)


def test_of_a_person_their_own_sealed_rows_are_opened_and_all_of_them(engine: Engine, rows: list[Any]) -> None:
    for person in (1, 2):
        theirs = [row.seq for row in rows if row.person_id == person and row.sealed is not None]
        opened = open_sealed(engine, row=None, person_id=person, **BY)
        assert [each.seq for each in opened] == theirs[::-1]
        assert {each.person_id for each in opened} == {person}
        assert all(each.values for each in opened)
    with pytest.raises(NotFound, match="no sealed values of person 3"):
        open_sealed(engine, row=None, person_id=3, **BY)
