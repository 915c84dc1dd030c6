from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.clock import BadInstant, NotATime, UnknownZone, parse_instant
from geo.instants import INSTANT_TYPE, instants

Zone = Literal["UTC", "Europe/London"]


def read_one(value: str, zone: str, form: Literal["iso", "epoch_s", "epoch_ms", "auto"] = "iso") -> datetime | str:
    """The instant, or the reason."""
    utc, reason = instants(pl.Series("t", [value]), zone, form)
    if utc[0] is None:
        return str(reason[0])
    assert reason[0] is None
    found = utc[0]
    assert isinstance(found, datetime)
    return found


def said_one_by_one(value: str, zone: str) -> datetime | str:
    try:
        return parse_instant(value, zone)
    except BadInstant as error:
        return error.rule


@st.composite
def nearly_times(draw: st.DrawFn) -> str:
    """Times as people write them, some with a part that is out of range or out of form."""
    moment = draw(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
    near_a_change = draw(st.sampled_from([datetime(2019, 3, 31, 1), datetime(2019, 10, 27, 1), moment]))
    moment = near_a_change + timedelta(seconds=draw(st.integers(-7200, 7200)))
    text = moment.strftime(draw(st.sampled_from(["%m-%dT%H:%M:%S", "%m-%d %H:%M", "%m%d%H%M%S", "%m%dT%H%M%S"])))
    text = f"{moment.year:04}{'-' if '-' in text else ''}{text}"
    text += draw(st.sampled_from(["", "", ".5", ",123456789", ".", ".0000000000000000001"]))
    text += draw(
        st.sampled_from(["", "", "Z", " Z", "+01:00", "-0530", "+14", "+14:01", " UTC", "+1", "+01:60", "  Z"])
    )
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text) - 1))
        text = text[:at] + draw(st.sampled_from(list("0123456789 -:+TZ.é\t"))) + text[at + 1 :]
    return text


@settings(max_examples=500, deadline=None)
@given(nearly_times(), st.sampled_from(["UTC", "Europe/London"]))
@example("2019-02-31 09:30:00", "UTC")
@example("2019-10-27 01:30", "Europe/London")
@example("2019-03-31 01:30", "Europe/London")
@example("2019-07-01 12:00:00+", "UTC")
def test_a_column_reads_as_its_texts_read_one_by_one(text: str, zone: Zone) -> None:
    assert read_one(text, zone) == said_one_by_one(text, zone)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["UTC", "Europe/London"]))
def test_any_text_reads_the_same_in_both_readers(text: str, zone: Zone) -> None:
    assert read_one(text, zone) == said_one_by_one(text, zone)


def test_each_row_is_read_by_itself_and_keeps_its_position() -> None:
    column = pl.Series(
        "t", ["2019-07-01 12:00", None, "", "2019-10-27 01:30:00", "2019-03-31T01:30", "2019-03-31T01:30Z", "é", "1"]
    )
    utc, reason = instants(column, "Europe/London", "auto")
    assert utc.name == "t"
    assert utc.dtype == INSTANT_TYPE
    noon, later = datetime(2019, 7, 1, 11, tzinfo=UTC), datetime(2019, 3, 31, 1, 30, tzinfo=UTC)
    assert utc.to_list() == [noon, None, None, None, None, later, None, None]
    assert reason.to_list() == [
        None, "NOT_A_TIME", "NOT_A_TIME", "AMBIGUOUS_TIME", "MISSING_TIME", None, "NOT_A_TIME", "NOT_A_TIME"
    ]  # fmt: skip


def test_a_slice_of_a_column_in_pieces_reads_like_the_whole() -> None:
    pieces = [pl.Series("t", [f"2019-02-01 {h:02}:00:00" for h in hours]) for hours in ([0, 1, 2], [3, 4], [5])]
    column = pl.concat(pieces, rechunk=False)
    utc, _ = instants(column[1:5], "UTC", "iso")
    assert [moment.hour for moment in utc] == [1, 2, 3, 4]


def test_a_long_column_reads_the_same_in_threads() -> None:
    minutes = pl.datetime_range(datetime(2019, 1, 1), datetime(2019, 3, 1), "1m", closed="left", eager=True)
    assert len(minutes) > 80_000
    utc, reason = instants(minutes.dt.strftime("%Y-%m-%d %H:%M"), "UTC", "iso")
    assert reason.null_count() == len(minutes)
    assert (utc == minutes.dt.replace_time_zone("UTC")).all()


