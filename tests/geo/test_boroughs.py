import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import boroughs
from geo.borough_names import BCU_NAMES, BCU_PERIODS, BOROUGHS, NoBcu, NoSuchBorough, bcu_of, borough_named
from geo.boroughs import borough_of

PACKAGED = Path(boroughs.__file__).parent / "data" / "london_boroughs.parquet"

# PCD 570, 2.1, as the paper writes them.
PILOT = """Lambeth, Lewisham, Southwark, Croydon, Westminster, Newham, Tower Hamlets, Hackney, Waltham Forest, Camden,
Islington, Haringey, Enfield, Barking & Dagenham, Redbridge, Ealing, Wandsworth, Hammersmith & Fulham, Barnet, Brent"""


def in_mm(shape: shapely.Geometry) -> shapely.Geometry:
    """Scaled so that every vertex is a whole number, which a double holds exactly; shapely's answer is then exact."""
    scaled = shapely.transform(shape, lambda at: np.rint(at * 1000))
    shapely.prepare(scaled)
    return scaled


@pytest.fixture(scope="module")
def shapes_mm() -> list[shapely.Geometry]:
    return [in_mm(shape) for shape in boroughs.polygons()]


@pytest.fixture(scope="module")
def river_mm() -> shapely.Geometry:
    return in_mm(boroughs.river())


def said_by_shapely(
    x_mm: np.ndarray, y_mm: np.ndarray, shapes: list[shapely.Geometry], river: shapely.Geometry
) -> tuple[np.ndarray, np.ndarray]:
    """The rule in words: covered by the first in order, else in the river and the nearest within 500 m."""
    points = shapely.points(x_mm, y_mm)
    found = np.full(x_mm.size, -1)
    for i in reversed(range(len(shapes))):
        found[shapely.intersects(shapes[i], points)] = i
    on_river = (found < 0) & shapely.intersects(river, points)
    if on_river.any():
        away = np.stack([shapely.distance(shape, points[on_river]) for shape in shapes])
        found[on_river] = np.where(away.min(axis=0) <= 500_000, away.argmin(axis=0), -1)
    return found, on_river & (found >= 0)


def assert_like_shapely(
    x_mm: np.ndarray, y_mm: np.ndarray, shapes: list[shapely.Geometry], river: shapely.Geometry
) -> None:
    ours = borough_of(x_mm / 1000, y_mm / 1000)
    borough, on_river = said_by_shapely(x_mm, y_mm, shapes, river)
    wrong = np.flatnonzero((ours.borough != borough) | (ours.river != on_river))
    assert not wrong.size, (x_mm[wrong[0]], y_mm[wrong[0]], ours.borough[wrong[0]], borough[wrong[0]])


def test_the_packaged_polygons_are_the_thirty_three_and_unchanged() -> None:
    digest = hashlib.sha256(PACKAGED.read_bytes()).hexdigest()
    assert digest == "f61bed3284dc9fc446b18a010a206fba5fb9c4c0034739acf471e46286e4fcf6"
    table = pq.read_table(PACKAGED)
    rows = sorted(
        zip(table["GSS_CODE"].to_pylist(), table["NAME"].to_pylist(), table["ONS_INNER"].to_pylist(), strict=True)
    )
    assert [(gss, name, inner == "T") for gss, name, inner in rows] == list(BOROUGHS)
    assert [borough.gss for borough in BOROUGHS] == [f"E09{n:06}" for n in range(1, 34)]


def test_the_polygons_are_valid_and_cover_london_without_gap_or_overlap() -> None:
    shapes = boroughs.polygons()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() / 1e6 == pytest.approx(1573.40, abs=0.005)


def test_the_river_is_one_piece_that_fills_london_up_without_touching_land_twice() -> None:
    river = boroughs.river()
    land = shapely.coverage_union_all(boroughs.polygons())
    assert river.is_valid
    assert river.area / 1e6 == pytest.approx(21.07, abs=0.01)
    assert shapely.intersection(river, land).area == 0
    assert shapely.union(river, land).geom_type == "Polygon"


def test_random_points_are_where_shapely_says(shapes_mm: list[shapely.Geometry], river_mm: shapely.Geometry) -> None:
    random = np.random.default_rng(1)
    x_mm, y_mm = random.integers(503_000_000, 562_500_000, 60_000), random.integers(155_000_000, 201_500_000, 60_000)
    assert_like_shapely(x_mm, y_mm, shapes_mm, river_mm)


