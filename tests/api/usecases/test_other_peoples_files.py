"""Every kind of file as other people send it: read, refused or asked about alike, and inspected without being taken."""

import io
import shlex
import zipfile
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import click
import pytest

from api.cli.commands.import_inspect import KINDS
from api.cli.main import cli
from api.schemas.imports import FileKind, ImportOptions
from api.schemas.inspection import Inspection
from api.usecases.imports.emails import attachment_of, is_email
from api.usecases.imports.inspect_file import EVERY_KIND, SEEN, Read, inspect_file
from api.usecases.imports.readers import RowsSeen, rows_seen
from api.views.imports import inspection_in_words
from api.wording.imports import COMMANDS
from geo.errors import UnreadableFile
from geo.spreadsheet import damaged_id
from tests.support.crime_files import batch_row

NOW = datetime(2019, 12, 1, tzinfo=UTC)
T = "2019-10-03T21:04:00Z"
FILES: dict[str, tuple[str, str]] = {
    "crimes": ("force,crime_type,crime_ref,t_from,t_to,lat,lng", f"Metropolitan,RB,ID,{T},{T},51.5007,-0.1246"),
    "fixes": ("device_id,t,lat,lon", f"ID,{T},51.5007,-0.1246"),
    "events": ("device_id,t,event", f"ID,{T},strap"),
    "assignments": ("device_id,wearer_id,from,to", f"ID,W1,{T},"),
    "stock": ("device_id,at,move", f"ID,{T},received"),
    "releases": ("name,crn,planned_release", "A Person,ID,2019-10-03"),
    "ledger": ("reference,date,line,amount", "ID,2019-10-03,tagging,12"),
    "reoffences": ("person,offence_date,offence_code,source", "ID,2019-10-03,8/1,PNC"),
    "comparison": ("reference,released_on,source", "ID,2019-10-03,MoJ"),
    "characteristics": ("person,characteristic,group,source", "ID,disability,yes,survey"),
    "benchmarks": ("population,characteristic,group,count,period,source", "sentenced,sex,male,100,2019,MoJ"),
    "knife-crime": ("borough,year,count,published,source,licence", "Camden,2018,100,2019-10-03,MPS,OGL"),
}
"""A header and a good row of every kind; ID stands for an id or a reference."""
IDS = {"releases": "X123456"}
NO_IDS = {"benchmarks", "knife-crime"}
"""Kinds whose rows name nobody and nothing."""
TIMED = ("crimes", "fixes", "events", "assignments", "stock")


def text_of(kind: str, *changes: tuple[str, str], rows: int = 1) -> str:
    header, row = FILES[kind]
    row = row.replace("ID", IDS.get(kind, "A1"))
    for old, new in changes:
        assert old in row
        row = row.replace(old, new)
    return f"{header}\n" + f"{row}\n" * rows


def seen(tmp_path: Path, kind: Any, text: str, **how: Any) -> RowsSeen:
    path = tmp_path / "sent.csv"
    path.write_text(text, newline="")
    return rows_seen(path, kind, ImportOptions(**how), SEEN, now=NOW, today=date(2019, 12, 1))


def inspected(path: Path, *kinds: FileKind, **how: Any) -> Inspection:
    return inspect_file(path, Read(ImportOptions(**how), NOW, date(2019, 12, 1)), kinds or EVERY_KIND, path.name)


def runs(line: str, path: Path) -> bool:
    """Whether the command line takes what was printed; it is read, and not run."""
    words = [str(path) if word.endswith("sent.csv") else word for word in shlex.split(line)[1:]]
    command: Any = cli
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command), words)
    command.make_context("import", words)
    return True


def test_every_kind_is_tried_here() -> None:
    assert set(FILES) == set(EVERY_KIND) == set(KINDS)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_good_row_is_good_and_blank_rows_are_no_rows(tmp_path: Path, kind: str) -> None:
    read = seen(tmp_path, kind, text_of(kind) + ",,\n , ,,\n")
    assert (read.rows, read.good, read.blank, read.faults) == (1, 1, 2, [])


