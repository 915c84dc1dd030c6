"""Runs contestants in turn, round after round, each in a fresh process, and takes medians of their results."""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.matching.answers import compare, our_pairs, share_that_differ
from benchmarks.matching.contest import ALL, EVERYTHING, PLAIN, VERDICTS, in_fresh_process
from benchmarks.matching.hard_inputs import HARD, Hard, changed
from benchmarks.matching.rivals import RIVALS, SOURCES
from benchmarks.matching.sizes import TOLERANCE, Size
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World

Result = dict[str, Any]
Report = Callable[[str], None]
MAX_SHARE_DIFFERENT_ON_STORE = 0.02
WARM_REPEATS = 5
SHIFTS = 28
"""Days before and after the crimes' own on which a rival is asked: 57 in all."""


def median_of(rounds: list[Result]) -> Result:
    """The median of every number, and the least and greatest wall time."""
    names = [name for name, value in rounds[0].items() if isinstance(value, (int, float))]
    out: Result = {name: statistics.median(result[name] for result in rounds) for name in names}
    out["wall_range_s"] = [min(t["wall_s"] for t in rounds), max(t["wall_s"] for t in rounds)]
    warm_s = [s for result in rounds for s in result.get("again_s", [])]
    if warm_s:
        out["warm_s"] = statistics.median(warm_s)
        out["warm_processor_s"] = statistics.median(s for result in rounds for s in result["again_processor_s"])
    return out


def check_answers(world: World, size: Size, folder: Path, report: Report) -> Result:
    """Ask each contestant once and compare: the answers must be the same. Also finds the quickest key and source of
    each engine, and compares how many pairs were found with what the size should give."""
    home = str(world.home)
    mine = folder / "ours.parquet"
    in_fresh_process(Task("tagpilot", home, params=PLAIN, answer=str(mine)))
    ours = our_pairs(world, mine)
    points = ours.filter(pl.col("fixes_within") > 0).height
    seconds: dict[str, float] = {}
    for job in RIVALS:
        for source in SOURCES:
            theirs = folder / f"{job}-{source}.parquet"
            result = in_fresh_process(Task(job, home, source=source, answer=str(theirs)))
            found = pl.read_parquet(theirs, glob=False)
            if source == "reference":
                compare(ours, found, f"{job} on the {source}")
            elif (share := share_that_differ(ours, found)) > MAX_SHARE_DIFFERENT_ON_STORE:
                raise ValueError(f"{job} on our store differs from our answer in {share:.1%} of the pairs")
            seconds[f"{job} {source}"] = result["wall_s"]
            report(f"  {job} on the {source}: {result['wall_s']:.2f} s, {found.height:,} pairs")
    best = {
        engine: min((name for name in seconds if name.startswith(engine)), key=seconds.__getitem__)
        for engine in ("polars", "duckdb")
    }
    off = {
        name: (found, wanted)
        for name, found, wanted in (("points", points, size.points), ("path", ours.height, size.path))
        if wanted is not None and abs(found - wanted) > TOLERANCE * wanted
    }
    return {"points": points, "path": ours.height, "off": off, "once_s": seconds, "best": best}


def measure_in_turn(world: World, best: dict[str, str], rounds: int, report: Report) -> dict[str, Result]:
    """Decoding, TagPilot and the best rival of each engine, interleaved."""
    home = str(world.home)
    tasks = {
        "decode": Task("decode", home),
        "plain": Task("tagpilot", home, params=PLAIN, repeats=WARM_REPEATS),
        **{engine: Task(name.split()[0], home, source=name.split()[1]) for engine, name in best.items()},
    }
    return by_turns(tasks, rounds, report)


def by_turns(tasks: dict[str, Task], rounds: int, report: Report) -> dict[str, Result]:
    """Each task in a fresh process, one after the other, round after round; medians."""
    result: dict[str, list[Result]] = {name: [] for name in tasks}
    for k in range(rounds):
        for name, task in tasks.items():
            result[name].append(in_fresh_process(task))
        report(f"  round {k + 1}: " + ", ".join(f"{name} {result[name][-1]['wall_s']:.2f} s" for name in tasks))
    return {name: median_of(rows) for name, rows in result.items()}


