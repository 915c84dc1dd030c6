"""No proof without a criterion, no criterion without a proof; and what a proof measures is kept, whatever happens."""

import ast
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.proofs.bounds import AtLeast, AtMost, Below, Between, Near, Passes, Reported
from tests.proofs.criteria import CRITERIA, Criterion
from tests.proofs.measured import Measured, outside, problems
from tests.proofs.recorder import ENDED, NotMet, Proof, remove_others
from tests.proofs.requirements import REQUIREMENTS
from tests.proofs.risks import RISKS

ROOT = Path(__file__).resolve().parents[2]


@cache
def marks() -> list[tuple[str, list[str]]]:
    """Where a mark `prove` is given, and the criteria it names."""
    return list(_marks())


def _marks() -> Iterator[tuple[str, list[str]]]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if "prove" not in text:
            continue
        tree = ast.parse(text)
        given = {id(node.func): node.args for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.prove":
                named = [arg.value for arg in given.get(id(node), []) if isinstance(arg, ast.Constant)]
                yield f"{file.relative_to(ROOT)}:{node.lineno}", [str(name) for name in named]


def test_each_proof_names_its_criteria() -> None:
    assert [where for where, named in marks() if not named] == []
    assert [(where, name) for where, named in marks() for name in named if name not in CRITERIA] == []


def test_each_criterion_has_a_proof_and_each_requirement_a_criterion_or_a_test() -> None:
    proved = {name for _, named in marks() for name in named}
    assert [key for key in CRITERIA if key not in proved] == []
    served = {each.requirement for each in CRITERIA.values()}
    assert served <= REQUIREMENTS.keys()
    assert [key for key, need in REQUIREMENTS.items() if key not in served and not need.also] == []


def test_each_risk_is_tested_and_each_criterion_with_a_bound_is_for_some_risk() -> None:
    assert [risk.what for risk in RISKS if not risk.criteria and not risk.also] == []
    tested = {key for risk in RISKS for key in risk.criteria}
    assert tested <= CRITERIA.keys()
    assert [key for key, each in CRITERIA.items() if key not in tested and not isinstance(each.bound, Reported)] == []


def test_what_a_requirement_or_a_risk_refers_to_is_there() -> None:
    paths = [path for need in REQUIREMENTS.values() for path in (need.described.partition("#")[0], *need.also)]
    paths += [path for risk in RISKS for path in risk.also]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("bound", "found", "se", "kept"),
    [
        (AtMost(0.1), 0.1, 0.0, True),
        (AtMost(0.1), 0.101, 0.0, False),
        (AtMost(0.1, ses=2), 0.119, 0.01, True),
        (AtMost(0.1, ses=2), 0.121, 0.01, False),
        (AtLeast(0.5), 0.5, 0.0, True),
        (AtLeast(0.5), 0.499, 0.1, False),
        (Below(0), 0.0, 0.0, False),
        (Below(0), -0.001, 0.0, True),
        (Between(0.95, 1.05), 0.949, 0.0, False),
        (Between(0.95, 1.05), 1.051, 0.0, False),
        (Between(0.95, 1.05), 1.05, 0.0, True),
        (Near(1, ses=3), 1.02, 0.01, True),
        (Near(1, ses=3), 0.96, 0.01, False),
        (AtMost(0.1), math.nan, 0.0, False),
        (Near(0, ses=2), 0.0, math.nan, False),
    ],
)
def test_a_bound_is_kept_or_it_is_not(bound: AtMost, found: float, se: float, kept: bool) -> None:
    criterion = Criterion("c", "R", "asks", bound)
    assert (problems(criterion, [Measured("c", "case", found, se)]) == []) is kept


def test_a_figure_that_is_no_number_is_kept_as_none_and_not_met() -> None:
    row = Measured(**Measured("c", "case", math.nan).plain())
    assert row.found is None
    assert problems(Criterion("c", "R", "asks", AtMost(1)), [row]) == ["c, case: no number, at most 1"]


