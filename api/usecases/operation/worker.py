"""The worker: claims jobs, does them, records progress, and stops on request.

Any number of workers, in the server or apart, share the jobs of one database; the job's row decides whose it is.
"""

import os
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine

from api.disk import disk_words
from api.errors import ApiError
from api.settings import Settings
from api.usecases.actor import LOCAL
from api.usecases.desk.current import keep_current
from api.usecases.desk.mail import mailing
from api.usecases.desk.standing_jobs import asked_by_standing
from api.usecases.evaluation.cohort_exports import exported
from api.usecases.imports.sent_files import import_sent
from api.usecases.imports.uploads import forget, name_of
from api.usecases.imports.withdrawals import finish_withdrawals
from api.usecases.matching.match_jobs import keep, matched
from api.usecases.matching.rematch import older_in_words, rematch_by_itself
from api.usecases.operation.erasure import finish, unfinished
from api.usecases.operation.old_runs import prune_runs
from api.usecases.operation.orphans import WAIT_S, tidy
from api.usecases.operation.stored_days import settle
from api.usecases.people_lock import StillWorking, erasure_waits, working_with_people
from api.usecases.request_context import RequestContext
from api.usecases.today import today
from geo.errors import FileError
from matcher.errors import MatcherError, RunCancelled
from matcher.runs.run import Progress
from tracker.access.roles import Right
from tracker.errors import PilotError, Refused
from tracker.evaluation.cohort.parse import parse
from tracker.jobs import service as jobs
from tracker.jobs.queries import Job
from tracker.jobs.states import JobKind
from tracker.record.database_faults import is_away, meaning_of
from tracker.record.engine import reading

BEAT_S = 5.0
POLL_S = 1.0
CURRENT_S = 10.0
"""Between two looks at whether what matches rest on has changed."""
PRUNE_AGAIN = timedelta(minutes=1)
AWAY_S = 2.0
"""Between two tries to reach a database that is away."""


