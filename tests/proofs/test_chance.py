"""Worlds with planted truth: a list cut at q has no more false matches in it than it says, and the true ones on it.

The stated world: 57 days of 150 wearers in a town three kilometres wide, 3,000 crimes that have nothing to do with them
and 300 that one of them committed, being at the scene for a quarter of an hour in the crime's window and on his usual
rounds before and after. Tags state 12 m, scenes are known to 5 m. See `tests.support.day_lives`.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from matplotlib.figure import Figure

from tests.support.day_lives import Judged, lived, town
from tests.support.figures import save

pytestmark = pytest.mark.slow

WEARERS, CRIMES, PLANTED = 150, 3_000, 300
LEVELS = (0.1, 0.2, 0.5)
THRESHOLDS = (0.0, 0.1, 1.0, 10.0, 50.0, 200.0)

Floats = npt.NDArray[np.float64]


def listed(world: Judged, level: float) -> tuple[int, int]:
    """How many are listed at q <= level, and how many of them are false."""
    chosen = world.chance.candidates.filter(pl.col("q_value") <= level).select("crime_ref", "wearer_id").rows()
    return len(chosen), len(set(chosen) - world.planted)


def false_share(worlds: list[Judged], level: float) -> tuple[float, float]:
    """Mean share of a list that is false, and its standard error over worlds; an empty list is not false."""
    shares = [false / max(n, 1) for n, false in (listed(w, level) for w in worlds)]
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / math.sqrt(len(shares)))


def power(worlds: list[Judged], level: float) -> float:
    """Share of the planted truth that is listed, over all worlds."""
    found = [n - false for n, false in (listed(w, level) for w in worlds)]
    return float(np.sum(found) / sum(len(w.planted) for w in worlds))


def with_truth(n: int, wearers: int = WEARERS, crimes: int = CRIMES, planted: int = PLANTED) -> list[Judged]:
    return [lived(town(2000 + seed, wearers, crimes), seed, planted=planted) for seed in range(n)]


def told_and_found(world: Judged) -> tuple[Floats, Floats]:
    """Matches expected by chance and candidates, at each of THRESHOLDS, over all strata.

    A curve steps at its thresholds: what it says at the first at or above c is said of c, too much by none.
    """
    expected, observed = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
    for _, curve in world.chance.curves.group_by("stratum"):
        ordered = curve.sort("threshold")
        at = np.searchsorted(ordered["threshold"].to_numpy(), THRESHOLDS)
        inside = at < ordered.height
        for column, sums in (("expected_chance", expected), ("observed", observed)):
            values = ordered[column].to_numpy()
            sums[inside] += values[at[inside]]
    return expected, observed


def null_worlds(n: int, wearers: int = WEARERS, crimes: int = CRIMES) -> tuple[Floats, Floats]:
    """One town, its days drawn anew n times, nothing planted: expected and observed, worlds x thresholds."""
    place = town(3000, wearers, crimes)
    both = [told_and_found(lived(place, seed)) for seed in range(n)]
    return np.array([e for e, _ in both]), np.array([o for _, o in both])


def assert_chance_is_as_told(expected: Floats, observed: Floats) -> None:
    """On the mean over worlds, and one world's word against the mean of the others, within three standard errors."""
    n = len(expected)
    difference = expected - observed
    assert (np.abs(difference.mean(axis=0)) <= 3 * difference.std(axis=0, ddof=1) / math.sqrt(n)).all()
    alone = np.sqrt(expected.var(axis=0, ddof=1) + observed.var(axis=0, ddof=1) / (n - 1))
    assert (np.abs(expected[0] - observed[1:].mean(axis=0)) <= 3 * alone).all()


def test_a_list_cut_at_q_is_no_falser_than_it_says() -> None:
    worlds = with_truth(3, wearers=60, crimes=1_200, planted=120)
    for level in LEVELS:
        share, se = false_share(worlds, level)
        assert share <= level + 2 * se
    assert power(worlds, 0.2) >= 0.3


