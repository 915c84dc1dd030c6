"""A warm process: it imports once what the tests need of others' packages, and forks for each pytest that is asked for.

It is run as a file in the folder of a copy of the source, and is asked by one line of JSON each on its standard input;
`trial` asks. Nothing of the copy itself is imported before the fork, so each pytest reads it from the disk as it is.

A test that takes longer than it may ends its process by an alarm, which also ends a compiled loop. What is counted is
the time that the processor works on it, as the machine may have other work; a test that only waits is ended later.
"""

import gc
import importlib
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = "sqlite_template"
"""The tests' fixture that runs every migration: a second of each process."""
FILL_EACH = "TESTS_FILL_EACH"
"""As in `tests.support.databases`, which may not be imported before what is imported is measured."""
_WAITS = 10
_ASKER = os.getppid()
_NO_TESTS_CHOSEN = 5


class Chosen:
    """Runs the tests asked for, in their order, and writes down which began last and which failed."""

    def __init__(self, ask: dict[str, Any]) -> None:
        self.order: dict[str, int] | None = {name: n for n, name in enumerate(ask["order"])} if ask["order"] else None
        self.examples: int | None = ask["examples"]
        self.may_take: dict[str, float] = ask["may_take"]
        self.may_take_else: float = ask["may_take_else"]
        self.said = Path(ask["said"])
        self.template = Path(ask["template"]) if ask["template"] else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> object:
        """The migrated database of an earlier process, where that is asked for."""
        if fixturedef.argname != TEMPLATE or self.template is None or not self.template.exists():
            return None
        fixturedef.cached_result = self.template, fixturedef.cache_key(request), None
        return self.template

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self.order is not None:
            left_out = [item for item in items if item.nodeid not in self.order]
            config.hook.pytest_deselected(items=left_out)
            items[:] = sorted(
                (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
            )
        for item in items:
            self._thin(item)

    def _thin(self, item: pytest.Item) -> None:
        """What is drawn is the same each time, and what failed is not made smaller."""
        from hypothesis import Phase, settings

        function: Any = getattr(item, "obj", None)
        function = getattr(function, "__func__", function)
        if (before := getattr(function, "_hypothesis_internal_use_settings", None)) is None:
            return
        examples = min(before.max_examples, self.examples or before.max_examples)
        function._hypothesis_internal_use_settings = settings(
            before, max_examples=examples, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.said.write_text(item.nodeid)
        may_take = self.may_take.get(item.nodeid, self.may_take_else)
        signal.setitimer(signal.ITIMER_PROF, may_take)
        signal.alarm(round(_WAITS * may_take))
        done = yield
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        return done  # type: ignore[return-value]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.said.write_text(report.nodeid)


class Reach:
    """Writes down which tests reach which lines of some files, and how long each takes."""

    def __init__(self, ask: dict[str, Any]) -> None:
        import coverage

        os.environ[FILL_EACH] = "1"
        self.files = [str(Path(file).resolve()) for file in ask["reach"]]
        self.said = Path(ask["said"])
        self.keep = Path(ask["keep"])
        self.took: dict[str, float] = {}
        self.coverage = coverage.Coverage(data_file=None, include=self.files, config_file=False, messages=False)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        began = time.monotonic()
        done = yield
        self.took[item.nodeid] = round(time.monotonic() - began, 3)
        self.coverage.switch_context("")
        return done  # type: ignore[return-value]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        made: Any = yield
        if fixturedef.argname == TEMPLATE:
            shutil.copy(made, self.keep)
        return made  # type: ignore[no-any-return]

    def write(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {file: data.contexts_by_lineno(str(Path(file).resolve())) for file in self.files}
        here = Path.cwd().resolve()
        reached = {
            Path(file).relative_to(here).as_posix(): {str(line): names for line, names in of_file.items()}
            for file, of_file in lines.items()
        }
        self.said.write_text(json.dumps({"took": self.took, "reached": reached, "modules": others()}))


def others() -> list[str]:
    """Names of the modules that are now imported and are not of the copy, but for those that only others import.

    `_asyncio` imported before `asyncio` leaves tasks that do not know that they run, and every server of a test fails.
    """
    here, installed = Path.cwd().resolve(), Path(sys.prefix).resolve()

    def of_the_copy(file: str | None) -> bool:
        # What is installed may stand in the folder of the copy, too: the environment of `make` does.
        at = Path(file or here)
        return at.is_relative_to(here) and not at.is_relative_to(installed)

    return sorted(
        name
        for name, module in sys.modules.items()
        if not name.startswith("_") and not of_the_copy(getattr(module, "__file__", None))
    )


def warm(modules: list[str]) -> int:
    """Imports what a test's process had imported; the threads there are afterwards."""
    for name in modules:
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)
    # Of what is there already nothing is looked at again in each process.
    gc.collect()
    gc.freeze()
    return threading.active_count()


def answer(ask: dict[str, Any]) -> int | None:
    """pytest's exit code, or a signal's number below zero; None if it took longer than it may."""
    child = os.fork()
    if child == 0:
        _tests(ask)
    ends = time.monotonic() + ask["most_s"]
    try:
        # Without who asked, nobody waits for the answer.
        while time.monotonic() < ends and os.getppid() == _ASKER:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                return 0 if code == _NO_TESTS_CHOSEN else code
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None
    finally:
        # What the tests started and left: servers, workers.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)


def _tests(ask: dict[str, Any]) -> None:
    code = 70
    try:
        os.setsid()
        log = os.open(ask["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.dont_write_bytecode = ask["reach"] is None
        plugins: list[object] = [Chosen(ask)]
        reach = Reach(ask) if ask["reach"] is not None else None
        plugins += [reach] if reach else []
        code = int(pytest.main(ask["words"], plugins=plugins))
        if reach and code == 0:
            reach.write()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    for asked in sys.stdin:
        asked_for = json.loads(asked)
        told = warm(asked_for["warm"]) if "warm" in asked_for else answer(asked_for)
        print(json.dumps(told), flush=True)