@pytest.mark.parametrize(
    "value",
    [
        "3.52E+14", "12.0", "03-Oct", "04/10/2019", "2019-10-04 00:00:00", '"352,099,001"', "'352099001",
        '"=""352099001"""',
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind not in NO_IDS])
def test_an_id_that_a_spreadsheet_destroyed_is_rejected_in_every_kind(tmp_path: Path, kind: str, value: str) -> None:
    read = seen(tmp_path, kind, text_of(kind, (f"{IDS.get(kind, 'A1')},", f"{value},")))
    assert (read.good, [fault.rule for fault in read.faults]) == (0, ["DAMAGED_ID"])
    assert read.faults[0].row == 1
    assert "spreadsheet" in read.faults[0].what_to_do


@pytest.mark.parametrize("value", ["4417/19", "01/23456/19", "04-10-19", "1E5", "A1,234", "12,34"])
def test_an_id_that_only_resembles_a_date_or_a_number_is_taken(value: str) -> None:
    assert damaged_id(value) is None


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_column_that_is_not_read_is_named_and_may_hold_line_breaks(tmp_path: Path, kind: str) -> None:
    header, row = text_of(kind).splitlines()
    read = seen(tmp_path, kind, f'{header},valid\n{row},"no\nor yes"\n{row},yes\n')
    assert (read.rows, read.unread) == (2, ["valid"])
    assert read.good >= 1


@pytest.mark.parametrize(
    ("dates", "written"), [("dd/mm/yyyy", "03/10/2019"), ("mm/dd/yyyy", "10/03/2019"), ("dd/mm/yyyy", "3.10.2019")]
)
@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if "2019-10-03" in FILES[kind][1]])
def test_dates_are_read_in_the_declared_order_in_every_kind(
    tmp_path: Path, kind: str, dates: str, written: str
) -> None:
    old, new = (T, f"{written} 21:04") if T in FILES[kind][1] else ("2019-10-03", written)
    text = text_of(kind, (old, new))
    assert seen(tmp_path, kind, text, dates=dates).good == 1
    refused = seen(tmp_path, kind, text)
    assert refused.good == 0
    assert "dates" in refused.faults[0].what_to_do


@pytest.mark.parametrize("kind", TIMED)
def test_date_and_time_in_two_columns_in_every_kind_with_times(tmp_path: Path, kind: str) -> None:
    header, row = text_of(kind).splitlines()
    named = {"crimes": "t_from", "fixes": "t", "events": "t", "assignments": "from", "stock": "at"}[kind]
    header = ",".join("Day" if title == named else title for title in header.split(","))
    text = f"{header},Clock\n{row.replace(T, '03/10/2019', 1)},22:04\n"
    read = seen(tmp_path, kind, text, dates="dd/mm/yyyy", map={named: "Day+Clock"}, zone="Europe/London")
    assert (read.good, read.read_as[named], read.zoneless) == (1, "Day+Clock", True)


@pytest.mark.parametrize("clock", ["2204", "2204hrs", "2204 hours", "10:04 pm"])
@pytest.mark.parametrize("kind", TIMED)
def test_a_time_of_day_as_police_write_it_in_every_kind_with_times(tmp_path: Path, kind: str, clock: str) -> None:
    read = seen(tmp_path, kind, text_of(kind, (T, f"03/10/2019 {clock}")), dates="dd/mm/yyyy", zone="Europe/London")
    assert (read.good, read.faults) == (1, [])
    for short in ("904", "2504", "2260"):
        text = text_of(kind, (T, f"03/10/2019 {short}"))
        assert seen(tmp_path, kind, text, dates="dd/mm/yyyy", zone="Europe/London").good == 0


@pytest.mark.parametrize("kind", TIMED)
def test_an_hour_that_happened_twice_is_refused_in_every_kind_with_times(tmp_path: Path, kind: str) -> None:
    read = seen(tmp_path, kind, text_of(kind, (T, "27/10/2019 01:30")), dates="dd/mm/yyyy", zone="Europe/London")
    assert (read.good, {fault.rule for fault in read.faults}) == (0, {"AMBIGUOUS_TIME"})


