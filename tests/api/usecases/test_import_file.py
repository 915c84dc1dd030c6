"""One function imports a file of any kind: it prints nothing, says how far it is, and answers a Struct."""

import inspect
import json
from email.message import EmailMessage
from pathlib import Path
from typing import get_args

import pytest

from api.errors import Forbidden
from api.schemas.imports import FileKind, ImportOptions
from api.schemas.withdrawals import WithdrawImportIn
from api.usecases.actor import LOCAL, Actor
from api.usecases.imports import import_file as module
from api.usecases.imports.import_file import import_file
from api.usecases.imports.kinds import RIGHTS
from api.usecases.imports.withdrawals import withdraw_import
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_record
from api.wording.imports import LABELS
from tests.support.clients import FILE
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role
from tracker.errors import Refused


@pytest.fixture
def context(world: World) -> RequestContext:
    world.may_keep()
    return RequestContext(LOCAL, world.settings, open_record(world.settings))


def test_every_kind_has_a_right_and_a_name() -> None:
    assert set(get_args(FileKind)) == set(RIGHTS) == set(LABELS)


def test_it_prints_nothing_and_says_how_far_it_is(
    world: World, context: RequestContext, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[str, int, int]] = []
    capfd.readouterr()
    for kind in ("fixes", "assignments", "crimes"):
        account = import_file(context, kind, world.files / f"{kind}.csv", progress=lambda *at: seen.append(at))
        assert account.kept == account.rows > 0
    assert capfd.readouterr() == ("", "")
    assert {stage for stage, _, _ in seen} >= {"Reading fixes", "Storing fixes", "Reading crimes", "Recording crimes"}
    assert all(0 <= done <= of for _, done, of in seen)


def test_it_knows_no_terminal() -> None:
    assert "console" not in inspect.getsource(module)
    assert "click" not in inspect.getsource(module)


def test_it_asks_for_the_right_and_the_retention_period_first(world: World, context: RequestContext) -> None:
    path = world.files / "fixes.csv"
    with pytest.raises(Forbidden):
        import_file(RequestContext(Actor("nobody"), context.settings, context.engine), "fixes", path)
    bare = World(world.home.parent / "bare", world.files)
    bare.run("programme", "load")
    with pytest.raises(Refused, match="Set a retention period before importing"):
        import_file(RequestContext(LOCAL, bare.settings, open_record(bare.settings)), "fixes", path)


def test_the_command_line_and_http_say_the_same_of_a_file(world: World, tmp_path: Path) -> None:
    text = (world.files / "crimes.csv").read_text() + "Metropolitan,4420/19,=1+1,20190231,2019-09-10T13:00:00Z,1,2,\n"
    path = tmp_path / "crimes.csv"
    path.write_text(text)
    result = world.run("import", "crimes", path, "--format", "headed", "--json")
    assert result.exit_code == 3
    other = World(tmp_path / "other", world.files).may_keep()
    with other.client_as(Role.ANALYST) as client:
        sent = client.post("/imports/crimes", params={"name": "crimes.csv"}, content=text.encode(), headers=FILE).json()
        run_jobs(other)
        told = client.get(f"/imports/{sent['id']}").json()
    account = json.loads(result.stdout)
    shared = ("sha256", "rows", "kept", "same", "rejected", "refused", "byRule", "notes", "warnings")
    assert {name: account[name] for name in shared} == {name: told[name] for name in shared}
    assert told["options"]["zone"] == "UTC"


def test_the_attachment_of_an_email_is_imported_and_nothing_of_it_stays(world: World) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@force.example", "b@force.example", "October"
    mail.set_content("See the file.")
    content = (world.files / "crimes.csv").read_bytes()
    mail.add_attachment(content, maintype="text", subtype="csv", filename="may crimes.csv")
    world.may_keep()
    with world.client_as(Role.ANALYST) as client:
        headers = {"content-type": "message/rfc822"}
        sent = client.post("/imports/crimes", params={"name": "may.eml"}, content=mail.as_bytes(), headers=headers)
        assert sent.status_code == 202, sent.text
        plain = client.post("/imports/crimes", params={"name": "may.csv"}, content=content, headers=FILE)
        assert run_jobs(world) == 2
        first, again = (client.get(f"/imports/{each.json()['id']}").json() for each in (sent, plain))
    assert first["kept"] == first["rows"] > 0
    assert first["notes"][0] == "may.eml is an e-mail; its one attachment was imported, may crimes.csv"
    # The same bytes without their envelope are the same import.
    assert (again["kept"], again["same"]) == (0, first["rows"])
    assert list((world.home / "uploads").iterdir()) == []