def test_chance_brings_what_it_is_expected_to_bring() -> None:
    expected, observed = null_worlds(6, wearers=60, crimes=1_200)
    assert observed.mean(axis=0)[0] > 100
    assert_chance_is_as_told(expected, observed)


@pytest.mark.prove
def test_q_keeps_its_word_and_chance_is_what_was_expected() -> None:
    worlds = with_truth(12)
    expected, observed = null_worlds(20)
    numbers: dict[str, Any] = {
        "world": {"wearers": WEARERS, "crimes": CRIMES, "planted": PLANTED, "worlds": len(worlds)},
        "lists": {},
        "chance": {},
    }
    for level in LEVELS:
        share, se = false_share(worlds, level)
        numbers["lists"][f"q<={level}"] = {
            "listed": float(np.mean([listed(w, level)[0] for w in worlds])),
            "false_share": share,
            "se": se,
            "power": power(worlds, level),
        }
    for i, c in enumerate(THRESHOLDS):
        numbers["chance"][f"strength>={c:g}"] = {
            "expected": expected[:, i].mean(),
            "expected_sd": expected[:, i].std(ddof=1),
            "observed": observed[:, i].mean(),
            "observed_sd": observed[:, i].std(ddof=1),
        }
    save("chance", drawing(worlds, expected, observed), numbers)
    for level in LEVELS:
        told = numbers["lists"][f"q<={level}"]
        assert told["false_share"] <= level + 2 * told["se"]
    assert numbers["lists"]["q<=0.2"]["power"] >= 0.3
    assert_chance_is_as_told(expected, observed)


def drawing(worlds: list[Judged], expected: Floats, observed: Floats) -> Figure:
    figure = Figure(figsize=(14, 4))
    curves, lists, nulls = figure.subplots(1, 3)
    for (stratum,), curve in worlds[0].chance.curves.group_by("stratum", maintain_order=True):
        colour = f"C{stratum}"
        name = ("to 30 min", "to 3 h", "longer")[int(str(stratum))]
        curves.plot(curve["threshold"], curve["observed"], color=colour, label=f"{name}: candidates")
        curves.plot(curve["threshold"], curve["expected_chance"], color=colour, linestyle=":", label="by chance")
    curves.set_xscale("log")
    curves.set_yscale("symlog")
    curves.set_xlim(1e-3, 1e4)
    curves.set_ylim(bottom=0)
    curves.set_xlabel("strength at least")
    curves.set_ylabel("pairs, one world with planted truth")
    curves.legend(frameon=False, fontsize=7)
    levels = np.linspace(0.02, 0.9, 23)
    shares = np.array([false_share(worlds, float(level)) for level in levels])
    lists.plot([0, 1], [0, 1], color="black", linewidth=0.8, label="false share = q")
    lists.errorbar(levels, shares[:, 0], 2 * shares[:, 1], fmt="o", markersize=3, label="false share, ± 2 SE")
    lists.plot(levels, [power(worlds, float(level)) for level in levels], label="share of the truth listed")
    lists.set_xlabel("list cut at q")
    lists.legend(frameon=False, fontsize=7)
    shown = range(1, len(THRESHOLDS))
    for values, name, marker in ((expected, "expected by chance", "o"), (observed, "found, nothing planted", "s")):
        nulls.errorbar(
            [THRESHOLDS[i] for i in shown],
            [values[:, i].mean() for i in shown],
            [2 * values[:, i].std(ddof=1) for i in shown],
            fmt=marker,
            markersize=4,
            fillstyle="none",
            label=f"{name}, ± 2 SD of a world",
        )
    nulls.set_xscale("log")
    nulls.set_xlabel("strength at least")
    nulls.set_ylabel("pairs, the days drawn anew")
    nulls.legend(frameon=False, fontsize=7)
    return figure
