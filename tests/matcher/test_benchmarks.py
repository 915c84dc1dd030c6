"""The benchmarks themselves: rivals and TagPilot give the same answer, and the tables show what was measured."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.matching.answers import DifferentAnswers, compare, our_pairs, share_that_differ
from benchmarks.matching.appending import append_days, bytes_by_part, medians_of
from benchmarks.matching.contest import PLAIN
from benchmarks.matching.grown_store import arrivals
from benchmarks.matching.hard_inputs import HARD, changed
from benchmarks.matching.match_job import run_match
from benchmarks.matching.rival_job import run_rival
from benchmarks.matching.rivals import RIVALS, Source
from benchmarks.matching.sizes import SIZES, Size
from benchmarks.matching.spatial_rivals import SPATIAL, is_installed, pip_line
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


@pytest.mark.parametrize("job", [job for job, rival in SPATIAL.items() if not rival.needs])
def test_spatial_packages_find_the_same_pairs(toy: World, ours: pl.DataFrame, job: str, tmp_path: Path) -> None:
    answer = tmp_path / "answer.parquet"
    run_rival(Task(job, str(toy.home), answer=str(answer)))
    found = pl.read_parquet(answer)
    assert found.height > 20
    assert found.join(ours, on=["crime", "wearer"], how="anti").is_empty()
    if SPATIAL[job].all_pairs:
        compare(ours, found, job)


def test_a_join_to_the_nearest_crime_misses_one_behind_a_crime_of_another_day(tmp_path: Path) -> None:
    fixes = tmp_path / "fixes.parquet"
    pl.DataFrame({"wearer": [7], "t": [1_000], "x": [530_000.0], "y": [180_000.0]}).write_parquet(fixes)
    crimes = pl.DataFrame(
        {
            "crime": [0, 1],
            "x": [530_050.0, 530_005.0],
            "y": [180_000.0] * 2,
            "start_us": [0, 5_000],
            "end_us": [2_000, 9_000],
        }
    )
    found = {job: SPATIAL[job].ask(Source([fixes]), crimes, 100.0) for job in ("geopandas-sjoin", "geopandas-nearest")}
    assert found["geopandas-sjoin"].rows() == [(0, 7, 1, 50.0)]
    assert found["geopandas-nearest"].is_empty()


def test_a_spatial_package_that_is_not_there_is_shown_with_the_line_that_installs_it(tmp_path: Path) -> None:
    needed = SPATIAL["duckdb-spatial"]
    assert not is_installed(needed, tmp_path)
    for package in needed.needs:
        (tmp_path / package).mkdir()
    assert is_installed(needed, tmp_path)
    plain = {"wall_s": 2.0, "wall_range_s": [2.0, 2.5], "peak_mib": 100.0, "points": 50}
    rows = {name: {**plain, "wall_s": 9.0, "differ": 0.0} for name in SPATIAL}
    rows |= {"plain": plain, "meos": {"not_installed": pip_line(tmp_path)}}
    rows["geopandas-nearest"]["differ"] = 0.25
    shown = tables({"S": {**_result(1.0, 1.0, 1.0, 1.0), "spatial": rows}})
    assert f"not installed (`python -m pip install --no-deps --target {tmp_path} duckdb==" in shown
    assert "| SedonaDB (`ST_DWithin` and time) | 9.00 (2.00–2.50) | 4.5 | 100 | none |" in shown
    assert "| 25.0% of 50 |" in shown


def test_an_appended_day_and_the_parts_of_a_store_are_counted(toy: World) -> None:
    before = bytes_by_part(toy.store)
    appended = medians_of(append_days(Task("append", str(toy.home))))
    assert appended["rows"] > 10_000
    assert min(appended["append_s"], appended["index_s"], appended["polars_s"], appended["polars_bytes"]) > 0
    assert bytes_by_part(toy.store) == before
    assert before["table"] > appended["polars_bytes"]
    assert sum(before.values()) == sum(file.stat().st_size for file in toy.store.rglob("*") if file.is_file())


def test_a_world_imported_day_by_day_is_the_same(toy: World, tmp_path: Path) -> None:
    size = SIZES["toy"]
    by_day = make_world(
        Size("daily", size.wearers, size.days, size.crimes, by_day=True, reference=False), tmp_path / "worlds"
    )
    assert not by_day.reference.exists()
    assert not list((by_day.home / "world").rglob("*.parquet"))
    both = [FixStore.open(world.store).scan_days(None, None, None) for world in (toy, by_day)]
    for (day, rows), (same_day, same) in zip(*both, strict=True):
        assert day == same_day
        assert rows.equals(same)
    assert by_day.crimes().equals(toy.crimes())
    assert by_day.wearers() == toy.wearers()


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
    met = targets({"L": _result(plain=0.45, decode=1.0, rival=2.0, warm=0.2)})
    assert [target.met for target in met] == [True] * 5
    missed = targets({"L": _result(plain=0.6, decode=1.0, rival=1.2, warm=0.19)})
    assert [target.met for target in missed] == [False, False, True, True, True]
    assert missed[0].reached == "0.60 ×"
    at_m = targets({"M": _result(plain=1.0, decode=0.5, rival=0.9, warm=0.2)})
    assert [(t.met, t.reached) for t in at_m] == [(False, "4.50 ×")]


def test_targets_of_growth_threads_appends_and_one_crime() -> None:
    sizes = {}
    for name, fixes, warm in (("S", 1e6, 0.1), ("L", 1e8, 9.0), ("XL", 4e8, 44.0)):
        sizes[name] = _result(plain=0.4, decode=1.0, rival=2.0, warm=warm)
        sizes[name]["in_turn"]["plain"] |= {"fixes": fixes, "crimes": 1e5, "pairs": 1e5}
        sizes[name]["one_crime"] = {"warm_s": 0.4}
    sizes["L"] |= {
        "threads": {"one thread": {"warm_s": 1.5}, "two threads": {"warm_s": 1.0}},
        "append": {"append_s": 1.4, "polars_s": 1.0},
    }
    found = {target.target: (target.size, target.reached, target.met) for target in targets(sizes)}
    assert found["2 threads, plain, warm: at least 1.6 × one"] == ("L", "1.50 ×", False)
    assert found["append of a day: at most 1.5 × writing its Parquet by Polars"] == ("L", "1.40 ×", True)
    assert found["one crime by hand, warm: under 0.5 s"] == ("XL", "0.40 s", True)
    assert found["plain, warm, time a fix: no more than at S"] == ("XL", "1.10 ×", False)
    # At XL nothing but TagPilot is measured.
    sizes["XL"] = {"in_turn": {"plain": sizes["XL"]["in_turn"]["plain"]}, "one_crime": {"warm_s": 0.4}}
    assert "**XL" not in tables(sizes)
    assert "| XL | 400,000,000 | 100,000 | 100,000 | 0.40 | 44.000 | 110.0 | 500 | 400 |" in tables(sizes)


def test_the_table_shows_missed_targets_and_replaces_the_old_table() -> None:
    shown = tables({"L": _result(plain=2.0, decode=1.0, rival=3.0, warm=0.5)})
    assert "| L | plain, whole job: at most 0.45 × decode | 2.00 × | **missed** |" in shown
    assert "Polars (key cell, store)" in shown
    readme = put_between(f"# A\n{BEGIN}\nold\n{END}\nrest\n", BEGIN, END, shown)
    assert "old" not in readme
    assert readme.startswith("# A\n")
    assert readme.endswith("rest\n")
    assert put_between(readme, BEGIN, END, shown) == readme
    with pytest.raises(ValueError, match="no place"):
        put_between("# A\n", BEGIN, END, shown)
