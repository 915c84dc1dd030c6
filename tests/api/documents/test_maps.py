"""A scene as SVG and as JSON: the same bytes twice, classes alone, letters that never collide, and what a match's map
has to show."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.maps.base import ATTRIBUTION
from api.documents.maps.leaflet import as_json
from api.documents.maps.letters import Rect, Wanted, crosses, place_letters
from api.documents.maps.match import scene_of_match
from api.documents.maps.scene import Layer, Line, Mark, Scene, framed
from api.documents.maps.svg import HEIGHT, MOST_SINGLE, WIDTH, scale_length, style, svg
from api.documents.maps.timeline import distance_chart, strip
from api.schemas.matching.candidates import DeviceEvent, Gap
from api.schemas.matching.review import MatchDetail
from tests.support.by_visit import EAST, MINUTE, NOON, NORTH, as_match, told_by_visit

SVG = "{http://www.w3.org/2000/svg}"
FRAME = Rect(0, 0, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> MatchDetail:
    return as_match(told_by_visit(tmp_path_factory.mktemp("maps"))[0])


def changed(match: MatchDetail, **evidence: object) -> MatchDetail:
    assert match.evidence is not None
    return msgspec.structs.replace(match, evidence=msgspec.structs.replace(match.evidence, **evidence))


def classes(drawn: str) -> list[str]:
    return [each.get("class", "") for each in ElementTree.fromstring(drawn).iter()]


@pytest.mark.parametrize("draw", [lambda found: svg(scene_of_match(found)), strip, distance_chart])
def test_the_same_match_is_the_same_bytes(match: MatchDetail, draw) -> None:  # type: ignore[no-untyped-def]
    assert draw(match) == draw(match)


@pytest.mark.parametrize("draw", [lambda found: svg(scene_of_match(found)), strip, distance_chart])
def test_a_drawing_has_a_title_a_description_and_classes_alone(match: MatchDetail, draw) -> None:  # type: ignore[no-untyped-def]
    text = draw(match)
    root = ElementTree.fromstring(text)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text
    assert description.text
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    named = {name for each in root.iter() for name in each.attrib}
    assert not named & {"style", "fill", "stroke", "stroke-width", "onclick", "href"}
    rules = set(re.findall(r"\.([a-z-]+)", style()))
    assert {each for each in classes(text) if each} <= rules
    # Numbers to a tenth.
    assert not re.search(r'[ "ML]-?\d+\.\d\d', text)


def test_alone_it_has_its_own_style_and_on_a_page_none(match: MatchDetail) -> None:
    scene = scene_of_match(match)
    assert "<style>" not in svg(scene)
    assert style() in svg(scene, alone=True)


def test_positions_inside_are_filled_outside_hollow_and_not_used_crossed(match: MatchDetail) -> None:
    assert match.evidence is not None
    first, second, *rest = match.evidence.fixes
    coarse = msgspec.structs.replace(second, used=False, not_used="coarse")
    told = scene_of_match(changed(match, fixes=[first, coarse, *rest]))
    by_style = {
        kind: [m for m in told.marks() if m.style == kind] for kind in ("map-inside", "map-outside", "map-unused")
    }
    fixes = [first, coarse, *rest]
    assert len(by_style["map-inside"]) == sum(fix.inside and fix.used for fix in fixes) > 0
    assert len(by_style["map-outside"]) == sum(fix.used and not fix.inside for fix in fixes) > 0
    (crossed,) = by_style["map-unused"]
    assert crossed.sign == "x"
    assert "not used: too coarse" in crossed.label
    assert {mark.sign for mark in by_style["map-inside"]} == {"dot"}
    assert {mark.sign for mark in by_style["map-outside"]} == {"ring"}


def test_what_is_seen_first_is_the_circle_and_every_position_inside(match: MatchDetail) -> None:
    scene = scene_of_match(match)
    assert match.evidence is not None
    west, south, east, north = scene.extent
    assert west < EAST / 1000 - 100 < EAST / 1000 + 100 < east
    assert south < NORTH / 1000 - 100 < NORTH / 1000 + 100 < north
    assert (east - west) / (north - south) == pytest.approx(WIDTH / HEIGHT, abs=1e-3)
    for fix in match.evidence.fixes:
        if fix.inside:
            assert west < fix.easting_m < east
            assert south < fix.northing_m < north
        assert scene.whole.west <= fix.easting_m <= scene.whole.east


def test_over_a_gap_the_line_is_dashed_with_its_minutes_and_over_an_impossible_speed_there_is_none(
    match: MatchDetail,
) -> None:
    assert match.evidence is not None
    mine = [corner for corner in match.evidence.path if corner.device_id == "TAG"]

    def lines(after: timedelta) -> list[Line]:
        """The path broken after its tenth corner, for so long."""
        later = mine[9].t + after
        parted = [*mine[:10], *[msgspec.structs.replace(c, stretch=c.stretch + 1) for c in mine[10:] if c.t >= later]]
        parted[10] = msgspec.structs.replace(parted[10], t=later)
        (path,) = [layer for layer in scene_of_match(changed(match, path=parted)).layers if layer.name == "path"]
        return [shape for shape in path.shapes if isinstance(shape, Line)]

    assert [line.style for line in lines(5 * MINUTE)] == ["map-path", "map-path", "map-gap"]
    assert lines(5 * MINUTE)[-1].note == "5 min"
    # No longer than the match draws a path over, and yet it drew none.
    assert [line.style for line in lines(2 * MINUTE)] == ["map-path", "map-path"]


def test_arrows_say_which_way_the_wearer_went(match: MatchDetail) -> None:
    """The drive past goes east at 4 m: its arrow points to the right, and a stay has none."""
    drawn = svg(scene_of_match(match))
    (arrows, *others) = re.findall(r'class="map-arrow" d="([^"]+)"', drawn)
    assert others == []
    points = [tuple(map(float, each)) for each in re.findall(r"([\d.]+) ([\d.]+)", arrows)]
    tail, tip, other = points[-3:]
    assert tip[0] > tail[0]
    assert tip[0] > other[0]
    assert tail[0] == other[0]
    told = json.loads(as_json(scene_of_match(match)))
    lines = [shape for layer in told["layers"] for shape in layer["shapes"] if shape["m"] == "line"]
    assert all(line.get("d") for line in lines)


def test_a_place_that_is_known_to_some_metres_has_a_dotted_circle(match: MatchDetail) -> None:
    assert "map-place-accuracy" not in classes(svg(scene_of_match(match)))
    assert match.evidence is not None
    crime = msgspec.structs.replace(match.evidence.crime, location_accuracy_m=20.0)
    drawn = svg(scene_of_match(changed(match, crime=crime)))
    assert "map-place-accuracy" in classes(drawn)
    assert "Place known to 20 m" in drawn


def test_many_positions_are_one_path_a_class_and_no_accuracy_circles(match: MatchDetail) -> None:
    assert match.evidence is not None
    fix = next(each for each in match.evidence.fixes if each.inside)
    many = [
        msgspec.structs.replace(fix, t=NOON + timedelta(seconds=n), easting_m=fix.easting_m + n % 7, label=None)
        for n in range(MOST_SINGLE + 1)
    ]
    few, drawn = svg(scene_of_match(changed(match, fixes=many[:-1]))), svg(scene_of_match(changed(match, fixes=many)))
    assert classes(few).count("map-inside") == MOST_SINGLE
    assert classes(drawn).count("map-inside") == 1
    assert classes(drawn).count("map-accuracy") == 0
    shown = {layer.name: layer.shown for layer in scene_of_match(changed(match, fixes=many)).layers}
    assert shown["accuracy"] is False
    assert len(drawn) < 40_000


def test_every_map_says_its_scale_its_north_and_whose_data_it_is(match: MatchDetail) -> None:
    drawn = svg(scene_of_match(match))
    assert {"map-scale", "map-north", "map-grid", "map-land", "map-attribution"} <= set(classes(drawn))
    assert ATTRIBUTION[0] in drawn
    assert "50 m" in drawn
    assert [scale_length(most) for most in (1.5, 99, 100, 499, 2_600)] == [1, 50, 100, 200, 2_000]


def test_the_letters_are_those_of_the_visits_where_they_were(match: MatchDetail) -> None:
    stay, drive = scene_of_match(match).letters
    assert (stay.letter, stay.at) == ("A", (EAST / 1000, NORTH / 1000 + 96))
    assert drive.letter == "B"
    assert drive.at == pytest.approx((EAST / 1000, NORTH / 1000 + 4), abs=0.5)


places = st.tuples(st.floats(60, 660), st.floats(60, 380))


@given(st.lists(places, min_size=1, max_size=26), st.lists(places, max_size=20))
def test_letters_never_collide(at: list[tuple[float, float]], dots: list[tuple[float, float]]) -> None:
    taken = [Rect(0, 0, WIDTH, 18), Rect(10, 390, 120, 430)]
    wanted = [Wanted(chr(65 + n), *where) for n, where in enumerate(at)]
    placed = place_letters(wanted, FRAME, taken, dots)
    assert placed == place_letters(wanted, FRAME, taken, dots)
    for one, other in combinations(placed, 2):
        assert not one.box.meets(other.box)
        assert not crosses(one.anchor, one.edge, other.box)
        assert not crosses(other.anchor, other.edge, one.box)
    for each in placed:
        assert FRAME.holds(each.box.left, each.box.top)
        assert FRAME.holds(each.box.right, each.box.bottom)
        assert not any(each.box.meets(rect) for rect in taken)


def test_three_letters_of_one_place_are_all_written() -> None:
    placed = place_letters([Wanted(letter, 300, 200) for letter in "ABC"], FRAME, [], [(300, 200)])
    assert [each.letter for each in placed] == ["A", "B", "C"]
    assert len({each.box for each in placed}) == 3


def test_a_letter_goes_where_it_hides_no_position() -> None:
    east = place_letters([Wanted("A", 300, 200)], FRAME, [], [])[0].box
    dots = [((east.left + east.right) / 2, (east.top + east.bottom) / 2)]
    moved = place_letters([Wanted("A", 300, 200)], FRAME, [], dots)[0].box
    assert not moved.holds(*dots[0])


def test_the_map_on_the_screen_has_the_same_shapes(match: MatchDetail) -> None:
    scene = scene_of_match(match)
    told = json.loads(as_json(scene))
    assert [layer["name"] for layer in told["layers"]] == ["base", *(layer.name for layer in scene.layers)]
    positions = next(layer for layer in told["layers"] if layer["name"] == "positions")
    assert match.evidence is not None
    assert [int(shape["k"]) for shape in positions["shapes"]] == list(range(len(match.evidence.fixes)))
    assert told["letters"][0] == {"letter": "A", "at": [EAST / 1000, NORTH / 1000 + 96]}
    assert told["attribution"] == list(ATTRIBUTION)


def test_text_in_a_scene_is_text() -> None:
    box = framed([(530_000.0, 180_000.0)], 100.0)
    mark = Mark("map-inside", "dot", (530_000.0, 180_000.0), "<b>&")
    scene = Scene(
        title="<i>", description="a & b", extent=box, whole=box,
        layers=(Layer("positions", "", [mark]),), letters=(), attribution=("<x>",),
    )  # fmt: skip
    root = ElementTree.fromstring(svg(scene))
    assert "".join(root.itertext()).count("<") == 3
    assert replace(scene, title="other") != scene


def test_the_strip_has_each_visit_gap_event_and_position(match: MatchDetail) -> None:
    assert match.evidence is not None
    gap = Gap(from_=NOON + 40 * MINUTE, to=NOON + 45 * MINUTE, lasts_s=300.0)
    told = changed(match, gaps=[gap], device_events=[DeviceEvent(t=NOON + 41 * MINUTE, event="battery low")])
    drawn = classes(strip(told))
    assert [drawn.count(name) for name in ("strip-visit", "strip-gap", "strip-hatch", "strip-event")] == [2, 1, 1, 1]
    assert "battery low" in strip(told)
    assert strip(told).count(" 44v7") == sum(fix.used for fix in match.evidence.fixes)
    assert "A from 13:00:00 to 13:22:00" in strip(told)


def test_the_distance_shows_the_edge_and_the_drive_past(match: MatchDetail) -> None:
    root = ElementTree.fromstring(distance_chart(match))
    (line,) = [each.get("d", "") for each in root.iter() if each.get("class") == "strip-path"]
    heights = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", line)]
    (circle,) = [each for each in root.iter() if each.get("class") == "strip-radius"]
    radius = float(re.findall(r"M[\d.]+ ([\d.]+)", circle.get("d", ""))[0])
    foot = 206.0
    # At 4 m, of which no position tells: the path alone does.
    assert max(heights) == pytest.approx(foot - 4 * (foot - radius) / 100, abs=0.2)
    # 96 and 108 m, either side of the edge.
    assert min(abs(y - radius) for y in heights) < (foot - radius) * 0.05


def test_what_is_further_away_than_the_chart_reaches_is_told_beside_it(match: MatchDetail) -> None:
    assert match.evidence is not None
    far = msgspec.structs.replace(match.evidence.fixes[0], distance_m=5000.0)
    near = [msgspec.structs.replace(each, distance_m=50.0) for each in match.evidence.fixes]
    for fixes, told in (([far, *near[1:]], True), (near, False)):
        words = distance_chart(changed(match, fixes=fixes))
        assert (">400+<" in words) is told
        assert ("Positions further away than 400 m are drawn at the top." in words) is told


def test_a_page_of_a_whole_day_stays_small(match: MatchDetail) -> None:
    assert match.evidence is not None
    fix = next(each for each in match.evidence.fixes if each.inside)
    day = [
        msgspec.structs.replace(fix, t=NOON + timedelta(seconds=30 * n), northing_m=fix.northing_m + n % 90, label=None)
        for n in range(2_880)
    ]
    told = changed(match, fixes=day)
    assert len(distance_chart(told)) + len(strip(told)) + len(svg(scene_of_match(told))) < 400_000
