"""What a worker does for a match job: asks the record who may be matched, runs the matcher, and keeps what was found.

The end of a match is one entry: its candidates, what their pools say of them, and the job's end, all or nothing. What
can be made before is made before, so that the entry is short: pools are staged in pieces that other writers pass
between, and their q-values are computed from what is on record then. If another match has ended meanwhile, the pools
that it changed are computed again within the entry.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Engine

from api.schemas.matching.candidates import pair_of, visits_by_pair
from api.schemas.matching.review import Figures
from api.settings import Settings
from api.usecases.desk.standing_jobs import asked_settings, queued_crimes
from api.usecases.matching.changed_evidence import seen_of
from api.usecases.matching.match import ByRecord, Question, prepared, run_of
from api.usecases.matching.pools import crimes_for_pools, foresee, judge_pools, stamps_of
from api.usecases.matching.rematch import crimes_of_month, replaced_digests
from api.wording.candidate import in_words
from api.wording.text import utc
from matcher.accuracy import level_windows
from matcher.analysis.chance import without_chance
from matcher.params import Params
from matcher.runs.folder import RunFolder, find_run
from matcher.runs.run import Progress
from matcher.schemas import ACCURACY_LEVELS
from tracker.jobs import service as jobs
from tracker.jobs.queries import Job
from tracker.match_settings.queries import crimes_with
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.record.prepared.collecting import collecting_seldom
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.changed_service import Seen, note_changes
from tracker.review.pool_service import CrimeRow, RunOf, keep_crimes, leave_other_pools
from tracker.review.pool_staging_service import delete_staged, retired, stage
from tracker.review.queries import Key

FIGURES = Figures.__struct_fields__


def question_of(stored: Mapping[str, Any], settings: Settings) -> Question:
    """A job's row as a question to the matcher. Raises BadParams, RunNotFound."""
    previous = stored.get("previous")
    crime = stored.get("crime")
    return Question(
        by_record=ByRecord(stored.get("programme"), _instant(stored.get("asKnownAt"))),
        t_from=_instant(stored.get("from")),
        t_to=_instant(stored.get("to")),
        params=Params.from_json({**Params().to_json(), **stored.get("params", {})}),
        previous=None if previous is None else find_run(settings.runs_dir, previous),
        crime=None if crime is None else (crime[0], crime[1]),
        accuracy_levels=_levels(stored.get("accuracyLevels")),
    )


def matched(
    settings: Settings,
    engine: Engine,
    stored: Mapping[str, Any],
    cancel: threading.Event,
    progress: Callable[[Progress], None],
) -> RunFolder:
    """The run that answers a job. Groups that an earlier attempt finished are not matched again.

    Raises
    ------
    RunCancelled
        `cancel` was set.
    """
    question = question_of(stored, settings)
    if "rematch" in stored:
        question = replace(question, crimes=crimes_of_month(engine, stored))
    if stored.get("standing"):
        question = replace(question, crimes=_with_standing(engine, stored, question))
    return run_of(settings, prepared(engine, question), progress, cancel)


def _with_standing(engine: Engine, stored: Mapping[str, Any], question: Question) -> pl.DataFrame | None:
    """Of the crimes that are asked for those whose standing settings the job has; None: all."""
    with reading(engine).connect() as connection:
        wanted = crimes_with(connection, stored.get("programme") or "", asked_settings(stored))
    if wanted is None:
        return question.crimes
    mine = pl.DataFrame(sorted(wanted), {"force": pl.String(), "crime_ref": pl.String()}, orient="row")
    asked = question.crimes
    return mine if asked is None else asked.join(mine, on=["force", "crime_ref"], how="semi", maintain_order="left")


def params_digest(found: RunFolder) -> str:
    """Digest of a run's settings, its algorithm and what it took of devices' accuracy; runs with the same one answer
    the same question."""
    asked = [found.manifest["algorithm"], found.manifest["params"]]
    if levels := found.manifest["inputs"].get("levels_from"):
        asked.append(levels["digest"])
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def candidates_of(found: RunFolder) -> Iterator[Candidate]:
    """Each candidate with its crime's window, and its figures as plain values, without what its run says of chance."""
    key = ["force", "crime_ref", "version"]
    crimes = found.crimes().select(*key, "crime_type", "t_from", "t_to")
    own = without_chance(found.candidates().collect())
    rows = own.join(crimes.collect(), on=key, how="inner").sort(*key, "wearer_id")
    # One version of a crime is matched in a run, its latest; were there two, the later one counts.
    latest = rows.filter(pl.col("version") == pl.col("version").max().over("force", "crime_ref", "wearer_id"))
    visits = visits_by_pair(found.visits().collect())
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
            row["e_value"],
            {**figures, "in_words": in_words(row, visits.get(pair_of(row), []))},
        )


