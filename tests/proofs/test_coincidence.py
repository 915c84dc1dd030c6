"""Crimes that have nothing to do with the wearers: an e-value is then 1 on the mean, and large as seldom as it says."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.figure import Figure

from matcher.params import Params
from tests.proofs.recorder import Proof
from tests.support.day_lives import Judged, lived, town

pytestmark = pytest.mark.slow

LEVELS = (2, 5, 10, 20, 50)
KINDS = {
    "fixes lost anywhere": {"lose": "anywhere", "weekly": False, "reference": "all_days"},
    "fixes lost where one is": {"lose": "at a haunt", "weekly": False, "reference": "all_days"},
    "weekly habits, same weekday": {"lose": "anywhere", "weekly": True, "reference": "same_weekday"},
}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mean:
    """A mean over pairs whose wearers are independent of one another, and its standard error."""

    value: float
    se: float
    pairs: int


def clustered(values: Floats, cluster: npt.NDArray[np.int64]) -> Mean:
    total, size = np.bincount(cluster, values), np.bincount(cluster)
    there = size > 0
    total, size = total[there], size[there]
    mean = total.sum() / size.sum()
    wearers = len(size)
    se = math.sqrt(((total - mean * size) ** 2).sum() * wearers / (wearers - 1)) / size.sum()
    return Mean(float(mean), se, int(size.sum()))


def e_of_pairs(world: Judged) -> tuple[Floats, npt.NDArray[np.int64]]:
    """(n + 1) h_0 / sum of all h of each pair with any hit whose own day counts, and its wearer."""
    days = world.days
    sizes = np.diff(days.first_hit)
    own = np.zeros(len(sizes), np.bool_)
    own[np.repeat(np.arange(len(sizes)), sizes)[days.hit_day == 0]] = True
    asked = days.own_day_counts & (sizes > 0)
    e = np.where(own, days.days_counted / np.maximum(sizes, 1), 0.0)
    return e[asked], days.pair_wearer[asked].astype(np.int64)


def measured(kind: str, worlds: int, wearers: int, crimes: int) -> tuple[Mean, dict[int, Mean]]:
    how = KINDS[kind]
    params = Params(max_gap_s=300.0, reference=str(how["reference"]))
    values, clusters = [], []
    for seed in range(worlds):
        place = town(1000 + seed, wearers, crimes, weekly=bool(how["weekly"]))
        e, wearer = e_of_pairs(lived(place, seed, str(how["lose"]), params=params))
        values.append(e)
        clusters.append(wearer + seed * wearers)
    e, cluster = np.concatenate(values), np.concatenate(clusters)
    return clustered(e, cluster), {c: clustered((e >= c).astype(np.float64), cluster) for c in LEVELS}


def assert_fair(mean: Mean, tails: dict[int, Mean]) -> None:
    assert abs(mean.value - 1) <= 3 * mean.se
    for c, tail in tails.items():
        assert tail.value <= 1 / c + 3 * tail.se


@pytest.mark.parametrize("kind", KINDS)
def test_crimes_unconnected_with_the_wearers_have_e_values_of_one_on_the_mean(kind: str) -> None:
    mean, tails = measured(kind, worlds=1, wearers=60, crimes=1500)
    assert mean.pairs > 2000
    assert mean.se < 0.1
    assert_fair(mean, tails)


def test_leaving_out_the_rule_for_the_crimes_own_day_would_show() -> None:
    # The measurement can fail: with the crime's day taken whether it is covered or not, as the other days are not.
    world = lived(town(1000, 60, 1500), 0, "at a haunt")
    days = world.days
    sizes = np.diff(days.first_hit)
    uncovered = ~days.own_day_counts
    # Pairs that are candidates on an uncovered day of their own, as if that were a hit among n + 1.
    naive = np.where(uncovered, (days.days_counted + 1) / (sizes + 1), 0.0)
    e, wearer = e_of_pairs(world)
    with_them = clustered(
        np.concatenate((e, naive[uncovered])), np.concatenate((wearer, days.pair_wearer[uncovered].astype(np.int64)))
    )
    assert with_them.value - 1 > 3 * with_them.se


@pytest.mark.prove("e-mean", "e-tail")
def test_e_is_one_on_the_mean_and_large_as_seldom_as_it_says(proof: Proof) -> None:
    found = {kind: measured(kind, worlds=6, wearers=200, crimes=5000) for kind in KINDS}
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([1, 60], [1, 1 / 60], color="black", linewidth=0.8, label="1/c")
    for (kind, (_, tails)), marker in zip(found.items(), "os^", strict=True):
        axes.errorbar(
            list(tails),
            [t.value for t in tails.values()],
            [3 * t.se for t in tails.values()],
            fmt=marker,
            markersize=4,
            label=kind,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("c")
    axes.set_ylabel("share of pairs with e ≥ c, ± 3 SE")
    axes.legend(frameon=False)
    numbers = {
        kind: {
            "pairs_with_a_hit": mean.pairs,
            "mean": mean.value,
            "se": mean.se,
            "share_at_least": {c: {"share": t.value, "se": t.se} for c, t in tails.items()},
        }
        for kind, (mean, tails) in found.items()
    }
    proof.save("coincidence", figure, numbers)
    proof.material(
        "towns of 200 wearers, 57 days, with 5,000 crimes of others, three kinds of 6", 18, seeds="1000 to 1005"
    )
    for kind, (mean, tails) in found.items():
        proof.measured("e-mean", kind, mean.value, se=mean.se, note=f"{mean.pairs:,} pairs")
        for c, tail in tails.items():
            proof.measured("e-tail", f"{kind}, c = {c}", c * tail.value, se=c * tail.se)
    proof.assert_met()
