"""The same odd file, whatever it holds: every kind of import answers it the same way."""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from geo.csv_records import RECORD_ACTIONS
from geo.errors import BadMapping, FileError, UnreadableFile
from matcher.ingest.events import import_device_events
from matcher.ingest.fixes import import_fixes
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from tests.support.pilot import PILOT, launch_pilot
from tests.support.release_lists import NOW as LISTED
from tests.support.release_lists import imported
from tracker.assignments.importer import import_assignments
from tracker.budget.importer import import_ledger
from tracker.crimes.importer import import_crimes
from tracker.evaluation.imports.files import Kind
from tracker.evaluation.imports.importer import import_evaluation_file
from tracker.knife_crime.importer import import_counts
from tracker.record.engine import make_engine
from tracker.screening.importer import import_releases
from tracker.tags.importer import import_stock

pytestmark = pytest.mark.slow
NOW = datetime(2019, 6, 20, 12, tzinfo=UTC)
TODAY = date(2019, 6, 20)


@dataclass(frozen=True)
class Odd:
    """A kind of file: a good row by column, and a plain text column that may hold anything."""

    row: dict[str, str]
    text: str
    run: Callable[[Engine, Path, Path], Any]
    names: dict[str, str] = field(default_factory=dict)
    personal: bool = False

    def header(self) -> list[str]:
        return [*self.row, "note"]

    def fields(self, **changes: str) -> list[str]:
        return [*(self.row | changes).values(), ""]


def _record(run: Callable[..., Any], **options: Any) -> Callable[[Engine, Path, Path], Any]:
    def do(engine: Engine, path: Path, folder: Path) -> Any:
        found = run(engine, path, rejects_dir=folder / "rejects", by="officer", received_at=NOW, **options)
        return getattr(found, "report", found)

    return do


def _evaluation(kind: Kind) -> Callable[[Engine, Path, Path], Any]:
    def run(engine: Engine, path: Path, **said: Any) -> Any:
        return import_evaluation_file(engine, path, kind, PILOT, today=TODAY, **said)

    return _record(run)


def _fixes(_: Engine, path: Path, folder: Path) -> Any:
    return import_fixes(FixStore.open(folder / "fixes"), path, rejects_dir=folder / "rejects", now=NOW)


def _events(_: Engine, path: Path, folder: Path) -> Any:
    return import_device_events(EventStore(folder / "events"), path, rejects_dir=folder / "rejects", now=NOW)


def _releases(engine: Engine, path: Path, **said: Any) -> Any:
    return import_releases(engine, path, PILOT, today=TODAY, **said)


def _ledger(engine: Engine, path: Path, **said: Any) -> Any:
    return import_ledger(engine, path, PILOT, **said)


def _stock(engine: Engine, path: Path, **said: Any) -> Any:
    return import_stock(engine, path, PILOT, **said)


T = "2019-06-15T12:00:00Z"
KINDS = {
    "fixes": Odd({"device_id": "TAG1", "t": T, "lat": "51.5", "lon": "-0.1"}, "device_id", _fixes),
    "events": Odd({"device_id": "TAG1", "t": T, "event": "battery low"}, "event", _events),
    "assignments": Odd(
        {"device_id": "TAG1", "wearer_id": "W1", "from": T, "to": ""}, "wearer_id", _record(import_assignments)
    ),
    "crimes": Odd(
        {
            "force": "Metropolitan",
            "crime_type": "RB",
            "crime_ref": "C1",
            "t": T,
            "easting": "530000",
            "northing": "180000",
        },
        "crime_ref",
        _record(import_crimes, format="headed"),
    ),
    "police-uk": Odd(
        {
            "Crime ID": "a1",
            "Month": "2019-02",
            "Falls within": "Metropolitan Police Service",
            "Longitude": "-0.1",
            "Latitude": "51.5",
            "Crime type": "Robbery",
        },
        "Crime ID",
        _record(import_crimes, format="police-uk"),
    ),
    "releases": Odd(
        {"nomis_id": "A0001BC", "name": "Sample 1", "planned_release": "2019-07-01", "prison": "HMP Brixton"},
        "prison",
        _record(_releases),
        personal=True,
    ),
    "ledger": Odd(
        {"reference": "L-1", "date": "2019-05-01", "line": "tagging", "amount": "10", "words": "tags"},
        "words",
        _record(_ledger),
    ),
    "reoffences": Odd(
        {"person": "R1", "offence_date": "2019-05-01", "offence_code": "8/26", "source": "PNC"},
        "source",
        _evaluation(Kind.REOFFENCES),
        personal=True,
    ),
    "comparison": Odd(
        {"reference": "R1", "released_on": "2019-05-01", "source": "PNC"},
        "source",
        _evaluation(Kind.COMPARISON),
        personal=True,
    ),
    "characteristics": Odd(
        {"person": "R1", "characteristic": "disability", "group": "none known", "source": "survey"},
        "source",
        _evaluation(Kind.CHARACTERISTICS),
        personal=True,
    ),
    "benchmarks": Odd(
        {
            "population": "sentenced",
            "characteristic": "sex",
            "group": "male",
            "count": "10",
            "period": "2018",
            "source": "MoJ",
        },
        "source",
        _evaluation(Kind.BENCHMARKS),
        personal=True,
    ),
    "stock": Odd({"device_id": "TAG1", "at": T, "move": "received"}, "device_id", _record(_stock)),
    "knife-crime": Odd(
        {
            "borough": "Camden",
            "year": "2018",
            "count": "10",
            "published": "2019-01-01",
            "source": "MPS",
            "licence": "OGL",
        },
        "source",
        _record(import_counts, today=TODAY),
    ),
}


