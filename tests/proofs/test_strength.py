"""Strength against truth: is a ratio that is said the ratio found, and between which bounds?

Worlds of `tests.support.q_worlds` in which each of 1,000 crimes is committed by a wearer, half of the scenes near
somebody's haunt as other crimes are. Scenes are recorded to 5 m, or to 20 m, as stated, or three in ten of them off by
three times as much. What is said and found, of which pairs, is in `tests.support.said_and_found`.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.other_days import Days, compare
from tests.proofs.recorder import Proof
from tests.support.day_lives import Judged, lived
from tests.support.q_worlds import KINDS
from tests.support.said_and_found import EDGES, FACTOR, LEAST, Bin, Pairs, cost, of_e_values, pairs_of, table, together
from tracker.review.package import may_be_shown

pytestmark = pytest.mark.slow

WEARERS, OTHER_CRIMES, PLANTED, WORLDS = 60, 400, 1_000, 8
SCENES_M = 5.0
"""68 % radius to which `lived` places the scenes."""


class Places(NamedTuple):
    """What is stated of the scenes, and how many are off by three times as much."""

    stated_m: float = SCENES_M
    off: float = 0.0


NAMED: dict[str, tuple[str, Places]] = {
    **{kind: (kind, Places()) for kind in ("flat", "weekend", "mild weekend", "crowd of 200", "hostel", "pairs")},
    "flat, 30 % off": ("flat", Places(off=0.3)),
    "flat, 20 m": ("flat", Places(20.0)),
    "flat, 20 m, 30 % off": ("flat", Places(20.0, 0.3)),
    "weekend, 20 m, 30 % off": ("weekend", Places(20.0, 0.3)),
}


def placed(world: Judged, how: Places, rng: np.random.Generator) -> tuple[CrimeIndex, Days]:
    """The same lives and crimes, these recorded less well."""
    if how == Places():
        return world.index, world.days
    crimes = world.index.crimes
    sigma = np.where(rng.random(crimes.height) < how.off, 3.0, 1.0) * how.stated_m
    more = np.sqrt(sigma**2 - SCENES_M**2)[:, None] / 1.5096 * rng.normal(size=(crimes.height, 2))
    moved = crimes.with_columns(
        (pl.col("easting_m") + pl.Series(more[:, 0])).round(3),
        (pl.col("northing_m") + pl.Series(more[:, 1])).round(3),
        location_accuracy_m=pl.lit(how.stated_m),
    )
    index = index_crimes(moved, world.params)
    return index, compare(world.trails, index, world.params)


def worlds_of(name: str, n: int, planted: int = PLANTED) -> list[Pairs]:
    kind, how = NAMED[name]
    out = []
    for seed in range(n):
        where = KINDS[kind].build(7000 + seed, WEARERS, OTHER_CRIMES)
        world = lived(where, seed, planted=planted, scenes="as others")
        index, days = placed(world, how, np.random.default_rng([seed, 9]))
        out.append(pairs_of(world, index, days, len(where.start_us)))
    return out


def range_held(tables: Sequence[Sequence[Bin]]) -> tuple[float, float] | None:
    """The widest run of bins each of which holds in every world; None if there is none."""
    held = [all(bins[k].holds for bins in tables) for k in range(len(EDGES) - 1)]
    longest: tuple[int, int] = (0, 0)
    begin = 0
    for k, holds in enumerate([*held, False]):
        if not holds:
            longest = max(longest, (begin, k), key=lambda run: run[1] - run[0])
            begin = k + 1
    return (EDGES[longest[0]], EDGES[longest[1]]) if longest[1] > longest[0] else None


def bin_from(least: float, bins: Sequence[Bin]) -> Bin:
    return next(b for b in bins if b.least == pytest.approx(least))


def is_shown(b: Bin) -> bool:
    """Whether any strength of a bin is shown as a ratio."""
    return any(may_be_shown(strength) for strength in (b.least, b.said, b.most))


# --- the measure ------------------------------------------------------------------------------------------------------


def made_up(sigma: float, too_great: float, seed: int) -> Pairs:
    """Pairs whose strengths are likelihood ratios, times `too_great`: two normals a variance apart, and pairs that are
    no candidates beside them."""
    rng = np.random.default_rng(seed)
    true = np.exp(rng.normal(sigma**2 / 2, sigma, 20_000)) * too_great
    other = np.exp(rng.normal(-(sigma**2) / 2, sigma, 20_000)) * too_great
    return Pairs(true, other, 20_000, 20_000)


def test_what_is_a_ratio_is_found_as_it_is_said() -> None:
    bins = table([made_up(2.0, 1.0, seed) for seed in range(4)])
    told = [b for b in bins if b.holds is not None]
    assert len(told) >= 9
    for b in told:
        assert b.low <= b.said <= b.high or abs(math.log(b.found / b.said)) < 0.1
        assert b.holds
    said, least = cost(made_up(2.0, 1.0, 9))
    assert said == pytest.approx(least, abs=0.005)
    assert 0.3 < least < 0.6


def test_what_is_five_times_too_great_is_found_out() -> None:
    bins = table([made_up(2.0, 5.0, seed) for seed in range(4)])
    assert range_held([bins]) is None
    assert bin_from(10.0, bins).holds is False
    (said, least), right = cost(made_up(2.0, 5.0, 9)), cost(made_up(2.0, 1.0, 9))
    assert least == pytest.approx(right.least, abs=1e-9)
    assert said > least + 0.1


def test_the_range_is_where_all_worlds_hold() -> None:
    well, ill = (table([made_up(2.0, by, seed) for seed in range(4)]) for by in (1.0, 5.0))
    between = range_held([well])
    assert between is not None
    assert between[0] <= 0.1
    assert between[1] >= 100.0
    assert range_held([well, ill]) is None


# --- worlds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["flat", "weekend, 20 m, 30 % off"])
def test_a_ratio_is_shown_only_where_it_is_found(name: str) -> None:
    worlds = worlds_of(name, 2, 500)
    bins = table(worlds)
    assert [b.least for b in bins if is_shown(b) and b.holds is False] == []
    # Whatever it is as a ratio, it tells pairs apart: better than nothing said, and the stronger the truer.
    said, least = cost(together(worlds))
    assert least <= said < 1
    assert bin_from(1_000.0, bins).found > 3 * bin_from(10.0, bins).found


@pytest.mark.prove("strength-shown", "strength-factor", "strength-cost", "strength-order")
def test_the_ratio_is_shown_only_where_it_is_found_in_every_world(proof: Proof) -> None:
    proof.material(
        f"kinds of world with {WEARERS} wearers, 57 days and {PLANTED} crimes of theirs each: {', '.join(NAMED)}",
        len(NAMED) * WORLDS,
        seeds=f"7000 to {7000 + WORLDS - 1}",
    )
    numbers: dict[str, Any] = {
        "world": {"wearers": WEARERS, "planted": PLANTED, "worlds": WORLDS, "factor": FACTOR, "least": LEAST},
        "worlds": {},
    }
    tables = {}
    for name in NAMED:
        worlds = worlds_of(name, WORLDS)
        every, bins = together(worlds), table(worlds)
        tables[name] = bins
        numbers["worlds"][name] = {
            "pairs": {"true": every.true_pairs, "other": every.other_pairs},
            "candidates": {"true": len(every.true), "other": len(every.other)},
            "other_nearness": every.other_nearness,
            "cost": cost(every)._asdict(),
            "bins": [b.numbers() for b in bins],
            "e_values": [b.numbers() for b in of_e_values(worlds) if 1.0 <= b.least < 100.0],
        }
        print(name, numbers["worlds"][name], flush=True)
        proof.measured("strength-cost", name, cost(every).said, note=f"at least {cost(every).least:.2f}")
        proof.measured("strength-order", name, math.log10(bin_from(1_000.0, bins).found / bin_from(10.0, bins).found))
        proof.measured("strength-shown", name, sum(b.holds is not True for b in bins if is_shown(b)))
        for b in bins:
            if b.holds is not None:
                proof.measured("strength-factor", f"{name}, {b.least:.2g} to {b.most:.2g}", b.found / b.said)
    numbers["range_held"] = range_held(list(tables.values()))
    proof.save("strength", drawing(tables), numbers)
    proof.assert_met()


def drawing(tables: dict[str, list[Bin]]) -> Figure:
    figure = Figure(figsize=(12, 5))
    for axes, chosen in zip(
        figure.subplots(1, 2, sharey=True),
        ([n for n in tables if NAMED[n][1] == Places()], [n for n in tables if NAMED[n][1] != Places()]),
        strict=True,
    ):
        ends = np.array([EDGES[0], EDGES[-1]])
        axes.plot(ends, ends, color="black", linewidth=0.8, label="found as said")
        axes.fill_between(ends, ends / FACTOR, ends * FACTOR, color="black", alpha=0.1, linewidth=0)
        for i, name in enumerate(chosen):
            shown = [b for b in tables[name] if b.true and b.other >= LEAST]
            found = np.array([b.found for b in shown])
            axes.errorbar(
                [b.said * 1.04 ** (i - 2.5) for b in shown],
                found,
                [found - [b.low for b in shown], np.array([b.high for b in shown]) - found],
                fmt="o",
                markersize=3,
                linewidth=0.8,
                label=name,
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("strength said")
        axes.legend(frameon=False, fontsize=7)
    figure.axes[0].set_ylabel("ratio found, ± 2 SE; grey: within a factor 3")
    return figure
