"""A supplier's file of moves of tags into the record: each by the table of moves, in the file's order."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from geo.mapping import ColumnMapping
from geo.rejects import Reject
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused
from tracker.imports.faults import RowFaults
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.instants import Zone
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.imports.writer import SingleRowWriter
from tracker.programme.queries import portfolio, programme_named
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.record.locks import Lock
from tracker.tags.model_service import put_model
from tracker.tags.service import move_within, receive_within
from tracker.tags.states import TagMove
from tracker.tags.stock_file import ACTIONS, StockRow, read
from tracker.tags.tables import Tag, TagEvent
from tracker.times import AsOf, london_day

PURPOSE = "stock of tags"


def import_stock(
    engine: Engine,
    path: Path,
    programme: str,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    zone: Zone | str = Zone.UTC,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of moves of tags. Raises as `import_file` does, and NotFound for an unknown programme."""
    zone, fitted = Zone.named(zone), ColumnMapping.of(mapping)
    kind: FileOfKind[StockRow] = FileOfKind(
        kind=FileKind.STOCK,
        purpose=PURPOSE,
        options={"programme": programme, "zone": zone.value, "mapping": fitted.to_json()},
        read=lambda found: read(found, zone, fitted, received_at),
        writer=lambda entry, _: StockWriter(entry, programme),
        # Fittings by hand and by file take turns with the loss of a fitted tag.
        lock=Lock.ASSIGNMENTS,
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    return import_file(engine, path, kind, **how).report


class StockWriter(SingleRowWriter[StockRow]):
    """Writes one move after the other. One that is on record, at the same instant, is the same and changes nothing."""

    def __init__(self, entry: Entry, programme: str) -> None:
        super().__init__()
        self._entry = entry
        self._programme_id, key, _ = programme_named(entry.connection, programme)
        self._contracts = {
            row["key"] for row in portfolio(entry.connection, key, AsOf(london_day(entry.at))).of("contract")
        }

    def write_row(self, row: StockRow) -> Sequence[Reject]:
        """Write one row, count it as unchanged, or return its fault."""
        faults = RowFaults(row.row, ACTIONS)
        if row.contract is not None and row.contract not in self._contracts:
            why = f"the programme's contracts are {', '.join(sorted(self._contracts)) or 'none'}"
            faults.add("contract", row.contract, "NO_SUCH_CONTRACT", why)
            return faults.found
        tag = self._entry.connection.execute(
            select(Tag.id, Tag.programme_id).where(Tag.device_id == row.device_id)
        ).first()
        if tag is not None and tag.programme_id == self._programme_id and self._on_record(tag.id, row):
            self.same += 1
            return ()
        if row.move is not TagMove.RECEIVE and (tag is None or tag.programme_id != self._programme_id):
            faults.add("device_id", row.device_id, "UNKNOWN_TAG")
            return faults.found
        if tag is not None and tag.programme_id != self._programme_id:
            faults.add("device_id", row.device_id, "UNKNOWN_TAG", "the tag is another programme's")
            return faults.found
        return self._written(row, faults)

    def _written(self, row: StockRow, faults: RowFaults) -> Sequence[Reject]:
        entry = self._entry
        enter: Callable[[], object] = (
            (lambda: receive_within(entry, self._programme_id, row.device_id, row.at, row.contract))
            if row.move is TagMove.RECEIVE
            else (lambda: move_within(entry, row.device_id, row.move, row.at))
        )
        try:
            enter()
        except IllegalMove as error:
            faults.add("move", row.move.value, "ILLEGAL_MOVE", str(error).rstrip("."))
        except BadEntry:
            faults.add("at", row.at.isoformat(), "OUT_OF_ORDER", "an earlier row or an entry has a later move")
        except (NotFound, Refused) as error:
            faults.add("device_id", row.device_id, "SAME_BUT_FOR_CASE", str(error).rstrip("."))
        else:
            if row.model is not None:
                put_model(entry, row.device_id, row.model)
            self.kept += 1
        return faults.found

    def _on_record(self, tag_id: int, row: StockRow) -> bool:
        same = TagEvent.tag_id == tag_id, TagEvent.move == row.move, TagEvent.at == row.at
        return self._entry.connection.scalar(select(TagEvent.id).where(known(TagEvent), *same)) is not None
