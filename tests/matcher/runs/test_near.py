"""A match that reads near blocks alone says what one says that reads every fix."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.near import read_near
from matcher.analysis.other_day_bins import crimes_by_day
from matcher.errors import Damaged
from matcher.params import Params
from matcher.permitted import Permitted, permitted
from matcher.runs.days import days_to_read
from matcher.runs.partition import ReadGroup, judge_group
from matcher.runs.wearers import trails_of, wearers_of
from matcher.schemas import ASSIGNMENTS, EVENTS
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails
from matcher.trails.frozen_outside import frozen_outside
from matcher.trails.read import read_trails
from tests.support.day_worlds import DayWorld, day_world
from tests.support.stored_fixes import stored

MIDNIGHT_S = 86_400


def unruly(world: DayWorld, seed: int) -> pl.DataFrame:
    """The world's fixes, of which some are jumps, mostly at midnight, some by other mechanisms, coarse, contradicted by
    another, or of a receiver that is stuck over midnight."""
    rng = np.random.default_rng(seed)
    fixes = stored(world.fixes).sort("device_id", "t").unique(["device_id", "t"], keep="first", maintain_order=True)
    n = fixes.height
    seconds = fixes["t"].dt.epoch("s").to_numpy() % MIDNIGHT_S
    at_midnight = np.minimum(seconds, MIDNIGHT_S - seconds) < 400
    chance = rng.random((4, n))
    x = fixes["x_mm"].to_numpy().copy()
    y = fixes["y_mm"].to_numpy().copy()
    far = chance[0] < np.where(at_midnight, 0.4, 0.01)
    x[far] += rng.choice([9_000_000, 20_000_000], int(far.sum())).astype(np.int32)
    stuck = rng.random() < 0.3
    if stuck:
        device = fixes["device_id"].to_numpy()
        over = (np.minimum(seconds, MIDNIGHT_S - seconds) < 1_500) & (device == device[0])
        x[over], y[over] = x[over][:1], y[over][:1]
    fixes = fixes.with_columns(
        x_mm=pl.Series(x),
        y_mm=pl.Series(y),
        mechanism=pl.Series(np.where(chance[1] < 0.02, "wifi", "gnss")),
        accuracy_mm=pl.when(pl.Series(chance[2] < 0.02)).then(150_000).otherwise("accuracy_mm").cast(pl.Int32),
        speed_kmh=pl.Series(np.where(chance[3] < 0.2, 4.0, 0.0)).cast(fixes.schema["speed_kmh"]),
    )
    again = pl.Series(rng.random(n) < np.where(at_midnight, 0.1, 0.01))
    return pl.concat([fixes, fixes.filter(again).with_columns(pl.col("y_mm") + 50_000)])


def worn(world: DayWorld, seed: int) -> pl.DataFrame:
    """As in the world; or one device is handed on, or taken off for a moment, or a wearer has two."""
    rng = np.random.default_rng(seed)
    rows = world.assignments.rows(named=True)
    kind = rng.integers(4)
    first = rows[0]
    cut = first["from"] + timedelta(seconds=float(rng.integers(100_000, 500_000)))
    if kind == 1:
        rows[:1] = [{**first, "to": cut}, {**first, "from": cut + timedelta(seconds=90)}]
    elif kind == 2:
        rows[:1] = [{**first, "to": cut}, {**first, "from": cut, "wearer_id": rows[1]["wearer_id"]}]
    elif kind == 3:
        rows[:1] = [{**first, "to": cut}]
    return pl.DataFrame(rows, schema=ASSIGNMENTS, orient="row")


def world_of(path: Path, seed: int) -> tuple[FixStore, Permitted, pl.DataFrame]:
    world = day_world(seed, days=6, wearers=4, crimes=12)
    may = permitted(worn(world, seed), world.monitored, world.eligible)
    store = FixStore.open(path)
    store.append([unruly(world, seed)])
    return store, may, world.crimes


def both(
    store: FixStore, may: Permitted, crimes: pl.DataFrame, params: Params
) -> tuple[ReadGroup | None, ReadGroup, CrimeIndex]:
    index = index_crimes(crimes, params)
    days = days_to_read(index, params)
    by_day = crimes_by_day(index, params) if params.reference_days else None
    frozen = frozen_outside(store, may, *days, params)
    seen: Any = None
    whole = read_trails(store, may, *days, params, outside=frozen)
    part = None if frozen else read_near(store, may, index, *days, params, by_day)
    groups = [None if trails is None else ReadGroup(trails, seen, frozen, by_day) for trails in (part, whole)]
    assert groups[1] is not None
    return groups[0], groups[1], index


def same_said(part: ReadGroup, whole: ReadGroup, index: CrimeIndex, params: Params) -> None:
    a, b = part.trails, whole.trails
    assert a.counts == b.counts
    assert_frame_equal(wearers_of(a), wearers_of(b))
    assert_frame_equal(trails_of(a), trails_of(b))
    for name in ("stretches", "nodes"):
        if getattr(b, name) is not None:
            for one, other in zip(getattr(a, name), getattr(b, name), strict=True):
                np.testing.assert_array_equal(one, other, err_msg=name)
    events = pl.DataFrame(schema=EVENTS)
    said, expected = (
        judge_group(group._replace(seen=_nothing_seen(group.trails)), index, params, events) for group in (part, whole)
    )
    for name in ("candidates", "visits", "day_hits", "covered_days", "two_trails"):
        assert_frame_equal(getattr(said, name), getattr(expected, name))


def _nothing_seen(trails: Trails) -> Any:
    class Seen:
        frame = pl.DataFrame()
        left_out = trails.left_out_rows

    return Seen()


SETTINGS = {
    "plain": Params(verdicts=False, presence=False, reference_days=0),
    "presence": Params(verdicts=False, reference_days=0),
    "everything": Params(verdicts=False, reference_days=3),
    "wide": Params(verdicts=False, reference_days=2, radius_m=700, buffer_s=900),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_near_blocks_alone_say_what_all_fixes_say(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int
) -> None:
    params = SETTINGS[name]
    store, may, crimes = world_of(tmp_path_factory.mktemp("near") / "fixes", seed)
    store.make_index(may)
    part, whole, index = both(store, may, crimes, params)
    if part is None:
        event("frozen over the edge of the days read")
        return
    share = len(part.trails.fixes.t_us) / max(1, len(whole.trails.fixes.t_us))
    event(f"read: {'little' if share < 0.3 else 'much' if share < 0.9 else 'all'}")
    same_said(part, whole, index, params)


def test_a_flipped_bit_of_a_near_block_is_told_and_one_of_a_far_one_changes_nothing(tmp_path: Path) -> None:
    params = SETTINGS["presence"]
    store, may, crimes = world_of(tmp_path / "fixes", 5)
    store.make_index(may)
    part, _, index = both(store, may, crimes, params)
    assert part is not None
    days = days_to_read(index, params)
    rng = np.random.default_rng(1)
    told: list[str] = []
    for path in sorted((store.path / "_index").glob("*/fixes.arrow")):
        raw = path.read_bytes()
        for at in rng.integers(400, len(raw) - 400, 12).tolist():
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << int(rng.integers(8))]) + raw[at + 1 :])
            try:
                again = read_near(FixStore.open(store.path), may, index, *days, params, None)
            except Damaged as error:
                told.append(str(error))
            else:
                assert again is not None
                for one, other in zip(again.fixes, part.trails.fixes, strict=True):
                    np.testing.assert_array_equal(one, other)
            path.write_bytes(raw)
    assert all("fixes.arrow has changed since it was written" in words for words in told)
    assert 0 < len(told) < 12 * len(list((store.path / "_index").glob("*/fixes.arrow")))
