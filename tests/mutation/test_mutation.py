"""What is mutated is there; mutants are one change each; a survivor that was looked at is still in its file."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.settings import read_settings
from tests.mutation import mutants, sample, warm
from tests.mutation.kept import Kept
from tests.mutation.mutants import is_python, mutants_of
from tests.mutation.reach import Reached, digest_of, statement_lines
from tests.mutation.sample import SAME, TO_MEND, drawn, looked_at, shares
from tests.mutation.targets import NONE_ALIVE, ROOT, SHARES, TARGETS, Target, files_of, files_of_area
from tests.mutation.trial import KILLED, NO_MUTANT, SURVIVED, Copy, Outcome
from tests.support.databases import Databases

RULE = '''"""Words: 1 < 2."""


@decorated(1)
def of_age(years: int | None, least: int = 18) -> bool | None:
    return years is not None and years >= least
'''
TESTS = "from rule import of_age\n\n\ndef test_of_age():\n    assert of_age(19)\n    assert not of_age(16)\n"


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rule.py").write_text(RULE)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    return tmp_path


def test_each_target_has_files_and_its_tests_are_there() -> None:
    assert [target.files for target in TARGETS if not files_of(target)] == []
    assert [test for target in TARGETS for test in (*target.tests, *target.also) if not (ROOT / test).exists()] == []
    assert {target.area for target in TARGETS} == set(SHARES) > set(NONE_ALIVE)
    assert sum(SHARES.values()) == 400 == sum(shares(400).values())


def test_every_kernel_and_every_file_of_the_audit_is_mutated() -> None:
    kernels = {path.relative_to(ROOT).as_posix() for path in (ROOT / "matcher/kernels").rglob("*.py")}
    assert {path for path in kernels if not path.endswith("__init__.py")} == set(files_of_area("kernels"))
    assert {"tracker/record/audit/chain.py", "tracker/record/entry.py"} <= set(files_of_area("audit"))


def test_a_mutant_is_one_change_and_none_is_of_words_annotations_or_decorators(rule: Path) -> None:
    found = [each for each in mutants_of("rule.py") if is_python(each)]
    changes = {each.change for each in found}
    before = "return years is not None and years >= least"
    assert (before, "return years is not None and years > least") in changes
    assert (before, "return years is not None or years >= least") in changes
    assert {was for was, _ in changes} == {before, "def of_age(years: int | None, least: int = 18) -> bool | None:"}
    assert all(
        "int = 17" in " ".join(now.split()) or "int = 19" in " ".join(now.split())
        for was, now in changes
        if was != before
    )
    assert {each.line for each in found} == {5, 6}
    assert (rule / "rule.py").read_text() == RULE


def test_a_star_is_an_operator_only_in_a_sum(rule: Path) -> None:
    (rule / "rule.py").write_text("def of(a, *, b=2 * 3):\n    return print(*a, a * b)\n")
    of_stars = {each.change[1] for each in mutants_of("rule.py") if "BinaryOperator" in each.operator}
    assert {"return print(*a, a + b)", "def of(a, *, b=2 + 3):"} <= of_stars
    assert not any("/, b" in change or "print(/" in change or "print(+" in change for change in of_stars)


def test_the_seed_decides_what_is_drawn_and_one_mutant_of_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("rules", ("tracker/rollout/places.py",), ())
    monkeypatch.setattr(sample, "files_of_area", lambda _area: {"tracker/rollout/places.py": target})
    one, again, other = ([each for each, _ in drawn("rules", seed)] for seed in (1, 1, 2))
    assert one == again != other
    assert len({(each.line, each.column) for each in one}) == len(one) > 5


@pytest.mark.slow
def test_a_mutant_is_killed_by_a_test_that_fails_and_survives_one_that_does_not(
    rule: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.mutation.trial.COPIED", ())
    monkeypatch.setattr("tests.mutation.targets.ROOT", tmp_path)
    monkeypatch.setattr("tests.mutation.reach.ROOT", tmp_path)
    (apart := tmp_path / "apart").mkdir()
    copy = Copy(tmp_path, apart)
    (rule / "rule.py").write_text(RULE.replace("@decorated(1)\n", ""))
    (tmp_path / "test_rule.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\nmarkers = ["a"]\n')
    target = Target("rules", ("rule.py",), ("test_rule.py",))
    of = {each.change[1]: each for each in mutants_of("rule.py") if is_python(each)}
    stricter = of["return years is not None and years > least"]
    looser = of["return years is not None or years >= least"]
    # The tests ask 16 and 19, and not 18 itself.
    killed = copy.try_(looser, target)
    assert (killed.found, killed.by) == (KILLED, "test_rule.py::test_of_age")
    assert copy.try_(stricter, target).found == SURVIVED
    # A test that fails in any case, as it did not where its reach was measured, kills nothing.
    (tmp_path / "test_rule.py").write_text(TESTS.replace("of_age(19)", "of_age(17)"))
    unsure = Copy(tmp_path, apart)
    unsure._reached = copy._reached
    with pytest.raises(AssertionError, match=r"without any change test_rule\.py::test_of_age fails"):
        unsure.try_(stricter, target)
    unsure.close()
    (tmp_path / "test_rule.py").write_text(TESTS)
    # What takes ten times as long as it did has no end.
    (rule / "test_rule.py").write_text("import rule\n\n\ndef test_end():\n    rule.wait()\n")
    (rule / "rule.py").write_text("def wait():\n    while True:\n        break\n")
    endless = next(each for each in mutants_of("rule.py") if each.change[1] == "continue")
    monkeypatch.setattr("tests.mutation.trial._LEAST_S", 0.5)
    digest_of.cache_clear()
    endless_target = Target("rules", ("rule.py",), ("test_rule.py",), but="not another")
    assert copy.try_(endless, endless_target).by == "does not end: test_rule.py::test_end"
    copy.close()
    (rule / "rule.py").write_text(RULE)
    assert "years >= least" in (rule / "rule.py").read_text()


SOURCE = """def of(a, b):
    if (a
            and b):
        return a + (
            b)
    return 0
