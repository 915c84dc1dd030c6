"""Worlds to measure in, written once and kept: synthetic lives in the fix store, crimes, and the reference file.

    python -m benchmarks.worlds [--sizes S,M]

They stand under the user's cache folder, named by their size and by a digest of the code that made them, so that a
rerun finds them and an edit of the generator or of the store starts anew. The fixes go the way a user's would: a file
in degrees, read by the importer into the store.
"""

import argparse
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.sizes import FIRST_DAY, SEED, SIZES, Size

ROOT = Path(__file__).parent.parent
MAKING = (
    "matcher/synthetic/*.py",
    "geo/projection.py",
    *(f"matcher/fix_{part}.py" for part in ("rows", "merge", "days", "index")),
)
CLEANING = ("matcher/trails/build.py", "matcher/store/suspect_fixes.py", "matcher/kernels/trail.py")
WEARERS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class World:
    """A folder: `fixes/` the store, `crimes.parquet`, `assignments.parquet`, `wearers.json`, and the reference file:
    wearer int32, t int64 epoch us, x, y float64 metres, zstd; the fixes that serve as evidence and no others, by
    wearer and time."""

    home: Path

    @property
    def store(self) -> Path:
        return self.home / "fixes"

    @property
    def reference(self) -> Path:
        return self.home / f"reference-{digest_of(CLEANING)}.parquet"

    def crimes(self) -> pl.DataFrame:
        return pl.read_parquet(self.home / "crimes.parquet", glob=False)

    def assignments(self) -> pl.DataFrame:
        return pl.read_parquet(self.home / "assignments.parquet", glob=False)

    def wearers(self) -> list[str]:
        """In the order of their numbers in the reference file."""
        return list(json.loads((self.home / "wearers.json").read_text()))


def cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagpilot" / "benchmarks"


def digest_of(patterns: Iterable[str]) -> str:
    """Of the sources that the patterns name."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def made_once(home: Path, make: Callable[[Path], None]) -> Path:
    """The folder `home`, made under another name by `make` and then renamed, unless it is there."""
    if not home.exists():
        partial = home.with_name(f"{home.name}.{os.getpid()}.partial")
        partial.mkdir(parents=True)
        try:
            make(partial)
            partial.rename(home)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return home


def world(size: Size, root: Path | None = None) -> World:
    """The world of this size, made if it is not kept yet. Memory is flat: a group of wearers, or the largest day."""
    moved = f"-{size.moved:g}" if size.moved else ""
    name = f"{size.name}-{size.wearers}x{size.days}x{size.crimes}{moved}-{digest_of(MAKING)}"
    made = World(made_once((root or cache_dir()) / name, lambda home: _make(home, size)))
    if not made.reference.exists():
        write_reference(made)
    return made


def _make(home: Path, size: Size) -> None:
    from matcher.ingest.fixes import import_fixes
    from matcher.store.fixes import FixStore
    from matcher.synthetic import write_world

    raw = home / "world"
    write_world(raw, seed=SEED, wearers=size.wearers, days=size.days, crimes=size.crimes, first_day=FIRST_DAY)
    store = FixStore.open(home / "fixes")
    now = datetime(FIRST_DAY.year + 1, 1, 1, tzinfo=UTC)
    import_fixes(store, raw / "fixes.parquet", rejects_dir=home / "rejects", now=now)
    # In the store now; at the largest size it is four gigabytes.
    (raw / "fixes.parquet").unlink()
    instant = pl.col("t_from", "t_to").str.to_datetime(time_zone="UTC", time_unit="us")
    crimes = pl.read_csv(raw / "crimes.csv").select(
        "force",
        "crime_ref",
        pl.lit(1, pl.Int32).alias("version"),
        "crime_type",
        instant,
        pl.col("easting").cast(pl.Float64).alias("easting_m"),
        pl.col("northing").cast(pl.Float64).alias("northing_m"),
        pl.col("location_accuracy_m").cast(pl.Float64),
    )
    planted = pl.read_csv(raw / "truth.csv")["crime_ref"].unique()
    moved_off(crimes.sort("force", "crime_ref"), planted, size.moved).write_parquet(home / "crimes.parquet")
    assignments = pl.read_csv(raw / "assignments.csv", schema_overrides={"to": pl.String}).with_columns(
        pl.col("from", "to").str.to_datetime(time_zone="UTC", time_unit="us", strict=False)
    )
    assignments.write_parquet(home / "assignments.parquet")
    (home / "wearers.json").write_text(json.dumps(sorted(assignments["wearer_id"].unique())))


def moved_off(crimes: pl.DataFrame, planted: pl.Series, share: float) -> pl.DataFrame:
    """A share of the crimes, none of the planted, one to two kilometres off in any direction, whole metres."""
    rng = np.random.default_rng([SEED, 101])
    n = crimes.height
    chosen = (rng.random(n) < share) & ~crimes["crime_ref"].is_in(planted.implode()).to_numpy()
    far_m, way = np.where(chosen, rng.uniform(1_000, 2_000, n), 0.0), rng.uniform(0, 2 * np.pi, n)
    return crimes.with_columns(
        easting_m=pl.col("easting_m") + np.rint(far_m * np.cos(way)),
        northing_m=pl.col("northing_m") + np.rint(far_m * np.sin(way)),
    )


def write_reference(made: World) -> None:
    """The usable fixes of every wearer, some wearers at a time, as one file of row groups of a million."""
    from matcher.params import Params
    from matcher.permitted import EVERYONE, permitted
    from matcher.store.fixes import FixStore
    from matcher.trails.read import read_trails

    store = FixStore.open(made.store)
    may = permitted(made.assignments(), EVERYONE, EVERYONE)
    if may.wearers != made.wearers():
        raise ValueError(f"{len(may.wearers)} wearers are assigned, {len(made.wearers())} are named")
    days = store.days()
    t_from, t_to = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days[0], days[-1]))
    pieces = made.home / f"pieces.{os.getpid()}"
    pieces.mkdir()
    for low in range(0, len(may.wearers), WEARERS_AT_ONCE):
        chosen = list(range(low, min(low + WEARERS_AT_ONCE, len(may.wearers))))
        trails = read_trails(store, may.for_wearers(chosen), t_from, t_to + timedelta(days=1), Params())
        pl.DataFrame(
            {
                "wearer": np.repeat(np.array(chosen, np.int32), np.diff(trails.offset)),
                "t": trails.t_us,
                "x": trails.x_mm / 1000.0,
                "y": trails.y_mm / 1000.0,
            }
        ).write_ipc(pieces / f"{low:06}.arrow")
    partial = made.reference.with_suffix(".partial")
    pl.scan_ipc(sorted(pieces.glob("*.arrow"))).sink_parquet(partial, compression="zstd", row_group_size=1_000_000)
    partial.rename(made.reference)
    shutil.rmtree(pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L")
    for name in parser.parse_args().sizes.split(","):
        print(name, world(SIZES[name]).home, flush=True)


if __name__ == "__main__":
    main()
