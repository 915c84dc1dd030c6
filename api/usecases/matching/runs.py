"""What an actor may read of the runs: every way to a candidate goes through here, and row-level access is decided here.

Each function takes the actor first and asks itself whether they may: a route without its guard shows nothing.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from api.usecases.actor import Actor
from api.wording.meanings import VERDICT_MEANINGS
from matcher.analysis.verdicts_at_crime import place_of, tally
from matcher.errors import RunNotFound
from matcher.runs import difference as run_difference
from matcher.runs.folder import RunFolder, find_run, list_runs
from matcher.schemas import CRIME_KEY
from matcher.store.fixes import FixStore
from matcher.views.detail import Detail, detail
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
"""Columns and whether they fall; what is not known comes last. Ties go by the candidate's key, so that pages never
overlap. Strongest: the least likely to be chance, then the likeliest to have been there, then the most unusual."""


class Page(NamedTuple):
    """Some rows of `total`."""

    rows: pl.DataFrame
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What candidates are asked for; None asks for all."""

    verdict: str | None = None
    force: str | None = None
    crime_ref: str | None = None
    wearer_id: str | None = None

    def expression(self) -> pl.Expr:
        asked = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        return pl.all_horizontal(pl.lit(True), *[pl.col(name) == value for name, value in asked.items()])


def readable_runs(actor: Actor, runs_dir: Path) -> list[RunFolder]:
    """The latest first."""
    actor.must(Right.READ_RUNS)
    return list_runs(runs_dir)


def readable_run(actor: Actor, runs_dir: Path, name: str) -> RunFolder:
    """By its id, the beginning of it, or `latest`. Raises matcher.errors.RunNotFound."""
    actor.must(Right.READ_RUNS)
    return find_run(runs_dir, name)


def candidates(
    actor: Actor, run: RunFolder, asked: Filter, *, order: str = "crime", limit: int = 50, offset: int = 0
) -> Page:
    """Candidates that fit, in the order asked for, from `offset` on."""
    actor.must(Right.READ_RUNS)
    ordered = ORDERS[order]
    found = _shown(actor, run, run.candidates().filter(asked.expression()))
    total = found.select(pl.len()).collect().item()
    by = [*ordered, *[(name, False) for name in KEY if name not in dict(ordered)]]
    rows = (
        found.sort([name for name, _ in by], descending=[falling for _, falling in by], nulls_last=True)
        .slice(offset, limit)
        .collect()
    )
    return Page(rows, total)


def _shown(actor: Actor, run: RunFolder, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of candidates those whom the actor may be shown."""
    return rows if actor.gate is None else actor.gate().open_rows(rows, run.crimes())


def one_candidate(actor: Actor, run: RunFolder, store: FixStore, force: str, crime_ref: str, wearer_id: str) -> Detail:
    """A candidate with its visits and the fixes in the window. Raises matcher.errors.RunNotFound."""
    actor.must(Right.READ_RUNS)
    mine = Filter(force=force, crime_ref=crime_ref, wearer_id=wearer_id).expression()
    if _shown(actor, run, run.candidates().filter(mine)).collect().is_empty():
        # As where there is none: that somebody may not be shown is nobody's to learn here.
        raise RunNotFound(f"run {run.run_id}: this wearer is not a candidate at crime {force} {crime_ref}")
    found = detail(run, store, force, crime_ref, wearer_id)
    if actor.gate is None:
        return found
    gate, crime = actor.gate(), found.crime
    shown = [w for w in found.others["wearer_id"] if gate.shows(w, crime["t_from"], crime["t_to"])]
    return replace(found, others=found.others.filter(pl.col("wearer_id").is_in(shown)))


def not_matchable(actor: Actor, run: RunFolder, *, reason: str | None = None, limit: int = 50, offset: int = 0) -> Page:
    actor.must(Right.READ_RUNS)
    found = run.not_matchable()
    if reason is not None:
        found = found.filter(pl.col("reason") == reason)
    total = found.select(pl.len()).collect().item()
    return Page(found.sort(CRIME_KEY).slice(offset, limit).collect(), total)


def difference(actor: Actor, before: RunFolder, after: RunFolder) -> pl.DataFrame:
    """What has changed from one run to another, as `matcher.runs.difference.DIFFERENCE`."""
    actor.must(Right.READ_RUNS)
    told = run_difference.difference(before, after)
    if actor.gate is None:
        return told
    gate = actor.gate()
    windows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for run in (before, after):
        crimes = run.crimes().select(*CRIME_KEY, "t_from", "t_to").collect()
        windows |= {row[:3]: row[3:] for row in crimes.iter_rows()}
    versions = told.select(pl.coalesce("version", "version_before"))["version"]
    pairs = zip(told["force"], told["crime_ref"], versions, told["wearer_id"], strict=True)
    # A crime that neither run has was matched by none, so nobody is shown at it.
    shown = [at in windows and gate.shows(wearer, *windows[at]) for *key, wearer in pairs for at in [tuple(key)]]
    return told.filter(pl.Series(shown, dtype=pl.Boolean))


def crimes_of(actor: Actor, run: RunFolder, crime_ref: str, force: str | None = None) -> pl.DataFrame:
    """The crimes of a run with this reference, each version a row; several forces may use one reference."""
    actor.must(Right.READ_RUNS)
    found = run.crimes().filter(pl.col("crime_ref") == crime_ref)
    if force is not None:
        found = found.filter(pl.col("force") == force)
    return found.sort(CRIME_KEY).collect()


class CrimeVerdicts(NamedTuple):
    """A crime of a run with how many tested wearers have each of `matcher.schemas.VERDICT_CODES`."""

    crime: dict[str, Any]
    counts: dict[str, int]


def verdict_counts(
    actor: Actor, run: RunFolder, force: str, crime_ref: str, version: int | None = None
) -> CrimeVerdicts:
    """Raises matcher.errors.CrimeNotFound, VerdictsNotComputed."""
    actor.must(Right.READ_RUNS)
    verdicts = run.verdicts().collect()
    at = place_of(verdicts, run.not_matchable().collect(), force, crime_ref, version)
    key = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref) & (pl.col("version") == at.version)
    crime = run.crimes().filter(key).collect().row(0, named=True)
    return CrimeVerdicts(crime, tally(verdicts[at.row]))


def verdict_list(
    actor: Actor,
    run: RunFolder,
    force: str,
    crime_ref: str,
    *,
    verdict: str | None = None,
    version: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """The tested wearers of one crime with their verdicts, in the order of verdicts and then by reference.

    Raises matcher.errors.CrimeNotFound, VerdictsNotComputed.
    """
    actor.must(Right.READ_RUNS)
    rows = run.verdicts_at(force, crime_ref, version)
    if actor.gate is not None:
        gate = actor.gate()
        at = place_of(run.verdicts().collect(), run.not_matchable().collect(), force, crime_ref, version)
        key = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref) & (pl.col("version") == at.version)
        crime = run.crimes().filter(key).collect().row(0, named=True)
        shown = [w for w in rows["wearer_id"] if gate.shows(w, crime["t_from"], crime["t_to"])]
        rows = rows.filter(pl.col("wearer_id").is_in(shown))
    if verdict is not None:
        rows = rows.filter(pl.col("verdict") == verdict)
    rank = pl.col("verdict").replace_strict(list(VERDICT_MEANINGS), range(len(VERDICT_MEANINGS)))
    rows = rows.sort(rank, "reason", "wearer_id", nulls_last=True)
    return Page(rows.slice(offset, limit), rows.height)
