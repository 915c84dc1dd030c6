"""What each proof measured, kept as it measures: one JSON file a proof, whatever becomes of the proof.

A proof is a test marked `prove`, with the criteria it serves. pytest keeps its results where it is told to by
`--results=FOLDER`: before the first proof begins there is a file for each, *not run*; one that is begun is *unfinished*
until it ends, so that a proof that crashed or was killed is seen for what it is. Without the option nothing is kept and
proofs fail as any test.

A run *goes on* in a folder with results of the same state (`state_of_source.same`): a proof that ended is not run
again, whether its criteria were met or not. Results of another state are removed.
"""

import json
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.proofs.criteria import CRITERIA
from tests.proofs.measured import Measured, problems
from tests.proofs.requirements import keys_of
from tests.proofs.state_of_source import same, state_of_source

NOT_RUN, UNFINISHED, PASSED, FAILED, SKIPPED, NOT_MET = (
    "not run",
    "unfinished",
    "passed",
    "failed",
    "skipped",
    "criteria not met",
)


ENDED = (PASSED, FAILED, NOT_MET)
DRAWN = "cases drawn by hypothesis"
MOST_SAID = 50_000


class NotMet(AssertionError):
    """A proof ended, and some of its criteria are not met."""


def criteria_of(item: pytest.Item) -> list[str]:
    """Keys of the criteria that a test names in its mark `prove`."""
    return list(dict.fromkeys(key for mark in item.iter_markers("prove") for key in mark.args))


class Proof:
    """What one proof found so far."""

    def __init__(self, nodeid: str, criteria: list[str], folder: Path | None = None, run: str = "") -> None:
        self.criteria = criteria
        self._folder = folder
        self._kept: dict[str, Any] = {
            "proof": nodeid,
            "run": run,
            "state": NOT_RUN,
            "why": "",
            "seconds": 0.0,
            "criteria": criteria,
            "material": [],
            "measured": [],
            "figures": {},
        }

    def material(self, what: str, n: int | None = None, seeds: str = "") -> None:
        """What the proof was tried on: the world in words, how many, which seeds."""
        self._kept["material"].append({"what": what, "n": n, "seeds": seeds})
        self._write()

    def measured(
        self,
        key: str,
        case: str,
        found: float,
        *,
        se: float = 0.0,
        of: int | None = None,
        share_of: int | None = None,
        note: str = "",
    ) -> None:
        """A figure for a criterion, in one of its cases, with its standard error or how many it is a count or a share
        of."""
        if key not in self.criteria:
            raise ValueError(f"{key} is no criterion of this proof: its mark names {', '.join(self.criteria)}")
        row = Measured(key, case, float(found), float(se), of, share_of, note, str(CRITERIA[key].bound))
        self._kept["measured"].append(row.plain())
        self._write()

    def save(self, name: str, figure: Any, numbers: dict[str, Any]) -> None:
        """Keep a plot and its numbers in `matcher/figures`, and their digests with the results."""
        from tests.support import figures

        figures.save(name, figure, numbers)
        kept = [path for path in (figures.FOLDER / f"{name}{end}" for end in (".json", ".svg")) if path.exists()]
        self._kept["figures"] |= {path.name: sha256(path.read_bytes()).hexdigest() for path in kept}
        self._write()

    def assert_met(self) -> None:
        """Fail if a criterion of this proof is not met or was not measured. Called last, when all is measured."""
        rows = [Measured(**row) for row in self._kept["measured"]]
        wrong = [line for key in self.criteria for line in problems(CRITERIA[key], rows)]
        if wrong:
            raise NotMet("\n".join(wrong))

    def state(self, state: str, why: str = "", seconds: float | None = None, said: str = "") -> None:
        """`said`: all that was said of a failure, with the example that hypothesis found; the report leaves it out."""
        self._kept |= {"state": state, "why": why, **({"said": said} if said else {})}
        if seconds is not None:
            self._kept["seconds"] = round(seconds, 1)
        self._write()

    def tried(self, examples: int) -> None:
        self.material(DRAWN, examples)

    @property
    def path(self) -> Path | None:
        if self._folder is None:
            return None
        name = re.sub(r"[^\w.\[\]-]+", "-", self._kept["proof"].removeprefix("tests/"))[:150]
        return self._folder / f"{name}-{sha256(self._kept['proof'].encode()).hexdigest()[:8]}.json"

    def is_of_this_run(self) -> bool:
        """Whether its file was written in the present run already."""
        return (
            self.path is not None
            and self.path.exists()
            and json.loads(self.path.read_text())["run"] == self._kept["run"]
        )

    def _write(self) -> None:
        if self.path is not None:
            text = json.dumps(self._kept, indent=1, ensure_ascii=False)
            # Each worker collects all proofs, and writes for each that it was not run.
            part = self.path.with_suffix(f".{os.getpid()}.part")
            part.write_text(text + "\n", encoding="utf-8")
            part.replace(self.path)


