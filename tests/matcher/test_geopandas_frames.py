"""Results on a map: EPSG:27700, the same rows as the frames, nothing a result does not hold."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Matches, Params, match
from matcher.errors import BadInput, CrimeNotFound, VerdictsNotComputed
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from matcher.views.detail import detail
from tests.support import walks

WEARERS = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    fixes = walks.stored_fixes(rng, WEARERS, 2)
    root = tmp_path_factory.mktemp("map")
    store = FixStore.open(root / "fixes")
    store.append([fixes])
    crimes = walks.crimes_among(rng, fixes, 40)
    nowhere = crimes.head(1).with_columns(pl.lit("NOWHERE").alias("crime_ref"), easting_m=None, northing_m=None)
    crimes = pl.concat([crimes, nowhere], how="vertical_relaxed")
    asked: dict[str, Any] = {
        "assignments": walks.assignments(WEARERS),
        "monitored": EVERYONE,
        "eligible": walks.always(["W00", "W01", "W02"]),
        "params": Params(reference_days=1),
    }
    plain = fixes.select(
        "device_id",
        "t",
        "mechanism",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    return {
        "store": store,
        "found": match(plain, crimes, **asked),
        "run": run(store, crimes, runs_dir=root / "runs", **asked),
        "asked": asked,
        "plain": plain,
        "crimes": crimes,
    }


def test_candidates_stand_at_their_crimes_in_the_national_grid(world: dict[str, Any]) -> None:
    found: Matches = world["found"]
    layers = found.to_geopandas(crimes_as="point")
    assert all(layer.crs == "EPSG:27700" for layer in layers)
    assert len(layers.candidates) == found.candidates.height > 20
    place = found.crimes.select("crime_ref", "easting_m", "northing_m")
    at = found.candidates.join(place, on="crime_ref", how="left", maintain_order="left")
    assert layers.candidates.geometry.x.tolist() == at["easting_m"].to_list()
    assert layers.candidates.geometry.y.tolist() == at["northing_m"].to_list()
    assert set(layers.candidates.columns) == {*found.candidates.columns, "geometry"}
    assert len(layers.visits) == found.visits.height
    assert str(layers.candidates["first_at"].dtype.tz) == "UTC"


def test_crimes_are_discs_of_the_radius_with_their_counts(world: dict[str, Any]) -> None:
    found: Matches = world["found"]
    crimes = found.to_geopandas().crimes
    assert len(crimes) == 40
    assert crimes["candidates"].sum() == found.candidates.height
    assert (crimes["present"] + crimes["passed"]).equals(crimes["candidates"].astype(crimes["present"].dtype))
    assert crimes.geometry.area.tolist() == pytest.approx([np.pi * 100**2] * 40, rel=5e-4)


def test_a_stored_run_gives_the_same_map_as_match(world: dict[str, Any]) -> None:
    folder: RunFolder = world["run"]
    for ours, kept in zip(world["found"].to_geopandas(), folder.to_geopandas(), strict=True):
        assert ours.equals(kept)


def test_an_empty_result_is_an_empty_map(world: dict[str, Any]) -> None:
    layers = match(world["plain"].head(0), world["crimes"], **world["asked"]).to_geopandas()
    assert [len(layer) for layer in layers] == [40, 0, 0]
    assert layers.candidates.crs == "EPSG:27700"


def test_an_unknown_shape_is_refused_with_the_known_ones(world: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="give disc or point"):
        world["found"].to_geopandas(crimes_as="hexagon")


@pytest.mark.slow
def test_a_detail_draws_the_window_and_its_visits_inside_the_path(world: dict[str, Any]) -> None:
    folder: RunFolder = world["run"]
    drawn = 0
    for row in folder.candidates().collect().iter_rows(named=True):
        told = detail(folder, world["store"], row["force"], row["crime_ref"], row["wearer_id"])
        layers = told.to_geopandas()
        assert len(layers.fixes) == told.fixes.height
        assert len(layers.visits) == row["visits"]
        spent = (layers.path["to"] - layers.path["from"]).dt.total_seconds().sum()
        window_s = (told.crime["t_to"] - told.crime["t_from"]).total_seconds()
        assert spent / window_s == pytest.approx(row["coverage"], rel=1e-5)
        assert told.gaps["lasts_s"].sum() + spent == pytest.approx(window_s)
        centre = layers.crime.geometry.centroid[0]
        near = [shape.distance(centre) for shape in layers.path.geometry]
        assert min(near) == pytest.approx(row["closest_m"], abs=0.002)
        whole = layers.path.geometry.union_all().buffer(0.001)
        for visit in layers.visits.geometry:
            assert whole.contains(visit)
            drawn += visit.length > 0
            assert visit.distance(centre) <= 100.001
    assert drawn > 10


def test_verdicts_at_a_crime_add_up_to_the_counts(world: dict[str, Any]) -> None:
    found: Matches = world["found"]
    tested = 0
    for row in found.verdicts.iter_rows(named=True):
        told = found.verdicts_at(row["force"], row["crime_ref"])
        said = told.select(pl.concat_str("verdict", "reason", separator="_", ignore_nulls=True)).to_series()
        counted = {name: n for name, n in row.items() if name not in ("force", "crime_ref", "version") and n}
        assert dict(said.value_counts().iter_rows()) == counted
        if said.len():
            tested += 1
            assert told["wearer_id"].to_list() == ["W00", "W01", "W02"]
        assert told.equals(world["run"].verdicts_at(row["force"], row["crime_ref"], row["version"]))
    assert tested > 30


def test_candidates_are_those_present_or_passed(world: dict[str, Any]) -> None:
    found: Matches = world["found"]
    for (ref,), rows in found.candidates.group_by("crime_ref"):
        told = found.verdicts_at("Metropolitan", str(ref)).filter(pl.col("verdict").is_in(["present", "passed"]))
        assert (
            told.select("wearer_id", "verdict").rows() == rows.select("wearer_id", "verdict").sort("wearer_id").rows()
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("Metropolitan", "NOWHERE"), "could not be matched.*no_location"),
        (("Metropolitan", "c00001"), "no crime c00001"),
        (("CoLP", "C00001"), "no crime C00001 of CoLP"),
        (("Metropolitan", "C00001", 2), "version 2"),
    ],
)
def test_a_crime_that_was_not_matched_says_why(world: dict[str, Any], given: tuple[Any, ...], said: str) -> None:
    for result in (world["found"], world["run"]):
        with pytest.raises(CrimeNotFound, match=said):
            result.verdicts_at(*given)


def test_a_run_without_verdicts_refuses_to_list_them(world: dict[str, Any]) -> None:
    asked = {**world["asked"], "params": Params(verdicts=False, reference_days=0)}
    found = match(world["plain"], world["crimes"], **asked)
    with pytest.raises(VerdictsNotComputed):
        found.verdicts_at("Metropolitan", "C00001")
    assert "excluded" not in found.to_geopandas().crimes.columns


def test_a_match_imports_no_map_library() -> None:
    code = (
        "import sys; from matcher import match; from matcher.runs.run import run; "
        "from matcher.views.detail import detail; "
        "print(sorted({'geopandas', 'pandas', 'pyproj'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def test_layers_can_be_written_to_files_that_a_gis_opens(world: dict[str, Any], tmp_path: Path) -> None:
    import geopandas

    folder: RunFolder = world["run"]
    row = folder.candidates().collect().row(0, named=True)
    told = detail(folder, world["store"], row["force"], row["crime_ref"], row["wearer_id"])
    for layers in (folder.to_geopandas(), told.to_geopandas()):
        for name, layer in layers._asdict().items():
            layer.to_file(tmp_path / "map.gpkg", layer=name)
            back = geopandas.read_file(tmp_path / "map.gpkg", layer=name)
            assert back.crs.to_epsg() == 27700
            assert back.geometry.geom_equals_exact(layer.geometry, 1e-6).all()


def test_a_wearer_who_may_not_be_matched_is_in_no_output(world: dict[str, Any]) -> None:
    """W03 wears a tag, D03, stands beside crimes, and is not eligible."""
    found: Matches = world["found"]
    everyone = match(world["plain"], world["crimes"], **{**world["asked"], "eligible": EVERYONE})
    assert "W03" in set(everyone.candidates["wearer_id"])
    frames = [getattr(found, name) for name in ("candidates", "visits", "day_hits", "verdict_codes")]
    frames += [pl.DataFrame(layer.drop(columns="geometry")) for layer in found.to_geopandas()]
    frames += [found.verdicts_at("Metropolitan", ref) for ref in found.verdicts["crime_ref"]]
    for row in world["run"].candidates().collect().iter_rows(named=True):
        told = detail(world["run"], world["store"], row["force"], row["crime_ref"], row["wearer_id"])
        names = ("visits", "fixes", "path", "gaps", "quality", "other_days", "others")
        frames += [getattr(told, name) for name in names]
    said = "".join(frame.write_json() for frame in frames if "codes" not in frame.columns)
    assert "W00" in said
    assert not {"W03", "D03"} & set(re.findall(r"[WD]0\d", said))
    assert found.verdict_codes["wearer_id"].to_list() == ["W00", "W01", "W02"]
