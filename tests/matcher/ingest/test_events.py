"""What someone would see on reading what devices reported of themselves."""

import csv
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from geo.errors import FileError
from matcher.errors import BadInput, Damaged, StoreError
from matcher.ingest.events import EventImportReport, import_device_events
from matcher.schemas import EVENTS
from matcher.store.events import EventStore

NOW = datetime(2019, 6, 20, 12, tzinfo=UTC)
NOON = datetime(2019, 6, 15, 12, tzinfo=UTC)
HEADER = "device_id,event_time,event"
GOOD = "TAG1,2019-06-15T12:00:00Z,battery low"


def imported(folder: Path, text: str | bytes, **how: Any) -> tuple[EventImportReport, EventStore]:
    path = folder / "events.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    store = EventStore(folder / "events")
    return import_device_events(store, path, **{"rejects_dir": folder / "rejects", "now": NOW, **how}), store


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def frame(*rows: tuple[str, datetime, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def test_an_event_is_stored_as_reported(tmp_path: Path) -> None:
    report, store = imported(tmp_path, lines(GOOD, "TAG2, 2019-06-15 13:00:00 ,  Strap tamper "))
    assert (report.rows, report.new, report.same, report.rejected) == (2, 2, 0, 0)
    assert report.by_event == {"Strap tamper": 1, "battery low": 1}
    assert report.columns == {"device_id": "device_id", "t": "event_time", "event": "event"}
    assert store.read().rows() == [("TAG1", NOON, "battery low"), ("TAG2", NOON + timedelta(hours=1), "Strap tamper")]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    text = lines(GOOD, GOOD, GOOD.replace("TAG1", "TAG0"))
    first, store = imported(tmp_path, text)
    assert (first.new, first.same) == (2, 1)
    before, written = store.read(), (store.path / "events.parquet").stat().st_mtime_ns
    again, _ = imported(tmp_path, text)
    assert (again.rows, again.new, again.same) == (3, 0, 3)
    assert store.read().equals(before)
    assert (store.path / "events.parquet").stat().st_mtime_ns == written


def test_two_events_at_one_instant_are_both_kept(tmp_path: Path) -> None:
    _, store = imported(tmp_path, lines(GOOD, GOOD.replace("battery low", "charging")))
    assert store.read()["event"].to_list() == ["battery low", "charging"]


def test_london_times_and_other_names_of_columns(tmp_path: Path) -> None:
    text = "Unit ID;Raised-At;Alert\nTAG1;2019-06-15 13:00:00;battery low\n"
    report, store = imported(tmp_path, text, zone="Europe/London")
    assert report.rejected == 0
    assert store.read().rows() == [("TAG1", NOON, "battery low")]


def test_a_mapping_names_columns_and_gives_every_row_one_event(tmp_path: Path) -> None:
    text = "who,when\nTAG1,1560600000\n"
    _, store = imported(tmp_path, text, mapping={"device_id": "who", "t": "when", "event": "=on charge"})
    assert store.read().rows() == [("TAG1", NOON, "on charge")]


def test_parquet_reads_as_the_csv_does(tmp_path: Path) -> None:
    rows = frame(("TAG1", NOON, "battery low"))
    rows.write_parquet(tmp_path / "events.parquet")
    store = EventStore(tmp_path / "store")
    report = import_device_events(store, tmp_path / "events.parquet", rejects_dir=tmp_path / "rejects", now=NOW)
    assert (report.rows, report.new) == (1, 1)
    assert store.read().equals(rows)


def test_every_bad_row_is_reported_and_the_good_ones_stored(tmp_path: Path) -> None:
    report, store = imported(
        tmp_path,
        lines(
            ",2019-06-15T12:00:00Z,strap",
            "TAG1,yesterday,strap",
            "TAG1,2019-06-15T12:00:00Z,",
            "TAG1,2019-06-22T12:00:00Z,strap",
            "TAG1,1999-06-15T12:00:00Z," + "x" * 201,
            "TAG1,2019-06-15T12:00:00Z",
            GOOD,
        ),
    )
    assert (report.rows, report.new, report.rejected) == (7, 1, 6)
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="", encoding="utf-8") as source:
        told = [(row["row"], row["field"], row["rule"]) for row in csv.DictReader(source)]
    assert told == [
        ("1", "device_id", "MISSING_DEVICE"),
        ("2", "event_time", "NOT_A_TIME"),
        ("3", "event", "MISSING_EVENT"),
        ("4", "event_time", "IN_THE_FUTURE"),
        ("5", "event", "EVENT_TOO_LONG"),
        ("5", "event_time", "TOO_LONG_AGO"),
        ("6", "row", "INVALID_COLUMN_COUNT"),
    ]
    assert store.read().height == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("device_id,when_was_it,event\n", "no column t"),
        ("a,b\n1,2\n", "no column device_id, t, event"),
        ("", "empty"),
    ],
)
def test_a_file_without_events_is_refused_with_what_is_missing(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FileError, match=says):
        imported(tmp_path, text)
    assert not (tmp_path / "events").exists()


