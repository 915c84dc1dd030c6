"""The benchmarks themselves: rivals and TagPilot give the same answer, and the tables show what was measured."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.matching.answers import DifferentAnswers, compare, our_pairs, share_that_differ
from benchmarks.matching.contest import PLAIN
from benchmarks.matching.grown_store import arrivals
from benchmarks.matching.hard_inputs import HARD, changed
from benchmarks.matching.match_job import run_match
from benchmarks.matching.rival_job import run_rival
from benchmarks.matching.rivals import RIVALS
from benchmarks.matching.sizes import SIZES
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World, make_world
from benchmarks.tables.match_tables import BEGIN, END, tables
from benchmarks.tables.readme import put_between
from benchmarks.tables.targets import targets
from matcher.store.fixes import FixStore


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(SIZES["toy"], tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def ours(toy: World, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    answer = tmp_path_factory.mktemp("answers") / "ours.parquet"
    result = run_match(Task("tagpilot", str(toy.home), params=PLAIN, repeats=1, answer=str(answer)), 0.0)
    found = our_pairs(toy, answer)
    assert found.height == result["pairs"] > 20
    assert len(result["again_s"]) == 1
    return found


def test_rivals_and_tagpilot_find_the_same_pairs(toy: World, ours: pl.DataFrame, tmp_path: Path) -> None:
    for job in RIVALS:
        answer = tmp_path / f"{job}.parquet"
        run_rival(Task(job, str(toy.home), answer=str(answer)))
        assert compare(ours, pl.read_parquet(answer), job) > 20
        run_rival(Task(job, str(toy.home), source="store", answer=str(answer)))
        assert share_that_differ(ours, pl.read_parquet(answer)) < 0.05


def test_a_rival_with_a_wrong_answer_is_reported(toy: World, ours: pl.DataFrame, tmp_path: Path) -> None:
    answer = tmp_path / "answer.parquet"
    run_rival(Task("polars-cell", str(toy.home), answer=str(answer)))
    right = pl.read_parquet(answer)
    for wrong in (right[1:], right.with_columns(pl.col("n") + 1), right.with_columns(closest_m=pl.lit(-1.0))):
        with pytest.raises(DifferentAnswers, match="polars"):
            compare(ours, wrong, "polars")


def test_a_rival_asked_for_more_days_finds_more_pairs(toy: World) -> None:
    once = run_rival(Task("polars-cellhour", str(toy.home)))
    assert run_rival(Task("polars-cellhour", str(toy.home), shifts=1))["pairs"] > once["pairs"]


def test_daily_appends_deliver_every_fix_once(toy: World) -> None:
    store = FixStore.open(toy.store)
    days = list(arrivals(toy))
    assert sum(day.height for day in days) == sum(rows.height for _, rows in store.scan_days(None, None, None))
    assert len(days) == len(store.days()) + 1
    assert days[1]["t"].min() < days[0]["t"].max()  # type: ignore[operator]


@pytest.mark.parametrize("hard", HARD, ids=lambda hard: hard.name)
def test_hard_inputs_change_what_their_names_say(toy: World, hard: Any, tmp_path: Path) -> None:
    replaced = changed(toy, hard, tmp_path)
    assert replaced or hard.params
    if "crimes" in replaced:
        crimes = pl.read_parquet(replaced["crimes"])
        assert crimes.height == toy.crimes().height
        assert not crimes.equals(toy.crimes())
    if "fixes" in replaced:
        rows = [f.height for _, f in FixStore.open(Path(replaced["fixes"])).scan_days(None, None, None)]
        assert sum(rows) == sum(f.height for _, f in FixStore.open(toy.store).scan_days(None, None, None))
    result = run_match(
        Task("tagpilot", str(toy.home), params={**PLAIN, **hard.params, "reference_days": 0}, **replaced), 0.0
    )
    # Twelve wearers may all stay away from one street; the match must still run to its end.
    assert (result["pairs"] > 0) or hard.name == "all crimes in one street"


def _result(plain: float, decode: float, rival: float, warm: float) -> dict[str, Any]:
    def row(wall: float) -> dict[str, Any]:
        return {"wall_s": wall, "wall_range_s": [wall, wall], "peak_mib": 500.0, "rows": 1_000_000}

    best = {"polars": "polars-cell store", "duckdb": "duckdb-cell reference"}
    return {
        "answers": {"points": 100, "path": 150, "best": best, "once_s": {"polars-cell store": rival}},
        "in_turn": {
            "decode": row(decode),
            "plain": {**row(plain), "warm_s": warm},
            "polars": row(rival),
            "duckdb": row(rival + 1),
        },
    }


def test_a_target_is_met_or_missed_by_the_numbers_alone() -> None:
    met = targets({"L": _result(plain=1.2, decode=1.0, rival=2.0, warm=0.5)})
    assert [target.met for target in met] == [True, True, True]
    missed = targets({"L": _result(plain=2.0, decode=1.0, rival=3.0, warm=0.5)})
    assert [target.met for target in missed] == [False, True, False]
    assert missed[0].reached == "2.00 ×"
    assert [t.met for t in targets({"M": _result(plain=1.0, decode=0.5, rival=0.9, warm=0.1)})] == [False]


def test_the_table_shows_missed_targets_and_replaces_the_old_table() -> None:
    shown = tables({"L": _result(plain=2.0, decode=1.0, rival=3.0, warm=0.5)})
    assert "| L | plain, whole job: at most 1.3 × decode | 2.00 × | **missed** |" in shown
    assert "Polars (key cell, store)" in shown
    readme = put_between(f"# A\n{BEGIN}\nold\n{END}\nrest\n", BEGIN, END, shown)
    assert "old" not in readme
    assert readme.startswith("# A\n")
    assert readme.endswith("rest\n")
    assert put_between(readme, BEGIN, END, shown) == readme
    with pytest.raises(ValueError, match="no place"):
        put_between("# A\n", BEGIN, END, shown)
