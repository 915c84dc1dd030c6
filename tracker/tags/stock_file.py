"""A supplier's file of moves of tags, CSV with a header: received, faulty, repaired, lost, found, returned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from geo.csv_records import RECORD_ACTIONS, Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.imports.fields import text_fault
from tracker.imports.instants import TimeFault, Zone, iso
from tracker.imports.rows import HeadedRow, ReadRow, columns_of, headed_rows
from tracker.tags.states import TagMove

COLUMNS = ("device_id", "at", "move", "contract", "model")
REQUIRED = ("device_id", "at", "move")
TIMES = {"at": ("", "move")}
IDS = ("device_id", "contract", "model")
LONGEST = {"device_id": 200, "contract": 64, "model": 64}
MOVES = {
    "received": TagMove.RECEIVE,
    "faulty": TagMove.FAULT,
    "repaired": TagMove.REPAIR,
    "lost": TagMove.LOSE,
    "found": TagMove.FIND,
    "returned": TagMove.RETURN,
}
"""What a supplier reports. Fittings and removals are a file of assignments."""
ACTIONS = RECORD_ACTIONS | {
    "MISSING_DEVICE": "Give the id of the device.",
    "INVALID_AT": "Give the instant of the move as a real date and time, such as 2019-05-01T09:30:00Z.",
    "AMBIGUOUS_TIME": "Send the time in UTC, or with its offset.",
    "MISSING_TIME": "Correct the time: clocks went from 01:00 to 02:00 that night.",
    "IN_THE_FUTURE": "Give a move that has happened, or correct its time.",
    "INVALID_MOVE": f"Give one of {', '.join(MOVES)}; fittings and removals come as a file of assignments.",
    "UNKNOWN_TAG": "Send a row that says when the tag was received, or correct the id.",
    "SAME_BUT_FOR_CASE": "Write the id as it is on record, in capitals and small letters alike.",
    "NO_SUCH_CONTRACT": "Give a contract of this programme, or leave it empty.",
    "OUT_OF_ORDER": "Send the moves of a tag in the order of time; a wrong one on record is the officer's to correct.",
    "ILLEGAL_MOVE": "Correct the row, or send the move that is missing before it.",
}
"""Every rule a row can break, and what its sender is to do."""


@dataclass(frozen=True, slots=True)
class StockRow:
    """A move of a tag at an instant. `contract`, `model`: of one that is received; None: the file does not say."""

    row: int
    device_id: str
    at: datetime
    move: TagMove
    contract: str | None
    model: str | None


def read(records: Records, zone: Zone, mapping: ColumnMapping, now: datetime) -> Iterator[ReadRow[StockRow]]:
    """Every record after the header.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, COLUMNS, mapping, TIMES)
    columns.need(*REQUIRED)
    for found in headed_rows(records, columns, ACTIONS, ids=IDS):
        yield _read_row(found, zone, mapping.dates, now)


def _read_row(found: HeadedRow, zone: Zone, dates: DateForm, now: datetime) -> ReadRow[StockRow]:
    faults = found.faults
    if found.texts is None:
        return ReadRow(found.row, None, tuple(faults.found))
    f = dict.fromkeys(COLUMNS, "") | found.texts
    for name, longest in LONGEST.items():
        if (unfit := text_fault(f[name], longest)) is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
    if not f["device_id"]:
        faults.add("device_id", "", "MISSING_DEVICE")
    move = MOVES.get(f["move"].casefold())
    if move is None:
        faults.add("move", f["move"], "INVALID_MOVE")
    at = iso(f["at"], zone, dates)
    if isinstance(at, TimeFault):
        faults.add("at", f["at"], at.rule_or("INVALID_AT"), at.words)
    elif at > now:
        faults.add("at", f["at"], "IN_THE_FUTURE")
    if faults.found or move is None or isinstance(at, TimeFault):
        return ReadRow(found.row, None, tuple(faults.found))
    row = StockRow(found.row, f["device_id"], at, move, f["contract"] or None, f["model"] or None)
    return ReadRow(found.row, row, ())