def test_as_many_cases_may_lie_outside_as_the_criterion_allows_and_no_further() -> None:
    criterion = Criterion("c", "R", "asks", Between(0.95, 1.05), cases_outside=1, outside_by=0.03)
    rows = [Measured("c", "one", 1.0), Measured("c", "two", 0.93)]
    assert problems(criterion, rows) == []
    assert [row.case for row in outside(criterion, rows)] == ["two"]
    assert problems(criterion, [*rows, Measured("c", "three", 1.06)]) != []
    assert problems(criterion, [Measured("c", "two", 0.919)]) != []


def test_what_was_not_measured_is_not_met() -> None:
    assert problems(Criterion("c", "R", "asks", AtMost(1)), [Measured("d", "case", 0)]) == ["c: not measured"]
    assert problems(Criterion("c", "R", "asks", Reported()), []) == ["c: not measured"]
    assert problems(Criterion("c", "R", "asks", Passes()), []) == []


def test_a_proof_fails_by_its_criteria_after_all_was_measured() -> None:
    proof = Proof("test_x", ["p-mean", "p-by-car"])
    proof.measured("p-mean", "stay", 0.2)
    proof.measured("p-mean", "pass", 0.0)
    proof.measured("p-by-car", "drive", 9.0)
    with pytest.raises(NotMet, match=r"^p-mean, stay: 0.2, -0.1 to 0.1$"):
        proof.assert_met()
    with pytest.raises(ValueError, match="p-slope is no criterion of this proof"):
        proof.measured("p-slope", "stay", 1.0)


SAMPLE = """
import os, pytest
from hypothesis import given, settings, strategies as st

pytestmark = pytest.mark.prove("p-mean")

@pytest.mark.parametrize("off", [0.0, 0.5])
def test_measured(proof, off):
    proof.material("worlds", 10, "1")
    proof.measured("p-mean", f"off {off}", off, se=0.01)
    proof.assert_met()

@pytest.mark.prove("twin-match")
@settings(max_examples=20, database=None)
@given(st.integers())
def test_drawn(n):
    pass

def test_broken(proof):
    proof.measured("p-mean", "before it broke", 0.0)
    raise RuntimeError("no such file")

def test_not_wanted():
    pytest.skip("not here")

@pytest.mark.skipif("crash" not in os.environ["HOW"], reason="kept for last")
def test_killed(proof):
    proof.measured("p-mean", "before the kill", 0.0)
    os._exit(3)

def test_after():
    pass
"""
CONFTEST = "from tests.proofs.plugin import proof, pytest_addoption, pytest_configure  # noqa: F401\n"


OF_A_COMMIT = (
    CONFTEST
    + """
import os, time
from tests.proofs import recorder
recorder.state_of_source = lambda: {
    "at": f"{time.time():.6f}", "commit": os.environ["COMMIT"], "uncommitted": os.environ["COMMIT"] == "none",
}
"""
)


