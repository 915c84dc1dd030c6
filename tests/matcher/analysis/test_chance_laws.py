"""What must hold of q, whatever computes it: it is never 0, and a pool is as good as one run.

Rows are those that runs keep of their crimes, a few wearers at a few crimes in a town, some of them crowded.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from matcher.analysis.chance import ChanceRows
from matcher.analysis.pool import pool
from matcher.schemas import COVERED_BY_CRIME, CRIME_KEY, DECOYS, JUDGED_CRIMES
from tests.support.naive.chance import Chance, Crime, CrimeKey, Kept, pooled

HOUR = 3_600_000_000
WEARERS = [f"w{i}" for i in range(12)]
DAYS = (-28, -21, -14, -7, 0, 7, 14, 21, 28)
STRENGTHS = st.sampled_from([None, 0.001, 0.5, 1.0, 1.0, 12.5, 12.5, 57.0, 400.0])


class Judged(NamedTuple):
    q: dict[tuple[CrimeKey, str], float]
    notes: dict[tuple[CrimeKey, str], str | None]
    events: dict[CrimeKey, tuple[int, float]]


Implementation = Callable[[list[Kept], int], Judged]
"""Judges the pool of some runs' rows, the smallest pool given."""


def by_twin(runs: list[Kept], min_pool_crimes: int) -> Judged:
    rows = pooled(runs)
    run = Chance(rows, 28, min_pool_crimes)
    return Judged(run.q, {pair: run.note(pair) for pair in rows.candidates}, dict(run.events))


def by_matcher(runs: list[Kept], min_pool_crimes: int) -> Judged:
    found = pool([chance_rows(run) for run in runs], min_pool_crimes).candidates
    pairs = [((row[0], row[1], row[2]), row[3]) for row in found.select(*CRIME_KEY, "wearer_id").rows()]
    judged = dict(zip(pairs, found.select("q_value", "note", "at_event", "usually").rows(), strict=True))
    return Judged(
        {pair: row[0] for pair, row in judged.items() if row[0] is not None},
        {pair: row[1] for pair, row in judged.items()},
        {pair[0]: (row[2], row[3]) for pair, row in judged.items() if row[2] is not None},
    )


def chance_rows(kept: Kept) -> ChanceRows:
    """The same rows as the matcher takes them."""
    crimes = [
        (*key, crime.stratum, datetime(2019, 6, 1, tzinfo=UTC) + timedelta(microseconds=crime.t_from), crime.x, crime.y)
        for key, crime in kept.crimes.items()
    ]
    decoys = [(*key, wearer, k, s) for (key, wearer, k), s in kept.hits.items() if k]
    pair = {name: DECOYS[name] for name in (*CRIME_KEY, "wearer_id")}
    return ChanceRows(
        pl.DataFrame(
            [(*key, wearer, s, None) for (key, wearer), s in kept.candidates.items()],
            {**pair, "strength": pl.Float64, "note": pl.String},
            orient="row",
        ),
        pl.DataFrame(decoys, DECOYS, orient="row"),
        pl.DataFrame([(*key, k, n) for (key, k), n in kept.covered.items()], COVERED_BY_CRIME, orient="row"),
        pl.DataFrame(crimes, JUDGED_CRIMES, orient="row"),
    )


IMPLEMENTATIONS: dict[str, Implementation] = {"twin": by_twin, "matcher": by_matcher}
implementations = pytest.mark.parametrize(
    "name", ["matcher", pytest.param("twin", marks=pytest.mark.prove("twin-strength"))]
)
"""The twin, which is slow, in `make prove`: where it breaks a law and the matcher does not, the two are not equal."""


@st.composite
def rows(draw: st.DrawFn) -> Kept:
    crimes: dict[CrimeKey, Crime] = {}
    candidates: dict[tuple[CrimeKey, str], float | None] = {}
    hits: dict[tuple[CrimeKey, str, int], float | None] = {}
    covered: dict[tuple[CrimeKey, int], int] = {}
    for i in range(draw(st.integers(1, 8))):
        key = ("met", f"c{i}", 1)
        x, later = draw(st.sampled_from([0, 200_000, 5_000_000])), draw(st.sampled_from([0, 2, 100]))
        crimes[key] = Crime(x, 0, later * HOUR, draw(st.sampled_from([0, 0, 1, 2])))
        there = draw(st.integers(0, 1 << len(WEARERS)).filter(lambda n: n < 1 << len(WEARERS)))
        for w, wearer in enumerate(WEARERS):
            if there >> w & 1:
                candidates[key, wearer] = draw(STRENGTHS)
        for k in draw(st.sets(st.sampled_from(DAYS))):
            covered[key, k] = draw(st.integers(len(WEARERS), 40))
            if k:
                for wearer in draw(st.sets(st.sampled_from(WEARERS), max_size=3)):
                    hits[key, wearer, k] = draw(STRENGTHS)
        for pair in [pair for pair in candidates if pair[0] == key]:
            if (key, 0) in covered:
                hits[*pair, 0] = candidates[pair]
            else:
                candidates[pair] = None
    return Kept(crimes, candidates, hits, covered)


