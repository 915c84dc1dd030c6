"""A finished run on disk: what went in, what came out, and digests that say whether two runs are the same.

`candidates.parquet`, `visits.parquet`, `not_matchable.parquet` are the results; `inputs/` holds the crimes and the
windows of who was read when; `manifest.json` names the run, `timings.json` what it took. A folder without a manifest
is no run: it is written last, and the folder takes its name in one step.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from uuid import uuid4

import numpy as np
import polars as pl

from matcher.errors import RunNotFound

if TYPE_CHECKING:
    from matcher.geo_frames import Drawn, RunLayers

MANIFEST = "manifest.json"
TIMINGS = "timings.json"
_TEXTS_AT_ONCE = 1_000_000
RESULTS = ("candidates", "visits", "not_matchable")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One finished run. Frames are lazy: nothing is read until asked for."""

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Raises RunNotFound if `path` holds no finished run."""
        path = Path(path)
        try:
            return cls(path, json.loads((path / MANIFEST).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise RunNotFound(f"{path.name} is no finished run: it has no {MANIFEST}") from None

    @property
    def run_id(self) -> str:
        return str(self.manifest["run_id"])

    @property
    def timings(self) -> dict[str, Any]:
        timings: dict[str, Any] = json.loads((self.path / TIMINGS).read_text(encoding="utf-8"))
        return timings

    def candidates(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path / "candidates.parquet", glob=False)

    def visits(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path / "visits.parquet", glob=False)

    def not_matchable(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path / "not_matchable.parquet", glob=False)

    def day_hits(self) -> pl.LazyFrame:
        """On which other days each pair would have been a candidate: `contracts.DAY_HITS`."""
        return pl.scan_parquet(self.path / "day_hits.parquet", glob=False)

    def curves(self) -> pl.LazyFrame:
        """Observed candidates and matches expected by chance above each strength: `contracts.CURVES`."""
        return pl.scan_parquet(self.path / "curves.parquet", glob=False)

    def verdicts(self) -> pl.LazyFrame:
        """How many wearers have each verdict at each crime: `contracts.VERDICTS`; empty if that was not asked for."""
        return pl.scan_parquet(self.path / "verdicts.parquet", glob=False)

    def verdict_codes(self) -> pl.LazyFrame:
        """Each wearer's verdict at all crimes, a byte a crime in the order of `verdicts`: `verdicts.CODES`."""
        return pl.scan_parquet(self.path / "verdict_codes.parquet", glob=False)

    def crimes(self) -> pl.LazyFrame:
        """Every crime handed to the run, the not matchable ones too."""
        return pl.scan_parquet(self.path / "inputs" / "crimes.parquet", glob=False)

    def windows(self) -> pl.LazyFrame:
        """Who was read when: device_id, wearer_id, from, to (epoch us)."""
        return pl.scan_parquet(self.path / "inputs" / "windows.parquet", glob=False)

    def bad_fixes(self) -> pl.LazyFrame:
        """Stuck receivers and clock jumps in the days read, by wearer: `beside.WORN_BAD_FIXES`."""
        return pl.scan_parquet(self.path / "inputs" / "bad_fixes.parquet", glob=False)

    def verdicts_at(self, force: str, crime_ref: str, version: int | None = None) -> pl.DataFrame:
        """Every tested wearer's verdict at one crime, the same as `engine.Matches.verdicts_at`.

        Parameters
        ----------
        version
            None: the latest version the run was given.

        Returns
        -------
        pl.DataFrame
            wearer_id, verdict, reason (`verdicts.LISTED`), by wearer_id.

        Raises
        ------
        CrimeNotFound, VerdictsNotAsked
            As `crime_verdicts.place_of`.
        """
        # Late: listing runs should not wait for the kernels.
        from matcher.crime_verdicts import place_of, verdicts_at

        at = place_of(self.verdicts().collect(), self.not_matchable().collect(), force, crime_ref, version)
        return verdicts_at(self.verdict_codes(), at.row)

    def to_geopandas(self, crimes_as: "Drawn" = "disc") -> "RunLayers":
        """Crimes, candidates and visits as GeoPandas frames in EPSG:27700, see `geo_frames.RunLayers`.

        Parameters
        ----------
        crimes_as : "disc" or "point"
            The disc that wearers were looked for in, or the point the crime was reported at.

        Raises
        ------
        BadInput
            `crimes_as` is neither.
        """
        from matcher.geo_frames import run_layers

        return run_layers(
            self.crimes().collect(),
            self.not_matchable().collect(),
            self.candidates().collect(),
            self.visits().collect(),
            self.verdicts().collect(),
            radius_m=self.manifest["params"]["radius_m"],
            crimes_as=crimes_as,
        )

    def wearers_in_order(self) -> list[str]:
        """Wearers with a candidate, sorted."""
        return self.candidates().select(pl.col("wearer_id").unique().sort()).collect()["wearer_id"].to_list()


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """Finished runs, the latest finished first."""
    if not runs_dir.is_dir():
        return []
    paths = [p for p in runs_dir.iterdir() if not p.name.startswith(".") and (p / MANIFEST).is_file()]
    runs = [RunFolder.open(p) for p in paths]
    return sorted(runs, key=lambda run: (run.timings["finished_at"], run.run_id), reverse=True)