class Worker:
    """One job at a time.

    Parameters
    ----------
    wake
        Set when a job is stored in this process, so that the worker need not wait for its next poll.
    """

    def __init__(self, settings: Settings, engine: Engine, *, wake: threading.Event | None = None) -> None:
        self._settings, self._engine = settings, engine
        # Several heartbeats are missed before another worker takes it for dead.
        self._beat_s = min(BEAT_S, settings.silent_after_s / 4)
        self._wake = wake or threading.Event()
        # Host and process for people, the rest so that no two are ever the same.
        self.name = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex[:8]}"
        self._prunes_next: datetime | None = None
        self._kept_current = -CURRENT_S
        self._log = structlog.get_logger("tagpilot")

    def run_forever(self, stop: threading.Event) -> None:
        """Until `stop` is set; then the group being matched is finished and the job handed back."""
        self._tidy()
        self._look_for_older()
        # Beside the jobs: a mail server that is away holds none of them up.
        of_mail = (self._settings, self._engine, stop)
        said = {"by": self.name, "now": self._now}
        threading.Thread(target=mailing, args=of_mail, kwargs=said, name="mail", daemon=True).start()
        while not stop.is_set():
            try:
                self._prune_runs()
                worked = self.run_one(stop)
            except Exception as error:
                # A database that is away for a while: the job's row is silent, and is taken over when it is back.
                self._log.error("worker_error", kind=type(error).__name__, at=_place(error))
                worked = False
            if not worked:
                self._keep_current()
                self._wake.wait(POLL_S)
                self._wake.clear()

    def _tidy(self) -> None:
        """Finish what the journal says is erased, and delete what killed work left."""
        try:
            done = finish(self._settings, self._engine, by=self.name, now=self._now())
            settle(self._settings, self._engine, by=self.name, now=self._now(), wait_s=WAIT_S)
            finish_withdrawals(self._settings, self._engine, by=self.name, now=self._now())
            gone = tidy(self._settings, self._engine)
            self._log.info("tidied", erasures=done, files=len(gone))
        except Exception as error:
            self._log.error("worker_error", kind=type(error).__name__, at=_place(error))

    def _look_for_older(self) -> None:
        """Say in the log what an earlier version of the matcher matched; match it again where the settings say so."""
        try:
            with reading(self._engine).connect() as connection:
                words = older_in_words(connection)
            if words is not None:
                months = rematch_by_itself(self._engine, self._settings, by=self.name, now=self._now())
                self._log.warning("earlier_version", what=words, jobs=months)
        except Exception as error:
            # A database that is away or not upgraded yet is no reason not to start: jobs are asked for again and again.
            self._log.error("worker_error", kind=type(error).__name__, at=_place(error))

    def _keep_current(self) -> None:
        """Every few seconds, while there is nothing else to do."""
        clock = time.monotonic()
        if clock - self._kept_current < CURRENT_S:
            return
        self._kept_current = clock
        try:
            if keep_current(self._engine, self._settings, by=self.name, now=self._now()):
                self._log.info("keeps_current")
                self._wake.set()
        except Exception as error:
            self._log.error("worker_error", kind=type(error).__name__, at=_place(error))

    def _prune_runs(self) -> None:
        """Once a day, and at the start; while others match or back up, a minute later."""
        clock = datetime.now(UTC)
        if self._prunes_next is not None and clock < self._prunes_next:
            return
        self._prunes_next = clock + timedelta(days=1)
        try:
            gone = prune_runs(self._settings, self._engine, by=self.name, now=self._now(), clock=clock)
        except StillWorking:
            self._prunes_next = clock + PRUNE_AGAIN
            return
        if gone:
            self._log.info("runs_pruned", runs=len(gone))

    def run_one(self, stop: threading.Event) -> bool:
        """Do the oldest job that waits; whether there was one. Erasures go first."""
        self._finish_erasures()
        self._finish_withdrawals()
        with working_with_people(self._settings):
            # Begun while this worker waited for another erasure to end: the next turn finishes it first.
            barred = any(each.bars_matches for each in unfinished(self._engine))
            return not barred and self._run_one(stop)

    def _finish_erasures(self) -> None:
        if not unfinished(self._engine):
            return
        try:
            done = finish(self._settings, self._engine, by=self.name, now=self._now())
            self._log.info("erasures", finished=done)
        except (MatcherError, OSError) as error:
            self._log.error("erasure_unfinished", kind=type(error).__name__, at=_place(error))

    def _finish_withdrawals(self) -> None:
        try:
            done = finish_withdrawals(self._settings, self._engine, by=self.name, now=self._now())
            if done:
                self._log.info("withdrawals", finished=done)
        except (MatcherError, OSError) as error:
            self._log.error("withdrawal_unfinished", kind=type(error).__name__, at=_place(error))

    def _run_one(self, stop: threading.Event) -> bool:
        silent = timedelta(seconds=self._settings.silent_after_s)
        job = jobs.claim(self._engine, self.name, now=self._now(), clock=datetime.now(UTC), stale_after=silent)
        if job is None:
            return False
        self._log.info("job_begun", job=job.job_id, attempt=job.attempts)
        with suppress(Refused):
            # Refused: another worker has the job by now, and continues from what this one finished.
            self._work(job, stop)
        return True

    def _work(self, job: Job, stop: threading.Event) -> None:
        heart = _Heart(self._engine, job, stop, self._beat_s, lambda: erasure_waits(self._settings))
        try:
            if job.kind is JobKind.IMPORT:
                with heart:
                    report = import_sent(self._context(job), job.asked)
                self._imported(job, report)
                return
            if job.kind is JobKind.COHORT:
                with heart:
                    self._exported(job)
                return
            with heart:
                found = matched(self._settings, self._engine, dict(job.asked), heart.cancel, heart.note_progress)
                # Within, too: what is made ready before the entry may take longer than a worker may be silent.
                keep(self._settings, self._engine, job, found, heart.progress, now=self._now())
            self._log.info("job_done", job=job.job_id, run=found.run_id)
        except RunCancelled:
            if heart.lost:
                return
            if heart.asked_to_stop:
                jobs.stopped(self._engine, job, now=self._now(), clock=datetime.now(UTC))
            else:
                jobs.hand_back(self._engine, job, now=self._now())
        except (FileError, MatcherError, PilotError, ApiError) as error:
            if heart.lost:
                return
            self._fail(job, str(error), error)
        except Exception as error:
            if is_away(error):
                # Nothing of it is on record: the next worker that reaches the database continues from what is finished.
                self._log.error("database_away", job=job.job_id, kind=type(error).__name__, at=_place(error))
                self._hand_back_later(job, stop)
                return
            why = disk_words(error) or (meaning.words if (meaning := meaning_of(error)) is not None else None)
            if why is None and isinstance(error, OSError):
                why = f"{error.strerror or 'a file could not be read or written'}: check the disk, and retry"
            if why is not None:
                self._fail(job, why, error)
                return
            self._fail(job, f"an error of the program's own, {type(error).__name__} at {_place(error)[-1]}", error)

    def _hand_back_later(self, job: Job, stop: threading.Event) -> None:
        """The job waits again once the database answers; if this worker stops before, it is taken over as silent."""
        while not stop.wait(AWAY_S):
            try:
                jobs.hand_back(self._engine, job, now=self._now())
            except Exception as error:
                if is_away(error):
                    continue
                raise
            return

    def _exported(self, job: Job) -> None:
        asked = job.asked
        exported(
            self._settings,
            self._engine,
            asked["programme"],
            parse(asked["definition"]),
            days=asked.get("days"),
            by=job.requested_by,
            now=self._now,
            finish=lambda entry, number: jobs.finish_within(entry, job, str(number), clock=datetime.now(UTC)),
        )
        self._log.info("job_done", job=job.job_id)

    def _imported(self, job: Job, report: dict[str, Any]) -> None:
        clock = datetime.now(UTC)
        jobs.finish(self._engine, job, report=report, now=self._now(), clock=clock)
        # The file has served; its digest and counts stay.
        forget(self._settings, name_of(job.asked))
        if job.asked["kind"] == "crimes" and report["kept"] and self._settings.match_on_batch:
            asked = {"forReview": True, "trigger": f"import {job.job_id}"}
            with reading(self._engine).connect() as connection:
                wanted = asked_by_standing(connection, asked)
            jobs.create_all(self._engine, wanted, by=job.requested_by, now=self._now(), clock=clock, quota=None)

    def _fail(self, job: Job, why: str, error: BaseException) -> None:
        if job.kind is JobKind.IMPORT:
            # It is not read again: whoever sent it sends it anew.
            forget(self._settings, name_of(job.asked))
        self._log.error("job_failed", job=job.job_id, kind=type(error).__name__, at=_place(error))
        jobs.fail(self._engine, job, why, now=self._now(), clock=datetime.now(UTC))

    def _context(self, job: Job) -> RequestContext:
        """The context of the user who requested the job; their right was checked when they did. What a supplier sent is
        read with a supplier's rights, so that what they are told of it names nobody else; an evaluator's
        file likewise."""
        rights = LOCAL.rights
        if job.asked.get("supplied"):
            rights = frozenset({Right.SEND_SUPPLIES})
        elif job.asked.get("evaluated"):
            rights = frozenset({Right.ENTER_OUTCOMES})
        return RequestContext(replace(LOCAL, name=job.requested_by, rights=rights), self._settings, self._engine)

    def _now(self) -> datetime:
        return today(self._settings, datetime.now(UTC)).now


