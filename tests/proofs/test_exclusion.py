"""Nobody who was there is excluded; of those who were elsewhere, a good part is."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from scipy.stats import beta

from matcher import EVERYONE
from matcher.analysis.candidates import find
from matcher.analysis.crimes import index_crimes
from matcher.analysis.verdicts import verdict_codes
from matcher.params import Params
from matcher.permitted import permitted
from matcher.schemas import CRIME_KEY, VERDICT_CODES
from matcher.trails.build import build, rows_of_frame
from tests.proofs.recorder import Proof
from tests.support.hidden_visits import dashes, drifts, moved_away, with_gaps
from tests.support.simulated_tags import Seen, worlds

pytestmark = pytest.mark.slow

EAST_M, NORTH_M = 30_000.0, -320_000.0
"""From where the worlds are drawn to London, where a crime can be matched."""

NOON_US = round(datetime(2019, 9, 10, 12, tzinfo=UTC).timestamp()) * 1_000_000
EVER = (datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
PARAMS = Params(reference_days=0, presence=False)
BEFORE = Params(reference_days=0, presence=False, prism_step_s=0.0, prism_min_sigma_m=0.0)
"""As errors were taken before: every fix for itself, each as exact as it says."""
AT_A_TIME = 200


def said(seen: Seen, params: Params = PARAMS) -> list[str]:
    """What the matcher says of each world's own pair, by the name of its code; found as any run finds it."""
    out: list[str] = []
    for begin in range(0, len(seen.nearest_m), AT_A_TIME):
        out += _said(seen, range(begin, min(begin + AT_A_TIME, len(seen.nearest_m))), params)
    return out


def _said(seen: Seen, which: range, params: Params) -> list[str]:
    names = [f"W{k:06}" for k in which]
    sizes = np.diff(seen.offset)[which.start : which.stop]
    rows = slice(int(seen.offset[which.start]), int(seen.offset[which.stop]))
    fixes = pl.DataFrame(
        {
            "device_id": np.repeat(names, sizes),
            "t": _instants(seen.t_us[rows]),
            "mechanism": pl.Series(["gnss"], dtype=pl.String).new_from_index(0, int(sizes.sum())),
            "easting_m": seen.x_mm[rows] / 1000 + EAST_M,
            "northing_m": seen.y_mm[rows] / 1000 + NORTH_M,
            "accuracy_m": seen.accuracy_mm[rows] / 1000,
        }
    )
    mine = slice(which.start, which.stop)
    crimes = pl.DataFrame(
        {
            "force": "Metropolitan",
            "crime_ref": names,
            "version": pl.Series([1] * len(names), dtype=pl.Int32),
            "crime_type": "RT",
            "t_from": _instants(np.zeros(len(names), np.int64)),
            "t_to": _instants(seen.end_us[mine]),
            "easting_m": seen.crime_x[mine] / 1000 + EAST_M,
            "northing_m": seen.crime_y[mine] / 1000 + NORTH_M,
            "location_accuracy_m": seen.place_accuracy_m[mine],
        }
    )
    worn = pl.DataFrame({"device_id": names, "wearer_id": names, "from": EVER[0], "to": EVER[1]}).with_columns(
        pl.col("from", "to").cast(pl.Datetime("us", "UTC"))
    )
    monitored = worn.select("wearer_id", "from", "to")
    may = permitted(worn, monitored, EVERYONE)
    trails = build([rows_of_frame(fixes, may.devices)], may, params)
    index = index_crimes(crimes, params)
    assert index.crimes.height == len(names)
    candidates = find(trails, index, params).candidates
    place = {key: i for i, key in enumerate(index.crimes.select(CRIME_KEY).rows())}
    codes = verdict_codes(
        trails,
        index,
        np.array([may.wearers.index(w) for w in candidates["wearer_id"]], np.int32),
        np.array([place[row] for row in candidates.select(CRIME_KEY).rows()], np.int32),
        (candidates["verdict"] == "present").to_numpy(),
        params,
    )
    return [VERDICT_CODES[codes[may.wearers.index(name), place["Metropolitan", name, 1]]] for name in names]


