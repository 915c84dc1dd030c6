"""The end of a match for review: its candidates, what their pools say of them, and the job's end, all or nothing.

Whatever can be made before is made before, so that the entry is short: pools are staged in pieces that other writers
pass between, and their q-values are computed from what is on record then. If another match has ended meanwhile, the
pools that it changed are computed again within the entry.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.matching.changed_evidence import seen_of
from api.usecases.matching.match_jobs import candidates_of, crimes_of, params_digest
from api.usecases.matching.pools import crimes_for_pools, foresee, judge_pools, stamps_of
from api.usecases.matching.rematch import replaced_digests
from matcher.runs.folder import RunFolder
from matcher.runs.run import Progress
from tracker.jobs import service as jobs
from tracker.jobs.service import Job
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.changed_service import Seen, note_changes
from tracker.review.pool_service import CrimeRow, RunOf, keep_crimes
from tracker.review.pool_staging_service import delete_staged, retired, stage
from tracker.review.queries import Key


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
    candidates, crimes = list(candidates_of(found)), crimes_of(found)
    findings = Findings(
        candidates,
        crimes,
        crimes_for_pools(found),
        seen_of(settings, engine, found, candidates, crimes),
        found.manifest["algorithm"],
        found.manifest["params"]["min_pool_crimes"],
    )
    digest = params_digest(found)
    with reading(engine).connect() as connection:
        replaces = replaced_digests(connection, job.asked, digest)
    run = RunOf(found.run_id, job.asked.get("programme") or "", digest, findings.algorithm, replaces)
    keep_findings(engine, run, findings, finish, by=job.requested_by, now=now)


def keep_findings(
    engine: Engine, run: RunOf, found: Findings, finish: Callable[[Entry], None], *, by: str, now: datetime
) -> None:
    """Put findings on record, in one entry with what `finish` writes."""
    foreseen = foresee(engine, run, found.kept, found.crimes, found.min_pool_crimes)
    staged = stage(engine, run, found.kept, clock=datetime.now(UTC))
    try:
        with entering(engine, by=by, now=now, purpose=jobs.PURPOSE) as entry:
            finish(entry)
            stamps = stamps_of(entry, run)
            listed = note_changes(entry, run, found.crimes, found.seen)
            by_run: dict[str, Any] = {"algorithm": found.algorithm, "replaces": run.replaces, "listed": listed}
            update_queue(entry, run.run_id, run.params_sha256, found.candidates, found.crimes, **by_run)
            pools = keep_crimes(entry, run, found.kept, found.crimes, staged)
            judge_pools(entry, pools, found.min_pool_crimes, foreseen, stamps)
    finally:
        # Those that were replaced; or, where the entry was refused, those that do not count.
        for pool_id in retired(engine, run, staged):
            delete_staged(engine, pool_id)
