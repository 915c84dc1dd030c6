"""Real servers on a record that has grown: each read beside `/health/live`, eight clients beside one, several server
processes on one database, and the slowest answers while match jobs run.

    python -m benchmarks.service.served --write

On SQLite and on PostgreSQL. A *client* is a connection that asks again as soon as it is answered. Processor time is
that of the server processes, without that of a PostgreSQL server and of the clients, which use the same machine.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks.service.records import HOMES, LARGE, PASSWORD, READS, ROLES, Size, Store, name_of, stores
from benchmarks.tables.readme import README, replace_between
from tracker.access.roles import Role

RESULTS = Path(__file__).parents[1] / "results" / "served.json"
BEGIN, END = "<!-- served -->", "<!-- /served -->"
PORT = 8393
TIMES, CLIENTS, SECONDS = 25, 8, 8.0
LIVE = "/health/live"
TIMES_LIVE, SHARE = 10.0, 0.6
CORES = 2


class Server(NamedTuple):
    """A server process and where it answers."""

    process: psutil.Process
    port: int

    def cpu_s(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def servers(store: Store, size: Size, number: int) -> Iterator[list[Server]]:
    """So many server processes over one record, without workers."""
    home = store.made(size)
    environ = {
        **os.environ,
        **store.environ(size),
        "TAGPILOT_WORKERS": "0",
        "TAGPILOT_MOST_REQUESTS_EACH": "0",
        "TAGPILOT_SECOND_FACTOR": "none",
        "TAGPILOT_LOG_LEVEL": "warning",
    }
    with ExitStack() as stack:
        started = []
        for port in range(PORT, PORT + number):
            log = stack.enter_context((home.parent / f"log-{port}").open("wb"))
            command = [sys.executable, "-c", "from api.cli.main import main; main()"]
            words = ["serve", "--home", str(home), "--port", str(port)]
            process = subprocess.Popen([*command, *words], stderr=log, stdout=log, env=environ)
            stack.callback(_stop, process)
            started.append(Server(psutil.Process(process.pid), port))
        for server in started:
            _ready(server)
        yield started


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(timeout=60)


def _ready(server: Server) -> None:
    until = time.monotonic() + 90
    while True:
        try:
            return Client(server.port).ask(LIVE)
        except OSError:
            if time.monotonic() > until or not server.process.is_running():
                raise
            time.sleep(0.2)


class Client:
    """One connection, kept, of someone who is logged in."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"authorization": token} if token else {}

    def ask(self, path: str) -> None:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")

    def timed_ms(self, path: str) -> float:
        began = time.perf_counter()
        self.ask(path)
        return (time.perf_counter() - began) * 1000


def log_in(port: int, role: Role) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"name": name_of(role), "password": PASSWORD})
    connection.request("POST", "/auth/login", body, {"content-type": "application/json"})
    return f"Bearer {json.loads(connection.getresponse().read())['accessToken']}"


def alone(server: Server) -> list[dict[str, Any]]:
    """One client, each read by turns with `/health/live`: medians of the wall, and processor time of the server."""
    tokens = {role: log_in(server.port, role) for role in ROLES}
    rows = []
    for name, role, path in READS:
        client, took, live = Client(server.port, tokens[role]), [], []
        client.ask(path)
        for _ in range(TIMES):
            live.append(client.timed_ms(LIVE))
            took.append(client.timed_ms(path))
        before = server.cpu_s()
        for _ in range(TIMES):
            client.ask(path)
        cpu_ms = (server.cpu_s() - before) / TIMES * 1000
        before = server.cpu_s()
        for _ in range(TIMES * 4):
            client.ask(LIVE)
        live_cpu_ms = (server.cpu_s() - before) / (TIMES * 4) * 1000
        wall = statistics.median(took), statistics.median(live)
        rows.append({"read": name, "ms": wall[0], "live_ms": wall[1], "cpu_ms": cpu_ms, "live_cpu_ms": live_cpu_ms})
    return rows


