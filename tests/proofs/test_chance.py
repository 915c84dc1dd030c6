"""Worlds with planted truth: a list cut at q has no more false matches in it than it says, and the true ones on it.

57 days of 60 wearers in a town three kilometres wide (in London a pilot has one to 5 km²), 3,000 crimes that have
nothing to do with them and 300 that one of them committed, being at the scene for a quarter of an hour in the crime's
window and on his usual rounds before and after. Tags state 12 m, scenes are known to 5 m. Each world has a twist: see
`tests.support.q_worlds`. A list is cut in one run over all crimes, and in the pools of the two calendar months put
together from runs of a day. *Dense*: with 150 wearers, nine of whom are near each crime by chance.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from matplotlib.figure import Figure

from geo.clock import to_london
from matcher.analysis.chance import ChanceRows, chance
from matcher.analysis.pool import of_crimes, pool, put_together
from matcher.params import Params
from matcher.schemas import CRIME_KEY
from tests.proofs.recorder import Proof
from tests.support.day_lives import DAY_US, MINUTE_US, START_US, Judged, in_runs, lived, town
from tests.support.q_worlds import KINDS

pytestmark = pytest.mark.slow

WEARERS, CRIMES, WORLDS = 60, 3_000, 8
DENSE = 150
DENSE_KINDS = ("flat", "weekend", "crowd of 200")
SMALL = {"wearers": 60, "crimes": 1_200}
LEVELS = (0.1, 0.2, 0.5)
THRESHOLDS = (0.0, 0.1, 1.0, 10.0, 50.0, 200.0)
LEAST_POWER = 0.5
"""Of the truth, listed at q <= 0.2, where it is not dense."""

Floats = npt.NDArray[np.float64]
List = tuple[int, int]
"""How many are listed, and how many of them are false."""


# --- lists ------------------------------------------------------------------------------------------------------------


def listed(candidates: pl.DataFrame, planted: set[tuple[str, str]], level: float) -> List:
    chosen = candidates.filter(pl.col("q_value") <= level).select("crime_ref", "wearer_id").rows()
    return len(chosen), len(set(chosen) - planted)


def in_one_run(world: Judged, level: float) -> List:
    return listed(world.chance.candidates, world.planted, level)


def false_share(lists: Sequence[List]) -> tuple[float, float]:
    """Mean share of a list that is false, and its standard error; an empty list is not false.

    The error is that over lists, but not less than so many listed have if one is as false as another: a handful of
    lists may be alike by luck.
    """
    shares = [false / max(n, 1) for n, false in lists]
    mean, n = float(np.mean(shares)), sum(n for n, _ in lists)
    over_lists = float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    return mean, max(over_lists, math.sqrt(mean * (1 - mean) / max(n, 1)))


def power(worlds: Sequence[Judged], lists: Sequence[List]) -> float:
    """Share of the planted truth that is listed, over all worlds."""
    truth = sum(len(w.planted) for w in worlds)
    return float(sum(n - false for n, false in lists) / truth) if truth else math.nan


def worlds_of(kind: str, n: int, wearers: int = WEARERS, crimes: int = CRIMES) -> list[Judged]:
    how = KINDS[kind]
    planted = round(how.planted * crimes)
    return [lived(how.build(2000 + seed, wearers, crimes), seed, planted=planted) for seed in range(n)]


def assert_keeps_its_word(lists: Sequence[List], level: float) -> None:
    """Three standard errors: nine worlds and three levels are asked, of three worlds each.

    Where nothing is true a list is wholly false or empty, so what is asked is how many of the worlds list anything;
    three of three is no wonder if one in two may.
    """
    share, se = false_share(lists)
    if all(n == false for n, false in lists):
        se = max(se, math.sqrt(level * (1 - level) / len(lists)))
    assert share <= level + 3 * se, (level, share, se)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_cut_at_q_is_no_falser_than_it_says(kind: str) -> None:
    worlds = worlds_of(kind, 3)
    for level in LEVELS:
        assert_keeps_its_word([in_one_run(w, level) for w in worlds], level)
    if truth := sum(len(w.planted) for w in worlds):
        se = math.sqrt(LEAST_POWER * (1 - LEAST_POWER) / truth)
        assert power(worlds, [in_one_run(w, 0.2) for w in worlds]) >= LEAST_POWER - 3 * se


@pytest.mark.parametrize("crimes", [150, 600])
def test_nor_is_that_of_a_smaller_run(crimes: int) -> None:
    worlds = worlds_of("flat", 8, wearers=60, crimes=crimes)
    for level in LEVELS:
        assert_keeps_its_word([in_one_run(w, level) for w in worlds], level)


# --- pools ------------------------------------------------------------------------------------------------------------


def by_day(world: Judged) -> npt.NDArray[np.int64]:
    return (world.start_us - START_US) // DAY_US


def by_ten_minutes(world: Judged) -> npt.NDArray[np.int64]:
    return world.start_us // (10 * MINUTE_US)


def by_hand(world: Judged) -> npt.NDArray[np.int64]:
    return np.arange(len(world.start_us))


def months(rows: ChanceRows) -> list[ChanceRows]:
    """Rows of the crimes whose windows begin in one calendar month of London."""
    begun = [(t.year, t.month) for t in map(to_london, rows.crimes["t_from"].to_list())]
    keys = rows.crimes.select(CRIME_KEY)
    return [of_crimes(rows, keys.filter(pl.Series([b == month for b in begun]))) for month in sorted(set(begun))]


def in_pools(world: Judged, least: int) -> list[pl.DataFrame]:
    """The candidates of each month's pool, put together from runs of a day."""
    return [chance(rows, least).candidates for rows in months(put_together(in_runs(world, by_day(world))))]


