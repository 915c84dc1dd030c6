"""At what level devices state their accuracy: a CSV of device_id, from, to, accuracy_level, whole or not at all."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from api.usecases.matching.interval_files import instant_in, whole_file
from geo.rejects import Reject
from matcher.accuracy import LEVELS
from matcher.schemas import ACCURACY_LEVELS

COLUMNS = tuple(ACCURACY_LEVELS)


class _Row(NamedTuple):
    device_id: str
    start: datetime | None
    end: datetime | None
    level: int


def read_accuracy_levels(path: Path) -> pl.DataFrame:
    """The file's rows as `matcher.schemas.ACCURACY_LEVELS`, [from, to); an empty `from` or `to` is open.

    `from` and `to` are instants with Z or an offset, or civil dates, which begin at midnight in London.

    Raises BadIntervals naming every bad row, UnreadableFile or BadMapping where it is no such file.
    """
    return pl.DataFrame(whole_file(path, COLUMNS, _read), schema=ACCURACY_LEVELS, orient="row")


def _read(row: int, texts: dict[str, str], faults: list[Reject]) -> _Row | None:
    before = len(faults)
    if not texts["device_id"]:
        faults.append(Reject(row, "device_id", "", "MISSING_DEVICE", "Give the name of the device."))
    level = texts["accuracy_level"]
    if level not in map(str, LEVELS):
        faults.append(Reject(row, "accuracy_level", level, "UNKNOWN_LEVEL", "Give 68, 90 or 95."))
    start, end = (instant_in(row, name, texts[name], faults) if texts[name] else None for name in ("from", "to"))
    return _Row(texts["device_id"], start, end, int(level)) if len(faults) == before else None
