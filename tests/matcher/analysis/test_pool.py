"""A pool put together from any runs says what one run over the same crimes says."""

import functools
import random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from matcher.analysis.chance import Chance, ChanceRows, chance
from matcher.analysis.pool import of_crimes, pool
from matcher.schemas import COVERED_BY_CRIME, CRIME_KEY, DECOYS, INSTANT, JUDGED_CRIMES

CRIMES, WEARERS = 60, 40


@functools.cache
def rows(seed: int) -> ChanceRows:
    """A month of made-up rows, one of its crimes in a crowd."""
    rng = random.Random(seed)
    crimes, candidates, decoys, covered = [], [], [], []
    for c in range(CRIMES):
        key = ("met", f"c{c:03}", 1)
        place = (530_000_000 + rng.randrange(4_000_000), 180_000_000 + rng.randrange(4_000_000))
        crimes.append((*key, rng.randrange(3), 1_560_000_000_000_000 + rng.randrange(30 * 86_400) * 1_000_000, *place))
        there = rng.sample(range(WEARERS), 30 if c == 7 else rng.randrange(3))
        for w in there:
            strength = rng.choice([None, round(10 ** rng.uniform(-2, 3), 3)])
            note = "accuracy_unknown" if strength is None else None
            candidates.append((*key, f"w{w:02}", strength, note))
        for k in (-28, -21, -14, -7, 0, 7, 14, 21, 28):
            if k == 0 or rng.random() < 0.9:
                covered.append((*key, k, rng.randrange(1, WEARERS)))
        for w, k in {(rng.randrange(WEARERS), rng.choice([-14, -7, 7, 21])) for _ in range(rng.randrange(4))}:
            decoys.append((*key, f"w{w:02}", k, rng.choice([None, round(10 ** rng.uniform(-2, 3), 3)])))
    candidate = {
        **dict.fromkeys(("force", "crime_ref"), pl.String),
        "version": pl.Int32,
        "wearer_id": pl.String,
        "strength": pl.Float64,
        "note": pl.String,
    }
    placed = {**JUDGED_CRIMES, "t_from": pl.Int64()}
    return ChanceRows(
        pl.DataFrame(candidates, candidate, orient="row"),
        pl.DataFrame(sorted(decoys), DECOYS, orient="row"),
        pl.DataFrame(covered, COVERED_BY_CRIME, orient="row"),
        pl.DataFrame(crimes, placed, orient="row").with_columns(pl.col("t_from").cast(INSTANT)),
    )


def assert_same(found: Chance, expected: Chance) -> None:
    by = [*CRIME_KEY, "wearer_id"]
    assert_frame_equal(found.candidates.sort(by), expected.candidates.sort(by), check_exact=True)
    assert_frame_equal(found.curves, expected.curves, check_exact=True)
    assert (found.by_stratum, found.lists) == (expected.by_stratum, expected.lists)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3),
    st.lists(st.integers(0, 5), min_size=CRIMES, max_size=CRIMES),
    st.permutations(range(6)),
    st.sampled_from([1, 15, 200]),
)
def test_any_split_of_crimes_into_runs_gives_the_q_of_one_run(
    seed: int, run_of: list[int], order: list[int], least: int
) -> None:
    whole = rows(seed)
    expected = chance(whole, least)
    assert "event" in set(expected.candidates["note"])
    assert expected.candidates.filter(pl.col("q_value") <= 0).is_empty()
    keys = whole.crimes.select(CRIME_KEY).with_columns(run=pl.Series(run_of))
    # Each run judges its own crimes first; what it said of chance is not in the pool.
    parts = [of_crimes(whole, keys.filter(run=r)) for r in order]
    judged = [part._replace(candidates=chance(part, 1).candidates) for part in parts]
    found = pool(judged, least)
    assert_same(found, Chance(expected.candidates.select(found.candidates.columns), *_rest(expected)))


def test_crimes_entered_one_at_a_time_are_judged_among_their_month() -> None:
    whole = rows(0)
    parts = [of_crimes(whole, whole.crimes[i : i + 1]) for i in range(CRIMES)]
    assert all(set(chance(part, 200).candidates["q_value"]) <= {None} for part in parts)
    found = pool(parts, 1)
    assert_same(found, Chance(chance(whole, 1).candidates.select(found.candidates.columns), *_rest(chance(whole, 1))))


def test_a_crime_counts_by_the_latest_run_that_has_it() -> None:
    whole = rows(0)
    earlier = of_crimes(whole, whole.crimes[:20])
    changed = earlier._replace(candidates=earlier.candidates.with_columns(strength=pl.lit(1e9)), decoys=whole.decoys)
    new_version = changed._replace(
        **{name: frame.with_columns(version=pl.lit(0, pl.Int32)) for name, frame in changed._asdict().items()}
    )
    assert_same(pool([changed, new_version, whole], 1), pool([whole], 1))


def test_an_empty_pool_says_nothing() -> None:
    assert pool([], 200).by_stratum == []


def _rest(judged: Chance) -> tuple[pl.DataFrame, list[dict[str, object]], list[dict[str, object]]]:
    return judged.curves, judged.by_stratum, judged.lists
