"""What a run reads: the same trails and digests however the store came to hold the fixes, and nobody else's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from deltalake import write_deltalake

from matcher import EVERYONE, Params
from matcher.params import MECHANISMS
from matcher.permitted import Permitted, permitted
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.trails.build import build, rows_of_frame
from matcher.trails.read import days_that_differ, digests_of_rows, read_rows, read_trails, told_by_store
from tests.support import walks
from tests.support.same_trails import same
from tests.support.stored_fixes import of_an_earlier_version

WEARERS, DAYS = 6, 3
END = walks.START + timedelta(days=DAYS)
NOON = walks.START + timedelta(hours=12, seconds=30)


def unruly_fixes(seed: int) -> pl.DataFrame:
    """A walk for each device with all that happens: other mechanisms, none or a coarse accuracy, gaps, jumps."""
    rng = np.random.default_rng(seed)
    fixes = walks.stored_fixes(rng, WEARERS, DAYS)
    n = fixes.height
    chance = rng.random((4, n))
    fixes = fixes.with_columns(
        mechanism=pl.Series(np.where(chance[0] < 0.03, rng.choice(MECHANISMS, n), "gnss")),
        accuracy_mm=pl.when(pl.Series(chance[1] < 0.02)).then(None).otherwise("accuracy_mm"),
        x_mm=pl.col("x_mm") + pl.Series((chance[2] < 0.01) * 9_000_000).cast(pl.Int32),
    ).filter(chance[3] > 0.05)
    # At some instants a second fix, by another mechanism.
    twice = fixes.filter(pl.Series(rng.random(fixes.height) < 0.02)).with_columns(
        mechanism=pl.lit("wifi"), y_mm=pl.col("y_mm") + 1
    )
    return pl.concat([fixes, twice]).unique(["device_id", "t", "mechanism"], maintain_order=True)


def handed_on() -> Permitted:
    """D00 goes from W00 to W01 at noon of the first day, who has D01 too; D02 is nobody's for an hour; D05 is of
    somebody who may not be read."""
    at = [
        ("D00", "W00", walks.START, NOON),
        ("D00", "W01", NOON, None),
        ("D01", "W01", walks.START, None),
        ("D02", "W02", walks.START, NOON),
        ("D02", "W02", NOON + timedelta(hours=1), None),
        ("D03", "W03", NOON - timedelta(days=5), NOON + timedelta(days=1)),
        ("D04", "W03", NOON + timedelta(days=1), END),
        ("D05", "W05", walks.START, None),
    ]
    instant = pl.Datetime("us", "UTC")
    schema: dict[str, Any] = {"device_id": pl.String, "wearer_id": pl.String, "from": instant, "to": instant}
    assigned = pl.DataFrame(at, schema=schema, orient="row")
    return permitted(assigned, EVERYONE, walks.always(["W00", "W01", "W02", "W03"]))


def store_of(path: Path, fixes: pl.DataFrame, parts: int = 1, seed: int = 0) -> FixStore:
    store = FixStore.open(path)
    shuffled = fixes.sample(fraction=1.0, shuffle=True, seed=seed)
    for part in range(parts):
        store.append([shuffled[part::parts]])
    return store


def in_metres(fixes: pl.DataFrame) -> pl.DataFrame:
    return fixes.with_columns(
        easting_m=pl.col("x_mm") / 1000, northing_m=pl.col("y_mm") / 1000, accuracy_m=pl.col("accuracy_mm") / 1000
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "params",
    [Params(), Params(mechanisms=frozenset(MECHANISMS), max_accuracy_m=50, default_accuracy_m=10)],
    ids=["satellite", "every mechanism"],
)
def test_trails_copied_from_files_equal_trails_from_rows(tmp_path: Path, seed: int, params: Params) -> None:
    fixes, may = unruly_fixes(seed), handed_on()
    store = store_of(tmp_path / "fixes", fixes, parts=3, seed=seed)
    copied = read_trails(store, may, walks.START, END, params)
    theirs = fixes.filter(pl.col("device_id").is_in(may.devices))
    same(copied, build([rows_of_frame(in_metres(theirs.sample(fraction=1.0, shuffle=True)), may.devices)], may, params))
    same(copied, build(read_rows(store, may, walks.START, END), may, params))
    counts = copied.counts
    assert min(counts[name] for name in ("jumps", "coarse", "unassigned", "not_permitted", "usable")) > 0
    assert (counts["other_mechanism"] > 0) == (len(params.mechanisms) == 1)


def test_part_of_a_day_is_read_to_the_instant(tmp_path: Path) -> None:
    fixes, may = unruly_fixes(3), handed_on()
    store = store_of(tmp_path / "fixes", fixes)
    t_from, t_to = walks.START + timedelta(hours=7, seconds=2.5), END - timedelta(hours=30)
    within = fixes.filter(pl.col("t").is_between(t_from, t_to, closed="left") & pl.col("device_id").is_in(may.devices))
    frame = rows_of_frame(in_metres(within), may.devices)
    copied = read_trails(store, may, t_from, t_to, Params())
    same(copied, build([frame], may, Params()))
    digests, counts = told_by_store(store, may, t_from, t_to)
    assert digests == digests_of_rows([frame], may)
    assert counts == {name: copied.counts[name] for name in ("fixes_read", "unassigned", "not_permitted")}


def test_digests_do_not_depend_on_how_fixes_arrived(tmp_path: Path) -> None:
    fixes, may = unruly_fixes(4), handed_on()
    at_once = told_by_store(store_of(tmp_path / "a", fixes), may, walks.START, END)[0]
    bit_by_bit = told_by_store(store_of(tmp_path / "b", fixes, parts=7, seed=9), may, walks.START, END)[0]
    foreign = FixStore.open(tmp_path / "c")
    late = pl.col("t").dt.minute() == 17
    foreign.append([fixes.filter(~late)])
    write_deltalake(
        str(foreign.path), fixes.filter(late).with_columns(day=pl.col("t").dt.date()).to_arrow(), mode="append"
    )
    appended = told_by_store(foreign, may, walks.START, END)[0]
    foreign.compact()
    compacted = told_by_store(foreign, may, walks.START, END)[0]
    from_rows = digests_of_rows([rows_of_frame(in_metres(fixes[::-1]), may.devices)], may)
    assert at_once == bit_by_bit == appended == compacted == from_rows
    assert {(w, day) for w, day, _ in at_once} == {(w, 18140 + day) for w in range(4) for day in range(DAYS)} - {
        (0, 18141),
        (0, 18142),
    }


def test_a_changed_fix_changes_the_digest_of_its_day_only(tmp_path: Path) -> None:
    fixes, may = unruly_fixes(5), handed_on()
    before = told_by_store(store_of(tmp_path / "before", fixes), may, walks.START, END)[0]
    row = fixes.with_row_index().filter((pl.col("device_id") == "D02") & (pl.col("t") > NOON + timedelta(days=1)))[7]
    for name, value in (("x_mm", 1), ("accuracy_mm", 4_321), ("mechanism", "rf"), ("t", walks.START)):
        other = pl.lit(value, STORED_FIXES[name])
        changed = fixes.with_columns(
            pl.when(pl.int_range(pl.len()) == row["index"][0]).then(other).otherwise(name).alias(name)
        )
        after = told_by_store(store_of(tmp_path / name, changed), may, walks.START, END)[0]
        day = (row["t"].dt.date()[0] - datetime(1970, 1, 1).date()).days
        moved = {(2, day)} | ({(2, 18140)} if name == "t" else set())
        assert {(w, d) for w, d, _ in set(before) ^ set(after)} == moved


def test_altered_numbers_in_a_file_are_found(tmp_path: Path) -> None:
    fixes, may = unruly_fixes(7), handed_on()
    store = store_of(tmp_path / "fixes", fixes)
    store.make_index(may)
    assert days_that_differ(store, may, walks.START, END) == []
    of_an_earlier_version(store)
    store.make_index(may)
    day = store.days()[1]
    (path,) = store.day_files(day)
    rows = pl.read_parquet(path, hive_partitioning=False, glob=False)
    at = rows.with_row_index().filter(pl.col("device_id") == "D02")["index"][3]
    for name in ("x_mm", "accuracy_mm"):
        other = pl.when(pl.int_range(pl.len()) == at).then(pl.lit(1, pl.Int32)).otherwise(name).alias(name)
        rows.with_columns(other).write_parquet(path)
        assert days_that_differ(store, may, walks.START, END) == [("W02", day)]
    rows.write_parquet(path)
    assert days_that_differ(store, may, walks.START, END) == []


def test_a_day_without_an_index_reads_the_same(tmp_path: Path) -> None:
    fixes, may = unruly_fixes(8), handed_on()
    store = store_of(tmp_path / "fixes", fixes)
    parts = [(walks.START, END), (walks.START + timedelta(hours=7, seconds=2.5), END - timedelta(hours=30))]
    stored = [(read_trails(store, may, *part, Params()), told_by_store(store, may, *part)) for part in parts]
    assert store.make_index(may) == DAYS
    assert store.make_index(may) == 0
    for part, (trails, told) in zip(parts, stored, strict=True):
        same(read_trails(store, may, *part, Params()), trails)
        assert told_by_store(store, may, *part) == told
        for w in range(4):
            one = may.for_wearers([w])
            of_one = [each for each in told[0] if each[0] == w]
            assert [(0, *each[1:]) for each in of_one] == told_by_store(store, one, *part)[0]


def test_no_wearers_and_no_days_read_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path / "fixes", unruly_fixes(9))
    later = datetime(2030, 1, 1, tzinfo=UTC)
    for t_from, t_to in ((None, None), (later, later + timedelta(days=1))):
        trails = read_trails(store, handed_on(), t_from, t_to, Params())
        assert (len(trails.fixes.t_us), trails.counts["fixes_read"]) == (0, 0)
        assert told_by_store(store, handed_on(), t_from, t_to)[0] == []
        assert days_that_differ(store, handed_on(), t_from, t_to) == []