def test_a_clock_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="zone"):
        imported(tmp_path, lines(GOOD), now=datetime(2019, 6, 20))


# ---- the store -------------------------------------------------------------------------------------------------------


def test_a_store_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "none")
    assert store.read().schema == EVENTS
    assert store.erase_devices([("TAG1", None, None)]) == 0
    assert not (tmp_path / "none").exists()


def test_events_are_read_by_device_and_period(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    hour = timedelta(hours=1)
    store.append([frame(*((d, NOON + h * hour, "charging") for d in ("B", "A") for h in range(4)))])
    found = store.read(["A"], NOON + hour, NOON + 3 * hour)
    assert found.rows() == [("A", NOON + hour, "charging"), ("A", NOON + 2 * hour, "charging")]
    assert store.read([]).is_empty()


def test_erased_events_are_deleted_from_disk(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    store.append([frame(("ERASED-TAG", NOON, "strap-secret"), ("B", NOON, "fault"))])
    assert store.erase_devices([("ERASED-TAG", None, NOON + timedelta(seconds=1))]) == 1
    assert store.read()["device_id"].to_list() == ["B"]
    assert not any(b"ERASED-TAG" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_frame_that_does_not_fit_the_schema_changes_nothing(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    with pytest.raises(BadInput, match="event"):
        store.append([frame(("A", NOON, "fault")), pl.DataFrame({"device_id": ["B"], "t": [NOON], "event": [None]})])
    assert store.read().is_empty()


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "events.parquet")
    with pytest.raises(StoreError, match="events"):
        EventStore(tmp_path).read()
    (tmp_path / "events.parquet").write_bytes(b"no parquet")
    with pytest.raises(Damaged, match="has changed since it was written"):
        EventStore(tmp_path).read()


def _append(path: Path, first: int, n: int) -> None:
    store = EventStore(path)
    for i in range(n):
        store.append([frame((f"TAG{first + i}", NOON, "fault"))])


@pytest.mark.slow
def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append, args=(tmp_path, first, 10)) for first in (0, 100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert EventStore(tmp_path).read().height == 20


@pytest.mark.slow
def test_a_killed_writer_leaves_a_complete_file(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=_append, args=(tmp_path, 0, 100_000))
    writer.start()
    store = EventStore(tmp_path)
    while store.read().height < 20:
        pass
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(60)
    before = store.read()
    assert before.height >= 20
    assert EventStore(tmp_path, lock_wait_s=5.0).append([frame(("LAST", NOON, "fault"))]).new == 1
    assert store.read().height == before.height + 1


def test_waiting_for_a_writer_ends_with_an_error(tmp_path: Path) -> None:
    import fcntl

    tmp_path.joinpath("lock").touch()
    with tmp_path.joinpath("lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another process"):
            EventStore(tmp_path, lock_wait_s=0.0).append([frame(("A", NOON, "fault"))])
