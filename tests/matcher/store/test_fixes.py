"""What someone would see of the fix store: one row a key whatever came first, whole commits, nothing left behind."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import BadInput, StoreError
from matcher.params import MECHANISMS
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from tests.support.programs import run_program

NOON = datetime(2019, 6, 15, 12, tzinfo=UTC)
DAY = NOON.date()
Row = tuple[Any, ...]


def fix(
    device: str = "d1", t: datetime = NOON, x: int = 1, y: int = 2, accuracy: int | None = 5_000, *rest: Any
) -> Row:
    mechanism, *beyond = rest or ("gnss",)
    return (device, t, mechanism, x, y, accuracy, *(beyond or (False, None, None, None)), 0)


def frame(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=STORED_FIXES, orient="row")


def content(store: FixStore) -> list[Row]:
    days = store.days()
    return store.read(days[0], days[-1]).rows() if days else []


def parquet_files(store: FixStore) -> list[Path]:
    return sorted(store.path.rglob("*.parquet"))


# ---- one row a key ---------------------------------------------------------------------------------------------------


def slow_outcome(rows: list[Row]) -> list[Row]:
    """The rule as a reader of the page would apply it by hand."""

    def better(row: Row) -> tuple[Any, ...]:
        return tuple((value is None, value if value is not None else 0) for value in (row[5], row[3], row[4], *row[6:]))

    stay = []
    for key in {row[:3] for row in rows}:
        same = [row for row in rows if row[:3] == key]
        most = min((row[5] is None, row[5] or 0) for row in same)
        accurate = [row for row in same if (row[5] is None, row[5] or 0) == most]
        for place in {row[3:5] for row in accurate}:
            stay.append(min((row for row in accurate if row[3:5] == place), key=better))
    return sorted(
        stay, key=lambda row: (row[1].date(), row[0].encode(), row[1], MECHANISMS.index(row[2]), row[3], row[4])
    )


rows_of_fixes = st.lists(
    st.builds(
        lambda device, minutes, mechanism, x, y, accuracy, outside, speed, heading, satellites: (
            device, NOON + timedelta(minutes=minutes), mechanism, x, y, accuracy, outside, speed, heading, satellites,
            0,
        ),
        st.sampled_from(["d1", "D2", "é3"]),
        st.sampled_from([0, 1, 719, 720, 2160]),
        st.sampled_from(MECHANISMS),
        st.sampled_from([1, 2]),
        st.sampled_from([1, 2]),
        st.sampled_from([None, 4_000, 5_000]),
        st.booleans(),
        st.sampled_from([None, 0.0, 1.5]),
        st.sampled_from([None, 90.0]),
        st.sampled_from([None, 3]),
    ),
    max_size=25,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows=rows_of_fixes, order=st.randoms(use_true_random=False), appends=st.integers(1, 3), cuts=st.integers(1, 4))
def test_the_result_does_not_depend_on_the_order_or_grouping_of_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], order: Any, appends: int, cuts: int
) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    store = FixStore.open(tmp_path_factory.mktemp("store") / "fixes")
    new = 0
    for part in range(appends):
        mine = shuffled[part::appends]
        report = store.append(frame(*mine[cut::cuts]) for cut in range(cuts))
        assert report.rows == len(mine)
        new += report.new
    expected = slow_outcome(rows)
    assert content(store) == expected
    assert new == len({row[:3] for row in expected})
    again = store.append([frame(*rows)])
    assert (again.new, again.replaced, again.days_changed) == (0, 0, ())
    assert again.same == sum(row in expected for row in rows)
    first = {row[:3]: row for row in reversed(expected)}
    assert again.n_conflicts == sum(row[3:6] != first[row[:3]][3:6] for row in rows)
    assert content(store) == expected


def test_the_same_fixes_twice_leave_the_table_at_its_version(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    rows = frame(fix(), fix("d2", NOON + timedelta(days=3)))
    store.append([rows])
    version, files = DeltaTable(str(store.path)).version(), parquet_files(store)
    report = store.append([rows])
    assert (report.rows, report.new, report.same, report.replaced, report.n_conflicts) == (2, 0, 2, 0, 0)
    assert (DeltaTable(str(store.path)).version(), parquet_files(store)) == (version, files)


def test_a_conflict_is_reported_with_both_positions_whichever_stays(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix(x=10, accuracy=5_000))])
    worse = store.append([frame(fix(x=20, accuracy=9_000))])
    assert (worse.new, worse.same, worse.replaced, worse.n_conflicts) == (0, 0, 0, 1)
    assert worse.conflicts.rows(named=True) == [
        {
            "device_id": "d1", "t": NOON, "mechanism": "gnss", "x_mm": 10, "y_mm": 2, "accuracy_mm": 5_000,
            "other_x_mm": 20, "other_y_mm": 2, "other_accuracy_mm": 9_000, "stays": "stored",
        }
    ]  # fmt: skip
    better = store.append([frame(fix(x=30, accuracy=3_000))])
    assert (better.new, better.same, better.replaced, better.n_conflicts) == (0, 0, 1, 1)
    assert better.conflicts.select("x_mm", "other_x_mm", "stays").row(0) == (30, 10, "new")
    assert content(store) == [fix(x=30, accuracy=3_000)]


def test_an_unknown_accuracy_loses_to_any_known_one(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix(x=1, accuracy=None), fix(x=9, accuracy=900_000))])
    assert content(store) == [fix(x=9, accuracy=900_000)]


def test_two_equally_accurate_positions_at_one_instant_both_stay_whichever_comes_first(tmp_path: Path) -> None:
    east, west = fix(x=30), fix(x=10)
    for name, order in (("a", (east, west)), ("b", (west, east))):
        store = FixStore.open(tmp_path / name)
        store.append([frame(order[0])])
        report = store.append([frame(order[1])])
        assert (report.new, report.same, report.replaced, report.n_conflicts) == (0, 0, 1, 1)
        assert report.conflicts["stays"].to_list() == ["both"]
        assert content(store) == [west, east]
        again = store.append([frame(east, west)])
        assert (again.new, again.same, again.replaced, again.days_changed) == (0, 2, 0, ())
        better = store.append([frame(fix(x=20, accuracy=4_000))])
        assert (better.new, better.replaced) == (0, 1)
        assert content(store) == [fix(x=20, accuracy=4_000)]


def test_an_accuracy_of_0_is_not_known_and_loses_to_any_known_one(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix(x=1, accuracy=0), fix(x=9, accuracy=900_000))])
    assert content(store) == [fix(x=9, accuracy=900_000)]


def test_only_the_first_thousand_conflicts_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    times = [NOON + timedelta(minutes=minute) for minute in range(1_500)]
    report = store.append([frame(*(fix(t=t, x=x) for t in times for x in (1, 2)))])
    assert (report.n_conflicts, report.conflicts.height) == (1_500, 1_000)
    assert report.conflicts["t"].to_list() == times[:1_000]


def test_a_late_fix_joins_its_day_and_leaves_the_others_alone(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix(), fix(t=NOON + timedelta(days=1)))])
    untouched = store.day_files(DAY + timedelta(days=1))
    report = store.append([frame(fix("d0", NOON - timedelta(hours=1)))])
    assert report.days_changed == (DAY,)
    assert [row[0] for row in content(store)] == ["d0", "d1", "d1"]
    assert store.day_files(DAY + timedelta(days=1)) == untouched
    assert all(len(store.day_files(day)) == 1 for day in store.days())


def test_the_day_is_the_utc_date(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    last, first = datetime(2019, 6, 15, 23, 59, 59, 999_999, UTC), datetime(2019, 6, 16, tzinfo=UTC)
    store.append([frame(fix(t=last), fix(t=first))])
    assert store.days() == [date(2019, 6, 15), date(2019, 6, 16)]
    assert store.read(date(2019, 6, 15), date(2019, 6, 15))["t"].to_list() == [last]


def test_rows_beyond_the_buffer_use_the_disk_and_leave_no_files(tmp_path: Path) -> None:
    rows = [fix(f"d{i % 7}", NOON + timedelta(hours=i), x=i) for i in range(200)]
    plain, spooled = FixStore.open(tmp_path / "plain"), FixStore.open(tmp_path / "spooled", buffer_rows=30)
    seen: list[tuple[int, int]] = []
    plain.append([frame(*rows)])
    spooled.append((frame(*rows[i : i + 17]) for i in range(0, 200, 17)), progress=lambda *at: seen.append(at))
    assert content(spooled) == content(plain)
    assert seen == [(n, 9) for n in range(1, 10)]
    assert [entry.name for entry in (spooled.path / "_tagpilot").iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (frame(fix()).drop("x_mm"), "column x_mm is missing"),
        (frame(fix()).cast({"x_mm": pl.Int64}), "column x_mm is Int64; it must be Int32"),
        (frame(fix()).with_columns(y_mm=pl.lit(None, pl.Int32)), "column y_mm has 1 nulls"),
        (frame(fix("")), 'device_id is ""'),
        (frame(fix("d1", NOON, 1, 2, None, "gps")), "unknown mechanism 'gps'; give one of gnss, wifi, lbs, rf"),
        (frame(fix(t=datetime(2500, 1, 1, tzinfo=UTC))), "outside 1970 to 2199"),
    ],
)
def test_a_frame_that_does_not_fit_the_schema_stores_nothing(tmp_path: Path, bad: pl.DataFrame, says: str) -> None:
    store = FixStore.open(tmp_path / "fixes")
    with pytest.raises(BadInput, match=says.replace("(", r"\(")):
        store.append([frame(fix()), bad])
    assert store.days() == []
    assert parquet_files(store) == []


# ---- reading ---------------------------------------------------------------------------------------------------------


def three_days() -> list[Row]:
    return [
        fix(device, datetime(2019, 6, day, hour, tzinfo=UTC), x=day * 100 + hour)
        for device in ("a", "b", "c", "d")
        for day in (14, 15, 16)
        for hour in (0, 6, 12, 18)
    ]


@settings(max_examples=60, deadline=None)
@given(
    devices=st.one_of(st.none(), st.sets(st.sampled_from(["a", "b", "c", "d", "nobody"]))),
    ends=st.tuples(*[st.one_of(st.none(), st.integers(0, 80))] * 2),
    columns=st.permutations(list(STORED_FIXES)).flatmap(lambda names: st.integers(1, 10).map(lambda n: names[:n])),
)
def test_a_scan_gives_what_filtering_everything_gives(
    tmp_path_factory: pytest.TempPathFactory,
    devices: set[str] | None,
    ends: tuple[int | None, int | None],
    columns: list[str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "scanned"
    store = FixStore.open(path)
    if not store.days():
        store.append([frame(*three_days())])
    start = datetime(2019, 6, 13, 20, tzinfo=UTC)
    t_from, t_to = (None if hours is None else start + timedelta(hours=hours) for hours in ends)
    expected = (
        frame(*three_days())
        .sort("t", "device_id")
        .filter(
            pl.lit(True) if devices is None else pl.col("device_id").is_in(devices),
            pl.lit(True) if t_from is None else pl.col("t") >= t_from,
            pl.lit(True) if t_to is None else pl.col("t") < t_to,
        )
    )
    got = list(store.scan_days(devices, t_from, t_to, columns))
    assert [day for day, _ in got] == sorted(set(expected["t"].dt.date()))
    for day, rows in got:
        mine = expected.filter(pl.col("t").dt.date() == day).sort("device_id", "t")
        assert rows.cast({name: STORED_FIXES[name] for name in columns}).equals(mine.select(columns))


def test_device_codes_of_a_scan_are_indices_into_the_sorted_devices(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(*three_days())])
    for _, rows in store.scan_days(["d", "b", "zz", "aa"], None, None, ("device_id", "x_mm")):
        assert rows["device_id"].to_physical().unique().sort().to_list() == [1, 2]
        assert rows["device_id"].unique().sort().cast(pl.String).to_list() == ["b", "d"]


def test_counts_and_devices_describe_the_store(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    empty = store.counts()
    assert (empty.rows, empty.days, empty.devices, empty.first_day) == (0, 0, 0, None)
    store.append([frame(*three_days(), fix("é", datetime(2019, 6, 14, tzinfo=UTC)))])
    counts = store.counts()
    assert (counts.rows, counts.days, counts.devices) == (49, 3, 5)
    assert (counts.first_day, counts.last_day) == (date(2019, 6, 14), date(2019, 6, 16))
    assert store.devices(date(2019, 6, 14)) == ["a", "b", "c", "d", "é"]
    assert store.devices(date(2019, 6, 20)) == []


def test_any_delta_reader_reads_the_store(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(*three_days())])
    seen = pl.scan_delta(str(store.path)).filter(pl.col("day") == date(2019, 6, 15)).collect()
    assert seen.drop("day").select(list(STORED_FIXES)).sort("device_id", "t").rows() == [
        row for row in slow_outcome(three_days()) if row[1].day == 15
    ]


def test_days_that_another_tool_appended_to_read_the_same_and_compact_to_one_file(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix("b", x=7), fix("c"))])
    foreign = frame(fix("a"), fix("b", x=1, accuracy=4_000)).with_columns(day=pl.lit(DAY))
    write_deltalake(str(store.path), foreign.to_arrow(), mode="append")
    assert len(store.day_files(DAY)) == 2
    expected = [fix("a"), fix("b", x=1, accuracy=4_000), fix("c")]
    assert content(store) == expected
    assert store.devices(DAY) == ["a", "b", "c"]
    assert store.compact() == 1
    assert len(store.day_files(DAY)) == 1
    assert content(store) == expected
    assert store.compact() == 0


# ---- erasing ---------------------------------------------------------------------------------------------------------


def remains(store: FixStore, device: str) -> list[Path]:
    """Files under the store, live or not, that still hold a row or the name of a device."""
    found = []
    for path in store.path.rglob("*"):
        if path.is_file():
            named = device.encode() in path.read_bytes()
            if named or (path.suffix == ".parquet" and (pl.read_parquet(path)["device_id"] == device).any()):
                found.append(path)
    return found


def test_after_an_erasure_no_file_has_the_device_in_any_version(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    device, others = "TAG-ERASED-77", [row for row in three_days() if row[0] != "b"]
    store.append([frame(*(row if row[0] != "b" else (device, *row[1:]) for row in three_days()))])
    store.append([frame(fix(device, datetime(2019, 6, 14, 3, tzinfo=UTC)))])
    assert remains(store, device)
    assert store.erase_devices([(device, None, None)]) == 13
    assert remains(store, device) == []
    assert content(store) == slow_outcome(others)
    assert store.erase_devices([(device, None, None)]) == 0


def test_erasing_a_period_leaves_the_fix_at_its_end_and_all_other_devices(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(*three_days())])
    t_from, t_to = datetime(2019, 6, 14, 6, tzinfo=UTC), datetime(2019, 6, 16, 6, tzinfo=UTC)
    assert store.erase("b", t_from, t_to) == 8
    assert content(store) == slow_outcome([r for r in three_days() if not (r[0] == "b" and t_from <= r[1] < t_to)])


def test_a_day_without_fixes_after_an_erasure_is_removed(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix("a"), fix("b", NOON + timedelta(days=1)))])
    assert store.erase("a", None, None) == 1
    assert store.days() == [DAY + timedelta(days=1)]
    assert not (store.path / f"day={DAY}").exists()


def test_an_interrupted_erasure_is_completed_at_the_next_open(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(fix("KEPT"), fix("ERASED"))])
    killed = f"""
