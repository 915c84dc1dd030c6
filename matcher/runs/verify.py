"""A kept run held against the store: does the same question still get the same answer?

Fixes may have been erased since, as the law asks, or have come late. Then the answer as a whole cannot be had again,
but everything can that hangs on other wearers alone: all of it but q and the curves.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from matcher.analysis.crimes import index_crimes
from matcher.files import digest_frame
from matcher.params import ALGORITHM, Params
from matcher.runs.device_events import events_of
from matcher.runs.erasure import erased_from
from matcher.runs.folder import RunFolder
from matcher.runs.inputs import permitted_of
from matcher.runs.plan import crimes_digest, look, windows_digest
from matcher.runs.run import run_permitted
from matcher.schemas import EVENTS
from matcher.store.fixes import FixStore


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out.

    `altered` names files of the run's folder that are not as the run wrote them. `erased` are wearers of whom a day
    that was read is gone from the store, `changed` others whose fixes are not what was read. `differs` names results
    that come out otherwise for the remaining wearers. `another_algorithm`: the run is of another version of the
    matcher, and was not computed again.
    """

    altered: tuple[str, ...]
    erased: tuple[str, ...]
    changed: tuple[str, ...]
    differs: tuple[str, ...]
    another_algorithm: bool = False
    taken_out: int = 0
    """So many wearers were erased from the run itself: it cannot be verified any more."""

    @property
    def same(self) -> bool:
        """Whether all that could be checked is as it was."""
        return not (self.altered or self.changed or self.differs or self.another_algorithm or self.taken_out)

    def __str__(self) -> str:
        if self.taken_out:
            return f"not verifiable: {self.taken_out} person{'s' * (self.taken_out != 1)} erased"
        said = []
        if self.altered:
            said.append(f"altered since it was written: {', '.join(self.altered)}")
        if self.another_algorithm:
            said.append("made by another version of the matcher, and not computed again")
        if self.erased:
            said.append(f"inputs erased: {len(self.erased)} wearer{'s' * (len(self.erased) != 1)}")
        if self.changed:
            said.append(f"inputs changed: {len(self.changed)} wearer{'s' * (len(self.changed) != 1)}")
        if self.differs:
            said.append(f"comes out otherwise: {', '.join(self.differs)}")
        elif not self.another_algorithm:
            said.append("the rest comes out the same" if self.erased or self.changed else "comes out the same")
        return "; ".join(said)


def verify(run: RunFolder, store: FixStore, *, work_dir: Path, threads: int = 2) -> Verified:
    """Compute a run again from its own inputs and compare.

    Parameters
    ----------
    work_dir
        An empty folder for the second answer; best a temporary one.

    Notes
    -----
    Costs what the run did, unless it is of another version of the matcher.
    """
    if taken_out := erased_from(run):
        return Verified((), (), (), (), taken_out=taken_out)
    altered = _altered(run)
    params = Params.from_json(run.manifest["params"])
    if run.manifest["algorithm"] != ALGORITHM or altered:
        return Verified(altered, (), (), (), another_algorithm=run.manifest["algorithm"] != ALGORITHM)
    may, crimes = permitted_of(run), run.crimes().collect()
    index = index_crimes(crimes, params)
    if crimes_digest(index) != _input(run, "crimes") or windows_digest(may) != _input(run, "windows"):
        return Verified(("inputs",), (), (), ())
    kept = pl.read_parquet(run.path / "inputs" / "fix_digests.parquet", glob=False)
    now = look(may, index, store, params).digests
    gone = set(kept.join(now, on=["wearer", "day"], how="anti")["wearer"])
    other = set(
        pl.concat([kept.join(now, on=kept.columns, how="anti"), now.join(kept, on=kept.columns, how="anti")])["wearer"]
    )
    whole = [w for w, wearer in enumerate(may.wearers) if wearer not in other]
    again = run_permitted(
        store,
        crimes,
        may.for_wearers(whole) if other else may,
        params=params,
        events=events_of(run).select(EVENTS.keys()),
        runs_dir=work_dir,
        threads=threads,
    )
    if other:
        differs = _differ(run, again, {may.wearers[w] for w in whole})
    else:
        differs = tuple(
            name for name, digest in again.manifest["results"].items() if run.manifest["results"][name] != digest
        )
    return Verified((), tuple(sorted(gone)), tuple(sorted(other - gone)), differs)


def _altered(run: RunFolder) -> tuple[str, ...]:
    files = {f"{name}.parquet": digest for name, digest in run.manifest["results"].items()}
    files["inputs/fix_digests.parquet"] = _input(run, "fixes")
    files["inputs/seen_outside.parquet"] = _input(run, "seen_outside")
    files["inputs/events.parquet"] = _input(run, "events")
    return tuple(name for name, digest in files.items() if not _is(run.path / name, digest))


def _is(path: Path, digest: str) -> bool:
    try:
        return digest_frame(pl.read_parquet(path, glob=False)) == digest
    except (OSError, pl.exceptions.PolarsError):
        return False


def _input(run: RunFolder, name: str) -> str:
    return str(run.manifest["inputs"][name]["digest"])


def _differ(run: RunFolder, again: RunFolder, wearers: set[str]) -> tuple[str, ...]:
    """Results that are not the same for these wearers, as far as they hang on one wearer alone."""
    out = []
    for name in run.manifest["results"]:
        frames = [pl.read_parquet(folder.path / f"{name}.parquet", glob=False) for folder in (run, again)]
        if "wearer_id" in frames[0].columns:
            frames = [f.filter(pl.col("wearer_id").is_in(wearers)).drop("q_value", strict=False) for f in frames]
            if not frames[0].equals(frames[1]):
                out.append(name)
    return tuple(out)
