"""False shares of lists cut at q in every world of `tests.support.q_worlds`, in one run and in the pools of months.

Worlds as in `test_chance`, larger. *Dense*: with 150 wearers, nine of whom are near each crime by chance. Each stratum
has a q of its own. Where nothing is true a list is wholly false or empty, and in a run of few crimes it is short, so
there each stratum's list is asked for itself, and how false they are when read together is reported. The first world of
each kind is cut into runs of a day and put together again, and has to give what one run gave; the months of the others
are pools of the rows that one run kept.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from matcher.analysis.chance import chance
from matcher.analysis.pool import put_together
from matcher.params import Params
from tests.proofs.recorder import Proof
from tests.support.chance_of_worlds import THRESHOLDS, Floats, null_worlds, off_of_one, off_on_the_mean
from tests.support.day_lives import in_runs
from tests.support.q_lists import (
    LEVELS,
    List,
    SmallRun,
    by_day,
    by_stratum,
    false_share,
    in_one_run,
    listed,
    months,
    small_runs,
    told,
)
from tests.support.q_worlds import BUSY_CROWD, KINDS, of_kind

pytestmark = pytest.mark.slow

WEARERS, CRIMES, WORLDS = 60, 1_800, 6
DENSE, DENSE_WORLDS = 150, 3
DENSE_KINDS = ("flat", "weekend")
BUSY = "busy crowd"
SMALL_RUNS = (90, 330)
NULL_WORLDS, NULL_CRIMES = 20, 1_200


class Cut(NamedTuple):
    """The lists of one world at each level of LEVELS: in one run, of each month's pool, and these by stratum."""

    one_run: list[List]
    pools: list[list[List]]
    one_run_by_stratum: list[list[List]]
    pools_by_stratum: list[list[List]]
    small: dict[int, list[SmallRun]]
    truth: int
    events: int
    curves: pl.DataFrame


def cut_of(kind: str, seed: int, wearers: int) -> Cut:
    world = of_kind(BUSY_CROWD if kind == BUSY else KINDS[kind], seed, wearers, CRIMES)
    rows = world.rows
    if seed == 0:
        rows = put_together(in_runs(world, by_day(world)))
        assert told(chance(rows, 1).candidates) == told(world.chance.candidates)
    pools = [(of_month, chance(of_month, Params().min_pool_crimes).candidates) for of_month in months(rows)]

    def at_each_level(candidates: pl.DataFrame) -> list[List]:
        return [listed(candidates, world.planted, level) for level in LEVELS]

    return Cut(
        [in_one_run(world, level) for level in LEVELS],
        [at_each_level(candidates) for _, candidates in pools],
        [at_each_level(part) for part in by_stratum(world.chance.candidates, rows)],
        [at_each_level(part) for of_month, candidates in pools for part in by_stratum(candidates, of_month)],
        {crimes: small_runs([world], crimes) if kind == "flat" else [] for crimes in SMALL_RUNS},
        len(world.planted),
        world.chance.candidates.filter(pl.col("at_event") > 0)["crime_ref"].n_unique(),
        world.chance.curves,
    )


def numbers_of(cuts: Sequence[Cut], lists: list[list[List]]) -> dict[str, Any]:
    """False share of the lists, and what is listed in a world."""
    truth = sum(cut.truth for cut in cuts)
    out = {}
    for i, level in enumerate(LEVELS):
        of_level = [of_list[i] for of_list in lists]
        share, se = false_share(of_level, level)
        out[f"q<={level}"] = {
            "listed": sum(n for n, _ in of_level) / len(cuts),
            "false_share": share,
            "se": se,
            "truth_listed": sum(n - false for n, false in of_level) / truth if truth else math.nan,
        }
    return out


def shares(proof: Proof, case: str, found: dict[str, Any], criterion: str = "false-share-{}") -> None:
    for level in LEVELS:
        of = found[f"q<={level}"]
        note = f"{of['listed']:.1f} listed a world"
        at = case if "{}" in criterion else f"{case}, q ≤ {level}"
        proof.measured(criterion.format(level), at, of["false_share"], se=of["se"], note=note)


