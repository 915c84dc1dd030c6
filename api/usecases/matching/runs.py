"""Finished runs: listed, read, compared, verified; and the crimes that could not be matched.

Every way to a run goes through `readable_run` or `readable_runs`, which ask for the right.
"""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from api.schemas.matching.candidates import CrimeInRun, CrimesInRun, NotMatchablePage, crime_of, not_matchable_of
from api.schemas.matching.difference import Difference, difference_of
from api.schemas.matching.runs import DamagedRun, RunDetail, RunPage, detail_of, summary_of
from api.schemas.matching.verified import Verified
from api.usecases.actor import Actor
from api.usecases.gate import covers
from api.usecases.progress import Progress, silent
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_fixes
from api.usecases.taking_away import Taken
from matcher.runs import difference as run_difference
from matcher.runs.folder import RunFolder, Runs, find_run, runs_in, runs_page
from matcher.runs.verify import verify
from matcher.schemas import CRIME_KEY
from tracker.access.roles import Right
from tracker.batches.queries import runs_of_batch
from tracker.crimes.queries import texts_of
from tracker.review.release_queries import releases_of

PURPOSE = "crime mapping"
"""Of the audit rows of readings of a run."""
STRONGEST_SHOWN = "strongest candidates"
"""What is read of a run as soon as it is made by hand; the audit knows of the run by that row."""


def readable_runs(actor: Actor, runs_dir: Path) -> Runs:
    """The latest first, and those that are damaged."""
    actor.must(Right.READ_RUNS)
    return runs_in(runs_dir)


def readable_run(context: RequestContext, name: str) -> RunFolder:
    """By its id, the beginning of it, or `latest`. Raises matcher.errors.RunNotFound."""
    context.require(Right.READ_RUNS)
    return find_run(context.settings.runs_dir, name)


def record_wearers_read(
    context: RequestContext, run: RunFolder, wearers: list[str], asked: str, away: Taken | None = None
) -> None:
    """The audit row of a reading of a run that names wearers."""
    why: dict[str, Any] = {"purpose": PURPOSE} if away is None else away.audited
    whom: dict[str, Any] = {"ids": wearers or [run.run_id], "wearers": bool(wearers)}
    context.record_reading(Right.READ_RUNS, "run", **whom, run=run.run_id, asked=asked, **why)


def runs(context: RequestContext, page: Page, batch: str | None = None) -> RunPage:
    """Finished runs, the latest first; those that last tested a crime of a batch for the queue, where it is given."""
    context.require(Right.READ_RUNS)
    only = None
    if batch is not None:
        with context.reader.connect() as connection:
            only = runs_of_batch(connection, batch)
    found = runs_page(context.settings.runs_dir, page.limit, page.offset, only)
    items = [summary_of(run) for run in found.runs]
    damaged = [DamagedRun(run_id=each.name, why=each.why) for each in found.damaged]
    return RunPage(items=items, damaged=damaged, total=found.total, limit=page.limit, offset=page.offset)


def run(context: RequestContext, name: str) -> RunDetail:
    """What was asked, what went in, what came out."""
    return detail_of(readable_run(context, name))


def not_matchable(context: RequestContext, name: str, reason: str | None, page: Page) -> NotMatchablePage:
    """Crimes that no wearer could be tested for, and why; those with one reason where it is given."""
    found = readable_run(context, name).not_matchable()
    if reason is not None:
        found = found.filter(pl.col("reason") == reason)
    total = found.select(pl.len()).collect().item()
    rows = found.sort(CRIME_KEY).slice(page.offset, page.limit or None).collect()
    return NotMatchablePage(items=not_matchable_of(rows), total=total, limit=page.limit, offset=page.offset)


