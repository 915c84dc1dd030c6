"""Measures a whole match run against decoding alone, and against the same question asked of Polars and DuckDB.

    python -m benchmarks.matching.pipeline [--sizes S,M,L] [--rounds 5] [--skip hard,grown] [--rivals FOLDER] [--write]

Worlds are made once and kept in the user's cache folder. Answers are compared before anything is timed. Each figure is
of a fresh process (interpreter and imports included) unless the table says "warm"; contestants take turns, round after
round, in one run. Results go to benchmarks/results and, with --write, to benchmarks/README.md. A size that was measured
earlier keeps its figures until it is measured again. At XL TagPilot is measured alone.
"""

import argparse
import json
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.matching.appending import bytes_by_part, medians_of
from benchmarks.matching.contest import PLAIN, in_fresh_process
from benchmarks.matching.cost_model import measure_costs
from benchmarks.matching.measuring import (
    WARM_REPEATS,
    by_turns,
    check_answers,
    measure_full,
    measure_grown_store,
    measure_hard_inputs,
    measure_in_turn,
    measure_one_crime,
    measure_threads,
)
from benchmarks.matching.sizes import ALONE, SIZES
from benchmarks.matching.spatial_turns import measure_spatial, rivals_folder
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World, cache_dir, make_world
from benchmarks.tables.match_tables import BEGIN, END, tables
from benchmarks.tables.readme import README, replace_between

RESULTS = Path(__file__).parents[1] / "results"
SPATIAL_ROUNDS = 3


def measure(name: str, rounds: int, skip: frozenset[str], rivals: Path) -> dict[str, Any]:
    """Everything that is measured at one size. `rivals`: the folder in which spatial rivals are installed."""
    size = SIZES[name]
    print(f"{name}: {size.description}", flush=True)
    world: World = make_world(size)
    derived = cache_dir() / f"{world.home.name}-changed"
    derived.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {}
    if name in ALONE:
        plain = Task("tagpilot", str(world.home), params=PLAIN, repeats=WARM_REPEATS)
        result["in_turn"] = by_turns({"plain": plain}, rounds, _print)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            result["answers"] = check_answers(world, size, Path(temporary), _print)
        if result["answers"]["off"]:
            _print(f"  counts differ from the published ones by more than 30 %: {result['answers']['off']}")
        result["in_turn"] = measure_in_turn(world, result["answers"]["best"], rounds, _print)
    if name == "S" and "spatial" not in skip:
        with tempfile.TemporaryDirectory() as temporary:
            result["spatial"] = measure_spatial(world, Path(temporary), rivals, min(rounds, SPATIAL_ROUNDS), _print)
        stream = in_fresh_process(Task("stream", str(world.home), repeats=15))
        result["stream"] = {"stream_s": median(stream["stream_s"]), "rows": result["in_turn"]["decode"]["rows"]}
    if "costs" not in skip:
        result["costs"] = measure_costs(world, name, derived)
        result["one_crime"] = measure_one_crime(world, derived, _print)
        parts = bytes_by_part(world.store)
        result["stored"] = {"rows": stored_rows(world.store), "parts": parts}
        _print(f"  bytes a fix: {sum(parts.values()) / result['stored']['rows']:.1f}")
    if name in ("M", "L") and "append" not in skip:
        result["append"] = medians_of(in_fresh_process(Task("append", str(world.home))))
        _print(
            f"  a day appended: {result['append']['append_s']:.2f} s, indexed {result['append']['index_s']:.2f} s, "
            f"by Polars {result['append']['polars_s']:.2f} s"
        )
    if name == "L":
        result["threads"] = measure_threads(world, rounds, _print)
    if name == "M":
        result["deeper"] = measure_full(world, result["answers"]["best"], rounds, _print)
        if "hard" not in skip:
            result["hard"] = measure_hard_inputs(world, derived, _print)
    if name == "L" and "grown" not in skip:
        result["grown"] = measure_grown_store(world, derived, _print)
    result["measured_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    result["rounds"] = rounds
    result["python"] = platform.python_version()
    return result


def stored_rows(store: Path) -> int:
    """The fixes in the store."""
    from matcher.store.fixes import FixStore

    return FixStore.open(store).counts().rows


def _print(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L", help="empty: only the tables, from stored results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip", default="", help="measurements to leave out, of hard, grown, spatial, costs, append")
    parser.add_argument(
        "--rivals",
        type=Path,
        default=rivals_folder(),
        help="where spatial rivals are installed; see benchmarks/README.md",
    )
    parser.add_argument("--write", action="store_true", help="write the tables into benchmarks/README.md")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / "pipeline.json"
    results: dict[str, Any] = json.loads(stored.read_text()) if stored.exists() else {}
    results = {name: at_size for name, at_size in results.items() if "in_turn" in at_size}
    for name in filter(None, arguments.sizes.split(",")):
        results[name] = measure(name, arguments.rounds, frozenset(arguments.skip.split(",")), arguments.rivals)
        stored.write_text(json.dumps(results, indent=2) + "\n")
    ordered = {size: results[size] for size in SIZES if size in results}
    (RESULTS / "pipeline.md").write_text(tables(ordered))
    print(tables(ordered))
    if arguments.write:
        replace_between(README, BEGIN, END, tables(ordered))


if __name__ == "__main__":
    main()