NOON = datetime(2019, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "form", "instant"),
    [
        ("1549022400", "epoch_s", NOON),
        ("1549022400", "auto", NOON),
        ("1549022400.25", "auto", NOON + timedelta(milliseconds=250)),
        ("1549022400.1234567", "epoch_s", NOON + timedelta(microseconds=123_456)),
        ("1549022400000", "epoch_ms", NOON),
        ("1549022400000", "auto", NOON),
        ("1549022400000.5", "epoch_ms", NOON + timedelta(microseconds=500)),
        (" 1549022400 ", "epoch_s", NOON),
        ("-1", "epoch_s", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0", "epoch_s", datetime(1970, 1, 1, tzinfo=UTC)),
        ("20190201120000", "auto", NOON),
        ("2019-02-01T12:00:00Z", "auto", NOON),
        ("154902240", "auto", "NOT_A_TIME"),
        ("20190201", "auto", "NOT_A_TIME"),
        ("-1549022400", "auto", "NOT_A_TIME"),
        ("1549022400", "iso", "NOT_A_TIME"),
        ("2019-02-01T12:00:00Z", "epoch_s", "NOT_A_TIME"),
        ("1549022400.", "epoch_s", "NOT_A_TIME"),
        ("1.5e9", "epoch_s", "NOT_A_TIME"),
        ("-", "epoch_s", "NOT_A_TIME"),
        ("999999999999999", "epoch_s", "NOT_A_TIME"),
        ("99999999999999999999999", "epoch_ms", "NOT_A_TIME"),
    ],
)
def test_epoch_times_in_text(
    text: str, form: Literal["iso", "epoch_s", "epoch_ms", "auto"], instant: datetime | str
) -> None:
    # An epoch has no zone of its own, whatever the file's zone is.
    assert read_one(text, "Europe/London" if form.startswith("epoch") else "UTC", form) == instant


def test_epoch_times_in_numbers() -> None:
    for column, form in (
        (pl.Series("t", [1549022400, None]), "auto"),
        (pl.Series("t", [1549022400000, None]), "auto"),
        (pl.Series("t", [20190201120000, 20190231000000]), "iso"),
        (pl.Series("t", [1549022400.0, float("nan")]), "auto"),
        (pl.Series("t", [1549022400000.0, None]), "auto"),
        (pl.Series("t", [1549022400.0, float("inf")]), "epoch_s"),
        (pl.Series("t", [1549022400000.0, 1e300]), "epoch_ms"),
        (pl.Series("t", [1549022400, -(10**17)]), "epoch_s"),
    ):
        utc, reason = instants(column, "UTC", form)
        assert utc.to_list() == [NOON, None], column
        assert reason.to_list() == [None, "NOT_A_TIME"], column


def test_a_float_is_rounded_to_the_microsecond() -> None:
    utc, _ = instants(pl.Series([1549022400.123]), "UTC", "epoch_s")
    assert utc[0] == NOON + timedelta(milliseconds=123)


def test_columns_that_are_times_already() -> None:
    civil = pl.Series("t", [datetime(2019, 7, 1, 12), datetime(2019, 10, 27, 1, 30), None])
    utc, reason = instants(civil, "Europe/London")
    assert utc.to_list() == [datetime(2019, 7, 1, 11, tzinfo=UTC), None, None]
    assert reason.to_list() == [None, "AMBIGUOUS_TIME", "NOT_A_TIME"]
    aware = (
        pl.Series("t", [datetime(2019, 7, 1, 12)])
        .dt.replace_time_zone("America/New_York")
        .cast(pl.Datetime("ns", "America/New_York"))
    )
    utc, reason = instants(aware, "Europe/London")
    assert utc.dtype == INSTANT_TYPE
    assert utc.to_list() == [datetime(2019, 7, 1, 16, tzinfo=UTC)]


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/London"])
def test_times_of_no_year_are_no_times_and_harm_no_other(unit: Literal["ms", "us"], zone: Zone | None) -> None:
    # As a damaged file has them. Milliseconds like these are more microseconds than 64 bits hold.
    counts = pl.Series("t", [2**63 - 1, -(2**63) + 5, 2**62, 0], dtype=pl.Int64)
    utc, reason = instants(counts.cast(pl.Datetime(unit, zone)), "UTC")
    assert reason.to_list() == ["NOT_A_TIME"] * 3 + [None]
    assert utc.to_list() == [None, None, None, datetime(1970, 1, 1, tzinfo=UTC)]


def test_a_column_of_dates_is_refused() -> None:
    with pytest.raises(NotATime, match="'day' has type Date"):
        instants(pl.Series("day", [date(2019, 7, 1)]), "UTC")
    with pytest.raises(UnknownZone):
        instants(pl.Series("t", ["2019-07-01 12:00"]), "Europe/Paris")


def test_empty_columns_come_back_empty() -> None:
    for column in (pl.Series("t", [], dtype=pl.String), pl.Series("t", [], dtype=pl.Int64)):
        utc, reason = instants(column, "Europe/London")
        assert (len(utc), utc.dtype, len(reason), reason.dtype) == (0, INSTANT_TYPE, 0, pl.String)
    utc, reason = instants(pl.Series("t", [None, None]), "UTC")
    assert reason.to_list() == ["NOT_A_TIME", "NOT_A_TIME"]


def test_every_hour_of_ten_years_in_london_comes_back() -> None:
    hours = pl.datetime_range(datetime(2016, 1, 1), datetime(2026, 1, 1), "30m", eager=True)
    utc, reason = instants(hours, "Europe/London")
    # Ten doubled hours and ten missing ones, two half hours each.
    assert reason.value_counts().sort("reason").rows() == [
        (None, len(hours) - 40), ("AMBIGUOUS_TIME", 20), ("MISSING_TIME", 20)
    ]  # fmt: skip
    raised = utc.drop_nulls()
    assert all(a < b for a, b in pairwise(raised))
    back = raised.dt.convert_time_zone("Europe/London").dt.replace_time_zone(None)
    assert (back == hours.filter(reason.is_null())).all()
