"""What a match job does: asks the record who may be matched, runs the matcher, tells what came out as rows."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.matching.match import Asked, ByRecord, prepared
from api.usecases.stores import open_events, open_fixes
from api.wording.candidate import in_words
from api.wording.text import utc
from matcher.params import Params
from matcher.runs.folder import RunFolder, find_run
from matcher.runs.run import Progress, run
from tracker.review.candidate_service import Candidate

FIGURES = (
    "verdict",
    "fixes_within",
    "first_at",
    "last_at",
    "closest_m",
    "closest_at",
    "dwell_s",
    "coverage",
    "visits",
    "p_present",
    "reference_days",
    "reference_hits",
    "same_weekday_days",
    "same_weekday_hits",
    "e_value",
    "nearness",
    "strength",
    "q_value",
    "note",
)


def asked_of(plain: dict[str, Any], settings: Settings) -> Asked:
    """A job's row as a question to the matcher. Raises BadParams, RunNotFound."""
    previous = plain.get("previous")
    return Asked(
        by_record=ByRecord(plain.get("programme"), _instant(plain.get("asKnownAt"))),
        t_from=_instant(plain.get("from")),
        t_to=_instant(plain.get("to")),
        params=Params.from_json({**Params().to_json(), **plain.get("params", {})}),
        previous=None if previous is None else find_run(settings.runs_dir, previous),
        crime=None if plain.get("crime") is None else (plain["crime"][0], plain["crime"][1]),
    )


def matched(
    settings: Settings,
    engine: Engine,
    plain: dict[str, Any],
    cancel: threading.Event,
    told: Callable[[Progress], None],
) -> RunFolder:
    """The run that answers a job; groups that were finished before are taken up. Raises RunCancelled."""
    asked = asked_of(plain, settings)
    crimes, people = prepared(engine, asked)
    return run(
        open_fixes(settings),
        crimes,
        assignments=people.assignments,
        monitored=people.monitored,
        eligible=people.eligible,
        params=asked.params,
        events=open_events(settings),
        runs_dir=settings.runs_dir,
        threads=settings.threads,
        progress=told,
        cancel=cancel,
        previous=asked.previous,
    )


def params_digest(found: RunFolder) -> str:
    """Of a run's settings and algorithm: runs with the same one answer the same question."""
    told = [found.manifest["algorithm"], found.manifest["params"]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def candidates_of(found: RunFolder) -> Iterator[Candidate]:
    """Each candidate with its crime's window, and its figures as plain values."""
    key = ["force", "crime_ref", "version"]
    crimes = found.crimes().select(*key, "crime_type", "t_from", "t_to")
    rows = found.candidates().join(crimes, on=key, how="inner").sort(*key, "wearer_id").collect()
    # One version of a crime is matched in a run, its latest; were there two, the later one counts.
    latest = rows.filter(pl.col("version") == pl.col("version").max().over("force", "crime_ref", "wearer_id"))
    for row in latest.iter_rows(named=True):
        figures = {name: utc(v) if isinstance(v := row[name], datetime) else v for name in FIGURES}
        yield Candidate(
            row["force"],
            row["crime_ref"],
            row["version"],
            row["crime_type"],
            row["t_from"],
            row["t_to"],
            row["wearer_id"],
            row["p_present"],
            row["q_value"],
            row["e_value"],
            {**figures, "in_words": in_words(row)},
        )


def crimes_of(found: RunFolder) -> list[tuple[str, str]]:
    """Every crime the run was given, matchable or not."""
    both = pl.concat([found.crimes().select("force", "crime_ref"), found.not_matchable().select("force", "crime_ref")])
    return [(force, ref) for force, ref in both.unique().collect().iter_rows()]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
