"""Values as other people write them: dates, spellings of nothing, ids out of a spreadsheet, delimiters, grid
letters."""

import io
import itertools

import pytest

from geo.csv_records import Records, as_text
from geo.date_forms import DateForm, advice, has_offset, joined
from geo.errors import BadMapping, UnreadableFile
from geo.grid_reference import grid_square
from geo.mapping import ColumnMapping, Columns, pairs_of
from geo.spreadsheet import damaged_id, without_nothing
from geo.unread import warnings_of

DAY, MONTH, ISO = DateForm.DAY_FIRST, DateForm.MONTH_FIRST, DateForm.ISO


def records(text: str, delimiter: str = "") -> Records:
    return Records(as_text(io.BytesIO(text.encode())), delimiter=delimiter)


@pytest.mark.parametrize(
    ("form", "text", "iso"),
    [
        (DAY, "03/10/2019 21:04", "2019-10-03 21:04:00"),
        (MONTH, "03/10/2019 21:04", "2019-03-10 21:04:00"),
        (DAY, "3.10.2019 9:04:05", "2019-10-03 09:04:05"),
        (DAY, "03-10-2019T21:04:05.25Z", "2019-10-03 21:04:05.25Z"),
        (MONTH, "10/3/2019 9:04:05 PM", "2019-10-03 21:04:05"),
        (ISO, "2019/10/03 21:04", "2019-10-03 21:04:00"),
        (ISO, "3 October 2019, 12:04 am", "2019-10-03 00:04:00"),
        (ISO, "03-OCT-2019 21:04 BST", "2019-10-03 21:04:00+01:00"),
        (DAY, "2019-10-03 21:04 GMT", "2019-10-03 21:04:00+00:00"),
        (ISO, "03/10/2019 21:04", None),
        (DAY, "31/02/2019 21:04", None),
        (DAY, "10/13/2019 21:04", None),
        (DAY, "03/10-2019 21:04", None),
        (DAY, "03/10/19 21:04", None),
        (ISO, "3 Octember 2019 21:04", None),
        (DAY, "03/10/2019 13:04 PM", None),
        (DAY, "03/10/2019", None),
    ],
)
def test_a_date_is_read_in_the_declared_order_or_where_it_has_one_reading(
    form: DateForm, text: str, iso: str | None
) -> None:
    assert form.iso_text(text) == iso


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("03/10/2019 21:04", "--dates dd/mm/yyyy or --dates mm/dd/yyyy"),
        ("23/10/2019 21:04", "--dates dd/mm/yyyy (over HTTP"),
        ("10/23/2019 21:04", "--dates mm/dd/yyyy (over HTTP"),
        ("23/10/19 21:04", "four digits"),
        ("43741.878", "spreadsheet's day number"),
        ("21:04:12", "t=Date+Time"),
        ("2019-10-03", "without a time of day"),
        ("tomorrow", ""),
    ],
)
def test_a_time_that_cannot_be_read_says_what_to_pass(text: str, words: str) -> None:
    assert words in advice(text)
    assert bool(words) == bool(advice(text))


@pytest.mark.parametrize(
    ("day", "clock", "both"),
    [
        ("2019-10-03", "21:04:12", "2019-10-03 21:04:12"),
        ("03/10/2019 00:00:00", "21:04", "03/10/2019 21:04"),
        ("2019-10-03", "2019-10-03T21:04:12Z", "2019-10-03T21:04:12Z"),
        ("", "21:04", "21:04"),
    ],
)
def test_a_date_and_a_time_of_day_are_one(day: str, clock: str, both: str) -> None:
    assert joined(day, clock) == both


def test_a_date_is_no_offset() -> None:
    stated = ["2019-10-03T21:04:12Z", "2019-10-03 21:04+01:00", "2019-10-03 21:04 GMT"]
    assert [has_offset(text) for text in (*stated, "2019-10-03 21:04:12", "20191003210412")] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    "value",
    ["3.52E+14", "3.52093E+14", "1E+15", "3.52093081234567e14", "352093081234567.0", "#REF!", "#VALUE!",
     "########", "3520930812345670000", "03-Oct", "Oct-19"],
)  # fmt: skip
def test_an_id_that_a_spreadsheet_has_destroyed_is_none(value: str) -> None:
    assert damaged_id(value) is not None


@pytest.mark.parametrize("value", ["352093081234567", "TAG1", "4420/19", "E14", "3E10", "10-Octane", "1.5", "", "0012"])
def test_an_id_as_it_was_given_is_one(value: str) -> None:
    assert damaged_id(value) is None


def test_an_imei_that_lost_its_zeros_is_none() -> None:
    assert damaged_id("1234567890123", "IMEI") is not None
    assert damaged_id("1234567890123", "serial") is None
    assert damaged_id("352093081234567", "imei") is None