@pytest.fixture(scope="module", params=list(KINDS))
def odd(request: pytest.FixtureRequest) -> Odd:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def folder(odd: Odd, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the pilot on record. One serves all files of a kind: none of them is sent twice."""
    folder = tmp_path_factory.mktemp("odd")
    shutil.copy(sqlite_template, folder / "record.db")
    engine = make_engine(str(folder / "record.db"))
    launch_pilot(engine, LISTED)
    if "person" in odd.row:
        imported(engine, folder, {"wearer_ref": "R1"})
    engine.dispose()
    return folder


@pytest.fixture
def send(odd: Odd, folder: Path) -> Iterator["Send"]:
    """Import bytes as a file of this kind: the report, and the rejects file's lines."""
    engine = make_engine(str(folder / "record.db"))

    def do(data: bytes | str) -> tuple[Any, list[dict[str, str]]]:
        path = folder / "odd.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        report = odd.run(engine, path, folder)
        if report.rejects_path is None:
            return report, []
        with report.rejects_path.open(newline="", encoding="utf-8") as source:
            return report, list(csv.DictReader(source))

    yield do
    engine.dispose()


def text_of(*rows: list[str], delimiter: str = ",", ending: str = "\n") -> str:
    return "".join(delimiter.join(row) + ending for row in rows)


Send = Callable[[bytes | str], tuple[Any, list[dict[str, str]]]]


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"ending": "\r\n"},
        {"delimiter": ";"},
        {"delimiter": "\t"},
        {"delimiter": "|"},
        {"ending": "\r"},
        {"bom": True},
        {"bom": True, "ending": "\r\n", "delimiter": ";"},
        {"lead": "\n  \n"},
        {"between": "\n   \n"},
        {"quoted": True},
        {"capitals": True},
    ],
    ids=str,
)
def test_forms_that_a_spreadsheet_or_another_program_gives_are_read_by_every_kind(
    odd: Odd, send: Send, shape: dict[str, Any]
) -> None:
    delimiter, ending = shape.get("delimiter", ","), shape.get("ending", "\n")
    header, row = odd.header(), odd.fields()
    if shape.get("quoted"):
        header, row = ([f'"{value}"' for value in values] for values in (header, row))
    if shape.get("capitals"):
        header = [f" {title.upper().replace('_', ' ')} " for title in header]
    text = shape.get("lead", "") + text_of(header, delimiter=delimiter, ending=ending)
    text += shape.get("between", "") + text_of(row, delimiter=delimiter, ending=ending)
    report, rejects = send(("\ufeff" if shape.get("bom") else "") + text)
    assert not [fault for fault in rejects if fault["rule"] in RECORD_ACTIONS]
    assert report.rows == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_delimiter_or_a_line_break_in_quotation_marks_belongs_to_the_text(
    odd: Odd, send: Send, delimiter: str
) -> None:
    row = odd.fields()[:-1]
    header = text_of(odd.header(), delimiter=delimiter)
    report, rejects = send(
        header
        + text_of([*row, f'"one{delimiter} two"'], delimiter=delimiter)
        + text_of([*row, '"one\n""two"""'], delimiter=delimiter)
    )
    assert not [fault for fault in rejects if fault["rule"] in RECORD_ACTIONS]
    assert report.rows == 2


