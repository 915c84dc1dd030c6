"""Signs that a whole batch is shifted, and that ordinary batches give none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.crime_files import DEGREES, batch_row, read_batch
from tracker.crimes.changes import Content, changed, content_of
from tracker.crimes.row import CrimeRow
from tracker.crimes.signs import Signs

NOW = datetime(2019, 7, 2, 12, tzinfo=UTC)
(GOOD_READ,) = read_batch(batch_row())
assert GOOD_READ.crime is not None
CRIME: CrimeRow = GOOD_READ.crime
BASE = content_of(CRIME)


def codes(signs: Signs) -> list[str]:
    return [sign.code for sign in signs.found()]


def after_changes(*pairs: tuple[Content, Content]) -> list[str]:
    signs = Signs(NOW)
    for before, after in pairs:
        signs.observe_change(before, after)
    return codes(signs)


def moved(east_mm: int, north_mm: int) -> tuple[Content, Content]:
    assert BASE.x_mm is not None
    assert BASE.y_mm is not None
    return BASE, BASE._replace(x_mm=BASE.x_mm + east_mm, y_mm=BASE.y_mm + north_mm)


def timed(hours: float) -> tuple[Content, Content]:
    shift = timedelta(hours=hours)
    return BASE, BASE._replace(t_from=BASE.t_from + shift, t_to=BASE.t_to + shift)


def test_an_ordinary_batch_gives_no_sign() -> None:
    signs = Signs(NOW)
    for found in read_batch(batch_row() * 20 + batch_row(**DEGREES) * 20 + batch_row(crimeReference="")):
        signs.observe(found)
    assert codes(signs) == []


@pytest.mark.parametrize(("hours", "way"), [(1, "later"), (-1, "earlier")])
def test_crimes_sent_again_an_hour_out_are_a_sign(hours: float, way: str) -> None:
    signs = Signs(NOW)
    for _ in range(6):
        signs.observe_change(*timed(hours))
    (sign,) = signs.found()
    assert sign.code == "TIMES_AN_HOUR_OUT"
    assert f"one hour {way}" in sign.words


def test_a_few_real_corrections_of_times_are_no_sign() -> None:
    assert after_changes(*[timed(1)] * 4) == []
    assert after_changes(*[timed(1)] * 5, *[timed(0.5)] * 6) == []


def test_a_window_that_ends_after_the_file_came_is_a_sign() -> None:
    signs = Signs(NOW)
    for minutes in (-10, 0, 59):
        shifted = replace(CRIME, t_from=NOW - timedelta(hours=1), t_to=NOW + timedelta(minutes=minutes))
        signs.observe(GOOD_READ._replace(crime=shifted))
    (sign,) = signs.found()
    assert sign.code == "TIMES_IN_THE_FUTURE"
    assert sign.words.startswith("1 windows")
    assert "if London time is sent as UTC" in sign.what_to_do


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("COORDINATES_SWAPPED", DEGREES | {"latitude": "-0.12", "longitude": "51.5"}),
        # In the Irish Sea and, the other way round, in London: good rows both, had it not been for the force.
        ("COORDINATES_SWAPPED", {"easting": "180000", "northing": "530000"}),
        ("COORDINATES_SWAPPED", {"easting": "160000", "northing": "565000"}),
        ("METRES_IN_DEGREES", DEGREES | {"latitude": "180000", "longitude": "530000"}),
        ("DEGREES_IN_METRES", {"easting": "51.5", "northing": "-0.12"}),
        ("DEGREES_IN_METRES", {"easting": "51.5", "northing": "0.07"}),
        ("DEGREES_IN_METRES", {"easting": "-0.12", "northing": "51.5"}),
    ],
)
def test_coordinates_in_the_wrong_columns_all_over_a_file_are_a_sign(code: str, changes: dict[str, str]) -> None:
    signs = Signs(NOW)
    for found in read_batch(batch_row(**changes) * 8 + batch_row() * 7):
        signs.observe(found)
    assert codes(signs) == [code]
    few = Signs(NOW)
    for found in read_batch(batch_row(**changes) * 7 + batch_row() * 8):
        few.observe(found)
    assert codes(few) == []


@pytest.mark.parametrize(
    ("east_mm", "north_mm", "hint"), [(1_730, 140, "OSTN15"), (105_000, 55_000, "OSGB36"), (400_000, 0, "datum")]
)
def test_places_that_all_moved_alike_are_a_sign(east_mm: int, north_mm: int, hint: str) -> None:
    signs = Signs(NOW)
    for n in range(10):
        signs.observe_change(*moved(east_mm + n * 40 - 200, north_mm + n * 10))
    (sign,) = signs.found()
    assert sign.code == "PLACES_ALL_SHIFTED"
    assert hint in sign.what_to_do


@given(st.lists(st.tuples(st.integers(-90_000, 90_000), st.integers(-90_000, 90_000)), min_size=40, max_size=60))
def test_places_corrected_each_its_own_way_are_no_sign(moves: list[tuple[int, int]]) -> None:
    spread = [(e * (-1) ** i, n * (-1) ** i) for i, (e, n) in enumerate(moves)]
    opposite = [(-e, -n) for e, n in spread]
    assert after_changes(*(moved(e, n) for e, n in spread + opposite)) == []


def test_what_changed_is_named() -> None:
    other = BASE._replace(x_mm=1, text="moved", t_to=BASE.t_to + timedelta(minutes=1))
    assert changed(BASE, other) == ["t_to", "place", "text"]
    assert changed(BASE, BASE) == []
    assert BASE.digest() != other.digest()
