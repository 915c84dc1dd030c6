"""The benchmark itself: rivals and ours give one answer, and the tables say what the numbers say."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.answers import DifferentAnswers, close_enough, compare, pairs_of_ours
from benchmarks.asking import ask
from benchmarks.contest import PLAIN
from benchmarks.hard import HARD, changed
from benchmarks.late import arrivals
from benchmarks.ours import whole_job
from benchmarks.rivals import RIVALS
from benchmarks.sizes import SIZES
from benchmarks.tables import BEGIN, END, put_into, tables
from benchmarks.targets import targets
from benchmarks.task import Task
from benchmarks.worlds import World, world
from matcher.store.fixes import FixStore


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(SIZES["toy"], tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def ours(toy: World, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    answer = tmp_path_factory.mktemp("answers") / "ours.parquet"
    told = whole_job(Task("ours", str(toy.home), params=PLAIN, again=1, answer=str(answer)), 0.0)
    found = pairs_of_ours(toy, answer)
    assert found.height == told["pairs"] > 20
    assert len(told["again_s"]) == 1
    return found


def test_rivals_give_our_answer(toy: World, ours: pl.DataFrame, tmp_path: Path) -> None:
    for job in RIVALS:
        answer = tmp_path / f"{job}.parquet"
        ask(Task(job, str(toy.home), answer=str(answer)))
        assert compare(ours, pl.read_parquet(answer), job) > 20
        ask(Task(job, str(toy.home), source="store", answer=str(answer)))
        assert close_enough(ours, pl.read_parquet(answer)) < 0.05


def test_a_rival_that_answers_otherwise_is_found_out(toy: World, ours: pl.DataFrame, tmp_path: Path) -> None:
    answer = tmp_path / "answer.parquet"
    ask(Task("polars-cell", str(toy.home), answer=str(answer)))
    right = pl.read_parquet(answer)
    for wrong in (right[1:], right.with_columns(pl.col("n") + 1), right.with_columns(closest_m=pl.lit(-1.0))):
        with pytest.raises(DifferentAnswers, match="polars"):
            compare(ours, wrong, "polars")


def test_a_rival_is_asked_for_each_day_by_itself(toy: World) -> None:
    once = ask(Task("polars-cellhour", str(toy.home)))
    assert ask(Task("polars-cellhour", str(toy.home), shifts=1))["pairs"] > once["pairs"]


def test_what_arrives_day_by_day_is_all_there_is(toy: World) -> None:
    store = FixStore.open(toy.store)
    days = list(arrivals(toy))
    assert sum(day.height for day in days) == sum(rows.height for _, rows in store.scan_days(None, None, None))
    assert len(days) == len(store.days()) + 1
    assert days[1]["t"].min() < days[0]["t"].max()  # type: ignore[operator]


@pytest.mark.parametrize("hard", HARD, ids=lambda hard: hard.name)
def test_hard_inputs_are_what_they_say(toy: World, hard: Any, tmp_path: Path) -> None:
    given = changed(toy, hard, tmp_path)
    assert given or hard.params
    if "crimes" in given:
        crimes = pl.read_parquet(given["crimes"])
        assert crimes.height == toy.crimes().height
        assert not crimes.equals(toy.crimes())
    if "fixes" in given:
        rows = [f.height for _, f in FixStore.open(Path(given["fixes"])).scan_days(None, None, None)]
        assert sum(rows) == sum(f.height for _, f in FixStore.open(toy.store).scan_days(None, None, None))
    told = whole_job(Task("ours", str(toy.home), params={**PLAIN, **hard.params, "reference_days": 0}, **given), 0.0)
    # Twelve wearers may all keep clear of one street; the question is asked and answered all the same.
    assert (told["pairs"] > 0) or hard.name == "all crimes in one street"


def _told(plain: float, decode: float, rival: float, warm: float) -> dict[str, Any]:
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
    met = targets({"L": _told(plain=1.2, decode=1.0, rival=2.0, warm=0.5)})
    assert [target.met for target in met] == [True, True, True]
    missed = targets({"L": _told(plain=2.0, decode=1.0, rival=3.0, warm=0.5)})
    assert [target.met for target in missed] == [False, True, False]
    assert missed[0].reached == "2.00 ×"
    assert [t.met for t in targets({"M": _told(plain=1.0, decode=0.5, rival=0.9, warm=0.1)})] == [False]


def test_the_table_shows_what_was_missed_and_takes_the_old_ones_place() -> None:
    said = tables({"L": _told(plain=2.0, decode=1.0, rival=3.0, warm=0.5)})
    assert "| L | plain, whole job: at most 1.3 × decode | 2.00 × | **missed** |" in said
    assert "Polars (key cell, store)" in said
    readme = put_into(f"# A\n{BEGIN}\nold\n{END}\nrest\n", said)
    assert "old" not in readme
    assert readme.startswith("# A\n")
    assert readme.endswith("rest\n")
    assert put_into(readme, said) == readme
    with pytest.raises(ValueError, match="no place"):
        put_into("# A\n", said)
