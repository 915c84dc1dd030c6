"""Parts of a run: written late or twice, damaged, left behind by a cancelled run."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.analysis.chance import chance
from matcher.errors import DamagedPart, RunCancelled
from matcher.runs.erasure import erase_wearers
from matcher.runs.folder import RunFolder
from matcher.runs.parts import FRAMES, finished, part_summary, read_part, write_part
from matcher.runs.run import run
from matcher.runs.wearer_rows import WearerRows
from matcher.runs.workdir import work_folder
from matcher.store.fixes import FixStore
from tests.support import walks
from tests.support.same_runs import assert_same_run

WEARERS = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = np.random.default_rng(20190220)
    fixes = walks.stored_fixes(rng, WEARERS, 2)
    store = FixStore.open(tmp_path_factory.mktemp("world") / "fixes")
    store.append([fixes])
    return {"store": store, "crimes": walks.crimes_among(rng, fixes, 100)}


def run_it(world: dict[str, Any], runs_dir: Path, **given: Any) -> RunFolder:
    return run(
        world["store"],
        world["crimes"],
        assignments=walks.assignments(WEARERS),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(),
        runs_dir=runs_dir,
        executor="inline",
        group_fixes=1_000,
        **given,
    )


def frames_of(wearer: str, days: bytes) -> dict[str, pl.DataFrame]:
    frames = {name: pl.DataFrame(schema=schema) for name, (schema, _) in FRAMES.items()}
    frames["covered_days"] = pl.DataFrame([[wearer], [days]], schema=FRAMES["covered_days"][0])
    return frames


@pytest.mark.parametrize("seed", range(4))
def test_parts_written_again_while_a_run_merges_do_not_change_it(
    world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    parts: list[tuple[Any, ...]] = []

    def write(work: Path, part: str, frames: Any, summary: Any) -> Any:
        parts.append((work, part, frames))
        return write_part(work, part, frames, summary)

    def write_again() -> None:
        for part in rng.sample(parts, rng.randrange(len(parts) + 1)):
            # Other seconds: the head of the file has another length.
            write_part(*part, {"seconds": {"read_s": 10.0 ** rng.randrange(9), "match_s": rng.random()}})

    def chance_late(*given: Any) -> Any:
        write_again()
        return chance(*given)

    def written_late(rows: WearerRows, *given: Any) -> Any:
        write_again()
        return write_rows(rows, *given)

    write_rows = WearerRows.write
    with monkeypatch.context() as patched:
        patched.setattr("matcher.runs.partition.write_part", write)
        patched.setattr("matcher.runs.merge.chance", chance_late)
        patched.setattr(WearerRows, "write", written_late)
        folder = run_it(world, tmp_path / "late")
    assert len(parts) == WEARERS
    assert_same_run(folder, run_it(world, tmp_path / "whole"))
    assert [path.name for path in (tmp_path / "late").iterdir()] == [folder.run_id]


def test_a_part_written_twice_has_two_files_and_the_first_stays(tmp_path: Path) -> None:
    first = write_part(tmp_path, "part-00000", frames_of("A", b"12"), {"seconds": {"read_s": 0.25}})
    before = first.read_bytes()
    second = write_part(tmp_path, "part-00000", frames_of("A", b"12"), {"seconds": {"read_s": 0.123456789}})
    assert first != second
    assert first.read_bytes() == before
    assert part_summary(first) == {"seconds": {"read_s": 0.25}}
    assert read_part(first, "covered_days").equals(read_part(second, "covered_days"))


def test_of_the_files_of_a_part_a_whole_one_counts(tmp_path: Path) -> None:
    files = sorted(write_part(tmp_path, "part-00001", frames_of("A", b"12"), {}) for _ in range(3))
    for damaged in (files[0], files[2]):
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert finished(tmp_path, "part-00001") == files[1]
    files[1].write_bytes(b"")
    assert finished(tmp_path, "part-00001") is None
    assert finished(tmp_path, "part-00002") is None


def test_a_part_that_is_cut_short_is_never_read_as_rows(tmp_path: Path) -> None:
    part = write_part(tmp_path, "part-00000", frames_of("A", b"1234"), {})
    with pytest.raises(DamagedPart, match="has 4 bytes of covered_days for 1 wearers instead of 6 for each"):
        WearerRows([part], "covered_days", 6)
    rows = WearerRows([part], "covered_days", 4)
    assert [chunk.tobytes() for _, chunk in rows.chunks()] == [b"1234"]
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(DamagedPart, match="cut short; start the run again"):
        list(rows.chunks())


def test_a_worker_that_writes_after_the_run_has_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    with work_folder(tmp_path, "plan") as work:
        frames = frames_of("A", b"12")
    with pytest.raises(FileNotFoundError):
        write_part(work, "part-00000", frames, {})
    assert list(tmp_path.iterdir()) == []


def test_erasing_a_wearer_deletes_what_cancelled_runs_left_but_no_run_in_progress(
    world: dict[str, Any], tmp_path: Path
) -> None:
    told: list[Any] = []
    with pytest.raises(RunCancelled):
        run_it(world, tmp_path, progress=told.append, cancel=lambda: len(told) > 2)
    assert len(list(tmp_path.glob(".work-*/part-*.part"))) == 2
    with work_folder(tmp_path, "in-progress") as work:
        erase_wearers(tmp_path, ["W01"])
        assert [path.name for path in tmp_path.glob(".work-*")] == [work.name]
    assert list(tmp_path.iterdir()) == []
