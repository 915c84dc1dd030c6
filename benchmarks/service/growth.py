"""How much longer the commonest reads take on a record that has grown: two records asked by turns in one process.

    python -m benchmarks.service.growth --write          the table; the records are made once and kept

Each answer is asked of the whole application, with its login and its audit row, on SQLite and on PostgreSQL, and timed
in processor time of the process, which other programs on the machine change little; what a PostgreSQL server works is
not in it, so there the time of the wall is given too. The larger record may take twice as long at most.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.testing import TestClient

from api.http.app import create_app
from api.settings import read_settings
from benchmarks.service.records import HOMES, LARGE, PASSWORD, PILOT, READS, ROLES, SMALL, Size, Store, name_of, stores
from benchmarks.tables.readme import README, replace_between
from tracker.access.roles import Role

RESULTS = Path(__file__).parents[1] / "results" / "growth.json"
BEGIN, END = "<!-- growth -->", "<!-- /growth -->"
TIMES = 15
AT_MOST = 2.0
_THEN = "asKnownAt=2025-01-01T00:00:00Z"
_STATUS_THEN = f"{PILOT}/status?{_THEN}"
"""Computed from all facts, so asked three times alone, of which the last is timed."""
FURTHER = (
    ("the queue of one type of crime", Role.ANALYST, "/matches?limit=50&crimeType=Burglary"),
    ("the queue of one force", Role.ANALYST, "/matches?limit=50&force=Metropolitan"),
    ("the queue of one wearer", Role.ANALYST, "/matches?limit=50&wearerRef=G000150"),
    ("crimes near a place", Role.ANALYST, "/crimes?limit=50&easting=530000&northing=180000"),
    ("lost tags", Role.OFFICER, f"{PILOT}/lost-tags?limit=50"),
    ("licences that failed, as known then", Role.OFFICER, f"{PILOT}/licences?limit=50&answer=failed&{_THEN}"),
    ("stock as known then", Role.OFFICER, f"{PILOT}/tags?limit=50&{_THEN}"),
    ("status as known then", Role.OFFICER, _STATUS_THEN),
)
"""Filtered lists, and answers as known at a past instant."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=HOMES, help="where the records are made and kept")
    parser.add_argument("--write", action="store_true", help="keep the results, and the table in benchmarks/README.md")
    arguments = parser.parse_args()
    with stores(arguments.homes) as every:
        found = {store.name: measure(store) for store in every}
    print(table(found))
    if arguments.write:
        kept = {"small": SMALL._asdict(), "large": LARGE._asdict(), "reads": found}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        replace_between(README, BEGIN, END, table(found))


class Served(NamedTuple):
    """An application over a record, and who is logged in."""

    client: TestClient[Litestar]
    tokens: dict[Role, str]

    def ask_ms(self, role: Role, path: str) -> tuple[float, float]:
        """Milliseconds of this process, and of the wall."""
        began, at = time.process_time(), time.perf_counter()
        answer = self.client.get(path, headers={"authorization": self.tokens[role]})
        took = time.process_time() - began, time.perf_counter() - at
        answer.raise_for_status()
        return took[0] * 1000, took[1] * 1000


@contextmanager
def served(store: Store, size: Size) -> Iterator[Served]:
    environ = {"TAGPILOT_WORKERS": "0", "TAGPILOT_MOST_REQUESTS_EACH": "0", "TAGPILOT_LOG_LEVEL": "warning"}
    settings = read_settings({**environ, **store.environ(size)}, home=store.made(size))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        tokens = {}
        for role in ROLES:
            answer = client.post("/auth/login", json={"name": name_of(role), "password": PASSWORD})
            answer.raise_for_status()
            tokens[role] = f"Bearer {answer.json()['accessToken']}"
        yield Served(client, tokens)


def measure(store: Store) -> list[dict[str, Any]]:
    """Each read of both records by turns; the median of each."""
    rows = []
    with ExitStack() as stack:
        both = [stack.enter_context(served(store, size)) for size in (SMALL, LARGE)]
        for name, role, path in (*READS, *FURTHER):
            took: list[list[tuple[float, float]]] = [[], []]
            for _ in range(3 if path == _STATUS_THEN else TIMES + 2):
                for of, record in zip(took, both, strict=True):
                    of.append(record.ask_ms(role, path))
            (small, small_wall), (large, large_wall) = (
                (statistics.median(one[0] for one in of[2:]), statistics.median(one[1] for one in of[2:]))
                for of in took
            )
            timed = {"small_ms": small, "large_ms": large, "small_wall_ms": small_wall, "large_wall_ms": large_wall}
            rows.append({"read": name, **timed, "growth": large / small, "growth_wall": large_wall / small_wall})
    return rows


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    """Of SQLite in processor time, of PostgreSQL in that of the server process and of the wall."""
    sizes = (
        f"Small: {SMALL.in_words()}. Large: {LARGE.in_words()}. Medians of {TIMES}, in ms; growth at most {AT_MOST:g}."
    )
    lines = [
        sizes,
        "",
        "| | SQLite, small | large | growth | PostgreSQL, small | large | growth | wall, small | large | growth |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for lite, postgres in zip(found["SQLite"], found["PostgreSQL"], strict=True):
        cells = [*_cells(lite, ""), *_cells(postgres, ""), *_cells(postgres, "_wall")]
        lines.append(f"| {lite['read']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(row: dict[str, Any], of: str) -> list[str]:
    growth = row[f"growth{of}"]
    missed = " **missed**" if growth > AT_MOST else ""
    return [f"{row[f'small{of}_ms']:.1f}", f"{row[f'large{of}_ms']:.1f}", f"{growth:.2f}{missed}"]


if __name__ == "__main__":
    main()
