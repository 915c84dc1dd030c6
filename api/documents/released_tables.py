"""Tables of people as they left: one sheet for pages, CSV and a workbook to the standard of the Government Statistical
Service. A count that is withheld is [c] in each."""

from collections.abc import Sequence

from api.documents.gss import WITHHELD, Tables, as_gss_workbook
from api.documents.sheet import Cell, Sheet, as_csv
from api.schemas.evaluation.tables import CellOut, LedgerRelease
from tracker.evaluation.people.subject import ATTRIBUTES

ALL = "all"


def sheet_of(release: LedgerRelease) -> Sheet:
    divided = [name for name in ATTRIBUTES if any(name in cell.where for cell in release.cells)]
    columns = ("Measure", "As at", *(name.capitalize() for name in divided), "People")
    about = (f"Release {release.release}, as at {release.as_at}: {release.words}.",)
    return Sheet(_title(release), about, columns, [_row(cell, divided) for cell in release.cells])


def csv_of(release: LedgerRelease) -> bytes:
    return as_csv(sheet_of(release))


def workbook_of(release: LedgerRelease) -> bytes:
    sheet = sheet_of(release)
    about = (
        f"Left on {release.recorded_at:%Y-%m-%d}, asked for by {release.recorded_by}. Counts below {release.k} are "
        "withheld, and others that would tell them.",
    )
    notes = (f"{release.words.capitalize()}.",)
    return as_gss_workbook(
        Tables(sheet.title, about, notes, "TagPilot, the record of the programme", {"People": (sheet, (1,))})
    )


def _title(release: LedgerRelease) -> str:
    measures = list(dict.fromkeys(cell.measure for cell in release.cells))
    return f"People {', '.join(measures)}, release {release.release}"


def _row(cell: CellOut, divided: Sequence[str]) -> tuple[Cell, ...]:
    levels = (" or ".join(cell.where[name]) if name in cell.where else ALL for name in divided)
    return (cell.measure, cell.as_at, *levels, WITHHELD if cell.people is None else cell.people)
