"""One contestant, once, in a process of its own; and the same from outside, timed whole.

The process starts with this module and the standard library: what a contestant imports is on its own bill.
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

from benchmarks.task import Task, peak_mib

ROOT = Path(__file__).parent.parent
PLAIN = {"presence": False, "reference_days": 0, "verdicts": False}
EVERYTHING = {"verdicts": False}
VERDICTS = {"presence": False, "reference_days": 0, "verdicts": True}
ALL = {"verdicts": True}


def in_fresh_process(task: Task) -> dict[str, Any]:
    """What the contestant tells, and `wall_s`: interpreter, imports, compiled code and all, its repeats aside.

    Raises
    ------
    RuntimeError
        It failed; with what it said.
    """
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contest", json.dumps(asdict(task))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    wall_s = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{task.job} failed:\n{done.stderr[-3000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    told["wall_s"] = wall_s - told.pop("not_counted_s", 0.0)
    return told


def carry_out(task: Task, began: float) -> dict[str, Any]:
    """Do it. `seconds` is from `began`, so with imports; `work_s` is without them."""
    if task.job == "decode":
        from benchmarks.rivals import decode
        from benchmarks.worlds import World

        work = time.perf_counter()
        told: dict[str, Any] = {"rows": decode(World(Path(task.home)).reference)}
        told["work_s"] = time.perf_counter() - work
    elif task.job == "stream":
        from benchmarks.floors import stream_seconds
        from benchmarks.worlds import World

        told = {"stream_s": stream_seconds(World(Path(task.home)).reference, task.again)}
    elif task.job == "kernel":
        from benchmarks.floors import stream_seconds
        from benchmarks.kernel import kernel_seconds
        from benchmarks.ours import params_of
        from benchmarks.worlds import World

        made = World(Path(task.home))
        told = {"stream_s": stream_seconds(made.reference, task.again)}
        told |= kernel_seconds(made, params_of(task.params), task.again)
    elif task.job == "ours":
        from benchmarks.ours import whole_job

        return whole_job(task, began)
    else:
        from benchmarks.asking import ask

        told = ask(task)
    told["seconds"] = time.perf_counter() - began
    told["peak_mib"] = peak_mib()
    return told


def main() -> None:
    began = time.perf_counter()
    task = Task(**json.loads(sys.argv[1]))
    with tempfile.TemporaryDirectory() as aside:
        os.environ["TMPDIR"] = aside
        print(json.dumps(carry_out(task, began)))


if __name__ == "__main__":
    main()
