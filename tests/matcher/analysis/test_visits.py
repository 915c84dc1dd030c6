"""Where one visit ends and the next begins, and what is said of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.schemas import ASSIGNMENTS, CRIMES, FIXES

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
EAST, NORTH = 530_000.0, 180_000.0
COLUMNS = ("device_id", "t", "mechanism", "easting_m", "northing_m", "accuracy_m")
SECOND = timedelta(seconds=1)


def visits(*fixes: tuple[float, float], accuracy: float | None = 5.0) -> list[dict[str, Any]]:
    """The visits of a tag seen so many seconds after noon and metres north of a crime between 12:00 and 13:00."""
    rows = [("D", NOON + s * SECOND, "gnss", EAST, NORTH + metres, accuracy) for s, metres in fixes]
    crime = ("Met", "1/19", 1, "RB", NOON, NOON + 3600 * SECOND, EAST, NORTH, 0.0)
    return match(
        pl.DataFrame(rows, schema={name: FIXES[name] for name in COLUMNS}, orient="row"),
        pl.DataFrame([crime], schema=CRIMES, orient="row"),
        assignments=pl.DataFrame([("D", "W", NOON - 3600 * SECOND, None)], schema=ASSIGNMENTS, orient="row"),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(reference_days=0),
    ).visits.to_dicts()


def out_and_back(metres: float, minutes: int) -> list[tuple[float, float]]:
    """Two minutes at 90 m, so many away, and two at 90 m again."""
    away = [metres] * minutes
    return [(60.0 * i, at) for i, at in enumerate([90.0, 90.0, *away, 90.0, 90.0])]


def test_drift_over_the_edge_by_less_than_the_error_is_one_visit_however_long() -> None:
    (visit,) = visits(*out_and_back(103.0, 30))
    assert visit["fixes"] == 4


def test_an_absence_of_over_three_minutes_beyond_the_error_ends_a_visit() -> None:
    assert [v["visit"] for v in visits(*out_and_back(110.0, 5))] == ["A", "B"]
    assert len(visits(*out_and_back(110.0, 3))) == 1


def test_short_absences_between_stays_at_the_edge_are_counted_together() -> None:
    """Beyond the error for two minutes, within it for ten, and beyond it for two: over three in all."""
    away = [110.0] * 3 + [102.0] * 10 + [110.0] * 3
    assert len(visits(*[(60.0 * i, m) for i, m in enumerate([90.0, *away, 90.0])])) == 2


def test_an_unknown_accuracy_is_no_excuse() -> None:
    assert len(visits(*out_and_back(103.0, 5), accuracy=None)) == 2


def test_a_gap_that_is_not_drawn_ends_a_visit() -> None:
    assert len(visits((0, 90), (60, 90), (300, 90), (360, 90))) == 2
    assert len(visits((0, 90), (60, 90), (240, 90), (300, 90))) == 1


def test_each_visit_has_its_own_closest_point_and_speed() -> None:
    stay, drive = visits((0, 96), (60, 96), (120, 900), (600, 900), (660, 900), (720, -900), (780, -900))
    assert (stay["closest_m"], stay["closest_at"], stay["fixes"]) == (96.0, NOON, 2)
    assert (drive["closest_m"], drive["closest_at"], drive["fixes"]) == (0.0, NOON + 690 * SECOND, 0)
    assert drive["speed_kmh"] == pytest.approx(108.0)
    assert drive["dwell_s"] == pytest.approx(200 / 30, abs=0.001)


def test_a_lone_fix_has_no_speed() -> None:
    (visit,) = visits((600, 50))
    assert (visit["speed_kmh"], visit["closest_m"], visit["dwell_s"]) == (None, 50.0, 0.0)


def test_a_fix_is_at_the_edge_if_its_stated_error_reaches_it() -> None:
    assert [v["fixes_at_edge"] for v in visits((0, 95), (60, 94.999), (120, 100))] == [2]
    assert [v["fixes_at_edge"] for v in visits((0, 95), accuracy=None)] == [0]
