"""Strength against truth: is a ratio that is said the ratio found, and is the word for it ever stronger than that?

The worlds are in `tests.support.strength_worlds`; what is said and found, of which pairs, is in
`tests.support.said_and_found`, and how words are chosen by it in `tests.support.calibration`. Words are chosen by one
draw of worlds and held against another.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from matcher.params import ALGORITHM
from tests.proofs.recorder import Proof
from tests.support.calibration import bins_kept, calibration, step_said, too_strong, words_too_strong
from tests.support.figures import FOLDER
from tests.support.said_and_found import EDGES, FACTOR, LEAST, Bin, Pairs, cost, of_e_values, table, together
from tests.support.strength_worlds import FRESH, NAMED, PLANTED, SEED, WEARERS, WORLDS, Places, worlds_of
from tracker.review.package import may_be_shown
from tracker.review.strength import CALIBRATED, MEASURED_WITH, step_of_ratio

pytestmark = pytest.mark.slow


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


def kept(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


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


# --- words ------------------------------------------------------------------------------------------------------------


def found_to_be(*bounds: tuple[float, float] | None) -> list[Bin]:
    """Bins of which this was found, low and high; None: too few pairs to tell."""
    enough = [bound is not None for bound in bounds]
    of = [bound or (0.0, 1e9) for bound in bounds]
    return [
        Bin(EDGES[k], EDGES[k + 1], LEAST * e, LEAST * e, EDGES[k], (low * high) ** 0.5, low, high, LEAST * e)
        for k, (e, (low, high)) in enumerate(zip(enough, of, strict=True))
    ]


def test_words_are_chosen_by_the_least_that_was_found_in_any_kind_of_world() -> None:
    # From 0.01 on, 0.03, 0.1, 0.3 and so on.
    low = (None, (0.01, 0.03), (0.05, 0.2), (0.1, 0.4), (1.0, 3.0), (2.0, 5.0))
    one = found_to_be(*low, (40, 60), (30, 80), *[(300, 500)] * 4)
    two = found_to_be(None, (0.01, 0.02), (0.01, 0.1), (0.2, 0.9), (0.5, 2.0), (3.0, 9.0), (50, 90), *[None] * 5)
    assert calibration([one, two]) == (
        (0.0, 0.03),
        (EDGES[2], 0.2),
        (EDGES[3], 0.9),
        (EDGES[4], 1.0),  # 1 to 3 in one kind of world, 0.5 to 2 in the other
        (EDGES[5], 2.0),
        (EDGES[6], 30.0),  # 40 and more was found, but 30 of greater strengths
        (EDGES[8], 50.0),  # 300 in one kind of world; in the other the last that is known
    )


def test_the_words_are_those_that_the_kept_figures_come_to() -> None:
    """After another measurement put what this finds into `tracker.review.strength`."""
    measured = kept("strength")
    worlds = measured["worlds"]
    assert measured["world"]["algorithm"] == MEASURED_WITH
    assert worlds.keys() == NAMED.keys()
    found = calibration([bins_kept(world["bins"]) for world in worlds.values()])
    assert [from_ for from_, _ in found] == pytest.approx([from_ for from_, _ in CALIBRATED])
    assert [ratio for _, ratio in found] == [ratio for _, ratio in CALIBRATED]


def test_words_are_checked_with_the_present_version_of_the_matcher() -> None:
    assert MEASURED_WITH == ALGORITHM
    checked = kept("strength_words")
    assert checked["world"]["algorithm"] == ALGORITHM
    assert [tuple(row) for row in checked["calibrated"]] == [
        (pytest.approx(from_, rel=1e-3), ratio) for from_, ratio in CALIBRATED
    ]
    assert [row for world in checked["worlds"].values() for row in world if row["too_strong"]] == []


# --- worlds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["flat", "weekend, 20 m, 30 % off"])
def test_a_ratio_is_shown_only_where_it_is_found_and_no_word_is_stronger(name: str) -> None:
    worlds = worlds_of(name, 2, 500, FRESH)
    bins = table(worlds)
    assert [b.least for b in bins if is_shown(b) and b.holds is False] == []
    assert words_too_strong(bins) == []
    if name == "flat":  # by strengths as they are words are too strong there, and that is seen
        assert [b.least for b in bins if b.holds is not None and too_strong(step_of_ratio(b.said), b)] != []
    # Whatever it is as a ratio, it tells pairs apart: better than nothing said, and the stronger the truer.
    said, least = cost(together(worlds))
    assert least <= said < 1
    assert bin_from(1_000.0, bins).found > 3 * bin_from(10.0, bins).found


@pytest.mark.prove("strength-shown", "strength-factor", "strength-cost", "strength-order")
def test_the_ratio_is_shown_only_where_it_is_found_in_every_world(proof: Proof) -> None:
    proof.material(
        f"kinds of world with {WEARERS} wearers, 57 days and {PLANTED} crimes of theirs each: {', '.join(NAMED)}",
        len(NAMED) * WORLDS,
        seeds=f"{SEED} to {SEED + WORLDS - 1}",
    )
    numbers: dict[str, Any] = {
        "world": {
            "wearers": WEARERS,
            "planted": PLANTED,
            "worlds": WORLDS,
            "factor": FACTOR,
            "least": LEAST,
            "algorithm": ALGORITHM,
        },
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


@pytest.mark.prove("strength-words", "strength-words-reach")
def test_no_word_is_stronger_than_what_is_found(proof: Proof) -> None:
    seeds = f"{SEED + FRESH} to {SEED + FRESH + WORLDS - 1}, others than those that words were chosen by"
    proof.material(f"kinds of world as for strength: {', '.join(NAMED)}", len(NAMED) * WORLDS, seeds=seeds)
    numbers: dict[str, Any] = {
        "world": {"worlds": WORLDS, "first": SEED + FRESH, "algorithm": ALGORITHM},
        "calibrated": CALIBRATED,
        "worlds": {},
    }
    for name in NAMED:
        told = [b for b in table(worlds_of(name, WORLDS, first=FRESH)) if b.holds is not None]
        numbers["worlds"][name] = [
            {**b.numbers(), "word": step_said(b), "too_strong": too_strong(step_said(b), b)} for b in told
        ]
        print(name, numbers["worlds"][name], flush=True)
        proof.measured("strength-words", name, len(words_too_strong(told)), of=len(told))
        weaker = [b for b in told if step_said(b) != step_of_ratio(b.found)]
        proof.measured("strength-words-reach", name, 1 - len(weaker) / len(told))
    proof.save("strength_words", None, numbers)
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
