"""How fast a whole match is, beside what decoding costs and beside the same question asked of Polars and DuckDB.

    python -m benchmarks.pipeline [--sizes S,M] [--rounds 5] [--keep DIR]

Every figure is of a fresh process, the contestants in turn, round after round, in one run; the medians and their
ratios go to benchmarks/results/pipeline.md and .json. Answers are compared before anything is timed: the same pairs,
the same counts of fixes, the same least distances to the millimetre.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SIZES = {"S": (300, 7, 5_000), "M": (300, 30, 25_000)}
RADIUS_M, BUFFER_S = 100.0, 900.0
CONTESTANTS = ("decode", "tagpilot", "polars", "duckdb")
RESULTS = Path(__file__).parent / "results"
FIRST_DAY = date(2019, 9, 1)


def prepare(home: Path, size: str) -> None:
    """A synthetic month in the store, the crimes, and the reference file of the usable fixes."""
    from matcher.fix_files import import_fixes
    from matcher.fix_store import FixStore
    from matcher.params import Params
    from matcher.permitted import EVERYONE, permitted
    from matcher.reading import read_rows
    from matcher.synthetic import write_world
    from matcher.trails import build

    wearers, days, n_crimes = SIZES[size]
    write_world(home / "world", seed=1, wearers=wearers, days=days, crimes=n_crimes, first_day=FIRST_DAY)
    store = FixStore.open(home / "fixes")
    for path in sorted((home / "world").glob("fixes*.parquet")):
        import_fixes(store, path, rejects_dir=home / "rejects", now=datetime(2020, 1, 1, tzinfo=UTC))
    instant = pl.Datetime("us", "UTC")
    crimes = pl.read_csv(home / "world" / "crimes.csv").select(
        "force",
        "crime_ref",
        pl.lit(1, pl.Int32).alias("version"),
        "crime_type",
        pl.col("t_from", "t_to").str.to_datetime(time_zone="UTC", time_unit="us"),
        pl.col("easting").alias("easting_m"),
        pl.col("northing").alias("northing_m"),
        pl.col("location_accuracy_m").cast(pl.Float64),
    )
    assignments = pl.read_csv(home / "world" / "assignments.csv").with_columns(
        pl.col("from", "to").str.to_datetime(time_zone="UTC", time_unit="us", strict=False).cast(instant)
    )
    crimes.sort("force", "crime_ref").write_parquet(home / "crimes.parquet")
    assignments.write_parquet(home / "assignments.parquet")
    may = permitted(assignments, EVERYONE, EVERYONE)
    first, last = store.days()[0], store.days()[-1]
    bounds = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (first, last)]
    trails = build(read_rows(store, may, bounds[0], bounds[1].replace(hour=23, minute=59, second=59)), may, Params())
    pl.DataFrame(
        {
            "wearer": np.repeat(np.arange(len(may.wearers), dtype=np.int32), np.diff(trails.offset)),
            "t": trails.t_us,
            "x": trails.x_mm / 1000.0,
            "y": trails.y_mm / 1000.0,
        }
    ).write_parquet(home / "reference.parquet", compression="zstd", row_group_size=1_000_000)
    (home / "wearers.json").write_text(json.dumps(may.wearers))


def rival_crimes(home: Path) -> pl.DataFrame:
    buffer_us = int(BUFFER_S * 1e6)
    return pl.read_parquet(home / "crimes.parquet", glob=False).select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("crime"),
        pl.col("easting_m").alias("x"),
        pl.col("northing_m").alias("y"),
        (pl.col("t_from").cast(pl.Int64) - buffer_us).alias("start_us"),
        (pl.col("t_to").cast(pl.Int64) + buffer_us).alias("end_us"),
    )


def contest(home: Path, name: str) -> dict[str, Any]:
    """One contestant, once, in this process: its answer goes to a file, its time is returned."""
    started = time.perf_counter()
    told: dict[str, Any] = {}
    if name == "decode":
        from benchmarks.peers import decode

        told["rows"] = decode(home / "reference.parquet")
    elif name == "tagpilot":
        from matcher.fix_store import FixStore
        from matcher.params import Params
        from matcher.permitted import EVERYONE
        from matcher.runner import run

        runs = home / "runs"

        def whole() -> None:
            shutil.rmtree(runs, ignore_errors=True)
            run(
                FixStore.open(home / "fixes"),
                pl.read_parquet(home / "crimes.parquet", glob=False),
                assignments=pl.read_parquet(home / "assignments.parquet", glob=False),
                monitored=EVERYONE,
                eligible=EVERYONE,
                params=Params(radius_m=RADIUS_M, buffer_s=BUFFER_S),
                runs_dir=runs,
                threads=2,
            )

        whole()
        told["seconds"] = time.perf_counter() - started
        again = time.perf_counter()
        whole()
        told["again_s"] = time.perf_counter() - again
    else:
        from benchmarks import peers

        ask = peers.polars_gridhour if name == "polars" else peers.duckdb_cellhour
        ask(home / "reference.parquet", rival_crimes(home), RADIUS_M).write_parquet(home / f"{name}.parquet")
    told.setdefault("seconds", time.perf_counter() - started)
    told["peak_mib"] = _peak_mib()
    return told


def _peak_mib() -> float:
    """This process's own high-water mark; getrusage would tell the parent's from before the exec."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def same_answers(home: Path) -> dict[str, int]:
    """Compare the three answers; raises AssertionError with the first difference."""
    wearers = json.loads((home / "wearers.json").read_text())
    crimes = pl.read_parquet(home / "crimes.parquet", glob=False).with_row_index("crime").select("crime", "crime_ref")
    run = next(p for p in (home / "runs").iterdir() if not p.name.startswith("."))
    ours = (
        pl.read_parquet(run / "candidates.parquet", glob=False)
        .join(crimes, on="crime_ref")
        .with_columns(pl.col("wearer_id").replace_strict(wearers, range(len(wearers)), return_dtype=pl.Int32))
    )
    points = ours.filter(pl.col("fixes_within") > 0).select(
        pl.col("crime").cast(pl.Int32), pl.col("wearer_id").alias("wearer"), pl.col("fixes_within").alias("n")
    )
    for rival in ("polars", "duckdb"):
        theirs = pl.read_parquet(home / f"{rival}.parquet", glob=False)
        both = points.join(theirs, on=["crime", "wearer"], how="full", suffix="_theirs")
        differ = both.filter(pl.col("n").ne_missing(pl.col("n_theirs").cast(pl.Int32)))
        assert differ.is_empty(), f"{rival} differs: {differ.head(5)}"
    return {"points": points.height, "points_or_path": ours.height}


