"""Charts: same bytes twice, nothing of what is withheld, words apart, the same in picture, table and words."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.documents.charts.data import (
    About,
    AtRisk,
    Axis,
    BarChart,
    Chart,
    Dot,
    DotChart,
    Level,
    Line,
    LineChart,
    Span,
    Strip,
    said,
)
from api.documents.charts.places import room_for, spread, ticks_of
from api.documents.charts.shown import alternative, csv_of, size, svg, table, withheld_in_words

_SVG = "{http://www.w3.org/2000/svg}"
_NOON = datetime(2019, 9, 28, 20, 54, tzinfo=UTC)
_AFTER = [_NOON + timedelta(minutes=m) for m in range(90)]


def _about(key: str) -> About:
    return About(key, "The message & <so on>", "Measure, whom, where, when", "Source: the record")


LINES = LineChart(
    _about("lines"),
    Axis("Day"),
    Axis("Conditions", least=0),
    (
        Line("imposed", tuple((date(2019, 2, 1) + timedelta(days=30 * n), 30 * n) for n in range(10)), steps=True),
        Line("fitted", tuple((date(2019, 2, 1) + timedelta(days=30 * n), 29.5 * n) for n in range(10)), steps=True),
        Line("maximum", ((date(2019, 2, 18), 100), (date(2019, 9, 1), 270), (date(2020, 3, 1), 270)), dashed=True),
    ),
)
SURVIVAL = LineChart(
    _about("survival"),
    Axis("Months since release"),
    Axis("Not reoffended", "%", least=50, most=100),
    (
        Line("comparison", ((0, 100), (6, 80.25), (12, 64.125)), (100, 77.5, None), (100, 83.75, 68.5), steps=True),
        Line("tagged", ((0, None), (6, None), (12, None)), (97.5, 71.25, 55.5), (99.5, 88.25, 75.5), steps=True),
    ),
    levels=(Level("a year", 12, upright=True), Level("eleven", 11, upright=True), Level("half", 50)),
    at_risk=AtRisk("People at risk", (0, 6, 12), (("comparison", (900, 731, 575)), ("tagged", (None, None, None)))),
)
BALANCE = DotChart(
    _about("balance"),
    Axis("Standardised difference", places=2),
    ("before", "after"),
    (
        ("Prior sanctions", (Dot(0.41, 0.3125, 0.5), Dot(0.06))),
        ("Robbery", (Dot(None, 0.8125, 0.9375), Dot(None))),
        ("Age 18 to 24 on the day of the release from prison", (Dot(0.28), None)),
    ),
    band=(-0.1, 0.1),
    at=0,
)
MONEY = BarChart(
    _about("money"),
    Axis("Pounds", "£"),
    ("spent", "committed"),
    (("Analysis and support", (31_500, 64_500)), ("Tagging", (254_961, None)), ("Lost tags", (None, None))),
)
STRIP = Strip(
    _about("strip"),
    _AFTER[0],
    _AFTER[89],
    (
        Span("A", _AFTER[1], _AFTER[4]),
        Span("B", _AFTER[5], _AFTER[6]),
        Span("no positions", _AFTER[50], _AFTER[70], True),
    ),
    tuple(_AFTER[:50]),
    (("battery low", _AFTER[50]),),
)
DISTANCE = LineChart(
    _about("distance"),
    Axis("London's clock"),
    Axis("Distance", "m", least=0),
    (Line("distance", tuple((at, abs(100 - 2 * n)) for n, at in enumerate(_AFTER))),),
    levels=(Level("radius", 100),),
)
EVERY: tuple[Chart, ...] = (LINES, SURVIVAL, BALANCE, MONEY, STRIP, DISTANCE)
every = pytest.mark.parametrize("chart", EVERY, ids=lambda chart: chart.about.key)


def _texts(picture: bytes) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(picture).iter(f"{_SVG}text")]


@every
def test_the_same_chart_gives_the_same_bytes(chart: Chart) -> None:
    assert svg(chart) == svg(chart)


@every
def test_a_picture_needs_no_style_no_script_and_nothing_from_elsewhere(chart: Chart) -> None:
    """A strict policy refuses these; and a picture that says when it was made has other bytes each time."""
    picture = svg(chart).decode()
    assert not re.search(
        r"\sstyle=|<style|<script|<!DOCTYPE|<metadata|<dc:|\bhttp", picture.replace("http://www.w3.org", "")
    )
    ids = re.findall(r' id="([^"]+)"', picture)
    assert len(ids) == len(set(ids))


@every
def test_a_picture_says_what_it_shows(chart: Chart) -> None:
    root = ET.fromstring(svg(chart))
    title, words = root.find(f"{_SVG}title"), root.find(f"{_SVG}desc")
    assert (title is not None and title.text) == chart.about.title
    assert (words is not None and words.text) == alternative(chart)
    assert root.get("role") == "img"


@every
def test_no_two_words_of_a_picture_lie_on_each_other(chart: Chart) -> None:
    boxes = [_box(each) for each in ET.fromstring(svg(chart)).iter(f"{_SVG}text")]
    met = [
        (one, other)
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if one[1] < other[2] and other[1] < one[2] and one[3] < other[4] and other[3] < one[4]
    ]
    assert met == []


@every
def test_words_stay_within_the_picture(chart: Chart) -> None:
    root = ET.fromstring(svg(chart))
    _, _, wide, tall = map(float, root.get("viewBox", "").split())
    out = [box for each in root.iter(f"{_SVG}text") if (box := _box(each))[1] < 0 or box[2] > wide or box[4] > tall + 2]
    assert out == []


def _box(text: Any) -> tuple[str, float, float, float, float]:
    """Words with their left, right, top and bottom edge, narrower by a pixel each."""
    words = "".join(text.itertext())
    turned = re.search(r"translate\(([-0-9.]+) ([-0-9.]+)\)", text.get("transform", ""))
    x, y = (float(turned[1]), float(turned[2])) if turned else (float(text.get("x")), float(text.get("y")))
    wide = room_for([words]) * 0.9
    left = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor"), 0.0)
    return words, left + 1, left + wide - 1, y - 9, y + 1


@every
def test_the_room_that_a_page_keeps_is_what_the_picture_takes(chart: Chart) -> None:
    picture = ET.fromstring(svg(chart))
    assert size(chart) == (round(float(picture.attrib["width"])), round(float(picture.attrib["height"])))


@pytest.mark.parametrize("chart", [SURVIVAL, BALANCE, MONEY], ids=lambda chart: chart.about.key)
def test_what_is_withheld_is_named_and_nowhere_drawn(chart: Chart) -> None:
    """Its interval would say as much as itself, and so would how far an axis reaches."""
    words = withheld_in_words(chart)
    assert words is not None
    assert "small numbers are withheld" in words
    assert "".join(_texts(svg(chart))).replace(" ", "").find(words.replace(" ", "")) >= 0
    assert "[c]" in csv_of(chart).decode("utf-8-sig")
    for form in (alternative(chart), csv_of(chart).decode("utf-8-sig"), " ".join(_texts(svg(chart)))):
        for hidden in ("97.5", "71.25", "88.25", "55.5", "0.8125", "0.9375"):
            assert hidden not in form


def test_a_withheld_value_leaves_the_picture_as_if_it_had_not_been_there() -> None:
    """Nothing but the words of it may differ from the picture of the other line alone."""
    one, other = (
        SURVIVAL._replace(lines=(SURVIVAL.lines[0], SURVIVAL.lines[1]._replace(low=side, high=side)))
        for side in ((1.0, 2.0, 3.0), (40.0, 50.0, 60.0))
    )
    assert svg(one) == svg(other)
    assert csv_of(one) == csv_of(other)
    bars = [MONEY._replace(rows=(*MONEY.rows[:1], ("Tagging", (None, after)))) for after in (5, 900_000)]
    assert len({re.sub(r"£[0-9,]+", "", svg(each).decode().split("</desc>")[1]) for each in bars}) == 1


def test_a_table_has_each_value_as_it_was_given() -> None:
    found = table(SURVIVAL)
    assert found.columns == (
        "Months since release", "comparison", "comparison, from", "comparison, to", "tagged", "tagged, from",
        "tagged, to", "comparison, people at risk", "tagged, people at risk",
    )  # fmt: skip
    assert found.rows[1] == (6, 80.25, 77.5, 83.75, "[c]", "[c]", "[c]", 731, "[c]")
    assert found.rows[2][2] == "[c]"
    assert found.title == "The message & <so on>"
    dots = table(BALANCE)
    assert dots.rows[0] == ("Prior sanctions", 0.41, 0.3125, 0.5, 0.06)
    assert dots.rows[1:] == [
        ("Robbery", "[c]", "[c]", "[c]", "[c]"),
        ("Age 18 to 24 on the day of the release from prison", 0.28, "[z]", "[z]", "[z]"),
    ]
    assert table(MONEY).rows[1] == ("Tagging", 254_961, "[c]")
    assert table(LINES).rows[1] == (date(2019, 2, 18), "[z]", "[z]", 100)
    assert table(STRIP).rows[0] == ("A", "21:55:00", "21:58:00")


def test_a_chart_of_nothing_but_what_is_withheld_can_be_drawn() -> None:
    bare = SURVIVAL._replace(lines=SURVIVAL.lines[1:], levels=(), y=Axis("Share", "%"), at_risk=None)
    assert "Withheld: tagged" in "".join(_texts(svg(bare)))
    assert "withheld" in _texts(svg(BALANCE._replace(rows=BALANCE.rows[1:2], band=None, at=None)))
    assert svg(LINES._replace(lines=()))
    assert svg(MONEY._replace(rows=()))


def test_a_word_that_looks_like_mathematics_stays_as_it_is() -> None:
    odd = MONEY._replace(rows=(("pay $5 & $6 <b>", (1, 2)),))
    assert "pay $5 & $6 <b>" in _texts(svg(odd))


def test_values_are_said_with_their_units() -> None:
    assert said(1234.5, Axis("", "£")) == "£1,234"
    assert said(-0.001, Axis("", places=2)) == "0.00"
    assert said(64.06, Axis("", "%", places=1)) == "64.1%"
    assert said(100, Axis("", "m")) == "100 m"
    assert said(date(2019, 9, 2)) == "2 September 2019"
    assert said(_NOON) == "21:54:00"
    assert said(None) == "[c]"


@given(st.lists(st.floats(0, 300), max_size=8), st.floats(1, 30))
@settings(max_examples=60)
def test_names_moved_apart_keep_their_order_and_do_not_meet(wanted: list[float], apart: float) -> None:
    placed = spread(wanted, apart, 0.0, 300.0)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    ordered = [placed[i] for i in order]
    assert all(after - before >= apart - 1e-6 for before, after in pairwise(ordered))
    if wanted and (len(wanted) - 1) * apart <= 300:
        assert min(placed) >= -1e-6
        assert max(placed) <= 300 + 1e-6
    if all(wanted[j] - wanted[i] >= apart for i, j in pairwise(order)):
        assert placed == pytest.approx(wanted)


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e6), st.integers(0, 2))
@settings(max_examples=60)
def test_ticks_lie_within_the_axis_and_are_told_apart(low: float, across: float, places: int) -> None:
    at, words = ticks_of(low, low + across, Axis("", places=places), 0.0)
    assert all(low - 1e-6 * across <= each <= low + across * (1 + 1e-6) for each in at)
    assert len(at) <= 7
    if across > 0.5:
        assert len(set(words)) == len(words) or places == 0