def _instants(t_us: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    return pl.Series(t_us + NOON_US).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def truly_inside(rng: np.random.Generator, n: int) -> dict[str, Seen]:
    """About n people each of whom was within the radius at an instant of the window, by how they moved."""
    each = n // 5
    return {
        **{
            kind: with_gaps(rng, worlds(rng, kind, 300.0, each, coarse=kind == "stroll", furthest_m=PARAMS.radius_m))
            for kind in ("stay", "pass", "stroll", "drive")
        },
        "dash": dashes(rng, n - 4 * each, PARAMS.max_speed_mps, PARAMS.radius_m, 300.0),
    }


def upper_bound(found: int, of: int) -> float:
    """Of the rate, with 95 % confidence (Clopper and Pearson)."""
    return float(beta.ppf(0.95, found + 1, of - found))


def _said_of_those_inside(n: int) -> dict[str, Counter[str]]:
    counts = {kind: Counter(said(seen)) for kind, seen in truly_inside(np.random.default_rng(2019), n).items()}
    for of in counts.values():
        assert of["not_tested"] == 0
    # Not for want of anything to see: gaps hide some, fixes show most of the others, and dashes are never seen there.
    assert counts["stay"]["present"] > 0
    assert counts["stay"]["possible"] > 0
    assert counts["dash"]["possible"] > 0
    return counts


def test_nobody_who_was_there_is_excluded_in_a_few_hundred_worlds() -> None:
    for kind, of in _said_of_those_inside(600).items():
        assert of["excluded"] == 0, (kind, of)


def test_a_dash_that_was_not_possible_is_excluded() -> None:
    """The same dashes, the crimes ten kilometres off: the proof would notice if nothing ever excluded."""
    rng = np.random.default_rng(7)
    seen = moved_away(rng, dashes(rng, 300, 40.0, 100.0, 300.0), np.full(300, 10_000.0))
    assert Counter(said(seen))["excluded"] > 75


STEPS_S = (1.0, 5.0, 10.0, 15.0, 60.0)
PEAKS_M = (100.0, 200.0, 300.0, 400.0)


def _drifted(n: int, params: Params = PARAMS) -> dict[str, Counter[str]]:
    """What is said of n people at the scene for each step between fixes and each distance their tag drifted."""
    rng = np.random.default_rng(1996)
    return {
        f"a fix every {step:g} s, drift of {peak:g} m": Counter(
            said(drifts(rng, n, step, PARAMS.radius_m, np.full(n, peak)), params)
        )
        for step in STEPS_S
        for peak in PEAKS_M
    }


def test_a_tag_that_drifted_excludes_nobody_from_next_door_however_often_it_reports() -> None:
    assert {kind: of for kind, of in _drifted(15).items() if of["excluded"]} == {}


def test_taken_for_independent_the_errors_of_a_drift_at_a_fix_a_second_would_exclude() -> None:
    """Otherwise the one before could not fail."""
    drifted = drifts(np.random.default_rng(4), 20, 1.0, PARAMS.radius_m, np.full(20, 300.0))
    assert Counter(said(drifted, BEFORE))["excluded"] > 10


def test_nobody_a_few_streets_away_is_less_excluded_than_before_by_more_than_a_few_in_a_hundred() -> None:
    for away_m in (2_000.0, 10_000.0):
        now, before = (_share_excluded(np.random.default_rng(12), 200, away_m, 0.0, p) for p in (PARAMS, BEFORE))
        assert before - 0.1 <= now <= before


DISTANCES_M = (500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0)
GAPS_S = (0.0, 300.0, 900.0, 3_600.0)


def _share_excluded(rng: np.random.Generator, n: int, away_m: float, gap_s: float, params: Params = PARAMS) -> float:
    """Of n people who kept to a few streets so far away, with one more silence of that length in the window."""
    seen = worlds(rng, "stroll", 300.0, n, furthest_m=PARAMS.radius_m)
    if gap_s:
        seen = with_gaps(rng, seen, gap_s, gap_s * 1.0001)
    moved = moved_away(rng, seen, np.full(len(seen.nearest_m), away_m))
    return Counter(said(moved, params))["excluded"] / len(seen.nearest_m)


@pytest.mark.prove(
    "inside-not-excluded", "drift-not-excluded", "far-excluded", "further-excluded-more", "elsewhere-excluded"
)
def test_nobody_who_was_there_is_excluded_and_many_who_were_not_are(proof: Proof) -> None:
    counts = _said_of_those_inside(40_000)
    of = sum(sum(c.values()) for c in counts.values())
    assert of >= 40_000
    inside = sum(c["excluded"] for c in counts.values())
    proof.material("people within the radius at an instant of the window, by how they moved", of, seeds="2019")
    proof.measured("inside-not-excluded", "all kinds of movement", inside, of=of)
    for kind, said_of in counts.items():
        proof.measured("inside-not-excluded", kind, said_of["excluded"], of=said_of.total())
    rng = np.random.default_rng(570)
    shares = {gap: [_share_excluded(rng, 2_000, away, gap) for away in DISTANCES_M] for gap in GAPS_S}
    drifted = _drifted(250)
    proof.material("people within the radius whose tag drifted, 250 of each kind", 250 * len(drifted), seeds="1996")
    for kind, d in drifted.items():
        proof.measured("drift-not-excluded", kind, d["excluded"], of=d.total())
    drifted_before = {kind: d["excluded"] for kind, d in _drifted(250, BEFORE).items()}
    assert sum(drifted_before.values()) > 0
    compared = {
        f"{away:.0f} m": {
            name: _share_excluded(np.random.default_rng(571), 4_000, away, 0.0, params)
            for name, params in (("before", BEFORE), ("now", PARAMS))
        }
        for away in (2_000.0, 10_000.0)
    }
    proof.material("people who kept to a few streets, for each distance and silence", 2_000, seeds="570")
    proof.material("the same with errors taken as before and as now, at 2 and 10 km", 4_000, seeds="571")
    for gap, by_distance in shares.items():
        proof.measured("further-excluded-more", f"silence of {gap / 60:.0f} min", by_distance[-1] - by_distance[0])
        for away, share in zip(DISTANCES_M, by_distance, strict=True):
            case = f"{away / 1000:g} km, silence of {gap / 60:.0f} min"
            proof.measured("elsewhere-excluded", case, share, share_of=2_000)
    for away_text, by_name in compared.items():
        for name, share in by_name.items():
            case = f"{away_text}, errors taken as {'independent, as before' if name == 'before' else 'now'}"
            proof.measured("elsewhere-excluded", case, share, share_of=4_000)
    proof.measured("far-excluded", "20 km, no further silence", shares[0.0][-1], share_of=2_000)
    print(f"drifted, excluded as errors were taken before, of 250: {drifted_before}")
    print(counts)
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    for gap, by_distance in shares.items():
        axes.plot(np.array(DISTANCES_M) / 1000, by_distance, marker="o", label=f"{gap / 60:.0f} min")
    axes.set(xscale="log", xlabel="distance from the crime, km", ylabel="share excluded", ylim=(-0.02, 1.02))
    axes.set_xticks(np.array(DISTANCES_M) / 1000, [f"{d / 1000:g}" for d in DISTANCES_M])
    axes.legend(title="one more silence of", loc="lower right")
    proof.save(
        "exclusion",
        figure,
        {
            "truly inside": {kind: dict(sorted(c.items())) for kind, c in counts.items()},
            "of": of,
            "drifted, still inside": {kind: dict(sorted(d.items())) for kind, d in drifted.items()},
            "drifted, excluded as errors were taken before, of 250": drifted_before,
            "share excluded of those elsewhere, before and now": compared,
            "upper bound of the rate, 95 %": upper_bound(inside, of),
            "share excluded of those elsewhere, by silence in s": {
                f"{gap:.0f}": dict(zip((f"{d:.0f} m" for d in DISTANCES_M), by, strict=True))
                for gap, by in shares.items()
            },
        },
    )
    proof.assert_met()