"""


def test_the_tests_that_reach_a_statement_are_asked_quick_ones_first() -> None:
    assert [list(statement_lines(SOURCE, line)) for line in (1, 3, 4, 5, 6)] == [[1], [2, 3], [4, 5], [4, 5], [6]]
    took = {"b.py::slow": 2.0, "b.py::quick": 0.1, "a.py::quick": 0.2, "a.py::other": 0.1, "c.py::else": 0.0}
    lines = {"of.py": {1: [""], 2: ["b.py::slow", "a.py::quick"], 4: ["b.py::slow", "b.py::quick", "a.py::other"]}}
    reached = Reached(took, lines)
    assert reached.tests_of("of.py", SOURCE, 3) == ["a.py::quick", "b.py::slow"]
    assert reached.tests_of("of.py", SOURCE, 5) == ["a.py::other", "b.py::quick", "b.py::slow"]
    assert reached.tests_of("of.py", SOURCE, 6) == []
    # What runs on import, every test may notice; those of one file follow each other.
    every = ["c.py::else", "b.py::quick", "a.py::other", "a.py::quick", "b.py::slow"]
    assert reached.tests_of("of.py", SOURCE, 1) == every


def test_a_database_is_filled_once_and_anew_for_each_test_where_its_reach_is_measured(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: list[Engine] = []

    def fill(engine: Engine) -> None:
        filled.append(engine)

    def after(name: str) -> int:
        (tmp_path / name).mkdir()
        with databases.engine("sqlite", tmp_path / name, fill):
            return len(filled)

    assert [after("one"), after("two")] == [1, 1]
    monkeypatch.setenv(warm.FILL_EACH, "1")
    assert [after("three"), after("four")] == [2, 3]


def test_what_is_set_where_reach_is_measured_is_no_unknown_setting_of_the_program(tmp_path: Path) -> None:
    """Which a command of the program refuses."""
    assert read_settings({warm.FILL_EACH: "1"}, home=tmp_path / "home").home == tmp_path / "home"


def test_a_server_of_a_test_can_run_where_everything_was_imported_before() -> None:
    """In a process of its own, as a warm one begins."""
    names = [name for name in warm.others() if name.partition(".")[0] in ("asyncio", "anyio")]
    told = (
        f"import importlib\nfor name in {names}:\n    importlib.import_module(name)\n"
        "import asyncio\nasync def runs():\n    return asyncio.current_task() is not None\nprint(asyncio.run(runs()))"
    )
    assert {"asyncio", "anyio"} <= set(names)
    assert "_asyncio" not in warm.others()
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "True\n"


def test_an_outcome_is_kept_until_the_file_or_the_tests_change(rule: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutation.reach.ROOT", rule)
    (rule / "test_rule.py").write_text(TESTS)
    (rule / "test_other.py").write_text("")
    target = Target("rules", ("rule.py",), ("test_rule.py", "test_other.py"))
    killed, alive, *_ = mutants_of("rule.py")
    kept = Kept(rule / "kept" / "1.jsonl")
    kept.add(Outcome(killed, KILLED, "test_rule.py::test_of_age", 1.0), target)
    kept.add(Outcome(alive, SURVIVED, "", 1.0), target)

    def found() -> list[str]:
        digest_of.cache_clear()
        again = Kept(rule / "kept" / "1.jsonl")
        return [each.found for mutant in (killed, alive) if (each := again.find(mutant, target))]

    assert found() == [KILLED, SURVIVED]
    (rule / "test_other.py").write_text("# One more test may kill what survived.\n")
    assert found() == [KILLED]
    (rule / "test_other.py").write_text("")
    (rule / "rule.py").write_text(RULE + "\n")
    assert found() == []


@pytest.mark.usefixtures("rule")
def test_what_survives_is_said_by_file_line_and_change() -> None:
    mutant = next(each for each in mutants_of("rule.py") if " or " in each.change[1])
    tried = sample.Tried({"rules": [Outcome(mutant, SURVIVED, "", 1.0), Outcome(mutant, KILLED, "", 1.0)]})
    assert tried.share == 0.5
    assert list(tried.lines()) == [
        "rules: 1 of 2 killed",
        "all: 50.0% killed",
        "alive: rule.py:6: return years is not None and years >= least  ->  "
        "return years is not None or years >= least  (not looked at)",
    ]
    assert NO_MUTANT not in {each.found for each in tried.outcomes["rules"]}


def test_survivors_that_were_looked_at_are_named_with_a_reason_and_are_still_in_their_files() -> None:
    for each in looked_at().values():
        assert each.verdict in (SAME, TO_MEND), each
        assert len(each.reason) > 20, each
        lines = [line.strip() for line in (ROOT / each.path).read_text(encoding="utf-8").splitlines()]
        assert each.before in lines, each
