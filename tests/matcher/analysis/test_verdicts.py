"""What the verdicts promise as a whole: each tested pair has one, more days read change none, and a list can be had."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.analysis.candidates import pairs_tested
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.group import judge
from matcher.analysis.verdicts import Edges, counted, from_frame, listed, to_frame, verdict_codes
from matcher.errors import BadInput
from matcher.permitted import permitted
from matcher.schemas import VERDICT_CODES
from matcher.trails.build import build, rows_of_frame
from matcher.trails.margin import margin
from tests.support import walks

PLAIN = Params(presence=False, reference_days=0)


def _world(seed: int, wearers: int = 8, days: int = 6) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    fixes = walks.stored_fixes(rng, wearers, days)
    crimes = walks.crimes_among(rng, fixes, 120)
    # Silences of minutes to a day, so that every verdict there is comes out.
    silent = pl.lit(False)
    for device in range(wearers):
        at = walks.START + timedelta(hours=float(rng.uniform(0, 24 * days)))
        of = (pl.col("device_id") == f"D{device:02}") & pl.col("t").is_between(
            at, at + timedelta(minutes=float(rng.choice([5, 40, 1440])))
        )
        silent = silent | of
    return fixes.filter(~silent), crimes, walks.assignments(wearers)


def _judged(fixes: pl.DataFrame, crimes: pl.DataFrame, worn: pl.DataFrame, **more: Any) -> tuple[Any, CrimeIndex]:
    may = permitted(worn, EVERYONE, EVERYONE)
    frame = fixes.select(
        "device_id",
        "t",
        "mechanism",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    index = index_crimes(crimes, PLAIN)
    return judge(build([rows_of_frame(frame, may.devices)], may, PLAIN), index, PLAIN, **more), index


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_five_verdicts_part_all_tested_pairs(seed: int) -> None:
    fixes, crimes, worn = _world(seed)
    found, index = _judged(fixes, crimes, worn)
    codes, _ = from_frame(found.verdict_codes)
    may = permitted(worn, EVERYONE, EVERYONE)
    counts = counted([codes], index).select(VERDICT_CODES[1:])
    assert int(counts.sum_horizontal().sum()) == pairs_tested(may, index) == codes.size
    candidates = found.candidates["verdict"].value_counts()
    assert dict(candidates.iter_rows()) == {
        name: n for name in ("present", "passed") if (n := int(counts[name].sum())) or name in candidates["verdict"]
    }
    # Of groups apart the counts add up.
    parts = counted([codes[:3], codes[3:]], index)
    assert parts.equals(counted([codes], index))


@pytest.mark.parametrize("seed", [4, 5])
def test_days_beyond_the_margin_change_no_verdict(seed: int) -> None:
    """Crimes of one day among ten; what is read is a margin round them, with the edges of all that was sent."""
    fixes, crimes, worn = _world(seed, days=10)
    begin, end = walks.START + timedelta(days=5), walks.START + timedelta(days=6)
    crimes = crimes.filter(pl.col("t_from") >= begin, pl.col("t_to") < end)
    assert crimes.height > 3
    whole, _ = _judged(fixes, crimes, worn)
    beyond = margin(PLAIN, 3)
    near = fixes.filter(pl.col("t").is_between(begin - beyond, end + beyond))
    assert near.height < fixes.height
    edges = fixes.group_by("device_id").agg(first=pl.col("t").min(), last=pl.col("t").max()).sort("device_id")
    told = Edges(*(edges[name].to_physical().to_numpy().astype(np.int64) for name in ("first", "last")))
    part, _ = _judged(near, crimes, worn, edges=told)
    assert part.verdict_codes.equals(whole.verdict_codes)


def test_a_device_event_gives_a_reason_and_changes_no_verdict() -> None:
    fixes, crimes, worn = _world(6)
    last = fixes.group_by("device_id").agg(pl.col("t").max())
    later = pl.DataFrame(
        {
            "force": "Metropolitan",
            "crime_ref": ["late"],
            "version": pl.Series([1], dtype=pl.Int32),
            "crime_type": "RB",
            "t_from": [datetime(2019, 9, 9, 12, tzinfo=UTC)],
            "t_to": [datetime(2019, 9, 9, 13, tzinfo=UTC)],
            "easting_m": [530_000.0],
            "northing_m": [180_000.0],
            "location_accuracy_m": [10.0],
        }
    ).cast(crimes.schema)
    events = last.filter(pl.col("device_id") == "D03").select(
        "device_id", pl.col("t") + timedelta(minutes=1), event=pl.lit("battery low")
    )
    without, index = _judged(fixes, pl.concat([crimes, later]), worn)
    with_events, _ = _judged(fixes, pl.concat([crimes, later]), worn, events=events)
    before, wearers = from_frame(without.verdict_codes)
    after, _ = from_frame(with_events.verdict_codes)
    at = index.crimes["crime_ref"].to_list().index("late")
    d = wearers.index("W03")
    assert VERDICT_CODES[before[d, at]] == "unobserved_gap"
    assert VERDICT_CODES[after[d, at]] == "unobserved_device_event"
    verdict = np.array([name.partition("_")[0] for name in VERDICT_CODES])
    assert (verdict[before] == verdict[after]).all()
    assert set(np.flatnonzero((before != after).any(axis=1))) == {d}
    said = listed(after[:, at], wearers)
    assert said.filter(pl.col("wearer_id") == "W03").row(0) == ("W03", "unobserved", "device_event")


def test_what_is_stored_comes_back() -> None:
    codes = np.array([[1, 10, 4, 0], [3, 6, 9, 8]], np.int8)
    again, wearers = from_frame(to_frame(codes, ["A", "B"]))
    assert wearers == ["A", "B"]
    assert (again == codes).all()
    assert listed(codes[:, 3], wearers).rows() == [("B", "unobserved", "implausible_speed")]
    assert listed(codes[:, 2], wearers).rows() == [("A", "possible", "left_out_fix"), ("B", "unobserved", "two_trails")]
    none, _ = from_frame(to_frame(np.zeros((0, 3), np.int8), []))
    assert none.shape == (0, 0)
    with pytest.raises(BadInput, match=r"of \[2, 3\] crimes"):
        from_frame(pl.DataFrame({"wearer_id": ["A", "B"], "codes": [b"\x01\x02", b"\x01\x02\x03"]}))


def test_edges_of_other_people_are_refused() -> None:
    may = permitted(walks.assignments(2), EVERYONE, EVERYONE)
    fixes, crimes, _ = _world(7, wearers=2, days=2)
    frame = fixes.select(
        "device_id",
        "t",
        "mechanism",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    trails = build([rows_of_frame(frame, may.devices)], may, PLAIN)
    none = np.zeros(0, np.int32)
    short = Edges(np.zeros(1, np.int64), np.zeros(1, np.int64))
    with pytest.raises(BadInput, match="1 monitored periods; these trails have 2"):
        verdict_codes(trails, index_crimes(crimes, PLAIN), none, none, np.zeros(0, bool), PLAIN, edges=short)