@pytest.mark.parametrize("kind", ["fixes", "events", "crimes"])
def test_the_same_bytes_read_otherwise_are_warned_of_until_one_reading_is_withdrawn(
    context: RequestContext, tmp_path: Path, kind: FileKind
) -> None:
    # One row: too few to show by their places that a stream is doubled.
    path = tmp_path / "sent.csv"
    path.write_text(
        {
            "fixes": "device_id,t,lat,lon\nA1,2019-07-03 21:00,51.5,-0.12\n",
            "events": "device_id,t,event\nA1,2019-07-03 21:00,strap\n",
            "crimes": "force,crime_type,crime_ref,t,lat,lon\nMet,RB,A1,2019-07-03 21:00,51.5,-0.12\n",
        }[kind]
    )
    first = import_file(context, kind, path, ImportOptions(zone="UTC"))
    second = import_file(context, kind, path, ImportOptions(zone="Europe/London"))
    (warning,) = [words for words in second.warnings if "the same bytes" in words]
    assert f"as file {first.file_number} (sent.csv)" in warning
    assert f"tagpilot import withdraw {first.file_number}" in warning
    assert not any("the same bytes" in words for words in (*first.warnings,))
    assert first.file_number is not None
    withdraw_import(context, WithdrawImportIn(file_number=first.file_number, reason="wrong zone"))
    third = import_file(context, kind, path, ImportOptions(zone="Europe/London", dates="dd/mm/yyyy"))
    assert not any(f"as file {first.file_number} " in words for words in third.warnings)


def test_a_file_imported_before_says_how_it_is_read_again(context: RequestContext, tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    mine = "force,crime_type,crime_ref,t,lat,lon\nMet,RB,A1,2019-07-03T21:00Z,51.5,-0.12\n"
    for text in (mine, mine.replace("51.5", "51.6")):
        path.write_text(text)
        import_file(context, "crimes", path)
    path.write_text(mine)
    again = import_file(context, "crimes", path)
    assert (again.kept, [note for note in again.notes if "empty line at its end" in note]) == (0, again.notes[-1:])
    path.write_text(mine + "\n")
    assert import_file(context, "crimes", path).kept == 1


def test_a_device_written_otherwise_than_in_its_assignment_is_warned_of(
    context: RequestContext, tmp_path: Path
) -> None:
    path = tmp_path / "sent.csv"

    def told(kind: FileKind, text: str) -> list[str]:
        path.write_text(text)
        return [words for words in import_file(context, kind, path).warnings if "told apart by every letter" in words]

    worn = "device_id,wearer_id,from,to\nTAG-17,W1,2019-07-01T00:00Z,2019-08-01T00:00Z\nOTHER,W2,2019-07-01T00:00Z,\n"
    assert told("assignments", worn) == []
    fixes = "device_id,t,lat,lon\ntag17,2019-07-03T21:00Z,51.5,-0.12\nOTHER,2019-07-03T21:00Z,51.5,-0.12\n"
    (warning,) = told("fixes", fixes)
    assert "tag17 here and TAG-17 in an assignment" in warning
    assert "OTHER" not in warning
    (warning,) = told("assignments", "device_id,wearer_id,from,to\nTag 17,W3,2019-07-01T00:00Z,\n")
    assert "Tag 17 here and TAG-17 in an assignment" in warning
    # Written alike it is one device.
    assert told("fixes", fixes.replace("tag17", "TAG-17").replace("21:00", "22:00")) == []
