"""`match` answers what the slow, obvious twin answers, on scenes made to sit on every edge."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from matcher import EVERYONE, match
from matcher.analysis.candidates import NO_LENGTH_MM
from matcher.params import Params
from matcher.schemas import CANDIDATES, CRIME_KEY, NOT_MATCHABLE, VISITS
from tests.support.naive.evidence import heard
from tests.support.naive.matcher import disc_of, naive_match
from tests.support.naive.path import Disc, about, approaches
from tests.support.naive.presence import sigma_of_place
from tests.support.naive.trails import Trail, microseconds, trails
from tests.support.naive.visits import near_tie
from tests.support.scene_parts import Scene
from tests.support.strategies import scenes

PAIR = [*CRIME_KEY, "wearer_id"]
EXACT = {
    "candidates": [*PAIR, "device_id", "verdict", "fixes_within", "coverage", "visits"],
    "visits": [*PAIR, "visit", "fixes", "fixes_at_edge"],
    "not_matchable": [*CRIME_KEY, "reason"],
}
INSTANTS_US = 2
DWELL_S = CLOSEST_M = 0.001 + 1e-9
NEAR_TIE_MM = Fraction(1, 1000)


def disc_of_row(s: Scene, row: dict[str, Any]) -> tuple[Disc, float]:
    """And the sigma of the crime's place."""
    crimes = s.frames()["crimes"].to_dicts()
    crime = next(c for c in crimes if all(c[name] == row[name] for name in CRIME_KEY))
    return disc_of(crime, s.params), sigma_of_place(crime["location_accuracy_m"], s.params)


def trails_of(s: Scene) -> dict[str, list[Trail]]:
    frames = s.frames()
    del frames["crimes"]
    return trails(**frames)


