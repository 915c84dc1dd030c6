"""A finished run on disk: inputs, results, and digests by which two runs can be compared.

`candidates.parquet`, `visits.parquet`, `not_matchable.parquet` are the results; `inputs/` has the crimes and the
windows in which each wearer was read; `manifest.json` names the run, `timings.json` has its timings. A folder without a
manifest is not a run: the manifest is written last, and then the folder is renamed atomically.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import polars as pl

from matcher.errors import Damaged, RunNotFound
from matcher.files import is_whole, read_json, read_rows, scan_rows
from matcher.params import ALGORITHM
from matcher.schemas import EARLIER_VERDICT_CODES, VERDICT_CODES, VERDICTS
from matcher.sums import missing

if TYPE_CHECKING:
    from matcher.geopandas_frames import CrimeShape, RunLayers

MANIFEST = "manifest.json"
TIMINGS = "timings.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One finished run. Frames are lazy."""

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open the run at `path`. Raises RunNotFound if there is none, Damaged if its manifest has changed."""
        path = Path(path)
        try:
            return cls(path, read_json(path / MANIFEST))
        except FileNotFoundError:
            raise RunNotFound(f"{path.name} is not a finished run: it has no {MANIFEST}") from None

    @property
    def run_id(self) -> str:
        return str(self.manifest["run_id"])

    @property
    def timings(self) -> dict[str, Any]:
        """When and how long. Raises Damaged if they are missing or have changed."""
        try:
            return read_json(self.path / TIMINGS)
        except FileNotFoundError:
            raise missing(self.path / TIMINGS) from None

    def candidates(self) -> pl.LazyFrame:
        return scan_rows(self.path / "candidates.parquet")

    def visits(self) -> pl.LazyFrame:
        return scan_rows(self.path / "visits.parquet")

    def not_matchable(self) -> pl.LazyFrame:
        return scan_rows(self.path / "not_matchable.parquet")

    def day_hits(self) -> pl.LazyFrame:
        """On which other days each pair would have been a candidate: `schemas.DAY_HITS`."""
        return scan_rows(self.path / "day_hits.parquet")

    def covered_by_crime(self) -> pl.LazyFrame:
        """How many wearers' decoy days of each crime count: `schemas.COVERED_BY_CRIME`."""
        return scan_rows(self.path / "covered_by_crime.parquet")

    def covered_days(self) -> pl.LazyFrame:
        """Which decoy days of each wearer count at all crimes: `covered_days.COVERED_DAYS`."""
        return scan_rows(self.path / "covered_days.parquet")

    def curves(self) -> pl.LazyFrame:
        """Observed candidates and matches expected by chance above each strength: `schemas.CURVES`."""
        return scan_rows(self.path / "curves.parquet")

    def verdicts(self) -> pl.LazyFrame:
        """How many wearers have each verdict at each crime: `schemas.VERDICTS`; empty in a run without verdicts.

        Verdicts that an earlier algorithm did not have are 0.
        """
        rows = scan_rows(self.path / "verdicts.parquet")
        none = [pl.lit(0, pl.Int32).alias(name) for name in VERDICT_CODES[1:] if name not in self.verdict_names]
        return rows.with_columns(none).select(VERDICTS.keys()) if none else rows

    @property
    def verdict_names(self) -> tuple[str, ...]:
        """The verdict of each code in `verdict_codes`, by its number."""
        return EARLIER_VERDICT_CODES if self.manifest["algorithm"] in ("1", "2") else VERDICT_CODES

    def verdict_codes(self) -> pl.LazyFrame:
        """Each wearer's verdicts at all crimes, one byte a crime in the order of `verdicts`: `verdicts.CODES`, by the
        numbers of `verdict_names`."""
        return scan_rows(self.path / "verdict_codes.parquet")

    def crimes(self) -> pl.LazyFrame:
        """Every crime given to the run, matchable or not."""
        return scan_rows(self.path / "inputs" / "crimes.parquet")

    def accuracy_levels(self) -> pl.DataFrame | None:
        """At what level devices stated their accuracy (`schemas.ACCURACY_LEVELS`), if the run was told."""
        path = self.path / "inputs" / "accuracy_levels.parquet"
        return read_rows(path) if path.exists() else None

    def windows(self) -> pl.LazyFrame:
        """Which wearer was read when: device_id, wearer_id, from, to (us since 1970)."""
        return scan_rows(self.path / "inputs" / "windows.parquet")

    def bad_fixes(self) -> pl.LazyFrame:
        """Stuck receivers and clock jumps in the days read, by wearer: `trails.quality.WORN_SUSPECT_FIXES`."""
        return scan_rows(self.path / "inputs" / "bad_fixes.parquet")

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
        CrimeNotFound, VerdictsNotComputed
            As `verdicts_at_crime.place_of`.
        """
        # Imported here so that listing runs does not load the kernels.
        from matcher.analysis.verdicts_at_crime import place_of, verdicts_at

        at = place_of(self.verdicts().collect(), self.not_matchable().collect(), force, crime_ref, version)
        return verdicts_at(self.verdict_codes(), at.row, self.verdict_names)

    def to_geopandas(self, crimes_as: "CrimeShape" = "disc") -> "RunLayers":
        """Crimes, candidates and visits as GeoPandas frames in EPSG:27700, see `geopandas_frames.RunLayers`.

        Parameters
        ----------
        crimes_as : "disc" or "point"
            The disc in which wearers were matched, or the reported location of the crime.

        Raises
        ------
        BadInput
            `crimes_as` has another value.
        """
        from matcher.geopandas_frames import run_layers

        return run_layers(
            self.crimes().collect(),
            self.not_matchable().collect(),
            self.candidates().collect(),
            self.visits().collect(),
            self.verdicts().collect(),
            radius_m=self.manifest["params"]["radius_m"],
            crimes_as=crimes_as,
        )


INPUTS: tuple[str, ...] = (
    "bad_fixes",
    "crimes",
    "events",
    "fix_digests",
    "intervals",
    "seen_outside",
    "trails",
    "two_trails",
    "wearers",
    "windows",
    "withheld",
)
"""Files under `inputs` that every run of this version has."""


def damaged_files(run: RunFolder) -> list[str]:
    """Files of a run that are missing or are not what was written, by their sums: no row is read."""
    expected = [f"{name}.parquet" for name in run.manifest["results"]]
    if run.manifest["algorithm"] == ALGORITHM:
        expected += [f"inputs/{name}.parquet" for name in INPUTS]
    found = [path.relative_to(run.path).as_posix() for path in run.path.rglob("*.parquet")]
    damaged = [name for name in sorted({*expected, *found}) if not is_whole(run.path / name)]
    try:
        run.timings  # noqa: B018
    except Damaged:
        damaged.append(TIMINGS)
    return damaged


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A folder of a run that cannot be listed, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Runs:
    """Finished runs, the latest first; and the folders that cannot be listed with them, by name."""

    whole: tuple[RunFolder, ...]
    damaged: tuple[DamagedRun, ...]


def runs_in(runs_dir: Path) -> Runs:
    """Every run in a folder. One that is damaged hides no other."""
    whole: list[tuple[str, RunFolder]] = []
    damaged: list[DamagedRun] = []
    for path in _folders(runs_dir):
        try:
            run = RunFolder.open(path)
            if run.run_id != path.name:
                raise Damaged(f"{path.name}/{MANIFEST} is of run {run.run_id}")
            whole.append((str(run.timings["finished_at"]), run))
        except (Damaged, RunNotFound) as error:
            damaged.append(DamagedRun(path.name, str(error)))
        except (OSError, KeyError) as error:
            why = f"its {MANIFEST} or {TIMINGS} cannot be read ({getattr(error, 'strerror', None) or error})"
            damaged.append(DamagedRun(path.name, why))
    whole.sort(key=lambda each: (each[0], each[1].run_id), reverse=True)
    return Runs(tuple(run for _, run in whole), tuple(damaged))


class RunsPage(NamedTuple):
    """Some of the finished runs, the latest first, how many there are, and those that cannot be listed."""

    runs: list[RunFolder]
    total: int
    damaged: tuple[DamagedRun, ...]


_Stamp = tuple[int, int, int, int]
_finished: dict[Path, tuple[_Stamp, str]] = {}
"""When whole runs finished, as read from files that have not been written since: a list opens those it shows."""


def runs_page(runs_dir: Path, limit: int, offset: int, only: Collection[str] | None = None) -> RunsPage:
    """So many runs after the first `offset`, all where `limit` is 0; of those with these ids, where they are given.
    Those that are shown are read; of others, only those that have been written since this process read them."""
    if only is not None:
        of_ids = [run for name in only if (run := _named(runs_dir, name)) is not None]
        of_ids.sort(key=lambda run: (str(run.timings["finished_at"]), run.path.name), reverse=True)
        return RunsPage(of_ids[offset : offset + limit] if limit else of_ids[offset:], len(of_ids), ())
    order: list[tuple[str, str]] = []
    for path in _folders(runs_dir):
        stamp = _stamp(path)
        read = _finished.get(path)
        if read is None or read[0] != stamp:
            break
        order.append((read[1], path.name))
    else:
        order.sort(reverse=True)
        shown = [name for _, name in (order[offset : offset + limit] if limit else order[offset:])]
        runs = [run for name in shown if (run := _named(runs_dir, name)) is not None]
        if len(runs) == len(shown):
            return RunsPage(runs, len(order), ())
    found = runs_in(runs_dir)
    for run in found.whole:
        if (stamp := _stamp(run.path)) is not None:
            _finished[run.path] = (stamp, str(run.timings["finished_at"]))
    return RunsPage(
        list(found.whole[offset : offset + limit] if limit else found.whole[offset:]), len(found.whole), found.damaged
    )


def _folders(runs_dir: Path) -> list[Path]:
    paths = sorted(runs_dir.iterdir()) if runs_dir.is_dir() else []
    return [path for path in paths if not path.name.startswith(".") and path.is_dir()]


def _stamp(path: Path) -> _Stamp | None:
    """By which it is seen that a run's own files were written again; None where one is missing."""
    try:
        manifest, timings = (path / MANIFEST).stat(), (path / TIMINGS).stat()
    except OSError:
        return None
    return manifest.st_mtime_ns, manifest.st_size, timings.st_mtime_ns, timings.st_size


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """Finished runs, the latest finished first, without damaged ones."""
    return list(runs_in(runs_dir).whole)


