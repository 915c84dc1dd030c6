"""Verdicts at one crime: how many tested wearers have each, and who."""

from typing import Any

import polars as pl

from api.schemas.matching.verdicts import CrimeVerdicts, WearerVerdictPage, crime_verdicts_of, wearer_verdicts_of
from api.usecases.matching.runs import readable_run, record_wearers_read, texts_at
from api.usecases.request_context import Page, RequestContext
from api.wording.meanings import VERDICT_MEANINGS
from matcher.analysis.verdicts_at_crime import At, place_of, tally
from matcher.errors import MatcherError
from matcher.runs.folder import RunFolder
from tracker.access.roles import Right


def counts(context: RequestContext, name: str, force: str, crime_ref: str, version: int | None = None) -> CrimeVerdicts:
    """How many tested wearers have each verdict at one crime; no wearer is named.

    Raises
    ------
    CrimeNotFound
        The run did not match this crime.
    VerdictsNotComputed
        The run has no verdicts.
    """
    context.require(Right.READ_RUNS)
    run = readable_run(context, name)
    verdicts, at, crime = _at_crime(run, force, crime_ref, version)
    return crime_verdicts_of(run.run_id, crime, texts_at(context, force, crime_ref), tally(verdicts[at.row]))


def latest_counts(context: RequestContext, force: str, crime_ref: str) -> CrimeVerdicts | None:
    """As `counts`, by the latest run; None where it did not match this crime, or has no verdicts, or there is none."""
    try:
        return counts(context, "latest", force, crime_ref)
    except MatcherError:
        return None


def wearers(
    context: RequestContext,
    name: str,
    force: str,
    crime_ref: str,
    page: Page,
    *,
    verdict: str | None = None,
    version: int | None = None,
) -> WearerVerdictPage:
    """The tested wearers of one crime with their verdicts, in the order of verdicts and then by reference. Raises as
    `counts`."""
    context.require(Right.READ_RUNS)
    run = readable_run(context, name)
    rows = run.verdicts_at(force, crime_ref, version)
    if context.actor.gate is not None:
        gate = context.actor.gate()
        _, _, crime = _at_crime(run, force, crime_ref, version)
        shown = gate.open_for(rows["wearer_id"].to_list(), crime["t_from"], crime["t_to"])
        rows = rows.filter(pl.col("wearer_id").is_in(shown))
    if verdict is not None:
        rows = rows.filter(pl.col("verdict") == verdict)
    rank = pl.col("verdict").replace_strict(list(VERDICT_MEANINGS), range(len(VERDICT_MEANINGS)))
    ordered = rows.sort(rank, "reason", "wearer_id", nulls_last=True).slice(page.offset, page.limit or None)
    record_wearers_read(context, run, ordered["wearer_id"].to_list(), f"verdicts at {force} {crime_ref}")
    items = wearer_verdicts_of(ordered)
    return WearerVerdictPage(items=items, total=rows.height, limit=page.limit, offset=page.offset)


def _at_crime(
    run: RunFolder, force: str, crime_ref: str, version: int | None
) -> tuple[pl.DataFrame, At, dict[str, Any]]:
    """The run's verdicts, where this crime is in them, and the crime."""
    verdicts = run.verdicts().collect()
    at = place_of(verdicts, run.not_matchable().collect(), force, crime_ref, version)
    key = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref) & (pl.col("version") == at.version)
    return verdicts, at, run.crimes().filter(key).collect().row(0, named=True)
