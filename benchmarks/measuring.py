"""Contestants in turn, round after round, each in a fresh process; medians of what they tell."""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.answers import close_enough, compare, pairs_of_ours
from benchmarks.contest import ALL, EVERYTHING, PLAIN, VERDICTS, in_fresh_process
from benchmarks.hard import HARD, Hard, changed
from benchmarks.rivals import RIVALS, SOURCES
from benchmarks.sizes import TOLERANCE, Size
from benchmarks.task import Task
from benchmarks.worlds import World

Told = dict[str, Any]
Say = Callable[[str], None]
ON_STORE_MAY_DIFFER = 0.02
WARM_REPEATS = 5
SHIFTS = 28
"""Days each side that a rival is asked for: 57 in all."""


def median_of(rounds: list[Told]) -> Told:
    """Every number's median, and the least and greatest wall time."""
    names = [name for name, value in rounds[0].items() if isinstance(value, (int, float))]
    out: Told = {name: statistics.median(told[name] for told in rounds) for name in names}
    out["wall_range_s"] = [min(t["wall_s"] for t in rounds), max(t["wall_s"] for t in rounds)]
    again = [s for told in rounds for s in told.get("again_s", [])]
    if again:
        out["warm_s"] = statistics.median(again)
    return out


def answers(made: World, size: Size, aside: Path, say: Say) -> Told:
    """Everybody asked once: ours and theirs must be the same. Which rival, key and source is the quickest of each
    engine; what ours found against what the size should give."""
    home = str(made.home)
    mine = aside / "ours.parquet"
    in_fresh_process(Task("ours", home, params=PLAIN, answer=str(mine)))
    ours = pairs_of_ours(made, mine)
    points = ours.filter(pl.col("fixes_within") > 0).height
    seconds: dict[str, float] = {}
    for job in RIVALS:
        for source in SOURCES:
            theirs = aside / f"{job}-{source}.parquet"
            told = in_fresh_process(Task(job, home, source=source, answer=str(theirs)))
            found = pl.read_parquet(theirs, glob=False)
            if source == "reference":
                compare(ours, found, f"{job} on the {source}")
            elif (share := close_enough(ours, found)) > ON_STORE_MAY_DIFFER:
                raise ValueError(f"{job} on our store differs in {share:.1%} of the pairs")
            seconds[f"{job} {source}"] = told["wall_s"]
            say(f"  {job} on the {source}: {told['wall_s']:.2f} s, {found.height:,} pairs")
    best = {
        engine: min((name for name in seconds if name.startswith(engine)), key=seconds.__getitem__)
        for engine in ("polars", "duckdb")
    }
    told_off = {
        name: (found, wanted)
        for name, found, wanted in (("points", points, size.points), ("path", ours.height, size.path))
        if wanted is not None and abs(found - wanted) > TOLERANCE * wanted
    }
    return {"points": points, "path": ours.height, "off": told_off, "once_s": seconds, "best": best}


def in_turn(made: World, best: dict[str, str], rounds: int, say: Say) -> dict[str, Told]:
    """Decoding, ours and the best of each engine, interleaved."""
    home = str(made.home)
    tasks = {
        "decode": Task("decode", home),
        "plain": Task("ours", home, params=PLAIN, again=WARM_REPEATS),
        **{engine: Task(name.split()[0], home, source=name.split()[1]) for engine, name in best.items()},
    }
    told: dict[str, list[Told]] = {name: [] for name in tasks}
    for k in range(rounds):
        for name, task in tasks.items():
            told[name].append(in_fresh_process(task))
        say(f"  round {k + 1}: " + ", ".join(f"{name} {told[name][-1]['wall_s']:.2f} s" for name in tasks))
    return {name: median_of(rows) for name, rows in told.items()}


def deeper(made: World, best: dict[str, str], rounds: int, say: Say) -> dict[str, Told]:
    """Everything, verdicts, one thread, the loops alone, and the best rival asked for each of 57 days."""
    home = str(made.home)
    tasks = {
        "everything": Task("ours", home, params=EVERYTHING, again=3),
        "verdicts": Task("ours", home, params=VERDICTS, again=3),
        "all": Task("ours", home, params=ALL, again=3),
        "one thread": Task("ours", home, params=PLAIN, again=WARM_REPEATS, threads=1),
        "two threads": Task("ours", home, params=PLAIN, again=WARM_REPEATS),
        "everything, one thread": Task("ours", home, params=EVERYTHING, again=3, threads=1),
    }
    told: dict[str, list[Told]] = {name: [] for name in tasks}
    for k in range(rounds):
        for name, task in tasks.items():
            told[name].append(in_fresh_process(task))
        say(f"  round {k + 1}: " + ", ".join(f"{name} {told[name][-1]['wall_s']:.2f} s" for name in tasks))
    out = {name: median_of(rows) for name, rows in told.items()}
    loops = in_fresh_process(Task("kernel", home, params=PLAIN, again=15))
    out["loops"] = {name: statistics.median(loops[name]) for name in ("one", "two", "stream_s")}
    say(f"  loops alone {out['loops']['two'] * 1000:.0f} ms, stream {out['loops']['stream_s'] * 1000:.1f} ms")
    for engine, name in best.items():
        job, source = name.split()
        asked = in_fresh_process(Task(job, home, source=source, shifts=SHIFTS))
        out[f"{engine}, 57 days"] = {"wall_s": asked["wall_s"], "peak_mib": asked["peak_mib"]}
        say(f"  {name}, asked for 57 days: {asked['wall_s']:.1f} s")
    return out


def hard_inputs(made: World, aside: Path, say: Say) -> dict[str, Told]:
    """Each hard input beside its base: plain, and with everything where other days can be asked."""
    out = {"base": _hard(made, Hard("base"), aside)}
    for hard in HARD:
        out[hard.name] = _hard(made, hard, aside)
        say(f"  {hard.name}: " + ", ".join(f"{n} {t['wall_s']:.2f} s" for n, t in out[hard.name].items()))
    return out


def _hard(made: World, hard: Hard, aside: Path) -> Told:
    given = changed(made, hard, aside)
    kinds = {"plain": PLAIN, "everything": EVERYTHING} if hard.everything else {"plain": PLAIN}
    out: Told = {}
    for name, params in kinds.items():
        asked = {**params, **hard.params}
        if name == "plain":
            asked |= {"reference_days": 0}
        rows = [in_fresh_process(Task("ours", str(made.home), params=asked, **given)) for _ in range(2)]
        best = min(rows, key=lambda told: float(told["wall_s"]))
        out[name] = {k: best[k] for k in ("wall_s", "work_s", "peak_mib", "pairs")}
    return out


def grown_store(made: World, aside: Path, say: Say) -> dict[str, Told]:
    """A store appended to daily, compacted and not."""
    from benchmarks.late import compacted, grown

    out = {}
    for name, path in (("not compacted", grown(made, aside)), ("compacted", compacted(made, aside))):
        rows = [in_fresh_process(Task("ours", str(made.home), params=PLAIN, fixes=str(path))) for _ in range(2)]
        out[name] = median_of(rows)
        say(f"  {name}: {out[name]['wall_s']:.2f} s, {out[name]['pairs']:,.0f} candidates")
    return out
