"""The matcher's index of the fixes: made for whom may be read, kept to them, checked, named where it is damaged."""

from pathlib import Path

import polars as pl
import pytest

from api.usecases.integrity.fix_index import may_index, readable_now
from api.usecases.stores import open_fixes, open_record
from matcher.store.fixes import FixStore
from matcher.store.index.day import index_changed
from matcher.store.index.manifest import FOLDER, read_manifest
from tests.support.flips import flip
from tests.support.worlds import World, done


def _indexed_devices(world: World) -> set[str]:
    """Devices with a row in the index that may be read."""
    found: set[str] = set()
    for stretches in (world.settings.fixes_dir / FOLDER).glob("*/stretches.arrow"):
        devices = pl.read_ipc(stretches.with_name("devices.arrow"))["device_id"].to_list()
        rows = pl.read_ipc(stretches).filter(pl.col("permitted") & (pl.col("rows") > 0))
        found |= {devices[d] for d in rows["device"]}
    return found


def _files(world: World) -> list[Path]:
    return sorted(path for path in (world.settings.fixes_dir / FOLDER).rglob("*") if path.is_file())


@pytest.fixture
def indexed(ready: World) -> World:
    done(ready, "fixes", "index", "--again")
    assert _files(ready)
    return ready


def test_an_import_indexes_what_may_be_read_of_its_days_and_nobody_else(ready: World) -> None:
    done(ready, "fixes", "index", "--again")
    before = read_manifest(ready.settings.fixes_dir)
    assert before is not None
    more = ready.files / "more.csv"
    text = (ready.files / "fixes.csv").read_text()
    more.write_text(text.replace("2019-09-10", "2019-09-11"))
    done(ready, "import", "fixes", more)
    after = read_manifest(ready.settings.fixes_dir)
    assert after is not None
    assert {str(day) for day in after.days} == {str(day) for day in before.days} | {"2019-09-11"}
    assert _indexed_devices(ready) == {"D-inside", "D-passer", "D-away"}


def test_an_import_that_cannot_index_is_an_import_all_the_same(indexed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(store: FixStore, *_: object, **__: object) -> int:
        raise index_changed(store.path / FOLDER / "stretches.arrow")

    monkeypatch.setattr(FixStore, "keep_index", changed)
    more = indexed.files / "more.csv"
    more.write_text((indexed.files / "fixes.csv").read_text().replace("2019-09-10", "2019-09-11"))
    told = indexed.json("import", "fixes", more)
    assert told["kept"] == told["rows"] > 0
    assert any("tagpilot fixes index --again" in warning for warning in told["warnings"]), told


def test_the_command_tells_what_is_indexed_and_makes_nothing_twice(indexed: World) -> None:
    told = indexed.json("fixes", "index")
    assert (told["made"], told["takenOut"], told["byRecord"]) == (0, 0, True)
    assert told["indexed"] == told["stored"] == 1
    assert indexed.json("fixes", "index", "--again")["made"] == 1
    assert "1 day of fixes indexed; 1 of 1 stored days are now." in indexed.run("fixes", "index", "--again").output


def test_where_files_say_who_is_matched_the_index_is_of_the_last_match(world: World) -> None:
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        done(world, "import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    assert not world.json("fixes", "index")["byRecord"]
    assert _indexed_devices(world) == set()
    done(world, "match", "--everyone", "--everyone-monitored")
    assert "D-hidden" in _indexed_devices(world)
    one = world.files / "one.csv"
    one.write_text("wearer_id,from,to\nW-inside,2019-09-01T00:00:00Z,\n")
    done(world, "match", "--eligible", one, "--everyone-monitored")
    assert _indexed_devices(world) == {"D-inside"}


def test_a_match_by_files_or_of_the_past_puts_nobody_into_the_index_of_the_record(indexed: World) -> None:
    before = _indexed_devices(indexed)
    assert "D-hidden" not in before
    done(indexed, "match", "--everyone", "--everyone-monitored")
    assert _indexed_devices(indexed) == before
    engine = open_record(indexed.settings)
    may = readable_now(engine)
    assert may is not None
    assert not may_index(open_fixes(indexed.settings), engine, may, by_record_now=False)
    assert may_index(open_fixes(indexed.settings), engine, may, by_record_now=True)
    engine.dispose()


@pytest.mark.parametrize("words", [("tidy", "--yes"), ("fixes", "index"), ("match",)])
def test_who_may_no_longer_be_read_goes_out_of_the_index(
    indexed: World, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.usecases.integrity import fix_index

    engine = open_record(indexed.settings)
    now = readable_now(engine)
    engine.dispose()
    assert now is not None
    assert "D-inside" in _indexed_devices(indexed)
    left = now.for_wearers([w for w, wearer in enumerate(now.wearers) if wearer != "W-inside"])
    monkeypatch.setattr(fix_index, "readable_now", lambda _: left)
    if words == ("match",):
        opened = open_record(indexed.settings)
        may_index(open_fixes(indexed.settings), opened, now, by_record_now=False)
        opened.dispose()
    else:
        done(indexed, *words)
    assert _indexed_devices(indexed) == {"D-passer", "D-away"}


def test_each_flipped_byte_of_the_index_is_named_by_verify_and_made_anew(indexed: World) -> None:
    for file in _files(indexed):
        flip(file, file.stat().st_size // 2, 5)
        found = indexed.run("verify")
        assert found.exit_code == 1, file
        assert file.name in found.output, file
        assert "tagpilot fixes index --again" in found.output
        flip(file, file.stat().st_size // 2, 5)
    (fixes,) = (file for file in _files(indexed) if file.name == "fixes.arrow")
    flip(fixes, fixes.stat().st_size // 2, 5)
    done(indexed, "fixes", "index", "--again")
    assert indexed.json("verify")["faults"] == []
    assert indexed.json("verify")["counts"]["indexed days of fixes"] == 1


def test_a_flipped_byte_of_the_index_is_used_by_no_match(indexed: World) -> None:
    (fixes,) = (file for file in _files(indexed) if file.name == "fixes.arrow")
    manifest = read_manifest(indexed.settings.fixes_dir)
    assert manifest is not None
    (day,) = manifest.days.values()
    # In the values of the column of times.
    flip(fixes, day.columns["fixes.arrow"].at[0] + 3, 5)
    refused = indexed.run("match")
    assert refused.exit_code == 1
    assert "tagpilot fixes index --again" in refused.output
    done(indexed, "fixes", "index", "--again")
    done(indexed, "match")


def test_a_backup_has_no_index_and_is_not_refused_for_a_damaged_one(indexed: World, tmp_path: Path) -> None:
    import tarfile

    (fixes,) = (file for file in _files(indexed) if file.name == "fixes.arrow")
    flip(fixes, fixes.stat().st_size // 2, 5)
    archive = tmp_path / "backups" / "b.tar"
    archive.parent.mkdir()
    done(indexed, "backup", archive)
    with tarfile.open(archive) as held:
        assert not [name for name in held.getnames() if FOLDER in name]
        assert [name for name in held.getnames() if name.startswith("fixes/day=")]
    again = World(tmp_path / "again" / "home", indexed.files)
    assert again.run("restore", archive).exit_code == 0
    assert not (again.settings.fixes_dir / FOLDER).exists()
    done(again, "match")
    assert _indexed_devices(again) == {"D-inside", "D-passer", "D-away"}