def test_points_on_and_a_few_millimetres_beside_borders_are_where_shapely_says(
    shapes_mm: list[shapely.Geometry], river_mm: shapely.Geometry
) -> None:
    random = np.random.default_rng(2)
    vertices = np.concatenate([shapely.get_coordinates(shape) for shape in shapes_mm]).astype(np.int64)
    picked = random.integers(0, len(vertices) - 1, 30_000)
    # Between a vertex and the next, then moved by at most 3 mm; a third stay on the vertex itself.
    along = np.where(random.random(30_000) < 1 / 3, 0.0, random.random(30_000))[:, None]
    at = np.rint(vertices[picked] * (1 - along) + vertices[picked + 1] * along) + random.integers(-3, 4, (30_000, 2))
    near = np.hypot(*(at - vertices[picked]).T) < 2_000_000
    assert near.sum() > 29_000
    assert_like_shapely(at[near, 0].astype(np.int64), at[near, 1].astype(np.int64), shapes_mm, river_mm)


def test_points_by_borders_are_where_whole_numbers_put_them(shapes_mm: list[shapely.Geometry]) -> None:
    random = np.random.default_rng(4)
    rings = [[shapely.get_coordinates(r) for r in shapely.get_rings(shapely.get_parts(shape))] for shape in shapes_mm]
    ends = [np.concatenate([np.hstack([at[:-1], at[1:]]) for at in each]).astype(np.int64) for each in rings]
    vertices = np.concatenate(ends)[:, :2]
    points = vertices[random.integers(0, len(vertices), 200)] + random.integers(-3, 4, (200, 2))
    found = borough_of(points[:, 0] / 1000, points[:, 1] / 1000)
    for (x, y), borough, on_river in zip(points, found.borough, found.river, strict=True):
        inside = [i for i, edges in enumerate(ends) if _covers(edges, x, y)]
        assert inside[:1] == ([] if borough < 0 or on_river else [borough]), (x, y)


def _covers(edges: np.ndarray, x: int, y: int) -> bool:
    """Even-odd rule in int64, the border included. `edges`: x0, y0, x1, y1 in mm, shape (n, 4)."""
    x0, y0, x1, y1 = edges.T
    side = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
    on_edge = (side == 0) & (np.minimum(x0, x1) <= x) & (x <= np.maximum(x0, x1))
    on_edge &= (np.minimum(y0, y1) <= y) & (y <= np.maximum(y0, y1))
    crossed = ((y0 > y) != (y1 > y)) & ((side > 0) == (y1 > y0))
    return bool(on_edge.any() or crossed.sum() % 2)


@settings(max_examples=150, deadline=None)
@given(st.integers(516_000_000, 554_200_000), st.integers(171_300_000, 186_300_000), st.integers(0, 5_000))
def test_points_by_the_thames_are_where_shapely_says(
    shapes_mm: list[shapely.Geometry], river_mm: shapely.Geometry, x_mm: int, y_mm: int, off_mm: int
) -> None:
    # Pulled to the bank and off it again by up to 5 m, so that most land by the water.
    bank = shapely.get_coordinates(shapely.shortest_line(river_mm.exterior, shapely.points(x_mm, y_mm)))[0]
    x, y = (np.array([round(value) + step for step in (-off_mm, 0, off_mm)]) for value in bank)
    assert_like_shapely(x, y, shapes_mm, river_mm)


@pytest.mark.parametrize(
    ("place", "easting_m", "northing_m", "name", "river"),
    [
        ("Brixton police station", 530_900, 175_600, "Lambeth", False),
        ("St Paul's", 532_050, 181_160, "City of London", False),
        ("Westminster Bridge, by Big Ben", 530_370, 179_690, "Westminster", True),
        ("Tower Bridge, south of midstream", 533_680, 180_180, "Southwark", True),
        ("Thames Barrier, its northern piers", 541_450, 179_680, "Newham", True),
        ("Heathrow", 507_500, 175_700, "Hillingdon", False),
    ],
)
def test_places_a_londoner_knows(place: str, easting_m: float, northing_m: float, name: str, river: bool) -> None:
    found = borough_of(easting_m, northing_m)
    assert (BOROUGHS[found.borough[0]].name, bool(found.river[0])) == (name, river), place


