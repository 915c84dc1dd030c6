"""Streets under the maps: London is cut out of a GeoPackage once, a file that lies is refused, and what was there
before stays until the new one is whole."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from api.documents.maps.leaflet import layer_json
from api.documents.maps.scene import Box, Layer, Mark, Scene
from api.documents.maps.streets import streets_layer, with_streets
from api.documents.maps.svg import svg
from api.usecases.desk.base_map import ATTRIBUTION, FILE, KINDS, streets_within
from tests.support.geopackages import PARK, STREET, ZOOMSTACK, blob_of, write_geopackage
from tests.support.worlds import World

HERE = Box(529_900.0, 179_900.0, 530_200.0, 180_100.0)


@pytest.fixture
def packed(world: World, tmp_path: Path) -> World:
    result = world.run("basemap", write_geopackage(tmp_path / "zoomstack.gpkg"))
    assert result.exit_code == 0, result.output
    assert "The base map has 3 shapes of London" in result.output
    return world


@pytest.mark.parametrize("indexed", [True, False])
def test_london_is_cut_out_once_and_read_for_the_box_of_a_map(world: World, tmp_path: Path, indexed: bool) -> None:
    made = world.json("basemap", write_geopackage(tmp_path / "zoomstack.gpkg", indexed=indexed))
    assert made["byKind"] == {"green": 1, "local road": 1, "name": 1}
    found = list(streets_within(world.settings, HERE))
    assert [street.kind for street in found] == ["green", "local road", "name"]
    street = found[1].shape
    assert street.bounds[0] == HERE.west
    assert street.bounds[2] == HERE.east
    assert found[2].name == "Elephant & <Castle>"
    assert list(streets_within(world.settings, Box(540_000, 190_000, 540_100, 190_100))) == []
    assert stat.S_IMODE((world.home / FILE).stat().st_mode) == 0o600


def test_a_wide_map_leaves_out_what_would_be_a_blur(packed: World) -> None:
    wide = Box(525_000.0, 175_000.0, 535_000.0, 185_000.0)
    assert [street.kind for street in streets_within(packed.settings, wide)] == ["green"]


def test_streets_are_drawn_under_the_map_with_whose_they_are(packed: World) -> None:
    mark = Mark("map-inside", "dot", (530_000.0, 180_000.0))
    scene = Scene(
        title="t", description="d", extent=HERE, whole=HERE, layers=(Layer("positions", "", (mark,)),), letters=(),
        attribution=("ours",),
    )  # fmt: skip
    found = list(streets_within(packed.settings, HERE))
    drawn = svg(with_streets(scene, found))
    assert drawn.index("map-road-local") < drawn.index("map-inside")
    assert "Elephant &amp; &lt;Castle&gt;" in drawn
    assert ATTRIBUTION in drawn
    assert with_streets(scene, []) is scene
    told = json.loads(layer_json(streets_layer(found)))
    assert [shape["m"] for shape in told["shapes"]] == ["area", "line", "name"]


def test_without_a_base_map_there_is_nothing_and_no_fault(world: World) -> None:
    assert list(streets_within(world.settings, HERE)) == []


def test_the_home_is_whole_with_it_and_it_is_in_no_backup(packed: World, tmp_path: Path) -> None:
    assert packed.run("verify").exit_code == 0
    result = packed.run("backup", tmp_path / "backup.tar")
    assert result.exit_code == 0, result.output
    assert FILE.encode() not in (tmp_path / "backup.tar").read_bytes()


def _no_database(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 this is a zip file, not unpacked yet")


def _plain_database(path: Path) -> None:
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()


def _without_a_layer(path: Path) -> None:
    write_geopackage(path)
    with sqlite3.connect(path) as made:
        made.execute("DROP TABLE greenspace")


def _cut_short(path: Path) -> None:
    write_geopackage(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FAR = {"roads_local": [ZOOMSTACK["roads_local"][1]]}
LIES = {
    "no database": (_no_database, "is no GeoPackage: it does not begin as a SQLite database does"),
    "a database of something else": (
        _plain_database,
        "is no GeoPackage, or damaged: its table of layers cannot be read",
    ),
    "a layer that is not there": (_without_a_layer, "names layers that it does not have: greenspace"),
    "cut short": (_cut_short, "Download it again"),
    "degrees": (lambda path: write_geopackage(path, srs=4326), "roads_local in EPSG:4326"),
    "other layers": (
        lambda path: write_geopackage(path, {"lakes": [(PARK, None)]}),
        "none of the layers of OS Open Zoomstack",
    ),
    "nothing of London": (lambda path: write_geopackage(path, FAR), "has nothing of London"),
    "no shape": (
        lambda path: write_geopackage(path, blobs={"roads_local": b"no shape at all"}),
        "Row 1 of the layer roads_local is no shape of a GeoPackage",
    ),
    "a shape cut short": (
        lambda path: write_geopackage(path, blobs={"roads_local": blob_of(STREET)[:30]}),
        "Row 1 of the layer roads_local cannot be read as a shape",
    ),
    "a shape in another projection": (
        lambda path: write_geopackage(path, blobs={"roads_local": blob_of(STREET, 4326)}),
        "Row 1 of the layer roads_local says EPSG:4326",
    ),
    "no known envelope": (
        lambda path: write_geopackage(path, blobs={"roads_local": b"GP\x00\x0f" + blob_of(STREET)[4:]}),
        "Row 1 of the layer roads_local has an envelope of no known kind",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_and_the_one_before_stays(packed: World, tmp_path: Path, lie: str) -> None:
    before = (packed.home / FILE).read_bytes()
    write, words = LIES[lie]
    path = tmp_path / "lie.gpkg"
    write(path)
    result = packed.run("basemap", path)
    assert result.exit_code == 1
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert (packed.home / FILE).read_bytes() == before
    assert not [each for each in packed.home.iterdir() if each.name.startswith(f".{FILE}")]


def test_every_kind_is_drawn_in_a_style_that_there_is() -> None:
    from api.documents.maps.streets import _STYLES
    from api.documents.maps.svg import style

    assert _STYLES.keys() == KINDS.keys()
    assert all(f".{each}{{" in style() for each in _STYLES.values())
