"""`match` answers what the slow, obvious twin answers, on scenes made to sit on every edge."""

from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from matcher import EVERYONE, match
from matcher.schemas import CANDIDATES, CRIME_KEY, NOT_MATCHABLE, VISITS
from tests.support.naive.matcher import approaches, disc_of, naive_match, trails
from tests.support.naive.trails import microseconds
from tests.support.strategies import Scene, scenes

PAIR = [*CRIME_KEY, "wearer_id"]
EXACT = {
    "candidates": [*PAIR, "verdict", "fixes_within", "coverage", "visits"],
    "visits": [*PAIR, "visit", "fixes"],
    "not_matchable": [*CRIME_KEY, "reason"],
}
INSTANTS_US = 2
DWELL_S = CLOSEST_M = 0.001 + 1e-9
NEAR_TIE_MM = Fraction(1, 1000)


def the_closest_is_as_early(s: Scene, row: dict[str, Any], expected: dict[str, Any]) -> bool:
    """The same instant; or that of another part of the path that comes as near to within rounding.

    Equally near fixes, and standing still, are no matter of rounding: there it has to be the earliest.
    """
    if abs(microseconds(row["closest_at"]) - microseconds(expected["closest_at"])) <= INSTANTS_US:
        return True
    frames = s.frames()
    crimes = frames.pop("crimes").to_dicts()
    crime = next(c for c in crimes if all(c[name] == row[name] for name in CRIME_KEY))
    near = approaches(trails(**frames)[row["wearer_id"]], disc_of(crime, s.params), s.params)
    least = min(square for square, _ in near)
    # |a - b| <= d and a + b <= 2 a + d, for roots a and b, bound the difference of the squares.
    slack = NEAR_TIE_MM * (2 * int(float(least) ** 0.5 + 1) + 1)
    return any(
        abs(microseconds(row["closest_at"]) - t) <= INSTANTS_US + 1
        for square, t in near
        if square <= least + slack and (square != least or least.denominator > 1)
    )


def assert_same(s: Scene) -> None:
    found, expected = match(**s.frames(everyone=EVERYONE)), naive_match(**s.frames())
    for name, columns in EXACT.items():
        # The whole lists, so that a missing pair and one too many both show.
        assert getattr(found, name).select(columns).rows() == getattr(expected, name).select(columns).rows(), name

    for row, other in zip(found.candidates.to_dicts(), expected.candidates.to_dicts(), strict=True):
        for name in ("first_at", "last_at"):
            assert abs(microseconds(row[name]) - microseconds(other[name])) <= INSTANTS_US, (name, row, other)
        assert abs(row["closest_m"] - other["closest_m"]) <= CLOSEST_M, (row, other)
        assert abs(row["dwell_s"] - other["dwell_s"]) <= DWELL_S, (row, other)
        assert the_closest_is_as_early(s, row, other), (row, other)

    for row, other in zip(found.visits.to_dicts(), expected.visits.to_dicts(), strict=True):
        for name in ("first_at", "last_at"):
            assert abs(microseconds(row[name]) - microseconds(other[name])) <= INSTANTS_US, (name, row, other)
        assert abs(row["dwell_s"] - other["dwell_s"]) <= DWELL_S, (row, other)

    event(f"{min(expected.candidates.height, 3)} candidates or more")
    for verdict in set(expected.candidates["verdict"]):
        event(f"a {verdict} candidate")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_match_equals_the_slow_twin(s: Scene) -> None:
    assert_same(s)


@pytest.mark.prove
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_match_equals_the_slow_twin_many_times(s: Scene) -> None:
    assert_same(s)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_the_frames_fit_their_schemas(s: Scene) -> None:
    found = match(**s.frames(everyone=EVERYONE))
    for frame, schema in ((found.candidates, CANDIDATES), (found.visits, VISITS), (found.not_matchable, NOT_MATCHABLE)):
        assert frame.schema == pl.Schema(schema)