BAD = {
    "short": (lambda odd: ",".join(odd.fields()[:-2]), "row", "INVALID_COLUMN_COUNT"),
    "long": (lambda odd: ",".join([*odd.fields(), "more", "still"]), "row", "INVALID_COLUMN_COUNT"),
    "unclosed": (lambda odd: ",".join([*odd.fields()[:-1], '"open']), "row", "UNCLOSED_QUOTE"),
    "stray": (lambda odd: ",".join([*odd.fields()[:-1], '"a"b']), "row", "TEXT_AFTER_QUOTE"),
    "bytes": (lambda odd: ",".join(odd.fields(**{odd.text: "caf\udce9"})), None, "NOT_UTF8"),
    "nul": (lambda odd: ",".join(odd.fields(**{odd.text: "a\x00b"})), None, "INVALID_TEXT"),
    "bell": (lambda odd: ",".join(odd.fields(**{odd.text: "a\x07b"})), None, "INVALID_TEXT"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_record_that_cannot_be_read_is_rejected_alone_with_its_number_and_what_to_do(
    odd: Odd, send: Send, fault: str
) -> None:
    line, name, rule = BAD[fault]
    lines = [",".join(odd.header()), ",".join(odd.fields()), line(odd), "", ",".join(odd.fields())]
    report, rejects = send(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    found = [each for each in rejects if each["rule"] in RECORD_ACTIONS]
    assert [(each["row"], each["field"], each["rule"]) for each in found] == [("2", name or odd.text, rule)]
    assert found[0]["what_to_do"].endswith(RECORD_ACTIONS[rule])
    assert report.rows == 3
    if odd.personal:
        assert found[0]["value"] == ""
    elif fault == "bytes":
        assert found[0]["value"] == "caf\\xe9"
    elif fault == "nul":
        assert found[0]["value"] == "a\\x00b"


def test_bytes_that_are_not_utf8_and_control_characters_in_a_column_that_is_not_read_do_not_matter(
    odd: Odd, send: Send
) -> None:
    row = odd.fields()[:-1]
    text = text_of(odd.header(), [*row, "caf\udce9"], [*row, "a\x00b"])
    report, rejects = send(text.encode("utf-8", "surrogateescape"))
    assert not [fault for fault in rejects if fault["rule"] in RECORD_ACTIONS]
    assert report.rows == 2


def test_a_row_with_a_wrong_number_of_columns_says_how_many_it_has(odd: Odd, send: Send) -> None:
    width = len(odd.header())
    _, rejects = send(text_of(odd.header(), [*odd.fields(), "more"]))
    [fault] = [each for each in rejects if each["row"] != "0"]
    assert fault["what_to_do"] == (
        f"This row has {width + 1} columns, the header {width}. {RECORD_ACTIONS['INVALID_COLUMN_COUNT']}"
    )


REFUSED: dict[str, tuple[Callable[[Odd], str | bytes], type[FileError], str]] = {
    "empty": (lambda _: b"", UnreadableFile, "The file is empty. Its first line is the header"),
    "blank": (lambda _: "\n  \r\n\n", UnreadableFile, "The file is empty. Its first line is the header"),
    "utf-16": (lambda odd: text_of(odd.header()).encode("utf-16"), UnreadableFile, "in UTF-16. Save it as CSV UTF-8"),
    "xlsx": (lambda _: b"PK\x03\x04 a workbook", UnreadableFile, "a spreadsheet or an archive"),
    "header not UTF-8": (lambda _: b"d\xe9vice,t\n", UnreadableFile, "The first line is not UTF-8"),
    "header unclosed": (lambda _: 'a,"b\n1,2\n', UnreadableFile, "The header cannot be read: a quotation mark"),
    "a line of a million": (lambda odd: text_of(odd.header()) + "x" * 5_000_000, UnreadableFile, "no CSV file"),
    "no such column": (lambda _: "a,b\n1,2\n", BadMapping, "The file has no column .* Its columns are a, b"),
    "two of one name": (
        lambda odd: text_of([*odd.header(), odd.text], [*odd.fields(), "x"]),
        BadMapping,
        "The file has 2 columns named .* Rename all but one",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused_with_the_same_words(
    odd: Odd, send: Send, fault: str, folder: Path
) -> None:
    make, error, words = REFUSED[fault]
    before = sorted((folder / "rejects").glob("*"))
    with pytest.raises(error, match=words):
        send(make(odd))
    assert sorted((folder / "rejects").glob("*")) == before
