"""Rows of every list of the record, as many as a test asks for, written past the entries."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from benchmarks.service.grown_matches import NOW, Wearer, grow
from tracker.attention.tables import Settlement
from tracker.crimes.tables import BatchCrime, CrimeBatch, Reported
from tracker.evaluation.releases.tables import CohortExport, TableRelease
from tracker.imports.withdrawal_tables import Ground, Withdrawal
from tracker.jobs.states import JobKind, JobState
from tracker.jobs.tables import MatchJob
from tracker.people.tables import Person
from tracker.programme.programme_table import Programme
from tracker.projections.tables import EligibleSpan
from tracker.record.base import Table
from tracker.retention.tables import Erasure
from tracker.review.changed import Decision
from tracker.review.shown_service import rebuild
from tracker.review.states import MatchMove, MatchState
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match, MatchMoved, Release

_BY: dict[str, Any] = {"recorded_at": NOW, "recorded_by": "made up"}
_SINCE = NOW - timedelta(days=200)
_DEFINITION: dict[str, Any] = {
    **dict.fromkeys(("purpose", "justification", "reached", "dates", "small_classes"), "made up"),
    **dict.fromkeys(("linked_to", "linked_why", "weights")),
    "columns": [],
    "covariates": [],
    "where": {},
    "comparison": False,
    "wide_ages": False,
    "no_signal_over_hours": 0,
    "class_at_least": 10,
}
_STATES = (MatchState.NEW, MatchState.IN_REVIEW, MatchState.CONFIRMED, MatchState.CONFIRMED, MatchState.RELEASED)


def add_rows(engine: Engine, numbers: range) -> None:
    """Wearers, crimes, matches, decisions, releases, jobs, erasures and exports of these numbers."""
    wearers = [Wearer(n, f"W{n:05}", _SINCE, 24 * 200) for n in numbers]
    _put(engine, Person, ({"id": w.person_id, "wearer_ref": w.wearer_ref} for w in wearers))
    _put(
        engine, EligibleSpan, ({"person_id": w.person_id, "wearer_ref": w.wearer_ref, "since": _SINCE} for w in wearers)
    )
    grow(engine, numbers, numbers, wearers)
    with engine.begin() as connection:
        for state in set(_STATES):
            mine = [n for n in numbers if _STATES[n % 5] is state]
            values = {"state": state, "assignee": "analyst" if state is MatchState.IN_REVIEW else None}
            connection.execute(Match.__table__.update().where(Match.id.in_(mine)).values(**values))
        programme_id = connection.scalar(select(Programme.id)) or 0
    confirmed = [n for n in numbers if n % 5 in (2, 3, 4)]
    _put(engine, MatchMoved, ({"match_id": n, "move": MatchMove.CONFIRM, "reason": "there"} for n in confirmed))
    _put(engine, Release, (_release(n) for n in numbers if n % 5 == 4))
    _put(engine, ChangedMatch, (changed(n) for n in numbers if n % 5 in (2, 3)))
    decided = ({"changed_match_id": n, "decision": Decision.KEEP, "reason": "as before"} for n in numbers if n % 5 == 3)
    _put(engine, ChangedMatchDecision, decided)
    _put(engine, Settlement, (_settled(n, programme_id) for n in numbers))
    crimes = (
        {"force": "Metropolitan", "crime_ref": f"none {n}", "ground": Ground.ERROR, "reason": "made up"}
        for n in numbers
    )
    _put(engine, Withdrawal, crimes)
    with engine.begin() as connection:
        rebuild(connection)
    _put(engine, MatchJob, (row for n in numbers for row in _jobs(n)))
    _put(engine, CrimeBatch, (_batch(n) for n in numbers))
    _put(engine, BatchCrime, (_of_batch(n) for n in numbers))
    _put(engine, Erasure, ({"person_id": n, "reason": "asked", "mark": f"{n}"} for n in numbers))
    _put(engine, CohortExport, (_export(programme_id, n) for n in numbers))
    _put(engine, TableRelease, (_tables(programme_id) for _ in numbers))


def _batch(n: int) -> dict[str, Any]:
    return {"id": n, "file_id": 1, "force": "Metropolitan", "batch_id": f"MPS{n:08}", "sent_by": "made up"}


def _of_batch(n: int) -> dict[str, Any]:
    return {"file_id": 1, "batch_id": n, "crime_id": n, "reported": Reported.NEW}


def _release(n: int) -> dict[str, Any]:
    names = ("recipient_name", "recipient_rank", "recipient_unit", "confirmed_by")
    return {"match_id": n, **dict.fromkeys(names, "made up"), "sha256": "0" * 64, "destroy_by": date(2099, 1, 1)}


def changed(n: int) -> dict[str, Any]:
    """What a later run says otherwise of the match of this number."""
    runs = {"run_before": "one", "algorithm_before": "1", "run_id": "two", "algorithm": "2"}
    said = {"before": {"verdict": "present"}, "after": {"verdict": "excluded"}, "causes": [], "differs": ["verdict"]}
    # Numbered as its match, so that its decision finds it.
    return {
        "id": n,
        "match_id": n,
        "state": MatchState.CONFIRMED,
        "crime_version": 1,
        "weight": 1,
        "size": n,
        **runs,
        **said,
    }


def _jobs(n: int) -> Iterable[dict[str, Any]]:
    ran = {"state": JobState.DONE, "requested_by": "analyst", "requested_at": NOW, "queued_at": NOW, "attempts": 1}
    counts = {"done": 1, "total": 1, "fixes": 0}
    file_kind = "crimes" if n % 2 else "fixes"
    asked = {"kind": file_kind, "name": "a.csv", "sha256": "0" * 64, "size": 1, "options": {}}
    yield {"kind": JobKind.IMPORT, "file_kind": file_kind, "asked": asked, **ran, **counts}
    yield {"kind": JobKind.MATCH, "file_kind": None, "asked": {}, **ran, **counts}


def _export(programme_id: int, n: int) -> dict[str, Any]:
    made = {"people": 0, "comparison": 0, "flow": [], "equality": [], "tableRelease": None, "files": {}}
    counts = ("people", "classes", "smallestClass", "unique", "belowLimit", "limit", "mostLikelyToBeTold")
    held = {
        "definition": {"as_at": NOW.date().isoformat(), **_DEFINITION},
        "members": {},
        "risk": {**dict.fromkeys(counts, 0), "by": [], "blankedValues": 0},
        "manifest": made,
    }
    when = {"as_at": NOW.date(), "known_at": NOW, "expires_on": NOW.date()}
    return {"programme_id": programme_id, "purpose": "", "sha256": "", "folder": str(n), **held, **when}


def _tables(programme_id: int) -> dict[str, Any]:
    said: dict[str, Any] = {"asked": {"tables": []}, "told": {"cells": []}, "words": "", "sha256": ""}
    return {"programme_id": programme_id, "kind": "tables", "as_at": NOW.date(), "k": 10, **said}


def _put(engine: Engine, table: type[Table], rows: Iterable[dict[str, Any]]) -> None:
    named = table.__table__.columns
    made = {name: value for name, value in _BY.items() if name in named}
    with engine.begin() as connection:
        if every := [made | row for row in rows]:
            connection.execute(insert(table), every)


def _settled(n: int, programme_id: int) -> dict[str, Any]:
    words = {"kind": "discrepancy", "subject": f"{n:012}", "said": "two sums", "reason": "read"}
    return {"id": n, "programme_id": programme_id, "settled_on": NOW.date(), **words}
