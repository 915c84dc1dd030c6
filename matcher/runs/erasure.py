"""Erases wearers from stored runs, as the law requires for results that name them.

Their rows are deleted from every file of the run, inputs and manifest included; the rows of other wearers stay as they
are. The run then reports how many wearers were erased, and can no longer be verified.
"""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from matcher.errors import Damaged
from matcher.files import read_rows, scan_rows, write_json, write_parquet_atomically
from matcher.runs.folder import MANIFEST, RunFolder, runs_in
from matcher.runs.workdir import delete_abandoned

ERASED = "erased.json"
WEARERS = Path("inputs") / "wearers.parquet"
_WEARER_COLUMNS = ("wearer_id", "wearer")
"""Columns that name a wearer."""


def erased_from(run: RunFolder) -> int:
    """How many wearers were erased from a run: those it counted minus those it still names."""
    if not (run.path / ERASED).is_file():
        return 0
    left = scan_rows(run.path / WEARERS).select(pl.len()).collect().item()
    # After a kill before the list of wearers was replaced the number is not known yet, but it is at least one.
    return max(1, int(run.manifest["counts"]["wearers"]) - int(left))


def erase_wearers(runs_dir: Path, wearers: Collection[str], only: Collection[str] | None = None) -> dict[str, int]:
    """Erase wearers from every run in a folder, or from those named `only`. Returns how many runs named one of them,
    and how many rows were deleted. Groups that cancelled runs left to be continued are deleted, of whomever. Raises
    Damaged at the end if a run cannot be read.

    Can be repeated after a kill: the mark is written before any row is deleted, each file is replaced atomically, and
    the list of wearers is replaced last.
    """
    delete_abandoned(runs_dir)
    erased = {"runs": 0, "rows": 0}
    found = runs_in(runs_dir)
    for run in found.whole:
        if only is not None and run.run_id not in only:
            continue
        paths = sorted(run.path.rglob("*.parquet"), key=lambda path: (path == run.path / WEARERS, path))
        files = {path: _rows_of(path, wearers) for path in paths}
        if not any(files.values()):
            continue
        write_json(run.path / ERASED, {"erased": "wearers have been erased from this run"})
        faults = run.manifest.get("record_faults", [])
        left = [fault for fault in faults if fault["wearer"] not in wearers]
        if left != faults:
            write_json(run.path / MANIFEST, {**run.manifest, "record_faults": left})
        for path, rows in files.items():
            if rows:
                frame = read_rows(path)
                write_parquet_atomically(path, frame.filter(~_of(frame.columns, wearers)))
        erased["runs"] += 1
        erased["rows"] += sum(files.values())
    if damaged := damaged_runs(runs_dir, only):
        names = ", ".join(damaged)
        raise Damaged(
            f"whether damaged runs name the person is not known: {names}. Restore or delete their folders, and finish "
            "the erasure; every other run is done"
        )
    return erased


def damaged_runs(runs_dir: Path, only: Collection[str] | None = None) -> list[str]:
    """Names of the runs that cannot be read, or of those among `only`."""
    return [each.name for each in runs_in(runs_dir).damaged if only is None or each.name in only]


def _rows_of(path: Path, wearers: Collection[str]) -> int:
    scan = scan_rows(path)
    columns = scan.collect_schema().names()
    if not any(name in columns for name in _WEARER_COLUMNS):
        return 0
    return int(scan.filter(_of(columns, wearers)).select(pl.len()).collect().item())


def _of(columns: Collection[str], wearers: Collection[str]) -> pl.Expr:
    name = next((name for name in _WEARER_COLUMNS if name in columns), None)
    return pl.lit(False) if name is None else pl.col(name).is_in(list(wearers))
