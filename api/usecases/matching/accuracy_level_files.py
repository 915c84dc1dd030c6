"""At what level devices state their accuracy: a CSV of device_id, from, to, accuracy_level, whole or not at all."""

from pathlib import Path

import polars as pl

from api.errors import BadIntervals
from api.usecases.matching.interval_files import instant_or_day
from geo.clock import BadInstant
from geo.csv_records import Records, as_text
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from matcher.accuracy import LEVELS
from matcher.schemas import ACCURACY_LEVELS
from tracker.imports.rows import columns_of, headed_rows

COLUMNS = tuple(ACCURACY_LEVELS)


def read_accuracy_levels(path: Path) -> pl.DataFrame:
    """The file's rows as `matcher.schemas.ACCURACY_LEVELS`, [from, to); an empty `from` or `to` is open.

    `from` and `to` are instants with Z or an offset, or civil dates, which begin at midnight in London.

    Raises BadIntervals naming every bad row, UnreadableFile or BadMapping where it is no such file.
    """
    rows = []
    faults: list[Reject] = []
    with path.open("rb") as raw:
        records = Records(as_text(raw))
        columns = columns_of(records, COLUMNS, ColumnMapping())
        columns.need(*COLUMNS)
        for found in headed_rows(records, columns, {}):
            faults += found.faults.found
            if found.texts is None:
                continue
            texts, ends = found.texts, {}
            if not texts["device_id"]:
                faults.append(Reject(found.row, "device_id", "", "MISSING_DEVICE", "Give the name of the device."))
            if texts["accuracy_level"] not in map(str, LEVELS):
                level = texts["accuracy_level"]
                faults.append(Reject(found.row, "accuracy_level", level, "UNKNOWN_LEVEL", "Give 68, 90 or 95."))
            for name in ("from", "to"):
                try:
                    ends[name] = instant_or_day(texts[name]) if texts[name] else None
                except BadInstant as error:
                    faults.append(Reject(found.row, name, texts[name], error.rule, str(error)))
            if not faults:
                rows.append((texts["device_id"], ends["from"], ends["to"], int(texts["accuracy_level"])))
    if faults:
        raise BadIntervals("\n".join([f"{path.name}: bad rows, so no row of it is used:", *map(str, faults[:20])]))
    return pl.DataFrame(rows, schema=ACCURACY_LEVELS, orient="row")
