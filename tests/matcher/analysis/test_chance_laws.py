"""What must hold of q, whatever computes it: it is never 0, and a pool is as good as one run.

Rows are those that runs keep of their crimes, a few wearers at a few crimes in a town, some of them crowded.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

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


IMPLEMENTATIONS: dict[str, Implementation] = {"twin": by_twin}


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


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=150)
@given(kept=rows())
def test_q_is_never_nought(name: str, kept: Kept) -> None:
    found = IMPLEMENTATIONS[name]([kept], 0)
    assert all(0 < q <= 1 for q in found.q.values())
    event("some q" if found.q else "no q")
    event("a crowd" if found.events else "no crowd")


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=150)
@given(kept=rows())
def test_every_candidate_has_a_q_or_the_reason_why_not(name: str, kept: Kept) -> None:
    found = IMPLEMENTATIONS[name]([kept], 2)
    for pair, strength in kept.candidates.items():
        if strength is not None:
            assert (pair in found.q) is (found.notes[pair] is None)
        else:
            assert pair not in found.q


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=100)
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


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=150)
@given(kept=rows(), data=st.data())
def test_a_pool_put_together_from_any_runs_is_judged_as_one_run(name: str, kept: Kept, data: st.DataObject) -> None:
    run_of = {key: data.draw(st.integers(0, 3)) for key in kept.crimes}
    runs = [part(kept, {key for key, run in run_of.items() if run == n}) for n in range(4)]
    least = data.draw(st.sampled_from([0, 2]))
    assert IMPLEMENTATIONS[name](runs, least) == IMPLEMENTATIONS[name]([kept], least)


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=100)
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


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=60)
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
