"""Match jobs: what is asked for, and where a job stands.

A *job* is one long piece of work that a worker does: a match, or an export for evaluators.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.evaluation.cohorts import DefinitionOut, definition_out
from api.schemas.fields import Instant, Key, Text
from api.schemas.matching.params import JobParams, job_params_of
from api.schemas.wire import Body, PageAnswer, Wire
from tracker.jobs.queries import Job

JobStateName = Literal["queued", "running", "done", "failed", "cancelled"]


class DeviceLevelIn(Body, frozen=True, kw_only=True, omit_defaults=True):
    """At what level a device states its accuracy in [from, to), for fixes that declare none; an end left out is
    open."""

    device_id: Text
    from_: Instant | None = msgspec.field(default=None, name="from")
    to: Instant | None = None
    accuracy_level: Literal[68, 90, 95]


WhatIfName = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9-]*$")]
"""As wide-look: small letters, digits, hyphens."""


class NewJob(Body, frozen=True, kw_only=True):
    """A match by the record. `from`, `to`: crimes whose window has an instant in [from, to); or `crime`: force and
    reference of one crime alone. `params`: settings that
    hold for this run alone; without any, crimes are matched with their standing settings, in one job for each set of
    them (`asked.together`). `previous`: an earlier run; only what changed since is matched again. `accuracyLevels`: of
    these devices nothing that was adopted for their model holds. `forReview` false keeps the run and puts no candidates
    before reviewers. A *what-if*, a job with settings of its own, never changes the queue: it keeps its run alone,
    unless `whatIf` names it, and then `GET /matches?whatIf=` has its matches."""

    programme: Key | None = None
    as_known_at: Instant | None = None
    from_: Instant | None = msgspec.field(default=None, name="from")
    to: Instant | None = None
    crime: Annotated[list[Text], msgspec.Meta(min_length=2, max_length=2)] | None = None
    params: JobParams = JobParams()
    previous: Key | None = None
    accuracy_levels: Annotated[list[DeviceLevelIn], msgspec.Meta(max_length=10_000)] | None = None
    for_review: bool = True
    what_if: WhatIfName | None = None

    def stored(self) -> dict[str, Any]:
        """As a job's row keeps it."""
        given = {name: value for name, value in msgspec.to_builtins(self).items() if value not in (None, [])}
        return {**given, "params": self.params.stored()}


class JobAsked(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a job was asked to do. Of a match, as in the request; `standing` where it matches crimes with their standing
    settings, which `params` has, and `together` the numbers of the jobs stored at once, one for each set of them;
    `crime` (force and reference) where it is of one crime alone, `trigger` where no person asked, but an import, a
    withdrawal, standing settings or what changed on record; `rematch` where it matches a month again. Of an export,
    `programme`, `definition` and `days` it is kept."""

    programme: str | None = None
    as_known_at: datetime | None = None
    from_: datetime | None = msgspec.field(default=None, name="from")
    to: datetime | None = None
    params: JobParams | None = None
    previous: str | None = None
    accuracy_levels: list[DeviceLevelIn] | None = None
    for_review: bool | None = None
    crime: list[str] | None = None
    trigger: str | None = None
    rematch: str | None = None
    standing: bool | None = None
    what_if: str | None = None
    together: list[int] | None = None
    definition: DefinitionOut | None = None
    days: int | None = None


class JobOut(Wire, frozen=True, kw_only=True):
    """A job: where it stands, how far it is, and its run once it is done; `why` where it failed."""

    id: int
    state: str
    asked: JobAsked
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    attempts: int
    cancel_asked: bool
    stage: str | None
    fraction: float | None
    fixes: int
    fixes_per_s: float | None
    left_s: float | None
    run_id: str | None
    why: str | None


class JobPage(PageAnswer, frozen=True, kw_only=True):
    items: list[JobOut]


def job_out(job: Job) -> JobOut:
    pace = job.pace
    return JobOut(
        id=job.job_id,
        state=job.state.value,
        asked=_asked(job.asked),
        requested_by=job.requested_by,
        requested_at=job.requested_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        worker=job.worker,
        attempts=job.attempts,
        cancel_asked=job.cancel_asked_at is not None,
        stage=job.stage,
        fraction=pace.fraction,
        fixes=job.fixes,
        fixes_per_s=pace.fixes_per_s,
        left_s=pace.left_s,
        run_id=job.run_id,
        why=job.why,
    )


def _asked(stored: Mapping[str, Any]) -> JobAsked:
    plain = {name: value for name, value in stored.items() if name not in ("params", "definition")}
    asked = msgspec.convert(plain, JobAsked)
    params, definition = stored.get("params"), stored.get("definition")
    return msgspec.structs.replace(
        asked,
        params=job_params_of(params) if params else None,
        definition=None if definition is None else definition_out(dict(definition)),
    )