def together(running: Sequence[Server], clients: int) -> dict[str, float]:
    """So many clients who ask every read in turn: answers a second, slowest in a hundred, processor time of one."""
    tokens = {role: log_in(running[0].port, role) for role in ROLES}
    took: list[float] = []
    until = time.monotonic() + SECONDS

    def ask(number: int) -> None:
        server = running[number % len(running)]
        mine = {role: Client(server.port, token) for role, token in tokens.items()}
        while time.monotonic() < until:
            for _, role, path in READS:
                took.append(mine[role].timed_ms(path))

    before, began = sum(server.cpu_s() for server in running), time.monotonic()
    asking = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    seconds, used = time.monotonic() - began, sum(server.cpu_s() for server in running) - before
    ordered = sorted(took)
    return {
        "servers": len(running),
        "clients": clients,
        "per_s": len(took) / seconds,
        "cpu_ms": used / len(took) * 1000,
        "cores": used / seconds,
        "p50_ms": statistics.median(ordered),
        "p99_ms": ordered[int(len(ordered) * 0.99)],
    }


def measure(store: Store) -> dict[str, Any]:
    with servers(store, LARGE, 1) as running:
        reads, loads = alone(running[0]), [together(running, clients) for clients in (1, CLIENTS)]
    with servers(store, LARGE, CORES) as running:
        loads.append(together(running, CLIENTS))
    for each in loads:
        # What the clients would be answered if two processors did nothing else, each answer as cheap as a single one's.
        each["share"] = each["per_s"] * loads[0]["cpu_ms"] / 1000 / CORES
    return {"reads": reads, "loads": loads}


def table(found: dict[str, dict[str, Any]]) -> str:
    lines = [
        f"One client, {LARGE.in_words()}; medians of {TIMES} in ms; at most {TIMES_LIVE:g} times `/health/live`.",
        "",
    ]
    lines += ["| | " + " | ".join(f"{name} | of which the server's processor | times live" for name in found) + " |"]
    lines += ["|---" * (1 + 3 * len(found)) + "|"]
    for rows in zip(*(each["reads"] for each in found.values()), strict=True):
        lines.append(f"| {rows[0]['read']} | {' | '.join(_beside_live(row) for row in rows)} |")
    lives = [statistics.median(row["live_ms"] for row in each["reads"]) for each in found.values()]
    lines += ["| `/health/live` | " + " | ".join(f"{live:.1f} | | 1" for live in lives) + " |", ""]
    lines += ["| | answers a second | median, ms | p99, ms | processor ms an answer | processors used | share |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for name, each in found.items():
        for load in each["loads"]:
            who = f"{name}, {_several(load['servers'], 'server')}, {_several(load['clients'], 'client')}"
            missed = " **missed**" if load["clients"] > 1 and load["share"] < SHARE else ""
            figures = f"{load['p50_ms']:.0f} | {load['p99_ms']:.0f} | {load['cpu_ms']:.1f} | {load['cores']:.2f}"
            lines.append(f"| {who} | {load['per_s']:.0f} | {figures} | {load['share']:.2f}{missed} |")
    return "\n".join(lines)


def _beside_live(row: dict[str, Any]) -> str:
    times = row["ms"] / row["live_ms"]
    return f"{row['ms']:.1f} | {row['cpu_ms']:.1f} | {times:.0f}{' **missed**' if times > TIMES_LIVE else ''}"


def _several(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number > 1 else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=HOMES, help="where the records are made and kept")
    parser.add_argument("--write", action="store_true", help="keep the results, and the table in benchmarks/README.md")
    arguments = parser.parse_args()
    with stores(arguments.homes) as every:
        found = {store.name: measure(store) for store in every}
    print(table(found))
    if arguments.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        replace_between(README, BEGIN, END, table(found))


if __name__ == "__main__":
    main()