def crimes_of(found: RunFolder) -> list[tuple[str, str]]:
    """Every crime the run was given, matchable or not."""
    both = pl.concat([found.crimes().select("force", "crime_ref"), found.not_matchable().select("force", "crime_ref")])
    return [(force, ref) for force, ref in both.unique().collect().iter_rows()]


def _levels(stored: Sequence[Mapping[str, Any]] | None) -> pl.DataFrame | None:
    """As `matcher.schemas.ACCURACY_LEVELS`. Raises BadInput."""
    if not stored:
        return None
    rows = [
        (row["deviceId"], _instant(row.get("from")), _instant(row.get("to")), row["accuracyLevel"]) for row in stored
    ]
    frame = pl.DataFrame(rows, schema=ACCURACY_LEVELS, orient="row")
    level_windows(frame, sorted(set(frame["device_id"])))
    return frame


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


class Findings(NamedTuple):
    """What a run found, as the record takes it. `crimes`: (force, reference) of all, `kept` those that were matched."""

    candidates: Sequence[Candidate]
    crimes: Sequence[tuple[str, str]]
    kept: Sequence[CrimeRow]
    seen: Mapping[Key, Seen]
    algorithm: str
    min_pool_crimes: int


def keep(settings: Settings, engine: Engine, job: Job, found: RunFolder, at: Progress, *, now: datetime) -> None:
    """End a job with its run."""
    outcome = {"stage": at.stage, "done": at.done, "total": at.total, "fixes": at.fixes}

    def finish(entry: Entry) -> None:
        jobs.finish_within(entry, job, found.run_id, clock=datetime.now(UTC), **outcome)

    if not job.asked.get("forReview", True):
        with entering(engine, by=job.requested_by, now=now, purpose=jobs.PURPOSE) as entry:
            finish(entry)
        return
    made = asked_settings(job.asked)
    with reading(engine).connect() as connection:
        crimes = queued_crimes(connection, job.asked, made, crimes_of(found))
    mine = set(crimes)
    candidates = [each for each in candidates_of(found) if (each.force, each.crime_ref) in mine]
    findings = Findings(
        candidates,
        crimes,
        [each for each in crimes_for_pools(found) if (each.force, each.crime_ref) in mine],
        seen_of(settings, engine, found, candidates, crimes, made.sha256),
        found.manifest["algorithm"],
        found.manifest["params"]["min_pool_crimes"],
    )
    what_if = job.asked.get("whatIf")
    digest = params_digest(found) if what_if is None else _of_what_if(params_digest(found), what_if)
    with reading(engine).connect() as connection:
        replaces = replaced_digests(connection, job.asked, digest)
    run = RunOf(found.run_id, job.asked.get("programme") or "", digest, findings.algorithm, replaces, made, what_if)
    keep_findings(engine, run, findings, finish, by=job.requested_by, now=now)


def _of_what_if(digest: str, name: str) -> str:
    """A what-if has pools of its own, also where its settings are those of a pool of the queue."""
    return hashlib.sha256(f"{digest} {name}".encode()).hexdigest()


def keep_findings(
    engine: Engine, run: RunOf, found: Findings, finish: Callable[[Entry], None], *, by: str, now: datetime
) -> None:
    """Put findings on record, in one entry with what `finish` writes."""
    foreseen = foresee(engine, run, found.kept, found.crimes, found.min_pool_crimes)
    staged = stage(engine, run, found.kept, clock=datetime.now(UTC))
    try:
        with collecting_seldom(), entering(engine, by=by, now=now, purpose=jobs.PURPOSE) as entry:
            finish(entry)
            stamps = stamps_of(entry, run)
            listed = note_changes(entry, run, found.crimes, found.seen)
            by_run: dict[str, Any] = {"algorithm": found.algorithm, "made": run.made, "listed": listed}
            update_queue(entry, run.run_id, run.params_sha256, found.candidates, found.crimes, **by_run)
            pools = keep_crimes(entry, run, found.kept, found.crimes, staged)
            judge_pools(entry, pools, found.min_pool_crimes, foreseen, stamps)
            for pool_id in leave_other_pools(entry, run, found.crimes):
                judge_pools(entry, {"": pool_id}, found.min_pool_crimes)
    finally:
        # Those that were replaced; or, where the entry was refused, those that do not count.
        for pool_id in retired(engine, run, staged):
            delete_staged(engine, pool_id)