def crimes_in_run(context: RequestContext, name: str, crime_ref: str, force: str | None) -> CrimesInRun:
    """The crimes of a run with this reference, each version a row; several forces may use one reference."""
    found = readable_run(context, name)
    mine = pl.col("crime_ref") == crime_ref if force is None else _is_crime(force, crime_ref)
    reasons = not_matchable_of(found.not_matchable().filter(mine).collect())
    why = {(each.force, each.crime_ref, each.version): each for each in reasons}
    rows = found.crimes().filter(mine).sort(CRIME_KEY).collect()
    return CrimesInRun(
        items=[
            CrimeInRun(
                crime=crime_of(row, texts_at(context, row["force"], row["crime_ref"])),
                not_matchable=why.get((row["force"], row["crime_ref"], row["version"])),
            )
            for row in rows.iter_rows(named=True)
        ]
    )


def texts_at(context: RequestContext, force: str, crime_ref: str) -> dict[int, str]:
    """The text of each version of a crime on record that has one."""
    with context.reader.connect() as connection:
        return texts_of(connection, force, crime_ref)


def difference(context: RequestContext, before: str, after: str, page: Page) -> Difference:
    """What a reviewer of an earlier run has to look at again: candidates added, withdrawn and changed since."""
    return difference_between(context, readable_run(context, before), readable_run(context, after), page)


def difference_between(context: RequestContext, before: RunFolder, after: RunFolder, page: Page) -> Difference:
    rows = _shown(context.actor, run_difference.difference(before, after), before, after)
    wearers = rows.slice(page.offset, page.limit or None)["wearer_id"].unique().sort().to_list()
    record_wearers_read(context, after, wearers, f"difference since {before.run_id}")
    gone = rows.filter(rows["change"].is_in(["withdrawn", "changed"]))
    keys = set(gone.select("force", "crime_ref", "wearer_id").iter_rows())
    with context.reader.connect() as connection:
        releases = releases_of(connection, keys)
    return difference_of(
        before.run_id, after.run_id, rows, limit=page.limit, offset=page.offset, releases=list(releases)
    )


def verified(context: RequestContext, name: str, progress: Progress = silent) -> Verified:
    """The run computed again and its digests compared; it takes as long as the run took.

    Raises
    ------
    RunNotFound, StoreError
        There is no such run, or no fixes to compute it from.
    """
    context.require(Right.RUN_MATCHES)
    found = readable_run(context, name)
    store = open_fixes(context.settings)
    progress("Computing the run again", 0, 0)
    # Next to the runs, so that it is as private and on the same disk; removed whatever happens.
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=context.settings.runs_dir) as work_dir:
        again = verify(found, store, work_dir=Path(work_dir), threads=context.settings.threads)
    return Verified(
        run_id=found.run_id,
        same=again.same,
        in_words=str(again),
        another_algorithm=again.another_algorithm,
        altered_files=list(again.altered),
        wearers_erased=len(again.erased),
        wearers_changed=len(again.changed),
        results_that_differ=list(again.differs),
    )


def _is_crime(force: str, crime_ref: str) -> pl.Expr:
    return (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref)


def _shown(actor: Actor, rows: pl.DataFrame, before: RunFolder, after: RunFolder) -> pl.DataFrame:
    """Of a difference the pairs that the actor may be shown."""
    if actor.gate is None:
        return rows
    gate = actor.gate()
    windows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for run in (before, after):
        crimes = run.crimes().select(*CRIME_KEY, "t_from", "t_to").collect()
        windows |= {row[:3]: row[3:] for row in crimes.iter_rows()}
    versions = rows.select(pl.coalesce("version", "version_before"))["version"]
    pairs = zip(rows["force"], rows["crime_ref"], versions, rows["wearer_id"], strict=True)
    # A crime that neither run has was matched by neither, so nobody is shown at it.
    spans = {} if gate.by_files else gate.spans(rows["wearer_id"].to_list())
    shown = [
        at in windows and (gate.by_files or covers(spans.get(wearer, ()), *windows[at]))
        for *key, wearer in pairs
        for at in [tuple(key)]
    ]
    return rows.filter(pl.Series(shown, dtype=pl.Boolean))
