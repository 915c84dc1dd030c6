"""What whoever runs it needs: metrics, the page of the API, backup and restore."""

import tarfile
from pathlib import Path

import pytest

from tests.support.worlds import World, tag_all_four
from tracker.access.roles import Role


def test_metrics_are_by_route_and_name_no_wearer(world: World) -> None:
    tag_all_four(world)
    with world.client_as(Role.OFFICER) as olu:
        olu.get("/programmes/gps-knife-licence/licences/L-inside")
        olu.get("/programmes/gps-knife-licence/wearers/W-inside/scores")
    with world.client() as nobody:
        told = nobody.get("/metrics").text
    assert 'route="/programmes/{key}/licences/{licence}"' in told
    assert "W-inside" not in told
    assert "L-inside" not in told


def test_the_page_of_the_api_names_every_address_and_loads_nothing(new_world: World) -> None:
    new_world.home.mkdir()
    with new_world.client() as client:
        answer = client.get("/docs")
        paths = client.get("/schema/openapi.json").json()["paths"]
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert all(f"<code>{path}</code>" in answer.text for path in paths)
    assert "<script" not in answer.text
    assert "http://" not in answer.text.replace("http://127.0.0.1", "")
    assert "Needs the right to release matches that another person confirmed" in answer.text


@pytest.mark.slow
def test_a_backup_restores_the_same_home(world: World, tmp_path: Path) -> None:
    tag_all_four(world)
    run = world.json("match")["run"]
    archive = tmp_path / "backup.tar"
    said = world.run("backup", archive)
    assert said.exit_code == 0, said.output
    assert archive.stat().st_mode & 0o077 == 0
    other = World(tmp_path / "again", world.files)
    assert other.run("restore", archive).exit_code == 0
    assert other.json("match")["run"]["resultDigests"] == run["resultDigests"]
    assert other.json("audit", "verify")["whole"]
    again = other.run("restore", archive)
    assert again.exit_code == 1
    assert "is there already" in again.stderr


@pytest.mark.slow
def test_a_wearer_erased_after_the_backup_does_not_come_back(world: World, tmp_path: Path) -> None:
    tag_all_four(world)
    world.json("match")
    archive = tmp_path / "backup.tar"
    world.run("backup", archive)
    erased = world.run("keep", "erase", "W-inside", "--reason", "request", "--yes")
    assert erased.exit_code == 0, erased.output
    other = World(tmp_path / "again", world.files)
    other.home.mkdir()
    (other.home / "erasures.jsonl").write_text((world.home / "erasures.jsonl").read_text())
    said = other.run("restore", archive)
    assert said.exit_code == 0, said.output
    assert "1 erasures were completed" in said.stdout
    assert "W-inside" not in str(other.json("match"))
    assert other.run("ogrs", "show", "W-inside").exit_code == 1


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["cut", "changed", "mixed"])
def test_a_damaged_or_mixed_backup_is_refused(world: World, tmp_path: Path, harm: str) -> None:
    tag_all_four(world)
    archive = tmp_path / "backup.tar"
    world.run("backup", archive)
    if harm == "cut":
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    elif harm == "changed":
        content = bytearray(archive.read_bytes())
        content[len(content) // 3] ^= 1
        archive.write_bytes(content)
    else:
        _swap_database(world, archive, tmp_path)
    other = World(tmp_path / "again", world.files)
    refused = other.run("restore", archive)
    assert refused.exit_code == 1, refused.output
    assert not other.home.exists()


def _swap_database(world: World, archive: Path, tmp_path: Path) -> None:
    """The database of a later backup with the files of the earlier, and its digest made right."""
    import hashlib
    import io
    import json

    world.run("programme", "list")
    world.run("keep", "set", "crimes", "--days", "9", "--source", "later")
    later = tmp_path / "later.tar"
    world.run("backup", later)
    with tarfile.open(later) as held:
        database = held.extractfile("tagpilot.sqlite3").read()  # type: ignore[union-attr]
    with tarfile.open(archive) as held:
        parts = {m.name: held.extractfile(m).read() for m in held.getmembers()}  # type: ignore[union-attr]
    told = json.loads(parts["backup.json"])
    parts["tagpilot.sqlite3"] = database
    told["files"]["tagpilot.sqlite3"]["sha256"] = hashlib.sha256(database).hexdigest()
    parts["backup.json"] = json.dumps(told).encode()
    with tarfile.open(archive, "w") as out:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
