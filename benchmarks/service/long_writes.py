"""How long other writers wait for a long write, and how long it takes: a release list, crimes, the end of a match.

    python -m benchmarks.service.long_writes      one JSON line for each; in another commit's folder, of that one
    python -m benchmarks.service.long_writes --sizes large

A process of its own enters a small entry every 20 ms meanwhile. `longest_wait_s` is the longest that it took, `lock_s`
the processor time of the transaction that holds the record's lock: what the wait is on a machine with nothing else to
do. Each is done on a fresh record of 300 licences; matches twice, first new and then found again with other figures.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from api.settings import read_settings
from api.usecases.stores import open_record
from benchmarks.service import grown_record
from tracker.crimes.importer import import_crimes
from tracker.record.audit.chain import Action
from tracker.record.entry import entering
from tracker.review.candidate_service import Candidate
from tracker.review.pool_service import CrimeRow, PairRow, RunOf
from tracker.screening.importer import import_releases

NOW = grown_record.NOW
_FIRST = datetime(2019, 9, 1, tzinfo=UTC)
_LIST = {
    "sex": "M", "born": "1997-05-01", "ethnicity": "W1", "offence_code": "8/26", "knife_involved": "yes",
    "knife_basis": "the indictment", "prison": "HMP Brixton", "planned_release": "2019-12-01",
    "licence_ends": "2020-12-01", "borough": "Lambeth", "ogrs_instrument": "OGRS3", "ogrs_horizon": "2",
    "ogrs_score": "56", "ogrs_date": "2019-03-01",
}  # fmt: skip
SIZES = {
    "usual": {"releases": [5_000], "crimes": [25_000], "match": [(5_456, 25_000)]},
    "large": {"crimes": [100_000], "match": [(100_000, 100_000)]},
}


def write_list(path: Path, licences: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, ["nomis_id", "name", *_LIST])
        writer.writeheader()
        writer.writerows({"nomis_id": f"B{n:04}BC", "name": f"Invented {n}", **_LIST} for n in range(licences))
    return path


def write_crimes(path: Path, crimes: int) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.write("force,crime_type,crime_ref,t_from,t_to,easting,northing,location_accuracy_m\n")
        for n in range(crimes):
            since = _since(n)
            place = f"{520_000 + n % 20_000},{175_000 + n % 9_000},10"
            out.write(f"Metropolitan,Burglary,R{n},{since.isoformat()},{_until(n).isoformat()},{place}\n")
    return path


def _since(n: int) -> datetime:
    return _FIRST + timedelta(seconds=100 * (n % 25_000))


def _until(n: int) -> datetime:
    return _since(n) + timedelta(minutes=30)


def findings(candidates: int, crimes: int, seed: int) -> tuple[list[Candidate], list[tuple[str, str]], list[CrimeRow]]:
    """Made-up candidates at these crimes of September, and what is kept of each for its pool."""
    chosen, rng = random.Random(5), random.Random(seed)
    keys = set[tuple[int, int]]()
    while len(keys) < candidates:
        keys.add((chosen.randrange(crimes), chosen.randrange(300)))
    found, pairs = [], dict[int, list[PairRow]]()
    for n, wearer in sorted(keys):
        p, strength = rng.random(), 200 * rng.random()
        figures = {
            "verdict": "present", "closest_at": "2019-09-14T20:04:00Z", "closest_m": 18.2, "p_present": p,
            "reference_days": 56, "reference_hits": 0, "same_weekday_days": 8, "same_weekday_hits": 0, "e_value": 57.0,
            "nearness": 3.2, "strength": strength, "q_value": None, "note": None,
            "in_words": "fix inside at 11:27, 3 m; inside on 0 of 29 other days; probability of presence 1.00",
        }  # fmt: skip
        crime = ("Metropolitan", f"R{n}", 1, "Burglary", _since(n), _until(n))
        found.append(Candidate(*crime, f"G{wearer + 1:06}", p, 57.0, figures))
        row = PairRow(f"G{wearer + 1:06}", True, strength, None, {7: 1.0, -7: None, 14: 0.5})
        pairs.setdefault(n, []).append(row)
    covered = {0: 300, 7: 290, -7: 291, 14: 280}
    kept = [
        CrimeRow(
            "Metropolitan", f"R{n}", 1, "2019-09", _since(n), n % 4, 520_000_000 + n, 175_000_000 + n, covered,
            pairs.get(n, []),
        )
        for n in range(crimes)
    ]  # fmt: skip
    return found, [("Metropolitan", f"R{n}") for n in range(crimes)], kept


def keep(engine: Engine, run_id: str, found: Any) -> None:
    candidates, crimes, kept = found
    run = RunOf(run_id, "", "settings", "3")
    try:
        from api.usecases.matching.match_jobs import Findings, keep_findings
    except ImportError:
        # An earlier version, measured beside this one.
        from api.usecases.matching.pools import judge_pools
        from tracker.review.candidate_service import update_queue
        from tracker.review.changed_service import note_changes
        from tracker.review.pool_service import keep_crimes

        with entering(engine, by="benchmark", now=NOW) as entry:
            listed = note_changes(entry, run, crimes, {})
            update_queue(entry, run_id, "settings", candidates, crimes, algorithm="3", listed=listed)
            judge_pools(entry, keep_crimes(entry, run, kept, crimes), 20)
        return
    keep_findings(engine, run, Findings(candidates, crimes, kept, {}, "3", 20), lambda _: None, by="benchmark", now=NOW)


@contextmanager
def other_writer(home: Path) -> Iterator[list[float]]:
    """Enters a small entry every 20 ms; afterwards the list has how long each took."""
    waits: list[float] = []
    words = [sys.executable, "-m", "benchmarks.service.long_writes", "--write-to", str(home)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        yield waits
        child.stdin.close()
        waits += json.loads(child.stdout.readline())


def write_small_entries(home: Path) -> None:
    engine, waits, stop = open_record(read_settings({}, home=home)), list[float](), threading.Event()
    threading.Thread(target=_end_of_input, args=(stop,), daemon=True).start()
    while not stop.is_set():
        began = time.perf_counter()
        # Refused after 30 s of waiting, it waits on.
        while not _entered(engine):
            pass
        if not waits:
            print("writes", flush=True)
        waits.append(time.perf_counter() - began)
        time.sleep(0.02)
    print(json.dumps(waits[1:]), flush=True)


def _entered(engine: Engine) -> bool:
    try:
        with entering(engine, by="other", now=NOW) as entry:
            entry.note(Action.CONSULT, "person", 1)
    except OperationalError:
        return False
    return True


def _end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


class _Locks:
    """Processor time of each transaction that may write."""

    def __init__(self, engine: Engine) -> None:
        self.took: list[float] = []
        self._began = 0.0
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._end)

    def _begin(self, _: Any) -> None:
        self._began = time.process_time()

    def _end(self, connection: Any) -> None:
        if not connection.get_execution_options().get("readonly"):
            self.took.append(time.process_time() - self._began)


def measured(home: Path, what: str, work: Callable[..., Any]) -> dict[str, Any]:
    engine = open_record(read_settings({}, home=home))
    locks = _Locks(engine)
    with other_writer(home) as waits:
        cpu, wall = time.process_time(), time.perf_counter()
        work(engine)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    engine.dispose()
    return {
        "what": what,
        "whole_s": round(wall, 2),
        "whole_cpu_s": round(cpu, 2),
        "lock_s": round(max(locks.took), 2),
        "longest_wait_s": round(max(waits), 2),
        "others": len(waits),
    }


def _home(root: Path) -> Path:
    root.mkdir(mode=0o700)
    (root / "today").write_text(f"{grown_record.TODAY}\n", encoding="utf-8")
    engine = open_record(read_settings({}, home=root), make=True)
    grown_record.grow(engine, 300)
    engine.dispose()
    return root


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", choices=sorted(SIZES), default="usual")
    parser.add_argument("--write-to", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write_to is not None:
        write_small_entries(arguments.write_to)
        return
    sizes: dict[str, Any] = SIZES[arguments.sizes]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        given: dict[str, Any] = {"rejects_dir": root / "rejects", "by": "benchmark", "received_at": NOW}
        for n in sizes.get("releases", ()):
            path = write_list(root / "list.csv", n)
            entered = {"path": path, "programme": grown_record.PILOT, "today": date(2019, 11, 1), **given}
            tell(_home(root / f"releases{n}"), f"release list, {n:,}", partial(import_releases, **entered))
        for n in sizes["crimes"]:
            path = write_crimes(root / "crimes.csv", n)
            work: Callable[..., Any] = partial(import_crimes, path=path, format="headed", **given)
            tell(_home(root / f"crimes{n}"), f"crimes, {n:,}", work)
        for n, crimes in sizes["match"]:
            home = _home(root / f"match{n}")
            for k, how in enumerate(("new", "found again")):
                work = partial(keep, run_id=f"run-{k}", found=findings(n, crimes, k))
                tell(home, f"end of a match, {n:,} candidates, {how}", work)
            found, _, kept = findings(n, crimes, 1)
            ref = found[0].crime_ref
            of_one = [each for each in found if each.crime_ref == ref], [("Metropolitan", ref)]
            work = partial(keep, run_id="run-hand", found=(*of_one, [each for each in kept if each.crime_ref == ref]))
            tell(home, f"end of a match of one crime, among {crimes:,}", work)


def tell(home: Path, what: str, work: Callable[..., Any]) -> None:
    print(json.dumps(measured(home, what, work)), flush=True)


if __name__ == "__main__":
    main()