PROOF = pytest.StashKey[Proof]()


class Recorder:
    """A pytest plugin that keeps what the proofs of a run find, and what was run, with what, until when."""

    def __init__(self, config: pytest.Config, folder: Path, part: str | None = None) -> None:
        self.folder = folder
        needs = keys_of(part)
        self.asked = {key for key, criterion in CRITERIA.items() if criterion.requirement in needs}
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        self.run = str(worker.get("proofs_run") or uuid4().hex)
        self.is_worker = bool(worker)
        folder.mkdir(parents=True, exist_ok=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Each process that runs tests is of this run."""
        node.workerinput["proofs_run"] = self.run

    @pytest.hookimpl(tryfirst=True)  # before there are workers
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        if not self.is_worker:
            seed = session.config.getoption("--hypothesis-seed", None)
            state = {**state_of_source(), "hypothesis_seed": seed, "exit": None}
            if removed := remove_others(self.folder, state):
                print(
                    f"Removed the results of {removed} proof{'s' * (removed != 1)} of another commit, seed or machine."
                )
            self._keep_run(state)

    @pytest.hookimpl(tryfirst=True)  # the exit code that the caller sees is the session's
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self.is_worker:
            if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and ended_in(self.folder):
                session.exitstatus = exitstatus = pytest.ExitCode.OK
            begun = json.loads(self._run_path.read_text())
            self._keep_run({**begun, "exit": int(exitstatus), "ended": state_of_source()["at"]})

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out proofs that ended before, and those of other parts."""
        ended = ended_in(self.folder, before=self.run)
        out = [
            item
            for item in items
            if (keys := criteria_of(item)) and (item.nodeid in ended or not self.asked.intersection(keys))
        ]
        if out:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]

    @property
    def _run_path(self) -> Path:
        return self.folder / f"run-{self.run}.json"

    def _keep_run(self, what: dict[str, Any]) -> None:
        self._run_path.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")

    @pytest.hookimpl(tryfirst=True)  # before a worker says that it has collected, and others begin
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            if keys := criteria_of(item):
                item.stash[PROOF] = proof = Proof(item.nodeid, keys, self.folder, self.run)
                # A worker that takes a crashed one's place collects once more.
                if not proof.is_of_this_run():
                    proof.state(NOT_RUN)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if proof := item.stash.get(PROOF, None):
            proof.state(UNFINISHED)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[pytest.TestReport | None]:
        report: pytest.TestReport = yield  # type: ignore[assignment, misc]
        if proof := item.stash.get(PROOF, None):
            keep(proof, item, call, report)
        return report  # type: ignore[return-value]


def kept_in(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The proofs' files, with what they say."""
    for path in sorted(folder.glob("*.json")):
        if not path.name.startswith("run-"):
            yield path, json.loads(path.read_text(encoding="utf-8"))


def ended_in(folder: Path, before: str = "") -> set[str]:
    """The proofs that ended, however they did, in any run but this one: its workers have to collect the same."""
    return {str(kept["proof"]) for _, kept in kept_in(folder) if kept["state"] in ENDED and kept["run"] != before}


def remove_others(folder: Path, state: dict[str, Any]) -> int:
    """Remove results of runs that were of another state, and say how many proofs' they were."""
    runs = {path.stem.removeprefix("run-"): path for path in folder.glob("run-*.json")}
    alike = {run for run, path in runs.items() if same(json.loads(path.read_text(encoding="utf-8")), state)}
    removed = [path for path, kept in kept_in(folder) if kept["run"] not in alike]
    for path in [*removed, *(path for run, path in runs.items() if run not in alike)]:
        path.unlink()
    return len(removed)


def keep(proof: Proof, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """What a phase of a test says of its proof."""
    if report.skipped:
        proof.state(SKIPPED, "the test was skipped")
    elif report.failed:
        assert call.excinfo is not None
        error = call.excinfo.value
        unmet = isinstance(error, NotMet) and report.when == "call"
        why = str(error) if unmet else f"{type(error).__name__} in {report.when}: {_first_line(error)}"
        said = "\n".join([report.longreprtext[-MOST_SAID:], *getattr(error, "__notes__", [])])
        proof.state(NOT_MET if unmet else FAILED, why, call.duration if report.when == "call" else None, said)
    elif report.when == "call":
        proof.state(PASSED, "", call.duration)
    if report.when == "call" and (tried := examples_of(item)):
        proof.tried(tried)


def examples_of(item: pytest.Item) -> int:
    """How many cases hypothesis tried that passed, 0 if it drew none."""
    said: str = getattr(item, "hypothesis_statistics", "")
    return sum(int(n) for n in re.findall(r"(\d+) passing", said))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:300]
