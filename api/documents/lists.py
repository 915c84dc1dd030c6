"""A list that answers a question, as a sheet."""

from api.documents.sheet import Cell, Sheet
from api.schemas.delivery.lists import ListRowOut, PeopleList

_COLUMNS = (
    "licence",
    "wearer",
    "state",
    "place",
    "place since",
    "screening",
    "proportionate",
    "borough",
    "planned release",
    "licence ends",
    "since",
    "until",
    "tag",
)
_NAMES = ("name", "born", "NOMIS", "CRN", "PNC")


def sheet_of(found: PeopleList, *, names: bool) -> Sheet:
    """`names`: with the columns of names and numbers."""
    about = (
        f"As at {found.as_at}. {found.source}. Rows: {len(found.items)} of {found.total}.",
        f"since, until: {found.since_says}; until is the day after the last.",
        "OFFICIAL-SENSITIVE: personal data. Delete it when it has served.",
    )
    rows = [(*_cells(row), *_named(row)) if names else _cells(row) for row in found.items]
    return Sheet(found.title, about, (*_COLUMNS, *_NAMES) if names else _COLUMNS, rows)


def _cells(row: ListRowOut) -> tuple[Cell, ...]:
    return (
        row.licence,
        row.wearer,
        row.state,
        row.place,
        row.place_since,
        row.answer,
        row.proportionate,
        row.borough,
        row.release_on,
        row.licence_ends_on,
        row.since,
        row.until,
        row.device,
    )


def _named(row: ListRowOut) -> tuple[Cell, ...]:
    if row.person is None:
        return (None,) * len(_NAMES)
    return row.person.name, row.person.born, row.person.nomis_id, row.person.crn, row.person.pnc_id
