"""Matches keep themselves current: what they rest on has changed, so a job matches again what is touched.

The job asks what a match for review without any setting asks, and takes from the run before all that has not changed:
only crimes, wearers and days that are touched are computed again. Its `trigger` has a mark of what was on record and in
the stream when it was stored; while that is the same, none is stored. Nothing is lost by a crash: the mark is compared
again, and a job that waits is in its row.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.matching.rematch import standing_of
from api.usecases.stores import open_fixes
from matcher.errors import MatcherError, StoreError
from matcher.runs.folder import find_run
from tracker.desk.current_queries import can_match, last_asked, record_mark
from tracker.jobs import service as jobs
from tracker.jobs.states import JobState
from tracker.record.engine import reading

TRIGGER = "kept current"
_OF_LAST = 500
_PARTIAL = ("from", "to", "crime", "rematch", "asKnownAt", "programme")


def keep_current(engine: Engine, settings: Settings, *, by: str, now: datetime) -> bool:
    """Store a job if anything has changed since the last one by itself; whether it did. Nothing where the settings say
    so, or there is nothing to match yet."""
    if not settings.keep_current:
        return False
    try:
        files = open_fixes(settings).files()
    except StoreError:
        return False
    # A day's file has another name once anything in it has changed.
    stream = [(str(day), [path.name for path in files[day]]) for day in sorted(files)]
    events = sorted((path.name, path.stat().st_mtime_ns) for path in settings.events_dir.rglob("*") if path.is_file())
    with reading(engine).connect() as connection:
        if not can_match(connection):
            return False
        trigger = f"{TRIGGER} {_mark([stream, events, *record_mark(connection)])}"
        done = last_asked(connection, _OF_LAST)
    if next((asked["trigger"] for _, asked, _ in done if _by_itself(asked)), None) == trigger:
        return False
    asked: dict[str, Any] = {"forReview": True, "params": {}, "trigger": trigger}
    if (before := _before(settings, done)) is not None:
        asked["previous"] = before
    jobs.create_missing(engine, [asked], by=by, now=now, clock=datetime.now(UTC))
    return True


def _mark(of: list[Any]) -> str:
    return hashlib.sha256(json.dumps(of, default=str).encode()).hexdigest()[:16]


def _by_itself(asked: dict[str, Any]) -> bool:
    return str(asked.get("trigger", "")).startswith(TRIGGER)


def _before(settings: Settings, done: list[tuple[JobState, Any, str | None]]) -> str | None:
    """The last run that asked the same of everything, if it is kept."""
    mine = standing_of({})
    for state, asked, run_id in done:
        whole = asked.get("forReview", True) and not any(name in asked for name in _PARTIAL)
        if state is JobState.DONE and run_id is not None and whole and standing_of(asked) == mine:
            try:
                return find_run(settings.runs_dir, run_id).run_id
            except MatcherError:
                continue
    return None
