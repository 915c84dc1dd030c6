"""What the record and the audit say should be there, and is not: whole runs, packages, files that wait, lines of the
journal of erasures.

A run is *named* by the match job that made it or by whoever read it; a job that made an export has the export's number
in the same place. Whatever deletes runs says which in the audit; a purge by a version before this one said only how
many.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import Connection, Engine

from api.settings import Settings
from api.usecases.imports.uploads import name_of
from api.usecases.matching.runs import STRONGEST_SHOWN
from api.usecases.operation.erasure_journal import home_journal, read_journal
from api.usecases.request_context import RequestContext
from matcher.runs.folder import runs_in
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.evaluation.releases.queries import exports
from tracker.jobs.queries import unended_imports
from tracker.jobs.states import JobKind
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import open_values, open_values_of
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.retention.erasure_service import erasures
from tracker.retention.policy import RetentionKind
from tracker.review.release_queries import packages_gone

PURGED = "retention_policy"
RUN = "run"
JOB = "match_job"
"""Of every kind of job; its first row says which."""
MADE = STRONGEST_SHOWN
"""What is read of a run by whoever made it by hand, at once."""


def missing_runs(engine: Engine, present: Callable[[], Collection[str]]) -> tuple[list[str], list[str]]:
    """What is wrong, and what is only to be told. `present`: the names of the folders there are, damaged ones too."""
    with reading(engine).connect() as connection:
        named, _ = _named_runs(connection)
    gone = named - set(present())
    if not gone:
        return [], []
    with reading(engine).connect() as connection:
        # Again: a run that was deleted by the program meanwhile was noted before it went.
        named, uncertain = _named_runs(connection)
    faults, notes = [], []
    for run in sorted(gone & named):
        if run in uncertain:
            notes.append(
                f"run {run}: missing; it may be among those that an earlier version purged without naming them"
            )
        else:
            faults.append(
                f"run {run}: missing; the audit names it and does not say that it was deleted. Restore its folder from "
                f"a backup. If somebody deleted it for a reason, put that on record: tagpilot verify {run} --deleted"
            )
    return faults, notes


def gone_meanwhile(copied: Engine, names: Collection[str]) -> list[str]:
    """Runs and exports that a copied database names, and that went before their files were copied. `names`: of the
    files that were, under the home."""
    there = {tuple(name.split("/")[:2]) for name in names}
    faults, _ = missing_runs(copied, lambda: {each[1] for each in there if each[0] == "runs"})
    with reading(copied).connect() as connection:
        kept = [each for each in exports(connection) if each.destroyed_at is None]
    return [
        *(fault.partition(":")[0] for fault in faults),
        *(f"export {each.number}" for each in kept if ("exports", Path(each.folder).name) not in there),
    ]


def _named_runs(connection: Connection) -> tuple[set[str], set[str]]:
    """Runs that should be there, and those of them that a purge without names may have deleted."""
    named: set[str] = set()
    deleted: set[str] = set()
    uncertain: set[str] = set()
    others: set[str] = set()
    for subject, subject_id, values in open_values_of(connection, (JOB, RUN, PURGED)):
        if subject == PURGED:
            if subject_id == RetentionKind.RUNS.value and "went" in values:
                went = values.get("runs")
                uncertain |= named if went is None else set()
                deleted.update(went or ())
        elif subject == JOB and values.get("kind", JobKind.MATCH) != JobKind.MATCH:
            others.add(subject_id)
        elif subject == JOB and subject_id in others:
            # What it made has a number or a report, and is no run.
            continue
        elif "runs" in values:
            deleted.update(values["runs"])
        elif run := values.get("run_id" if subject == JOB else "run"):
            if subject == JOB or values.get("asked") == MADE:
                deleted.discard(run)
            # Made or read after that purge, so it was not purged by it.
            named.add(run)
            uncertain.discard(run)
    # A reading may have its row after the run was deleted; a run that is made again is there again.
    return named - deleted, uncertain


def record_deleted_run(context: RequestContext, run: str, reason: str) -> str:
    """Put on record that the folder of a run was deleted, and why; the run's whole id.

    Raises
    ------
    NotFound
        No run that is missing begins so.
    """
    context.require(Right.ENTER_STREAMS)
    with reading(context.engine).connect() as connection:
        named, _ = _named_runs(connection)
    gone = sorted(each for each in named - folders_of_runs(context.settings) if each.startswith(run))
    if len(gone) != 1:
        which = f"{len(gone)} missing runs begin with {run}" if gone else f"no run that is missing begins with {run}"
        raise NotFound(f"{which}: tagpilot verify names those that are missing")
    with entering(context.engine, purpose="integrity", **context.entered) as entry:
        entry.note(Action.ERASE, RUN, gone[0], runs=gone, reason=reason)
    return gone[0]


def folders_of_runs(settings: Settings) -> set[str]:
    """The names of the folders of runs that there are, damaged ones too."""
    found = runs_in(settings.runs_dir)
    return {each.run_id for each in found.whole} | {each.name for each in found.damaged}


def missing_packages(connection: Connection) -> list[str]:
    """Packages that left, by the audit, and are neither there nor erased nor purged."""
    sent = {int(number) for number, values in open_values(connection, "match_release") if "sha256" in values}
    there, without = packages_gone(connection)
    purged: set[int] = set()
    for kind, values in open_values(connection, PURGED):
        if kind == RetentionKind.PACKAGES.value and "went" in values:
            # A purge by an earlier version did not say which: whatever had left by then may have been among them.
            purged.update(values.get("releases", without))
    faults = [f"the release {number}: missing; the audit says that a package left" for number in sorted(sent - there)]
    faults += [
        f"the package of release {number}: missing; the audit does not say that it was deleted"
        for number in sorted(without - purged)
    ]
    return faults


def missing_erasures(settings: Settings, connection: Connection) -> list[str]:
    """Erasures that the journal in the home has no line of. One by which nothing is erased yet may have its row and not
    its line: whoever finishes it writes the line first."""
    written = {line.person for line in read_journal(home_journal(settings))}
    return [
        f"erasures.jsonl: the erasure of person {each.person_id} is not in it, so a backup that is restored may bring "
        "them back. Put the journal from beside a backup in its place"
        for each in erasures(connection)
        if (each.record_erased or each.finished_at is not None) and each.person_id not in written
    ]


def waiting_without_files(settings: Settings, connection: Connection) -> list[str]:
    """Imports that wait for a file that is not there: a backup has no such files."""
    return [
        f"import {job.job_id}: the file that it waits for is missing; its sender has to send it again"
        for job in unended_imports(connection)
        if not (settings.uploads_dir / name_of(job.asked)).is_file()
    ]