@pytest.mark.prove(
    "false-share-0.1",
    "false-share-0.2",
    "false-share-0.5",
    "false-share-read-together",
    "false-share-busy-crowd",
    "truth-listed",
    "truth-listed-dense",
    "crowd-moves-no-list",
    "chance-as-told",
    "chance-as-told-by-one",
)
def test_q_keeps_its_word_in_every_world(proof: Proof) -> None:
    named = {kind: (kind, WEARERS, WORLDS) for kind in (*KINDS, BUSY)}
    named |= {f"{kind}, dense": (kind, DENSE, DENSE_WORLDS) for kind in DENSE_KINDS}
    numbers: dict[str, Any] = {
        "world": {
            "wearers": WEARERS,
            "wearers_dense": DENSE,
            "crimes": CRIMES,
            "planted": CRIMES // 10,
            "worlds": WORLDS,
            "worlds_dense": DENSE_WORLDS,
        },
        "one_run": {},
        "pool": {},
        "nothing_true_by_stratum": {},
        "small_runs": {},
    }
    proof.material(f"towns of {WEARERS} wearers, 57 days, {CRIMES} crimes, each kind", WORLDS, "2000 to 2005")
    proof.material(f"the same of {DENSE} wearers: {', '.join(DENSE_KINDS)}", DENSE_WORLDS, "2000 to 2002")
    cuts: dict[str, list[Cut]] = {}
    for name, (kind, wearers, worlds) in named.items():
        cuts[name] = [cut_of(kind, seed, wearers) for seed in range(worlds)]
        for where, lists, parts in (
            ("one_run", [cut.one_run for cut in cuts[name]], [p for cut in cuts[name] for p in cut.one_run_by_stratum]),
            ("pool", [p for cut in cuts[name] for p in cut.pools], [p for c in cuts[name] for p in c.pools_by_stratum]),
        ):
            numbers[where][name] = found = numbers_of(cuts[name], lists)
            print(name, where, found, flush=True)
            case = f"{name}, {where.replace('_', ' ')}"
            if kind == BUSY:
                shares(proof, case, found, "false-share-busy-crowd")
            elif KINDS[kind].planted:
                shares(proof, case, found)
                power_of = "truth-listed" if wearers == WEARERS else "truth-listed-dense"
                proof.measured(power_of, case, found["q<=0.2"]["truth_listed"])
            else:
                shares(proof, case, found, "false-share-read-together")
                numbers["nothing_true_by_stratum"][where] = of_each = numbers_of(cuts[name], parts)
                print(name, where, "by stratum", of_each, flush=True)
                shares(proof, f"{case}, each stratum by itself", of_each)
    for crimes in SMALL_RUNS:
        runs = [run for cut in cuts["flat"] for run in cut.small[crimes]]
        case = f"flat, runs of {crimes} crimes"
        together = numbers_of(cuts["flat"], [[run.listed(level) for level in LEVELS] for run in runs])
        parts = [list(of) for run in runs for of in zip(*map(run.listed_by_stratum, LEVELS), strict=True)]
        numbers["small_runs"][crimes] = {"together": together, "by_stratum": numbers_of(cuts["flat"], parts)}
        shares(proof, case, together, "false-share-read-together")
        shares(proof, f"{case}, each stratum by itself", numbers["small_runs"][crimes]["by_stratum"])
    numbers["event_crimes"] = {name: [cut.events for cut in of_name] for name, of_name in cuts.items()}
    for crowded in ("crowd of 30", "crowd of 200"):
        for what, moved in moved_by(cuts[crowded], cuts["crowd of 0"]).items():
            se_of_mean = moved.std(ddof=1) / math.sqrt(len(moved))
            proof.measured("crowd-moves-no-list", f"{crowded}, {what}", moved.mean(), se=se_of_mean)
            numbers.setdefault("moved_by", {})[f"{crowded}, {what}"] = {"mean": moved.mean(), "se": se_of_mean}
    expected, observed = null_worlds(NULL_WORLDS, WEARERS, NULL_CRIMES)
    numbers["chance"] = {
        f"strength>={c:g}": {
            "expected": expected[:, i].mean(),
            "expected_sd": expected[:, i].std(ddof=1),
            "observed": observed[:, i].mean(),
            "observed_sd": observed[:, i].std(ddof=1),
        }
        for i, c in enumerate(THRESHOLDS)
    }
    proof.material(
        f"one town of {WEARERS} wearers and {NULL_CRIMES} crimes, nothing planted, its days drawn anew",
        NULL_WORLDS,
        seeds="3000, 0 to 19",
    )
    for key, off, se in (
        ("chance-as-told", *off_on_the_mean(expected, observed)),
        ("chance-as-told-by-one", *off_of_one(expected, observed)),
    ):
        for i, c in enumerate(THRESHOLDS):
            proof.measured(key, f"strength at least {c:g}", off[i], se=se[i])
    proof.save("chance", drawing(cuts["flat"][0].curves, numbers, expected, observed), numbers)
    proof.assert_met()


def moved_by(with_crowd: Sequence[Cut], without: Sequence[Cut]) -> dict[str, Floats]:
    """What a crowd adds to everybody else's list at q <= 0.2, world by world: to its length, to what is false on it."""
    at = LEVELS.index(0.2)
    return {
        what: np.array(
            [a.one_run[at][column] - b.one_run[at][column] for a, b in zip(with_crowd, without, strict=True)], float
        )
        for column, what in enumerate(("listed", "false"))
    }


def drawing(of_one: pl.DataFrame, numbers: dict[str, Any], expected: Floats, observed: Floats) -> Figure:
    figure = Figure(figsize=(14, 4))
    curves, lists, nulls = figure.subplots(1, 3)
    for (stratum,), curve in of_one.group_by("stratum", maintain_order=True):
        colour = f"C{stratum}"
        name = ("to 30 min", "to 3 h", "longer")[int(str(stratum))]
        curves.plot(curve["threshold"], curve["observed"], color=colour, label=f"{name}: candidates")
        curves.plot(curve["threshold"], curve["expected_chance"], color=colour, linestyle=":", label="by chance")
    curves.set_xscale("log")
    curves.set_yscale("symlog")
    curves.set_xlim(1e-3, 1e4)
    curves.set_ylim(bottom=0)
    curves.set_xlabel("strength at least")
    curves.set_ylabel("pairs, one flat world with planted truth")
    curves.legend(frameon=False, fontsize=7)
    lists.plot([0, 0.6], [0, 0.6], color="black", linewidth=0.8, label="false share = q")
    for i, (kind, lists_of) in enumerate(numbers["one_run"].items()):
        lists.errorbar(
            [level + 0.004 * (i - 6) for level in LEVELS],
            [lists_of[f"q<={level}"]["false_share"] for level in LEVELS],
            [2 * lists_of[f"q<={level}"]["se"] for level in LEVELS],
            fmt="o",
            markersize=3,
            label=kind,
        )
    lists.set_xlabel("list cut at q")
    lists.set_ylabel("false share of the list, ± 2 SE")
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
