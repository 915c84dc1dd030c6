"""A match: who may be matched, by the record or by files, and which crimes; then the run itself."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from api.disk import require_space
from api.schemas.matching.candidates import Candidate, candidates_of
from api.schemas.matching.runs import MatchMade, detail_of
from api.settings import Settings
from api.usecases.integrity.fix_index import may_index
from api.usecases.matching.accuracy_levels import TakenLevels, levels_by_record
from api.usecases.matching.candidates import NO_FILTER, readable_candidates, visits_of
from api.usecases.matching.interval_files import read_intervals
from api.usecases.matching.runs import STRONGEST_SHOWN, difference_between, record_wearers_read
from api.usecases.people_lock import working_with_people
from api.usecases.progress import Progress, silent
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_events, open_fixes
from api.wording.text import utc
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import EVERYONE, Intervals, permitted
from matcher.runs.folder import RunFolder
from matcher.runs.run import Progress as RunProgress
from matcher.runs.run import run_permitted
from tracker.access.roles import Right
from tracker.assignments.queries import current_assignments
from tracker.counted import counted
from tracker.crimes.queries import latest_crimes
from tracker.eligibility.service import eligible_wearers
from tracker.errors import Refused
from tracker.record.engine import reading
from tracker.retention.erasure_service import count_erased, erasures

STRONGEST = 5
"""Candidates shown with a run."""
MAX_CHANGES = 1_000
"""Rows of a difference that are shown with a run; `tagpilot runs --compare --limit` shows all."""


@dataclass(frozen=True, slots=True)
class ByRecord:
    """The record says who may be matched and who was monitored: of one programme, or of all that map crimes, as known
    at an instant or now."""

    programme: str | None = None
    as_known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a match is to answer.

    `by_record`, or the files `eligible` and `monitored`, say who may be matched and who was monitored; of a file, None
    means everyone. Crimes are those whose window has an instant in [t_from, t_to), or `crime` (force and reference)
    alone, or those of the frame `crimes` (force, crime_ref). From the run `previous` everything is taken that has not
    changed since. `accuracy_levels` (`matcher.schemas.ACCURACY_LEVELS`) says at what level devices state their
    accuracy; by the record, what is adopted for their models holds for all other devices.
    """

    eligible: Path | None = None
    monitored: Path | None = None
    by_record: ByRecord | None = None
    t_from: datetime | None
    t_to: datetime | None
    params: Params
    previous: RunFolder | None = None
    crime: tuple[str, str] | None = None
    crimes: pl.DataFrame | None = None
    accuracy_levels: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Who wore which device, who was monitored and who may be matched; `note`, if any, is for the person who asked."""

    assignments: pl.DataFrame
    monitored: Intervals
    eligible: Intervals
    note: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run takes. `erased`: how many people had been erased when the others were read."""

    engine: Engine
    erased: int

    question: Question
    crimes: pl.DataFrame
    people: People
    levels: TakenLevels


def prepare(context: RequestContext, question: Question) -> Prepared:
    """Read crimes and people; nothing is matched yet.

    Raises
    ------
    BadIntervals
        A file of intervals has a bad row.
    BadInput
        There is nothing to match.
    """
    context.require(Right.RUN_MATCHES)
    return prepared(context.engine, question)


def match(context: RequestContext, ready: Prepared, progress: Progress = silent) -> MatchMade:
    """Match the crimes against the stored fixes and keep the run."""
    context.require(Right.RUN_MATCHES)
    stage = f"Matching {counted(ready.crimes.height, 'crime')}"
    progress(stage, 0, 0)
    made = run_of(context.settings, ready, lambda at: progress(stage, at.done, at.total))
    strongest = strongest_of(context, made)
    record_wearers_read(context, made, [each.wearer_id for each in strongest], STRONGEST_SHOWN)
    previous = ready.question.previous
    since = None if previous is None else difference_between(context, previous, made, Page(MAX_CHANGES))
    return MatchMade(run=detail_of(made), strongest=strongest, folder=str(made.path), difference=since)


def strongest_of(context: RequestContext, made: RunFolder) -> list[Candidate]:
    """The strongest candidates of a run. No audit row is written: the caller writes it, or the wearers are made up."""
    rows, _ = readable_candidates(context, made, NO_FILTER, "strongest", Page(STRONGEST))
    return candidates_of(made.run_id, rows, visits_of(made, rows))


def run_of(
    settings: Settings,
    ready: Prepared,
    progress: Callable[[RunProgress], None] | None = None,
    cancel: threading.Event | None = None,
) -> RunFolder:
    """The run that answers a question. Groups that an earlier attempt finished are not matched again.

    Raises
    ------
    NoSpace
        Too little space is free; nothing was written.
    Refused
        A person was erased since people were read, or an erasure is not finished.
    """
    require_space(settings.home, settings.disk_floor_mb, "the match")
    with working_with_people(settings):
        _refuse_after_an_erasure(ready)
        return _run_of(settings, ready, progress, cancel)


