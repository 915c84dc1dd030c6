"""A worker is heard for as long as it works at a job."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from api.usecases.operation import worker as working
from api.usecases.operation.worker import Worker
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.jobs.tables import MatchJob


def test_a_worker_is_heard_while_it_keeps_what_a_match_found(
    ready: World, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To keep 100,000 candidates takes longer than a worker may be silent, and another would take the job over."""
    assert as_(Role.ANALYST).post("/jobs", json={}).status_code == 201
    kept, heard = working.keep, list[bool]()

    def slowly(settings: Any, engine: Any, job: Any, *found: Any, **more: Any) -> None:
        query = select(MatchJob.heartbeat_at).where(MatchJob.id == job.job_id)
        with engine.connect() as connection:
            before = connection.scalar(query)
        for _ in range(250):
            time.sleep(0.02)
            with engine.connect() as connection:
                if connection.scalar(query) != before:
                    heard.append(True)
                    break
        kept(settings, engine, job, *found, **more)

    monkeypatch.setattr(working, "keep", slowly)
    engine = open_record(ready.settings)
    assert Worker(replace(ready.settings, silent_after_s=1), engine).run_one(threading.Event())
    with engine.connect() as connection:
        assert connection.scalar(select(MatchJob.state)) == "done"
    engine.dispose()
    assert heard == [True]
