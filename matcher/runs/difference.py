"""Differences between two runs: candidates added, withdrawn or changed, and verdicts changed.

A candidate counts as changed if its evidence in the trail or p does (a late fix can move a node of its day), not if
only e, strength or q moved because of other days or other candidates. A pair that is a candidate in neither run, of a
crime in both, counts as changed if its verdict does.
"""

from pathlib import Path

import polars as pl

from matcher.files import write_parquet_atomically
from matcher.runs.folder import RunFolder
from matcher.schemas import CRIME_KEY, EVIDENCE

DIFFERENCE: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "wearer_id": pl.String(),
    "change": pl.String(),
    "version_before": pl.Int32(),
    "version": pl.Int32(),
    "verdict_before": pl.String(),
    "verdict": pl.String(),
    "differs": pl.String(),
}
"""`change` is *added*, *withdrawn* or *changed*; `differs` names the columns that differ. A verdict is null if the pair
was not tested in that run, or its crime was not in the run."""

FOLDER = "difference"

_PAIR = ("force", "crime_ref", "wearer_id")
_COMPARED = (*EVIDENCE, "p_present")
_SHOWN = tuple(name for name in _COMPARED if name not in (*CRIME_KEY, "wearer_id"))


def difference(before: RunFolder, after: RunFolder) -> pl.DataFrame:
    """What a reviewer of `before` must look at again.

    Returns
    -------
    pl.DataFrame
        As `DIFFERENCE`, by (force, crime_ref, wearer_id, version, version_before). A candidate of another version of
        the same crime is one changed candidate, not one withdrawn and one added.
    """
    frames = [run.candidates() for run in (before, after)]
    # A run of an earlier algorithm has no columns that were new after it: that is no change of a candidate.
    in_both = set.intersection(*(set(frame.collect_schema().names()) for frame in frames))
    shown = [name for name in _COMPARED if name in in_both]
    old, new = (frame.select(shown).collect() for frame in frames)
    key = [*CRIME_KEY, "wearer_id"]
    kept = _changed(old.join(new, on=key, suffix="_now").with_columns(version_now=pl.col("version")))
    gone, come = old.join(new, on=key, how="anti"), new.join(old, on=key, how="anti")
    again = _single_version(gone).join(_single_version(come), on=_PAIR, suffix="_now")
    amended = _changed(again)
    moved = again.select(*_PAIR, "version", "version_now")
    gone = gone.join(moved, on=[*_PAIR, "version"], how="anti")
    come = come.join(moved.select(*_PAIR, version="version_now"), on=[*_PAIR, "version"], how="anti")
    withdrawn = gone.select(
        *_PAIR, change=pl.lit("withdrawn"), version_before="version", verdict_before="verdict", verdict=_none("verdict")
    )
    added = come.select(
        *_PAIR, change=pl.lit("added"), version="version", verdict="verdict", verdict_before=_none("verdict_before")
    )
    parts = [kept, amended, withdrawn, added]
    out = pl.concat([pl.DataFrame(schema=DIFFERENCE), *parts], how="diagonal").select(DIFFERENCE.keys())
    return out.sort(*_PAIR, "version", "version_before", nulls_last=True)


def write_difference(before: RunFolder, after: RunFolder) -> Path:
    """Write `difference/<run id of before>.parquet` into the folder of `after`. It is not one of the run's results,
    which do not depend on an earlier run."""
    path = after.path / FOLDER / f"{before.run_id}.parquet"
    path.parent.mkdir(exist_ok=True)
    write_parquet_atomically(path, difference(before, after))
    return path


def counts(rows: pl.DataFrame) -> dict[str, int]:
    """How many of a difference were added, withdrawn and changed."""
    return {change: int((rows["change"] == change).sum()) for change in ("added", "withdrawn", "changed")}


def _changed(both: pl.DataFrame) -> pl.DataFrame:
    """The pairs whose evidence or version differs."""
    compared = ["version", *(name for name in _SHOWN if name in both.columns)]
    differs = pl.concat_str(
        [pl.when(pl.col(name).ne_missing(pl.col(f"{name}_now"))).then(pl.lit(name)) for name in compared],
        separator=", ",
        ignore_nulls=True,
    )
    return (
        both.select(
            *_PAIR,
            change=pl.lit("changed"),
            version_before="version",
            version="version_now",
            verdict_before="verdict",
            verdict="verdict_now",
            differs=differs,
        )
        .filter(pl.col("differs") != "")
        .select(DIFFERENCE.keys())
    )


def _single_version(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs with one version only; among several it is unknown which became which."""
    return rows.filter(pl.len().over(_PAIR) == 1)


def _none(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)
