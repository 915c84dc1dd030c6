"""kill -9 between any two statements of an entry: facts and projections are equal, all of it or nothing."""

import pytest
from sqlalchemy import Engine, func, select

from tests.support.people import NOW, at, give_score, release_people
from tests.support.programs import run_program
from tracker.people.tables import Person
from tracker.projections.service import differences
from tracker.projections.tables import EligibleSpan
from tracker.record.audit.book import book_of
from tracker.tags import service as tags

CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from tests.support.people import NOW, erase_person
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import AuditKeys
from tracker.record.engine import make_engine
url, keys, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
engine = make_engine(url, book=AuditBook(AuditKeys(Path(keys))))

@event.listens_for(engine, "before_cursor_execute")
def kill(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

erase_person(engine, "W0000", reason="asked", by="dpo", now=NOW)
print("done", flush=True)
"""


def _killed_at(engine: Engine, statement: int) -> bool:
    url = engine.url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        keys = str(book_of(connection).keys.path)
    engine.dispose()
    ran = run_program(CHILD, url, keys, str(statement))
    assert ran.returncode in (0, -9), ran.stderr
    return ran.returncode == -9


@pytest.mark.begins_with(fill=release_people)
@pytest.mark.slow
@pytest.mark.parametrize("step", [120, pytest.param(4, marks=pytest.mark.prove("killed-entry"))])
def test_an_entry_killed_between_two_statements_leaves_facts_and_projections_equal(engine: Engine, step: int) -> None:
    tags.fit(engine, "T1", "L0000", at(2), by="officer", now=NOW)
    give_score(engine, 0, at(2).date(), 60)
    statement, killed = step, 0
    while _killed_at(engine, statement):
        killed += 1
        assert differences(engine) == []
        statement += step
    assert killed
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(EligibleSpan)) == 0
        assert connection.scalar(select(Person.wearer_ref).where(Person.id == 1)) == "erased-1"