def test_spellings_of_nothing_are_empty() -> None:
    spelt = ["NULL", "null", "NaN", "N/A", "n/a", "#N/A", "-", "--", r"\N"]
    assert [without_nothing(text) for text in spelt] == [""] * len(spelt)
    assert [without_nothing(text) for text in ("0", "none", "-1", "N")] == ["0", "none", "-1", "N"]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a;b;c\n1,5;2;3\n", ["a", "b", "c"]),
        ("speed, km/h;x;y\n1,5;2;3\n", ["speed, km/h", "x", "y"]),
        ("a,b;c\n1,2 ; 3 ; 4\n", ["a", "b;c"]),
        ("sep=;\r\na;b,c\r\n1;2\r\n", ["a", "b,c"]),
        ('"sep=\t"\na\tb\n1\t2\n', ["a", "b"]),
        ("only\n1\n", ["only"]),
    ],
)
def test_the_delimiter_is_sure(text: str, header: list[str]) -> None:
    assert records(text).header()[0] == header


def test_a_delimiter_that_is_not_sure_is_asked_for_and_never_guessed() -> None:
    text = "a,b;c\n1,2;3\n"
    with pytest.raises(UnreadableFile, match=r"comma and semicolon fit the first lines alike.*--delimiter comma"):
        records(text).header()
    assert records(text, ";").header()[0] == ["a,b", "c"]
    with pytest.raises(BadMapping, match="Give a comma"):
        ColumnMapping(delimiter="/")


def test_rows_of_delimiters_alone_have_their_number_and_are_passed_over() -> None:
    read = records("a,b,c\n1,2,3\n,,\n , ,\n\n,\n4,5,6\n")
    read.header()
    assert [(found.row, found.fields[0]) for found in read] == [(1, "1"), (5, "4")]
    assert read.blank == 3


@pytest.mark.parametrize(
    ("reference", "easting", "northing", "half"),
    [
        # Published by Ordnance Survey and in guides to the grid, as south-west corners.
        ("TG 51409 13177", 651409.5, 313177.5, 0.5),
        ("NN166712", 216650, 771250, 50),
        ("su 387 148", 438750, 114850, 50),
        ("HU 396 753", 439650, 1175350, 50),
        ("TQ 302 796", 530250, 179650, 50),
        ("SV 0 0", 5000, 5000, 5000),
    ],
)
def test_grid_letters_name_a_square(reference: str, easting: float, northing: float, half: float) -> None:
    assert grid_square(reference) == (easting, northing, half)


@pytest.mark.parametrize("text", ["TQ", "TQ 302 79", "TQ 30279", "TI 302 796", "ZZ 302 796", "TQ 302 796 1", "530268"])
def test_what_is_no_grid_reference_is_none(text: str) -> None:
    assert grid_square(text) is None


def test_squares_of_letters_lie_side_by_side() -> None:
    corners = {}
    for letters in map("".join, itertools.product("HJNOST", "ABCDEFGHJKLMNOPQRSTUVWXYZ")):
        if (square := grid_square(f"{letters} 0 0")) is not None:
            corners[letters] = (int(square.easting) // 100_000, int(square.northing) // 100_000)
    assert len(set(corners.values())) == len(corners)
    assert (corners["SV"], corners["TQ"], corners["TL"], corners["NY"]) == ((0, 0), (5, 1), (5, 2), (3, 5))


def test_two_columns_are_joined_by_mapping_or_by_their_titles() -> None:
    times = {"t": ("", "fix")}
    mapped = Columns(["D", "C", "x"], ["t", "x"], ColumnMapping.of_pairs(pairs_of(["t=D+C"])), times)
    assert mapped.texts(["2019-10-03", "21:04", "1"]) == {"t": "2019-10-03 21:04", "x": "1"}
    found = Columns(["Fix Date", "Fix Time", "x"], ["t", "x"], ColumnMapping(), times)
    assert (found.theirs["t"], found.unread) == ("Fix Date+Fix Time", [])
    alone = Columns(["t", "date", "time"], ["t"], ColumnMapping(), times)
    assert (alone.theirs, alone.unread) == ({"t": "t"}, ["date", "time"])
    with pytest.raises(BadMapping, match=r"no column D\+X"):
        Columns(["D", "C"], ["t"], ColumnMapping.of_pairs({"t": "D+X"}), times)
    left = Columns(["t", "x"], ["t", "x"], ColumnMapping.of_pairs(pairs_of(["x="])))
    assert left.unread == ["x"]


def test_a_column_that_changes_the_meaning_is_named() -> None:
    titles = ["valid", "visible", "Time Zone", "speed_knots", "note", "network", "isMock", "import-marked-outlier"]
    said = " ".join(warnings_of(titles, of_positions=True))
    assert [title for title in titles if f"{title} was not read" in said] == [t for t in titles if t != "note"]
    assert "network" not in " ".join(warnings_of(titles))
