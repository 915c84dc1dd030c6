"""Accuracies at the level that rows or devices declare, from frames and from the store, and the identity of runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable, Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.accuracy import declared_68, level_windows, radii_68
from matcher.engine import match
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import EVERYONE, Permitted, permitted
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.runs.verify import verify
from matcher.schemas import ACCURACY_LEVELS, CRIMES, MORE_OF_LEVELS, STORED_FIXES
from matcher.store import delta
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails, build, rows_of_frame
from matcher.trails.read import days_that_differ, read_rows, read_trails, told_by_store
from tests.support import walks
from tests.support.naive.accuracy import radius_68
from tests.support.stored_fixes import of_an_earlier_version

DAYS = 2
END = walks.START + timedelta(days=DAYS)
WEARERS = 3


def levelled(seed: int = 1) -> pl.DataFrame:
    """Fixes of which a fifth or so declares each level, and some no accuracy."""
    rng = np.random.default_rng(seed)
    fixes = walks.stored_fixes(rng, WEARERS, DAYS)
    levels = rng.choice([0, 68, 90, 95], fixes.height).astype(np.int8)
    unknown = pl.Series(rng.random(fixes.height) < 0.1)
    return fixes.with_columns(
        accuracy_mm=pl.when(~unknown).then(pl.col("accuracy_mm")),
        accuracy_level=pl.when(~unknown).then(pl.Series(levels)).otherwise(pl.lit(0, pl.Int8)),
    )


def table(*rows: tuple[str, datetime | None, datetime | None, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ACCURACY_LEVELS, orient="row")


def with_factors(*rows: tuple[str, datetime | None, datetime | None, int | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={**ACCURACY_LEVELS, **MORE_OF_LEVELS}, orient="row")


HALF = walks.START + timedelta(days=1, hours=7)
FACTORS = with_factors(
    ("D00", None, HALF, 95, 1.35),
    ("D00", HALF, None, None, 0.5),
    ("D01", HALF, END, 90, None),
    ("D02", None, END, 0, 3.0),
)
TABLE = table(("D00", None, HALF, 95), ("D00", HALF, None, 90), ("D01", HALF, END, 95))


def who(levels: pl.DataFrame | None = None) -> Permitted:
    return permitted(walks.assignments(WEARERS), EVERYONE, EVERYONE, levels)


def by_hand(fixes: pl.DataFrame, levels: pl.DataFrame | None) -> pl.DataFrame:
    """The same fixes with 68 % radii worked out by the twin, none of which declares a level."""

    def said_of(row: dict[str, Any]) -> tuple[int, float]:
        told = [] if levels is None else levels.rows(named=True)
        mine = [
            (each["accuracy_level"] or 0, each.get("accuracy_factor") or 1.0)
            for each in told
            if each["device_id"] == row["device_id"]
            and (each["from"] is None or each["from"] <= row["t"])
            and (each["to"] is None or row["t"] < each["to"])
        ]
        level, factor = mine[0] if mine else (0, 1.0)
        return row["accuracy_level"] or level, factor

    radii = [radius_68(row["accuracy_mm"], *said_of(row)) for row in fixes.rows(named=True)]
    return fixes.with_columns(accuracy_mm=pl.Series(radii, dtype=pl.Int32), accuracy_level=pl.lit(0, pl.Int8))


def store_of(path: Path, fixes: pl.DataFrame) -> FixStore:
    store = FixStore.open(path)
    store.append([fixes.sample(fraction=1.0, shuffle=True, seed=1)])
    return store


def in_metres(fixes: pl.DataFrame) -> pl.DataFrame:
    return fixes.with_columns(
        easting_m=pl.col("x_mm") / 1000, northing_m=pl.col("y_mm") / 1000, accuracy_m=pl.col("accuracy_mm") / 1000
    )


def same(one: Trails, other: Trails) -> None:
    assert one.counts == other.counts
    for a, b in zip(one.fixes, other.fixes, strict=True):
        np.testing.assert_array_equal(a, b)


@given(st.lists(st.tuples(st.integers(-1, 100_000_000), st.sampled_from([0, 68, 90, 95])), max_size=20))
@settings(max_examples=100)
def test_radii_are_those_of_the_twin(stated: list[tuple[int, int]]) -> None:
    mm, level = np.array([mm for mm, _ in stated], np.int32), np.array([level for _, level in stated], np.int8)
    expected = [-1 if mm < 0 else radius_68(mm, level) or -1 for mm, level in stated]
    assert radii_68(mm, level).tolist() == expected


@given(
    st.lists(
        st.tuples(
            st.integers(-1, 1_000_000_000),
            st.sampled_from([0, 68, 90, 95]),
            st.sampled_from([None, 0, 68, 90, 95]),
            st.none() | st.floats(0.001, 10),
        ),
        max_size=20,
    )
)
@settings(max_examples=100)
def test_the_rows_own_level_stands_and_the_factor_multiplies_every_radius(
    rows: list[tuple[int, int, int | None, float | None]],
) -> None:
    devices = [f"D{i:02}" for i in range(len(rows))]
    levels = with_factors(*((d, None, None, said, f) for d, (_, _, said, f) in zip(devices, rows, strict=True)))
    mm, own = (np.array([row[k] for row in rows], kind) for k, kind in ((0, np.int32), (1, np.int8)))
    at, t_us = np.arange(len(rows), dtype=np.int32), np.zeros(len(rows), np.int64)
    found = declared_68(at, t_us, mm, own, level_windows(levels, devices)).tolist()
    expected = [-1 if mm < 0 else radius_68(mm, own or said or 0, f or 1.0) or -1 for mm, own, said, f in rows]
    assert found == expected
    assert all(radius == -1 for radius, stated in zip(found, mm.tolist(), strict=True) if stated <= 0)


@pytest.mark.parametrize("levels", [None, TABLE, FACTORS], ids=["rows alone", "devices too", "factors too"])
def test_what_is_stated_at_a_level_is_used_as_a_68_per_cent_radius(tmp_path: Path, levels: pl.DataFrame | None) -> None:
    fixes, params = levelled(), Params(max_accuracy_m=50)
    store = store_of(tmp_path / "fixes", fixes)
    expected = build([rows_of_frame(in_metres(by_hand(fixes, levels)), who().devices)], who(), params)
    assert expected.counts["coarse"] > 100
    may = who(levels)
    same(read_trails(store, may, walks.START, END, params), expected)
    same(build(read_rows(store, may, walks.START, END), may, params), expected)
    same(build([rows_of_frame(in_metres(fixes), may.devices)], may, params), expected)


def test_a_part_of_a_day_is_read_at_its_levels(tmp_path: Path) -> None:
    fixes, may = levelled(2), who(TABLE)
    store = store_of(tmp_path / "fixes", fixes)
    t_from, t_to = walks.START + timedelta(hours=7), END - timedelta(hours=5)
    within = by_hand(fixes, TABLE).filter(pl.col("t").is_between(t_from, t_to, closed="left"))
    expected = build([rows_of_frame(in_metres(within), may.devices)], who(), Params())
    same(read_trails(store, may, t_from, t_to, Params()), expected)


def test_levels_are_in_the_digests_of_what_was_read(tmp_path: Path) -> None:
    fixes = levelled(3)
    plain = store_of(tmp_path / "plain", fixes.with_columns(accuracy_level=pl.lit(0, pl.Int8)))
    store = store_of(tmp_path / "levels", fixes)
    may = who()
    with_levels, without = (told_by_store(each, may, walks.START, END)[0] for each in (store, plain))
    assert len(with_levels) == len(without)
    assert not set(with_levels) & set(without)
    assert days_that_differ(store, may, walks.START, END) == days_that_differ(plain, may, walks.START, END) == []


def test_a_store_from_before_levels_reads_as_it_did_and_takes_levels_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixes = levelled(4).with_columns(accuracy_level=pl.lit(0, pl.Int8))
    before = Schema([field for field in delta.SCHEMA.fields if field.name != "accuracy_level"])
    with monkeypatch.context() as then:
        then.setattr(delta, "SCHEMA", before)
        store = store_of(tmp_path / "fixes", fixes)
    of_an_earlier_version(store)
    for day in store.days():
        (path,) = store.day_files(day)
        pl.read_parquet(path, hive_partitioning=False).drop("accuracy_level").write_parquet(path)
    same(
        read_trails(store, who(), walks.START, END, Params()),
        build([rows_of_frame(in_metres(fixes), who().devices)], who(), Params()),
    )
    day = store.days()[0]
    assert store.read(day, day)["accuracy_level"].unique().to_list() == [0]
    late = fixes.head(1).with_columns(t=pl.col("t") + timedelta(microseconds=7), accuracy_level=pl.lit(95, pl.Int8))
    store.append([late])
    assert store.read(day, day)["accuracy_level"].sum() == 95
    assert "accuracy_level" in [field.name for field in DeltaTable(tmp_path / "fixes").schema().fields]


def one_crime(fixes: pl.DataFrame) -> pl.DataFrame:
    return walks.crimes_among(np.random.default_rng(5), fixes, 30).select(CRIMES.keys())


def made(folder: Path, store: FixStore, fixes: pl.DataFrame, levels: pl.DataFrame | None, **how: Any) -> RunFolder:
    told = {"assignments": walks.assignments(WEARERS), "monitored": EVERYONE, "eligible": EVERYONE}
    return run(store, one_crime(fixes), **told, params=Params(), accuracy_levels=levels, runs_dir=folder, **how)


def test_what_is_known_of_devices_levels_is_part_of_a_runs_identity(tmp_path: Path) -> None:
    fixes = levelled(6)
    store = store_of(tmp_path / "fixes", fixes)
    plain = made(tmp_path / "runs", store, fixes, None)
    with_table = made(tmp_path / "runs", store, fixes, TABLE)
    assert plain.run_id != with_table.run_id
    assert "accuracy_levels" not in plain.manifest["inputs"]
    assert with_table.manifest["inputs"]["accuracy_levels"]["rows"] == TABLE.height
    levels = with_table.accuracy_levels()
    assert levels is not None
    assert levels.rows() == TABLE.rows()
    assert made(tmp_path / "runs", store, fixes, TABLE.reverse()).run_id == with_table.run_id
    told = {"assignments": walks.assignments(WEARERS), "monitored": EVERYONE, "eligible": EVERYONE}
    of_frames = match(in_metres(fixes), one_crime(fixes), **told, params=Params(), accuracy_levels=TABLE)
    assert with_table.candidates().collect().equals(of_frames.candidates)


def test_factors_and_where_they_come_from_are_part_of_a_runs_identity(tmp_path: Path) -> None:
    fixes = levelled(9)
    store = store_of(tmp_path / "fixes", fixes)
    source = {"adopted": [{"model": "GT-2", "from": "2019-03-01", "level": None, "factor_thousandths": 1_350}]}
    ones = TABLE.with_columns(accuracy_factor=pl.lit(1.0))
    plain, same_as_plain = (made(tmp_path / "runs", store, fixes, levels) for levels in (TABLE, ones))
    factors = made(tmp_path / "runs", store, fixes, FACTORS)
    told = made(tmp_path / "runs", store, fixes, FACTORS, levels_from=source)
    assert plain.run_id == same_as_plain.run_id
    assert len({plain.run_id, factors.run_id, told.run_id}) == 3
    assert told.manifest["results"] == factors.manifest["results"] != plain.manifest["results"]
    assert told.manifest["inputs"]["levels_from"]["adopted"] == source["adopted"]
    levels = factors.accuracy_levels()
    assert levels is not None
    assert levels["accuracy_factor"].to_list() == [1.35, 0.5, 1.0, 3.0]
    assert levels["accuracy_level"].to_list() == [95, None, 90, None]
    of_frames = {"assignments": walks.assignments(WEARERS), "monitored": EVERYONE, "eligible": EVERYONE}
    matches = match(in_metres(fixes), one_crime(fixes), **of_frames, params=Params(), accuracy_levels=FACTORS)
    assert factors.candidates().collect().equals(matches.candidates)


@pytest.mark.parametrize("levels", [TABLE, FACTORS], ids=["levels", "factors"])
def test_a_run_with_levels_is_verified_and_carried_over(tmp_path: Path, levels: pl.DataFrame) -> None:
    fixes = levelled(7)
    store = store_of(tmp_path / "fixes", fixes)
    first = made(tmp_path / "runs", store, fixes, None)
    whole = made(tmp_path / "whole", store, fixes, levels)
    carried = made(tmp_path / "runs", store, fixes, levels, previous=first)
    assert carried.manifest["results"] == whole.manifest["results"]
    assert verify(whole, store, work_dir=tmp_path / "again").same


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (table(("D00", None, None, 50)), "row 1: accuracy_level is 50; give 68, 90 or 95"),
        (table(("D00", None, HALF, 90), ("D00", walks.START, None, 95)), "two rows of device D00 overlap"),
        (table(("D00", HALF, walks.START, 90)), "ends before it begins"),
        (with_factors(("D00", None, None, 90, 0.0)), "row 1: accuracy_factor is 0; give a number over 0, at most 10"),
        (with_factors(("D00", None, None, 90, 10.5)), "accuracy_factor is 10.5"),
        (with_factors(("D00", None, None, None, float("nan"))), "accuracy_factor is nan"),
    ],
)
def test_a_table_of_levels_that_cannot_be_is_refused(levels: pl.DataFrame, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        who(levels)


def test_a_level_that_a_fix_cannot_have_is_refused() -> None:
    fix = {
        "device_id": ["D00"], "t": [datetime(2019, 6, 1, tzinfo=UTC)], "mechanism": ["gnss"], "easting_m": [530_000.0],
        "northing_m": [180_000.0], "accuracy_m": [5.0], "accuracy_level": [50],
    }  # fmt: skip
    with pytest.raises(BadInput, match="fixes row 1: accuracy_level is 50"):
        rows_of_frame(pl.DataFrame(fix), ["D00"])


def test_of_two_rows_of_an_instant_the_smaller_68_per_cent_radius_stays(tmp_path: Path) -> None:
    fix = levelled(8).head(1)
    a = fix.with_columns(accuracy_mm=pl.lit(15_000, pl.Int32), accuracy_level=pl.lit(0, pl.Int8))
    b = fix.with_columns(pl.col("x_mm") + 9, accuracy_mm=pl.lit(20_000, pl.Int32), accuracy_level=pl.lit(95, pl.Int8))
    for name, order in (("ab", [a, b]), ("ba", [b, a])):
        store = FixStore.open(tmp_path / name)
        for rows in order:
            store.append([rows])
        day = store.days()[0]
        assert store.read(day, day)["x_mm"].to_list() == b["x_mm"].to_list()
    assert list(STORED_FIXES)[-1] == "accuracy_level"
