"""The demo, small, from the files to the served answer: what a newcomer sees, and what a kill leaves behind."""

import json
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from api.cli.main import cli
from api.demo.demo import check_truth
from api.http.app import create_app
from api.settings import read_settings
from matcher.runs.folder import RunFolder, find_run, list_runs
from matcher.store.events import EventStore
from tests.proofs.recorder import Proof
from tests.support.clients import log_in
from tests.support.programs import TAGPILOT, Program, run_program
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WORDS = ("demo", "--wearers", "12", "--days", "2", "--crimes", "400", "--seed", "3")


def _run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return run_program(TAGPILOT, *words)


@dataclass(frozen=True)
class Demo:
    home: Path
    said: str

    @property
    def at(self) -> Path:
        # Beside it stands the file of its audit's heads.
        return next(path for path in self.home.glob("demo*") if path.is_dir())

    @property
    def run(self) -> RunFolder:
        return find_run(self.at / "runs", "latest")

    def wearers(self, *, gated: bool) -> set[str]:
        rows = pl.read_csv(self.at / "files" / "wearers.csv")
        return set(rows.filter(pl.col("eligible_for_mapping") == ("yes" if gated else "no"))["wearer_id"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo")
    done = _run(*WORDS, "--home", home)
    assert done.returncode == 0, done.stderr
    return Demo(home, done.stdout)


def test_every_planted_visit_is_found_and_no_near_miss_reported(demo: Demo) -> None:
    check = check_truth(demo.run, demo.at / "files")
    assert check.planted > 3
    assert check.near_misses > 1
    assert check.right
    assert f"{check.planted} of {check.planted} planted visits were found" in demo.said


def test_the_check_reports_a_missed_visit_and_a_person_below_the_gate(demo: Demo, tmp_path: Path) -> None:
    """The truth held against a run in which one planted visit is gone and a wearer below the gate stands."""
    files = demo.at / "files"
    truth = pl.read_csv(files / "truth.csv").filter(pl.col("kind") == "visit")
    gated = demo.wearers(gated=True)
    lost = truth.filter(pl.col("wearer_id").is_in(gated)).row(0, named=True)
    leaked = truth.filter(~pl.col("wearer_id").is_in(gated)).row(0, named=True)
    shutil.copytree(demo.run.path, tmp_path / "run")
    candidates = demo.run.candidates().collect()
    is_lost = (pl.col("crime_ref") == lost["crime_ref"]) & (pl.col("wearer_id") == lost["wearer_id"])
    added = candidates.head(1).with_columns(
        pl.lit(leaked["crime_ref"]).alias("crime_ref"), pl.lit(leaked["wearer_id"]).alias("wearer_id")
    )
    pl.concat([candidates.filter(~is_lost), added]).write_parquet(tmp_path / "run" / "candidates.parquet")
    check = check_truth(RunFolder.open(tmp_path / "run"), files)
    assert check.found == check.planted - 1
    assert check.leaked == 1
    assert not check.right


def test_only_wearers_at_or_above_the_gate_are_in_any_answer(demo: Demo) -> None:
    below, above = demo.wearers(gated=False), demo.wearers(gated=True)
    assert below
    assert set(demo.run.candidates().collect()["wearer_id"]) <= above
    said = [demo.said]
    settings = read_settings({}, home=demo.at)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        log_in(client, settings, Role.ANALYST)
        offset, total = 0, 1
        while offset < total:
            response = client.get(f"/runs/latest/candidates?limit=20&offset={offset}")
            said.append(response.text)
            page = response.json()
            offset, total = offset + 20, page["total"]
        said += [client.get(path).text for path in ("/runs", "/runs/latest", "/runs/latest/not-matchable")]
        for row in demo.run.verdicts().collect().iter_rows(named=True):
            offset, total = 0, 1
            crime = f"{row['force']}/{quote(row['crime_ref'], safe='')}"
            while offset < total:
                response = client.get(f"/runs/latest/crimes/{crime}/verdicts/wearers?limit=1000&offset={offset}")
                said.append(response.text)
                offset, total = offset + 1000, response.json()["total"]
        for row in client.get("/runs/latest/candidates?limit=1000").json()["items"]:
            said.append(client.get(row["href"]).text)
    said.append(CliRunner().invoke(cli, ["show", "--json", "--home", str(demo.at)]).output)
    everything = "".join(said)
    assert any(wearer in everything for wearer in above)
    assert not [wearer for wearer in below if wearer in everything]


def test_every_candidate_can_be_opened_and_its_fixes_agree_with_it(demo: Demo) -> None:
    settings = read_settings({}, home=demo.at)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        log_in(client, settings, Role.ANALYST)
        page = client.get("/runs/latest/candidates?limit=1000").json()
        assert page["total"] == len(page["items"]) > 5
        for row in page["items"]:
            told = client.get(row["href"]).json()
            assert told["candidate"] == row
            inside = [fix for fix in told["fixes"] if fix["inside"] and fix["used"]]
            assert len(inside) == row["fixesWithin"]
            assert told["visits"][0]["visit"] == "A"
            assert len(told["visits"]) == row["visits"]
            t_from, t_to = (datetime.fromisoformat(told["crime"][name]) for name in ("tFrom", "tTo"))
            assert all(t_from <= datetime.fromisoformat(fix["t"]) <= t_to for fix in told["fixes"])
            assert row["closestM"] <= min((fix["distanceM"] for fix in inside), default=100.0)


def test_the_five_verdicts_part_every_pair_that_was_tested(demo: Demo) -> None:
    told = json.loads(CliRunner().invoke(cli, ["show", "--json", "--home", str(demo.at)]).output)
    counts = told["verdicts"]
    parts = [counts[name] for name in ("present", "passed", "possible", "unobserved", "excluded")]
    assert sum(parts) == counts["tested"] == told["candidates"]["pairsTested"]
    assert all(part > 0 for part in parts)
    assert (counts["present"], counts["passed"]) == (told["candidates"]["present"], told["candidates"]["passed"])
    assert sum(each["observed"] for each in told["chance"]) <= told["candidates"]["candidates"]


def test_device_events_are_imported_and_used_in_the_match(demo: Demo) -> None:
    told = EventStore(demo.at / "events").read()
    assert told.height == pl.read_csv(demo.at / "files" / "events.csv").unique().height > 5
    assert "charging" in set(told["event"])
    worn_by_the_gated = demo.run.manifest["inputs"]["events"]["rows"]
    assert 0 < worn_by_the_gated < told.height


def test_the_run_comes_out_the_same_when_computed_again(demo: Demo) -> None:
    result = CliRunner().invoke(cli, ["verify", "latest", "--json", "--home", str(demo.at)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["inWords"] == "the results are the same"


def test_run_again_it_changes_nothing_and_prints_the_same(demo: Demo) -> None:
    before = {path: path.stat().st_mtime_ns for path in demo.at.rglob("*") if path.is_file()}
    again = _run(*WORDS, "--home", demo.home)
    assert (again.returncode, again.stdout) == (0, demo.said)
    after = {path: path.stat().st_mtime_ns for path in demo.at.rglob("*") if path.is_file()}
    changed = {path.name for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not {name for name in changed if not name.startswith("tagpilot.sqlite3-")}


def _killed_and_run_again(demo: Demo, home: Path, wait: Callable[[Program], None]) -> None:
    words = [*WORDS, "--home", home]
    started = Program(TAGPILOT, words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(started)
    started.send_signal(signal.SIGKILL)
    started.wait()
    again = _run(*WORDS, "--home", home)
    assert again.returncode == 0, again.stderr
    same = Demo(home, again.stdout)
    assert same.run.manifest == demo.run.manifest
    assert check_truth(same.run, same.at / "files").right


def test_killed_half_way_it_resumes_to_the_same_answer(demo: Demo, tmp_path: Path) -> None:
    def until_it_records(started: Program) -> None:
        """What tags sent has been imported, as its marks say; what comes next, the autumn's record, is long."""
        deadline = time.monotonic() + 120
        while not [marks for marks in tmp_path.glob("demo*/demo.json") if "assignments.csv" in marks.read_text()]:
            assert started.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.2)

    _killed_and_run_again(demo, tmp_path, until_it_records)


@pytest.mark.prove("killed-demo-resumes")
@pytest.mark.parametrize("kill", range(10))
def test_killed_at_any_moment_it_reaches_the_same_answer(proof: Proof, demo: Demo, tmp_path: Path, kill: int) -> None:
    proof.material("a kill of the demo, a small synthetic London, 0.3 to 3 s after it began", 1, str(kill))
    _killed_and_run_again(demo, tmp_path, lambda _: time.sleep(random.Random(kill).uniform(0.3, 3.0)))


def test_the_address_it_prints_opens(demo: Demo, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    said, log = tmp_path / "said", tmp_path / "log"
    words = [*WORDS, "--serve", "--port", str(port), "--home", demo.home]
    with said.open("wb") as out, log.open("wb") as err:
        server = Program(TAGPILOT, words, stdout=out, stderr=err)
        try:
            deadline = time.monotonic() + 120
            while "openapi.json" not in said.read_text():
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
            # The very lines, by a shell; the socket is open before the application is: the first waits for it.
            lines = [line.strip() for line in said.read_text().splitlines()]
            login = next(line for line in lines if line.startswith("TOKEN="))
            asked = [line for line in lines if line.startswith("curl -s -H")]
            told = subprocess.run(
                ["sh", "-c", "\n".join([login, *[f"{a}; echo" for a in asked]])], capture_output=True, check=True
            )
            answers: list[Any] = [json.loads(line) for line in told.stdout.splitlines()]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    assert len(asked) >= 4
    assert re.search(r"^  ana +analyst +\S{20}$", said.read_text(), re.M)
    # The run whose words it prints; the one after it matched again what changed.
    assert answers[0]["runId"] == list_runs(demo.at / "runs")[-1].run_id != demo.run.run_id
    assert len(answers[1]["items"]) == 5
    assert answers[2]["fixes"]
    assert not [wearer for wearer in demo.wearers(gated=True) if wearer in log.read_text()]


def test_a_taken_port_is_reported_before_any_work_is_done(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        result = _run(*WORDS, "--serve", "--port", str(port), "--home", tmp_path / "home")
    assert result.returncode == 1
    assert f"port {port} " in result.stderr
    assert "make demo PORT=" in result.stderr
    assert not (tmp_path / "home").exists()


def test_a_london_is_written_once_and_another_is_not_written_over_it(tmp_path: Path) -> None:
    def generate(seed: int) -> Any:
        words = ["generate", str(tmp_path / "london"), "--wearers", "3", "--days", "1", "--crimes", "20"]
        return CliRunner().invoke(cli, [*words, "--seed", str(seed)])

    first = generate(1)
    assert first.exit_code == 0, first.output
    held = {path.name: path.read_bytes() for path in (tmp_path / "london").iterdir()}
    assert {"fixes.parquet", "assignments.csv", "monitored.csv", "eligible.csv", "crimes.csv", "truth.csv"} <= set(held)
    assert generate(1).exit_code == 0
    refused = generate(2)
    assert refused.exit_code == 1
    assert "another London" in refused.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "london").iterdir()} == held
