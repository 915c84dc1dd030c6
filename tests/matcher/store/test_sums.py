"""A byte of the fix store or of the events that changed at rest is found before anything of the file is used."""

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.errors import Damaged, MatcherError
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from matcher.sums import changed, check_sum, missing, put_sum, sha256_of
from matcher.trails.quality import bad_fixes_in
from tests.support import walks
from tests.support.flips import flip
from tests.support.stored_fixes import of_an_earlier_version

DAYS = 3


@pytest.fixture
def store(tmp_path: Path) -> FixStore:
    store = FixStore.open(tmp_path / "fixes")
    rng = np.random.default_rng(20191103)
    store.append([walks.stored_fixes(rng, 3, DAYS)])
    # A second commit, so that the log has files that were replaced.
    store.append([walks.stored_fixes(rng, 1, 1).with_columns(device_id=pl.lit("D9"))])
    return store


READS: dict[str, Callable[[FixStore], Any]] = {
    "scan": lambda store: list(store.scan_days(None, None, None)),
    "plain": lambda store: [store.rows_of_day(day, {"D00"}).devices for day in store.days()],
    "devices": lambda store: [store.devices(day) for day in store.days()],
    "rows": lambda store: [list(rows) for _, rows in store.rows_by_device(None, None)],
    "counts": lambda store: store.counts(),
    "all columns": lambda store: store.read(store.days()[0], store.days()[-1]),
    "suspect": lambda store: bad_fixes_in(store, ["D00"], None, None),
    "erase": lambda store: store.erase_devices([("D9", None, None)]),
    "count": lambda store: store.count_devices([("D9", None, None)]),
    "append": lambda store: store.append([walks.stored_fixes(np.random.default_rng(1), 2, DAYS)]),
}


@pytest.mark.parametrize("how", READS)
def test_a_flipped_bit_of_a_day_is_found_by_every_way_to_read_it(store: FixStore, how: str) -> None:
    path = store.day_files(store.days()[0])[0]
    flip(path, path.stat().st_size // 3, 2)
    with pytest.raises(Damaged, match="has changed since it was written"):
        READS[how](store)


def test_a_run_checks_each_file_once(store: FixStore, monkeypatch: pytest.MonkeyPatch) -> None:
    import matcher.store.table as table

    seen: list[Path] = []

    def summed(path: Path) -> str | None:
        seen.append(path)
        return table.sum_told(path)

    monkeypatch.setattr(table, "sum_of", summed)
    pinned = store.as_of(store.files())
    for _ in range(3):
        READS["plain"](pinned)
    assert sorted(seen) == sorted(path for paths in store.files().values() for path in paths)


def _all(store: FixStore) -> Any:
    return [store.files(), *(frame.to_dicts() for _, frame in store.scan_days(None, None, None))]


def test_no_flipped_bit_of_the_log_changes_what_the_store_has(store: FixStore) -> None:
    true, rng = _all(store), random.Random(20191104)
    for path in sorted((store.path / "_delta_log").glob("*.json")):
        for _ in range(40):
            at, bit = rng.randrange(path.stat().st_size), rng.randrange(8)
            flip(path, at, bit)
            try:
                found = _all(FixStore.open(store.path, create=False))
            except MatcherError:
                pass
            else:
                assert found == true, (path.name, at, bit)
            flip(path, at, bit)


def test_an_empty_commit_is_not_taken_for_the_state_before_it(store: FixStore) -> None:
    last = max((store.path / "_delta_log").glob("*.json"))
    last.write_bytes(b"")
    with pytest.raises(Damaged):
        FixStore.open(store.path, create=False)


def test_a_store_of_an_earlier_version_is_read_and_gets_sums(store: FixStore) -> None:
    true = _all(store)[1:]
    of_an_earlier_version(store)
    again = FixStore.open(store.path, create=False)
    assert _all(again)[1:] == true
    assert again.without_sums() == again.days()
    # An import gives a sum to the days that it changes, compacting to the others.
    again.append([walks.stored_fixes(np.random.default_rng(5), 1, 1).with_columns(device_id=pl.lit("D8"))])
    assert again.without_sums() == again.days()[1:]
    assert again.compact() == DAYS - 1
    assert again.without_sums() == []
    assert again.compact() == 0


def test_each_write_announces_the_digests_of_its_days_before_it_commits(store: FixStore) -> None:
    told: dict[date, str | None] = {}
    version = sorted((store.path / "_delta_log").glob("*.json"))

    def announce(days: dict[date, str | None]) -> None:
        assert sorted((store.path / "_delta_log").glob("*.json")) == version
        told.update(days)

    first = store.days()[0]
    assert store.erase_devices([("D9", None, None)], announce=announce) > 0
    assert told == {first: sha256_of(store.day_files(first)[0])}
    version = sorted((store.path / "_delta_log").glob("*.json"))
    everything = [(device, None, None) for day in store.days() for device in store.devices(day)]
    store.erase_devices(everything, announce=announce)
    assert set(told.values()) == {None}


def test_a_write_that_cannot_be_announced_stores_nothing(store: FixStore) -> None:
    def refuse(_: object) -> None:
        raise OSError("the audit cannot be written")

    true = _all(store)
    with pytest.raises(OSError, match="audit"):
        store.append([walks.stored_fixes(np.random.default_rng(9), 2, DAYS)], announce=refuse)
    assert _all(FixStore.open(store.path)) == true


def test_every_flipped_bit_of_the_events_is_found(tmp_path: Path) -> None:
    events = EventStore(tmp_path / "events")
    t = pl.datetime_range(pl.datetime(2019, 9, 1), pl.datetime(2019, 9, 2), "1h", time_unit="us", time_zone="UTC")
    rows = pl.select(t=t).with_columns(device_id=pl.lit("D1"), event=pl.lit("battery low"))
    events.append([rows.select("device_id", "t", "event")])
    path, rng = tmp_path / "events" / "events.parquet", random.Random(7)
    assert events.read().height == rows.height
    for _ in range(200):
        at, bit = rng.randrange(path.stat().st_size), rng.randrange(8)
        flip(path, at, bit)
        with pytest.raises(Damaged):
            events.read()
        flip(path, at, bit)


def test_a_footer_of_more_than_sixteen_megabytes_is_found_from_its_length(tmp_path: Path) -> None:
    """Of a file with very many columns: its length takes all four bytes that a Parquet file has for it."""
    path, footer = tmp_path / "wide.parquet", (1 << 24) + 3
    with path.open("w+b") as file:
        file.write(b"PAR1" + bytes(range(256)) * 4 + bytes(footer) + footer.to_bytes(4, "little") + b"PAR1")
        put_sum(file)
        assert check_sum(file, path)
    flip(path, 600, 2)
    with path.open("rb") as file, pytest.raises(Damaged):
        check_sum(file, path)


@pytest.mark.parametrize("says", [changed, missing])
@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/srv/police/home/fixes/day=2019-09-10/a.parquet", "day=2019-09-10/a.parquet "),
        ("/srv/police/home/runs/3f2a/inputs/crimes.parquet", "3f2a/inputs/crimes.parquet "),
    ],
)
def test_an_error_names_the_file_and_not_where_the_home_is(
    says: Callable[[Path], Damaged], path: str, named: str
) -> None:
    assert str(says(Path(path))).startswith(named)
