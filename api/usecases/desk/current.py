"""Matches keep themselves current: what they rest on has changed, so a job matches again what is touched.

A job asks what a match by the standing settings asks, and takes from the run before all that has not changed: only
crimes, wearers and days that are touched are computed again. Its `trigger` has a mark of what was on record and in the
stream when it was stored; while that is the same, none is stored. Nothing is lost by a crash: the mark is compared
again, and a job that waits is in its row.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.desk.standing_jobs import Asked, asked_by_standing
from api.usecases.stores import open_fixes
from matcher.errors import MatcherError, StoreError
from matcher.runs.folder import find_run
from tracker.desk.current_queries import can_match, last_asked, record_mark
from tracker.jobs import service as jobs
from tracker.jobs.states import JobState
from tracker.record.engine import reading

TRIGGER = "kept current"
_OF_LAST = 500
_PARTIAL = ("from", "to", "crime", "rematch", "asKnownAt", "whatIf", "accuracyLevels")
_SAME = ("programme", "params", "standing")


def keep_current(engine: Engine, settings: Settings, *, by: str, now: datetime) -> bool:
    """Store a job for each set of standing settings if anything has changed since the last ones by itself; whether it
    did. Nothing where the settings say so, or there is nothing to match yet."""
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
        wanted = asked_by_standing(connection, {"forReview": True})
        trigger = f"{TRIGGER} {_mark([stream, events, wanted, *record_mark(connection)])}"
        done = last_asked(connection, _OF_LAST)
    if next((asked["trigger"] for _, asked, _ in done if _by_itself(asked)), None) == trigger:
        return False
    jobs.create_missing(
        engine,
        [{**asked, **_previous(settings, done, asked), "trigger": trigger} for asked in wanted],
        by=by,
        now=now,
        clock=datetime.now(UTC),
    )
    return bool(wanted)


def _mark(of: list[Any]) -> str:
    return hashlib.sha256(json.dumps(of, default=str).encode()).hexdigest()[:16]


def _by_itself(asked: Asked) -> bool:
    return str(asked.get("trigger", "")).startswith(TRIGGER)


def _previous(settings: Settings, done: Sequence[tuple[JobState, Asked, str | None]], wanted: Asked) -> dict[str, str]:
    """The last run that asked the same of everything, if it is kept."""
    for state, asked, run_id in done:
        whole = asked.get("forReview", True) and not any(name in asked for name in _PARTIAL)
        same = all(asked.get(name) == wanted.get(name) for name in _SAME)
        if state is JobState.DONE and run_id is not None and whole and same:
            try:
                return {"previous": find_run(settings.runs_dir, run_id).run_id}
            except MatcherError:
                continue
    return {}
