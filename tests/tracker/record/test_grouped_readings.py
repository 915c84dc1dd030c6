"""Rows of readings that are written together are as they would be alone."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, func, select

from tracker.errors import BadEntry
from tracker.record import grouped_readings
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.record.grouped_readings import GroupedReadings

NOW = datetime(2019, 9, 12, 10, 0, tzinfo=UTC)
READERS = 20


def _rows(engine: Engine) -> list[tuple[str, str, str]]:
    query = select(AuditEntry.by, AuditEntry.purpose, AuditEntry.subject_id).where(AuditEntry.subject == "licence")
    with reading(engine).connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(AuditEntry.seq))]


def _together(engine: Engine, readers: range) -> list[Future[bool]]:
    """Readers who all come while another entry is being written; of each, whether its row is there once it is told."""
    readings, came = GroupedReadings(engine), threading.Barrier(len(readers) + 1)

    def read(n: int) -> bool:
        # Reader 0 gives no time zone.
        now = NOW if n else NOW.replace(tzinfo=None)
        came.wait()
        readings.record("licence", f"L{n}", by=f"user {n}", now=now, purpose=f"purpose {n}", ids=[f"L{n}"])
        return (f"user {n}", f"purpose {n}", f"L{n}") in _rows(engine)

    with ThreadPoolExecutor(len(readers)) as pool:
        with entering(engine, by="another", now=NOW):
            asked = [pool.submit(read, n) for n in readers]
            came.wait()
            time.sleep(0.2)
        return asked


def test_each_row_is_there_when_its_reading_is_answered(engine: Engine) -> None:
    assert all(each.result() for each in _together(engine, range(1, READERS + 1)))
    assert len(_rows(engine)) == READERS
    assert verify_chain(engine).broken is None


def test_those_who_wait_share_a_transaction(engine: Engine) -> None:
    commits = []
    event.listen(engine, "commit", lambda connection: commits.append(connection))
    with reading(engine).connect() as connection:
        before = connection.scalar(select(func.count()).select_from(AuditEntry))
    _together(engine, range(1, READERS + 1))
    with reading(engine).connect() as connection:
        assert connection.scalar(select(func.count()).select_from(AuditEntry)) == before + READERS
    assert len(commits) < READERS / 2


def test_one_that_cannot_be_written_is_told_alone(engine: Engine) -> None:
    asked = _together(engine, range(READERS))
    with pytest.raises(BadEntry, match="no time zone"):
        asked[0].result()
    assert all(each.result() for each in asked[1:])


def test_more_than_fit_in_one_transaction_are_all_written(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouped_readings, "MOST_TOGETHER", 3)
    assert all(each.result() for each in _together(engine, range(1, READERS + 1)))
    assert len(_rows(engine)) == READERS