@pytest.mark.parametrize(
    ("place", "easting_m", "northing_m"),
    [
        ("Watford", 511_000, 196_500),
        ("Dartford", 554_000, 174_000),
        ("Thames at Dartford Crossing", 556_700, 175_500),
        ("Thames at Hampton Court, Surrey's bank", 515_000, 167_500),
        ("Manchester", 384_000, 398_000),
        ("nowhere", float("nan"), 180_000),
        ("nowhere", 530_000, float("inf")),
        ("far away", 1e300, -1e300),
    ],
)
def test_a_point_outside_london_is_in_no_borough(place: str, easting_m: float, northing_m: float) -> None:
    found = borough_of(easting_m, northing_m)
    assert (found.borough[0], found.river[0]) == (-1, False), place


ASKED_BY_THREADS = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from geo.boroughs import borough_of
random = np.random.default_rng(5)
places = random.uniform(503_000, 562_000, 60_000), random.uniform(155_000, 201_000, 60_000)
alone = borough_of(*places).borough
with ThreadPoolExecutor(4) as pool:
    for each in [pool.submit(borough_of, *places) for _ in range(40)]:
        assert (each.result().borough == alone).all()
"""


@pytest.mark.slow
def test_threads_that_ask_at_once_do_not_end_the_process() -> None:
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", ASKED_BY_THREADS], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_empty_input_gives_empty_output() -> None:
    assert borough_of([], []).borough.size == 0


def test_the_names_alone_load_neither_arrays_nor_polygons() -> None:
    heavy = "{'numpy', 'numba', 'shapely', 'pyarrow', 'polars', 'geopandas'}"
    code = f"import sys, geo.borough_names, geo.clock, geo.rejects; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_polygons_are_loaded_on_first_use() -> None:
    code = "import sys, geo.boroughs; print(sorted({'shapely', 'pyarrow', 'geopandas'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_pilots_twenty_boroughs_are_found_as_the_paper_writes_them() -> None:
    found = [borough_named(name.strip()) for name in PILOT.replace("\n", " ").split(",")]
    assert len({borough.gss for borough in found}) == 20
    assert borough_named("Barking & Dagenham").gss == "E09000002"
    assert borough_named("Hammersmith & Fulham").gss == "E09000013"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("barking AND dagenham", "Barking and Dagenham"),
        ("  Kensington  &  Chelsea ", "Kensington and Chelsea"),
        ("Royal Borough of Kensington and Chelsea", "Kensington and Chelsea"),
        ("London Borough of Camden", "Camden"),
        ("Richmond", "Richmond upon Thames"),
        ("kingston-upon-thames", "Kingston upon Thames"),
        ("City of Westminster", "Westminster"),
        ("City of London", "City of London"),
        ("E09000033", "Westminster"),
    ],
)
def test_a_borough_is_found_by_the_names_people_use(text: str, name: str) -> None:
    assert borough_named(text).name == name


@pytest.mark.parametrize("text", ["London", "", "Watford", "E09000034", "and"])
def test_an_unknown_borough_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(NoSuchBorough, match="is not a London borough"):
        borough_named(text)


def test_every_borough_but_the_city_is_in_one_command() -> None:
    on = date(2019, 6, 1)
    commands = {borough.name: bcu_of(borough.gss, on) for borough in BOROUGHS}
    assert commands.pop("City of London") == "CoLP"
    assert set(commands.values()) == set(BCU_NAMES)
    assert len(BCU_PERIODS) == 32
    assert {name for name, bcu in commands.items() if BCU_NAMES[bcu] == "Central South"} == {"Lambeth", "Southwark"}
    assert BCU_NAMES[commands["Croydon"]] == "South"
    assert BCU_NAMES[commands["Newham"]] == "North East"
    assert BCU_NAMES[commands["Westminster"]] == "Central West"


def test_before_the_command_units_existed_none_is_named() -> None:
    assert bcu_of("E09000022", date(2019, 1, 1)) == "AS"
    with pytest.raises(NoBcu, match="Lambeth on 2018-12-31"):
        bcu_of("E09000022", date(2018, 12, 31))
    with pytest.raises(NoSuchBorough, match="E09000034"):
        bcu_of("E09000034", date(2019, 6, 1))


def test_the_notice_carries_what_the_licences_ask_for() -> None:
    notice = " ".join((PACKAGED.parents[2] / "NOTICE").read_text(encoding="utf-8").split())
    assert "Contains National Statistics data (c) Crown copyright and database right 2014." in notice
    assert "Contains Ordnance Survey data (c) Crown copyright and database right 2014." in notice
    assert "Licensed under the Open Government Licence v3.0" in notice
    assert "(c) Crown copyright, Ordnance Survey and the Ministry of Defence (MOD) 2016" in notice
