"""Synthetic worlds to measure in, made once: fixes in a fix store, crimes, assignments, and the reference file.

    python -m benchmarks.matching.worlds [--sizes S,M]

They are kept in the user's cache folder, named by their size and by a digest of the code that made them: a rerun finds
them, and an edit of the generator or of the store makes new ones. The fixes are imported as a user's would be, from a
file in degrees.
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
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.matching.sizes import FIRST_DAY, SEED, SIZES, Size

if TYPE_CHECKING:
    from matcher.permitted import Permitted

ROOT = Path(__file__).parents[2]
MAKING = (
    "matcher/synthetic/*.py",
    "geo/projection.py",
    "matcher/ingest/rows.py",
    *(f"matcher/store/{part}.py" for part in ("merge", "day_file", "day_rows", "index/*")),
    "matcher/kernels/indexed/*.py",
)
CLEANING = ("matcher/trails/build.py", "matcher/store/suspect_fixes.py", "matcher/kernels/trails/trail.py")
WEARERS_PER_PIECE = 100


@dataclass(frozen=True, slots=True)
class World:
    """A folder with the store `fixes/`, `crimes.parquet`, `assignments.parquet`, `wearers.json` and the reference file.

    The reference file has only the fixes that a match may use, by wearer and time: wearer int32, t int64 microseconds
    UTC, x and y float64 metres, compressed with zstd.
    """

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
        """Wearers in the order of their numbers in the reference file."""
        return list(json.loads((self.home / "wearers.json").read_text()))


def cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagpilot" / "benchmarks"


def digest_of(patterns: Iterable[str]) -> str:
    """A digest of the source files that match the patterns."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def made_once(home: Path, make: Callable[[Path], None]) -> Path:
    """The folder `home`; where it does not exist, `make` fills it under a temporary name and it is renamed when
    whole."""
    if not home.exists():
        partial = home.with_name(f"{home.name}.{os.getpid()}.partial")
        partial.mkdir(parents=True)
        try:
            make(partial)
            partial.rename(home)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return home


def make_world(size: Size, root: Path | None = None) -> World:
    """The world of this size, made if it does not exist yet. Memory stays below a group of wearers or the largest
    day."""
    suffix = f"-{size.moved_share:g}" if size.moved_share else ""
    name = f"{size.name}-{size.wearers}x{size.days}x{size.crimes}{suffix}-{digest_of(MAKING)}"
    world = World(made_once((root or cache_dir()) / name, lambda home: _make(home, size)))
    if size.reference and not world.reference.exists():
        write_reference(world)
    return world


def _make(home: Path, size: Size) -> None:
    from matcher.ingest.fixes import import_fixes
    from matcher.store.fixes import FixStore
    from matcher.synthetic import write_world

    raw = home / "world"
    settings = {"seed": SEED, "wearers": size.wearers, "days": size.days, "crimes": size.crimes}
    write_world(raw, **settings, first_day=FIRST_DAY, by_day=size.by_day)
    store = FixStore.open(home / "fixes")
    now = datetime(FIRST_DAY.year + 1, 1, 1, tzinfo=UTC)
    for file in sorted((raw / "fixes").glob("*.parquet")) if size.by_day else [raw / "fixes.parquet"]:
        import_fixes(store, file, rejects_dir=home / "rejects", now=now)
        # Its rows are in the store now, and the files of the largest sizes have gigabytes.
        file.unlink()
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
    move_crimes(crimes.sort("force", "crime_ref"), planted, size.moved_share).write_parquet(home / "crimes.parquet")
    assignments = pl.read_csv(raw / "assignments.csv", schema_overrides={"to": pl.String}).with_columns(
        pl.col("from", "to").str.to_datetime(time_zone="UTC", time_unit="us", strict=False)
    )
    assignments.write_parquet(home / "assignments.parquet")
    store.make_index(everyone(assignments))
    (home / "wearers.json").write_text(json.dumps(sorted(assignments["wearer_id"].unique())))


def move_crimes(crimes: pl.DataFrame, planted: pl.Series, share: float) -> pl.DataFrame:
    """Crimes with a share of them, none of the planted, moved one to two kilometres in any direction, to whole
    metres."""
    rng = np.random.default_rng([SEED, 101])
    n = crimes.height
    chosen = (rng.random(n) < share) & ~crimes["crime_ref"].is_in(planted.implode()).to_numpy()
    distance_m, direction = np.where(chosen, rng.uniform(1_000, 2_000, n), 0.0), rng.uniform(0, 2 * np.pi, n)
    return crimes.with_columns(
        easting_m=pl.col("easting_m") + np.rint(distance_m * np.cos(direction)),
        northing_m=pl.col("northing_m") + np.rint(distance_m * np.sin(direction)),
    )


def everyone(assignments: pl.DataFrame) -> "Permitted":
    """Every wearer may be read whenever a tag was on, as the measured matches ask."""
    from matcher.permitted import EVERYONE, permitted

    may = permitted(assignments, EVERYONE, EVERYONE)
    return may.for_wearers(range(len(may.wearers)))


def write_reference(world: World) -> None:
    """Write the usable fixes of every wearer, some wearers at a time, to one file of row groups of a million."""
    from matcher.params import Params
    from matcher.permitted import EVERYONE, permitted
    from matcher.store.fixes import FixStore
    from matcher.trails.read import read_trails

    store = FixStore.open(world.store)
    may = permitted(world.assignments(), EVERYONE, EVERYONE)
    if may.wearers != world.wearers():
        raise ValueError(
            f"wearers.json names {len(world.wearers())} wearers, assignments.parquet has {len(may.wearers)}"
        )
    days = store.days()
    t_from, t_to = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days[0], days[-1]))
    pieces = world.home / f"pieces.{os.getpid()}"
    pieces.mkdir()
    for low in range(0, len(may.wearers), WEARERS_PER_PIECE):
        chosen = list(range(low, min(low + WEARERS_PER_PIECE, len(may.wearers))))
        trails = read_trails(store, may.for_wearers(chosen), t_from, t_to + timedelta(days=1), Params())
        fixes = trails.fixes
        pl.DataFrame(
            {
                "wearer": np.repeat(trails.wearer_of + low, np.diff(fixes.offset)),
                "t": fixes.t_us,
                "x": fixes.x_mm / 1000.0,
                "y": fixes.y_mm / 1000.0,
            }
        ).write_ipc(pieces / f"{low:06}.arrow")
    partial = world.reference.with_suffix(".partial")
    pl.scan_ipc(sorted(pieces.glob("*.arrow"))).sink_parquet(partial, compression="zstd", row_group_size=1_000_000)
    partial.rename(world.reference)
    shutil.rmtree(pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L")
    for name in parser.parse_args().sizes.split(","):
        print(name, make_world(SIZES[name]).home, flush=True)


if __name__ == "__main__":
    main()