@pytest.mark.parametrize("spelt", ["NULL", "#N/A", "n/a", "NaN", "-"])
def test_nothing_in_an_optional_column_is_nothing(tmp_path: Path, spelt: str) -> None:
    assert seen(tmp_path, "assignments", f"device_id,wearer_id,from,to\nA,W,{T},{spelt}\n").good == 1
    degrees = (
        f"force,crime_type,crime_ref,t,easting,northing,latitude,longitude\nMet,RB,A1,{T},{spelt},{spelt},51.5,-0.1\n"
    )
    assert seen(tmp_path, "crimes", degrees).good == 1
    changes = {"easting": spelt, "northing": spelt, "latitude": "51.5", "longitude": "-0.12", "datum": spelt}
    assert seen(tmp_path, "crimes", batch_row(**changes), format="ministry").good == 1
    missing = seen(tmp_path, "assignments", f"device_id,wearer_id,from,to\n{spelt},W,{T},\n")
    assert [fault.rule for fault in missing.faults] == ["MISSING_DEVICE"]


@pytest.mark.parametrize("spelt", ["NULL", "#N/A", "N/A", "-"])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_nothing_in_a_column_that_has_to_be_filled_is_missing(tmp_path: Path, kind: str, spelt: str) -> None:
    header, row = text_of(kind).splitlines()
    for at, title in enumerate(header.split(",")):
        fields = row.split(",")
        fields[at] = spelt
        written = seen(tmp_path, kind, f"{header}\n{','.join(fields)}\n")
        fields[at] = ""
        empty = seen(tmp_path, kind, f"{header}\n{','.join(fields)}\n")
        assert written.good == empty.good, title
        if kind not in ("fixes", "events"):
            assert [fault.rule for fault in written.faults] == [fault.rule for fault in empty.faults], title
        shown = [fault.value for fault in written.faults if fault.field == title]
        assert kind not in ("crimes", "assignments", "stock", "ledger") or shown in ([], [spelt]), title


@pytest.mark.parametrize(
    "header",
    [
        "Force,Offence,Crime Ref,Date From,Time From,Date To,Time To,Easting,Northing",
        "police_force;Offence Type;Crime No;Committed From;x;Committed To;y;lat;lon",
        "force|offence|CRIS No|t_from|p|t_to|q|grid_ref|r",
    ],
)
def test_headers_of_the_police_are_recognised(tmp_path: Path, header: str) -> None:
    sign = next(sign for sign in ",;|" if sign in header)
    place = ["530268", "179640"] if sign == "," else ["51.5007", "-0.1246"] if sign == ";" else ["TQ 302 796", ""]
    times = ["2019-10-03", "21:00", "2019-10-03", "21:20"] if sign == "," else [T, "", T, ""]
    read = seen(tmp_path, "crimes", f"{header}\n" + sign.join(["Met", "RB", "A1", *times, *place]) + "\n")
    assert (read.good, read.faults) == (1, [])


