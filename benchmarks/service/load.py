"""Measures the server under load: the commonest reads with their audit rows, logins, a large upload, a long run.

    python -m benchmarks.service.load --write              the table, with a 1 GB upload
    python -m benchmarks.service.load --write --soak 600   and ten minutes of reads, to watch memory

On the demo's record (300 wearers, 8 million fixes): one server with its worker, four clients, and match jobs running.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from api.settings import read_settings
from api.usecases.stores import open_record
from benchmarks.tables.readme import README, replace_between
from tracker.access.roles import Role
from tracker.access.user_service import add_user, users

HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagpilot" / "benchmarks" / "api"
RESULTS = Path(__file__).parents[1] / "results" / "api.json"
BEGIN, END = "<!-- api benchmark -->", "<!-- /api benchmark -->"
PORT, CLIENTS, SECONDS = 8391, 4, 20.0
PASSWORD = "four plain words here"
PILOT = "/programmes/gps-knife-licence"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--write", action="store_true", help="keep the results and write the table into benchmarks/README.md"
    )
    parser.add_argument(
        "--soak", type=float, default=0.0, metavar="SECONDS", help="read for this long and watch memory"
    )
    arguments = parser.parse_args()
    home = prepare_demo()
    server = start_server(home)
    try:
        process = psutil.Process(server.pid)
        result = measure(process, arguments.soak)
    finally:
        server.terminate()
        server.wait(timeout=60)
    if "soak" not in result and RESULTS.is_file():
        # Memory over ten minutes does not depend on how busy the machine is, so an earlier measurement stays valid.
        stored = json.loads(RESULTS.read_text(encoding="utf-8")).get("soak")
        result |= {} if stored is None else {"soak": stored}
    print(table(result))
    if arguments.write:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        replace_between(README, BEGIN, END, table(result))


def prepare_demo() -> Path:
    """The demo's home, made once, with one user for each role."""
    subprocess.run([*_command(), "demo", "--home", str(HOME)], check=True, stdout=subprocess.DEVNULL)
    home = HOME / "demo"
    engine = open_record(read_settings({}, home=home))
    existing = {user.name for user in users(engine)}
    for role in Role:
        name = f"bench-{role.name.lower()}"
        if name not in existing:
            add_user(engine, name, role, PASSWORD, by="benchmark", now=datetime.now(UTC))
    engine.dispose()
    return home


def start_server(home: Path) -> "subprocess.Popen[bytes]":
    """Start the server and wait until it answers that it is ready."""
    log = (HOME / "log").open("wb")
    # As fast as it answers: no number of requests a minute, and a password is enough.
    environ = {**os.environ, "TAGPILOT_MOST_REQUESTS_EACH": "0", "TAGPILOT_SECOND_FACTOR": "none"}
    words = ["serve", "--home", str(home), "--port", str(PORT)]
    server = subprocess.Popen([*_command(), *words], stderr=log, stdout=log, env=environ)
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{_base()}/health/ready", timeout=5).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise SystemExit((HOME / "log").read_text()) from None
            time.sleep(0.2)
        else:
            return server


def measure(process: psutil.Process, soak_s: float) -> dict[str, Any]:
    """Everything: reads, logins, the upload and, where `soak_s` is not 0, the long run."""
    analyst, officer = client_of(Role.ANALYST), client_of(Role.OFFICER)
    first = analyst.get("/matches?limit=1&qAtMost=1").json()["items"]
    if not first:
        job = analyst.post("/jobs", json={}).json()
        wait_for(analyst, job["id"])
        first = analyst.get("/matches?limit=1&qAtMost=1").json()["items"]
    reads = {
        "status of the programme": (officer, f"{PILOT}/status"),
        "a page of 50 licences": (officer, f"{PILOT}/licences?limit=50"),
        "one licence": (officer, f"{PILOT}/licences/L00007"),
        "the queue, 50 matches": (analyst, "/matches?limit=50"),
        "one match with its fixes": (analyst, f"/matches/{first[0]['id']}"),
    }
    stop = threading.Event()
    jobs = {"ran": 0}
    working = threading.Thread(target=keep_matching, args=(stop, jobs), daemon=True)
    working.start()
    rows = {name: load(client, path) for name, (client, path) in reads.items()}
    rows["login"] = logins()
    stop.set()
    working.join()
    at_rest = process.memory_info().rss
    result: dict[str, Any] = {
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "clients": CLIENTS,
        "jobs_meanwhile": jobs["ran"],
        "reads": rows,
        "rss_mb": round(at_rest / 1e6),
        "upload": upload(process),
    }
    if soak_s:
        result["soak"] = soak(process, reads, soak_s)
    return result


def load(client: httpx.Client, path: str) -> dict[str, float]:
    """Requests a second and milliseconds each, with four clients at once."""
    took: list[float] = []
    until = time.monotonic() + SECONDS
    headers = dict(client.headers)

    def ask() -> None:
        with httpx.Client(base_url=_base(), headers=headers, timeout=60) as client:
            while time.monotonic() < until:
                begun = time.perf_counter()
                client.get(path).raise_for_status()
                took.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _row(took, SECONDS)


