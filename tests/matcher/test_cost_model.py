"""The cost model of a match: made-up costs are found again, errors are spread, and what is carried on adds up."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.matching.cost_model import WHAT, Machines, Measured, Shares, carried, fit, runs_of
from benchmarks.tables.cost_tables import cost_tables

SIZES = {"S": (2_800_000, 5_000, 2_000), "M": (12_000_000, 25_000, 10_000), "L": (119_000_000, 100_000, 232_000)}


def _runs(shares: Shares, noise: float = 0.0) -> list[Measured]:
    """The nine runs of three sizes, each costing what the shares say, give or take a share of it."""
    rng = np.random.default_rng(5)
    out = []
    for name, (fixes, crimes, pairs) in SIZES.items():
        for label, c, p in (("all", crimes, pairs), ("fewer", crimes // 5, pairs // 5), ("wider", crimes, pairs * 6)):
            cost = shares.of(fixes, c, p) * (1 + noise * rng.uniform(-1, 1))
            out.append(Measured(f"{name}, {label}", fixes, c, p, dict.fromkeys(WHAT, cost)))
    return out


@given(
    st.builds(
        Shares,
        run=st.floats(1e6, 1e8),
        fix=st.floats(0.5, 50),
        crime=st.floats(100, 1e5),
        pair=st.floats(1e3, 1e6),
    )
)
def test_made_up_costs_are_found_again(shares: Shares) -> None:
    runs = _runs(shares)
    found = fit(runs, "processor_ns")
    for run in runs:
        assert found.of(run.fixes, run.crimes, run.pairs) == pytest.approx(run.costs["processor_ns"], rel=1e-6)
    assert found.fix == pytest.approx(shares.fix, rel=1e-4)
    assert found.pair == pytest.approx(shares.pair, rel=1e-3)


def test_small_runs_count_as_much_as_large_ones() -> None:
    shares = Shares(2e7, 8.0, 5_000.0, 40_000.0)
    runs = _runs(shares, noise=0.05)
    found = fit(runs, "read_bytes")
    errors = [found.of(run.fixes, run.crimes, run.pairs) / run.costs["read_bytes"] - 1 for run in runs]
    assert max(map(abs, errors)) < 0.1
    assert found.fix == pytest.approx(shares.fix, rel=0.2)


def test_no_share_is_below_nothing() -> None:
    # Costs that fall with more crimes, as a busy machine may have it.
    runs = [Measured(f"{k}", 1_000_000 * (k + 1), 1_000 * k, 10 * k, {"x": 5e7 - 1e6 * k}) for k in range(6)]
    found = fit(runs, "x")
    assert min(found.run, found.fix, found.crime, found.pair) >= 0
    with pytest.raises(ValueError, match="3 runs were measured"):
        fit(runs[:3], "x")
    with pytest.raises(ValueError, match="no cost was measured"):
        fit([*runs, Measured("cold", 1, 1, 1, {"x": 0.0})], "x")


def test_a_hundred_times_the_fixes_cost_a_hundred_times_as_much() -> None:
    shares = dict.fromkeys(WHAT, Shares(1e8, 10.0, 1_000.0, 10_000.0))
    largest = _runs(shares["processor_ns"])[6]
    paper = carried(shares, largest, largest.fixes * 100, (1, 10))
    assert paper.costs["processor_ns"] == pytest.approx(100 * largest.costs["processor_ns"])
    assert (paper.crimes, paper.pairs) == pytest.approx((100 * largest.crimes, 100 * largest.pairs))
    assert paper.hours[1] == pytest.approx(10 * paper.hours[10])


def test_machines_wait_for_the_slower_of_network_and_processors() -> None:
    one = Machines(1)
    assert one.bytes_s == one.network_bytes_s
    assert Machines(1, at_once=1).bytes_s < 90e6
    assert one.seconds(processor_s=20.0, read_bytes=1.25e9) == 10.0
    assert one.seconds(processor_s=1.0, read_bytes=12.5e9) == pytest.approx(10.0)
    assert Machines(5).seconds(processor_s=1.0, read_bytes=12.5e9) == pytest.approx(2.0)


def test_the_table_has_the_measured_beside_the_model() -> None:
    shares = Shares(1e8, 10.0, 1_000.0, 10_000.0)
    runs = _runs(shares)
    results: dict[str, Any] = {name: {"costs": []} for name in SIZES}
    for run in runs:
        size = results[run.name.split(",")[0]]
        size["costs"].append(
            {"name": run.name, "fixes": run.fixes, "crimes": run.crimes, "pairs": run.pairs, **run.costs}
        )
    assert runs_of(results) == runs
    results["L"]["stored"] = {"rows": 1_000, "parts": {"table": 12_000, "index": 20_500, "withdrawals": 0, "log": 100}}
    results["L"]["append"] = {"rows": 100, "polars_bytes": 1_000, **dict.fromkeys(_TIMED, 2.0)}
    results["S"]["stream"] = {"stream_s": 0.003, "rows": 2_800_000}
    shown = "\n".join(cost_tables(results))
    assert "| processor, ns | 100,000,000 | 10.0 | 1,000 | 10,000 |" in shown
    assert "| S, all | 2,800,000 | 5,000 | 2,000 | 153,000,000 | 153,000,000 |" in shown
    assert "| L | 1,000 | 12.0 | 20.5 | 0.0 | 0.1 | 32.6 | 10.0 |" in shown
    assert "An operation is the time in which *stream* reads one number: 0.71 ns" in shown
    assert "Stored: Parquet 1.20 TB, index 2.05 TB, log 0.01 TB." in shown
    assert cost_tables({"S": {"costs": results["S"]["costs"]}}) == []


_TIMED = ("append_s", "append_processor_s", "first_append_s", "polars_s", "polars_processor_s")