def test_a_file_of_crimes_without_a_place_says_every_way_to_give_one(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(f"force,offence,crime_ref,t\nMet,RB,A1,{T}\n")
    why = inspected(path, "crimes").why or ""
    assert all(words in why for words in ("latitude and longitude", "easting", "grid_reference=<column>"))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_inspection_finds_the_kind_and_says_what_is_read(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(text_of(kind, rows=2))
    found = inspected(path)
    assert found.kind == kind
    assert [column.read_as is not None for column in found.columns] == [True] * len(found.columns)
    last = inspection_in_words(found, "/some where/sent.csv")[-1]
    assert last.startswith(f"  tagpilot {COMMANDS[kind]} '/some where/sent.csv'")
    assert runs(last, path)


def test_inspection_says_which_order_of_dates_would_do(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(text_of("fixes", (T, "03/10/2019 21:04")))
    both = inspected(path)
    assert [other.option for other in both.other_readings] == ["--dates dd/mm/yyyy", "--dates mm/dd/yyyy"]
    assert "does not say which" in both.pass_[0]
    path.write_text(text_of("fixes", (T, "23/10/2019 21:04")))
    assert inspected(path).pass_ == ["--dates dd/mm/yyyy"]


def test_a_date_that_can_be_one_day_alone_says_the_order_of_all(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    header, row = text_of("fixes").splitlines()
    path.write_text("\n".join([header, *(row.replace(T, f"{day}/10/2019 21:04") for day in ("03", "04", "23"))]) + "\n")
    found = inspected(path)
    assert [(each.option, each.good) for each in found.other_readings] == [
        ("--dates dd/mm/yyyy", 3),
        ("--dates mm/dd/yyyy", 2),
    ]
    assert found.pass_ == ["--dates dd/mm/yyyy"]


def test_the_command_that_inspection_ends_with_has_every_option_that_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text("Type;Day;Clock;lat;lon\nRB;23/10/2019;21:04;51.5;-0.12\n")
    pairs = {"force": "=Metropolitan Police", "crime_type": "Type", "t": "Day+Clock"}
    given: dict[str, Any] = {"map": pairs, "zone": "Europe/London", "delimiter": "semicolon", "ref_from_row": True}
    last = inspection_in_words(inspected(path, "crimes", **given), str(path))[-1]
    assert last == (
        f"  tagpilot import crimes {path} --format headed --map 'force==Metropolitan Police' --map crime_type=Type "
        "--map t=Day+Clock --delimiter semicolon --zone Europe/London --ref-from-row --dates dd/mm/yyyy"
    )
    assert runs(last, path)
    path.write_text(text_of("fixes", rows=1).replace("lat,lon", "lat,lon,speed,hdop").replace("-0.1246", "-0.1246,1,2"))
    fixes: dict[str, Any] = {"speed_unit": "m/s", "crs": "wgs84", "metres_per_dop": 5.0, "accuracy_level": 95}
    last = inspection_in_words(inspected(path, "fixes", **fixes), str(path))[-1]
    assert last.endswith("--crs wgs84 --accuracy-level 95 --metres-per-dop 5 --speed-unit m/s")
    assert runs(last, path)


def test_no_command_is_advised_for_a_file_of_which_nothing_could_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(text_of("fixes", ("A1", "3.52E+14"), rows=40))
    lines = inspection_in_words(inspected(path), "sent.csv")
    assert not any("tagpilot import" in line for line in lines)
    assert "mend what the rows above say" in lines[-1]
    assert sum("DAMAGED_ID: This" in line for line in lines) == 3
    assert "    ... and 37 more rows with such faults" in lines
    path.write_text(FILES["fixes"][0] + "\n")
    assert inspection_in_words(inspected(path), "sent.csv")[-1] == "  The file has no rows."


def test_inspection_says_which_crimes_could_not_be_matched(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    header, row = text_of("crimes").replace(",lat,lng", ",grid_reference").splitlines()
    good, coarse, nowhere = (row.replace("51.5007,-0.1246", place) for place in ("TQ 302 796", "TQ 30 79", ""))
    path.write_text(f"{header}\n{good}\n{coarse}\n{coarse}\n{nowhere}\n")
    assert [note for note in inspected(path).notes if "not matchable" in note] == [
        "2 will be listed as not matchable: the place is not known well enough (location_too_coarse)",
        "1 will be listed as not matchable: no place was given (no_location)",
    ]


def test_inspection_of_the_ministrys_batch_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(batch_row())
    columns = inspected(path).columns
    assert (columns[0].title, columns[0].read_as, len(columns)) == ("column 1", "policeForce", 13)


@pytest.mark.parametrize("title", ["Acc", "hAcc", "Position Error", "gps:accuracy"])
def test_a_column_that_may_be_the_accuracy_and_was_not_read_is_named(tmp_path: Path, title: str) -> None:
    path = tmp_path / "sent.csv"
    header, row = text_of("fixes").splitlines()
    path.write_text(f"{header},{title}\n{row},8\n")
    warnings = inspected(path, "fixes").warnings
    assert any(f"map accuracy_m={title}" in each for each in warnings)
    assert "no column is known to hold the accuracy" in warnings
    assert inspected(path, "fixes", map={"accuracy_m": title}).warnings == []


def test_inspection_reads_the_first_rows_only_and_says_that_there_are_more(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    for kind in ("fixes", "assignments"):
        path.write_text(text_of(kind, rows=SEEN + 1))
        assert (inspected(path, kind).rows, inspected(path, kind).more) == (SEEN, True)
        path.write_text(text_of(kind, rows=SEEN))
        assert (inspected(path, kind).rows, inspected(path, kind).more) == (SEEN, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"TAG1,{T},51.5,-0.12\nTAG1,{T},51.5,-0.12\n", "The first line holds values"),
        ("03/10/2019 21:04;TAG1;51,5;-0,12\n" * 2, "The first line holds values"),
        (
            "Tags,,,\nPrinted 3 October 2019,,,\n,,,\ndevice_id,t,lat,lon\n" + f"A,{T},51.5,-0.1\n",
            "take out what stands above it",
        ),
        ("Export of Monday\ndevice_id,t,lat,lon\n" + f"A,{T},51.5,-0.1\n", "take out what stands above it"),
    ],
)
def test_a_file_whose_first_line_is_not_its_header_is_told_so(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(text)
    found = inspected(path)
    assert found.kind is None
    assert says in found.notes[0]
    assert any(says in line for line in inspection_in_words(found, "sent.csv"))


@pytest.mark.parametrize("place", ["location", "geom", "what3words"])
def test_a_position_in_one_column_is_a_fix_without_its_two_columns(tmp_path: Path, place: str) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(f'device_id,t,{place}\nA,{T},"51.5,-0.1"\n')
    assert (inspected(path).why or "").startswith("As fixes: The file has no column lat, lon.")


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "# Notes\n\nSome, more, or, less text.\n", "x\n"])
def test_what_is_of_no_kind_is_said_to_be_of_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(text)
    found = inspected(path)
    assert (found.kind, found.rows) == (None, 0)
    assert inspection_in_words(found, "sent.csv")[0] == "sent.csv: of no kind that is known. Nothing was stored."


def email(*attachments: tuple[str, bytes, str], text: str = "See the file.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@force.example", "b@force.example", "October"
    mail.set_content(text)
    for name, content, kind in attachments:
        main, sub = kind.split("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def test_the_one_attachment_of_an_email_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sent.eml"
    content = text_of("fixes").encode()
    path.write_bytes(email(("../Oct ober;.csv", content, "text/csv"), ("logo.png", b"\x89PNG", "image/png")))
    assert is_email(path)
    assert attachment_of(path) == ("Oct ober_.csv", content)
    assert (inspected(path).kind, inspected(path).good) == ("fixes", 1)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([], "an e-mail with no attachment"),
        ([("a.csv", b"a", "text/csv"), ("b.csv", b"b", "text/csv")], "an e-mail with 2 attachments"),
        ([("logo.png", b"\x89PNG", "image/png")], "no attachment"),
    ],
)
def test_an_email_without_one_attachment_says_what_to_do(tmp_path: Path, parts: Any, says: str) -> None:
    path = tmp_path / "sent.eml"
    path.write_bytes(email(*parts))
    with pytest.raises(UnreadableFile, match=f"{says}.*[Gg]ive"):
        inspected(path)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


FORM = b'--b0\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n--b0--\r\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook.*Save As"),
        (zipped("word/document.xml"), "Word document"),
        (zipped("may.csv"), "zip archive. Unpack it"),
        (b"\xd0\xcf\x11\xe0 message", r"Outlook message \(\.msg\)"),
        (b"\x1f\x8b\x08", "compressed. Unpack"),
        (b"7z\xbc\xaf\x27\x1c\0\0", "compressed. Unpack"),
        (b"Rar!\x1a\x07\0", "compressed. Unpack"),
        (zipped("mimetype", "content.xml"), "OpenDocument.*'Text CSV'"),
        (zipped("doc.kml"), r"map \(KMZ\)"),
        (b"%PDF-1.4", "PDF document"),
        (rb"{\rtf1 device_id,t}", "Rich Text"),
        (b"SQLite format 3\0", "database.*Export the table"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"$GPRMC,210412,A,5130.042,N,00007.476,W,0.0,0.0,031019,,,A*6C\n", r"NMEA 0183\).*device_id, t"),
        ("device_id,t,lat,lon\nA,B,1,2\n".encode("utf-16-le"), "UTF-16. Save it as CSV UTF-8"),
        ("device_id\tt\tlat\tlon\n".encode("utf-16-be"), "UTF-16. Save it as CSV UTF-8"),
        (b"device_id,t,la\0t,lon\nA,B,1,2\n", "first line holds zero bytes"),
        (b"<html><table>", "web page"),
        (b'<?xml version="1.0"?><gpx/>', "GPX"),
        (b'{"type": "FeatureCollection"}', "JSON"),
        (b'[{"device_id": 1}]', "JSON"),
        (FORM, "web form.*--data-binary"),
    ],
)
def test_what_is_no_table_says_what_it_is_and_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "sent.csv"
    path.write_bytes(content)
    for kind in ("crimes", "fixes"):
        with pytest.raises(UnreadableFile, match=f"(?s){says}"):
            rows_seen(path, kind, ImportOptions(), SEEN, now=NOW, today=date(2019, 12, 1))


@pytest.mark.parametrize("header", ["Date From,Date To", "Start Date,End Date", "Committed From,Committed To"])
def test_columns_of_dates_may_hold_times_of_day_too(tmp_path: Path, header: str) -> None:
    row = "Met,RB,A1,03/10/2019 21:00,03/10/2019 21:20,530268,179640"
    text = f"Force,Offence,Crime Ref,{header},Easting,Northing\n{row}\n"
    assert seen(tmp_path, "crimes", text, dates="dd/mm/yyyy").good == 1
    alone = text.replace(" 21:00", "").replace(" 21:20", "")
    (fault, _) = seen(tmp_path, "crimes", alone, dates="dd/mm/yyyy").faults
    assert "t=Date+Time" in fault.what_to_do or "without a time of day" in fault.what_to_do


@pytest.mark.parametrize(
    ("written", "zone", "dates", "told"),
    [
        ("2019-07-03 21:04", "UTC", "yyyy-mm-dd", True),
        ("3/7/2019 9:04 pm", "UTC", "dd/mm/yyyy", True),
        ("2019-07-03 21:04", "Europe/London", "yyyy-mm-dd", False),
        ("2019-07-03T21:04:00+01:00", "UTC", "yyyy-mm-dd", False),
        ("3 July 2019 21:04 BST", "UTC", "dd/mm/yyyy", False),
        ("2018-12-03 21:04", "UTC", "yyyy-mm-dd", False),
    ],
)
def test_a_crime_s_summer_time_that_states_no_offset_is_warned_of(
    tmp_path: Path, written: str, zone: str, dates: str, told: bool
) -> None:
    header, row = FILES["crimes"]
    path = tmp_path / "sent.csv"
    path.write_text(f"{header.replace('t_from', 'Committed From')}\n{row.replace(T, written, 1)}\n", newline="")
    found = inspected(path, "crimes", zone=zone, dates=dates)
    assert (found.good, found.format) == (1, "headed")
    warned = [each for each in found.warnings if "states no offset" in each]
    assert [each.split(",")[0] for each in warned] == ["Committed From states no offset"] * told
    assert all("--zone Europe/London (over HTTP zone=Europe/London)" in each for each in warned)


PLACED = "force,crime_ref,t_from,t_to,lat,lng"
AT = f"Metropolitan,A1,{T},{T},51.5007,-0.1246"


@pytest.mark.parametrize(
    ("titles", "rows", "notes", "warnings"),
    [
        ("crime_type,Where", ["RB,12 Brixton Road", "Burglary,Camden"], ["Where holds places"], []),
        ("crime_type,Where", ["RB,SW9 8HF", "RB,Electric Avenue"], ["Where holds places"], []),
        ("Category,Where", ["Robbery,Brixton Road"], ["Category holds offences", "Where holds places"], []),
        ("offence,Category", ["Brixton Road,Robbery"], ["Category holds offences"], ["offence is read as the type"]),
        ("crime_type,Story", ["RB,robbed near the bridge by two people whom nobody knew before that night"], [], []),
        ("crime_type,Ward", ["RB,A12", "RB,"], [], []),
    ],
)
def test_a_column_of_offences_or_of_places_is_said_for_what_it_is(
    tmp_path: Path, titles: str, rows: list[str], notes: list[str], warnings: list[str]
) -> None:
    path = tmp_path / "sent.csv"
    path.write_text("\n".join([f"{PLACED},{titles}", *(f"{AT},{row}" for row in rows)]) + "\n")
    found = inspected(path, "crimes")
    told = [each for each in found.notes if "in words" in each]
    assert [each.startswith(said) for each, said in zip(told, notes, strict=True)] == [True] * len(notes)
    assert [each.startswith(said) for each, said in zip(found.warnings, warnings, strict=True)] == [True] * len(
        warnings
    )
    lines = "\n".join(inspection_in_words(found, "sent.csv"))
    assert all(each in lines for each in (*told, *found.warnings))
    if any("Category" in each for each in notes):
        assert "--map crime_type=Category" in lines
        assert inspected(path, "crimes", map={"crime_type": "Category"}).good == len(rows)