def measure_threads(world: World, rounds: int, report: Report) -> dict[str, Result]:
    """Plain, warm, on one thread and on two."""
    return by_turns(
        {
            name: Task("tagpilot", str(world.home), params=PLAIN, repeats=WARM_REPEATS, threads=threads)
            for name, threads in (("one thread", 1), ("two threads", 2))
        },
        rounds,
        report,
    )


def measure_one_crime(world: World, derived: Path, report: Report) -> Result:
    """One crime asked by hand: that in the middle of the month, with everything that is worked out of it."""
    crimes = world.crimes()
    path = derived / "one-crime.parquet"
    crimes.sort("t_from", "crime_ref")[crimes.height // 2 : crimes.height // 2 + 1].write_parquet(path)
    row = median_of(
        [in_fresh_process(Task("tagpilot", str(world.home), params=ALL, crimes=str(path), repeats=WARM_REPEATS))]
    )
    report(f"  one crime: {row['wall_s']:.2f} s, warm {row['warm_s'] * 1000:.0f} ms")
    return row


def measure_full(world: World, best: dict[str, str], rounds: int, report: Report) -> dict[str, Result]:
    """With p and q, with verdicts, on one thread, the loops alone, and the best rival asked for each of 57 days."""
    home = str(world.home)
    tasks = {
        "everything": Task("tagpilot", home, params=EVERYTHING, repeats=3),
        "verdicts": Task("tagpilot", home, params=VERDICTS, repeats=3),
        "all": Task("tagpilot", home, params=ALL, repeats=3),
        "one thread": Task("tagpilot", home, params=PLAIN, repeats=WARM_REPEATS, threads=1),
        "two threads": Task("tagpilot", home, params=PLAIN, repeats=WARM_REPEATS),
        "everything, one thread": Task("tagpilot", home, params=EVERYTHING, repeats=3, threads=1),
        "imports": Task("imports", home),
    }
    out = by_turns(tasks, rounds, report)
    loops = in_fresh_process(Task("loops", home, params=PLAIN, repeats=15))
    out["loops"] = {name: statistics.median(loops[name]) for name in ("one", "two", "stream_s")}
    report(f"  loops alone {out['loops']['two'] * 1000:.0f} ms, stream {out['loops']['stream_s'] * 1000:.1f} ms")
    for engine, name in best.items():
        job, source = name.split()
        rival = in_fresh_process(Task(job, home, source=source, shifts=SHIFTS))
        out[f"{engine}, 57 days"] = {"wall_s": rival["wall_s"], "peak_mib": rival["peak_mib"]}
        report(f"  {name}, asked for 57 days: {rival['wall_s']:.1f} s")
    return out


def measure_hard_inputs(world: World, derived: Path, report: Report) -> dict[str, Result]:
    """Each hard input and its base: plain, and with p and q where other days can be compared."""
    out = {"base": _hard(world, Hard("base"), derived)}
    for hard in HARD:
        out[hard.name] = _hard(world, hard, derived)
        report(f"  {hard.name}: " + ", ".join(f"{n} {t['wall_s']:.2f} s" for n, t in out[hard.name].items()))
    return out


def _hard(world: World, hard: Hard, derived: Path) -> Result:
    replaced = changed(world, hard, derived)
    kinds = {"plain": PLAIN, "everything": EVERYTHING} if hard.everything else {"plain": PLAIN}
    out: Result = {}
    for name, params in kinds.items():
        settings = {**params, **hard.params}
        if name == "plain":
            settings |= {"reference_days": 0}
        rows = [in_fresh_process(Task("tagpilot", str(world.home), params=settings, **replaced)) for _ in range(2)]
        best = min(rows, key=lambda result: float(result["wall_s"]))
        out[name] = {k: best[k] for k in ("wall_s", "work_s", "peak_mib", "pairs")}
    return out


def measure_grown_store(world: World, derived: Path, report: Report) -> dict[str, Result]:
    """A store that was appended to daily, before and after compaction."""
    from benchmarks.matching.grown_store import compacted, grown

    out = {}
    for name, path in (("not compacted", grown(world, derived)), ("compacted", compacted(world, derived))):
        rows = [in_fresh_process(Task("tagpilot", str(world.home), params=PLAIN, fixes=str(path))) for _ in range(2)]
        out[name] = median_of(rows)
        report(f"  {name}: {out[name]['wall_s']:.2f} s, {out[name]['pairs']:,.0f} candidates")
    return out
