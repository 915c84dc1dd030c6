"""Candidates of a run: a page of them, and one with its visits and fixes. Row-level access is decided here."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import polars as pl

from api.schemas.matching.candidates import CandidateDetail, CandidatePage, candidates_of, detail_of
from api.usecases.matching.runs import PURPOSE, readable_run, record_wearers_read, texts_at
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_fixes
from api.usecases.taking_away import MOST_ROWS, Taken, require_few
from matcher.errors import RunNotFound
from matcher.runs.folder import RunFolder
from matcher.schemas import CRIME_KEY
from matcher.views.detail import detail
from tracker.access.roles import Right

KEY = (*CRIME_KEY, "wearer_id")
ORDERS: dict[str, tuple[tuple[str, bool], ...]] = {
    "strongest": (("q_value", False), ("p_present", True), ("e_value", True)),
    "crime": (("force", False),),
    "nearest": (("closest_m", False),),
    "longest": (("dwell_s", True),),
    "most_fixes": (("fixes_within", True),),
    "earliest": (("first_at", False),),
}
"""Columns, and whether they fall; unknown values come last. Ties are broken by the candidate's key, so that pages never
overlap. Strongest: the least likely to be chance, then the likeliest to have been there, then the most unusual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFilter:
    """Which candidates are asked for; None asks for all."""

    verdict: str | None = None
    force: str | None = None
    crime_ref: str | None = None
    wearer_id: str | None = None

    def expression(self) -> pl.Expr:
        given = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        return pl.all_horizontal(pl.lit(True), *[pl.col(name) == value for name, value in given.items()])


NO_FILTER = CandidateFilter()
_FILTERED = tuple(name for name in CandidateFilter.__slots__ if name not in KEY)


class Rows(NamedTuple):
    """Some rows of `total`."""

    rows: pl.DataFrame
    total: int


def readable_candidates(
    context: RequestContext, run: RunFolder, wanted: CandidateFilter, order: str, page: Page
) -> Rows:
    """Candidates that the actor may be shown, in order."""
    context.require(Right.READ_RUNS)
    first = ORDERS[order]
    by = [*first, *[(name, False) for name in KEY if name not in dict(first)]]
    every = run.candidates()
    # What is filtered and put in order by first, and the rest of the rows that are shown.
    few = every.select(*KEY, *[name for name, _ in first if name not in KEY], *_FILTERED)
    found = _shown(context, run, few.filter(wanted.expression())).select(name for name, _ in by).collect()
    rows = found.sort([name for name, _ in by], descending=[falling for _, falling in by], nulls_last=True)
    shown = rows.slice(page.offset, page.limit or None).select(KEY)
    at = pl.col("crime_ref").is_in(shown["crime_ref"].unique().implode())
    whole = every.filter(at).join(shown.lazy(), on=KEY, how="semi").collect()
    return Rows(shown.join(whole, on=KEY, how="left", maintain_order="left").select(whole.columns), found.height)


def candidates(
    context: RequestContext, name: str, wanted: CandidateFilter, order: str, page: Page, away: Taken | None = None
) -> CandidatePage:
    """Candidates of a run that fit, in the order asked for; with `away` all of them, for a file."""
    run = readable_run(context, name)
    found = readable_candidates(context, run, wanted, order, page if away is None else Page(MOST_ROWS))
    if away is not None:
        require_few(found.total)
    record_wearers_read(context, run, found.rows["wearer_id"].unique().sort().to_list(), "candidates", away)
    items = candidates_of(run.run_id, found.rows, visits_of(run, found.rows))
    return CandidatePage(items=items, total=found.total, limit=page.limit, offset=page.offset)


def visits_of(run: RunFolder, rows: pl.DataFrame) -> pl.DataFrame:
    """The visits of these candidates."""
    at = pl.col("crime_ref").is_in(rows["crime_ref"].unique().implode())
    return run.visits().filter(at).join(rows.lazy().select(KEY), on=KEY, how="semi").collect()


def candidate(context: RequestContext, name: str, force: str, crime_ref: str, wearer_id: str) -> CandidateDetail:
    """One candidate with its visits and the fixes in the crime's window. Raises matcher.errors.RunNotFound."""
    run = readable_run(context, name)
    context.require(Right.READ_RUNS)
    mine = CandidateFilter(force=force, crime_ref=crime_ref, wearer_id=wearer_id).expression()
    if _shown(context, run, run.candidates().filter(mine)).collect().is_empty():
        # The same words where there is none: whether somebody may not be shown is not to be learned here.
        raise RunNotFound(f"run {run.run_id}: this wearer is not a candidate at crime {force} {crime_ref}")
    found = detail(run, open_fixes(context.settings), force, crime_ref, wearer_id)
    gate = None if context.actor.gate is None else context.actor.gate()
    if gate is not None:
        others = found.others["wearer_id"].to_list()
        shown = gate.open_for(others, found.crime["t_from"], found.crime["t_to"])
        found = replace(found, others=found.others.filter(pl.col("wearer_id").is_in(shown)))
    of: dict[str, Any] = {"crime": f"{force}/{crime_ref}", "run": run.run_id}
    context.record_reading(Right.READ_RUNS, "candidate", [wearer_id], wearers=True, purpose=PURPOSE, **of)
    return detail_of(run.run_id, found, texts_at(context, force, crime_ref))


def _shown(context: RequestContext, run: RunFolder, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of candidates those whom the actor may be shown."""
    gate = context.actor.gate
    return rows if gate is None else gate().open_rows(rows, run.crimes())
