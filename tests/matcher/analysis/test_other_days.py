"""How unusual a candidate is for that wearer, as somebody who knows the wearer would have it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.analysis.covered_days import DAYS, by_crime
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.other_days import ACCURACY_UNKNOWN, Days, compare, day_hits, with_other_days
from matcher.frames import Float64
from matcher.kernels import presence
from matcher.kernels.arrays import Pairs
from matcher.params import Params
from matcher.permitted import EVERYONE, permitted
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.schemas import ASSIGNMENTS, CRIMES, FIXES, INTERVALS
from matcher.trails.build import Trails, build, rows_of_frame
from tests.proofs.recorder import Proof
from tests.support.day_worlds import DayWorld, day_world, enumerated, moved

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
START = datetime(2019, 6, 1, tzinfo=UTC)
SCENE_M = (530_000.0, 180_000.0)
AT_80_M = (530_080.0, 180_000.0)
FAR = (535_000.0, 180_000.0)


def assert_as_enumerated(world: DayWorld) -> None:
    trails, index, days = world.compared()
    wearers = trails.permitted.wearers
    vectors, counts = enumerated(world)
    found_days = {
        (wearer, ref, k)
        for wearer, bits in zip(wearers, days.covered, strict=True)
        for ref, word in zip(index.crimes["crime_ref"], bits.tolist(), strict=True)
        for j, k in enumerate(DAYS)
        if word >> j & 1
    }
    assert found_days == {(wearer, ref, k) for wearer, ref, k in counts if k in DAYS}
    totals = {(ref, k): n for _, ref, _, k, n in by_crime(days.covered, index.crimes).iter_rows()}
    assert totals == Counter((ref, k) for _, ref, k in found_days)
    expected = sorted(
        (crime, wearer, k, len(v["counted"]), sum(d % 7 == 0 for d in v["counted"]))
        for (crime, wearer), v in vectors.items()
        for k in v["hits"]
    )
    found = day_hits(days, index, wearers)
    assert found.select("crime_ref", "wearer_id", "day", "days_counted", "same_weekday_counted").rows() == expected
    pairs = {
        (index.crimes["crime_ref"][int(c)], wearers[int(w)])
        for c, w in zip(days.pair_crime, days.pair_wearer, strict=True)
    }
    assert pairs == set(vectors)
    own = {
        (index.crimes["crime_ref"][int(c)], wearers[int(w)]): bool(counts)
        for c, w, counts in zip(days.pair_crime, days.pair_wearer, days.own_day_counts, strict=True)
    }
    assert own == {pair: 0 in v["counted"] for pair, v in vectors.items()}


@pytest.mark.parametrize("seed", range(9))
def test_every_pair_and_day_is_as_counted_one_by_one(seed: int) -> None:
    assert_as_enumerated(day_world(seed))


@pytest.mark.prove("twin-other-days")
def test_every_pair_and_day_is_as_counted_one_by_one_many_times(proof: Proof) -> None:
    proof.material("worlds of a few wearers, crimes and weeks", 300, "100 to 399")
    for seed in range(100, 400):
        assert_as_enumerated(day_world(seed))


@pytest.mark.parametrize("seed", [3, 6, 8])
def test_another_day_is_measured_as_the_crimes_own_day_would_be(seed: int) -> None:
    world = day_world(seed)
    trails, index, days = world.compared()
    names = trails.permitted.wearers
    rows = day_hits(days, index, names)
    assert rows.filter(pl.col("day") != 0).height
    for row in rows.iter_rows(named=True):
        crime = world.crimes.filter(pl.col("crime_ref") == row["crime_ref"])
        t_from, t_to = crime["t_from"][0], crime["t_to"][0]
        there = moved(t_from, row["day"])
        one = crime.with_columns(pl.lit(there).alias("t_from"), pl.lit(there + (t_to - t_from)).alias("t_to"))
        wearer = names.index(row["wearer_id"])
        expected = float(nearness_of(trails, index_crimes(one, world.params), world.params, wearer)[0])
        assert row["nearness"] == (None if np.isnan(expected) else expected)


# --- lives that can be worked out by hand -----------------------------------------------------------------------------


def at_home(_day: int) -> tuple[float, float]:
    return AT_80_M


def life(place_on: Any, days: int, hours: tuple[int, ...] = tuple(range(24))) -> list[tuple[Any, ...]]:
    """A fix a minute in these hours of each day, at `place_on(day)`."""
    return [
        ("d", START + d * DAY + h * 60 * MINUTE + m * MINUTE, "gnss", *place_on(d), 10.0)
        for d in range(days)
        for h in hours
        for m in range(60)
    ]


def nearness_of(trails: Trails, index: CrimeIndex, p: Params, wearer: int) -> Float64:
    """Six digits, of the wearer and the index's only crime."""
    pairs = Pairs(np.array([wearer], np.int32), np.zeros(1, np.int32))
    assert trails.nodes is not None
    _, nearness, _ = presence.of_pairs(pairs, trails.nodes, index.arrays, rule_of(p))
    return six_digits(nearness)