def unclear_pairs(s: Scene, expected: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Pairs of which rounding decides which trail is heard, or where a visit ends."""
    out = []
    worn = trails_of(s)
    for row in expected.to_dicts():
        disc, sigma_place = disc_of_row(s, row)
        found = heard(worn[row["wearer_id"]], disc, sigma_place, s.params)
        assert found is not None
        if found.near_tie or near_tie(about(found.trail.fixes, disc), disc, s.params):
            out.append(tuple(row[name] for name in PAIR))
    return out


def without(frame: pl.DataFrame, pairs: list[tuple[Any, ...]]) -> pl.DataFrame:
    return frame.filter([row not in pairs for row in frame.select(PAIR).rows()])


def the_closest_is_as_early(s: Scene, row: dict[str, Any], expected: dict[str, Any]) -> bool:
    """The same instant; or that of another part of the path that comes as near to within rounding.

    Equally near fixes, and standing still, are no matter of rounding: there it has to be the earliest.
    """
    if abs(microseconds(row["closest_at"]) - microseconds(expected["closest_at"])) <= INSTANTS_US:
        return True
    disc, _ = disc_of_row(s, row)
    trail = next(t for t in trails_of(s)[row["wearer_id"]] if t.device == row["device_id"])
    near = approaches(about(trail.fixes, disc), disc, s.params)
    least = min(square for square, _ in near)
    # |a - b| <= d and a + b <= 2 a + d, for roots a and b, bound the difference of the squares.
    slack = NEAR_TIE_MM * (2 * int(float(least) ** 0.5 + 1) + 1)
    return any(
        abs(microseconds(row["closest_at"]) - t) <= INSTANTS_US + 1
        for square, t in near
        if square <= least + slack and (square != least or least.denominator > 1)
    )


def the_speed_is_the_same(row: dict[str, Any], expected: dict[str, Any]) -> bool:
    """But for the last digit of it, and of the dwell that it is a length over."""
    found, other = row["speed_kmh"], expected["speed_kmh"]
    if found is None or other is None:
        return found is other or max(row["dwell_s"], expected["dwell_s"]) <= DWELL_S
    dwell_s = max(expected["dwell_s"], DWELL_S)
    # So short that one of the two may take it for none.
    short = 2 * NO_LENGTH_MM * 0.0036 / dwell_s
    return bool(abs(found - other) <= short + other * (1e-5 + DWELL_S / dwell_s))


def rows_of(frames: tuple[pl.DataFrame, pl.DataFrame]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(frames[0].to_dicts(), frames[1].to_dicts(), strict=True))


def assert_same(s: Scene) -> None:
    found, expected = match(**s.frames(everyone=EVERYONE)), naive_match(**s.frames())
    unclear = unclear_pairs(s, expected.candidates)
    clear = {
        name: (without(getattr(found, name), unclear), without(getattr(expected, name), unclear))
        for name in ("candidates", "visits")
    } | {"not_matchable": (found.not_matchable, expected.not_matchable)}
    for name, columns in EXACT.items():
        # The whole lists, so that a missing pair and one too many both show.
        one, two = clear[name]
        assert one.select(columns).rows() == two.select(columns).rows(), name
    pairs = found.candidates.select(PAIR).rows()
    assert pairs == expected.candidates.select(PAIR).rows()

    for row, other in rows_of(clear["candidates"]):
        for name in ("first_at", "last_at"):
            assert abs(microseconds(row[name]) - microseconds(other[name])) <= INSTANTS_US, (name, row, other)
        assert abs(row["closest_m"] - other["closest_m"]) <= CLOSEST_M, (row, other)
        assert abs(row["dwell_s"] - other["dwell_s"]) <= DWELL_S, (row, other)
        assert the_closest_is_as_early(s, row, other), (row, other)

    for row, other in rows_of(clear["visits"]):
        for name in ("first_at", "last_at"):
            assert abs(microseconds(row[name]) - microseconds(other[name])) <= INSTANTS_US, (name, row, other)
        assert abs(row["dwell_s"] - other["dwell_s"]) <= DWELL_S, (row, other)
        assert abs(row["closest_m"] - other["closest_m"]) <= CLOSEST_M, (row, other)
        assert row["first_at"] <= row["closest_at"] <= row["last_at"], (row, other)
        assert the_speed_is_the_same(row, other), (row, other)

    event(f"{min(expected.candidates.height, 3)} candidates or more")
    for verdict in set(expected.candidates["verdict"]):
        event(f"a {verdict} candidate")


@pytest.mark.slow
@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_match_equals_the_slow_twin(s: Scene) -> None:
    assert_same(s)


@pytest.mark.prove("twin-match")
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_match_equals_the_slow_twin_many_times(s: Scene) -> None:
    assert_same(s)


def test_a_path_that_only_touches_the_circle_does_not_move_in_it() -> None:
    """A way to a fix on the circle's edge, whose last digits lie inside: the wearer stands there, and then goes."""
    noon, draw = datetime(2019, 6, 15, 12, tzinfo=UTC), Random(3)

    def anywhere() -> tuple[float, float]:
        return draw.randint(-300_000, 300_000) / 1000, draw.randint(-300_000, 300_000) / 1000

    for _ in range(100):
        edge = draw.choice([(100, 0), (60, 80), (80, 60), (-60, 80), (28, 96), (-96, 28)])
        fixes, t = [], noon
        for x, y in (anywhere(), edge, edge, anywhere()):
            fixes.append(("d1", t, "gnss", 530000.0 + x, 180000.0 + y, 5.0))
            t += timedelta(microseconds=draw.randint(10_000_000, 60_000_000))
        crime = ("met", "1", 1, "x", noon, noon + timedelta(minutes=10), 530000.0, 180000.0, 20.0)
        s = Scene(fixes, [crime], [("d1", "W1", noon - timedelta(days=1), None)], None, None, Params(radius_m=100.0))
        found, expected = match(**s.frames(everyone=EVERYONE)).visits, naive_match(**s.frames()).visits
        for row, other in zip(found.to_dicts(), expected.to_dicts(), strict=True):
            assert the_speed_is_the_same(row, other), (row, other)
            assert row["speed_kmh"] == 0 or row["speed_kmh"] > 1e-9, row


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_the_frames_fit_their_schemas(s: Scene) -> None:
    found = match(**s.frames(everyone=EVERYONE))
    for frame, schema in ((found.candidates, CANDIDATES), (found.visits, VISITS), (found.not_matchable, NOT_MATCHABLE)):
        assert frame.schema == pl.Schema(schema)