def logins() -> dict[str, float]:
    """Logins a second by one client, and milliseconds each."""
    took = []
    begun_all = time.monotonic()
    while time.monotonic() - begun_all < SECONDS / 2:
        begun = time.perf_counter()
        client_of(Role.EVALUATOR).close()
        took.append(time.perf_counter() - begun)
    return _row(took, SECONDS / 2)


def keep_matching(stop: threading.Event, jobs: dict[str, int]) -> None:
    """Run match jobs one after another, each with another radius so that none can reuse an earlier run."""
    client = client_of(Role.ANALYST)
    while not stop.is_set():
        radius = 60 + jobs["ran"] % 900 + (time.time_ns() % 1000) / 1000
        job = client.post("/jobs", json={"params": {"radiusM": round(radius, 3)}, "forReview": False}).json()
        wait_for(client, job["id"])
        jobs["ran"] += 1


def wait_for(client: httpx.Client, job_id: int) -> None:
    while client.get(f"/jobs/{job_id}").json()["state"] in ("queued", "running"):
        time.sleep(0.2)


def upload(process: psutil.Process, size: int = 1 << 30) -> dict[str, float]:
    """Upload a gigabyte that is not a file of fixes: the server writes it all to disk, then its reader refuses it.
    Returns how long it took and how much the server's memory grew."""
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    client = client_of(Role.ANALYST)
    begun = time.perf_counter()
    client.post(
        "/imports/fixes?name=large.csv", content=_pieces(size), headers={"content-type": "text/csv"}, timeout=600
    ).raise_for_status()
    took_s = time.perf_counter() - begun
    done.set()
    watching.join()
    return {"mb": size / 1e6, "took_s": took_s, "rss_grew_mb": (peak - before) / 1e6}


def _pieces(size: int) -> Iterator[bytes]:
    piece = b"0" * (1 << 20)
    for _ in range(size // len(piece)):
        yield piece


def soak(process: psutil.Process, reads: dict[str, tuple[httpx.Client, str]], seconds: float) -> dict[str, float]:
    """Ask every read in turn for `seconds`; returns memory in the first and in the last minute."""
    until, asked = time.monotonic() + seconds, 0
    rss: list[tuple[float, int]] = []
    paths = [(Role.ANALYST if path.startswith("/matches") else Role.OFFICER, path) for _, path in reads.values()]
    while time.monotonic() < until:
        # Access tokens are valid for ten minutes, so log in again every five.
        clients = {role: client_of(role) for role in (Role.ANALYST, Role.OFFICER)}
        renew = min(until, time.monotonic() + 300)
        while time.monotonic() < renew:
            for role, path in paths:
                clients[role].get(path).raise_for_status()
                asked += 1
            rss.append((time.monotonic(), process.memory_info().rss))
    first = [r for t, r in rss if t < rss[0][0] + 60]
    last = [r for t, r in rss if t > rss[-1][0] - 60]
    return {"seconds": seconds, "asked": asked, "rss_first_mb": max(first) / 1e6, "rss_last_mb": max(last) / 1e6}


def client_of(role: Role) -> httpx.Client:
    """A client with an access token of the user of this role."""
    client = httpx.Client(base_url=_base(), timeout=60)
    answer = client.post("/auth/login", json={"name": f"bench-{role.name.lower()}", "password": PASSWORD})
    answer.raise_for_status()
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
    return client


def table(result: dict[str, Any]) -> str:
    lines = ["| 4 clients, while match jobs run | requests a second | median, ms | p99, ms |", "|---|---|---|---|"]
    for name, row in result["reads"].items():
        label = f"{name} (one client)" if name == "login" else name
        lines.append(f"| {label} | {row['per_s']:.0f} | {row['p50_ms']:.0f} | {row['p99_ms']:.0f} |")
    up = result["upload"]
    lines.append("")
    lines.append(
        f"{result['jobs_meanwhile']} match jobs ran meanwhile. A file of {up['mb'] / 1000:.2f} GB was uploaded in "
        f"{up['took_s']:.1f} s; memory grew by {up['rss_grew_mb']:.0f} MB."
    )
    if "soak" in result:
        s = result["soak"]
        lines.append(
            f"{s['seconds'] / 60:.0f} minutes of reads ({s['asked']:,}): "
            f"{s['rss_first_mb']:.0f} MB in the first minute, "
            f"{s['rss_last_mb']:.0f} MB in the last."
        )
    return "\n".join(lines)


def _row(took: list[float], seconds: float) -> dict[str, float]:
    ms = np.array(took) * 1000
    return {
        "per_s": len(took) / seconds,
        "p50_ms": float(np.percentile(ms, 50)),
        "p99_ms": float(np.percentile(ms, 99)),
        "asked": len(took),
    }


def _base() -> str:
    return f"http://127.0.0.1:{PORT}"


def _command() -> list[str]:
    return [sys.executable, "-c", "from api.cli.main import main; main()"]


if __name__ == "__main__":
    main()
