"""What is mutated is there; mutants are one change each; a survivor that was looked at is still in its file."""

from pathlib import Path

import pytest

from tests.mutation import mutants, sample
from tests.mutation.mutants import is_python, mutants_of
from tests.mutation.sample import SAME, TO_MEND, drawn, looked_at, shares
from tests.mutation.targets import NONE_ALIVE, ROOT, SHARES, TARGETS, Target, files_of, files_of_area
from tests.mutation.trial import KILLED, NO_MUTANT, SURVIVED, Copy, Outcome

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


def test_the_seed_decides_what_is_drawn_and_one_mutant_of_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("rules", ("tracker/rollout/capacity.py",), ())
    monkeypatch.setattr(sample, "files_of_area", lambda _area: {"tracker/rollout/capacity.py": target})
    one, again, other = ([each for each, _ in drawn("rules", seed)] for seed in (1, 1, 2))
    assert one == again != other
    assert len({(each.line, each.column) for each in one}) == len(one) > 20


@pytest.mark.slow
def test_a_mutant_is_killed_by_a_test_that_fails_and_survives_one_that_does_not(
    rule: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.mutation.trial.COPIED", ())
    copy = Copy(tmp_path)
    (rule / "rule.py").write_text(RULE.replace("@decorated(1)\n", ""))
    (tmp_path / "test_rule.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\nmarkers = ["a"]\n')
    target = Target("rules", ("rule.py",), ("test_rule.py",))
    of = {each.change[1]: each for each in mutants_of("rule.py") if is_python(each)}
    stricter = of["return years is not None and years > least"]
    looser = of["return years is not None or years >= least"]
    # The tests ask 16 and 19, and not 18 itself.
    assert copy.try_(looser, target).found == KILLED
    assert copy.try_(stricter, target).found == SURVIVED
    assert "years >= least" in (rule / "rule.py").read_text()


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
