"""Runs one contestant in a process of its own, and times that process from outside.

The process starts with this module and the standard library only, so what a contestant imports counts as its time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.matching.task import Task, peak_mib

ROOT = Path(__file__).parents[2]
PLAIN = {"presence": False, "reference_days": 0, "verdicts": False}
EVERYTHING = {"verdicts": False}
VERDICTS = {"presence": False, "reference_days": 0, "verdicts": True}
ALL = {"verdicts": True}


def in_fresh_process(task: Task) -> dict[str, Any]:
    """The contestant's results, and `wall_s`: interpreter, imports and compiled code included, its repeats excluded.

    Raises
    ------
    RuntimeError
        The process failed; the message ends with its standard error.
    """
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if task.packages:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [task.packages, environment.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.matching.contest", json.dumps(asdict(task))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    wall_s = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{task.job} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    result["wall_s"] = wall_s - result.pop("not_counted_s", 0.0)
    return result


def run_task(task: Task, began: float) -> dict[str, Any]:
    """Run the task. `seconds` counts from `began`, so imports included; `work_s` leaves them out."""
    if task.job == "decode":
        from benchmarks.matching.rivals import decode
        from benchmarks.matching.worlds import World

        work_began = time.perf_counter()
        result: dict[str, Any] = {"rows": decode(World(Path(task.home)).reference)}
        result["work_s"] = time.perf_counter() - work_began
    elif task.job == "stream":
        from benchmarks.matching.floors import stream_seconds
        from benchmarks.matching.worlds import World

        result = {"stream_s": stream_seconds(World(Path(task.home)).reference, task.repeats)}
    elif task.job == "imports":
        work_began = time.perf_counter()
        import numba
        import polars

        result = {"versions": f"numba {numba.__version__}, polars {polars.__version__}"}
        result["work_s"] = time.perf_counter() - work_began
    elif task.job == "append":
        from benchmarks.matching.appending import append_days

        result = append_days(task)
    elif task.job == "loops":
        from benchmarks.matching.floors import stream_seconds
        from benchmarks.matching.loops import loop_seconds
        from benchmarks.matching.match_job import params_of
        from benchmarks.matching.worlds import World

        world = World(Path(task.home))
        result = {"stream_s": stream_seconds(world.reference, task.repeats)}
        result |= loop_seconds(world, params_of(task.params), task.repeats)
    elif task.job == "tagpilot":
        from benchmarks.matching.match_job import run_match

        return run_match(task, began)
    else:
        from benchmarks.matching.rival_job import run_rival

        result = run_rival(task)
    result["seconds"] = time.perf_counter() - began
    result["peak_mib"] = peak_mib()
    return result


def main() -> None:
    began = time.perf_counter()
    task = Task(**json.loads(sys.argv[1]))
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TMPDIR"] = temporary
        print(json.dumps(run_task(task, began)))


if __name__ == "__main__":
    main()