def results(
    folder: Path, how: str, *words: str, conftest: str = CONFTEST, commit: str = ""
) -> dict[str, dict[str, object]]:
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_sample.py").write_text(SAMPLE)
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-o", "markers=prove(criteria): kept", *words]
    # Of pytest's plugins those that proofs need: loading all takes longer than the sample.
    command += ["-p", "xdist.plugin", "-p", "_hypothesis_pytestplugin"]
    environ = {"PYTHONPATH": str(ROOT), "HOW": how, "COMMIT": commit, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environ = {**os.environ, **environ}
    subprocess.run([*command, "--results=kept", "."], cwd=folder, env=environ, check=False, capture_output=True)
    kept = [json.loads(path.read_text()) for path in (folder / "kept").glob("test_*.json")]
    return {one["proof"].partition("::")[2]: one for one in kept}


@pytest.mark.slow
def test_each_proof_leaves_what_it_found_and_how_it_ended(tmp_path: Path) -> None:
    found = results(tmp_path, "whole", "--hypothesis-seed=7")
    assert {name: one["state"] for name, one in found.items()} == {
        "test_measured[0.0]": "passed",
        "test_measured[0.5]": "criteria not met",
        "test_drawn": "passed",
        "test_broken": "failed",
        "test_not_wanted": "skipped",
        "test_killed": "skipped",
        "test_after": "passed",
    }
    assert found["test_measured[0.5]"]["why"] == "p-mean, off 0.5: 0.5, -0.1 to 0.1"
    assert found["test_broken"]["why"] == "RuntimeError in call: no such file"
    assert found["test_broken"]["measured"] != []
    assert found["test_drawn"]["criteria"] == ["twin-match", "p-mean"]
    assert found["test_drawn"]["material"] == [{"what": "cases drawn by hypothesis", "n": 20, "seeds": ""}]
    (run,) = [json.loads(path.read_text()) for path in (tmp_path / "kept").glob("run-*.json")]
    assert run["exit"] == 1
    assert run["hypothesis_seed"] == "7"
    assert {one["run"] for one in found.values()} == {
        path.stem.removeprefix("run-") for path in (tmp_path / "kept").glob("run-*.json")
    }


@pytest.mark.slow
@pytest.mark.parametrize(("words", "after"), [((), "not run"), (("-n", "2"), "passed")], ids=["alone", "by workers"])
def test_a_proof_that_is_killed_is_unfinished_and_what_did_not_begin_is_not_run(
    tmp_path: Path, words: tuple[str, ...], after: str
) -> None:
    found = results(tmp_path, "crash", *words)
    assert found["test_killed"]["state"] == "unfinished"
    assert found["test_killed"]["measured"] != []
    assert found["test_measured[0.0]"]["state"] == "passed"
    # Another worker takes a killed one's place.
    assert found["test_after"]["state"] == after


@pytest.mark.slow
def test_a_run_that_was_interrupted_goes_on_and_tries_nothing_twice(tmp_path: Path) -> None:
    first = results(tmp_path, "crash", conftest=OF_A_COMMIT, commit="c1")
    then = results(tmp_path, "whole", "-n", "2", conftest=OF_A_COMMIT, commit="c1")
    ended = {name for name, one in first.items() if one["state"] in ENDED}
    # What was not met or failed is not tried until it passes.
    assert {"test_measured[0.5]", "test_broken"} < ended
    assert {name: then[name] for name in ended} == {name: first[name] for name in ended}
    assert then["test_after"]["state"] == "passed"
    assert then["test_after"]["run"] != first["test_broken"]["run"]
    exits = {json.loads(path.read_text())["exit"] for path in (tmp_path / "kept").glob("run-*.json")}
    assert exits == {None, 0}


@pytest.mark.slow
def test_nothing_left_to_run_is_no_failure_and_a_part_is_run_by_itself(tmp_path: Path) -> None:
    record = '@pytest.mark.prove("killed-import")\ndef test_of_the_record():\n    pass\n'
    (tmp_path / "test_record.py").write_text(f"import pytest\n\n{record}")
    words = ("-k", "drawn or measured or record", "--of=matcher")
    found = results(tmp_path, "whole", *words, conftest=OF_A_COMMIT, commit="c1")
    assert found.keys() == {"test_drawn", "test_measured[0.0]", "test_measured[0.5]"}
    results(tmp_path, "whole", *words, conftest=OF_A_COMMIT, commit="c1")
    runs = [json.loads(path.read_text()) for path in (tmp_path / "kept").glob("run-*.json")]
    assert sorted(run["exit"] for run in runs) == [0, 1]


@pytest.mark.parametrize(
    ("then", "stays"),
    [
        ({"at": "later", "exit": None}, True),
        ({"commit": "c2"}, False),
        ({"hypothesis_seed": "8"}, False),
        ({"uncommitted": True}, False),
        ({"uncommitted": None, "commit": None}, False),
        ({"compiled_for": "another processor"}, False),
    ],
)
def test_results_of_another_state_are_not_gone_on_with(tmp_path: Path, then: dict[str, object], stays: bool) -> None:
    state = {
        "at": "now",
        "commit": "c1",
        "uncommitted": False,
        "hypothesis_seed": "7",
        "compiled_for": "this",
        "exit": 1,
    }
    (tmp_path / "run-r1.json").write_text(json.dumps(state))
    (tmp_path / "test_one.json").write_text(json.dumps({"proof": "t::test_one", "state": "passed", "run": "r1"}))
    assert remove_others(tmp_path, {**state, **then}) == (0 if stays else 1)
    assert len(list(tmp_path.iterdir())) == (2 if stays else 0)
