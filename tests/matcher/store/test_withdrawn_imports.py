"""Imports withdrawn from the stores of fixes and events: as if they had never been, and nothing of others is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import StoreError
from matcher.schemas import EVENTS, STORED_FIXES
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore

NOON = datetime(2019, 7, 3, 12, tzinfo=UTC)
Row = tuple[str, int, int, int | None]
"""Device, hours after noon, easting in metres, accuracy in metres."""


def frame(rows: Sequence[Row]) -> pl.DataFrame:
    return (
        pl.DataFrame(
            {
                "device_id": [device for device, _, _, _ in rows],
                "t": [NOON + timedelta(hours=hour) for _, hour, _, _ in rows],
                "x_mm": [x * 1000 for _, _, x, _ in rows],
                "y_mm": [180_000_000] * len(rows),
                "accuracy_mm": [None if accuracy is None else accuracy * 1000 for _, _, _, accuracy in rows],
                "mechanism": ["gnss"] * len(rows),
                "outside_window": [False] * len(rows),
            },
            schema_overrides=STORED_FIXES,
        )
        .with_columns(
            pl.lit(None, STORED_FIXES[name]).alias(name) for name in ("speed_kmh", "heading_deg", "satellites")
        )
        .with_columns(accuracy_level=pl.lit(0, pl.Int8))
        .select(STORED_FIXES.keys())
    )


def content(store: FixStore) -> pl.DataFrame:
    days = store.days()
    return store.read(days[0], days[-1]) if days else pl.DataFrame(schema=STORED_FIXES)


@pytest.fixture
def store(tmp_path: Path) -> FixStore:
    return FixStore.open(tmp_path / "store")


FIRST: list[Row] = [("A", 0, 1, 8), ("A", 1, 2, 8), ("B", 20, 3, None)]
BETTER: list[Row] = [("A", 1, 9, 3), ("A", 2, 4, 8), ("C", 30, 5, 8)]


def test_what_a_withdrawn_import_had_replaced_is_there_again(store: FixStore) -> None:
    store.append([frame(FIRST)], origin="first")
    before = content(store)
    store.append([frame(BETTER)], origin="better")
    after = content(store)
    assert store.withdraw("better") == 2
    assert content(store).equals(before)
    assert store.withdraw("better") == 0
    assert content(store).equals(before)
    assert store.give_back("better") == 3
    assert content(store).equals(after)
    assert store.give_back("better") == 0


def test_rows_that_another_import_gave_too_stay(store: FixStore) -> None:
    store.append([frame(FIRST)], origin="first")
    store.append([frame(FIRST[:2])], origin="second")
    store.withdraw("first")
    assert content(store).equals(frame(FIRST[:2]))


def test_rows_of_before_imports_were_told_apart_stay(store: FixStore) -> None:
    store.append([frame(FIRST)])
    before = content(store)
    store.append([frame([*FIRST[:1], *BETTER])], origin="better")
    store.append([frame([("A", 3, 7, 8)])])
    store.withdraw("better")
    assert content(store).equals(pl.concat([before, frame([("A", 3, 7, 8)])]).sort("device_id", "t"))


def test_a_withdrawn_import_is_not_imported_again_by_itself(store: FixStore) -> None:
    store.append([frame(FIRST)], origin="first")
    store.withdraw("first")
    assert store.days() == []
    with pytest.raises(StoreError, match="withdrawn"):
        store.append([frame(FIRST)], origin="first")


def test_an_erasure_reaches_withdrawn_rows_and_those_that_gave_way(store: FixStore) -> None:
    store.append([frame(FIRST)], origin="first")
    store.append([frame(BETTER)], origin="better")
    store.withdraw("better")
    assert store.origins.devices() == {"A", "C"}
    assert store.count_devices([("A", None, None), ("C", None, None)]) == 5
    assert store.erase_devices([("A", None, None), ("C", None, None)]) == 5
    assert store.give_back("better") == 0
    assert content(store).equals(frame(FIRST[2:]))
    left = [path for path in store.path.rglob("*.parquet") if set(pl.read_parquet(path)["device_id"]) & {"A", "C"}]
    assert left == []


rows = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(0, 20), st.integers(1, 3), st.sampled_from((None, 3, 8))),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(imports=st.lists(rows, min_size=1, max_size=4), gone=st.sets(st.integers(0, 3)))
def test_days_are_those_of_the_imports_that_count(
    tmp_path_factory: pytest.TempPathFactory, imports: list[list[Row]], gone: set[int]
) -> None:
    root = tmp_path_factory.mktemp("origins")
    store, plain = FixStore.open(root / "store"), FixStore.open(root / "plain")
    for number, each in enumerate(imports):
        store.append([frame(each)], origin=f"import {number}")
        if number not in gone:
            plain.append([frame(each)])
    whole = content(store)
    withdrawn = [number for number in range(len(imports)) if number in gone]
    for number in withdrawn:
        store.withdraw(f"import {number}")
    assert content(store).equals(content(plain))
    for number in withdrawn:
        store.give_back(f"import {number}")
    assert content(store).equals(whole)


def events(*rows: tuple[str, int, str]) -> pl.DataFrame:
    said = [(device, NOON + timedelta(hours=hour), event) for device, hour, event in rows]
    return pl.DataFrame(said, schema=EVENTS, orient="row")


def test_events_are_withdrawn_and_given_back(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "events")
    store.append([events(("A", 0, "off"))])
    store.append([events(("A", 0, "off"), ("A", 1, "on"))], origin="one")
    store.append([events(("A", 1, "on"), ("B", 2, "low"))], origin="two")
    assert store.withdraw("one") == 0
    assert store.withdraw("two") == 2
    assert store.read().equals(events(("A", 0, "off")))
    assert store.withdraw("two") == 0
    assert store.give_back("two") == 2
    assert store.read().equals(events(("A", 0, "off"), ("A", 1, "on"), ("B", 2, "low")))
    store.withdraw("two")
    store.erase_devices([("B", None, None)])
    store.give_back("two")
    assert store.read().equals(events(("A", 0, "off"), ("A", 1, "on")))


@pytest.mark.parametrize("moment", ["before the file has its name", "before anything moved"])
def test_a_withdrawal_of_events_that_was_killed_is_whole_or_not_begun(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EventStore(tmp_path / "events")
    store.append([events(("A", 0, "off"))], origin="one")
    store.append([events(("B", 0, "off"))], origin="two")

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        # As after kill -9: nothing cleans up.
        patched.setattr(EventStore, "_recover", lambda _: None)
        if moment == "before anything moved":
            patched.setattr("matcher.store.origins.Moves.do", die)
        with pytest.raises(Killed):
            store.withdraw("two", announce=die if moment != "before anything moved" else None)
    again = EventStore(tmp_path / "events")
    with again.nobody_writes():
        pass
    went = moment == "before anything moved"
    assert again.read().height == (1 if went else 2)
    assert again.share("two").height == (0 if went else 1)
    assert again.withdraw("two") == (0 if went else 1)
    assert again.read().equals(events(("A", 0, "off")))
