"""Files of police.uk as counts by borough and month."""

from pathlib import Path

import pytest

from tests.support.street_files import HEADER, street_file
from tracker.errors import BadEntry
from tracker.evaluation.imports.street_counts import street_counts


def test_crimes_are_counted_by_borough_and_month(tmp_path: Path) -> None:
    first = street_file(
        tmp_path / "2019-02-metropolitan-street.csv", "2019-02",
        [("Lambeth 011B", "Robbery", 3), ("Kingston upon Thames 001A", "Robbery", 1), ("Lambeth 002C", "Burglary", 2),
         ("", "Robbery", 4), ("Dartford 001A", "Robbery", 5)],
    )  # fmt: skip
    second = street_file(tmp_path / "2019-03-metropolitan-street.csv", "2019-03", [("Lambeth 011B", "Robbery", 6)])
    found = street_counts([first, second], ["Robbery"])
    assert found.counts == {
        ("Lambeth", "2019-02"): 3, ("Kingston upon Thames", "2019-02"): 1, ("Lambeth", "2019-03"): 6,
    }  # fmt: skip
    assert (found.crimes, found.no_place, found.elsewhere, found.other_types) == (10, 4, 5, 2)
    whole = street_counts([first, second])
    assert whole.counts["Lambeth", "2019-02"] == 5
    assert whole.types == ("Burglary", "Robbery")


def test_what_is_no_street_file_says_what_would_be(tmp_path: Path) -> None:
    good = street_file(tmp_path / "a.csv", "2019-02", [("Lambeth 011B", "Robbery", 1)])
    copy = tmp_path / "b.csv"
    copy.write_bytes(good.read_bytes())
    with pytest.raises(BadEntry, match=r"b\.csv holds the same as a\.csv"):
        street_counts([good, copy])
    with pytest.raises(BadEntry, match="no crime is of the type 'Robery'; the types in these files are Robbery"):
        street_counts([good], ["Robery"])
    other = tmp_path / "other.csv"
    other.write_text("borough,month,count\nLambeth,2019-02,3\n")
    with pytest.raises(BadEntry, match="has no column 'Month'; its columns are borough, month, count"):
        street_counts([other])
    wrong = street_file(tmp_path / "wrong.csv", "2019-13", [("Lambeth 011B", "Robbery", 1)])
    with pytest.raises(BadEntry, match=r"wrong\.csv, row 2: Month is '2019-13'"):
        street_counts([wrong])
    empty = tmp_path / "empty.csv"
    empty.write_text(HEADER + "\n")
    with pytest.raises(BadEntry, match=r"empty\.csv has no row"):
        street_counts([empty])
    with pytest.raises(BadEntry, match="no file is given"):
        street_counts([])
    nothing = tmp_path / "nothing.csv"
    nothing.write_bytes(b"")
    with pytest.raises(BadEntry, match=r"nothing\.csv cannot be read"):
        street_counts([nothing])
