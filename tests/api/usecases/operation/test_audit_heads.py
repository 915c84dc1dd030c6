"""Heads of the audit as server and worker write them, and what they say when the audit was rewritten."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from api.usecases.operation import audit_heads
from api.usecases.operation.audit_heads import write_daily, write_head, written_heads
from api.usecases.stores import open_record
from tests.support.worlds import World
from tracker.errors import StoreNotReady
from tracker.record.audit.chain import Action
from tracker.record.entry import entering

NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)


def _entries(world: World, rows: int) -> None:
    engine = open_record(world.settings)
    for _ in range(rows):
        with entering(engine, by="officer", now=NOW) as entry:
            entry.note(Action.CONSULT, "licence", "L1")
    engine.dispose()


def _look(world: World) -> list[Any]:
    """One look of the server; what it logged."""
    engine, stop = open_record(world.settings), threading.Event()
    stop.set()
    with capture_logs() as logged:
        write_daily(world.settings, engine, stop)
    engine.dispose()
    return [(line["event"], line.get("rows")) for line in logged]


def _age(world: World, by: timedelta) -> None:
    path = world.settings.audit_heads_file
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line["writtenAt"] = (datetime.fromisoformat(line["writtenAt"]) - by).isoformat()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_head_is_written_once_a_day_to_file_and_log(world: World) -> None:
    _entries(world, 2)
    assert _look(world) == [("audit_head", 2)]
    _entries(world, 1)
    assert _look(world) == []
    _age(world, timedelta(days=1))
    assert _look(world) == [("audit_head", 3)]
    assert [head.rows for head in written_heads(world.settings)] == [2, 3]


def test_a_server_that_starts_writes_the_head(world: World) -> None:
    _entries(world, 1)
    with world.client():
        pass
    assert [head.rows for head in written_heads(world.settings)] == [1]


def _cut(world: World, rows: int) -> None:
    """The audit's tail, by whoever may write to the database, and the row that says where it ends."""
    engine = open_record(world.settings)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
        connection.execute(text(f"DELETE FROM audit_entry WHERE seq > {rows}"))
        last = f"(SELECT hash FROM audit_entry WHERE seq = {rows})"
        connection.execute(text(f"UPDATE audit_head SET length = {rows}, hash = {last}"))
    engine.dispose()


def test_the_server_says_that_the_last_head_no_longer_holds(world: World) -> None:
    _entries(world, 3)
    _look(world)
    _cut(world, 2)
    assert _look(world) == [("audit_rewritten", None)]


def test_a_cut_tail_is_told_though_the_lines_of_two_heads_were_exchanged(world: World) -> None:
    """Each line still says which row it is of: their order hides nothing, and is nothing to tell of by itself, as two
    servers that write at once leave theirs in either order."""
    path = world.settings.audit_heads_file
    for _ in range(2):
        _entries(world, 2)
        world.run("audit", "head")
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    assert [head.rows for head in written_heads(world.settings)] == [4, 2]
    assert _look(world) == []
    assert world.run("audit", "verify").exit_code == 0
    _cut(world, 3)
    assert _look(world) == [("audit_rewritten", None)]
    found = world.run("audit", "verify")
    assert found.exit_code == 1
    assert "the audit ends at row 3, and the head written out on" in found.stderr


def test_two_heads_whose_digests_were_exchanged_are_told(world: World) -> None:
    path = world.settings.audit_heads_file
    for _ in range(2):
        _entries(world, 2)
        world.run("audit", "head")
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    first["digest"], second["digest"] = second["digest"], first["digest"]
    path.write_text("".join(json.dumps(line) + "\n" for line in (first, second)))
    assert _look(world) == [("audit_rewritten", None)]
    found = world.run("audit", "verify")
    assert found.exit_code == 1
    assert "row 2 is not the row it was: the head written out on" in found.stderr


def test_a_line_that_was_cut_short_is_no_head_and_the_next_one_stands_alone(world: World) -> None:
    _entries(world, 1)
    engine = open_record(world.settings)
    path = world.settings.audit_heads_file
    write_head(world.settings, engine)
    whole = path.read_text()
    path.write_text(whole + whole[:20])
    assert len(written_heads(world.settings)) == 1
    write_head(world.settings, engine)
    engine.dispose()
    assert len(written_heads(world.settings)) == 2
    path.write_text(whole + "{}\n")
    with pytest.raises(StoreNotReady, match=r"Line 2 of .* is not a head of the audit"):
        written_heads(world.settings)


def test_a_file_that_cannot_be_written_is_an_error_in_the_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _entries(world, 1)
    monkeypatch.setenv("TAGPILOT_AUDIT_HEADS_FILE", str(world.home / "away" / "heads"))
    refused = world.run("audit", "head")
    assert refused.exit_code == 1
    assert "Name another file with TAGPILOT_AUDIT_HEADS_FILE" in refused.stderr
    assert audit_heads.LOOK_AGAIN_S <= 3600


def test_without_its_key_file_the_server_is_not_ready_and_enters_nothing(world: World) -> None:
    _entries(world, 1)
    with world.client() as client:
        (world.home / "audit.key").unlink()
        ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert "the audit's rows are under key" in ready.json()["detail"]
    for command in ("serve", "worker"):
        refused = world.run(command, *(("--port", "8999") if command == "serve" else ()))
        assert refused.exit_code == 1
        assert "the audit's rows are under key" in refused.output
    assert not (world.home / "audit.key").exists()
