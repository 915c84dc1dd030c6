"""The audit attacked by whoever has the database, the home or both; each attack is undone before the next."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from api.usecases.stores import open_record
from tests.support.worlds import World

pytestmark = pytest.mark.slow


@contextmanager
def _spoilt(world: World, *statements: str, files: Callable[[], object] | None = None) -> Iterator[None]:
    """The audit with these done to it; as before when the block ends."""
    kept = {path: path.read_bytes() if path.exists() else None for path in _files(world)}
    engine = open_record(world.settings)
    with engine.begin() as connection:
        _unguarded(connection)
        for table in ("audit_entry", "audit_head"):
            connection.execute(text(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}"))
        for statement in statements:
            connection.execute(text(statement))
    try:
        if files is not None:
            files()
        yield
    finally:
        with engine.begin() as connection:
            for table in ("audit_entry", "audit_head"):
                connection.execute(text(f"DELETE FROM {table}"))
                connection.execute(text(f"INSERT INTO {table} SELECT * FROM kept_{table}"))
                connection.execute(text(f"DROP TABLE kept_{table}"))
        engine.dispose()
        for path, content in kept.items():
            path.unlink(missing_ok=True)
            if content is not None:
                path.touch(mode=0o600)
                path.write_bytes(content)


def _files(world: World) -> tuple[Path, ...]:
    home = world.home
    return home / "audit.key", home / "audit-head.txt", home.with_name("home.audit-heads")


def _unguarded(connection: Connection) -> None:
    """As the database's owner can: without the triggers that refuse a change."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(text("ALTER TABLE audit_head DISABLE TRIGGER USER"))
        return
    named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in named.all():
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def _verified(world: World, *more: str) -> tuple[int, str]:
    result = world.run("audit", "verify", *more)
    assert "an error of the program" not in result.output
    assert "Traceback" not in result.output
    return result.exit_code, result.output


_CUT = "DELETE FROM audit_entry WHERE seq > 20"
_HEAD_OF_20 = (
    "UPDATE audit_head SET length = 20, hash = (SELECT hash FROM audit_entry WHERE seq = 20), key_id = "
    "(SELECT key_id FROM audit_entry WHERE seq = 20)"
)
_SWAPPED = [f"UPDATE audit_entry SET seq = {b} WHERE seq = {a}" for a, b in ((30, -1), (31, 30), (-1, 31))]
_MIDDLE = [
    "UPDATE audit_entry SET seq = -seq - 1 WHERE seq >= 30",
    "UPDATE audit_entry SET seq = -seq WHERE seq < 0",
    "CREATE TABLE a_row AS SELECT * FROM audit_entry WHERE seq = 31",
    "UPDATE a_row SET seq = 30",
    "INSERT INTO audit_entry SELECT * FROM a_row",
    "DROP TABLE a_row",
    "UPDATE audit_head SET length = length + 1",
]
_OF_1 = "(SELECT max(seq) FROM audit_entry WHERE person_id = 1)"
_WALL_OF_2 = "SELECT wall_at FROM audit_entry WHERE seq = 2"
BY_SQL = {
    "a purpose": ["UPDATE audit_entry SET purpose = 'review' WHERE seq = 30"],
    "who": ['UPDATE audit_entry SET "by" = \'ana\' WHERE seq = 30'],
    "when": ["UPDATE audit_entry SET at = (SELECT at FROM audit_entry WHERE seq = 1) WHERE seq = 30"],
    "of whom": [f"UPDATE audit_entry SET person_id = 99 WHERE seq = {_OF_1}"],
    "the wall clock": [f"UPDATE audit_entry SET wall_at = ({_WALL_OF_2}) WHERE seq = 30"],
    "a step hidden": ["UPDATE audit_entry SET clock_step_s = 7 WHERE seq = 30"],
    "sealed values of another": [
        "UPDATE audit_entry SET sealed = (SELECT min(sealed) FROM audit_entry WHERE person_id = 2) "
        f"WHERE seq = {_OF_1}"
    ],
    "two rows swapped": _SWAPPED,
    "a row in the middle": _MIDDLE,
    "a row out of the middle": ["DELETE FROM audit_entry WHERE seq = 30"],
    "the first row": ["DELETE FROM audit_entry WHERE seq = 1"],
    "the tail": [_CUT],
    "the tail, and the head set": [_CUT, _HEAD_OF_20],
    "all rows": ["DELETE FROM audit_entry", f"UPDATE audit_head SET length = 0, hash = '{'0' * 64}', key_id = NULL"],
    "digests taken off": ["UPDATE audit_entry SET key_id = NULL, keyed_digest = NULL, wall_at = NULL"],
    "the head longer": ["UPDATE audit_head SET length = length + 1"],
    "the head shorter": ["UPDATE audit_head SET length = length - 1"],
    "the head's row": ["DELETE FROM audit_head"],
}  # fmt: skip


def test_whatever_is_done_to_the_audit_by_sql_is_found(copied: World) -> None:
    assert _verified(copied)[0] == 0
    for what, statements in BY_SQL.items():
        with _spoilt(copied, *statements):
            code, said = _verified(copied)
            assert code == 1, what
            assert "the audit is broken: " in said, (what, said)
        assert _verified(copied)[0] == 0, what


def test_a_row_that_says_where_the_audit_ends_is_asked_for_in_words(copied: World) -> None:
    """Nothing is entered without it, and nobody is told of an error of the program."""
    with _spoilt(copied, "DELETE FROM audit_head"):
        for words in (
            ("keep", "set", "fixes", "--days", "9", "--source", "x"),
            ("audit", "head"),
            ("verify", "--deep"),
        ):
            result = copied.run(*words)
            assert result.exit_code == 1, result.output
            assert "where the audit ends is missing" in result.output, (words, result.output)


def test_heads_and_keys_that_are_not_those_of_the_audit_are_found(copied: World) -> None:
    key, latest, written = _files(copied)
    first = {"writtenAt": "2019-09-01T00:00:00+00:00", "rows": 20, "digest": "1" * 64, "key": None}

    def stranger() -> None:
        (held, *_) = json.loads(key.read_text())["keys"]
        key.write_text(key.read_text().replace(held, held[::-1]))

    attacks: dict[str, Callable[[], object]] = {
        "the latest head of another": lambda: latest.write_text(f"20:{'1' * 64}\n"),
        "the latest head, of rows to come": lambda: latest.write_text(f"9999:{'1' * 64}\n"),
        "a written head of another": lambda: written.write_text(json.dumps(first) + "\n"),
        "no key": lambda: key.unlink(),
        "another key": stranger,
    }
    for what, attack in attacks.items():
        with _spoilt(copied, files=attack):
            code, said = _verified(copied)
            assert code == 1, what
            assert said.count("\n") <= 2, said
        assert _verified(copied)[0] == 0, what


def test_the_rest_of_a_chain_cut_and_written_anew_with_the_key_is_found_by_a_head_kept(copied: World) -> None:
    """Whoever has the database and the key can write a whole chain; a head elsewhere shows it."""
    head = copied.json("audit", "head")["head"]
    with _spoilt(copied, _CUT, _HEAD_OF_20, files=lambda: [path.unlink() for path in _files(copied)[1:]]):
        made = copied.run("keep", "set", "fixes", "--days", "900", "--source", "later")
        assert made.exit_code == 0, made.output
        assert _verified(copied)[0] == 0
        code, said = _verified(copied, "--since", head)
        assert code == 1
        assert "cut off" in said
