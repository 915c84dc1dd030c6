"""How fast a whole match is, beside what decoding costs and beside the same question asked of Polars and DuckDB.

    python -m benchmarks.pipeline [--sizes S,M,L] [--rounds 5] [--skip hard,grown] [--write]

Worlds are made once and kept under the user's cache folder. Answers are compared before anything is timed. Every figure
is of a fresh process (interpreter, imports and all) or of a warm one where it says so; contestants take turns, round
after round, in one run. Results go to benchmarks/results and, with --write, to README.md; a size measured earlier keeps
its figures there until it is measured again.
"""

import argparse
import json
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import answers, deeper, grown_store, hard_inputs, in_turn
from benchmarks.sizes import SIZES
from benchmarks.tables import put_into, tables
from benchmarks.worlds import World, cache_dir, world

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"


def measure(name: str, rounds: int, skip: frozenset[str]) -> dict[str, Any]:
    """All that is measured at one size."""
    size = SIZES[name]
    print(f"{name}: {size.words}", flush=True)
    made: World = world(size)
    aside = cache_dir() / f"{made.home.name}-changed"
    aside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        told: dict[str, Any] = {"answers": answers(made, size, Path(temporary), _say)}
    if told["answers"]["off"]:
        _say(f"  off the published counts by more than 30 %: {told['answers']['off']}")
    told["in_turn"] = in_turn(made, told["answers"]["best"], rounds, _say)
    if name == "M":
        told["deeper"] = deeper(made, told["answers"]["best"], rounds, _say)
        if "hard" not in skip:
            told["hard"] = hard_inputs(made, aside, _say)
    if name == "L" and "grown" not in skip:
        told["grown"] = grown_store(made, aside, _say)
    told["measured_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    told["rounds"] = rounds
    told["python"] = platform.python_version()
    return told


def _say(words: str) -> None:
    print(words, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L", help="empty: the tables again from what was measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip", default="", help="hard, grown or both")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / "pipeline.json"
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    results = {name: told for name, told in results.items() if "in_turn" in told}
    for name in filter(None, given.sizes.split(",")):
        results[name] = measure(name, given.rounds, frozenset(given.skip.split(",")))
        kept.write_text(json.dumps(results, indent=2) + "\n")
    ordered = {size: results[size] for size in SIZES if size in results}
    (RESULTS / "pipeline.md").write_text(tables(ordered))
    print(tables(ordered))
    if given.write:
        README.write_text(put_into(README.read_text(encoding="utf-8"), tables(ordered)), encoding="utf-8")


if __name__ == "__main__":
    main()