class _Heart:
    """Every few seconds writes to the job's row that the worker is alive and how far it is; reads whether to stop."""

    def __init__(
        self, engine: Engine, job: Job, stop: threading.Event, beat_s: float, in_the_way: Callable[[], bool]
    ) -> None:
        self._engine, self._job, self._stop, self._beat_s = engine, job, stop, beat_s
        # Of an erasure: the match is handed back, and begun again without the person.
        self._in_the_way = in_the_way
        self.progress = Progress("reading", 0, 0, 0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heart of job {job.job_id}", daemon=True)
        self.cancel = threading.Event()
        self.lost = self.asked_to_stop = False

    def __enter__(self) -> "_Heart":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def note_progress(self, progress: Progress) -> None:
        self.progress = progress

    def _beat(self) -> None:
        heard = time.monotonic()
        while not self._over.wait(min(self._beat_s, 0.5)):
            if self._stop.is_set() or self._in_the_way():
                self.cancel.set()
            if time.monotonic() - heard < self._beat_s:
                continue
            heard, at = time.monotonic(), self.progress
            try:
                asked = jobs.beat(
                    self._engine,
                    self._job,
                    clock=datetime.now(UTC),
                    stage=at.stage,
                    done=at.done,
                    total=at.total,
                    fixes=at.fixes,
                )
            except Refused:
                self.lost = True
                self.cancel.set()
                return
            except Exception as error:
                structlog.get_logger("tagpilot").error("heartbeat_error", kind=type(error).__name__)
                continue
            if asked:
                self.asked_to_stop = True
                self.cancel.set()


def _place(error: BaseException) -> list[str]:
    """Where it happened; what was being read stays out of the log."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames][-6:] or ["nowhere"]
