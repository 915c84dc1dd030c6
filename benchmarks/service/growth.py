"""How much longer the commonest reads take on a record that has grown: two records asked by turns in one process.

    python -m benchmarks.service.growth --write          the table; the records are made once and kept

Each answer is asked of the whole application, with its login and its audit row, and timed in processor time of the
process, which other programs on the machine change little. The larger record may take twice as long at most.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.testing import TestClient

from api.http.app import create_app
from api.settings import read_settings
from api.usecases.stores import open_record
from benchmarks.tables.readme import README, replace_between
from tracker.access.roles import Role
from tracker.access.user_service import add_user, users

HOMES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagpilot" / "benchmarks" / "growth"
RESULTS = Path(__file__).parents[1] / "results" / "growth.json"
BEGIN, END = "<!-- growth -->", "<!-- /growth -->"
PASSWORD = "four plain words here"
PILOT = "/programmes/gps-knife-licence"
TIMES = 15
AT_MOST = 2.0


class Size(NamedTuple):
    """How much there is on a record."""

    licences: int
    crimes: int
    matches: int


SMALL, LARGE = Size(300, 25_000, 5_456), Size(30_000, 1_000_000, 100_000)
READS = (
    ("status, with what needs attention", Role.OFFICER, f"{PILOT}/status"),
    ("places", Role.OFFICER, f"{PILOT}/rollout"),
    ("a page of 50 licences", Role.OFFICER, f"{PILOT}/licences?limit=50"),
    ("one licence", Role.OFFICER, f"{PILOT}/licences/GL000150"),
    ("a page of the stock of tags", Role.OFFICER, f"{PILOT}/tags?limit=50"),
    ("scores of one person", Role.OFFICER, f"{PILOT}/wearers/G000150/scores"),
    ("the queue, 50 matches", Role.ANALYST, "/matches?limit=50"),
    ("one match (without fixes)", Role.ANALYST, "/matches/2728"),
    ("a page of 50 crimes", Role.ANALYST, "/crimes?limit=50"),
    ("one crime", Role.ANALYST, "/crimes/Metropolitan/GC0024999"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=HOMES, help="where the two records are made and kept")
    parser.add_argument("--write", action="store_true", help="keep the results, and the table in benchmarks/README.md")
    arguments = parser.parse_args()
    rows = measure(made(arguments.homes, SMALL), made(arguments.homes, LARGE))
    print(table(rows))
    if arguments.write:
        kept = {"small": SMALL._asdict(), "large": LARGE._asdict(), "reads": rows}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        replace_between(README, BEGIN, END, table(rows))


def made(homes: Path, size: Size) -> Path:
    """The home of a record of this size, made where there is none yet."""
    home = homes / "-".join(map(str, size))
    if not home.is_dir():
        home.mkdir(parents=True, mode=0o700)
        counts = ("--crimes", str(size.crimes), "--matches", str(size.matches))
        _run("grown_record", home, "--licences", str(size.licences))
        _run("grown_matches", home, *counts)
    engine = open_record(read_settings({}, home=home))
    held = {user.name for user in users(engine)}
    for role in (Role.ANALYST, Role.OFFICER):
        if _name(role) not in held:
            add_user(engine, _name(role), role, PASSWORD, by="benchmark", now=datetime.now(UTC))
    engine.dispose()
    return home


def _run(module: str, home: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", f"benchmarks.service.{module}", str(home), *words], check=True)


def _name(role: Role) -> str:
    return f"bench-{role.name.lower()}"


class Served(NamedTuple):
    """An application over a record, and who is logged in."""

    client: TestClient[Litestar]
    tokens: dict[Role, str]

    def ask_ms(self, role: Role, path: str) -> float:
        began = time.process_time()
        answer = self.client.get(path, headers={"authorization": self.tokens[role]})
        took = time.process_time() - began
        answer.raise_for_status()
        return took * 1000


@contextmanager
def served(home: Path) -> Iterator[Served]:
    app = create_app(read_settings({"TAGPILOT_WORKERS": "0", "TAGPILOT_MOST_REQUESTS_EACH": "0"}, home=home))
    with TestClient(app, base_url="http://127.0.0.1:8019") as client:
        tokens = {}
        for role in (Role.ANALYST, Role.OFFICER):
            answer = client.post("/auth/login", json={"name": _name(role), "password": PASSWORD})
            answer.raise_for_status()
            tokens[role] = f"Bearer {answer.json()['accessToken']}"
        yield Served(client, tokens)


def measure(small: Path, large: Path) -> list[dict[str, Any]]:
    """Each read of both records by turns; the median of each."""
    rows = []
    with ExitStack() as stack:
        both = [stack.enter_context(served(home)) for home in (small, large)]
        for name, role, path in READS:
            took: list[list[float]] = [[], []]
            for _ in range(TIMES + 2):
                for of, record in zip(took, both, strict=True):
                    of.append(record.ask_ms(role, path))
            before, after = (statistics.median(of[2:]) for of in took)
            rows.append({"read": name, "small_ms": before, "large_ms": after, "growth": after / before})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    sizes = f"{_in_words(SMALL)} | {_in_words(LARGE)}"
    lines = [f"| processor time, median of {TIMES} | {sizes} | growth (at most {AT_MOST:g}) |", "|---|---|---|---|"]
    for row in rows:
        growth = f"{row['growth']:.2f}" + (" **missed**" if row["growth"] > AT_MOST else "")
        lines.append(f"| {row['read']} | {row['small_ms']:.1f} ms | {row['large_ms']:.1f} ms | {growth} |")
    return "\n".join(lines)


def _in_words(size: Size) -> str:
    return f"{size.licences:,} licences, {size.crimes:,} crimes, {size.matches:,} matches"


if __name__ == "__main__":
    main()
