"""Wearers taken out of kept runs: what the law asks of a result that names somebody who has been erased.

The rows of those wearers go from every file of the run, inputs included; nothing of anybody else changes. The run says
from then on how many were erased, and can be verified no more.
"""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from matcher.files import write_json, write_parquet_atomically
from matcher.runs.folder import RunFolder, list_runs

ERASED = "erased.json"
WEARERS = Path("inputs") / "wearers.parquet"
_WHO = ("wearer_id", "wearer")
"""Columns that name a wearer."""


def erased_from(run: RunFolder) -> int:
    """How many wearers were taken out of a run: those it counted less those it still names."""
    if not (run.path / ERASED).is_file():
        return 0
    left = pl.scan_parquet(run.path / WEARERS, glob=False).select(pl.len()).collect().item()
    # Killed before the list of wearers was written anew: somebody is, and how many is told by doing it again.
    return max(1, int(run.manifest["counts"]["wearers"]) - int(left))


def erase_wearers(runs_dir: Path, wearers: Collection[str]) -> dict[str, int]:
    """Take wearers out of every run there; how many runs named one of them, and how many rows went.

    Killed half-way and done again, it comes to the same: the mark is made before a row goes, each file is replaced
    whole, and the list of wearers is the last.
    """
    told = {"runs": 0, "rows": 0}
    for run in list_runs(runs_dir):
        paths = sorted(run.path.rglob("*.parquet"), key=lambda path: (path == run.path / WEARERS, path))
        files = {path: _rows_of(path, wearers) for path in paths}
        if not any(files.values()):
            continue
        write_json(run.path / ERASED, {"erased": "wearers were taken out of this run as the law asks"})
        for path, rows in files.items():
            if rows:
                frame = pl.read_parquet(path, glob=False)
                write_parquet_atomically(path, frame.filter(~_of(frame.columns, wearers)))
        told["runs"] += 1
        told["rows"] += sum(files.values())
    return told


def _rows_of(path: Path, wearers: Collection[str]) -> int:
    scan = pl.scan_parquet(path, glob=False)
    columns = scan.collect_schema().names()
    if not any(name in columns for name in _WHO):
        return 0
    return int(scan.filter(_of(columns, wearers)).select(pl.len()).collect().item())


def _of(columns: Collection[str], wearers: Collection[str]) -> pl.Expr:
    name = next((name for name in _WHO if name in columns), None)
    return pl.lit(False) if name is None else pl.col(name).is_in(list(wearers))