import os
from matcher.store.fixes import FixStore
from matcher.store import table as fix_table
fix_table.FixTable._sweep = lambda *_: os.kill(os.getpid(), 9)
FixStore.open({str(store.path)!r}).erase("ERASED", None, None)
"""
    assert run_program(killed).returncode == -9
    assert remains(store, "ERASED")
    reopened = FixStore.open(store.path)
    assert remains(reopened, "ERASED") == []
    assert content(reopened) == [fix("KEPT")]


def test_a_period_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no zone"):
        FixStore.open(tmp_path / "fixes").erase("a", datetime(2019, 1, 1), None)


# ---- one writer, any readers -----------------------------------------------------------------------------------------


def test_a_reader_sees_the_days_as_they_were_when_it_began(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(*three_days())])
    scan = store.scan_days(None, None, None, ("x_mm",))
    first = next(scan)[1]
    store.append([frame(*(fix(row[0], row[1], 0, 0, 1) for row in three_days()))])
    seen = pl.concat([first, *(rows for _, rows in scan)])
    assert sorted(seen["x_mm"]) == sorted(row[3] for row in three_days())


def test_replaced_files_are_kept_a_day_for_readers(tmp_path: Path) -> None:
    now = [1_600_000_000.0]
    store = FixStore.open(tmp_path / "fixes", clock=lambda: now[0])
    store.append([frame(fix())])
    (old,) = parquet_files(store)
    store.append([frame(fix(t=NOON + timedelta(hours=1)))])
    now[0] += 23 * 3600
    assert store.vacuum() == 0
    assert old.exists()
    now[0] += 2 * 3600
    store.append([frame(fix("other day", NOON + timedelta(days=9)))])
    assert not old.exists()
    assert parquet_files(store) == sorted(path for day in store.days() for path in store.day_files(day))


def test_a_reader_whose_day_was_erased_is_told_to_start_again(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([frame(*three_days())])
    scan = store.scan_days(["a", "b"], None, None)
    next(scan)
    store.erase("b", None, None)
    with pytest.raises(StoreError, match="while it was being read; start again"):
        next(scan)


def test_a_second_writer_waits_and_then_fails(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    hurried = FixStore.open(tmp_path / "fixes", lock_wait_s=0.1)
    began, finish = threading.Event(), threading.Event()

    def slow_frames() -> Any:
        began.set()
        finish.wait(10)
        yield frame(fix("slow"))

    writer = threading.Thread(target=store.append, args=(slow_frames(),))
    writer.start()
    began.wait(10)
    with pytest.raises(StoreError, match="another process is writing"):
        hurried.append([frame(fix("hurried"))])
    finish.set()
    writer.join()
    hurried.append([frame(fix("hurried"))])
    assert [row[0] for row in content(store)] == ["hurried", "slow"]


def test_a_failed_append_stores_nothing(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes", buffer_rows=1)

    def frames() -> Any:
        yield frame(fix("a"), fix("b"))
        raise OSError("the cable was pulled")

    with pytest.raises(OSError, match="cable"):
        store.append(frames())
    assert content(store) == []
    assert {path.name for path in store.path.rglob("*") if path.is_file()} == {
        "lock",
        "00000000000000000000.json",
        "manifest.json",
    }


# ---- opening ---------------------------------------------------------------------------------------------------------


def test_opening_a_missing_store_for_reading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no fix store"):
        FixStore.open(tmp_path / "fixes", create=False)
    assert not (tmp_path / "fixes").exists()


def test_a_folder_with_other_files_is_not_opened_as_a_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not a fix store and not empty"):
        FixStore.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_store_of_another_format_is_refused(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "plain"), frame(fix()).to_arrow())
    with pytest.raises(StoreError, match="format None; this version reads '1'"):
        FixStore.open(tmp_path / "plain")