def worth(
    fixes: list[tuple[Any, ...]],
    crime_day: int,
    p: Params,
    minutes: int = 60,
    monitored: Any = EVERYONE,
    eligible: Any = EVERYONE,
) -> tuple[dict[str, Any], Days]:
    """What the other days say of the one wearer and a crime at 12:00 UTC of that day, who is a candidate for it."""
    may = permitted(pl.DataFrame([("d", "w", START - 90 * DAY, None)], ASSIGNMENTS, orient="row"), monitored, eligible)
    trails = build([rows_of_frame(pl.DataFrame(fixes, FIXES, orient="row"), may.devices)], may, p)
    t = START + crime_day * DAY + 720 * MINUTE
    index = index_crimes(
        pl.DataFrame([("met", "c", 1, "RB", t, t + minutes * MINUTE, *SCENE_M, 5.0)], CRIMES, orient="row"), p
    )
    days = compare(trails, index, p)
    pair = np.zeros(1, np.int32)
    candidate = pl.DataFrame({"nearness": nearness_of(trails, index, p, 0)}).with_columns(
        pl.col("nearness").fill_nan(None)
    )
    unknown = pl.when(pl.col("nearness").is_null()).then(pl.lit(ACCURACY_UNKNOWN))
    candidate = candidate.with_columns(unknown.alias("note"))
    return with_other_days(candidate, days, pair, pair).row(0, named=True), days


def test_a_wearer_who_lives_80_m_away_matches_as_on_every_other_day() -> None:
    row, _ = worth(life(at_home, 57), 28, Params())
    assert (row["reference_days"], row["reference_hits"]) == (56, 56)
    assert (row["same_weekday_days"], row["same_weekday_hits"]) == (8, 8)
    assert row["e_value"] == 1.0
    assert row["note"] is None


def test_a_visitor_on_none_of_56_other_days_has_an_e_value_of_57() -> None:
    row, _ = worth(life(lambda d: AT_80_M if d == 28 else FAR, 57), 28, Params())
    assert (row["reference_days"], row["reference_hits"], row["e_value"]) == (56, 0, 57.0)
    assert (row["same_weekday_days"], row["same_weekday_hits"]) == (8, 0)
    assert row["strength"] == pytest.approx(57.0 * row["nearness"], rel=1e-5)


def test_a_weekly_appointment_shows_in_the_same_weekday() -> None:
    fixes = life(lambda d: AT_80_M if d % 7 == 0 else FAR, 57)
    row, _ = worth(fixes, 28, Params())
    assert (row["reference_days"], row["reference_hits"]) == (56, 8)
    assert (row["same_weekday_days"], row["same_weekday_hits"]) == (8, 8)
    assert row["e_value"] == float(f"{57 / 9:.6g}")
    row, _ = worth(fixes, 28, Params(reference="same_weekday"))
    assert (row["reference_days"], row["reference_hits"], row["e_value"]) == (8, 8, 1.0)


