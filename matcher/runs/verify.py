"""Verifies a run: computes it again from its own inputs and the store, and compares the results.

Fixes may have been erased since, or have arrived late. Then the whole result cannot be reproduced, but the results for
all other wearers can, except q, event crimes and the curves, which depend on the whole run.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from matcher.analysis.chance import without_chance
from matcher.analysis.crimes import index_crimes
from matcher.errors import Damaged
from matcher.files import digest_frame, read_rows
from matcher.params import ALGORITHM, Params
from matcher.runs.device_events import events_of
from matcher.runs.erasure import erased_from
from matcher.runs.folder import RunFolder, damaged_files
from matcher.runs.inputs import permitted_of
from matcher.runs.plan import crimes_digest, survey_store, windows_digest
from matcher.runs.run import run_permitted
from matcher.schemas import EVENTS
from matcher.store.fixes import FixStore


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome.

    `altered` names files of the run's folder that have changed since the run wrote them. `erased` are wearers for whom
    a day that was read is no longer in the store, `changed` others whose fixes differ from those that were read.
    `differs` names results that differ for the remaining wearers. `another_algorithm`: the run was made by another
    version of the matcher and was not computed again. `erased_from_run` wearers were erased from the run itself, so it
    can no longer be verified.
    """

    altered: tuple[str, ...]
    erased: tuple[str, ...]
    changed: tuple[str, ...]
    differs: tuple[str, ...]
    another_algorithm: bool = False
    erased_from_run: int = 0

    @property
    def same(self) -> bool:
        """Whether everything that could be checked is the same."""
        return not (self.altered or self.changed or self.differs or self.another_algorithm or self.erased_from_run)

    def __str__(self) -> str:
        if self.erased_from_run:
            return f"cannot be verified: {_wearers(self.erased_from_run)} erased from the run"
        parts = []
        if self.altered:
            parts.append(f"files changed since the run: {', '.join(self.altered)}")
        if self.another_algorithm:
            parts.append("made by another version of the matcher, so not computed again")
        if self.erased:
            parts.append(f"fixes erased since the run: {_wearers(len(self.erased))}")
        if self.changed:
            parts.append(f"fixes changed since the run: {_wearers(len(self.changed))}")
        if self.differs:
            parts.append(f"different results: {', '.join(self.differs)}")
        elif not self.another_algorithm:
            parts.append(
                "all other results are the same" if self.erased or self.changed else "the results are the same"
            )
        return "; ".join(parts)


def _wearers(n: int) -> str:
    return f"{n} wearer{'s' * (n != 1)}"


def verify(run: RunFolder, store: FixStore, *, work_dir: Path, threads: int = 2) -> Verification:
    """Compute a run again from its own inputs and compare.

    Parameters
    ----------
    work_dir
        An empty folder for the second run, preferably a temporary one.

    Notes
    -----
    Takes as long as the run did, unless another version of the matcher made it.
    """
    if erased_from_run := erased_from(run):
        return Verification((), (), (), (), erased_from_run=erased_from_run)
    altered = _altered(run)
    params = Params.from_json(run.manifest["params"])
    if run.manifest["algorithm"] != ALGORITHM or altered:
        return Verification(altered, (), (), (), another_algorithm=run.manifest["algorithm"] != ALGORITHM)
    may, crimes = permitted_of(run), run.crimes().collect()
    index = index_crimes(crimes, params)
    if crimes_digest(index) != _input(run, "crimes") or windows_digest(may) != _input(run, "windows"):
        return Verification(("inputs",), (), (), ())
    before = read_rows(run.path / "inputs" / "fix_digests.parquet")
    now = survey_store(may, index, store, params).digests
    erased = set(before.join(now, on=["wearer", "day"], how="anti")["wearer"])
    changed = set(
        pl.concat([before.join(now, on=before.columns, how="anti"), now.join(before, on=before.columns, how="anti")])[
            "wearer"
        ]
    )
    unchanged = [w for w, wearer in enumerate(may.wearers) if wearer not in changed]
    again = run_permitted(
        store,
        crimes,
        may.for_wearers(unchanged) if changed else may,
        params=params,
        events=events_of(run).select(EVENTS.keys()),
        runs_dir=work_dir,
        threads=threads,
        make_index=False,
    )
    if changed:
        differs = _differ(run, again, {may.wearers[w] for w in unchanged})
    else:
        differs = tuple(
            name for name, digest in again.manifest["results"].items() if run.manifest["results"][name] != digest
        )
    return Verification((), tuple(sorted(erased)), tuple(sorted(changed - erased)), differs)


def _altered(run: RunFolder) -> tuple[str, ...]:
    files = {f"{name}.parquet": digest for name, digest in run.manifest["results"].items()}
    files["inputs/fix_digests.parquet"] = _input(run, "fixes")
    files["inputs/seen_outside.parquet"] = _input(run, "seen_outside")
    files["inputs/events.parquet"] = _input(run, "events")
    if "accuracy_levels" in run.manifest["inputs"]:
        files["inputs/accuracy_levels.parquet"] = _input(run, "accuracy_levels")
    altered = [name for name, digest in files.items() if not _is(run.path / name, digest)]
    return tuple(dict.fromkeys([*altered, *damaged_files(run)]))


def _is(path: Path, digest: str) -> bool:
    try:
        return digest_frame(read_rows(path)) == digest
    except (OSError, Damaged, pl.exceptions.PolarsError):
        return False


def _input(run: RunFolder, name: str) -> str:
    return str(run.manifest["inputs"][name]["digest"])


def _differ(run: RunFolder, again: RunFolder, wearers: set[str]) -> tuple[str, ...]:
    """Results that differ for these wearers, among those that depend on one wearer only."""
    out = []
    for name in run.manifest["results"]:
        frames = [read_rows(folder.path / f"{name}.parquet") for folder in (run, again)]
        if "wearer_id" in frames[0].columns:
            frames = [_own(f.filter(pl.col("wearer_id").is_in(wearers))) for f in frames]
            if not frames[0].equals(frames[1]):
                out.append(name)
    return tuple(out)


def _own(rows: pl.DataFrame) -> pl.DataFrame:
    """Without what depends on all wearers of the run."""
    return without_chance(rows).drop("q_value", "at_event", "usually") if "q_value" in rows.columns else rows
