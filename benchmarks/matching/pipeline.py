"""Measures a whole match run against decoding alone, and against the same question asked of Polars and DuckDB.

    python -m benchmarks.matching.pipeline [--sizes S,M,L] [--rounds 5] [--skip hard,grown] [--write]

Worlds are made once and kept in the user's cache folder. Answers are compared before anything is timed. Each figure is
of a fresh process (interpreter and imports included) unless the table says "warm"; contestants take turns, round after
round, in one run. Results go to benchmarks/results and, with --write, to benchmarks/README.md. A size that was measured
earlier keeps its figures until it is measured again.
"""

import argparse
import json
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.matching.measuring import (
    check_answers,
    measure_full,
    measure_grown_store,
    measure_hard_inputs,
    measure_in_turn,
)
from benchmarks.matching.sizes import SIZES
from benchmarks.matching.worlds import World, cache_dir, make_world
from benchmarks.tables.match_tables import BEGIN, END, tables
from benchmarks.tables.readme import README, replace_between

RESULTS = Path(__file__).parents[1] / "results"


def measure(name: str, rounds: int, skip: frozenset[str]) -> dict[str, Any]:
    """Everything that is measured at one size."""
    size = SIZES[name]
    print(f"{name}: {size.description}", flush=True)
    world: World = make_world(size)
    derived = cache_dir() / f"{world.home.name}-changed"
    derived.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        result: dict[str, Any] = {"answers": check_answers(world, size, Path(temporary), _print)}
    if result["answers"]["off"]:
        _print(f"  counts differ from the published ones by more than 30 %: {result['answers']['off']}")
    result["in_turn"] = measure_in_turn(world, result["answers"]["best"], rounds, _print)
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


def _print(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L", help="empty: only the tables, from stored results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip", default="", help="measurements to leave out: hard, grown, or both (hard,grown)")
    parser.add_argument("--write", action="store_true", help="write the tables into benchmarks/README.md")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / "pipeline.json"
    results: dict[str, Any] = json.loads(stored.read_text()) if stored.exists() else {}
    results = {name: at_size for name, at_size in results.items() if "in_turn" in at_size}
    for name in filter(None, arguments.sizes.split(",")):
        results[name] = measure(name, arguments.rounds, frozenset(arguments.skip.split(",")))
        stored.write_text(json.dumps(results, indent=2) + "\n")
    ordered = {size: results[size] for size in SIZES if size in results}
    (RESULTS / "pipeline.md").write_text(tables(ordered))
    print(tables(ordered))
    if arguments.write:
        replace_between(README, BEGIN, END, tables(ordered))


if __name__ == "__main__":
    main()
