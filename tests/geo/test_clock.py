from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import (
    AmbiguousTime,
    MissingTime,
    NotATime,
    UnknownZone,
    london_midnight,
    parse_instant,
    to_london,
    to_utc,
)


def test_summer_is_an_hour_ahead_of_utc_and_winter_is_not() -> None:
    assert to_utc(datetime(2019, 7, 1, 12)) == datetime(2019, 7, 1, 11, tzinfo=UTC)
    assert to_utc(datetime(2019, 1, 1, 12)) == datetime(2019, 1, 1, 12, tzinfo=UTC)


def test_the_hour_that_happens_twice_gives_both_readings() -> None:
    with pytest.raises(AmbiguousTime) as raised:
        to_utc(datetime(2019, 10, 27, 1, 30))
    assert raised.value.earlier == datetime(2019, 10, 27, 0, 30, tzinfo=UTC)
    assert raised.value.later == datetime(2019, 10, 27, 1, 30, tzinfo=UTC)
    assert "2019-10-27 00:30:00 UTC" in str(raised.value)
    assert "2019-10-27 01:30:00 UTC" in str(raised.value)
    assert raised.value.rule == "AMBIGUOUS_TIME"


def test_a_time_in_the_skipped_hour_names_that_hour() -> None:
    with pytest.raises(MissingTime) as raised:
        to_utc(datetime(2019, 3, 31, 1, 30, 15, 250_000))
    assert (raised.value.gap_from, raised.value.gap_to) == (datetime(2019, 3, 31, 1), datetime(2019, 3, 31, 2))
    assert "went forward from 01:00:00 to 02:00:00" in str(raised.value)
    assert raised.value.rule == "MISSING_TIME"


@pytest.mark.parametrize(
    "civil", [datetime(2019, 3, 31, 0, 59, 59), datetime(2019, 3, 31, 2), datetime(2019, 10, 27, 0, 59, 59)]
)
def test_the_minutes_next_to_a_clock_change_have_one_reading(civil: datetime) -> None:
    assert to_london(to_utc(civil)).replace(tzinfo=None) == civil


def test_both_ends_of_the_repeated_hour() -> None:
    with pytest.raises(AmbiguousTime):
        to_utc(datetime(2019, 10, 27, 1))
    assert to_utc(datetime(2019, 10, 27, 2)) == datetime(2019, 10, 27, 2, tzinfo=UTC)


def test_a_fold_chooses_the_reading() -> None:
    assert to_utc(datetime(2019, 10, 27, 1, 30), fold=0) == datetime(2019, 10, 27, 0, 30, tzinfo=UTC)
    assert to_utc(datetime(2019, 10, 27, 1, 30), fold=1) == datetime(2019, 10, 27, 1, 30, tzinfo=UTC)
    assert to_utc(datetime(2019, 3, 31, 1, 30), fold=0) == datetime(2019, 3, 31, 1, 30, tzinfo=UTC)
    assert to_utc(datetime(2019, 3, 31, 1, 30), fold=1) == datetime(2019, 3, 31, 0, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1996, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_a_round_trip_with_the_fold_gives_the_same_instant(instant: datetime) -> None:
    civil = to_london(instant)
    assert to_utc(civil.replace(tzinfo=None), fold=civil.fold) == instant


@given(st.datetimes(datetime(1996, 1, 1), datetime(2060, 1, 1)))
def test_a_civil_time_has_one_reading_or_says_why_not(civil: datetime) -> None:
    readings = {
        instant
        for offset_h in (0, 1)
        if to_london(instant := (civil - timedelta(hours=offset_h)).replace(tzinfo=UTC)).replace(tzinfo=None) == civil
    }
    if len(readings) == 1:
        assert to_utc(civil) in readings
    elif readings:
        with pytest.raises(AmbiguousTime):
            to_utc(civil)
    else:
        with pytest.raises(MissingTime):
            to_utc(civil)


def test_a_day_begins_at_londons_midnight() -> None:
    assert london_midnight(date(2019, 7, 1)) == datetime(2019, 6, 30, 23, tzinfo=UTC)
    assert london_midnight(date(2019, 1, 1)) == datetime(2019, 1, 1, tzinfo=UTC)
    change = date(2019, 3, 31)
    assert london_midnight(change + timedelta(days=1)) - london_midnight(change) == timedelta(hours=23)
    assert london_midnight(date(2019, 10, 28)) - london_midnight(date(2019, 10, 27)) == timedelta(hours=25)


def test_a_missing_or_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has a zone"):
        to_utc(datetime(2019, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="has no zone"):
        to_london(datetime(2019, 1, 1))
    with pytest.raises(UnknownZone, match=r"'BST'.*Europe/London"):
        parse_instant("2019-01-01 00:00", "BST")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2019-07-01T12:30:15", datetime(2019, 7, 1, 12, 30, 15)),
        ("2019-07-01 12:30:15", datetime(2019, 7, 1, 12, 30, 15)),
        ("2019-07-01 12:30", datetime(2019, 7, 1, 12, 30)),
        ("2019-07-01T12:30:15.5", datetime(2019, 7, 1, 12, 30, 15, 500_000)),
        ("2019-07-01T12:30:15,1234567", datetime(2019, 7, 1, 12, 30, 15, 123_456)),
        ("2019-07-01T12:30:15Z", datetime(2019, 7, 1, 12, 30, 15)),
        ("2019-07-01 12:30:15 UTC", datetime(2019, 7, 1, 12, 30, 15)),
        ("2019-07-01T12:30:15+01:00", datetime(2019, 7, 1, 11, 30, 15)),
        ("2019-07-01 12:30:15 +0100", datetime(2019, 7, 1, 11, 30, 15)),
        ("2019-07-01T12:30-05", datetime(2019, 7, 1, 17, 30)),
        ("20190701123015", datetime(2019, 7, 1, 12, 30, 15)),
        ("20190701T123015Z", datetime(2019, 7, 1, 12, 30, 15)),
        ("  2019-07-01T12:30:15 ", datetime(2019, 7, 1, 12, 30, 15)),
        ("2020-02-29T00:00:00", datetime(2020, 2, 29)),
    ],
)
def test_instants_are_read_in_the_formats_people_write(text: str, instant: datetime) -> None:
    assert parse_instant(text, "UTC") == instant.replace(tzinfo=UTC)
    assert parse_instant(text, "UTC").tzinfo is UTC


