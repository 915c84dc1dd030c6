"""A probability of a visit between two fixes, by Brownian bridges: why the matcher gives none.

Where people move as a bridge supposes, what it says is found. Where they walk and drive along streets and stop, it is
not: too much is said, the more so the longer the silence.
"""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

from tests.proofs.recorder import Proof
from tests.support.bridges import Trail, brownian, cases, lives, of_like_silences, probability
from tests.support.reliability import Reliability, compare

pytestmark = pytest.mark.slow

SILENCES_S = (60.0, 300.0, 600.0, 1800.0)
VARIANCE = 5.0
"""Of the people who move at random, m² a second."""

Measured = dict[tuple[str, str], Reliability]
"""By how the variance of motion is estimated, and whether the wearer seems to have stayed."""


def measure(learnt_from: list[Trail], of: list[Trail], lasts_s: float, n: int, seed: int) -> Measured:
    rng = np.random.default_rng(seed)
    seen = cases(rng, of, lasts_s, n, of_like_silences(rng, learnt_from, lasts_s))
    found = {}
    for way, variance in seen.variance.items():
        p = probability(rng, seen, variance)
        for name, part in (("still", seen.still), ("moving", ~seen.still)):
            if part.sum() >= n // 4:
                # No fix in the window is inside: by fixes alone nobody was ever there.
                found[way, name] = compare(p[part], seen.there[part], np.zeros(int(part.sum()), np.bool_))
    return found


def test_of_people_who_move_as_bridges_suppose_what_is_said_is_found() -> None:
    found = measure(brownian(1, 4, 1, VARIANCE), brownian(2, 6, 1, VARIANCE), 300.0, 800, seed=3)
    assert len(found) == 6
    for case, each in found.items():
        assert abs(each.slope - 1.0) <= 0.1 + 3 * each.slope_se, case


def test_of_people_who_walk_and_drive_it_is_not() -> None:
    found = measure(lives(1, 5, 2), lives(2, 8, 2), 1800.0, 600, seed=3)
    moving = [each for (_, name), each in found.items() if name == "moving"]
    assert len(moving) == 3
    assert all(each.slope + 3 * each.slope_se < 0.9 for each in moving)


@pytest.mark.prove("between-fixes-at-random", "between-fixes")
def test_reliability_of_brownian_bridges(proof: Proof) -> None:
    people = {
        "between-fixes-at-random": (brownian(1, 6, 2, VARIANCE), brownian(2, 20, 2, VARIANCE)),
        "between-fixes": (lives(1, 15, 3), lives(2, 30, 3)),
    }
    proof.material("silences of people who move at random (Brownian motion)", 4000 * len(SILENCES_S), "1, 2, 3")
    proof.material(
        "silences in lives in the synthetic London, with visits next door of 1 to 10 minutes",
        4000 * len(SILENCES_S),
        "1, 2, 3",
    )
    kept: dict[str, Any] = {}
    for (key, (learnt_from, of)), lasts_s in itertools.product(people.items(), SILENCES_S):
        for (way, name), found in measure(learnt_from, of, lasts_s, 4000, seed=3).items():
            case = f"{lasts_s:g} s, {name}, variance by {way}"
            proof.measured(key, case, found.slope, se=found.slope_se, of=found.n)
            kept.setdefault(key, {})[case] = dataclasses.asdict(found)
    proof.save("between_fixes", None, kept)
    proof.assert_met()
