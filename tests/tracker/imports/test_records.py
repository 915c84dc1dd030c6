"""Records out of CSV text: every line comes out somewhere, whatever the quoting."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.csv_records import Record, Records, as_text, value_fault
from geo.errors import UnreadableFile
from geo.rejects import printable
from tracker.imports.fields import decimal


def _records(data: bytes) -> list[Record]:
    return list(Records(as_text(io.BytesIO(data))))


CELLS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), min_size=2, max_size=5)


@given(st.lists(CELLS, max_size=6), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_comes_back(rows: list[list[str]], bom: bool, line_end: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    records = Records(as_text(io.BytesIO(out.getvalue().encode("utf-8-sig" if bom else "utf-8"))))
    said = [(number, fields) for number, fields in enumerate(rows, 1) if any(map(str.strip, fields))]
    assert [(record.row, record.fields) for record in records] == said
    assert records.blank == len(rows) - len(said)


@given(st.binary(max_size=400))
def test_any_bytes_give_records_numbered_from_one(data: bytes) -> None:
    try:
        text = as_text(io.BytesIO(data))
    except UnreadableFile:
        # Another kind of file, by its first bytes.
        return
    records = Records(text, delimiter=",")
    found = list(records)
    numbers = [record.row for record in found]
    assert numbers == sorted(set(numbers) & set(range(1, len(found) + records.blank + 1)))
    assert all(record.fields for record in found)


def test_a_stray_quotation_mark_costs_its_own_line_and_no_other() -> None:
    found = _records(b'a,b\n"stray,c\nd,e\nf,g\n')
    assert [(r.row, r.fields, r.fault is not None) for r in found] == [
        (1, ["a", "b"], False),
        (2, ['"stray,c'], True),
        (3, ["d", "e"], False),
        (4, ["f", "g"], False),
    ]
    assert found[1].fault is not None
    assert "opened and not closed" in found[1].fault.why


def test_a_stray_mark_is_given_up_even_when_the_next_one_is_thousands_of_lines_away() -> None:
    data = b'"stray,x\n' + b"a,b\n" * 5000 + b'"c",d\n'
    found = _records(data)
    assert len(found) == 5002
    assert [r.row for r in found if r.fault] == [1]
    assert found[-1].fields == ["c", "d"]


def test_a_quoted_field_may_span_lines() -> None:
    assert _records(b'a,"one\r\ntwo, three"\r\nb,c\r\n') == [
        Record(1, ["a", "one\r\ntwo, three"]),
        Record(2, ["b", "c"]),
    ]


def test_text_after_a_closing_mark_is_a_fault_of_that_row() -> None:
    found = _records(b'"a"x,b\nc,d\n')
    assert found[0].fault is not None
    assert "after a closing quotation mark" in found[0].fault.why
    assert found[1] == Record(2, ["c", "d"])


def test_empty_lines_are_no_records() -> None:
    assert [r.fields for r in _records(b"\n\na,b\n\r\n  \nc,d")] == [["a", "b"], ["c", "d"]]


def test_utf_16_is_named_instead_of_spoiling_every_row() -> None:
    with pytest.raises(UnreadableFile, match="UTF-16"):
        _records("a,b\n".encode("utf-16"))


def test_a_line_of_a_million_characters_is_no_csv() -> None:
    with pytest.raises(UnreadableFile, match="no CSV"):
        _records(b"x" * 1_000_001)


def test_a_field_past_the_csv_modules_limit_is_a_fault_of_its_row() -> None:
    found = _records(b"a," + b"x" * 200_000 + b"\nc,d\n")
    assert [r.fault is not None for r in found] == [True, False]


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1_000", "1e5", "5.3E+05", "١٢", "0x10", "1,5", "", " 1", "--1", "1" * 16]
)
def test_only_plain_decimal_numbers_are_numbers(text: str) -> None:
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("530000", 530000.0), ("-0.12", -0.12), ("+.5", 0.5), ("8.6e-05", 8.6e-05)]
)
def test_decimal_numbers_with_signs_points_and_small_exponents_are_read(text: str, value: float) -> None:
    assert decimal(text) == value


def test_bytes_that_are_no_utf_8_are_shown_and_named() -> None:
    field = _records(b"price \xa3 5,b\n")[0].fields[0]
    assert printable(field) == "price \\xa3 5"
    fault = value_fault(field)
    assert fault is not None
    assert "not UTF-8" in fault.why
    fault = value_fault("a\x00b")
    assert fault is not None
    assert "control character \\x00" in fault.why
    assert value_fault("line one\r\nline two\t£") is None
