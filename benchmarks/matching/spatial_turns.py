"""The spatial rivals at S: their answers compared with ours, then by turns with TagPilot, each in a fresh process."""

from pathlib import Path

import polars as pl

from benchmarks.matching.answers import compare, our_pairs, share_that_differ
from benchmarks.matching.contest import PLAIN, in_fresh_process
from benchmarks.matching.measuring import Report, Result, by_turns
from benchmarks.matching.spatial_rivals import SPATIAL, is_installed, pip_line
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World, cache_dir


def rivals_folder() -> Path:
    """Where spatial rivals are installed unless the command says otherwise."""
    return cache_dir() / "rivals"


def measure_spatial(world: World, folder: Path, packages: Path, rounds: int, report: Report) -> dict[str, Result]:
    """A result for each rival and for TagPilot (*plain*). One that is not installed has `not_installed`, the command
    that installs it.

    Parameters
    ----------
    folder
        Where the answers go.
    packages
        The folder in which the rivals are installed.

    Raises
    ------
    DifferentAnswers
        A rival that can find all pairs found others than we did.
    """
    home, mine = str(world.home), folder / "ours.parquet"
    in_fresh_process(Task("tagpilot", home, params=PLAIN, answer=str(mine)))
    ours = our_pairs(world, mine)
    out: dict[str, Result] = {"plain": {"points": ours.filter(pl.col("fixes_within") > 0).height}}
    tasks = {"plain": Task("tagpilot", home, params=PLAIN)}
    for name, rival in SPATIAL.items():
        if not is_installed(rival, packages):
            out[name] = {"not_installed": pip_line(packages)}
            report(f"  {rival.label}: not installed; {pip_line(packages)}")
            continue
        theirs = folder / f"{name}.parquet"
        task = Task(name, home, packages=str(packages) if rival.needs else None)
        once = in_fresh_process(Task(name, home, packages=task.packages, answer=str(theirs)))
        found = pl.read_parquet(theirs, glob=False)
        if rival.all_pairs:
            compare(ours, found, rival.label)
        out[name] = {"pairs": found.height, "differ": share_that_differ(ours, found)}
        report(f"  {rival.label}: {once['wall_s']:.1f} s, {found.height:,} pairs, {out[name]['differ']:.1%} differ")
        tasks[name] = task
    for name, row in by_turns(tasks, rounds, report).items():
        out[name] = {**out.get(name, {}), **row}
    return out
