"""The base of a map: what is packaged is what the boroughs give, and a box has what lies in it."""

import numpy as np
import pytest
import shapely

from geo.boroughs import polygons, river
from geo.data.make_outlines import OUTLINES_FILE, made
from geo.outlines import THAMES, Box, outlines_within

WESTMINSTER_BRIDGE = Box(530_000, 179_200, 531_000, 180_200)


def test_what_is_packaged_is_made_of_the_boroughs_and_the_river() -> None:
    with np.load(OUTLINES_FILE, allow_pickle=False) as packaged:
        again = made()
        assert sorted(packaged.files) == sorted(again)
        for name, values in again.items():
            assert np.array_equal(packaged[name], values), name


def test_a_box_on_the_river_has_both_banks_and_the_water_between() -> None:
    found = outlines_within(WESTMINSTER_BRIDGE)
    assert {part.name for part in found} >= {"Westminster", "Lambeth", THAMES}
    assert found[-1].name == THAMES
    box = shapely.box(*WESTMINSTER_BRIDGE)
    covered = shapely.union_all([shapely.polygons(part.rings[0], list(part.rings[1:]) or None) for part in found])
    assert covered.area == pytest.approx(box.area, rel=0.02)
    for part in found:
        assert shapely.covers(shapely.buffer(box, 0.1), shapely.polygons(part.rings[0]))


def test_the_river_of_the_map_is_where_the_river_is() -> None:
    (thames,) = [part for part in outlines_within(WESTMINSTER_BRIDGE) if part.name == THAMES]
    exact = shapely.intersection(river(), shapely.box(*WESTMINSTER_BRIDGE))
    assert shapely.hausdorff_distance(shapely.polygons(thames.rings[0]), exact) < 60


def test_a_box_out_of_london_has_nothing() -> None:
    assert outlines_within(Box(400_000, 400_000, 401_000, 401_000)) == []


def test_all_of_london_is_there() -> None:
    found = outlines_within(Box(490_000, 140_000, 575_000, 215_000))
    assert len({part.name for part in found}) == len(polygons()) + 1