def find_run(runs_dir: Path, name: str) -> RunFolder:
    """The run with this id, or with the only id that starts with `name`, or `latest`.

    Raises
    ------
    RunNotFound
        No run, or several; the message lists the runs there are.
    Damaged
        The run is damaged; or, asked for the latest, a damaged one might be it.
    """
    if (named := _named(runs_dir, name)) is not None:
        return named
    found = runs_in(runs_dir)
    runs = list(found.whole)
    if name == "latest" and found.damaged:
        names = ", ".join(each.name for each in found.damaged)
        raise Damaged(f"the latest run is not known because of damaged ones ({names}); give the run by its name")
    for each in found.damaged:
        if each.name == name or (each.name.startswith(name) and not any(r.run_id.startswith(name) for r in runs)):
            raise Damaged(f"run {each.name} is damaged: {each.why}")
    some = runs[:1] if name == "latest" else [run for run in runs if run.run_id.startswith(name)]
    exact = [run for run in some if run.run_id == name]
    if len(exact or some) == 1:
        return (exact or some)[0]
    known = ", ".join(run.run_id for run in runs[:10]) or "none yet"
    if some:
        raise RunNotFound(f"{len(some)} runs start with {name!r}; give more of the name. The runs are: {known}")
    raise RunNotFound(f"no run is called {name!r}. The runs are: {known}")


def _named(runs_dir: Path, name: str) -> RunFolder | None:
    """The whole run of exactly this name, without a look at the others; None where there is none, or it is damaged."""
    path = runs_dir / name
    if name.startswith(".") or path.parent != runs_dir or path.name != name or not path.is_dir():
        return None
    try:
        run = RunFolder.open(path)
        return run if run.run_id == name and "finished_at" in run.timings else None
    except (Damaged, RunNotFound, OSError, KeyError):
        # What is wrong with it is said where all are listed.
        return None
