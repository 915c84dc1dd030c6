"""Databases of tests: cloned from templates, each of which is made once a session (once a worker under xdist)."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.postgres import clone, database_at, drop, execute
from tracker import migrations
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys, KeyFile
from tracker.record.engine import make_engine

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""What a test that is about any database is run on."""
Fill = Callable[[Engine], object]
FILL_EACH = "TESTS_FILL_EACH"
"""In the environment: each test fills its own database, so that what it rests on is seen to be reached by it."""
_names = (f"t{n}" for n in itertools.count())


def empty(_engine: Engine) -> None:
    """A database without any table."""


def migrated(engine: Engine) -> None:
    """One with all tables and no row."""
    migrations.upgrade(engine)


@dataclass(frozen=True)
class Template:
    """A database that nobody uses: a SQLite file's path, or a name in the server. `keys`: those of its audit."""

    database: str
    keys: Path


class Databases:
    """Clones of databases that a function has filled."""

    def __init__(self, folders: pytest.TempPathFactory, fixture: Callable[[str], Any]) -> None:
        self._folders, self._fixture = folders, fixture
        self._made: dict[tuple[str, Fill], Template] = {}

    def _server_url(self) -> str:
        return str(self._fixture("postgres_url"))

    def template(self, kind: str, fill: Fill = migrated) -> Template:
        """What `fill` leaves of a database with all tables; made when it is first asked for."""
        if (kind, fill) not in self._made:
            folder = self._folders.mktemp("template")
            if (kind, fill) == ("sqlite", migrated):
                self._made[kind, fill] = Template(str(self._fixture("sqlite_template")), folder / KEY_FILE)
                return self._made[kind, fill]
            database = self._begin(kind, folder, fill)
            where = database if kind == "sqlite" else database_at(self._server_url(), database)
            engine = make_engine(where, book=AuditBook(_Keys(folder)))
            fill(engine)
            engine.dispose()
            self._made[kind, fill] = Template(database, folder / KEY_FILE)
        return self._made[kind, fill]

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
        yield engine
        engine.dispose()
        if kind == "postgres":
            drop(self._server_url(), database)

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