def told(candidates: pl.DataFrame) -> dict[tuple[str, str], tuple[Any, ...]]:
    columns = ("strength", "q_value", "at_event", "usually", "note")
    return {(row["crime_ref"], row["wearer_id"]): tuple(row[c] for c in columns) for row in candidates.to_dicts()}


@pytest.mark.parametrize("kind", ["flat", "crowd of 30"])
def test_a_pool_from_runs_of_any_size_gives_the_q_of_one_run(kind: str) -> None:
    (world,) = worlds_of(kind, 1, wearers=30, crimes=150)
    expected = told(world.chance.candidates)
    assert sum(q is not None for _, q, *_ in expected.values()) > 20
    for cut in (by_day, by_ten_minutes, by_hand):
        assert told(pool(in_runs(world, cut(world)), 1).candidates) == expected


def test_a_crime_entered_by_hand_is_too_little_by_itself() -> None:
    # One by one, chance crimes filled the head of the queue with the smallest q there can be.
    (world,) = worlds_of("nothing true", 1, wearers=30, crimes=60)
    for part in in_runs(world, by_hand(world)):
        found = pool([part], Params().min_pool_crimes).candidates
        assert found["q_value"].null_count() == found.height
        assert set(found.filter(pl.col("strength").is_not_null())["note"].str.split(",").list.last()) <= {
            "too_few_to_tell",
            "no_decoys",
        }


# --- chance -----------------------------------------------------------------------------------------------------------


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


