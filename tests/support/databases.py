"""Databases of tests: cloned from templates, each of which is made once a session (once a worker under xdist)."""

import copy
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import psycopg.errors
import pytest
from sqlalchemy import Engine, event

from tests.support.postgres import clone, database_at, drop, execute
from tracker import migrations
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys, KeyFile
from tracker.record.engine import make_engine

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""What a test that is about any database is run on."""
Fill = Callable[[Engine], object]
P, R = ParamSpec("P"), TypeVar("R")
FILL_EACH = "TESTS_FILL_EACH"
"""In the environment: each test fills its own database, so that what it rests on is seen to be reached by it."""
_TWICE = 2
"""A template is made for what is asked for so often: for once it would cost more than it spares."""
_names = (f"t{n}" for n in itertools.count())
_untouched: WeakKeyDictionary[Engine, "_Untouched"] = WeakKeyDictionary()
"""Engines of which no connection was asked for yet."""


def empty(_engine: Engine) -> None:
    """A database without any table."""


def migrated(engine: Engine) -> None:
    """One with all tables and no row."""
    migrations.upgrade(engine)


@dataclass(frozen=True)
class Template:
    """A database that nobody uses: a SQLite file's path, or a name in the server. `keys`: those of its audit. `told`:
    what its function returned."""

    database: str
    keys: Path
    told: Any = None


class Databases:
    """Clones of databases that a function has filled."""

    def __init__(self, folders: pytest.TempPathFactory, fixture: Callable[[str], Any]) -> None:
        self._folders, self._fixture = folders, fixture
        self._made: dict[tuple[str, Hashable], Template] = {}
        self._asked: Counter[tuple[str, Hashable]] = Counter()

    def _server_url(self) -> str:
        return str(self._fixture("postgres_url"))

    def template(self, kind: str, fill: Fill = migrated, key: Hashable = None) -> Template:
        """What `fill` leaves of a database with all tables; made when it is first asked for. `key`: what it is found
        by, the function unless it is said."""
        key = key or fill
        if (kind, key) not in self._made:
            folder = self._folders.mktemp("template")
            if (kind, fill) == ("sqlite", migrated):
                self._made[kind, key] = Template(str(self._fixture("sqlite_template")), folder / KEY_FILE)
                return self._made[kind, key]
            database = self._begin(kind, folder, fill)
            where = database if kind == "sqlite" else database_at(self._server_url(), database)
            engine = make_engine(where, book=AuditBook(_Keys(folder)))
            told = fill(engine)
            engine.dispose()
            self._made[kind, key] = Template(database, folder / KEY_FILE, told)
        return self._made[kind, key]

    def once(self, kind: str, fill: Fill, key: Hashable) -> Template | None:
        """As `template`, from the second time on that it is asked for."""
        self._asked[kind, key] += 1
        return self.template(kind, fill, key) if self._asked[kind, key] >= _TWICE else None

    @contextmanager
    def engine(self, kind: str, folder: Path, fill: Fill = migrated) -> Iterator[Engine]:
        """A database of the caller's own, with the audit's keys in `folder`, as `fill` leaves it."""
        each = FILL_EACH in os.environ
        if fill is empty:
            database = self._begin(kind, folder, empty)
        else:
            template = self.template(kind, migrated if each else fill)
            database = self._cloned(kind, folder, template.database)
            if template.keys.exists():
                shutil.copy(template.keys, folder)
        where = database if kind == "sqlite" else database_at(self._server_url(), database)
        engine = make_engine(where, book=AuditBook(_Keys(folder)))
        if each and fill not in (empty, migrated):
            fill(engine)
        if not each and fill is migrated:
            _untouched[engine] = _Untouched(self, kind, folder, database)
            event.listen(engine, "engine_connect", lambda connection: _untouched.pop(connection.engine, None))
        yield engine
        _untouched.pop(engine, None)
        engine.dispose()
        if kind == "postgres":
            drop(self._server_url(), database)

    def put(self, template: Template, kind: str, folder: Path, database: str) -> bool:
        """A clone in the place of a database of which no connection was asked for; whether that could be, as another
        process or engine may use it."""
        # Where the audit's keys are once its first row is written.
        keys = (folder / "home" if (folder / "home").is_dir() else folder) / KEY_FILE
        if keys.exists() or (folder / KEY_FILE).exists():
            return False
        if kind == "sqlite":
            if Path(f"{database}-wal").exists():
                return False
            shutil.copy(template.database, database)
        else:
            try:
                execute(self._server_url(), f"DROP DATABASE {database}")
            except psycopg.errors.ObjectInUse:
                return False
            clone(self._server_url(), database, template.database)
        if template.keys.exists():
            shutil.copy(template.keys, keys)
        return True

    def _begin(self, kind: str, folder: Path, fill: Fill) -> str:
        """A database for `fill` to fill."""
        if fill not in (empty, migrated):
            return self._cloned(kind, folder, self.template(kind).database)
        if kind == "sqlite":
            return str(folder / "tagpilot.db")
        name = next(_names)
        execute(self._server_url(), f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def _cloned(self, kind: str, folder: Path, template: str) -> str:
        if kind == "sqlite":
            return str(shutil.copy(template, folder / "tagpilot.db"))
        name = next(_names)
        clone(self._server_url(), name, template)
        return name


class _Untouched:
    """A database of a test, as the migrations left it."""

    def __init__(self, databases: Databases, kind: str, folder: Path, database: str) -> None:
        self._databases, self._at = databases, (kind, folder, database)

    def filled(self, fill: Fill, key: Hashable) -> Template | None:
        """The template of which it is a clone now; None where it has to be filled."""
        kind, *_ = self._at
        template = self._databases.once(kind, fill, key)
        return template if template is not None and self._databases.put(template, *self._at) else None


def cloned(fill: Callable[Concatenate[Engine, P], R]) -> Callable[Concatenate[Engine, P], R]:
    """Of a function that fills a record, the same whenever it is given the same: where nobody has asked a test's
    database for anything yet, that is a clone of one that this function filled before."""

    @wraps(fill)
    def filled(engine: Engine, /, *args: P.args, **kwargs: P.kwargs) -> R:
        untouched = _untouched.get(engine)
        if untouched is not None:
            key = (fill, args, tuple(sorted(kwargs.items())))
            template = untouched.filled(lambda other: fill(other, *args, **kwargs), key)
            if template is not None:
                told: R = copy.deepcopy(template.told)
                return told
        return fill(engine, *args, **kwargs)

    return filled


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


def keys_to(home: Path) -> None:
    """Move the keys of the database beside a home into it, where a server over both finds them."""
    (home.parent / KEY_FILE).rename(home / KEY_FILE)
