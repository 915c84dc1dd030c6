"""What the matcher refuses, and how it says so; who may be read when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.errors import BadInput, BadParams
from matcher.permitted import permitted
from tests.support import walks

T = walks.START


def one_fix(**changes: Any) -> pl.DataFrame:
    row = {
        "device_id": "D00",
        "t": T + timedelta(hours=1),
        "mechanism": "gnss",
        "easting_m": 530_000.0,
        "northing_m": 180_000.0,
        "accuracy_m": 5.0,
    }
    return pl.DataFrame([{**row, **changes}])


def one_crime(**changes: Any) -> pl.DataFrame:
    row = {
        "force": "Metropolitan",
        "crime_ref": "C1",
        "version": 1,
        "crime_type": "RB",
        "t_from": T,
        "t_to": T + timedelta(hours=2),
        "easting_m": 530_000.0,
        "northing_m": 180_000.0,
        "location_accuracy_m": 20.0,
    }
    return pl.DataFrame([{**row, **changes}])


def matched(fixes: pl.DataFrame, crimes: pl.DataFrame, params: Params | None = None) -> Any:
    return match(fixes, crimes, assignments=walks.assignments(1), monitored=EVERYONE, eligible=EVERYONE, params=params)


@pytest.mark.parametrize(
    ("fixes", "said"),
    [
        (one_fix(mechanism="gps"), "fixes row 1: mechanism is 'gps'"),
        (one_fix(easting_m=float("nan")), "fixes.easting_m row 1: nan"),
        (one_fix(accuracy_m=-3.0), "accuracy_m is -3.0"),
        (one_fix(t=datetime(2019, 9, 1)), "fixes: t has times without a zone"),
        (one_fix(device_id=None), "fixes row 1: device_id is empty"),
        (one_fix().drop("t"), "fixes: column t is missing"),
    ],
)
def test_a_bad_fix_is_refused_with_its_row_and_value(fixes: pl.DataFrame, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        matched(fixes, one_crime())


@pytest.mark.parametrize(
    ("crimes", "said"),
    [
        (pl.concat([one_crime(), one_crime()]), "Metropolitan C1 version 1 stands more than once"),
        (one_crime(t_to=T - timedelta(seconds=1)), "C1 version 1 ends before it starts"),
        (one_crime(northing_m=None), "half a place"),
    ],
)
def test_a_bad_crime_is_refused_by_its_key(crimes: pl.DataFrame, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        matched(one_fix(), crimes)


@pytest.mark.parametrize(
    ("crimes", "reason"),
    [
        (one_crime(easting_m=None, northing_m=None), "no_location"),
        (one_crime(easting_m=400_000.0, northing_m=300_000.0), "outside_window"),
        (one_crime(location_accuracy_m=100.5), "location_too_coarse"),
        (one_crime(t_to=T + timedelta(hours=12, microseconds=1)), "window_too_long"),
    ],
)
def test_a_crime_that_cannot_be_matched_is_listed_with_the_reason(crimes: pl.DataFrame, reason: str) -> None:
    found = matched(one_fix(), crimes)
    assert found.not_matchable["reason"].to_list() == [reason]
    assert found.candidates.is_empty()


def test_a_window_of_exactly_twelve_hours_is_matched() -> None:
    assert matched(one_fix(), one_crime(t_to=T + timedelta(hours=12))).candidates.height == 1


def test_all_faults_of_the_settings_are_reported_at_once() -> None:
    with pytest.raises(BadParams, match=r"radius_m is 0.*max_gap_s is 9999.*mechanisms is \['gps'\]"):
        Params(radius_m=0, max_gap_s=9999, mechanisms=frozenset({"gps"}))
    with pytest.raises(BadParams, match="over 24 h"):
        Params(buffer_s=43_200, max_window_h=12.5)
    with pytest.raises(BadParams, match="no such setting: radius"):
        Params.from_json({"radius": 5})


def test_settings_are_read_back_from_the_manifest_unchanged() -> None:
    params = Params(radius_m=50, mechanisms=frozenset({"wifi", "gnss"}), data_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert Params.from_json(params.to_json()) == params


def test_a_fix_before_the_fitting_is_unassigned_and_counted() -> None:
    found = matched(one_fix(t=T - timedelta(seconds=1)), one_crime(t_from=T - timedelta(hours=1)))
    assert found.candidates.is_empty()
    assert found.counts["unassigned"] == 1


def test_a_window_that_runs_past_the_end_of_eligibility_is_not_tested() -> None:
    until = T + timedelta(hours=2)
    eligible = pl.DataFrame({"wearer_id": ["W00"], "from": [T], "to": [until]})
    for end, expected in ((until, 0), (until - timedelta(microseconds=1), 1)):
        found = match(
            one_fix(), one_crime(t_to=end), assignments=walks.assignments(1), monitored=EVERYONE, eligible=eligible
        )
        assert (found.candidates.height, found.counts["pairs_tested"]) == (expected, expected)


def test_windows_are_where_assignment_monitoring_and_eligibility_overlap() -> None:
    def intervals(*hours: tuple[int, int]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "wearer_id": ["W00"] * len(hours),
                "from": [T + timedelta(hours=a) for a, _ in hours],
                "to": [T + timedelta(hours=b) for _, b in hours],
            }
        )

    may = permitted(walks.assignments(1), intervals((0, 5), (8, 12)), intervals((2, 4), (4, 9), (11, 20)))
    start = int(T.timestamp() * 1e6)
    hours = [((a - start) / 3.6e9, (b - start) / 3.6e9) for a, b in may.windows().select("from", "to").iter_rows()]
    assert hours == [(2, 5), (8, 9), (11, 12)]
    assert may.for_wearers([0]).windows().equals(may.windows())
    assert may.for_wearers([]).devices == []