def _refuse_after_an_erasure(ready: Prepared) -> None:
    with reading(ready.engine).connect() as connection:
        left, erased = erasures(connection, unfinished=True), count_erased(connection)
    # One that has not begun in the record waits for this match to end, and then erases from its run too.
    if any(each.record_erased and each.bars_matches for each in left):
        raise Refused("erasure", "an erasure is not finished; finish it first: tagpilot keep erase --finish")
    if erased != ready.erased:
        raise Refused("erasure", "a person was erased while this match was prepared; match again")


def _run_of(
    settings: Settings,
    ready: Prepared,
    progress: Callable[[RunProgress], None] | None,
    cancel: threading.Event | None,
) -> RunFolder:
    store, people, by = open_fixes(settings), ready.people, ready.question.by_record
    may = permitted(people.assignments, people.monitored, people.eligible, ready.levels.frame)
    now = by is not None and by.as_known_at is None
    return run_permitted(
        store,
        ready.crimes,
        may,
        params=ready.question.params,
        events=open_events(settings),
        levels_from=ready.levels.source,
        runs_dir=settings.runs_dir,
        threads=settings.threads,
        executor="dask" if settings.scheduler else "threads",
        scheduler=settings.scheduler,
        progress=progress,
        cancel=cancel,
        previous=ready.question.previous,
        make_index=may_index(store, ready.engine, may, by_record_now=now),
    )


def prepared(engine: Engine, question: Question) -> Prepared:
    """As `prepare`, for a worker, who has asked for the right when the job was stored."""
    with reading(engine).connect() as connection:
        # Before people are read: an erasure after it is noticed by the run.
        erased = count_erased(connection)
    crimes = latest_crimes(engine, t_from=question.t_from, t_to=question.t_to)
    if question.crime is not None:
        force, crime_ref = question.crime
        crimes = crimes.filter(pl.col("force") == force, pl.col("crime_ref") == crime_ref)
    if question.crimes is not None:
        crimes = crimes.join(question.crimes, on=["force", "crime_ref"], how="semi", maintain_order="left")
    people = _by_files(engine, question) if question.by_record is None else _by_record(engine, question.by_record)
    if crimes.is_empty():
        raise BadInput("there are no crimes to match: import some (tagpilot import crimes), or widen --from and --to")
    given = question.accuracy_levels
    levels = TakenLevels(given, None)
    if question.by_record is not None:
        levels = levels_by_record(engine, given, as_known_at=question.by_record.as_known_at)
    return Prepared(engine, erased, question, crimes, people, levels)


def _by_files(engine: Engine, question: Question) -> People:
    eligible = EVERYONE if question.eligible is None else read_intervals(question.eligible)
    monitored = EVERYONE if question.monitored is None else read_intervals(question.monitored)
    assignments = current_assignments(engine)
    if assignments.is_empty():
        raise BadInput(
            "there are no tag assignments on record: import them (tagpilot import assignments), or record a fitting "
            "(tagpilot tag fit)"
        )
    return People(assignments, monitored, eligible, _never_tagged(question, eligible, assignments))


def _by_record(engine: Engine, by: ByRecord) -> People:
    handed = eligible_wearers(engine, by.programme, as_known_at=by.as_known_at)
    known = "" if by.as_known_at is None else f", as known at {utc(by.as_known_at)}"
    if not handed.programmes:
        raise BadInput(
            f"no programme on record maps crimes{known}, so nobody may be matched by the record: load the programme "
            "(tagpilot programme load), or say who may be matched (--eligible FILE or --everyone) and who was "
            "monitored (--monitored FILE or --everyone-monitored)"
        )
    gates = ", ".join(f"{key} ({years}-year OGRS)" for key, years in handed.programmes.items())
    if handed.eligible.is_empty():
        raise BadInput(
            f"nobody may be matched by the record{known}: of {handed.on_licence:,} people on licence in {gates} none "
            "was tagged and had a score of 50 % or over; give --eligible FILE and --monitored FILE to go by files "
            "instead"
        )
    may = handed.eligible["wearer_id"].n_unique()
    note = f"{may:,} of {handed.on_licence:,} people on licence may be matched, by the record{known}: {gates}"
    return People(handed.assignments, handed.monitored, handed.eligible, note)


def _never_tagged(question: Question, eligible: Intervals, assignments: pl.DataFrame) -> str:
    """A note on wearers of the eligible file who never wore a tag: often a reference written another way."""
    if question.eligible is None or not isinstance(eligible, pl.DataFrame):
        return ""
    unknown = set(eligible["wearer_id"]) - set(assignments["wearer_id"])
    if not unknown:
        return ""
    return (
        f"{len(unknown):,} of {eligible['wearer_id'].n_unique():,} wearers of {question.eligible.name} have no tag "
        "assignment on record, so they cannot match; are references written the same way in both files?"
    )