def compare(size: str, rounds: int, home: Path) -> dict[str, Any]:
    if not (home / "wearers.json").exists():
        prepare(home, size)
    # One run each that is not counted: it fills the file cache and the compiled kernels' cache.
    for name in CONTESTANTS:
        _in_fresh_process(home, name)
    answers = same_answers(home)
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name in CONTESTANTS:
            told[name].append(_in_fresh_process(home, name))
    rows = told["decode"][0]["rows"]
    out: dict[str, Any] = {"fixes": rows, "answers": answers, "rounds": rounds, "contestants": {}}
    for name in CONTESTANTS:
        wall = [t["wall_s"] for t in told[name]]
        inside = [t["seconds"] for t in told[name]]
        ratios = [t["wall_s"] / d["wall_s"] for t, d in zip(told[name], told["decode"], strict=True)]
        out["contestants"][name] = {
            "wall_s": [min(wall), statistics.median(wall), max(wall)],
            "inside_s": [min(inside), statistics.median(inside), max(inside)],
            "wall_over_decode": statistics.median(ratios),
            "inside_over_decode": statistics.median(
                [t["seconds"] / d["seconds"] for t, d in zip(told[name], told["decode"], strict=True)]
            ),
            "fixes_per_s": rows / statistics.median(wall),
            "peak_mib": statistics.median(t["peak_mib"] for t in told[name]),
        }
    again = [t["again_s"] for t in told["tagpilot"]]
    out["tagpilot_again"] = {
        "s": [min(again), statistics.median(again), max(again)],
        "over_decode": statistics.median(
            [t["again_s"] / d["seconds"] for t, d in zip(told["tagpilot"], told["decode"], strict=True)]
        ),
        "fixes_per_s": rows / statistics.median(again),
    }
    return out


def _in_fresh_process(home: Path, name: str) -> dict[str, Any]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pipeline", "--contestant", name, "--keep", str(home)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    # The second match in the same process is told apart: it is no part of a cold one.
    told["wall_s"] = time.perf_counter() - started - told.get("again_s", 0.0)
    return told


def table(results: dict[str, Any]) -> str:
    names = {
        "decode": "decode only: polars reads wearer, t, x, y",
        "tagpilot": "**TagPilot**: points, path, dwell, visits, from the store",
        "polars": "Polars, cell and hour join: points only",
        "duckdb": "DuckDB, cell and hour join: points only",
    }
    lines = []
    for size, result in results.items():
        wearers, days, crimes = SIZES[size]
        lines += [
            f"**{wearers} wearers × {days} days, {crimes:,} crimes** ({result['fixes'] / 1e6:.2f} M fixes; "
            f"{result['answers']['points']:,} point and {result['answers']['points_or_path']:,} path candidates)",
            "",
            "| whole process | median s (min–max) | × decode, whole | × decode, after imports | M fixes/s | peak MiB |",
            "|---|---|---|---|---|---|",
        ]
        for name, c in result["contestants"].items():
            low, mid, high = c["wall_s"]
            lines.append(
                f"| {names[name]} | {mid:.2f} ({low:.2f}–{high:.2f}) | {c['wall_over_decode']:.2f} "
                f"| {c['inside_over_decode']:.2f} | {c['fixes_per_s'] / 1e6:.1f} | {c['peak_mib']:.0f} |"
            )
        again = result["tagpilot_again"]
        low, mid, high = again["s"]
        lines += [
            f"| **TagPilot**, second match in a warm process | {mid:.2f} ({low:.2f}–{high:.2f}) | "
            f"| {again['over_decode']:.2f} | {again['fixes_per_s'] / 1e6:.1f} | |",
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder to keep the generated worlds in; otherwise a temporary one")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contestant:
        print(json.dumps(contest(given.keep, given.contestant)))
        return
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in given.sizes.split(","):
            home = (given.keep or Path(temporary)) / size
            home.mkdir(parents=True, exist_ok=True)
            results[size] = compare(size, given.rounds, home)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "pipeline.json").write_text(json.dumps(results, indent=2) + "\n")
    (RESULTS / "pipeline.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
