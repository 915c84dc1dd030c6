"""Every kind of file that is ever written under a home or beside it is known here, with what an erasure does to it."""

import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from api.settings import Settings
from api.usecases.operation import erasure
from tests.support.erasure import LEFT, NUMBERED, send
from tests.support.review import confirmed, released
from tests.support.scan import found_under
from tests.support.worlds import NAME, World, done, run_jobs
from tracker.access.roles import Role

pytestmark = pytest.mark.slow
NOBODY = "no person in it"


class Kind(NamedTuple):
    """Files of one pattern under the home's parent. `by`: the step of the erasure that reaches them, or `NOBODY`."""

    pattern: str
    by: str


KINDS = (
    Kind("home/tagpilot.sqlite3*", "erase_from_record"),
    Kind("home/fixes/_delta_log/*", "_fixes"),
    Kind("home/fixes/_index/*", "_fixes"),
    Kind("home/fixes/*.parquet", "_fixes"),
    Kind("home/fixes/*", "_fixes"),
    Kind("home/events/*", "open_events"),
    Kind("home/runs/.work-*", "delete_orphans"),
    Kind("home/runs/.lock-*", NOBODY),
    Kind("home/runs/*", "erase_wearers"),
    Kind("home/exports/.*.partial/*", "delete_orphans"),
    Kind("home/exports/*", "destroy_of"),
    Kind("home/uploads/.*.partial", "delete_orphans"),
    Kind("home/uploads/*", "delete_named"),
    Kind("home/rejects/*.rejects.csv", "delete_named"),
    Kind("home/.backup-*", "delete_orphans"),
    Kind(".restore-*", "delete_orphans"),
    Kind("home/erasures.jsonl", NOBODY),
    Kind("home/backups.json", NOBODY),
    Kind("home/audit-head.txt", NOBODY),
    Kind("home/*.key", NOBODY),
    Kind("home/.people-*", NOBODY),
    Kind("home/lock", NOBODY),
    Kind("home/queue", NOBODY),
    Kind("home.audit-heads", NOBODY),
)
"""The first that fits counts. A file of none fails the test below: say here which step of an erasure reaches it, and
let `delete_orphans` know what is left of it when its work is killed."""


def _kind_of(path: str) -> Kind | None:
    return next((kind for kind in KINDS if fnmatch(path, kind.pattern)), None)


def _files(world: World) -> list[str]:
    root = world.home.parent
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]


def _everything_in(world: World) -> None:
    events = world.files / "events.csv"
    events.write_text("device_id,t,event\nD-inside,2019-09-10T08:00:00Z,battery low\n")
    done(world, "import", "events", events)
    with (
        world.client_as(Role.ANALYST) as ana,
        world.client_as(Role.RELEASER) as rob,
        world.client_as(Role.EVALUATOR) as eva,
    ):
        assert released(rob, confirmed(world, ana)).status_code == 201
        definition = {"purpose": "impact analysis", "justification": "evaluation plan", "columns": ["group"]}
        made = eva.post("/programmes/gps-knife-licence/cohorts", json=definition)
        assert made.status_code == 202, made.text
        run_jobs(world)
    for leave in LEFT:
        leave(world)
    send(world, "waits.csv", f"name\n{NAME}\n")
    done(world, "audit", "head")
    shutil.rmtree(world.files)


@pytest.mark.parametrize("peopled", ["sqlite"], indirect=True)
def test_a_file_of_no_known_kind_fails_and_each_kind_with_people_in_it_is_emptied(
    peopled: World, tmp_path: Path
) -> None:
    archive = tmp_path.parent / f"{tmp_path.name}-backups" / "b.tar"
    archive.parent.mkdir()
    done(peopled, "backup", archive)
    _everything_in(peopled)
    unknown = [path for path in _files(peopled) if _kind_of(path) is None]
    assert unknown == []
    shown = {kind for path in found_under(peopled.home.parent, NUMBERED) if (kind := _kind_of(path))}
    assert {kind.by for kind in shown} >= {
        "erase_from_record", "_fixes", "erase_wearers", "delete_named", "delete_orphans",
    }  # fmt: skip
    assert not {kind for kind in shown if kind.by == NOBODY}
    assert {kind.pattern for kind in shown} >= {"home/fixes/_index/*", "home/fixes/*.parquet"}
    done(peopled, "keep", "erase", "W-inside", "--reason", "request", "--yes")
    assert found_under(peopled.home.parent, NUMBERED) == {}
    assert [path for path in _files(peopled) if _kind_of(path) is None] == []


def test_each_step_that_is_named_is_a_step_of_the_erasure_and_each_folder_of_the_settings_has_a_kind() -> None:
    for kind in KINDS:
        assert kind.by == NOBODY or hasattr(erasure, kind.by) or hasattr(erasure.record, kind.by), kind
    folders = {name for name in vars(Settings) if name.endswith("_dir")}
    assert folders == {f"{name}_dir" for name in ("uploads", "fixes", "events", "rejects", "runs", "exports")}
    for name in folders:
        folder = name.removesuffix("_dir")
        assert any(kind.pattern.startswith(f"home/{folder}/") for kind in KINDS), folder


@pytest.mark.parametrize("path", ["home/notes.txt", "home/new/x.csv", "home.copy/tagpilot.sqlite3", "x.tar"])
def test_a_new_kind_is_noticed(path: str) -> None:
    assert _kind_of(path) is None
