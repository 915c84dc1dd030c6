"""Nobody else is read: the reader is handed the windows of those asked alone, and with every row taken out of the store
that may not be read then, each answer stays the same."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.permitted import Permitted
from matcher.questions.asked_of import asked_at_times, asked_throughout, epoch_us
from matcher.questions.kernels.arrays import Asked
from matcher.questions.presence import PlaceAndTime, who_was_here
from matcher.questions.together import who_was_together
from matcher.store.fixes import FixStore
from matcher.trails import read
from tests.support.question_scenes import EAST, NORTH, Scene, at, frame_of, permitted_of, scenes
from tests.support.stored_fixes import stored


def store_of(fixes: pl.DataFrame, folder: Path) -> FixStore:
    store = FixStore.open(folder)
    store.append([stored(fixes)])
    return store


def readable(fixes: pl.DataFrame, may: Permitted) -> pl.DataFrame:
    """Rows in a window of one of the wearers asked, by the slow way."""
    windows = [(device, low, high) for device, _, low, high in may.windows().iter_rows()]
    kept = [
        any(device == row["device_id"] and low <= epoch_us(row["t"]) < high for device, low, high in windows)
        for row in fixes.iter_rows(named=True)
    ]
    return fixes.filter(pl.Series(kept, dtype=pl.Boolean))


@contextmanager
def windows_handed() -> Iterator[set[tuple[Any, ...]]]:
    """Every window whose rows the reader of the store is asked for."""
    handed: set[tuple[Any, ...]] = set()
    days_of = read._days_of

    def watched(store: FixStore, may: Permitted, *rest: Any) -> Any:
        handed.update(may.windows().iter_rows())
        return days_of(store, may, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "_days_of", watched)
        yield handed


@settings(max_examples=6)
@given(scenes(), st.integers(0, 20), st.integers(1, 15))
def test_rows_that_may_not_be_read_change_no_answer(scene: Scene, since: int, lasts: int) -> None:
    may, low, high = permitted_of(scene), at(since), at(since + lasts)
    fixes, asked = frame_of(scene), Asked(epoch_us(low), epoch_us(high), 30_000.0)
    circle = PlaceAndTime(EAST / 1000, NORTH / 1000, 30.0, low, high)
    whole = asked_throughout(may, epoch_us(low), epoch_us(high)).may
    some = asked_at_times(may, epoch_us(low), epoch_us(high))
    with tempfile.TemporaryDirectory() as folder:
        every = store_of(fixes, Path(folder) / "every")
        of_whole = store_of(readable(fixes, whole), Path(folder) / "whole")
        of_some = store_of(readable(fixes, some), Path(folder) / "some")
        here, alone = (who_was_here(store, may, None, circle) for store in (every, of_whole))
        assert here.here.equals(alone.here)
        assert here.visits.equals(alone.visits)
        assert here.verdicts.equals(alone.verdicts)
        assert set(here.verdicts["wearer_id"]) <= set(whole.wearers)
        together, apart = (who_was_together(store, may, asked, 1.0) for store in (every, of_some))
        assert together == apart
        with windows_handed() as handed:
            who_was_here(every, may, None, circle)
        assert handed <= set(whole.windows().iter_rows())
        with windows_handed() as handed:
            who_was_together(every, may, asked, 1.0)
        assert handed <= set(some.windows().iter_rows())
