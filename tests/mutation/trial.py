"""Try a mutant: in a copy of the source, with the tests of its target.

First those that reach the mutated statement, the quick ones first and with a few of hypothesis's examples; then those
of `also` that reach it; what these leave alive is asked of every test of both, with all examples, and at last of those
of the target's that ask PostgreSQL.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutation.mutants import ROOT, Mutant
from tests.mutation.reach import Reached, digest_of
from tests.mutation.targets import Target, files_of

KILLED, SURVIVED, NO_MUTANT = "killed", "survived", "does not start"
NOT_YET = "alive so far"
"""The target's own tests that reach it did not notice, and the others were not asked."""
COPIED = ("api", "geo", "matcher", "tracker", "tests", "benchmarks", "pyproject.toml", "README.md", "CHANGELOG.md")
NOT_TRIED = "not postgres and not prove and not fuzz"
ON_POSTGRES = "postgres and not prove and not fuzz"
FEW = 25
"""Examples that hypothesis draws at most, at first."""
_PLUGINS = ("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "_hypothesis_pytestplugin")
_PASSED, _FAILED = 0, 1
_TIMES, _LEAST_S, _MOST_S, _WAITS_S = 10, 20.0, 1_800.0, 120.0
"""A test that takes ten times as long as on the file itself is in a loop without end: killed."""


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    found: str
    by: str
    """The test that failed, or what happened."""
    took_s: float


class Copy:
    """A copy of the source, in which one file at a time is another."""

    def __init__(self, root: Path, apart: Path, keep: Path | None = None) -> None:
        """What is measured of the tests is kept in the folder `keep`, if there is one."""
        self.root, self._keep = root, keep or apart
        self._keep.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "homes"))
            else:
                shutil.copy(source, root / name)
        self._warm = {compiled: Warm(root, apart, self._keep, compiled) for compiled in (True, False)}
        self._reached: dict[tuple[Any, ...], Reached] = {}
        self._passes: set[str] = set()

    def close(self) -> None:
        for each in self._warm.values():
            each.close()

    def try_(self, mutant: Mutant, target: Target, *, whole: bool = True) -> Outcome:
        """Whether the tests notice; without `whole`, the target's own that reach it. The file is as before afterwards.

        Raises AssertionError if the tests do not pass without any change.
        """
        source = (self.root / mutant.path).read_text(encoding="utf-8")
        began, code, said = time.monotonic(), _PASSED, ""
        for tests, few in _stages(target, whole):
            reached = self.reached(tests, target)
            order = reached.tests_of(mutant.path, source, mutant.line) if few else reached.in_order(set(reached.took_s))
            if not order:
                continue
            with self._changed(mutant):
                code, said = self._warm[target.compiled].run(order, reached, few)
            if code == _FAILED:
                self._passes_without_a_change(said, target, reached, few)
            if code != _PASSED:
                break
        if code == _PASSED and target.compiled and whole:
            with self._changed(mutant):
                code, said = self._warm[True].run_on_postgres(target.tests)
        # Below zero: a signal ended it, as an alarm does what takes too long.
        found = {_PASSED: SURVIVED if whole else NOT_YET, _FAILED: KILLED}.get(code, KILLED if code < 0 else NO_MUTANT)
        return Outcome(mutant, found, said if code != _PASSED else "", round(time.monotonic() - began, 1))

    def _passes_without_a_change(self, test: str, target: Target, reached: Reached, few: bool) -> None:
        """A test that fails in the warm process whatever is in the file would kill every mutant that it is asked of."""
        if test in self._passes:
            return
        warm = self._warm[target.compiled]
        code, _ = warm.run([test], reached, few)
        assert code == _PASSED, f"without any change {test} fails where mutants are tried: {warm.log_end()}"
        self._passes.add(test)

    def reached(self, tests: tuple[str, ...], target: Target) -> Reached:
        """Measured once: how long the tests take, and which lines of the target's files each reaches."""
        files = tuple(file for file in files_of(target) if (self.root / file).exists())
        key = tests, target.compiled, target.but, files
        if key not in self._reached:
            # Of `warm` too, which says there what is imported first.
            told = digest_of(*tests, *files, "tests/mutation/warm.py")
            file = self._keep / f"reach-{told}-{target.compiled}.json"
            self._reached[key] = self._warm[target.compiled].measure(tests, target.but, files, file)
        return self._reached[key]

    @contextmanager
    def _changed(self, mutant: Mutant) -> Iterator[None]:
        file = self.root / mutant.path
        before = file.read_text(encoding="utf-8")
        for kept in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
            kept.unlink()
        file.write_text(mutant.code, encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(before, encoding="utf-8")


def _stages(target: Target, whole: bool) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Tests, and whether only those that reach the line are asked."""
    every = [tests for tests in (target.tests, target.also) if tests]
    if not whole:
        every = every[:1]
    for only_reached in (True, False) if whole else (True,):
        for tests in every:
            yield tests, only_reached


class Warm:
    """A process of `warm` in the copy, begun when it is first asked."""

    def __init__(self, root: Path, apart: Path, keep: Path, compiled: bool) -> None:
        self._root, self._compiled = root, compiled
        self._said, self._log, self._temporary = (apart / f"{name}-{compiled}" for name in ("said", "log", "tmp"))
        self._template = keep / f"migrated-{digest_of('tracker')}.db"
        self._process: subprocess.Popen[str] | None = None

    def measure(self, tests: Sequence[str], but: str, files: Sequence[str], file: Path) -> Reached:
        """What the file holds, or what is measured now and kept in it."""
        if not file.exists():
            words = [*tests, *(["-k", but] if but else [])]
            code = self._run(words, reach=list(files), may_take_else=_MOST_S, examples=FEW, keep=str(self._template))
            if code != _PASSED:
                test = self._told(code)[1] or self.log_end()
                raise AssertionError(f"without any change {' '.join(tests)} does not pass ({code}): {test}")
            shutil.copy(self._said, file)
        found = json.loads(file.read_text())
        self._ask({"warm": found["modules"]})
        reached = {
            file: {int(line): tuple(names) for line, names in of_file.items()}
            for file, of_file in found["reached"].items()
        }
        return Reached(found["took"], reached)

    def run(self, order: Sequence[str], reached: Reached, few: bool) -> tuple[int, str]:
        """pytest's exit code, below zero if a signal ended it, and the test that failed."""
        may_take = {name: max(_LEAST_S, _TIMES * reached.took_s[name]) for name in order}
        files = list(dict.fromkeys(name.partition("::")[0] for name in order))
        thinned = {"examples": FEW, "template": str(self._template)} if few else {}
        code = self._run(files, order=list(order), may_take=may_take, **thinned)
        return self._told(code)

    def run_on_postgres(self, tests: Sequence[str]) -> tuple[int, str]:
        """As `run`, the tests that ask PostgreSQL, which are not measured."""
        return self._told(self._run(tests, mark=ON_POSTGRES, may_take_else=_WAITS_S))

    def _told(self, code: int | None) -> tuple[int, str]:
        test = self._said.read_text() if self._said.exists() else ""
        if code is None or code in (-signal.SIGALRM, -signal.SIGPROF):
            return -signal.SIGALRM, f"does not end: {test}"
        return code, test if code in (_PASSED, _FAILED) or code < 0 else self.log_end()

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def _run(self, words: Sequence[str], mark: str = NOT_TRIED, **more: Any) -> int | None:
        self._said.unlink(missing_ok=True)
        options = ["-x", "-q", *_PLUGINS, "-W", "ignore", "-m", mark, "--basetemp", str(self._temporary)]
        ask = {"order": [], "examples": None, "may_take": {}, "may_take_else": 60.0, "reach": None, "most_s": _MOST_S}
        ask |= {"template": ""}
        paths = {"said": str(self._said), "log": str(self._log)}
        return self._ask({**ask, **paths, "words": [*options, *words], **more})

    def _ask(self, ask: dict[str, Any]) -> int | None:
        if self._process is None:
            self._process = self._begin()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(ask) + "\n")
        self._process.stdin.flush()
        told: int | None = json.loads(self._process.stdout.readline())
        return told

    def _begin(self) -> "subprocess.Popen[str]":
        env = {**os.environ, "PYTHONPATH": str(self._root)}
        # As `geo.jit` has it before it imports numba, which is imported here already.
        env |= {"NUMBA_DISABLE_INTEL_SVML": "1", "NUMBA_DISABLE_JIT": "0" if self._compiled else "1"}
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        for name in ("PYTEST_XDIST_WORKER", "PYTHONDONTWRITEBYTECODE"):
            env.pop(name, None)
        words = [sys.executable, str(Path(__file__).with_name("warm.py"))]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, cwd=self._root, env=env, stdin=pipe, stdout=pipe, text=True)

    def log_end(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
        return (failed or lines[-1:] or [""])[0][:200]


@contextmanager
def copy_of_source(keep: Path | None = None) -> Iterator[Copy]:
    with TemporaryDirectory(prefix="tagpilot-mutants-") as folder:
        (root := Path(folder, "source")).mkdir()
        (apart := Path(folder, "apart")).mkdir()
        copy = Copy(root, apart, keep)
        try:
            yield copy
        finally:
            copy.close()
