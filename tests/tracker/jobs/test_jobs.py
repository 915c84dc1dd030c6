"""Jobs on record: each is one worker's, is taken over when that falls silent, and ends once."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tracker.errors import IllegalMove, NotFound, Refused
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind, JobState, pace
from tracker.record.audit.queries import verify_chain

NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)
BY = {"by": "ana", "now": NOW}
LATER = NOW + jobs.STALE_AFTER + timedelta(seconds=1)


def make(engine: Engine, n: int = 1) -> list[int]:
    return [jobs.create(engine, {"n": k}, clock=NOW, **BY).job_id for k in range(n)]


def claim(engine: Engine, worker: str = "w1", clock: datetime = NOW) -> job_queries.Job | None:
    return jobs.claim(engine, worker, now=NOW, clock=clock)


def state(engine: Engine, job_id: int) -> JobState:
    with engine.connect() as connection:
        return job_queries.job_of(connection, job_id).state


def test_a_job_is_claimed_sends_heartbeats_and_is_done(engine: Engine) -> None:
    (job_id,) = make(engine)
    job = claim(engine)
    assert job is not None
    assert (job.job_id, job.state, job.attempts, job.asked) == (job_id, JobState.RUNNING, 1, {"n": 0})
    assert claim(engine, "w2") is None
    beat = {"clock": NOW + timedelta(seconds=10), "stage": "matching", "done": 2, "total": 8, "fixes": 1000}
    assert jobs.beat(engine, job, **beat) is False
    with engine.connect() as connection:
        at = job_queries.job_of(connection, job_id).pace
    assert (at.fraction, at.fixes_per_s, at.left_s) == (0.25, 100.0, 30.0)
    done = jobs.finish(engine, job, run_id="r1", now=NOW, clock=NOW)
    assert (done.state, done.run_id) == (JobState.DONE, "r1")
    with pytest.raises(Refused, match="no longer worked on by w1"):
        jobs.finish(engine, job, run_id="r2", now=NOW, clock=NOW)
    assert verify_chain(engine).broken is None


def test_all_times_of_a_job_are_of_one_clock_whatever_the_records_day(engine: Engine) -> None:
    clock = NOW + timedelta(days=2_000)
    jobs.create(engine, {"n": 0}, clock=clock, **BY)
    job = claim(engine, clock=clock)
    assert job is not None
    done = jobs.finish(engine, job, run_id="r1", now=NOW, clock=clock)
    assert done.requested_at == done.started_at == done.finished_at == clock


@pytest.mark.slow
@pytest.mark.parametrize("workers", [4])
def test_a_hundred_jobs_and_some_workers_each_job_runs_once(engine: Engine, workers: int) -> None:
    ids = make(engine, 100)
    ran: list[int] = []
    barrier = Barrier(workers)

    def work(n: int) -> None:
        barrier.wait()
        while (job := claim(engine, f"w{n}")) is not None:
            ran.append(job.job_id)
            jobs.finish(engine, job, now=NOW, clock=NOW)

    threads = [Thread(target=work, args=(n,)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == ids
    assert {state(engine, job_id) for job_id in ids} == {JobState.DONE}
    assert verify_chain(engine).broken is None


def test_a_silent_worker_loses_its_job_and_can_no_longer_end_it(engine: Engine) -> None:
    (job_id,) = make(engine)
    first = claim(engine)
    second = claim(engine, "w2", LATER)
    assert first is not None
    assert second is not None
    assert (second.job_id, second.worker, second.attempts) == (job_id, "w2", 2)
    for late in (
        lambda: jobs.beat(engine, first, clock=LATER),
        lambda: jobs.finish(engine, first, now=NOW, clock=LATER),
        lambda: jobs.fail(engine, first, "x", now=NOW, clock=LATER),
        lambda: jobs.stopped(engine, first, now=NOW, clock=LATER),
    ):
        with pytest.raises(Refused):
            late()
    jobs.hand_back(engine, first, now=NOW)
    assert state(engine, job_id) is JobState.RUNNING
    # Of one name, and begun again: the earlier attempt has no say either.
    assert claim(engine, "w2", LATER + jobs.STALE_AFTER + timedelta(seconds=1)) is not None
    with pytest.raises(Refused):
        jobs.finish(engine, second, now=NOW, clock=LATER)


def test_a_job_that_kills_its_workers_is_given_up(engine: Engine) -> None:
    first, second = make(engine, 2)
    clock = NOW
    for attempt in range(jobs.MOST_ATTEMPTS):
        job = claim(engine, f"w{attempt}", clock)
        assert job is not None
        assert job.job_id == first
        clock += jobs.STALE_AFTER + timedelta(seconds=1)
    following = claim(engine, "w9", clock)
    assert following is not None
    assert following.job_id == second
    with engine.connect() as connection:
        given_up = job_queries.job_of(connection, first)
    assert given_up.state is JobState.FAILED
    assert "started 3 times" in str(given_up.why)


def test_a_job_is_stopped_at_once_while_it_waits_and_at_the_next_look_while_it_runs(engine: Engine) -> None:
    waits, runs = make(engine, 2)
    assert jobs.cancel(engine, waits, clock=NOW, **BY).state is JobState.CANCELLED
    job = claim(engine)
    assert job is not None
    assert job.job_id == runs
    assert jobs.cancel(engine, runs, clock=NOW, **BY).state is JobState.RUNNING
    assert jobs.beat(engine, job, clock=NOW) is True
    assert jobs.stopped(engine, job, now=NOW, clock=NOW).state is JobState.CANCELLED
    with pytest.raises(IllegalMove, match="A job that is cancelled cannot be cancelled"):
        jobs.cancel(engine, runs, clock=NOW, **BY)
    with pytest.raises(NotFound, match="There is no match job 99"):
        jobs.cancel(engine, 99, clock=NOW, **BY)


def test_a_job_handed_back_is_taken_up_at_once_and_counts_no_attempt(engine: Engine) -> None:
    make(engine)
    job = claim(engine)
    assert job is not None
    jobs.hand_back(engine, job, now=NOW)
    again = claim(engine, "w2")
    assert again is not None
    assert (again.worker, again.attempts) == ("w2", 1)


def test_a_job_being_cancelled_when_its_worker_dies_is_not_restarted(engine: Engine) -> None:
    (job_id,) = make(engine)
    claim(engine)
    jobs.cancel(engine, job_id, clock=NOW, **BY)
    assert claim(engine, "w2", LATER) is None
    assert state(engine, job_id) is JobState.CANCELLED


def test_imports_and_matches_are_separate_kinds_of_job(engine: Engine) -> None:
    (match,) = make(engine)
    sent = jobs.create(engine, {"kind": "crimes"}, kind=JobKind.IMPORT, clock=NOW, **BY).job_id
    with engine.connect() as connection:
        assert [job.job_id for job in job_queries.jobs(connection)[0]] == [match]
        assert [job.job_id for job in job_queries.jobs(connection, kind=JobKind.IMPORT)[0]] == [sent]
        with pytest.raises(NotFound):
            job_queries.job_of(connection, sent)


def test_imports_are_listed_by_kind_of_file_a_page_at_a_time(engine: Engine) -> None:
    make(engine)
    sent = [
        jobs.create(engine, {"kind": kind}, kind=JobKind.IMPORT, clock=NOW, **BY).job_id
        for kind in ("crimes", "releases", "crimes", "ledger", "fixes")
    ]
    with engine.connect() as connection:
        found, total = job_queries.imports(connection, ["crimes", "fixes"], limit=2, offset=1)
        assert ([job.job_id for job in found], total) == ([sent[2], sent[0]], 3)
        assert job_queries.imports(connection, [], limit=10) == ([], 0)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["claim", "beat", "finish", "fail", "stop", "back", "cancel", "sleep"]), st.integers(0, 1)
        )
    )
)
def test_whatever_happens_a_job_has_one_worker_and_ends_once(new_engine, steps) -> None:  # type: ignore[no-untyped-def]
    engine = new_engine()
    make(engine, 2)
    clock, held, ends = NOW, {}, []  # type: ignore[var-annotated]
    for step, who in steps:
        clock += timedelta(seconds=1 if step != "sleep" else 120)
        try:
            if step == "claim":
                job = claim(engine, f"w{who}", clock)
                if job is not None:
                    held[who] = job
            elif step == "cancel":
                jobs.cancel(engine, 1 + who, clock=clock, **BY)
            elif who in held and step != "sleep":
                job = held[who]
                if step == "beat":
                    jobs.beat(engine, job, clock=clock)
                elif step == "back":
                    jobs.hand_back(engine, job, now=NOW)
                else:
                    end = {"finish": jobs.finish, "stop": jobs.stopped}.get(step)
                    if end is None:
                        jobs.fail(engine, job, "why", now=NOW, clock=clock)
                    else:
                        end(engine, job, now=NOW, clock=clock)
                    ends.append(job.job_id)
        except (Refused, IllegalMove):
            continue
    assert len(ends) == len(set(ends))
    assert verify_chain(engine).broken is None
    engine.dispose()


def test_the_pace_is_unknown_before_any_progress() -> None:
    told = pace(JobState.RUNNING, 0, 0, 0, NOW, NOW)
    assert (told.fraction, told.fixes_per_s, told.left_s) == (None, None, None)
    assert pace(JobState.DONE, 0, 0, 0, NOW, NOW).fraction == 1.0