def off_on_the_mean(expected: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """Expected less found, on the mean over worlds, and its standard error, at each threshold."""
    difference = expected - observed
    return difference.mean(axis=0), difference.std(axis=0, ddof=1) / math.sqrt(len(expected))


def off_of_one(expected: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """The first world's word less the mean found in the others, and its standard error."""
    alone = np.sqrt(expected.var(axis=0, ddof=1) + observed.var(axis=0, ddof=1) / (len(expected) - 1))
    return expected[0] - observed[1:].mean(axis=0), alone


def assert_chance_is_as_told(expected: Floats, observed: Floats) -> None:
    """On the mean over worlds, and one world's word against the mean of the others, within three standard errors."""
    for off, se in (off_on_the_mean(expected, observed), off_of_one(expected, observed)):
        assert (np.abs(off) <= 3 * se).all()


def test_chance_brings_what_it_is_expected_to_bring() -> None:
    expected, observed = null_worlds(6, **SMALL)
    assert observed.mean(axis=0)[0] > 100
    assert_chance_is_as_told(expected, observed)


# --- the proof --------------------------------------------------------------------------------------------------------


class Cut(NamedTuple):
    """The lists of one world at each level of LEVELS: in one run, and of each month's pool."""

    one_run: list[List]
    pools: list[list[List]]
    truth: int
    event_crimes: int
    curves: pl.DataFrame


def cut_of(kind: str, seed: int, wearers: int) -> Cut:
    how = KINDS[kind]
    world = lived(how.build(2000 + seed, wearers, CRIMES), seed, planted=round(how.planted * CRIMES))
    pools = in_pools(world, Params().min_pool_crimes)
    return Cut(
        [in_one_run(world, level) for level in LEVELS],
        [[listed(month, world.planted, level) for level in LEVELS] for month in pools],
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
        share, se = false_share(of_level)
        out[f"q<={level}"] = {
            "listed": sum(n for n, _ in of_level) / len(cuts),
            "false_share": share,
            "se": se,
            "truth_listed": sum(n - false for n, false in of_level) / truth if truth else math.nan,
        }
    return out


@pytest.mark.prove(
    "false-share-0.1",
    "false-share-0.2",
    "false-share-0.5",
    "truth-listed",
    "truth-listed-dense",
    "crowd-moves-no-list",
    "chance-as-told",
    "chance-as-told-by-one",
)
def test_q_keeps_its_word_in_every_world(proof: Proof) -> None:
    named = {kind: (kind, WEARERS) for kind in KINDS} | {f"{kind}, dense": (kind, DENSE) for kind in DENSE_KINDS}
    numbers: dict[str, Any] = {
        "world": {
            "wearers": WEARERS,
            "wearers_dense": DENSE,
            "crimes": CRIMES,
            "planted": CRIMES // 10,
            "worlds": WORLDS,
        },
        "one_run": {},
        "pool": {},
    }
    cuts: dict[str, list[Cut]] = {}
    proof.material(
        f"towns of {WEARERS} or {DENSE} wearers, 57 days, {CRIMES} crimes, each kind", WORLDS, "2000 to 2007"
    )
    for name, (kind, wearers) in named.items():
        cuts[name] = [cut_of(kind, seed, wearers) for seed in range(WORLDS)]
        for where, lists in (
            ("one_run", [cut.one_run for cut in cuts[name]]),
            ("pool", [of_month for cut in cuts[name] for of_month in cut.pools]),
        ):
            found = numbers_of(cuts[name], lists)
            numbers[where][name] = found
            print(name, where, found, flush=True)
            case = f"{name}, {where.replace('_', ' ')}"
            for level in LEVELS:
                of = found[f"q<={level}"]
                note = f"{of['listed']:.1f} listed a world"
                proof.measured(f"false-share-{level}", case, of["false_share"], se=of["se"], note=note)
            if cuts[name][0].truth:
                power_of = "truth-listed" if wearers == WEARERS else "truth-listed-dense"
                proof.measured(power_of, case, found["q<=0.2"]["truth_listed"])
    numbers["event_crimes"] = {name: sum(cut.event_crimes for cut in of_name) for name, of_name in cuts.items()}
    expected, observed = null_worlds(20)
    numbers["chance"] = {
        f"strength>={c:g}": {
            "expected": expected[:, i].mean(),
            "expected_sd": expected[:, i].std(ddof=1),
            "observed": observed[:, i].mean(),
            "observed_sd": observed[:, i].std(ddof=1),
        }
        for i, c in enumerate(THRESHOLDS)
    }
    proof.save("chance", drawing(cuts["flat"][0].curves, numbers, expected, observed), numbers)
    proof.material("one town, nothing planted, its days drawn anew", len(expected), seeds="3000, 0 to 19")
    for key, off, se in (
        ("chance-as-told", *off_on_the_mean(expected, observed)),
        ("chance-as-told-by-one", *off_of_one(expected, observed)),
    ):
        for i, c in enumerate(THRESHOLDS):
            proof.measured(key, f"strength at least {c:g}", off[i], se=se[i])
    for crowded in ("crowd of 30", "crowd of 200"):
        for what, moved in moved_by(cuts[crowded], cuts["crowd of 0"]).items():
            se_of_mean = moved.std(ddof=1) / math.sqrt(len(moved))
            proof.measured("crowd-moves-no-list", f"{crowded}, {what}", moved.mean(), se=se_of_mean)
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
    for i, (kind, of_kind) in enumerate(numbers["one_run"].items()):
        lists.errorbar(
            [level + 0.005 * (i - 6) for level in LEVELS],
            [of_kind[f"q<={level}"]["false_share"] for level in LEVELS],
            [2 * of_kind[f"q<={level}"]["se"] for level in LEVELS],
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
