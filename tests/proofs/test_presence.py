"""Of those to whom the matcher gives a probability of 0.6, sixty in a hundred were there."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from matcher.params import Params
from tests.proofs.recorder import Proof
from tests.support.reliability import Reliability, compare
from tests.support.simulated_tags import ERROR_TIMES_S, KINDS, visits, worlds

pytestmark = pytest.mark.slow

BEFORE = {
    "fine stay 60 s": 0.0173,
    "fine stay 300 s": 0.0172,
    "fine stay 900 s": 0.0174,
    "fine pass 60 s": 0.0184,
    "fine pass 300 s": 0.0194,
    "fine pass 900 s": 0.0196,
    "fine stroll 60 s": 0.0191,
    "fine stroll 300 s": 0.0199,
    "fine stroll 900 s": 0.0203,
    "fine excursion 60 s": 0.0187,
    "fine excursion 300 s": 0.0195,
    "fine excursion 900 s": 0.0197,
    "coarse stay 60 s": 0.0221,
    "coarse stay 300 s": 0.0222,
    "coarse stay 900 s": 0.022,
    "coarse pass 60 s": 0.0217,
    "coarse pass 300 s": 0.023,
    "coarse pass 900 s": 0.0232,
    "coarse stroll 60 s": 0.0226,
    "coarse stroll 300 s": 0.0238,
    "coarse stroll 900 s": 0.024,
    "coarse excursion 60 s": 0.024,
    "coarse excursion 300 s": 0.0251,
    "coarse excursion 900 s": 0.0254,
}
"""Brier scores of the same worlds by the definition before this one, which cut nodes within the window."""

VISITS = {(10.0, 60.0): 0.10, (10.0, 80.0): 0.25, (50.0, 50.0): 0.05}
"""Stated accuracies at home and at a scene next door, m, and how many visits may be lost at most."""
LOST = 0.05
"""A visit with a smaller probability of presence is lost."""


def measure(
    kind: str, error_time_s: float, n: int, seed: int, taken_s: float | None = None, coarse: bool = False
) -> Reliability:
    """Worlds of that kind, with the run told their error time, or `taken_s` instead.

    A world without a fix or a path in its window is left out: the matcher has nothing to say of it.
    """
    seen = worlds(np.random.default_rng(seed), kind, error_time_s, n, coarse)
    params = Params(error_time_s=error_time_s if taken_s is None else taken_s)
    p, hard = seen.p_and_hard(params)
    known = ~np.isnan(p)
    return compare(p[known], (seen.nearest_m <= params.radius_m)[known], hard[known])


@dataclasses.dataclass(frozen=True)
class Visits:
    """Visits to a scene next door: the share that is lost, and the share of those that say fixes are too coarse."""

    n: int
    lost: float
    said_too_coarse: float


def measure_visits(home_m: float, scene_m: float, error_time_s: float, n: int, seed: int) -> Visits:
    seen = visits(np.random.default_rng(seed), home_m, scene_m, error_time_s, n)
    params = Params(error_time_s=error_time_s)
    p, _ = seen.p_and_hard(params)
    lost = p < LOST
    said = float(seen.too_coarse(params)[lost].mean()) if lost.any() else 1.0
    return Visits(n=n, lost=float(lost.mean()), said_too_coarse=said)


@pytest.mark.parametrize(("kind", "error_time_s"), list(itertools.product(KINDS, ERROR_TIMES_S)))
def test_what_is_called_probable_is_so(kind: str, error_time_s: float) -> None:
    found = measure(kind, error_time_s, 2000, seed=11, coarse=error_time_s == 300.0)
    assert abs(found.slope - 1.0) <= 0.05 + 3 * found.slope_se
    assert abs(found.over) <= 0.1 + 3 * found.over_se
    assert found.brier < found.brier_hard


@pytest.mark.parametrize("accuracies", VISITS)
def test_a_visit_next_door_is_not_lost_in_the_stay_at_home(accuracies: tuple[float, float]) -> None:
    found = measure_visits(*accuracies, error_time_s=300.0, n=600, seed=12)
    assert found.lost <= VISITS[accuracies] + 3 * np.sqrt(VISITS[accuracies] / found.n)
    assert found.said_too_coarse == 1.0


def test_the_measure_itself_tells_a_liar_from_an_honest_forecaster() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    there = rng.random(20_000) < p
    honest = compare(p, there, p > 0.5)
    assert abs(honest.slope - 1) < 4 * honest.slope_se
    assert abs(honest.over) < 4 * honest.over_se
    timid = compare(0.25 + 0.5 * p, there, p > 0.5)
    assert timid.slope > 1.8
    boastful = compare(np.sqrt(p), there, p > 0.5)
    assert boastful.over > 0.1


@pytest.mark.prove(
    "p-slope",
    "p-mean",
    "p-brier-before",
    "p-better-than-a-fix",
    "p-tenths",
    "visit-lost-10-60",
    "visit-lost-10-80",
    "visit-lost-50-50",
    "lost-visit-says-coarse",
    "lost-visit-says-coarse-900",
    "visit-lost-900",
    "p-wrong-error-time",
    "p-by-car",
)
def test_reliability_of_the_probability_of_presence(proof: Proof) -> None:
    kinds = list(itertools.product(KINDS, ERROR_TIMES_S))
    fine = {(kind, t): measure(kind, t, 8_000, seed=41) for kind, t in kinds}
    coarse = {(kind, t): measure(kind, t, 8_000, seed=41, coarse=True) for kind, t in kinds}
    mistaken = {(kind, t): measure(kind, t, 8_000, seed=22, taken_s=300.0) for kind in KINDS for t in (60.0, 900.0)}
    limits = {("drive", t): measure("drive", t, 8_000, seed=24) for t in ERROR_TIMES_S}
    next_door = {
        (home, scene, t): measure_visits(home, scene, t, 8_000, seed=25)
        for (home, scene), t in itertools.product(VISITS, (300.0, 900.0))
    }
    proof.save(
        "presence",
        _plot(fine),
        {
            "error time told": _numbers(fine),
            "coarse fixes, about 15 m": _numbers(coarse),
            "error time taken as 300 s": _numbers(mistaken),
            "known limits": _numbers(limits),
            "visits next door": {
                f"home {home:g} m, scene {scene:g} m, {t:g} s": dataclasses.asdict(found)
                for (home, scene, t), found in next_door.items()
            },
        },
    )
    proof.material("stays, passes, strolls and excursions, fine and coarse fixes, of each kind", 8_000, seeds="41")
    proof.material("the same with 300 s taken for another error time", 8_000, seeds="22")
    proof.material("people who drive past, for each error time", 8_000, seeds="24")
    proof.material("visits of 5 to 20 minutes next door to home, for each pair of accuracies", 8_000, seeds="25")
    for name, group in (("fine", fine), ("coarse", coarse)):
        for (kind, t), found in group.items():
            case = f"{name} {kind} {t:g} s"
            proof.measured("p-slope", case, found.slope, se=found.slope_se)
            proof.measured("p-mean", case, found.over, se=found.over_se)
            proof.measured("p-brier-before", case, found.brier - BEFORE[case], note=f"{found.brier:.4f}")
            proof.measured("p-better-than-a-fix", case, found.brier - found.brier_hard)
            k = found.worst_tenth
            p, share, n = found.mean_p[k], found.share[k], found.count[k]
            se = np.sqrt(share * (1 - share) / n)
            proof.measured("p-tenths", case, p - share, se=se, note=f"mean p {p:.2f}, share {share:.2f} of {n}")
    for key, group in (("p-wrong-error-time", mistaken), ("p-by-car", limits)):
        for (kind, t), found in group.items():
            proof.measured(key, f"{kind} {t:g} s", found.slope, se=found.slope_se, note=f"Brier {found.brier:.4f}")
    for (home, scene, t), visit in next_door.items():
        case = f"home {home:g} m, scene {scene:g} m, {t:g} s"
        lost = f"visit-lost-{home:g}-{scene:g}" if t == 300.0 else "visit-lost-900"
        proof.measured(lost, case, visit.lost, share_of=visit.n)
        says = "lost-visit-says-coarse" if t == 300.0 else "lost-visit-says-coarse-900"
        proof.measured(says, case, visit.said_too_coarse, share_of=round(visit.lost * visit.n))
    proof.assert_met()


def _numbers(measured: dict[tuple[str, float], Reliability]) -> dict[str, Any]:
    return {
        f"{kind} {t:g} s": {**dataclasses.asdict(found), "worst_bin": found.worst_bin}
        for (kind, t), found in measured.items()
    }


def _plot(measured: dict[tuple[str, float], Reliability]) -> Figure:
    figure = Figure(figsize=(9, 9))
    panels = figure.subplots(len(KINDS), len(ERROR_TIMES_S), sharex=True, sharey=True)
    for (kind, t), axes in zip(measured, panels.flat, strict=True):
        found = measured[kind, t]
        share, count = np.array(found.share), np.array(found.count)
        error = 2 * np.sqrt(np.maximum(share * (1 - share), 0.0) / np.maximum(count, 1))
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axes.errorbar(found.mean_p, share, yerr=error, fmt="o", markersize=3, linewidth=1)
        axes.set_title(f"{kind}, {t:g} s: {found.slope:.3f} ± {found.slope_se:.3f}", fontsize=9)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
    figure.supxlabel("probability of presence, mean of tenths")
    figure.supylabel("share that truly was within 100 m in the window (± 2 standard errors)")
    figure.tight_layout()
    return figure
