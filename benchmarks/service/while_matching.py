"""The slowest answers while a match runs, beside those of an idle server: by turns, on the demo's record.

    python -m benchmarks.service.while_matching --write

One client asks the reads of `load` in turn; meanwhile match jobs run one after another, or none.
"""

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.service.load import PILOT, client_of, keep_matching, prepare_demo, start_server
from benchmarks.tables.readme import README, replace_between
from tracker.access.roles import Role

RESULTS = Path(__file__).parents[1] / "results" / "while_matching.json"
BEGIN, END = "<!-- while matching -->", "<!-- /while matching -->"
TURNS, SECONDS = 3, 10.0
AT_MOST = 3.0


def measure() -> dict[str, Any]:
    analyst, officer = client_of(Role.ANALYST), client_of(Role.OFFICER)
    reads = (
        (officer, f"{PILOT}/status"),
        (officer, f"{PILOT}/licences?limit=50"),
        (officer, f"{PILOT}/licences/L00007"),
        (analyst, "/matches?limit=50"),
        (analyst, "/crimes?limit=50"),
    )
    idle: list[float] = []
    busy: list[float] = []
    jobs = {"ran": 0}
    for _ in range(TURNS):
        idle += _asked(reads)
        stop = threading.Event()
        working = threading.Thread(target=keep_matching, args=(stop, jobs), daemon=True)
        working.start()
        busy += _asked(reads)
        stop.set()
        working.join()
    return {"idle": _figures(idle), "busy": _figures(busy), "jobs": jobs["ran"]}


def _asked(reads: tuple[tuple[httpx.Client, str], ...]) -> list[float]:
    took: list[float] = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for client, path in reads:
            began = time.perf_counter()
            client.get(path).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return took


def _figures(took: list[float]) -> dict[str, float]:
    return {"answers": len(took), "p50_ms": float(np.percentile(took, 50)), "p99_ms": float(np.percentile(took, 99))}


def table(found: dict[str, Any]) -> str:
    idle, busy = found["idle"], found["busy"]
    during = f"while {found['jobs']} match jobs ran"
    times = busy["p99_ms"] / idle["p99_ms"]
    missed = " **missed**" if times > AT_MOST else ""
    return "\n".join(
        [
            "| one client, five reads in turn | answers | median, ms | p99, ms |",
            "|---|---|---|---|",
            f"| no job | {idle['answers']:,} | {idle['p50_ms']:.0f} | {idle['p99_ms']:.0f} |",
            f"| {during} | {busy['answers']:,} | {busy['p50_ms']:.0f} | {busy['p99_ms']:.0f} |",
            f"| times (p99 at most {AT_MOST:g}) | | {busy['p50_ms'] / idle['p50_ms']:.1f} | {times:.1f}{missed} |",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the results, and the table in benchmarks/README.md")
    arguments = parser.parse_args()
    server = start_server(prepare_demo())
    try:
        found = measure()
    finally:
        server.terminate()
        server.wait(timeout=60)
    print(table(found))
    if arguments.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        replace_between(README, BEGIN, END, table(found))


if __name__ == "__main__":
    main()