def part(rows: Kept, chosen: set[CrimeKey]) -> Kept:
    return Kept(
        {key: crime for key, crime in rows.crimes.items() if key in chosen},
        {row: s for row, s in rows.candidates.items() if row[0] in chosen},
        {row: s for row, s in rows.hits.items() if row[0] in chosen},
        {row: n for row, n in rows.covered.items() if row[0] in chosen},
    )


@settings(max_examples=80)
@given(kept=rows(), min_pool_crimes=st.sampled_from([0, 1, 2, 5]))
def test_the_matcher_judges_as_the_twin(kept: Kept, min_pool_crimes: int) -> None:
    found, expected = by_matcher([kept], min_pool_crimes), by_twin([kept], min_pool_crimes)
    assert found.q.keys() == expected.q.keys()
    assert found.q == {pair: pytest.approx(q, rel=6e-6) for pair, q in expected.q.items()}
    assert found.events == {
        key: (n, pytest.approx(mu, rel=6e-6)) for key, (n, mu) in expected.events.items() if _has_candidate(kept, key)
    }
    assert {pair: note for pair, note in found.notes.items() if note} == {
        pair: note for pair, note in expected.notes.items() if note
    }


def _has_candidate(kept: Kept, key: CrimeKey) -> bool:
    """A crime without candidates may be one of the crowd's; no row says so."""
    return any(crime == key for crime, _ in kept.candidates)


@implementations
@settings(max_examples=60)
@given(kept=rows())
def test_q_is_never_nought(name: str, kept: Kept) -> None:
    found = IMPLEMENTATIONS[name]([kept], 0)
    assert all(0 < q <= 1 for q in found.q.values())
    event("some q" if found.q else "no q")
    event("a crowd" if found.events else "no crowd")


@implementations
@settings(max_examples=60)
@given(kept=rows())
def test_every_candidate_has_a_q_or_the_reason_why_not(name: str, kept: Kept) -> None:
    found = IMPLEMENTATIONS[name]([kept], 2)
    for pair, strength in kept.candidates.items():
        if strength is not None:
            assert (pair in found.q) is (found.notes[pair] is None)
        else:
            assert pair not in found.q


@implementations
@settings(max_examples=40)
@given(kept=rows())
def test_stronger_is_never_worse(name: str, kept: Kept) -> None:
    found = IMPLEMENTATIONS[name]([kept], 0)
    for stratum in range(3):
        ranked = sorted(
            (strength, found.q[pair])
            for pair, strength in kept.candidates.items()
            if strength is not None and pair in found.q and kept.crimes[pair[0]].stratum == stratum
        )
        assert [q for _, q in ranked] == sorted((q for _, q in ranked), reverse=True)


@implementations
@settings(max_examples=60)
@given(kept=rows(), data=st.data())
def test_a_pool_put_together_from_any_runs_is_judged_as_one_run(name: str, kept: Kept, data: st.DataObject) -> None:
    run_of = {key: data.draw(st.integers(0, 3)) for key in kept.crimes}
    runs = [part(kept, {key for key, run in run_of.items() if run == n}) for n in range(4)]
    least = data.draw(st.sampled_from([0, 2]))
    assert IMPLEMENTATIONS[name](runs, least) == IMPLEMENTATIONS[name]([kept], least)


@implementations
@settings(max_examples=40)
@given(kept=rows(), data=st.data())
def test_an_earlier_run_over_the_same_crimes_leaves_no_trace(name: str, kept: Kept, data: st.DataObject) -> None:
    again = data.draw(st.sets(st.sampled_from(sorted(kept.crimes))))
    earlier = part(kept, again)
    other = Kept(
        earlier.crimes,
        dict.fromkeys(earlier.candidates, 1e6),
        dict.fromkeys(earlier.hits, 1e6),
        {row: 3 * n for row, n in earlier.covered.items()},
    )
    assert IMPLEMENTATIONS[name]([other, kept], 0) == IMPLEMENTATIONS[name]([kept], 0)


@implementations
@settings(max_examples=24)
@given(kept=rows(), n=st.integers(12, 40))
def test_a_crowd_at_a_new_crime_changes_nobody_elses_q(name: str, kept: Kept, n: int) -> None:
    crowd = ("met", "crowd", 1)
    people = [f"x{i}" for i in range(n)]
    with_it = Kept(
        {**kept.crimes, crowd: Crime(50_000_000, 0, 0, 0)},
        {**kept.candidates, **{(crowd, wearer): 57.0 for wearer in people}},
        {**kept.hits, **{(crowd, wearer, 0): 57.0 for wearer in people}, (crowd, "x0", 7): 57.0},
        {**kept.covered, **{(crowd, k): n for k in DAYS}},
    )
    before, after = IMPLEMENTATIONS[name]([kept], 1), IMPLEMENTATIONS[name]([with_it], 1)
    assert crowd in after.events
    assert after.q == before.q
    assert {pair: note for pair, note in after.notes.items() if pair[0] != crowd} == before.notes