def find_run(runs_dir: Path, name: str) -> RunFolder:
    """The run of this id, of the one id that starts so, or `latest`.

    Raises
    ------
    RunNotFound
        None, or several; the message lists what there is.
    """
    runs = list_runs(runs_dir)
    found = runs[:1] if name == "latest" else [run for run in runs if run.run_id.startswith(name)]
    exact = [run for run in found if run.run_id == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    have = ", ".join(run.run_id for run in runs[:10]) or "none yet"
    raise RunNotFound(f"{len(found) or 'no'} runs are called {name!r}; there are: {have}")


def digest_frame(frame: pl.DataFrame) -> str:
    """sha256 over the values of a frame, column by column in order; not over file bytes.

    Text counts by its UTF-8 bytes, bytes as they are, instants as microseconds, floats as their eight bytes, nulls as
    nulls.
    """
    digest = hashlib.sha256()
    for series in frame.iter_columns():
        if series.dtype == pl.String:
            digest_text(digest, series)
            continue
        missing = _begin_column(digest, series)
        if series.dtype == pl.Binary:
            values = [value or b"" for value in series]
            digest.update(np.array([len(value) for value in values], np.uint64).tobytes())
            for value in values:
                digest.update(value)
        elif len(series):
            numbers = series.to_physical()
            numbers = numbers.fill_null(0) if missing else numbers
            digest.update(np.ascontiguousarray(numbers.to_numpy()).data)
    return digest.hexdigest()


def digest_text(digest: "hashlib._Hash", texts: pl.Series) -> None:
    """Bring a column of text to a digest as `digest_frame` does."""
    missing = _begin_column(digest, texts)
    whole = texts.fill_null("") if missing else texts
    # A million at a time: joined, all of a national month would be there three times over.
    some = [whole.slice(k, _TEXTS_AT_ONCE) for k in range(0, len(whole), _TEXTS_AT_ONCE)]
    for part in some:
        digest.update(part.str.len_bytes().to_numpy().astype(np.uint32).data)
    for part in some:
        digest.update(part.str.join("").item().encode())


def _begin_column(digest: "hashlib._Hash", series: pl.Series) -> int:
    """How many values are missing."""
    missing = series.null_count()
    digest.update(f"{series.name}:{series.dtype}:{len(series)}\n".encode())
    digest.update(series.is_null().to_numpy().tobytes() if missing else bytes(len(series)))
    return missing


def digest_json(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def digest_arrays(texts: Iterable[list[str]], arrays: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for words in texts:
        digest.update(json.dumps(words).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes() + b"|")
    return digest.hexdigest()


def write_whole(path: Path, frame: pl.DataFrame) -> None:
    """Write Parquet under another name, on to the disk, then take the name: never half a file."""
    with in_one_step(path) as out:
        frame.write_parquet(out, compression="zstd")


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with in_one_step(path) as out:
        out.write(text.encode())


@contextmanager
def in_one_step(path: Path, to_disk: bool = True) -> Iterator[BinaryIO]:
    """A file to write that gets its name when it is whole, and on the disk unless that is not waited for."""
    # A name nobody else writes to: a cancelled worker elsewhere may still be at the same part.
    partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    with partial.open("wb") as out:
        yield out
        if to_disk:
            out.flush()
            os.fsync(out.fileno())
    partial.replace(path)
