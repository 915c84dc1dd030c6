"""Tables of people on the wire: one release, and the ledger of all of them."""

from datetime import date, datetime
from typing import Any

from api.schemas.wire import PageAnswer, Wire
from tracker.evaluation.disclosure.space import Cell
from tracker.evaluation.releases.queries import ReleasedTables, cell_of
from tracker.evaluation.releases.service import Released, shares
from tracker.evaluation.releases.told import Told


class CellOut(Wire, frozen=True, kw_only=True):
    """How many people of a group a measure counts; nothing where the count is withheld."""

    measure: str
    as_at: date
    where: dict[str, list[str]]
    people: int | None
    withheld: bool


class RateOut(Wire, frozen=True, kw_only=True):
    """The share of a measure among another, in one group."""

    of: str
    among: str
    where: dict[str, list[str]]
    share: float


class TableAsked(Wire, frozen=True, kw_only=True):
    measure: str
    as_at: date
    by: list[str]
    where: dict[str, list[str]]


class TablesAsked(Wire, frozen=True, kw_only=True):
    tables: list[TableAsked]


class TablesReleased(Wire, frozen=True, kw_only=True):
    """A release of tables, with the rates among them. `k`: counts below it are withheld."""

    release: int
    kind: str
    as_at: date
    k: int
    sha256: str
    words: str
    cells: list[CellOut]
    rates: list[RateOut]


class LedgerEntry(Wire, frozen=True, kw_only=True):
    """One release on the ledger: what was asked, when, by whom."""

    release: int
    kind: str
    as_at: date
    k: int
    asked: TablesAsked
    words: str
    sha256: str
    recorded_at: datetime
    recorded_by: str


class LedgerPage(PageAnswer, frozen=True, kw_only=True):
    items: list[LedgerEntry]


class LedgerRelease(LedgerEntry, frozen=True, kw_only=True):
    """One release as it left."""

    cells: list[CellOut]


def released_out(told: Told[Released]) -> TablesReleased:
    found = told.answer
    protected = found.prepared.protected
    return TablesReleased(
        release=found.number,
        kind=found.kind,
        as_at=found.prepared.as_at,
        k=protected.k,
        sha256=found.sha256,
        words=protected.words(),
        cells=[cell_out(cell, n) for cell, n in protected.cells.items()],
        rates=[
            RateOut(of=r["of"], among=r["among"], where=_where(r["cell"]), share=round(r["share"], 6))
            for r in shares(found.prepared)
        ],
    )


def ledger_out(tables: ReleasedTables) -> LedgerEntry:
    return LedgerEntry(**_entry(tables))


def ledger_release_out(tables: ReleasedTables) -> LedgerRelease:
    cells = [cell_out(cell_of(stored), stored["value"]) for stored in tables.told["cells"]]
    return LedgerRelease(**_entry(tables), cells=cells)


def cell_out(cell: Cell, people: int | None) -> CellOut:
    return CellOut(measure=cell.measure, as_at=cell.as_at, where=_where(cell), people=people, withheld=people is None)


def _where(cell: Cell) -> dict[str, list[str]]:
    return {name: sorted(levels) for name, levels in cell.limits}


def _entry(tables: ReleasedTables) -> dict[str, Any]:
    asked = [
        TableAsked(
            measure=stored["measure"],
            as_at=date.fromisoformat(stored["asAt"]),
            by=stored["by"],
            where=stored["where"],
        )
        for stored in tables.asked["tables"]
    ]
    return {
        "release": tables.number,
        "kind": tables.kind,
        "as_at": tables.as_at,
        "k": tables.k,
        "asked": TablesAsked(tables=asked),
        "words": tables.words,
        "sha256": tables.sha256,
        "recorded_at": tables.recorded_at,
        "recorded_by": tables.recorded_by,
    }