def test_an_offset_wins_over_the_files_zone() -> None:
    assert parse_instant("2019-07-01 12:00", "Europe/London") == datetime(2019, 7, 1, 11, tzinfo=UTC)
    assert parse_instant("2019-07-01 12:00Z", "Europe/London") == datetime(2019, 7, 1, 12, tzinfo=UTC)
    assert parse_instant("2019-10-27T01:30:00+00:00", "Europe/London") == datetime(2019, 10, 27, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("20190231093000", "February 2019 has 28 days"),
        ("2019-02-31 09:30:00", "February 2019 has 28 days"),
        ("2020-02-30 09:30:00", "February 2020 has 29 days"),
        ("2100-02-29 09:30:00", "February 2100 has 28 days"),
        ("2019-04-00 09:30:00", "April 2019 has 30 days"),
        ("2019-13-01 09:30:00", "Months are 01 to 12, not 13"),
        ("2019-02-01 24:00:00", "Hours are 00 to 23, not 24"),
        ("2019-02-01 09:60:00", "Minutes are 00 to 59, not 60"),
        ("2016-12-31 23:59:60", "Seconds are 00 to 59, not 60"),
        ("0000-01-01 00:00:00", "There is no year 0000"),
        ("2019-02-01 09:30:00+15:00", "-14:00 to +14:00"),
        ("2019-02-01 09:30:00+01:75", "-14:00 to +14:00"),
        ("9999-12-31 23:30:00-01:00", "years 1 to 9999"),
        ("2019-02-01", "Give YYYY-MM-DD HH:MM:SS"),
        ("01/02/2019 09:30", "Give YYYY-MM-DD HH:MM:SS"),
        ("2019-2-1 09:30", "Give YYYY-MM-DD HH:MM:SS"),
        ("1549013400", "Give YYYY-MM-DD HH:MM:SS"),
        ("", "Give YYYY-MM-DD HH:MM:SS"),
        ("2019-02-01 09:30:00 BST", "Give YYYY-MM-DD HH:MM:SS"),
        # Digits that are not ASCII's would pass \\d.
        ("٢٠١٩-02-01 09:30", "Give YYYY-MM-DD HH:MM:SS"),
        ("2019-02-01 09:30:00\n", "Give YYYY-MM-DD HH:MM:SS"),
    ],
)
def test_a_text_that_is_not_a_time_says_why(text: str, raised: str) -> None:
    with pytest.raises(NotATime) as error:
        parse_instant(text, "UTC")
    assert raised in str(error.value)
    assert repr(text) in str(error.value)


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    st.none() | st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["T", " "]),
)
def test_what_python_writes_is_read_back(naive: datetime, offset_min: int | None, separator: str) -> None:
    zone = UTC if offset_min is None else timezone(timedelta(minutes=offset_min))
    aware = naive.replace(tzinfo=zone)
    text = naive.isoformat(separator) if offset_min is None else aware.isoformat(separator)
    assert parse_instant(text, "UTC") == aware