def test_less_than_five_other_days_are_flagged() -> None:
    row, _ = worth(life(lambda d: AT_80_M if d == 2 else FAR, 5), 2, Params())
    assert (row["reference_days"], row["e_value"], row["note"]) == (4, 5.0, "few_reference_days")
    row, _ = worth(life(lambda d: AT_80_M if d == 2 else FAR, 6), 2, Params())
    assert (row["reference_days"], row["e_value"], row["note"]) == (5, 6.0, None)


def test_days_after_data_until_do_not_count() -> None:
    fixes = life(at_home, 20)
    # W of day 15 ends at 13:00; an end at that very instant is not before it.
    until = START + 15 * DAY + 780 * MINUTE
    row, _ = worth(fixes, 10, Params(data_until=until))
    assert row["reference_days"] == 14
    row, _ = worth(fixes, 10, Params(data_until=until + timedelta(microseconds=1)))
    assert row["reference_days"] == 15


def test_a_crimes_day_without_coverage_is_reported_and_not_judged() -> None:
    # On the crime's day the tag was off from 12:10 on: a candidate, but on a sixth of the window.
    def off(fix: tuple[Any, ...]) -> bool:
        return bool(START + 10 * DAY + 730 * MINUTE < fix[1] < START + 11 * DAY)

    fixes = [fix for fix in life(lambda d: AT_80_M if d % 2 == 0 else FAR, 21) if not off(fix)]
    row, days = worth(fixes, 10, Params())
    assert row["note"] == "crime_day_not_covered"
    assert row["e_value"] is None
    assert row["strength"] is None
    assert row["nearness"] is not None
    assert (row["reference_days"], row["reference_hits"]) == (20, 10)
    assert (row["same_weekday_days"], row["same_weekday_hits"]) == (2, 0)
    assert 0 not in days.hit_day


def test_days_without_enough_path_do_not_count() -> None:
    # The tag speaks for the first 48 minutes of the hour on even days: exactly 0.8 of the window is drawn.
    def spoke(fix: tuple[Any, ...], minutes: int) -> bool:
        at: datetime = fix[1]
        return (at - START).days % 2 == 1 or at.hour != 12 or at.minute <= minutes

    p = Params(max_gap_s=60.0)
    fixes = life(at_home, 21, (11, 12, 13))
    row, _ = worth([f for f in fixes if spoke(f, 48)], 11, p)
    assert row["reference_days"] == 20
    row, _ = worth([f for f in fixes if spoke(f, 47)], 11, p)
    assert row["reference_days"] == 9


def test_days_outside_the_monitored_or_the_eligible_time_do_not_count() -> None:
    def spans(*ends: tuple[int, int]) -> pl.DataFrame:
        return pl.DataFrame([("w", START + a * DAY, START + b * DAY) for a, b in ends], INTERVALS, orient="row")

    fixes = life(at_home, 30)
    row, _ = worth(fixes, 10, Params(), monitored=spans((0, 13), (20, 30)))
    assert row["reference_days"] == 22
    row, _ = worth(fixes, 10, Params(), eligible=spans((5, 20)))
    assert row["reference_days"] == 14
    row, _ = worth(fixes, 10, Params(), monitored=spans((0, 13)), eligible=spans((5, 20)))
    assert row["reference_days"] == 7


def test_a_fix_without_accuracy_leaves_a_days_nearness_open_and_e_as_it_is() -> None:
    fixes = life(lambda d: AT_80_M if d in (9, 10) else FAR, 21)
    fixes = [(*f[:5], None) if f[1] == START + 10 * DAY + 750 * MINUTE else f for f in fixes]
    row, days = worth(fixes, 10, Params())
    assert row["e_value"] == float(f"{21 / 2:.6g}")
    assert row["nearness"] is None
    assert row["strength"] is None
    assert row["note"] == "accuracy_unknown"
    assert np.isnan(days.hit_nearness[days.hit_day == 0]).all()
    assert not np.isnan(days.hit_nearness[days.hit_day == -1]).any()
