"""Homes that earlier versions made (`make_older_home`), unpacked and put on SQLite or PostgreSQL as they left them."""

import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, Table, create_engine, inspect, text
from sqlalchemy.types import JSON, Boolean, Date, DateTime

from api.settings import Settings, read_settings
from tests.support.clients import ONE_FACTOR
from tests.support.make_older_home import HOMES
from tests.support.worlds import World
from tracker import migrations

Rows = dict[str, list[tuple[Any, ...]]]
Columns = dict[str, list[str]]
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in HOMES.glob("*.tar.xz"))
DATABASE = "tagpilot.sqlite3"


@dataclass(frozen=True)
class OlderHome(World):
    """An older home; its database is where the environment says, as for the command line."""

    revision: str = ""

    @property
    def settings(self) -> Settings:
        return read_settings({**os.environ, **ONE_FACTOR}, home=self.home)


def unpacked(name: str, folder: Path) -> OlderHome:
    with tarfile.open(HOMES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    home = folder / "home"
    home.chmod(0o700)
    engine = create_engine(f"sqlite:///{home / DATABASE}")
    with engine.connect() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return OlderHome(home, folder, revision=str(revision))


def move_rows(home: OlderHome, to: Engine) -> None:
    """Put the home's database into an empty one on another server, at its revision, and delete the file."""
    file = home.home / DATABASE
    migrations.upgrade(to, home.revision)
    source = create_engine(f"sqlite:///{file}")
    theirs, ours = MetaData(), MetaData()
    theirs.reflect(source)
    ours.reflect(to)
    with source.connect() as reading, to.begin() as writing:
        # Superusers alone may do this: no row waits for another that it refers to.
        writing.execute(text("SET LOCAL session_replication_role = replica"))
        for name, table in ours.tables.items():
            if name == "alembic_version":
                continue
            writing.execute(table.delete())
            columns = ", ".join(f'"{column}"' for column in theirs.tables[name].columns.keys())  # noqa: SIM118
            rows = [_typed(table, row._mapping) for row in reading.execute(text(f'SELECT {columns} FROM "{name}"'))]
            if rows:
                writing.execute(table.insert(), rows)
        for name, column in _numbered(ours):
            counted = (
                f'SELECT setval(pg_get_serial_sequence(\'"{name}"\', \'{column}\'), max("{column}")) FROM "{name}"'
            )
            writing.execute(text(counted))
    source.dispose()
    file.unlink()


def columns_of(engine: Engine) -> Columns:
    """The columns of every table, as they are now."""
    found = inspect(engine)
    return {name: sorted(each["name"] for each in found.get_columns(name)) for name in sorted(found.get_table_names())}


def rows_of(engine: Engine, columns: Columns) -> Rows:
    """Every row of these tables as the database has it, in order."""
    found: Rows = {}
    with engine.connect() as connection:
        for name, of_table in columns.items():
            listed = ", ".join(f'"{column}"' for column in of_table)
            rows = connection.execute(text(f'SELECT {listed} FROM "{name}"')).all()
            found[name] = sorted((tuple(_plain(value) for value in row) for row in rows), key=repr)
    return found


def _typed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name].type, value) for name, value in row.items()}


def _value(of: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(of, JSON):
        return json.loads(value)
    if isinstance(of, Boolean):
        return bool(value)
    if isinstance(of, DateTime):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return date.fromisoformat(value) if isinstance(of, Date) else value


def _numbered(tables: MetaData) -> list[tuple[str, str]]:
    """Tables that number their rows, and the column."""
    return [
        (name, column.name)
        for name, table in tables.tables.items()
        for column in table.primary_key
        if column.server_default is not None or column.identity is not None
    ]


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value
