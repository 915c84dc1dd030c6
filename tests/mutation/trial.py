"""Try a mutant: in a copy of the source, with the tests of its target."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.mutants import ROOT, Mutant
from tests.mutation.targets import Target

KILLED, SURVIVED, NO_MUTANT = "killed", "survived", "does not start"
COPIED = ("api", "geo", "matcher", "tracker", "tests", "benchmarks", "pyproject.toml", "README.md", "CHANGELOG.md")
NOT_TRIED = "not postgres and not prove and not fuzz"
_PASSED, _FAILED, _NONE_CHOSEN = 0, 1, 5
_TIMES, _LEAST_S = 10, 120.0
"""A mutant that takes ten times as long as the file itself is in a loop without end: killed."""


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    found: str
    by: str
    """The test that failed, or what happened."""
    took_s: float


class Copy:
    """A copy of the source, in which one file at a time is another."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "homes"))
            else:
                shutil.copy(source, root / name)
        self._takes: dict[tuple[str, ...], float] = {}

    def try_(self, mutant: Mutant, target: Target) -> Outcome:
        """Whether the tests notice: those of `also` are asked where the first do not. The file is as before afterwards.

        Raises AssertionError if the tests do not pass without any change.
        """
        stages = [(target.tests, target.compiled, target.but)]
        if target.also:
            stages.append((target.also, True, ""))
        took = 0.0
        for stage in stages:
            self._check(*stage)
            began = time.monotonic()
            with self._changed(mutant):
                code, said = self.run(*stage)
            took += time.monotonic() - began
            if code != _PASSED:
                break
        found = {_PASSED: SURVIVED, _FAILED: KILLED, None: KILLED}.get(code, NO_MUTANT)
        return Outcome(mutant, found, said, round(took, 1))

    def _check(self, tests: tuple[str, ...], compiled: bool, but: str) -> None:
        """The tests pass as the file is; how long they take bounds how long a mutant may."""
        if tests in self._takes:
            return
        began = time.monotonic()
        code, said = self.run(tests, compiled, but)
        if code != _PASSED:
            raise AssertionError(f"without any change {' '.join(tests)} does not pass: {said}")
        self._takes[tests] = time.monotonic() - began

    def run(self, tests: Sequence[str], compiled: bool, but: str) -> tuple[int | None, str]:
        """pytest's exit code (None: stopped, as it did not end) and the test that failed."""
        words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", NOT_TRIED, *tests]
        words += ["-k", but] if but else []
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        env.pop("PYTEST_XDIST_WORKER", None)
        if not compiled:
            env["NUMBA_DISABLE_JIT"] = "1"
        most = max(_LEAST_S, _TIMES * self._takes.get(tuple(tests), 120.0))
        try:
            done = subprocess.run(words, cwd=self.root, env=env, capture_output=True, text=True, timeout=most)
        except subprocess.TimeoutExpired:
            return None, f"did not end within {most:.0f} s"
        code = _PASSED if done.returncode == _NONE_CHOSEN else done.returncode
        lines = (done.stdout + done.stderr).splitlines()
        failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
        return code, (failed or lines[-1:] or [""])[0][:200]

    @contextmanager
    def _changed(self, mutant: Mutant) -> Iterator[None]:
        file = self.root / mutant.path
        before = file.read_text(encoding="utf-8")
        file.write_text(mutant.code, encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(before, encoding="utf-8")


@contextmanager
def copy_of_source() -> Iterator[Copy]:
    with TemporaryDirectory(prefix="tagpilot-mutants-") as folder:
        yield Copy(Path(folder))
